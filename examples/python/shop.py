#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libmvxlog from Python: all that a program needs, and two sinks of its own."""
import sys
import threading

import gi

gi.require_version('MvxLog', '1')
from gi.repository import GObject, MvxLog

CONFIG = """
[mvxlog]
version=1
[sink recent]
plugin=memory
[context]
sinks=recent
[context org.example.shop]
level=debug
"""


class Receipts(MvxLog.AsyncSink):
    """A sink with a queue: batches come on a thread of its own, so it may take its time."""

    def __init__(self):
        super().__init__('receipts', queue_max_size=1000)
        self.lines = []
        self.thread = None

    def do_starting(self):
        self.thread = threading.get_native_id()
        return True

    def do_dispatch_batch(self, batch):
        for event in batch:
            # OSError would have what follows offered again, any other exception would drop it.
            self.lines.append(f'{MvxLog.level_to_string(event.get_level())} {event.message} {event.fields}')


class Alarm(GObject.Object, MvxLog.Sink):
    """A sink without a queue: called by whoever logs, on any thread, so it must not wait."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def do_log(self, event):
        if event.get_level() >= MvxLog.Level.ERROR:
            self.count += 1
        return True


def main():
    # From a text here; MvxLog.init('shop') reads /etc/mvxlog/shop.conf and its kin.
    MvxLog.configure_from_data(CONFIG.encode(), 'shop.py')
    # From code: sinks of one's own, beside the one of the file.
    receipts = Receipts()
    receipts.set_level(MvxLog.Level.DEBUG)
    alarm = Alarm()
    seen = []
    watcher = MvxLog.sink_new_function('watcher', lambda event: seen.append(event['item']) if 'item' in event else None)
    shop = MvxLog.configure_context('org.example.shop')
    shop.set_sinks([MvxLog.get_sink('recent'), receipts, alarm, watcher])

    # Fields have types.
    shop.info('sold {count} {item} for {price}', count=2, item='tea', price=4.5, gift=True, tags=['hot', 1])
    # Bound fields, fields of the thread, a piece of work.
    request = shop.bind(request=7)
    with MvxLog.scope(user='ada'):
        request.debug('basket has {n} items', n=3)
        with request.life('payment'):
            pass
    # An operation with its outcome, and an exception with its cause.
    try:
        with shop.invocation('deliver', 'order-1', street='Main St'):
            raise KeyError('no van') from OSError(2, 'No such file')
    except KeyError as error:
        shop.error('cannot deliver', error=error)

    MvxLog.flush_all(10)
    for line in receipts.lines:
        print(line)
    counters = receipts.get_counters()
    print(f'{counters.delivered} of {counters.offered} delivered, {alarm.count} alarms, seen {seen}')
    print('on a thread of its own' if receipts.thread != threading.get_native_id() else 'on the main thread')
    print(len(MvxLog.memory_sink_get_events(MvxLog.get_sink('recent'))), 'in memory')
    # At exit, sinks that are written in Python end by themselves; this tells whether all went well.
    return 0 if MvxLog.shutdown(-1)[0] else 1


if __name__ == '__main__':
    sys.exit(main())
