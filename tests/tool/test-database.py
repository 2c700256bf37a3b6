#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog view on databases: the same events in a JSON Lines file and in a database show the same, byte for byte.

MVXLOG is the built tool, MVXLOG_DEMO the example that reads real logs, MVXLOG_TEST_PLUGINS the directory with the plugins
file and sqlite. Nothing is skipped: without the plugins the test is not there.
"""
import os
import pathlib
import queue
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = os.environ['MVXLOG']
DEMO = os.environ['MVXLOG_DEMO']
TIMEOUT = 60
TRACE = '0af7651916cd43dd8448eb211c80319c'

# One clock reading for both: otherwise each worker converts the processor's ticks for itself.
CONFIG = '''[mvxlog]
version=1
clock=realtime
[sink jsonl]
plugin=file
path={folder}/app.jsonl
level=trace
queue-overflow=block
[sink db]
plugin=sqlite
path={folder}/app.db
level=trace
queue-overflow=block
[context]
level=trace
max-items=24
sinks=jsonl;db
'''

FILTERS = [
    [],
    ['-l', 'warning'], ['-l', 'critical'], ['-l', 'trace'], ['-l', '25'],
    ['-n', 'apache'], ['-n', 'dfs.*'], ['-n', '*.wsgi.*'], ['-n', 'dfs.Data[NX]*'], ['-n', ''], ['-n', 'a-b\\_c.*'],
    ['-n', "it's"], ['-n', 'x'],
    ['-w', 'level >= error'], ['-w', 'level != info'], ['-w', 'level == loud'], ['-w', 'not level >= error'],
    ['-w', 'context == sshd'], ['-w', 'context != sshd'], ['-w', 'context == ""'], ['-w', 'has(context)'],
    ['-w', 'status >= 400'], ['-w', 'status == 404 or port > 50000'], ['-w', 'port > 50000 and level >= notice'],
    ['-w', 'not has(port)'], ['-w', 'has(child)'], ['-w', 'size =~ "^6"'], ['-w', 'message =~ "root"'],
    ['-w', 'nested.inner == 1'], ['-w', 'inner == 1'], ['-w', 'z == null'], ['-w', 'text == "12"'], ['-w', 'text == 12'],
    ['-w', 'logger == x'], ['-w', 'msg == y'], ['-w', 'field_level == 3'], ['-w', 'seq <= 10'], ['-w', 'thread > 0'],
    ['-g', 'authentication failure'], ['-g', '"seq":1\\d{2}[^\\d]'],
    ['--trace', TRACE], ['--trace', TRACE.upper()], ['--trace', 'f' * 32],
    ['--since', '2000-01-01'], ['--until', '2000-01-01'], ['--since', '1h'], ['--until', '1h'],
    ['-l', 'error', '-n', 'apache', '-w', 'has(state)', '-g', 'error'],
]
OUTPUTS = [['-o', 'json'], ['-o', 'pretty', '--utc'], ['-o', 'logfmt', '--fields', 'ts,level,message,status,seq'],
           ['--stats', '--json'], ['--stats']]


class DatabaseTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-database-')).resolve()
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(('MVXLOG_', 'XDG_'))}
        self.env.update(TZ='UTC', LC_ALL='C.UTF-8', XDG_CONFIG_HOME=str(self.folder), MVXLOG_DEMO_DIR=str(self.folder))
        plugins = self.folder / 'plugins'
        plugins.mkdir(mode=0o755)
        for name in ('file', 'sqlite'):
            module = plugins / f'libmvxlog-{name}.so'
            shutil.copy(pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS']) / module.name, module)
            module.chmod(0o644)
        self.env['MVXLOG_PLUGIN_PATH'] = str(plugins)
        self.config = self.folder / 'app.conf'
        self.config.write_text(CONFIG.format(folder=self.folder), encoding='utf-8')
        self.file = str(self.folder / 'app.jsonl')
        self.database = str(self.folder / 'app.db')

    def run_tool(self, *args, status=0, stdin=b''):
        result = subprocess.run([TOOL, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
                                timeout=TIMEOUT, check=False)
        self.assertEqual(result.returncode, status, result.stderr.decode(errors='replace'))
        return result.stdout, result.stderr.decode(errors='replace')

    def emit(self, *args, stdin=b''):
        self.run_tool('emit', '-c', str(self.config), *args, stdin=stdin)

    def fill(self):
        """The samples of real logs, and what is odd."""
        demo = subprocess.run([DEMO, str(self.config), str(ROOT / 'data' / 'samples')], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env, timeout=TIMEOUT, check=False)
        # It says that it misses its summary, after everything was logged.
        self.assertIn(b'no [sink recent]', demo.stderr + demo.stdout)
        naughty = (ROOT / 'tests' / 'data' / 'naughty' / 'blns.json').read_bytes()
        self.emit('-n', 'odd.lines', '-', stdin=naughty + b'\xff\xfe\0\xe2\x82\n')
        for args in (['-F', 'level:=3', '-F', 'text=12', '-F', 'z:=null', '-F', 'nested:={"inner":1}', 'a'],
                     ['-F', 'logger=x', '-F', 'msg=y', 'root'], ['-n', 'a-b_c.D', 'other'],
                     ['-F', 'fields:={"inner":1,"status":500}', 'map'], ['-F', "it's=1", '-F', 'a"b=\n', ''],
                     ['-F', 'status:=18446744073709551615', '-F', 'text:=12', 'large']):
            self.emit(*args)


class TestSame(DatabaseTest):
    def test_filters(self):
        self.fill()
        lines = pathlib.Path(self.file).read_bytes().count(b'\n')
        self.assertGreater(lines, 8500)
        self.assertEqual(sqlite3.connect(self.database).execute('SELECT count(*) FROM events').fetchone(), (lines,))
        shown = 0
        for i, arguments in enumerate(FILTERS):
            for output in OUTPUTS if i % 9 == 0 else OUTPUTS[:1]:
                with self.subTest(arguments=arguments, output=output):
                    expected, _ = self.run_tool('view', *output, *arguments, self.file)
                    found, _ = self.run_tool('view', *output, *arguments, self.database)
                    self.assertTrue(found == expected, f'{len(found)} bytes, not {len(expected)}')
                    shown += bool(expected) and output[0] == '-o'
        # Most of the filters find something.
        self.assertGreater(shown, len(FILTERS) * 3 // 4)

    def test_json_is_the_file(self):
        self.fill()
        self.assertEqual(self.run_tool('view', '-o', 'json', self.database)[0], pathlib.Path(self.file).read_bytes())

    def test_levels_of_a_program(self):
        """A name that is not ours, with a number between ours."""
        self.emit('-l', 'error', 'one')
        with sqlite3.connect(self.database) as database:
            database.execute("UPDATE events SET level = 45, level_name = 'crit'")
        self.assertIn(b'"one"', self.run_tool('view', '-o', 'json', '-l', 'critical', self.database)[0])
        self.assertEqual(self.run_tool('view', '-l', '51', self.database)[0], b'')


class TestRefusals(DatabaseTest):
    def assert_refused(self, path, reason):
        self.assertEqual(self.run_tool('view', str(path), status=1), (b'', f"mvxlog: cannot read '{path}': {reason}\n"))

    def test_foreign(self):
        path = self.folder / 'other.db'
        with sqlite3.connect(path) as database:
            database.execute('PRAGMA application_id=7')
        self.assert_refused(path, "it is a database of something else; 'mvxlog view' reads those of the plugin sqlite")
        path = self.folder / 'plain.sqlite'
        with sqlite3.connect(path) as database:
            database.execute('CREATE TABLE x (y)')
        self.assert_refused(path, 'it is a database without the events of libmvxlog; '
                                  "'mvxlog view' reads those of the plugin sqlite")

    def test_empty(self):
        """The log beside it is somebody's who is just making it: it is not touched."""
        path = self.folder / 'empty.db'
        path.touch()
        log = self.folder / 'empty.db-wal'
        log.write_bytes(b'x' * 100)
        self.assert_refused(path, 'it is a database without the events of libmvxlog; '
                                  "'mvxlog view' reads those of the plugin sqlite")
        self.assertTrue(log.exists())

    def test_newer(self):
        self.emit('one')
        with sqlite3.connect(self.database) as database:
            database.execute('PRAGMA user_version=9')
        self.assert_refused(self.database,
                            'it has version 9 of the schema, this mvxlog knows version 1; update it')

    def test_missing(self):
        self.assert_refused(self.folder / 'none.db', 'No such file or directory')

    def test_damaged(self):
        self.emit('-n', 'a', '-', stdin=b'line\n' * 1000)
        data = bytearray(pathlib.Path(self.database).read_bytes())
        data[4096:] = b'Z' * (len(data) - 4096)
        pathlib.Path(self.database).write_bytes(data)
        self.assert_refused(self.database, 'the database is damaged (database disk image is malformed); '
                                           '"sqlite3 FILE .recover" saves what is left')

    def test_read_only(self):
        """Nothing is made beside a database that nobody uses."""
        self.emit('one')
        before = sorted(os.listdir(self.folder))
        self.run_tool('view', self.database)
        self.assertEqual(sorted(os.listdir(self.folder)), before)


