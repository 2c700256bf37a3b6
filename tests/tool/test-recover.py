#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog recover on crash rings of programs that were killed.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the plugins.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
PLUGINS = pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS'])


@unittest.skipUnless((PLUGINS / 'libmvxlog-redis.so').exists() and (PLUGINS / 'libmvxlog-file.so').exists(),
                     'the plugins redis and file are needed')
class RecoverTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix='mvxlog-recover-')))
        self.addCleanup(shutil.rmtree, self.directory)
        plugins = self.directory / 'plugins'
        plugins.mkdir(mode=0o755)
        for name in ('redis', 'file'):
            shutil.copy(PLUGINS / f'libmvxlog-{name}.so', plugins)
            (plugins / f'libmvxlog-{name}.so').chmod(0o755)
        self.env = {**os.environ, 'MVXLOG_PLUGIN_SYSTEM_PATH': str(plugins), 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'}
        self.rings = self.directory / 'rings'

    def config(self, name, text, sinks='out'):
        path = self.directory / name
        path.write_text(f'[mvxlog]\nversion=1\n{text}[context]\nsinks={sinks}\n', encoding='utf-8')
        return str(path)

    def stuck(self):
        """A server that is not there."""
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            return f'plugin=redis\nhost=127.0.0.1\nport={probe.getsockname()[1]}\n'

    def ledger(self, *args):
        """How many events recover --json tells of. The sink may have had some of them: which ones, nobody knows."""
        items = json.loads(self.run_tool('recover', '--json', *args)[0])
        for item in items:
            self.assertLessEqual(item.pop('again'), item.get('left', item.get('recovered')))
        return items

    def assert_told(self, out, text):
        """The words for that: '…: N events, M of them perhaps again'."""
        self.assertRegex(out, '^' + re.escape(text) + r'(, [0-9]+ of them perhaps again)?\n$')

    def run_tool(self, *args, status=0):
        done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, env=self.env, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def start(self, n):
        """A program that has accepted n events: what goes to standard output has gone into the queue before."""
        config = self.config('stuck.conf', f'[sink out]\n{self.stuck()}crash-ring=on\ncrash-ring-dir={self.rings}\n'
                                           '[sink seen]\nplugin=stream\nstream=stdout\nasync=false\n', 'out;seen')
        program = subprocess.Popen([TOOL, 'emit', '-c', config, '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, env=self.env)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.stdin.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        program.stdin.write(''.join(f'line {i}\n' for i in range(n)))
        program.stdin.flush()
        for _ in range(n):
            self.assertTrue(program.stdout.readline())
        return program

    def leave(self, n):
        program = self.start(n)
        program.kill()
        self.assertEqual(program.wait(), -signal.SIGKILL)

    def archive(self, more=''):
        return self.config('archive.conf', f'[sink out]\nplugin=file\npath={self.directory}/archive.jsonl\n{more}')

    def archived(self):
        return [json.loads(line)['message'] for line in (self.directory / 'archive.jsonl').read_text().splitlines()]

    def test_look(self):
        self.rings.mkdir(mode=0o700)
        self.assertEqual(self.run_tool('recover', self.rings), ('Nothing to recover.\n', ''))
        self.assertEqual(self.run_tool('recover', '--json', self.rings), ('[]\n', ''))
        self.leave(3)
        self.leave(2)
        ring = self.rings / 'out'
        for _ in range(2):
            self.assert_told(self.run_tool('recover', self.rings)[0], f'left {ring}: 5 events')
        self.assertEqual(self.ledger(self.directory), [{'path': str(ring), 'left': 5, 'damaged': 0}])
        lines = [json.loads(line) for line in self.run_tool('recover', '--export', ring)[0].splitlines()]
        self.assertEqual([line['message'] for line in lines], ['line 0', 'line 1', 'line 2', 'line 0', 'line 1'])
        self.assertEqual(len({line['sender_stream'] for line in lines}), 2)

    def test_deliver(self):
        self.leave(900)
        self.assert_told(self.run_tool('recover', '-c', self.archive(), '-s', 'out', self.rings)[0],
                         f'recovered {self.rings}/out: 900 events')
        self.assertEqual(self.archived(), [f'line {i}' for i in range(900)])
        self.assertEqual(self.run_tool('recover', '--json', '-c', self.archive(), '-s', 'out', self.rings), ('[]\n', ''))
        self.assertEqual(sorted(path.name for path in (self.rings / 'out').iterdir()), ['lock'])

    def test_sink_with_the_same_ring(self):
        """It does not take what it is to be given."""
        self.leave(10)
        config = self.archive(f'crash-ring=on\ncrash-ring-dir={self.rings}\n')
        self.assert_told(self.run_tool('recover', '-c', config, '-s', 'out', self.rings)[0],
                         f'recovered {self.rings}/out: 10 events')
        self.assertEqual(self.archived(), [f'line {i}' for i in range(10)])

    def test_not_reachable(self):
        self.leave(4)
        config = self.config('away.conf', f'[sink out]\n{self.stuck()}drain-timeout=1ms\n')
        out, err = self.run_tool('recover', '--flush-timeout', '50ms', '-c', config, '-s', 'out', self.rings, status=3)
        self.assertEqual(out, '')
        self.assertIn(f'mvxlog: {self.rings}/out stays: ', err)
        self.assert_told(self.run_tool('recover', self.rings)[0], f'left {self.rings}/out: 4 events')

    def test_live(self):
        program = self.start(5)
        self.assertEqual(self.run_tool('recover', '-c', self.archive(), '-s', 'out', self.rings)[0], 'Nothing to recover.\n')
        program.kill()
        program.wait()
        self.assert_told(self.run_tool('recover', self.rings)[0], f'left {self.rings}/out: 5 events')

    def test_damaged(self):
        """A mark that points behind what is there: what is there comes, and the rest is told."""
        self.leave(3)
        lane = next((self.rings / 'out').glob('*/*.lane'))
        with lane.open('r+b') as file:
            file.seek(24)  # position
            position = int.from_bytes(file.read(8), sys.byteorder) + 64
            file.seek(24)
            file.write(position.to_bytes(8, sys.byteorder))
        self.assertEqual(self.ledger(self.rings), [{'path': f'{self.rings}/out', 'left': 3, 'damaged': 1}])
        self.assertRegex(self.run_tool('recover', self.rings)[0],
                         r'^left .*/out: 3 events(, [0-9]+ of them perhaps again)?; places that cannot be read: 1\n$')

    def test_next_run(self):
        """The program itself, when it is started again and the backend is there."""
        self.leave(7)
        config = self.archive(f'crash-ring=on\ncrash-ring-dir={self.rings}\n')
        subprocess.run([TOOL, 'emit', '-c', config, 'and on'], env=self.env, check=True)
        self.assertEqual(self.archived(), [f'line {i}' for i in range(7)] + ['and on'])
        self.assertEqual([path.name for path in (self.rings / 'out').iterdir()], ['lock'])
        self.assertEqual(self.run_tool('recover', self.rings)[0], 'Nothing to recover.\n')

    def test_mistakes(self):
        self.leave(1)
        for args, status, expected in (
                (('-s', 'out'), 2, "mvxlog: give a configuration and one of its sinks: -c FILE -s NAME\n"),
                (('--export', '--json'), 2, "mvxlog: --export goes with neither a sink nor --json\n"),
                (('--flush-timeout', 'soon'), 2,
                 "mvxlog: --flush-timeout: 'soon' is not a duration; use one such as 250ms or 5s\n"),
                ((self.directory / 'none',), 1,
                 f"mvxlog: Error opening directory “{self.directory}/none”: No such file or directory\n"),
                (('-c', self.archive(), '-s', 'other', self.rings), 1,
                 f"mvxlog: {self.rings}/out stays: {self.directory}/archive.conf has no sink 'other'\n")):
            err = self.run_tool('recover', *args, status=status)[1]
            if status == 2:
                expected += "mvxlog: try 'mvxlog recover --help'\n"
            self.assertEqual(err, expected)
        ring = self.rings / 'out'
        ring.chmod(0o755)
        err = self.run_tool('recover', self.rings, status=1)[1]
        self.assertEqual(err, f"mvxlog: Crash ring '{ring}' has mode 0755, so that others could change it; use 'chmod 0700', "
                              'or set crash-ring-dir\n')


if __name__ == '__main__':
    unittest.main()
