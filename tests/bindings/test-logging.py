#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's own loggers in libmvxlog: mvxlog.Handler."""
import logging
import logging.config
import sys
import threading
import unittest

try:
    import gi
    gi.require_version('MvxLog', '1')
    gi.require_version('MvxLogTest', '1')
    from gi.repository import MvxLog, MvxLogTest
    import mvxlog
except (ImportError, ValueError) as reason:
    print(f'skipped: {reason}')
    sys.exit(77)


class Broken:
    def __str__(self):
        raise ValueError('no text')


class Noted:
    """Tells whether it was formatted."""
    times = 0

    def __str__(self):
        Noted.times += 1
        return 'noted'


class Logging(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.capture = MvxLogTest.Capture.begin('')
        self.addCleanup(self.capture.end)
        self.logger = logging.getLogger('org.example.shop')
        self.handler = mvxlog.Handler()
        logging.getLogger().addHandler(self.handler)
        logging.getLogger().setLevel(logging.NOTSET)
        self.addCleanup(logging.getLogger().removeHandler, self.handler)

    def take(self):
        events = self.capture.get_events()
        self.capture.clear()
        return events

    def take_one(self):
        events = self.take()
        self.assertEqual(len(events), 1, [event.message for event in events])
        return events[0]

    def test_message(self):
        self.logger.warning('sold %d %s', 2, 'tea')
        event = self.take_one()
        self.assertEqual((event.get_context(), event.get_level(), event.message, event.get_template(), event.fields),
                         ('org.example.shop', MvxLog.Level.WARNING, 'sold 2 tea', 'sold %d %s', {}))
        self.assertEqual((event.get_file(), event.get_function()), (__file__, 'test_message'))
        self.assertGreater(event.get_line(), 1)
        self.assertEqual(event.get_thread(), threading.get_native_id())

    def test_fields(self):
        """With their types: of extra, and of a message with named places."""
        self.logger.info('sold %(count)d', {'count': 2}, extra={
            'item': 'tea', 'price': 1.5, 'gift': True, 'big': 1 << 63, 'huge': 1 << 64, 'raw': b'\x00\xff', 'none': None,
            'odd': 'a\0b\udc80', 'broken': Broken()})
        event = self.take_one()
        self.assertEqual(event.message, 'sold 2')
        self.assertEqual(event.fields, {
            'count': 2, 'item': 'tea', 'price': 1.5, 'gift': True, 'big': 1 << 63, 'huge': str(1 << 64), 'raw': [0, 255],
            'none': None, 'odd': 'a\\x00b\\udc80', 'broken': '<Broken: ValueError in __str__>'})
        types = {key: event.dup_variant(key).get_type_string() for key in event.fields}
        self.assertEqual(types, {'count': 'x', 'item': 's', 'price': 'd', 'gift': 'b', 'big': 't', 'huge': 's', 'raw': 'ay',
                                 'none': 'mv', 'odd': 's', 'broken': 's'})

    def test_exception(self):
        """With what it comes from, each with its place."""
        try:
            try:
                with open('/nowhere/at/all', encoding='utf-8'):
                    pass
            except OSError as error:
                raise LookupError('no tea') from error
        except LookupError:
            self.logger.exception('cannot sell', extra={'count': 2})
        event = self.take_one()
        self.assertEqual((event.get_level(), event.message, event['count']), (MvxLog.Level.ERROR, 'cannot sell', 2))
        outer, inner = event['error']
        self.assertEqual((outer['domain'], outer['code'], outer['message']), ('LookupError', 0, 'no tea'))
        self.assertEqual((inner['domain'], inner['code']), ('FileNotFoundError', 2))
        self.assertIn('/nowhere/at/all', inner['message'])
        self.assertRegex(outer['details']['traceback'][0], r'test-logging\.py:\d+ test_exception$')

    def test_exception_that_goes_round(self):
        first = ValueError('a')
        first.__context__ = KeyError('b')
        first.__context__.__context__ = first
        self.logger.error('round', exc_info=first)
        self.assertEqual([cause['domain'] for cause in self.take_one()['error']], ['ValueError', 'KeyError'])

    def test_stack(self):
        self.logger.info('here', stack_info=True)
        self.assertRegex(self.take_one()['stack'], r'^test_stack test-logging\.py:\d+ < ')

    def test_levels(self):
        """The numbers are the same; names go both ways."""
        self.assertEqual((logging.getLevelName(MvxLog.Level.NOTICE), logging.getLevelName(MvxLog.Level.TRACE)),
                         ('NOTICE', 'TRACE'))
        logging.addLevelName(35, 'AUDIT')
        for level in (logging.DEBUG, logging.INFO, MvxLog.Level.NOTICE, 35, logging.CRITICAL, 100000):
            self.logger.log(level, 'x')
        levels = [event.get_level() for event in self.take()]
        self.assertEqual(levels, [10, 20, 22, 35, 50, 32766])
        self.assertEqual(MvxLog.level_to_string(35), 'audit')
        self.assertEqual(MvxLog.level_to_string(logging.WARNING), 'warning')

    def test_lazy(self):
        """What no sink wants is not formatted."""
        self.capture.end()
        context = MvxLog.configure_context('org.example.lazy')
        context.set_level(MvxLog.Level.ERROR)
        logger = logging.getLogger('org.example.lazy')
        logger.info('%s', Noted())
        self.assertEqual(Noted.times, 0)
        context.set_level(MvxLog.Level.INFO)
        with_capture = MvxLogTest.Capture.begin('org.example.lazy')
        logger.info('%s', Noted())
        self.assertEqual((Noted.times, with_capture.get_n_events()), (1, 1))
        with_capture.end()

    def test_names(self):
        """What libmvxlog does not take as a name has a context near it, and its own name in the event."""
        for name in ('__main__', 'a b.1c', 'x' * 300):
            logging.getLogger(name).info('hello')
            self.assertEqual(self.take_one().get_context(), name)
        logging.getLogger().info('root')
        self.assertEqual(self.take_one().get_context(), '')
        prefixed = mvxlog.Handler(prefix='org.example')
        prefixed.handle(logging.makeLogRecord({'name': 'web', 'levelno': 20, 'msg': 'x'}))
        self.assertEqual(self.take_one().get_context(), 'org.example.web')

    def test_filters(self):
        self.handler.addFilter(lambda record: 'secret' not in record.msg)
        self.logger.info('a secret')
        self.logger.info('none')
        self.assertEqual(self.take_one().message, 'none')

    def test_scope(self):
        """Fields of the thread are also those of Python's loggers."""
        with MvxLog.scope(user='ada'):
            self.logger.info('x')
        self.assertEqual(self.take_one()['user'], 'ada')

    def test_config(self):
        logging.config.dictConfig({
            'version': 1, 'disable_existing_loggers': False,
            'handlers': {'mvx': {'class': 'mvxlog.Handler', 'prefix': 'conf'}},
            'loggers': {'configured': {'handlers': ['mvx'], 'level': 'DEBUG', 'propagate': False}}})
        logging.getLogger('configured').debug('x')
        self.assertEqual(self.take_one().get_context(), 'conf.configured')

    def test_threads(self):
        def work(number):
            for i in range(250):
                self.logger.info('thread %d', number, extra={'i': i})
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = self.take()
        for number in range(4):
            self.assertEqual([event['i'] for event in events if event.message == f'thread {number}'], list(range(250)))

    def test_sink_that_logs(self):
        """Its records go to the diagnostics, and nobody waits for anybody."""
        self.capture.end()
        said = []
        MvxLog.set_diagnostics_func(lambda level, message: said.append(message))
        self.addCleanup(MvxLog.set_diagnostics_func, None)
        root = MvxLog.get_root_context()
        root.set_sinks([MvxLog.sink_new_function('echo', lambda event: self.logger.warning('echo of %s', event.message))])
        threads = [threading.Thread(target=self.logger.info, args=('%d', i)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        root.set_sinks([])
        self.assertTrue(any('echo of ' in message for message in said), said)

    def test_bad_record(self):
        """As with any other handler: told on standard error, and the program goes on."""
        errors = []
        self.handler.handleError = errors.append
        self.logger.info('%d', 'no number')
        self.assertEqual(([record.msg for record in errors], self.take()), (['%d'], []))


if __name__ == '__main__':
    unittest.main(verbosity=2)