class TestFollow(DatabaseTest):
    """Waits for nothing but the events."""

    def start(self, *args):
        self.process = subprocess.Popen([TOOL, 'view', '-f', '-o', 'short', *args], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.env)
        self.lines = queue.Queue()
        self.notes = queue.Queue()
        for stream, target in ((self.process.stdout, self.lines), (self.process.stderr, self.notes)):
            threading.Thread(target=self.pump, args=(stream, target), daemon=True).start()
        self.addCleanup(self.stop)

    @staticmethod
    def pump(stream, target):
        for line in stream:
            target.put(line.decode())
        stream.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(TIMEOUT)

    def expect(self, *messages):
        for message in messages:
            self.assertTrue(self.lines.get(timeout=TIMEOUT).endswith(f' {message}\n'))

    def expect_note(self, note):
        self.assertEqual(self.notes.get(timeout=TIMEOUT), f'mvxlog: {note}\n')

    def test_growth(self):
        self.emit('-n', 'a', 'one')
        self.start(self.database)
        self.expect('a: one')
        for i in range(5):
            self.emit('-n', 'a', f'next {i}')
            self.expect(f'a: next {i}')
        self.stop()
        self.assertEqual(self.process.returncode, 0)

    def test_filter_and_last(self):
        self.emit('-n', 'a', '-', stdin=b'1\n2\n3\n4\n')
        self.start('-N', '2', '-w', 'message != "3"', self.database)
        self.expect('a: 4')
        self.emit('-n', 'a', '-', stdin=b'3\n5\n')
        self.expect('a: 5')

    def test_missing_and_replaced(self):
        self.start(self.database)
        self.expect_note(f"'{self.database}' is not there; waiting for it")
        self.emit('-n', 'a', 'one')
        self.expect('a: one')
        self.expect_note(f"'{self.database}' has appeared")
        os.unlink(self.database)
        self.expect_note(f"'{self.database}' is not there; waiting for it")
        self.emit('-n', 'a', 'two')
        self.expect('a: two')
        self.expect_note(f"'{self.database}' was replaced; reading the new file")

    def test_beside_a_file(self):
        self.emit('-n', 'a', 'one')
        self.start(self.database, self.file)
        self.expect('a: one', 'a: one')
        self.emit('-n', 'a', 'two')
        self.expect('a: two', 'a: two')


if __name__ == '__main__':
    unittest.main()
