#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libmvxlog from Python: fields, scopes, sinks of its own, counters, captures, errors."""
import contextlib
import sys
import threading
import unittest

try:
    import gi
    gi.require_version('MvxLog', '1')
    gi.require_version('MvxLogTest', '1')
    from gi.repository import GLib, GObject, MvxLog, MvxLogTest
    MvxLog.fields_of  # pylint: disable=pointless-statement
except (AttributeError, ImportError, ValueError) as reason:  # the override may be in no folder of this interpreter
    print(f'skipped: {reason}')
    sys.exit(77)

SHOP = 'org.example.shop'


def fields(text):
    return GLib.Variant.parse(GLib.VariantType('a{sv}'), text, None, None)


class Queue(MvxLog.AsyncSink):
    """Answers as it is told, first to last."""

    def __init__(self, name, *answers, **options):
        super().__init__(name, **options)
        self.answers = list(answers)
        self.delivered = []
        self.threads = set()
        self.hooks = []

    def do_starting(self):
        self.hooks.append('starting')
        return True

    def do_stopped(self):
        self.hooks.append('stopped')
        return True

    def do_flushing(self, deadline):
        self.hooks.append('flushing')
        return True

    def do_dispatch_batch(self, batch):
        self.threads.add(threading.get_native_id())
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            return answer(batch)
        if answer is None:
            self.delivered += [event.message for event in batch]
        return answer


class Direct(GObject.Object, MvxLog.Sink):
    def __init__(self):
        super().__init__()
        self.events = []

    def do_log(self, event):
        if event.message == 'refused':
            raise GLib.Error('no more', 'shop', 1)
        self.events.append(event)
        return True


