#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An interpreter that ends while the library still has something of it, of each kind: fifty times in all.

test-exit.py KIND: one of them
"""
import subprocess
import sys
import threading

KINDS = ('function', 'posted', 'queue', 'direct', 'diagnostics', 'processor', 'policy', 'loose', 'threads', 'handler')
ROUNDS = 5
EVENTS = 20


def main():
    try:
        import gi
        gi.require_version('MvxLog', '1')
        from gi.repository import MvxLog
    except (ImportError, ValueError) as reason:
        print(f'skipped: {reason}')
        return 77
    del MvxLog
    for kind in KINDS * ROUNDS:
        end = subprocess.run([sys.executable, __file__, kind], text=True, timeout=120, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        if end.returncode != 0 or end.stdout != f'{kind} {EVENTS}\n':
            print(f'{kind}: exit {end.returncode}\n{end.stdout}')
            return 1
    print('ok')
    return 0


def leave(kind):
    import atexit
    import logging
    import gi
    gi.require_version('MvxLog', '1')
    from gi.repository import GLib, GObject, MvxLog
    seen = []
    # Before the interpreter ends, everything that was accepted has been delivered. What is registered before comes last.
    atexit.unregister(sys.modules['gi.overrides.MvxLog']._end)
    atexit.register(lambda: print(kind, min(len(seen), EVENTS), flush=True))
    atexit.register(sys.modules['gi.overrides.MvxLog']._end)

    class Queue(MvxLog.AsyncSink):
        def do_dispatch_batch(self, batch):
            seen.extend(event.message for event in batch)

    class Direct(GObject.Object, MvxLog.Sink):
        def do_log(self, event):
            seen.append(event.message)
            return True

    class Policy(GObject.Object, MvxLog.EventPolicy):
        def do_is_enabled(self, meta):
            return True

    root = MvxLog.get_root_context()
    sink = MvxLog.sink_new_function('list', lambda event: seen.append(event.message))
    if kind == 'posted':
        sink = MvxLog.Sink.new_function('posted', lambda event, *_: seen.append(event.message) or True,
                                        GLib.MainContext.default())
    elif kind == 'queue':
        sink = Queue('queue')
    elif kind == 'direct':
        sink = Direct()
    elif kind == 'diagnostics':
        MvxLog.set_diagnostics_func(lambda level, message: None)
    elif kind == 'processor':
        MvxLog.register_processor('kept', MvxLog.Processor.new_function(lambda draft, *_: True))
        root.set_processors([MvxLog.get_processor('kept')])
    elif kind == 'policy':
        root.set_event_policy(Policy())
    root.set_sinks([sink])
    if kind == 'loose':
        loose = Queue('loose')
        loose.start().wait(-1)
        globals()['kept'] = loose
    if kind == 'handler':
        import mvxlog
        logging.getLogger().addHandler(mvxlog.Handler())
        for i in range(EVENTS):
            logging.error('%d', i)
        return
    for i in range(EVENTS):
        root.log(MvxLog.Level.INFO, '{i}', i=i)
    if kind == 'threads':
        def work():
            while True:
                root.log(MvxLog.Level.INFO, 'more')
        threading.Thread(target=work, daemon=True).start()


if __name__ == '__main__':
    if len(sys.argv) > 1:
        leave(sys.argv[1])
    else:
        sys.exit(main())
