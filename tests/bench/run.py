#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the peers in turn, round by round, and compares: run.py BUILD [--quick 1] [--rounds N] [--docs FOLDER] [MODE...]

Prints a table of medians and one of ratios beside their targets, writes bench.json, and draws latency.svg and
throughput.svg. Peers whose library was not found are left out. Only ratios of one run mean anything.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import bench_lttng
import bench_plots
import bench_targets

PEERS = [('mvxlog', 'json'), ('quill', 'json'), ('mvxlog', 'text'), ('quill', 'text'), ('fmtlog', 'text'),
         ('glib', 'default'), ('glib', 'json'), ('spdlog', 'async'), ('spdlog', 'sync'), ('boost', 'async'),
         ('log4cplus', 'async'), ('log4cplus', 'sync'), ('nanolog', 'binary'), ('lttng', 'binary')]
OWN = [('json,lazy', 'cold', 1), ('json,lazy', 'idle', 1), ('json,bound', 'burst', 1), ('json,fanout2', 'burst', 1),
       ('json,fanout3', 'burst', 1), ('json,bound', 'thr', 1), ('json,fanout2', 'thr', 1), ('json,fanout3', 'thr', 1),
       ('json,realtime', 'burst', 1), ('json,ring', 'burst', 1), ('json,ring', 'thr', 1), ('json,bridge', 'burst', 1),
       ('json,bridge', 'thr', 1), ('json', 'disabled', 1), ('json', 'clocks', 1)]
MODES = [('burst', 1), ('burst', 2), ('burst', 4), ('thr', 1), ('thr', 2), ('thr', 4), ('tight', 1), ('cold', 1),
         ('idle', 1)]
CALLS = {'burst': 60000, 'thr': 1000000, 'tight': 300000, 'cold': 100, 'idle': 1, 'disabled': 200000000,
         'clocks': 10000000}
QUICK = {'burst': 400, 'thr': 4000, 'tight': 2000, 'cold': 2, 'idle': 1, 'disabled': 1000, 'clocks': 1000}
# A producer that loses its processor more often per burst measures the machine, not the logger.
DISTURBED = 0.1
# A tenth of the calls, for those that take microseconds each.
SLOW = {('glib', 'default'), ('boost', 'async'), ('log4cplus', 'async'), ('log4cplus', 'sync')}


def plan(build, quick, only):
    """(peer, variant, mode, producers) of every measurement of a round.

    Those of one mode follow each other: a machine's speed drifts over minutes, and what makes a ratio is to share it.
    """
    modes = dict.fromkeys(MODES + [job[1:] for job in OWN])
    jobs = [job for mode in modes for job in [('mvxlog', own[0], *mode) for own in OWN if own[1:] == mode] +
            [(*peer, *mode) for peer in PEERS if mode in MODES]]
    if quick:
        jobs = [job for job in jobs if job[2] != 'idle' and job[3] in (1, 4)]
    return [job for job in jobs if (build / f'peer-{job[0]}').exists() and (not only or job[2] in only)]


def calls_of(job, quick):
    calls = (QUICK if quick else CALLS)[job[2]]
    if job[2] == 'thr' and job[:2] in SLOW:
        calls //= 10
    return calls


def run(build, job, calls, out, skipped, environment):
    """One measurement, or None if the peer skips it for a reason; a lost line ends the whole run."""
    peer, variant, mode, producers = job
    command = [build / f'peer-{peer}', '-m', mode, '-v', variant, '-p', str(producers), '-n', str(calls), '-o', out]
    # What a logger has to say about itself, as quill does, would tear the tables; NanoLog leaves files where it is.
    try:
        with bench_lttng.session(environment, out) if peer == bench_lttng.PEER else contextlib.nullcontext():
            result = subprocess.run(command, text=True, capture_output=True, timeout=300, check=False, cwd=out.parent,
                                    env=environment)
    except bench_lttng.Unavailable as error:
        skipped[job[:2]] = str(error)
        return None
    for path in out.parent.glob(out.name + '*'):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if result.returncode == 77:
        skipped[job[:2]] = result.stderr.strip() or f'not in mode {mode}'
        return None
    if result.returncode != 0 and peer == bench_lttng.PEER:
        # It throws away what its buffers cannot hold, and a run with less work does not count.
        print(result.stderr.strip(), file=sys.stderr)
        return None
    if result.returncode != 0:
        sys.exit(f'{" ".join(map(str, command))}: status {result.returncode}\n{result.stderr}'.rstrip())
    return json.loads(result.stdout)


def measure(build, jobs, rounds, quick, folder, skipped):
    samples = {job: [] for job in jobs}
    with contextlib.ExitStack() as stack:
        environment = None
        if any(job[0] == bench_lttng.PEER for job in jobs):
            try:
                environment = stack.enter_context(bench_lttng.daemon(folder))
            except bench_lttng.Unavailable as error:
                skipped.update({job[:2]: str(error) for job in jobs if job[0] == bench_lttng.PEER})
        for number in range(rounds):
            for index, job in enumerate(jobs):
                if sys.stderr.isatty():
                    print(f'\rround {number + 1}/{rounds}, {index + 1}/{len(jobs)} {"/".join(map(str, job)):<40}',
                          end='', file=sys.stderr)
                if job[:2] in skipped:
                    continue
                sample = run(build, job, calls_of(job, quick), folder / 'bench.log', skipped, environment)
                if sample:
                    samples[job].append(sample)
    return {job: median(values) for job, values in samples.items() if values}