class Python(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.shop = MvxLog.configure_context(SHOP)
        self.diagnostics = []
        MvxLog.set_diagnostics_func(lambda level, message: self.diagnostics.append(message))
        self.addCleanup(MvxLog.set_diagnostics_func, None)
        self.addCleanup(self.shop.reset_sinks)

    def capture(self):
        capture = MvxLogTest.Capture.begin(SHOP)
        self.addCleanup(capture.end)
        return capture

    def test_without_sugar(self):
        """As the introspection has it, without the override's help."""
        events = []

        def on_event(event, *_):
            events.append((event.get_level(), event.get_context(), event.dup_message(), event.dup_fields().unpack()))
            return True
        sink = MvxLog.Sink.new_function('list', on_event, None)
        self.shop.set_sinks([sink])
        self.assertEqual(self.shop.log_variant(MvxLog.Level.INFO, 'sold {count} {item}',
                                               fields("{'count': <2>, 'item': <'tea'>, 'price': <1.5>}")),
                         MvxLog.SubmitResult.ACCEPTED)
        bound = self.shop.bind_fields(fields("{'request': <@t 7>}"))
        self.assertEqual(bound.log_variant(MvxLog.Level.ERROR, 'sold out', None), MvxLog.SubmitResult.ACCEPTED)
        self.assertEqual(self.shop.log_variant(MvxLog.Level.DEBUG, 'not wanted', None), MvxLog.SubmitResult.FILTERED)
        self.assertEqual(events, [(20, SHOP, 'sold 2 tea', {'count': 2, 'item': 'tea', 'price': 1.5}),
                                  (40, SHOP, 'sold out', {'request': 7})])
        # The structure is as large for Python as it is: nothing is written behind it.
        for _ in range(100):
            counters = sink.get_counters()
            self.assertEqual((counters.offered, counters.delivered, counters.filtered), (2, 2, 0))
        self.assertEqual(MvxLog.Counters.__info__.get_size(), 800)
        self.assertEqual(self.shop.get_sinks(), [sink])

    def test_fields(self):
        capture = self.capture()
        self.shop.info('{n} of {what}', n=1, what='tea', share=0.5, done=False, level='x', self='y')
        with MvxLog.scope(user='ada'):
            self.shop.bind(request=7).notice('hello')
            scope = MvxLog.scope_capture()
        with MvxLog.in_scope(scope):
            self.shop.warning('there')
        first, second, third = capture.get_events()
        self.assertEqual(first.fields, {'n': 1, 'what': 'tea', 'share': 0.5, 'done': False, 'level': 'x', 'self': 'y'})
        self.assertEqual((second.get_level(), second.fields), (MvxLog.Level.NOTICE, {'request': 7, 'user': 'ada'}))
        self.assertEqual((third['user'], 'user' in third, 'nobody' in third), ('ada', True, False))
        with self.assertRaises(KeyError):
            third['nobody']  # pylint: disable=pointless-statement

    def test_errors(self):
        capture = self.capture()
        self.shop.error('from GLib', error=GLib.Error('broken', 'shop', 3))
        try:
            raise ValueError('oh')
        except ValueError:
            self.shop.exception('caught', n=1)
        self.shop.error('none', error=None)
        glib, python, none = capture.get_events()
        self.assertEqual(glib['error'], [{'domain': 'shop', 'code': 3, 'message': 'broken'}])
        self.assertEqual((python['error'][0]['domain'], python['error'][0]['message'], python['n']), ('ValueError', 'oh', 1))
        self.assertIsNone(none['error'])

    def test_work(self):
        """Spans, tasks and operations say what leaves their block."""
        capture = self.capture()
        with self.shop.life('payment') as span:
            self.shop.info('inside')
        self.assertIsNotNone(span)
        with self.assertRaises(KeyError), self.shop.task('delivery', van=2):
            raise KeyError('no van')
        with self.assertRaises(OSError), self.shop.invocation('drive', 'van-2', speed=3):
            raise OSError(5, 'no road')
        with self.shop.invocation('park') as call:
            call.end_ok(GLib.Variant('s', 'done'))
        events = capture.get_events()
        self.assertEqual(events[0].get_trace_id(), events[1].get_trace_id())
        told = [(event.get_name() or event.message.split(' (')[0], event.get_outcome(), event.get_level()) for event in events]
        self.assertEqual(told, [
            ('Begin: payment', None, 20), ('inside', None, 20), ('End', None, 20),
            ('delivery', None, 20), ('FAILED delivery', None, 40),
            ('drive', 'invoke', 10), ('drive', 'failed', 40), ('park', 'invoke', 10), ('park', 'success', 10)])
        self.assertEqual(events[6]['error'], [{'domain': 'OSError', 'code': 5, 'message': '[Errno 5] no road'}])

    def test_queue(self):
        """On a thread of its own; the hooks in order."""
        sink = Queue('queue')
        self.shop.set_sinks([sink])
        for i in range(100):
            self.shop.info('{i}', i=i)
        MvxLog.flush_all()
        self.assertEqual(sink.delivered, [str(i) for i in range(100)])
        self.assertNotIn(threading.get_native_id(), sink.threads)
        self.assertEqual(len(sink.threads), 1)
        self.shop.set_sinks([])
        self.assertTrue(sink.terminate(-1))
        self.assertEqual(sink.hooks, ['starting', 'flushing', 'stopped'])

    def test_queue_answers(self):
        """Trouble outside is tried again, any other exception drops the batch, and both are told."""
        sink = Queue('trouble', ConnectionError('no link'), GLib.Error('no route', 'shop', 1), TypeError('a mistake'),
                     retry_min='1ms', breaker_failures=0)
        self.shop.set_sinks([sink])
        self.shop.info('first')
        with contextlib.suppress(GLib.Error):  # which says that 1 was lost, unless that was before it began
            MvxLog.flush_all()
        self.shop.info('second')
        MvxLog.flush_all()
        sink.terminate(-1)
        # What is lost it is told, before or after what comes next.
        self.assertCountEqual(sink.delivered, ['1 events lost: rejected by the destination', 'second'])
        counters = sink.get_counters()
        self.assertEqual((counters.offered, counters.delivered, counters.retried, counters.dropped[MvxLog.Reason.REJECTED]),
                         (3, 2, 2, 1))
        self.assertEqual(self.diagnostics[0], "Sink 'trouble' cannot deliver now and will try again: no link")
        self.assertRegex(self.diagnostics[1], r"^Sink 'trouble' dropped 1 events: TypeError: a mistake \(.*:\d+\)$")

    def test_queue_pending(self):
        """A batch that is kept has its events until it is completed, from any thread."""
        kept = []
        come = threading.Event()

        def keep(batch):
            kept.append(batch)
            come.set()
            return MvxLog.DispatchResult.PENDING
        sink = Queue('pending', keep)
        self.shop.set_sinks([sink])
        self.shop.info('{n}', n=1)
        come.wait()
        batch = kept.pop()
        self.assertEqual(([event['n'] for event in batch], len(batch), batch[-1].message), ([1], 1, '1'))
        with self.assertRaises(IndexError):
            batch[1]  # pylint: disable=pointless-statement
        batch.complete(MvxLog.DispatchResult.OK, 0)
        MvxLog.flush_all()
        self.assertEqual((len(batch), sink.get_counters().delivered), (0, 1))

    def test_queue_on_main_context(self):
        sink = Queue('main')
        sink.set_main_context(GLib.MainContext.default())
        self.shop.set_sinks([sink])
        self.shop.info('x')
        MvxLog.flush_all()
        self.assertEqual(sink.threads, {threading.get_native_id()})

    def test_queue_of_a_base(self):
        """Derived once more: the answer of the base is asked as it is."""
        class Upper(Queue):
            def do_dispatch_batch(self, batch):
                super().do_dispatch_batch(batch)
                self.delivered = [text.upper() for text in self.delivered]
        sink = Upper('upper')
        self.shop.set_sinks([sink])
        self.shop.info('x')
        MvxLog.flush_all()
        self.assertEqual(sink.delivered, ['X'])

    def test_direct(self):
        """Called where the event is logged; what it keeps stays."""
        sink = Direct()
        self.shop.set_sinks([sink])
        self.shop.info('{n}', n=1)
        thread = threading.Thread(target=self.shop.info, args=('there',))
        thread.start()
        thread.join()
        self.shop.set_error_policy(MvxLog.ErrorPolicy.RAISE)
        self.addCleanup(self.shop.reset_error_policy)
        with self.assertRaisesRegex(GLib.Error, 'no more'):
            self.shop.info('refused')
        self.assertEqual([event.message for event in sink.events], ['1', 'there'])
        self.assertNotEqual(sink.events[0].get_thread(), sink.events[1].get_thread())
        counters = sink.get_counters()
        self.assertEqual((counters.offered, counters.delivered, counters.refused[MvxLog.Reason.ERROR]), (3, 2, 1))

    def test_function(self):
        sink = MvxLog.sink_new_function('picky', lambda event: event.message != 'refused' or None.nothing)
        self.shop.set_sinks([sink])
        self.shop.set_error_policy(MvxLog.ErrorPolicy.RAISE)
        self.addCleanup(self.shop.reset_error_policy)
        self.shop.info('fine')
        with self.assertRaisesRegex(GLib.Error, r"AttributeError: .* \(.*test-python\.py:\d+\)"):
            self.shop.info('refused')

    def test_expectations(self):
        capture = self.capture()
        self.shop.info('sold {count}', count=2)
        capture.expect(MvxLog.Level.INFO, 'sold {count}', MvxLog.fields_of({'count': 2}))
        self.assertTrue(capture.verify(MvxLogTest.Flags.EXACT))
        self.shop.info('sold {count}', count=2)
        capture.expect(MvxLog.Level.INFO, 'sold {count}', MvxLog.fields_of({'count': 3}))
        with self.assertRaisesRegex(GLib.Error, 'did not log what was expected: 1 event is missing, 1 event is unexpected'):
            capture.verify(MvxLogTest.Flags.EXACT)

    def test_refused(self):
        with self.assertRaisesRegex(GLib.Error, "Did you mean 'stream'?"):
            MvxLog.configure_sink('x', 'strem', None)
        with self.assertRaisesRegex(GLib.Error, 'memory:3:1: error'):
            MvxLog.configure_from_data(b'[mvxlog]\nversion=1\nx=1\n', 'memory')


if __name__ == '__main__':
    unittest.main(verbosity=2)
