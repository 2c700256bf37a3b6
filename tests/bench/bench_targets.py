# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the project wants to reach: ratios within one run, with a floor that must hold and a goal."""


def value(key, mode, variant='json', producers=1, peer='mvxlog'):
    return lambda results: results[(peer, variant, mode, producers)][key]


def ratio(upper, lower):
    return lambda results: upper(results) / lower(results)


def further(results):
    """What the second and third sink of a fan-out add to a call, each, against a call with one."""
    one = value('b50', 'burst')(results)
    return (value('b50', 'burst', 'json,fanout3')(results) - one) / 2 / one


def peer(name, variant, key, mode, producers=1):
    return value(key, mode, variant, producers, name)


# (what, function of all results, floor, goal, whether less is better)
TARGETS = [
    ('disabled call, ns', value('ns', 'disabled'), 1.5, 1.0, True),
    ('call JSON b50 / quill', ratio(value('b50', 'burst'), peer('quill', 'json', 'b50', 'burst')), 1.5, 1.0, True),
    ('call JSON p99 / quill', ratio(value('p99', 'burst'), peer('quill', 'json', 'p99', 'burst')), 1.5, 0.8, True),
    ('call JSON p99.9 / quill', ratio(value('p999', 'burst'), peer('quill', 'json', 'p999', 'burst')), 1.5, 0.8, True),
    ('call, CLOCK_REALTIME, b50 / quill',
     ratio(value('b50', 'burst', 'json,realtime'), peer('quill', 'json', 'b50', 'burst')), 2.5, 2.0, True),
    ('call, 3 bound fields, source / without', ratio(value('b50', 'burst', 'json,bound'), value('b50', 'burst')), 2, 1.3,
     True),
    ('call, 2 producers / 1', ratio(value('b50', 'burst', producers=2), value('b50', 'burst')), 2, 1.3, True),
    ('call, 4 producers / 1', ratio(value('b50', 'burst', producers=4), value('b50', 'burst')), 2, 1.3, True),
    ('JSON to file / quill JSON', ratio(value('mps', 'thr'), peer('quill', 'json', 'mps', 'thr')), 4, 7, False),
    ('JSON to file / GLib JSON', ratio(value('mps', 'thr'), peer('glib', 'json', 'mps', 'thr')), 3, 6, False),
    ('text to file / quill', ratio(value('mps', 'thr', 'text'), peer('quill', 'text', 'mps', 'thr')), 2, 4, False),
    ('text to file / fmtlog', ratio(value('mps', 'thr', 'text'), peer('fmtlog', 'text', 'mps', 'thr')), 1.2, 2.5,
     False),
    ('to file, 4 producers / 1', ratio(value('mps', 'thr', producers=4), value('mps', 'thr')), 0.85, 0.95, False),
    ('CPU JSON / quill JSON', ratio(value('cpu_per_m', 'thr'), peer('quill', 'json', 'cpu_per_m', 'thr')), 0.31, 0.15,
     True),
    ('CPU text / quill', ratio(value('cpu_per_m', 'thr', 'text'), peer('quill', 'text', 'cpu_per_m', 'thr')), 0.5,
     0.22, True),
    ('peak MiB, 1 producer', value('peak_mib', 'thr'), 8.5, 5.3, True),
    ('peak MiB, 4 producers', value('peak_mib', 'thr', producers=4), 10, 6.2, True),
    ('idle ms/s, deep sleep', value('idle_ms_per_s', 'idle'), 0.2, 0.2, True),
    ('idle ms/s, lazy', value('idle_ms_per_s', 'idle', 'json,lazy'), 2, 2, True),
    ('cold call, deep / spdlog async', ratio(value('p50', 'cold'), peer('spdlog', 'async', 'p50', 'cold')), 1, 0.6,
     True),
    ('cold call, lazy / quill', ratio(value('p50', 'cold', 'json,lazy'), peer('quill', 'json', 'p50', 'cold')), 1.5,
     0.9, True),
    ('g_log default writer / bridge, call',
     ratio(peer('glib', 'default', 'b50', 'burst'), value('b50', 'burst', 'json,bridge')), 10, 30, False),
    ('each further sink / the first', further, 1, 0.5, True),
    ('start-up with 3 sinks, ms', value('open_ms', 'thr', 'json,fanout3'), 5, 2, True),
    # Without foreign code.
    ('call / rdtsc', ratio(value('b50', 'burst'), value('ticks_ns', 'clocks')), 4, 4, True),
    ('call, CLOCK_REALTIME / clock_gettime',
     ratio(value('b50', 'burst', 'json,realtime'), value('gettime_ns', 'clocks')), 2.5, 2.5, True),
    ('wake-ups per 1,000 events under load', value('wakeups_per_k', 'thr'), 1, 1, True),
]


def verdict(measured, floor, goal, less):
    if (measured <= goal) if less else (measured >= goal):
        return 'goal'
    return 'floor' if ((measured <= floor) if less else (measured >= floor)) else 'NO'


def rows(results):
    """[what, floor, goal, measured, met] of each target; '-' if a peer is not here."""
    found = []
    for what, function, floor, goal, less in TARGETS:
        sign = '<=' if less else '>='
        cells = [what, f'{sign} {floor:g}', f'{sign} {goal:g}']
        try:
            measured = function(results)
        except (KeyError, ZeroDivisionError):
            found.append(cells + ['-', '-'])
            continue
        found.append(cells + [f'{measured:.2f}', verdict(measured, floor, goal, less)])
    return found
