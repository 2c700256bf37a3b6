#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libmvxlog from Python: typed fields, bound fields, a function as sink, counters, flush, errors."""
import sys

try:
    import gi
    gi.require_version('MvxLog', '1')
    from gi.repository import GLib, MvxLog
except (ImportError, ValueError) as reason:
    print(f'skipped: {reason}')
    sys.exit(77)

events = []


def on_event(event, *_):
    events.append((event.get_level(), event.get_context(), event.dup_message(), event.dup_fields().unpack()))
    return True


sink = MvxLog.Sink.new_function('list', on_event, None)
MvxLog.get_root_context().set_sinks([sink])
shop = MvxLog.configure_context('org.example.shop')
fields = GLib.Variant('a{sv}', {'count': GLib.Variant('i', 2), 'item': GLib.Variant('s', 'tea'), 'price': GLib.Variant('d', 1.5)})
assert shop.log_variant(MvxLog.Level.INFO, 'sold {count} {item}', fields) == MvxLog.SubmitResult.ACCEPTED
bound = shop.bind_fields(GLib.Variant('a{sv}', {'request': GLib.Variant('t', 7)}))
assert bound.log_variant(MvxLog.Level.ERROR, 'sold out', None) == MvxLog.SubmitResult.ACCEPTED
assert shop.log_variant(MvxLog.Level.DEBUG, 'not wanted', None) == MvxLog.SubmitResult.FILTERED
assert MvxLog.flush(GLib.get_monotonic_time() + 10000000)
assert events == [(20, 'org.example.shop', 'sold 2 tea', {'count': 2, 'item': 'tea', 'price': 1.5}),
                  (40, 'org.example.shop', 'sold out', {'request': 7})], events
# The structure is as large for Python as it is: nothing is written behind it.
for _ in range(100):
    counters = sink.get_counters()
    assert (counters.offered, counters.delivered, counters.filtered) == (2, 2, 0)
assert MvxLog.Counters.__info__.get_size() == 800, MvxLog.Counters.__info__.get_size()
try:
    MvxLog.configure_sink('x', 'strem', None)
    raise AssertionError('there is no such plugin')
except GLib.Error as error:
    assert "Did you mean 'stream'?" in error.message, error.message
# Before Python ends: what the library keeps would call into it otherwise.
MvxLog.get_root_context().set_sinks([])
assert MvxLog.shutdown(GLib.get_monotonic_time() + 10000000)[0]
del sink, shop, bound
print('ok')
