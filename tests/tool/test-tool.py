#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mvxlog command from outside: every subcommand, exit codes, hostile input, rotated files, crashing plugins.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the file plugin (optional: without it what needs it is
skipped).
"""
import gzip
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

TOOL = os.environ.get('MVXLOG', 'mvxlog')
PLUGINS = os.environ.get('MVXLOG_TEST_PLUGINS', '')
HAVE_FILE = os.path.exists(os.path.join(PLUGINS, 'libmvxlog-file.so'))
COMPILER = shutil.which('cc') or shutil.which('gcc')
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / 'data'
TIMEOUT = 60

EVENT = {'ts': '2026-05-31T06:40:01.123456789Z', 'level': 'warning', 'context': 'net.http', 'message': 'upstream slow',
         'status': 503, 'peer': '10.0.0.7', 'file': 'http.c', 'line': 42}
ERROR = {'ts': '2026-05-31T06:40:02Z', 'level': 'error', 'context': 'db', 'message': 'deadlock', 'n': 2,
         'error': [{'domain': 'db', 'code': 7, 'message': 'lock wait timeout'},
                   {'domain': 'io', 'code': 24, 'message': 'timed out'}]}


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-tool-'))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(('MVXLOG_', 'XDG_'))}
        self.env.update(TZ='UTC', MVXLOG_PLUGIN_SYSTEM_PATH=PLUGINS, XDG_CONFIG_HOME=str(self.directory),
                        LC_ALL='C.UTF-8')
        # Built with sanitizers: some plugins crash on purpose.
        self.env['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'handle_segv=0']))
        for name in ('NO_COLOR', 'CLICOLOR_FORCE'):
            self.env.pop(name, None)

    def run_tool(self, *args, stdin=b'', status=0, env=None, **more):
        result = subprocess.run([TOOL, *args], input=stdin, stdout=more.pop('stdout', subprocess.PIPE),
                                stderr=subprocess.PIPE, env={**self.env, **(env or {})}, timeout=TIMEOUT, check=False,
                                **more)
        self.assertEqual(result.returncode, status, result.stderr.decode(errors='replace'))
        out = result.stdout.decode() if result.stdout is not None else ''
        return out, result.stderr.decode(errors='surrogateescape')

    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


class TestCommandLine(ToolTest):
    def test_help(self):
        for args in ([], ['check'], ['emit'], ['exec'], ['explain'], ['plugin'], ['plugin', 'list'], ['plugin', 'inspect'],
                     ['plugin', 'verify'], ['plugin', 'path'], ['receive'], ['spool'], ['spool', 'list'], ['spool', 'verify'],
                     ['spool', 'export'], ['spool', 'replay'], ['spool', 'prune'], ['spool', 'repair'], ['view']):
            out, err = self.run_tool(*args, '--help')
            self.assertTrue(out.startswith('Usage:'), out)
            self.assertIn(' '.join(['mvxlog', *args]), out)
            self.assertIn('Exit status', out)
            self.assertEqual(err, '')
        self.assertEqual(self.run_tool('help', 'view'), self.run_tool('view', '--help'))
        self.assertEqual(self.run_tool('help')[0], self.run_tool('-h')[0])

    def test_version(self):
        self.assertRegex(self.run_tool('--version')[0], r'^mvxlog \d+\.\d+\.\d+\n$')

    def refused(self, *args):
        out, err = self.run_tool(*args, status=2)
        self.assertEqual(out, '')
        return err

    def test_unknown(self):
        for args, text in (
                ([], "which command? check, emit, exec, explain, plugin, receive, recover, spool, top or view\nmvxlog: try 'mvxlog --help'"),
                (['viw'], "unknown command 'viw'; did you mean 'view'?\nmvxlog: try 'mvxlog --help'"),
                (['qqqqqq'], "unknown command 'qqqqqq'\nmvxlog: try 'mvxlog --help'"),
                (['--versoin'], "unknown option '--versoin'; did you mean '--version'?\nmvxlog: try 'mvxlog --help'"),
                (['plugin'], "which command? list, inspect, new, path or verify\nmvxlog: try 'mvxlog plugin --help'"),
                (['plugin', 'lst'],
                 "unknown command 'plugin lst'; did you mean 'list'?\nmvxlog: try 'mvxlog plugin --help'"),
                (['view', '--folow'],
                 "unknown option '--folow' of 'view'; did you mean '--follow'?\nmvxlog: try 'mvxlog view --help'"),
                (['view', '--colour=never'],
                 "unknown option '--colour' of 'view'; did you mean '--color'?\nmvxlog: try 'mvxlog view --help'"),
                (['emit', '-Z'], "unknown option '-Z' of 'emit'\nmvxlog: try 'mvxlog emit --help'"),
                (['check'], "give one or more configuration files\nmvxlog: try 'mvxlog check --help'"),
                (['plugin', 'list', 'x'],
                 "'x' is too much: it takes no argument\nmvxlog: try 'mvxlog plugin list --help'"),
                (['plugin', 'inspect'],
                 "give the name of one plugin\nmvxlog: try 'mvxlog plugin inspect --help'"),
                (['plugin', 'verify'],
                 "give one or more files\nmvxlog: try 'mvxlog plugin verify --help'"),
                (['plugin', 'verify', 'x.so', '--options', 'path'],
                 "--options: 'path' is not NAME=VALUE\nmvxlog: try 'mvxlog plugin verify --help'"),
                (['plugin', 'verify', 'x.so', '--step-timeout', '5'],
                 "--step-timeout: '5' is not a duration; use one such as 30s\n"
                 "mvxlog: try 'mvxlog plugin verify --help'"),
                (['view', '-f', '-', 'x'],
                 "-f follows files; give standard input ('-') alone\nmvxlog: try 'mvxlog view --help'"),
                (['emit'],
                 "nothing to log; give a message, or '-' for the lines of standard input\n"
                 "mvxlog: try 'mvxlog emit --help'"),
                (['emit', '--flush-timeout=5', 'x'],
                 "--flush-timeout: '5' is not a duration; use one such as 250ms, 5s, 2min, or -1 to wait for ever\n"
                 "mvxlog: try 'mvxlog emit --help'"),
                (['emit', '-l', 'off', 'x'],
                 "--level: 'off' is the level of nothing that is logged; give one from trace to critical\n"
                 "mvxlog: try 'mvxlog emit --help'"),
                (['view', '-N', '3', 'x'],
                 "-N is for -f; without it use 'tail -n N FILE | mvxlog view'\nmvxlog: try 'mvxlog view --help'"),
                (['view', '-f', '-N', '-3', 'x'],
                 "-N: -3 is no number of lines; give 0 or more\nmvxlog: try 'mvxlog view --help'"),
                (['emit', '-F', 'x', 'm'],
                 "-F 'x': a field is KEY=TEXT or KEY:=JSON\nmvxlog: try 'mvxlog emit --help'"),
                (['view', '-w', 'a ='],
                 "--where: column 3: '=' is not an operator; use '==' or '=~'\nmvxlog: try 'mvxlog view --help'"),
        ):
            self.assertEqual(self.refused(*args), f'mvxlog: {text}\n')

    def test_hostile_arguments(self):
        err = self.refused('\x1b[31m')
        self.assertNotIn('\x1b', err)
        self.assertIn('\\x1b[31m', err)


class TestView(ToolTest):
    def view(self, text, *args, **more):
        return self.run_tool('view', *args, stdin=text if isinstance(text, bytes) else text.encode(), **more)[0]

    @staticmethod
    def lines(*events):
        return ''.join((event if isinstance(event, str) else json.dumps(event)) + '\n' for event in events)

    def test_pretty(self):
        self.assertEqual(self.view(self.lines(EVENT, ERROR, 'plain')),
                         '2026-05-31 06:40:01.123 WARNING  net.http: upstream slow  status=503 peer=10.0.0.7  http.c:42\n'
                         '2026-05-31 06:40:02.000 ERROR    db: deadlock  n=2\n'
                         '  └─ db:7 lock wait timeout ← io:24 timed out\n'
                         'plain\n')

    def test_filters(self):
        text = self.lines(EVENT, 'plain', ERROR)
        for args, expected in ((['-l', 'error'], 'db'), (['-n', 'net.*'], 'net.http'), (['-w', 'status >= 500'], 'net.http'),
                               (['--grep', 'dead'], 'db'), (['--until', '2026-05-31T06:40:01.5Z'], 'net.http'),
                               (['-w', 'has(error) and n == 2'], 'db')):
            out = self.view(text, '-o', 'short', *args)
            self.assertEqual(len(out.splitlines()), 1, out)
            self.assertIn(f' {expected}: ', out)
        self.assertEqual(self.view(text, '--grep', 'plain'), 'plain\n')

    def test_json_is_unchanged(self):
        line = '{"level":"info", "n":18446744073709551615,"f":1.10,"t":"\\u001b"}\n'
        self.assertEqual(self.view(line, '-o', 'json'), line)
        self.assertEqual(self.view(line, '--json'), line)
        self.assertEqual(json.loads(self.view('a "b"\n', '--json')), {'message': 'a "b"'})

    def test_stats(self):
        stats = json.loads(self.view(self.lines(EVENT, ERROR, ERROR, 'plain'), '--stats', '--json'))
        self.assertEqual(stats['events'], 3)
        self.assertEqual(stats['other_lines'], 1)
        self.assertEqual(stats['levels'], {'error': 2, 'warning': 1})
        self.assertEqual(stats['contexts'], {'db': 2, 'net.http': 1})

    def test_parse(self):
        out = self.view('2026-05-31 06:40:01 [ERR] it broke user=7\nother\n', '--parse',
                        r'^(?<ts>\S+ \S+) \[(?<level>\w+)\] (?<message>.*) user=(?<user>\d+)$')
        self.assertEqual(out, '2026-05-31 06:40:01.000 ERROR    it broke  user=7\nother\n')
        out = self.view('1 [ERR] x\n', '--json', '--parse', r'\[(?<level>\w+)\] (?<message>.*)$')
        self.assertEqual(json.loads(out), {'level': 'ERR', 'message': 'x'})

    def test_real_logs(self):
        sample = pathlib.Path(__file__).parent.parent.parent / 'data' / 'samples' / 'Apache_2k.log'
        if not sample.exists():
            self.skipTest('the samples are not here')
        pattern = r'^\[(?<ts>[^\]]+)\] \[(?<level>\w+)\] (?:\[client (?<client>[^\]]+)\] )?(?<message>.*)$'
        stats = json.loads(self.run_tool('view', '--parse', pattern, '--stats', '--json', str(sample))[0])
        with open(sample, encoding='utf-8') as file:
            lines = file.read().splitlines()
        self.assertEqual(stats['events'], len(lines))
        self.assertEqual(stats['levels'],
                         {'error': sum('[error]' in line for line in lines),
                          'notice': sum('[notice]' in line for line in lines)})

    def test_hostile(self):
        hostile = ['\x1b]0;title\x07', '\x1b[2J', 'a\rb', '\x9b31m', 'x\u202ey', 'l\u2028m', '\x00', 'a\nlevel=error']
        events = self.lines(*({'message': text, 'k' + text: text, 'context': text, 'level': text} for text in hostile))
        foreign = ''.join(text.replace('\n', ' ') + '\n' for text in hostile)
        for output in ('pretty', 'short', 'logfmt'):
            out = self.view(events + foreign, '-o', output)
            self.assertEqual(len(out.splitlines()), 2 * len(hostile), output)
            for char in '\x1b\x07\r\x9b\u202e\u2028\x00':
                self.assertNotIn(char, out)

    def test_naughty_bytes(self):
        data = bytes(range(256)) * 4 + b'\n' + b'\xff\xfe\n' + b'{"message":"\xff"}\n' + b'\xf0\x9f\x98'
        out = self.view(data)
        self.assertNotIn('\x1b', out)
        self.assertIn('\\xff\\xfe\n', out)
        self.assertTrue(out.endswith('\\xf0\\x9f\\x98\n'))

    def test_deep_json_is_no_event(self):
        line = '{"a":' * 100000 + '1' + '}' * 100000 + '\n'
        self.assertEqual(self.view(line), line)

    def test_long_lines(self):
        self.assertEqual(self.view(b'a' * 1000000 + b'\nb\n'), 'a' * 1000000 + '\nb\n')
        out = self.view(b'a' * (20 << 20) + b'\nb\n')
        self.assertEqual(out, 'a' * (16 << 20) + ' [line cut at 16 MiB]\nb\n')

    def test_files(self):
        path = self.write('a.jsonl', self.lines(EVENT))
        packed = str(self.directory / 'b.jsonl.gz')
        with gzip.open(packed, 'wt') as file:
            file.write(self.lines(ERROR))
        out, _ = self.run_tool('view', '-o', 'short', path, packed, '-', stdin=b'third')
        self.assertEqual(out, '06:40:01.123 WARNING  net.http: upstream slow\n06:40:02.000 ERROR    db: deadlock\nthird\n')
        out, err = self.run_tool('view', '-o', 'short', 'no-such', path, cwd=self.directory, status=1)
        self.assertEqual(err, "mvxlog: cannot read 'no-such': No such file or directory\n")
        self.assertEqual(out, '06:40:01.123 WARNING  net.http: upstream slow\n')
        _, err = self.run_tool('view', '.', cwd=self.directory, status=1)
        self.assertEqual(err, "mvxlog: cannot read '.': Is a directory\n")
        cut = self.write('cut.gz', pathlib.Path(packed).read_bytes()[:-4])
        _, err = self.run_tool('view', cut, status=1)
        self.assertEqual(err, f"mvxlog: cannot read '{cut}': the compressed data ends too early\n")

    def test_colour(self):
        text = self.lines(EVENT)
        self.assertNotIn('\x1b', self.view(text))
        self.assertIn('\x1b[33mWARNING', self.view(text, '--color=always'))
        self.assertIn('\x1b[33mWARNING', self.view(text, env={'CLICOLOR_FORCE': '1'}))
        self.assertNotIn('\x1b', self.view(text, env={'CLICOLOR_FORCE': '1', 'NO_COLOR': '1'}))
        _, err = self.run_tool('view', '--color=sometimes', status=2)
        self.assertIn("'sometimes' is not a value of --color; use auto, always or never", err)

    def test_output_is_lost(self):
        with open('/dev/full', 'wb') as full:
            _, err = self.run_tool('view', stdin=b'text\n', stdout=full, status=1)
        self.assertEqual(err, 'mvxlog: cannot write to standard output: No space left on device\n')

    def test_nobody_reads(self):
        path = self.write('long.log', 'line of some length\n' * 200000)
        process = subprocess.Popen([TOOL, 'view', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
        self.assertEqual(process.stdout.readline(), b'line of some length\n')
        process.stdout.close()
        self.assertEqual(process.wait(TIMEOUT), 0)
        self.assertEqual(process.stderr.read(), b'')
        process.stderr.close()


class TestFollow(ToolTest):
    """Reads what comes, and waits for nothing but that."""

    def start(self, *args):
        process = subprocess.Popen([TOOL, 'view', '-f', *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env=self.env)
        self.lines = queue.Queue()
        self.notes = queue.Queue()
        for stream, target in ((process.stdout, self.lines), (process.stderr, self.notes)):
            threading.Thread(target=self.pump, args=(stream, target), daemon=True).start()
        self.process = process
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

    def expect(self, *lines):
        for line in lines:
            self.assertEqual(self.lines.get(timeout=TIMEOUT), line + '\n')

    def append(self, path, text):
        with open(path, 'a', encoding='utf-8') as file:
            file.write(text)

    def test_growth(self):
        path = self.write('app.log', 'one\n')
        self.start(path)
        self.expect('one')
        self.append(path, 'par')
        self.append(path, 'tial\nnext\n')
        self.expect('partial', 'next')
        self.stop()
        self.assertEqual(self.process.returncode, 0)

    def test_rotation_by_rename(self):
        path = self.write('app.log', 'one\n')
        self.start(path)
        self.expect('one')
        for generation in range(5):
            os.rename(path, f'{path}.{generation}')
            self.append(f'{path}.{generation}', f'late {generation}\n')
            self.expect(f'late {generation}')
            self.append(path, f'new {generation}\n')
            self.expect(f'new {generation}')

    def test_rotation_at_once(self):
        path = self.write('app.log', 'begin\n')
        self.start('-q', path)
        self.expect('begin')
        for generation in range(5):
            self.append(path, f'a {generation}\nb {generation}\n')
            os.rename(path, f'{path}.old')
            self.append(path, f'c {generation}\n')
            self.expect(f'a {generation}', f'b {generation}', f'c {generation}')

    def test_copy_and_truncate(self):
        path = self.write('app.log', 'one\ntwo\n')
        self.start(path)
        self.expect('one', 'two')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('3\n')
        self.expect('3')
        self.assertEqual(self.notes.get(timeout=TIMEOUT),
                         f"mvxlog: '{path}' was truncated; reading it from its beginning\n")
        self.append(path, 'four\n')
        self.expect('four')

    def test_missing_for_a_while(self):
        path = str(self.directory / 'app.log')
        self.start(path)
        self.assertEqual(self.notes.get(timeout=TIMEOUT), f"mvxlog: '{path}' is not there; waiting for it\n")
        self.append(path, 'one\n')
        self.expect('one')
        os.unlink(path)
        self.assertEqual(self.notes.get(timeout=TIMEOUT), f"mvxlog: '{path}' has appeared\n")
        self.assertEqual(self.notes.get(timeout=TIMEOUT), f"mvxlog: '{path}' is not there; waiting for it\n")
        self.append(path, 'two\n')
        self.expect('two')

    def test_directory_comes_later(self):
        directory = self.directory / 'later'
        self.start(str(directory / 'app.log'))
        self.notes.get(timeout=TIMEOUT)
        directory.mkdir()
        self.append(directory / 'app.log', 'one\n')
        self.expect('one')

    def test_several_and_filtered(self):
        one = self.write('one.log', '')
        two = self.write('two.log', '')  # both may also be read from their beginning
        self.start('-l', 'error', '-o', 'short', one, two)
        self.append(one, json.dumps(EVENT) + '\n')
        self.append(one, json.dumps(ERROR) + '\n')
        self.expect('06:40:02.000 ERROR    db: deadlock')
        self.append(two, json.dumps(ERROR) + '\n')
        self.expect('06:40:02.000 ERROR    db: deadlock')

    def test_last(self):
        path = self.write('app.log', ''.join(f'{n}\n' for n in range(100)))
        self.start('-N', '2', path)
        self.expect('98', '99')
        self.append(path, '100\n')
        self.expect('100')

    def test_nobody_reads(self):
        path = self.write('app.log', 'one\n')
        process = subprocess.Popen([TOOL, 'view', '-f', path], stdout=subprocess.PIPE, env=self.env)
        self.assertEqual(process.stdout.readline(), b'one\n')
        process.stdout.close()
        self.assertEqual(process.wait(TIMEOUT), 0)


class TestPlugin(ToolTest):
    BROKEN = {
        'crash': 'static void __attribute__ ((constructor)) go (void) { *(volatile int *) 8 = 1; }',
        'quit': '#include <stdlib.h>\nstatic void __attribute__ ((constructor)) go (void) { exit (7); }',
        'empty': 'int nothing;',
        'Upper': 'int nothing;',
    }

    def build(self, *names):
        if COMPILER is None:
            self.skipTest('there is no compiler')
        for name in names:
            source = self.write(f'{name}.c', self.BROKEN[name] + '\n')
            subprocess.run([COMPILER, '-O0', '-shared', '-fPIC', '-o', str(self.directory / f'libmvxlog-{name}.so'), source],
                           check=True)
        self.env['MVXLOG_PLUGIN_PATH'] = str(self.directory)

    def test_list(self):
        out, err = self.run_tool('plugin', 'list')
        rows = out.splitlines()
        self.assertEqual(rows[0].split(), ['NAME', 'VERSION', 'ABI', 'LICENCE', 'PATH', 'STATUS'])
        for name in ('stream', 'memory', 'null', 'group'):
            row = [row for row in rows if row.startswith(f'{name} ')][0]
            self.assertIn('(built in)', row)
            self.assertTrue(row.endswith(' ok'))
        self.assertEqual(err, '')

    def test_list_with_broken_ones(self):
        self.build('crash', 'quit', 'empty', 'Upper')
        out, _ = self.run_tool('plugin', 'list')
        rows = {row.split()[0]: row for row in out.splitlines()}
        self.assertTrue(rows['crash'].endswith(' refused: crashed while loading (SIGSEGV)'))
        self.assertTrue(rows['quit'].endswith(' refused: ended the process while loading (status 7)'))
        self.assertIn("it does not define 'mvx_log_plugin'", rows['empty'])
        self.assertIn('is not named like a plugin', rows['libmvxlog-Upper.so'])
        listed = {row['name']: row for row in json.loads(self.run_tool('plugin', 'list', '--json')[0])}
        self.assertEqual(listed['crash']['status'], 'refused')
        self.assertEqual(listed['crash']['reason'], 'crashed while loading (SIGSEGV)')
        self.assertEqual(listed['stream']['status'], 'ok')
        self.assertEqual(self.run_tool('plugin', '--json', 'list'), self.run_tool('plugin', 'list', '--json'))

    def test_hidden(self):
        self.build('empty')
        second = self.directory / 'second'
        second.mkdir()
        shutil.copy(self.directory / 'libmvxlog-empty.so', second)
        self.env['MVXLOG_PLUGIN_PATH'] += f':{second}'
        out, _ = self.run_tool('plugin', 'list')
        self.assertIn(f' hidden by {self.directory}/libmvxlog-empty.so\n', out)

    def test_inspect(self):
        out, _ = self.run_tool('plugin', 'inspect', 'stream')
        for text in ('Plugin   stream\n', 'Path     (built in)\n', 'stderr|stdout, default stderr', 'Options of every sink\n',
                     'What every sink may be kept from seeing\n', '\n  redact-action      choice: keep|hash|mask|drop, default mask'):
            self.assertIn(text, out)
        found = json.loads(self.run_tool('plugin', 'inspect', 'stream', '--json')[0])
        self.assertEqual(found['name'], 'stream')
        option = [option for option in found['options'] if option['name'] == 'stream'][0]
        self.assertEqual(option['choices'], ['stderr', 'stdout'])
        self.assertEqual(option['default'], 'stderr')

    @unittest.skipUnless(HAVE_FILE, 'the file plugin is not built')
    def test_inspect_file(self):
        found = json.loads(self.run_tool('plugin', 'inspect', 'file', '--json')[0])
        self.assertEqual(found['path'], os.path.realpath(os.path.join(PLUGINS, 'libmvxlog-file.so')))
        self.assertIn('async', found['flags'])
        names = [option['name'] for option in found['options']]
        self.assertIn('path', names)
        self.assertLess({'queue-max-size', 'filter', 'redact'}, set(names))
        self.assertEqual(found, json.loads(self.run_tool('plugin', 'inspect', found['path'], '--json')[0]))

    def test_inspect_refused(self):
        self.build('crash')
        _, err = self.run_tool('plugin', 'inspect', 'crash', status=1)
        self.assertEqual(err, "mvxlog: plugin 'crash' crashed while loading (SIGSEGV)\n")
        out, err = self.run_tool('plugin', 'inspect', 'strem', '--json', status=1)
        self.assertEqual(json.loads(out)['status'], 'refused')
        self.assertRegex(err, r"^mvxlog: No plugin 'strem' in .*\. Did you mean 'stream'\?\n$")

    def test_verify(self):
        self.build('empty')
        path = str(self.directory / 'libmvxlog-empty.so')
        out, _ = self.run_tool('plugin', 'verify', path, status=1)
        self.assertEqual(out, f"{path}\n  broken   symbols     it does not export 'build_descriptor' of its own; define it, "
                              'with MVX_LOG_PLUGIN_COMPILATION defined before <mvxlog/mvxlog.h>\n'
                              '           what to do  build it as a shared module for this machine, and export nothing but '
                              'mvx_log_plugin, build_descriptor, create and dispatch_core\n')
        out, _ = self.run_tool('plugin', 'verify', '--json', path, status=1)
        self.assertIn('build it as a shared module', json.loads(out)[0]['checks'][0]['hint'])
        self.assertEqual([(one['path'], one['status'], one['checks'][0]['check']) for one in json.loads(out)],
                         [(path, 'broken', 'symbols')])
        if HAVE_FILE:
            path = os.path.join(PLUGINS, 'libmvxlog-file.so')
            out, _ = self.run_tool('plugin', 'verify', '--json', path, '--options', 'path=a.log', 'format=logfmt')
            self.assertEqual(json.loads(out)[0]['status'], 'ok')

    def test_path(self):
        env = {'MVXLOG_PLUGIN_PATH': '/no/such', 'MVXLOG_PLUGIN_SYSTEM_PATH': str(self.directory)}
        self.assertEqual(self.run_tool('plugin', 'path', env=env)[0],
                         f'/no/such (there is no such directory)\n{self.directory}\n')
        self.assertEqual(json.loads(self.run_tool('plugin', 'path', '--json', env=env)[0]),
                         ['/no/such', str(self.directory)])


class TestExplain(ToolTest):
    ID = '6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1'
    MARK = b'mvxlog:e' + b'vent-id\0'

    def setUp(self):
        super().setUp()
        self.program = self.write('program', b'\x7fELF\0' + self.MARK + b'6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1\0disk-full\0'
                                  b'No space.\nFree some \x1b[31mnow.\0\0\0' + self.MARK + b'a' * 32 + b'\0other\0\0')

    def test_found(self):
        out, err = self.run_tool('explain', self.ID, self.program)
        self.assertEqual((out, err), (f'6D1C9BF2-A4AD-4B0F-9D0E-A15CF0A7D4C1  disk-full  ({self.program})\n'
                                      'No space.\nFree some \\x1b[31mnow.\n', ''))
        out, _ = self.run_tool('explain', '--all', self.program)
        self.assertTrue(out.endswith(f'\n\n{"a" * 32}  other  ({self.program})\nNo explanation.\n'), out)

    def test_json(self):
        out, _ = self.run_tool('explain', '--json', '--all', self.program)
        self.assertEqual([(entry['name'], entry['text'], entry['file']) for entry in json.loads(out)],
                         [('disk-full', 'No space.\nFree some \x1b[31mnow.', self.program), ('other', '', self.program)])

    def test_not_found(self):
        out, err = self.run_tool('explain', 'b' * 32, self.program, self.write('empty', b''), status=1)
        self.assertEqual((out, err), ('', f'mvxlog: no file names {"b" * 32}\n'))
        out, _ = self.run_tool('explain', '--json', 'b' * 32, self.program, status=1)
        self.assertEqual(json.loads(out), [])
        _, err = self.run_tool('explain', self.ID, self.program, '/nowhere/at/all', status=1)
        self.assertIn('/nowhere/at/all', err)
        _, err = self.run_tool('explain', '--all', self.directory, status=1)
        self.assertEqual(err, f"mvxlog: '{self.directory}' is a directory; give the files in it\n")

    def test_refused(self):
        for args, text in (([], 'give an id, then the program that logs it'),
                           ([self.ID], 'give an id, then the program that logs it'),
                           (['--all'], 'give one or more programs, libraries or plugins'),
                           (['disk', 'x'], "'disk' is not an id of 32 hexadecimal digits, nor a UUID")):
            _, err = self.run_tool('explain', *args, status=2)
            self.assertEqual(err, f"mvxlog: {text}\nmvxlog: try 'mvxlog explain --help'\n")


class TestCheck(ToolTest):
    GOOD = '[mvxlog]\nversion=1\n[sink console]\nplugin=stream\nstream=stderr\n[context]\nsinks=console\n'
    BAD = '[mvxlog]\nversion=1\n[sink console]\nplugin=stream\nstream=stdrr\nleve=info\n[context]\nsinks=console;nope\n'

    def test_good(self):
        path = self.write('good.conf', self.GOOD)
        out, err = self.run_tool('check', path)
        self.assertEqual((out, err), ('1 file read, 1 plugin used, 0 errors\n', ''))
        self.assertEqual(self.run_tool('check', '-q', path), ('', ''))
        self.assertEqual(json.loads(self.run_tool('check', '--json', path)[0]), [])

    def test_bad(self):
        path = self.write('bad.conf', self.BAD)
        out, _ = self.run_tool('check', path, status=1)
        lines = out.splitlines()
        self.assertRegex(lines[0], rf"^{path}:5:8: error: \[sink console\] stream: .*did you mean 'stderr'\?")
        self.assertRegex(lines[1], rf"^{path}:6:1: error: \[sink console\] leve: .*did you mean 'level'\?")
        self.assertRegex(lines[2], rf'^{path}:8:7: error: \[context\] sinks: ')
        self.assertEqual(lines[3], '1 file read, 0 plugins used, 3 errors')
        found = json.loads(self.run_tool('check', '--json', path, status=1)[0])
        self.assertEqual([(item['file'], item['line'], item['column'], item['group'], item['key']) for item in found],
                         [(path, 5, 8, 'sink console', 'stream'), (path, 6, 1, 'sink console', 'leve'),
                          (path, 8, 7, 'context', 'sinks')])

    def test_unused(self):
        path = self.write('app.conf', '[mvxlog]\nversion=1\n[sink all]\nplugin=group\nsinks=member\n[sink member]\n'
                                      'plugin=null\n[sink forgotten]\nplugin=null\n[context]\nsinks=all\n')
        out, err = self.run_tool('check', path)
        self.assertEqual(err, '')
        self.assertEqual(out, f"{path}:8:1: warning: [sink forgotten]: no context sends events to it; add it to 'sinks' of "
                              'one\n1 file read, 2 plugins used, 0 errors\n')
        self.assertEqual(self.run_tool('check', '-q', path), ('', ''))
        self.assertEqual(json.loads(self.run_tool('check', '--json', path)[0]), [])

    def test_drop_ins_and_show(self):
        path = self.write('app.conf', self.GOOD)
        (self.directory / 'app.conf.d').mkdir()
        self.write('app.conf.d/10-level.conf', '[sink console]\nlevel=debug\n')
        out, _ = self.run_tool('check', '--show', path)
        self.assertIn('level=debug', out)
        self.assertIn('10-level.conf:2', out)
        self.assertTrue(out.endswith('2 files read, 1 plugin used, 0 errors\n'))

    def test_missing(self):
        out, err = self.run_tool('check', 'no-such.conf', cwd=self.directory, status=1)
        self.assertEqual(out, '0 files read, 0 plugins used, 1 error\n')
        self.assertEqual(err,
                         "mvxlog: Configuration file 'no-such.conf' does not exist; create it or give another path\n")
        out, _ = self.run_tool('check', '--json', 'no-such.conf', cwd=self.directory, status=1)
        self.assertEqual(json.loads(out)[0]['file'], 'no-such.conf')

    def test_opens_nothing(self):
        target = self.directory / 'never.log'
        if not HAVE_FILE:
            self.skipTest('the file plugin is not built')
        path = self.write('file.conf', f'[mvxlog]\nversion=1\n[sink f]\nplugin=file\npath={target}\n[context]\nsinks=f\n')
        self.run_tool('check', path)
        self.assertFalse(target.exists())

    def test_examples(self):
        if not HAVE_FILE:
            self.skipTest('the file plugin is not built')
        for name in ('example', 'file', 'compose'):
            out, err = self.run_tool('check', EXAMPLES / f'{name}.conf')
            self.assertRegex(out, '^1 file read, [1-9] plugins? used, 0 errors\n$')
            self.assertEqual(err, '')

    def test_crashing_plugin(self):
        TestPlugin.build(self, 'crash')
        path = self.write('crash.conf', self.GOOD.replace('plugin=stream\nstream=stderr', 'plugin=crash'))
        _, err = self.run_tool('check', path, status=1)
        self.assertEqual(err, "mvxlog: a plugin crashed while the configuration was checked (signal 11); 'mvxlog plugin "
                              "list' shows which\n")

    BROKEN = TestPlugin.BROKEN


@unittest.skipUnless(HAVE_FILE, 'the file plugin is not built')
class TestEmit(ToolTest):
    def setUp(self):
        super().setUp()
        self.target = self.directory / 'out.jsonl'
        self.config = self.configure(self.target)

    def configure(self, target, more=''):
        return self.write('emit.conf', f'[mvxlog]\nversion=1\n[sink f]\nplugin=file\npath={target}\nformat=json\n{more}'
                                       '[context]\nlevel=debug\nsinks=f\n')

    def emit(self, *args, stdin=b'', status=0):
        result = self.run_tool('emit', '-c', self.config, *args, stdin=stdin, status=status)
        if self.target.exists():
            self.events = [json.loads(line) for line in self.target.read_bytes().decode().splitlines()]
        return result

    def test_message(self):
        self.emit('-n', 'backup.disk', '-l', 'error', 'copy', 'failed {n} %s')
        event = self.events[0]
        self.assertEqual((event['level'], event['context'], event['message']), ('error', 'backup.disk', 'copy failed {n} %s'))

    def test_fields(self):
        self.emit('-F', 'disk=sda', '-F', 'size:=42', '-F', 'big:=18446744073709551615', '-F', 'x:=1.5', '-F', 'ok:=true',
                  '-F', 'none:=null', '-F', 'list:=[1,"a",{"b":null}]', '-F', 'map:={"k":"v"}', 'm')
        event = self.events[0]
        self.assertEqual({key: event[key] for key in ('disk', 'size', 'big', 'x', 'ok', 'none', 'list', 'map')},
                         {'disk': 'sda', 'size': 42, 'big': 18446744073709551615, 'x': 1.5, 'ok': True, 'none': None,
                          'list': [1, 'a', {'b': None}], 'map': {'k': 'v'}})

    def test_event_without_message(self):
        self.emit('-e', 'bind', '--entity', 'sock', '--outcome', 'failed', '-F', 'a=1')
        event = self.events[0]
        self.assertEqual((event['event'], event['entity'], event['outcome'], event['a']), ('bind', 'sock', 'failed', '1'))

    def test_stdin(self):
        self.emit('-', stdin=b'one\n\ntwo\n\n  three')
        self.assertEqual([event.get('message', '') for event in self.events], ['one', '', 'two', '', '  three'])
        self.emit('-', stdin=b'')
        self.assertEqual(len(self.events), 5)

    def test_many_lines(self):
        lines = [f'line {n} of many' for n in range(10000)]
        self.emit('-', stdin='\n'.join(lines).encode() + b'\n')
        self.assertEqual([event['message'] for event in self.events], lines)

    def test_many_lines_through_a_small_queue(self):
        self.config = self.configure(self.target, 'queue-max-size=10\n')
        lines = [f'line {n}' for n in range(2000)]
        self.emit('-', stdin='\n'.join(lines).encode() + b'\n')
        self.assertEqual([event['message'] for event in self.events], lines)

    def test_too_long_a_line(self):
        self.emit('-F', 'a=1', '-', stdin=('é' * 1500000).encode())
        event = self.events[0]
        self.assertTrue(event['truncated'])
        self.assertEqual(event['a'], '1')
        self.assertRegex(event['message'], r'\Aé{10000,}\.\.\.\Z')
        self.assertLess(len(event['message'].encode()), 64 * 1024)

    def test_long_and_odd_lines(self):
        self.config = self.configure(self.target, 'max-record-size=16MiB\n')
        long = 'é' * 1500000
        self.emit('-F', 'a=1', '-', stdin=long.encode() + b'\na\0b\0\nbad \xff\xc3 bytes\n\x1b[31m\n')
        self.assertEqual([event['message'] for event in self.events],
                         [long, 'a\0b\0', 'bad \ufffd\ufffd bytes', '\x1b[31m'])
        self.assertTrue(all(event['a'] == '1' for event in self.events))

    def test_prefix_and_tee(self):
        out, _ = self.emit('--level-from-prefix', '--tee', '-', stdin=b'<3>bad\nplain\n')
        self.assertEqual(out, '<3>bad\nplain\n')
        self.assertEqual([(event['level'], event['message']) for event in self.events],
                         [('error', 'bad'), ('info', 'plain')])

    def test_closed_descriptors(self):
        """What is printed goes into no file that has got the number of a standard stream."""
        for closed in ('<&-', '>&-', '2>&-', '<&- >&- 2>&-'):
            result = subprocess.run(['sh', '-c', f'exec "$@" {closed}', 'sh', TOOL, 'emit', '-c', self.config, '--tee', closed],
                                    env=self.env, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(result.returncode, 1 if '>&- ' in f'{closed} ' and closed != '2>&-' else 0)
            # Each line is an event.
            events = [json.loads(line) for line in self.target.read_text(encoding='utf-8').splitlines()]
            self.assertEqual(events[-1]['message'], closed)

    def test_below_the_level(self):
        self.emit('-l', 'trace', 'nobody wants it')
        self.assertFalse(self.target.exists() and self.events)

    def test_default_is_stderr(self):
        out, err = self.run_tool('emit', '-n', 'a.b', 'to whom it may concern')
        self.assertEqual(out, '')
        self.assertIn('a.b', err)
        self.assertIn('to whom it may concern', err)

    def test_configuration_from_environment(self):
        self.run_tool('emit', 'by environment', env={'MVXLOG_CONFIG': self.config})
        self.assertIn('by environment', self.target.read_text(encoding='utf-8'))

    def test_bad_configuration(self):
        self.config = self.write('emit.conf', '[mvxlog]\nversion=1\n[sink f]\nplugin=file\npat=x\n')
        _, err = self.emit('m', status=1)
        self.assertRegex(err, rf'^mvxlog: {self.config}:')
        self.config = str(self.directory / 'none.conf')
        _, err = self.emit('m', status=1)
        self.assertEqual(err, f"mvxlog: Configuration file '{self.config}' does not exist; create it or give another path\n")

    def test_bad_context(self):
        _, err = self.emit('-n', 'a..b', 'm', status=2)
        self.assertTrue(err.startswith('mvxlog: --context: '), err)

    def test_unwritable(self):
        inside = self.directory / 'emit.conf' / 'out.jsonl'  # below a file there is no directory
        self.config = self.configure(inside)
        _, err = self.emit('--flush-timeout=200ms', 'm', status=3)
        self.assertIn(str(inside), err)

    def test_full_disk(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('there is no /dev/full')
        self.config = self.configure('/dev/full')
        _, err = self.emit('--flush-timeout=200ms', '-', stdin=b'a\nb\nc\n', status=3)
        self.assertTrue(err)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