def median(samples):
    """One sample out of many: the median of every number, and of every quantile."""
    result = dict(samples[0])
    for key, value in samples[0].items():
        if key == 'quantiles':
            columns = zip(*(sample[key] for sample in samples))
            result[key] = [[column[0][0], statistics.median(point[1] for point in column)] for column in columns]
        elif isinstance(value, (int, float)):
            result[key] = statistics.median(sample[key] for sample in samples)
    result['rounds'] = len(samples)
    return result


def table(header, rows):
    widths = [max(len(str(row[column])) for row in [header] + rows) for column in range(len(header))]
    lines = []
    for row in [header] + rows:
        cells = [str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append('  '.join(cells).rstrip())
    return '\n'.join(lines)


def number(results, job, key, digits):
    sample = results.get(job)
    return f'{sample[key]:,.{digits}f}' if sample and key in sample else '-'


def peers_table(results):
    header = ['ns per call', 'b50', '2P b50', '4P b50', 'p99', 'p99.9', 'tight p50', 'cold p50', 'M/s 1P', '2P', '4P',
              'CPU s/M', 'MiB', 'idle ms/s']
    variants = [('mvxlog', variant) for variant in dict.fromkeys(job[0] for job in OWN)]
    rows = []
    for peer, variant in dict.fromkeys(PEERS + variants):
        job = (peer, variant)
        row = [f'{peer} {variant}']
        row += [number(results, job + ('burst', producers), 'b50', 1) for producers in (1, 2, 4)]
        row += [number(results, job + ('burst', 1), key, 0) for key in ('p99', 'p999')]
        row += [number(results, job + ('tight', 1), 'p50', 0), number(results, job + ('cold', 1), 'p50', 0)]
        row += [number(results, job + ('thr', producers), 'mps', 2) for producers in (1, 2, 4)]
        row += [number(results, job + ('thr', 1), 'cpu_per_m', 2), number(results, job + ('thr', 1), 'peak_mib', 1),
                number(results, job + ('idle', 1), 'idle_ms_per_s', 2)]
        if set(row[1:]) != {'-'}:
            rows.append(row)
    return table(header, rows)


def disturbed(results):
    """What single producers had to share their processor with something else for; several share it with each other."""
    return [f'{job[0]} {job[1]} ({sample["preempted"]:.2f})' for job, sample in results.items()
            if job[2:] == ('burst', 1) and sample.get('preempted', 0) > DISTURBED]


def targets_table(results):
    header = ['target', 'floor', 'goal', 'measured', 'met']
    return table(header, bench_targets.rows(results))


def write(results, folder, rounds):
    folder.mkdir(parents=True, exist_ok=True)
    machine = {'cpus': os.cpu_count(), 'rounds': rounds, 'load': os.getloadavg()[0]}
    (folder / 'bench.json').write_text(json.dumps({'machine': machine, 'results': list(results.values())}, indent=1)
                                       + '\n', encoding='utf-8')
    (folder / 'latency.svg').write_text(bench_plots.latency(results), encoding='utf-8')
    (folder / 'throughput.svg').write_text(bench_plots.throughput(results), encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=lambda name: pathlib.Path(name).resolve(), help='folder of the peer-* programs')
    parser.add_argument('modes', nargs='*', metavar='MODE', help='only these modes')
    parser.add_argument('--rounds', type=int, default=int(os.environ.get('MVXLOG_BENCH_ROUNDS', '5')))
    parser.add_argument('--quick', type=int, metavar='ROUNDS', help='so many rounds of very few calls: a smoke test')
    parser.add_argument('--docs', type=pathlib.Path, help='folder for JSON and plots of a complete run, else BUILD')
    arguments = parser.parse_intermixed_args()
    rounds = arguments.quick or arguments.rounds
    # In memory, so that no disk is measured.
    shared = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    skipped = {}
    with tempfile.TemporaryDirectory(prefix='mvxlog-bench.', dir=shared) as folder:
        results = measure(arguments.build, plan(arguments.build, arguments.quick, arguments.modes), rounds,
                          bool(arguments.quick), pathlib.Path(folder), skipped)
    print(f'\nMedians of {rounds} interleaved rounds; every line counted.\n')
    print(peers_table(results))
    print()
    print(targets_table(results))
    if disturbed(results):
        print(f'\ndisturbed, times per burst: {", ".join(disturbed(results))}')
    for (peer, variant), reason in skipped.items():
        print(f'\nskipped {peer} {variant}: {reason}')
    complete = not arguments.quick and not arguments.modes
    write(results, arguments.docs if arguments.docs and complete else arguments.build, rounds)
    return 0


if __name__ == '__main__':
    sys.exit(main())
