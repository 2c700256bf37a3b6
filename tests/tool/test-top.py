#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog top on programs that run, have ended, have stopped, or are none of ours.

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
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
PLUGINS = pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS'])
NOBODY = 2 ** 22 + 1  # no process has this number


@unittest.skipUnless((PLUGINS / 'libmvxlog-file.so').exists(), 'the plugin file is needed')
class TopTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix='mvxlog-top-')))
        self.addCleanup(shutil.rmtree, self.directory)
        plugins = self.directory / 'plugins'
        plugins.mkdir(mode=0o755)
        shutil.copy(PLUGINS / 'libmvxlog-file.so', plugins)
        (plugins / 'libmvxlog-file.so').chmod(0o755)
        self.env = {**os.environ, 'MVXLOG_PLUGIN_SYSTEM_PATH': str(plugins), 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb',
                    'XDG_RUNTIME_DIR': str(self.directory)}
        self.sockets = self.directory / 'mvxlog'

    def run_tool(self, *args, status=0):
        done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, env=self.env, check=False, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def start(self, lines, status='true', more=''):
        """A program that has logged them all, and waits for more."""
        log = self.directory / 'log'
        config = self.directory / 'app.conf'
        config.write_text(f'[mvxlog]\nversion=1\nstatus={status}\n[sink out]\nplugin=file\npath={log}\nqueue-max-size=100\n'
                          f'queue-overflow=block\n{more}[context]\nsinks=out\n', encoding='utf-8')
        program = subprocess.Popen([TOOL, 'emit', '--tee', '-c', str(config), '-'], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=self.env)
        self.addCleanup(self.end, program)
        for i in range(lines):
            program.stdin.write(f'line {i}\n')
        program.stdin.flush()
        for i in range(lines):  # it has taken them
            self.assertEqual(program.stdout.readline(), f'line {i}\n')
        return program

    @staticmethod
    def end(program):
        if program.poll() is None:
            program.send_signal(signal.SIGCONT)
            program.stdin.close()
            program.wait(60)
        program.stdout.close()

    def test_json(self):
        program = self.start(5)
        out, _ = self.run_tool('top', '--once', '--json')
        told = json.loads(out)
        self.assertEqual([one['pid'] for one in told], [program.pid])
        sink, = [sink for sink in told[0]['sinks'] if sink['name'] == 'out']
        self.assertEqual((sink['plugin'], sink['state'], sink['health'], sink['queue_max']), ('file', 'running', 'up', 100))
        self.assertEqual(sink['offered'], sink['accepted'] + sum(sink['refused'].values()))
        self.assertEqual(sink['accepted'], sink['delivered'] + sink['diverted'] + sink['pending'] + sink['spooled']
                         + sum(sink['dropped'].values()))
        self.assertGreaterEqual(sink['accepted'], 4)  # the last one is on its way, maybe

    def test_table(self):
        program = self.start(3)
        out, err = self.run_tool('top', '--count=2', '--interval=1ms', program.pid)
        lines = out.splitlines()
        self.assertEqual(err, '')
        self.assertEqual(lines[0], f'mvxlog[{program.pid}]  in -  out -  lost 0')
        self.assertRegex(lines[1], r'^  SINK +STATE +QUEUE +RATE +DELIVERED +LOST +RETRIED +SPOOLED +SPOOL  LAST ERROR$')
        self.assertRegex(out, r'(?m)^  out +up +\d+/100 +- +\d +0 +0 +0 +-  -$')
        self.assertRegex(out, rf'(?m)^mvxlog\[{program.pid}\]  in [0-9.]+k?/s  out [0-9.]+k?/s  lost 0$')

    def test_spool(self):
        self.start(2, more=f'delivery=spool\nspool-dir={self.directory}/spool\n')
        out, _ = self.run_tool('top', '-1', '--json')
        sink, = [sink for sink in json.loads(out)[0]['sinks'] if sink['name'] == 'out']
        self.assertGreater(sink['spool_bytes'], 0)
        out, _ = self.run_tool('top', '-1')
        self.assertRegex(out, r'(?m)^  out +up .* [0-9.]+ [KM]iB  -$')

    def test_name(self):
        self.start(1)
        out, _ = self.run_tool('top', '-1', 'mvxlog')
        self.assertEqual(len(re.findall(r'(?m)^mvxlog\[', out)), 1)
        self.run_tool('top', '-1', 'other', status=3)

    def test_off(self):
        self.start(1, status='false')
        out, err = self.run_tool('top', '-1', '--json', status=3)
        self.assertEqual(out, '[]\n')
        self.assertEqual(err, f"mvxlog: no program answers in '{self.sockets}'; let its configuration say 'status=true' in [mvxlog]\n")

    def test_ended(self):
        program = self.start(1)
        self.assertTrue((self.sockets / f'{program.pid}.sock').exists())
        self.end(program)
        self.assertFalse((self.sockets / f'{program.pid}.sock').exists())

    def test_killed(self):
        program = self.start(1)
        program.kill()
        program.wait(60)
        left = self.sockets / f'{program.pid}.sock'
        self.assertTrue(left.exists())
        self.run_tool('top', '-1', status=3)
        self.assertFalse(left.exists(), 'nobody will ever answer there')
        program.stdin.close()

    def test_stopped(self):
        """One that does not answer is told of, and the other is shown."""
        first = self.start(1)
        second = self.start(1)
        first.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
        out, err = self.run_tool('top', '-1')
        self.assertEqual(err, f'mvxlog: process {first.pid} does not answer: Connection timed out\n')
        self.assertIn(f'mvxlog[{second.pid}]', out)

    def listen(self, answer):
        """Something that is no program of ours answers."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.sockets / f'{NOBODY}.sock'))
        listener.listen()
        reader = subprocess.Popen([TOOL, 'top', '-1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
        listener.settimeout(60)
        peer, _ = listener.accept()
        with peer:
            peer.sendall(answer)
        out, err = reader.communicate(timeout=60)
        return reader.returncode, out, err

    def test_nonsense(self):
        for answer in b'', b'\n', b'[]\n', b'{"program":\n', b'{"program":"a"}', b'\xff\xfe\n':
            with self.subTest(answer):
                status, out, err = self.listen(answer)
                self.assertEqual((status, out), (3, ''))
                self.assertTrue(err.startswith(f'mvxlog: process {NOBODY} does not answer: its answer is not a line of JSON\n'), err)
                (self.sockets / f'{NOBODY}.sock').unlink()

    def test_odd(self):
        """What is missing or of another kind is shown as unknown; nothing of it steers the terminal."""
        status, out, _ = self.listen(b'{"program":"a\\u001b[2J","sinks":[1,{},{"name":7,"delivered":"x","refused":[1],'
                                     b'"dropped":{"rejected\\n":2}}]}\n')
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[0], r'a\x1b[2J[0]  in -  out -  lost 2 (rejected\n 2)')
        self.assertEqual(len(out.splitlines()), 4)

    def test_directory(self):
        self.sockets.mkdir(mode=0o700)
        self.sockets.chmod(0o777)
        _, err = self.run_tool('top', '-1', status=3)
        self.assertEqual(err, f"mvxlog: '{self.sockets}' is not of this user alone; nobody is asked there\n")

    def test_usage(self):
        _, err = self.run_tool('top', '--interval=soon', status=2)
        self.assertEqual(err, "mvxlog: 'soon' is not a time like 500ms or 2s\nmvxlog: try 'mvxlog top --help'\n")
        _, err = self.run_tool('top', '--count=-1', status=2)
        self.assertEqual(err, "mvxlog: --count must be at least 1\nmvxlog: try 'mvxlog top --help'\n")


if __name__ == '__main__':
    unittest.main()
