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
import sys
import tempfile
import unittest

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    # Debian's module is for Debian's python.
    if sys.executable != '/usr/bin/python3' and os.path.exists('/usr/bin/python3'):
        os.execv('/usr/bin/python3', ['/usr/bin/python3', *sys.argv])
    text_string_to_metric_families = None

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

    def start(self, lines, status='true', more='', path=None):
        """A program that has logged them all, and waits for more."""
        log = path or self.directory / 'log'
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
        self.assertGreater(told[0]['uptime_us'], 0)
        self.assertGreater(told[0]['rss_bytes'], 2 ** 20)
        self.assertIsInstance(told[0]['rss_grown_bytes'], int)
        self.assertEqual((told[0]['in_per_s'], told[0]['lost_total'], told[0]['lost_by_reason'], sink['lost_total']), (None, 0, {}, 0))

    def test_json_again(self):
        """What has gone on is in the second line."""
        self.start(5)
        out, _ = self.run_tool('top', '--json', '--count=2', '--interval=1ms')
        first, second = map(json.loads, out.splitlines())
        self.assertIsNone(first[0]['out_per_s'])
        self.assertGreaterEqual(second[0]['out_per_s'], 0)
        self.assertGreaterEqual(second[0]['uptime_us'], first[0]['uptime_us'])

    def test_retry(self):
        """Why nothing is delivered, and when it is tried again."""
        program = self.start(1, path='/dev/full', more='retry-min=1h\nretry-max=1h\n')
        reader = subprocess.Popen([TOOL, 'top', '--json', '--interval=10ms'], stdout=subprocess.PIPE, text=True, env=self.env)
        for line in reader.stdout:  # until the worker has been so far
            if 'retry_in_us' in line:
                break
        reader.terminate()
        reader.stdout.close()
        reader.wait(60)
        out, _ = self.run_tool('top', '-1', '--json')
        sink, = [sink for sink in json.loads(out)[0]['sinks'] if sink['name'] == 'out']
        self.assertTrue(600e6 < sink['retry_in_us'] <= 3600e6, sink)  # half of it is left to chance, and this takes a while
        self.assertEqual((sink['health'], sink['retried'], sink['delivered']), ('retrying', 1, 0))
        self.assertEqual((sum(sink['dispatch_time']), sink['batches']), (1, 1))
        self.assertGreater(sink['p99_us'], 0)
        out, _ = self.run_tool('top', '-1')
        self.assertRegex(out, r"(?m)^  out +retrying  1/100 +▏ +- +[0-9.]+/[0-9.]+[um]?s\+? +0 +0 +1 +-  Cannot write to log file '/dev/full': "
                              r'No space left on device; .* \(retry in (1h0m|[0-9]+m[0-9]+s)\)$')
        program.kill()  # or it would wait for the disk
        program.wait(60)
        program.stdin.close()

    def test_table(self):
        program = self.start(3)
        out, err = self.run_tool('top', '--count=2', '--interval=1ms', program.pid)
        lines = out.splitlines()
        self.assertEqual(err, '')
        memory = r'rss [0-9.]+ MiB \([+-][0-9.]+( [KM]iB)?\)'
        self.assertRegex(lines[0], rf'^mvxlog\[{program.pid}\]  up [0-9dhms]+  in -  out -  dropped 0  {memory}$')
        self.assertRegex(lines[1], r'^  SINK +STATE +QUEUE +RATE +P50/P99 +SENT +DROPPED +RETRY +SPOOL  LAST ERROR$')
        self.assertRegex(out, r'(?m)^  out +up +\d+/100 +[^ ]? +- +(-|[0-9.]+/[0-9.]+[um]?s\+?) +\d +0 +0 +-  -$')
        self.assertRegex(out, rf'(?m)^mvxlog\[{program.pid}\]  up [0-9dhms]+  in [0-9.]+k?/s  out [0-9.]+k?/s  dropped 0  {memory}$')

    def get_metrics(self, *args, status=0):
        """Samples as (name, labels) -> value. Each family is told of once, and no sample twice."""
        text, _ = self.run_tool('top', '--prometheus', *args, status=status)
        for kind in 'HELP', 'TYPE':
            names = re.findall(rf'(?m)^# {kind} (\S+) ', text)
            self.assertEqual(len(names), len(set(names)))
        families = list(text_string_to_metric_families(text))
        self.assertEqual(len(families), len(names))
        for family in families:
            self.assertIn(family.type, ('counter', 'gauge', 'histogram'))
            self.assertTrue(family.documentation)
            self.assertEqual(family.type == 'counter', f'# TYPE {family.name}_total counter\n' in text)
        samples = [((sample.name, frozenset(sample.labels.items())), sample.value) for family in families for sample in family.samples]
        self.assertEqual(len(samples), len(dict(samples)))
        self.assertEqual(len(samples), len(re.findall(r'(?m)^[^#]', text)))
        if shutil.which('promtool'):
            judged = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual((judged.returncode, judged.stdout, judged.stderr), (0, '', ''))
        return dict(samples)

    @unittest.skipUnless(text_string_to_metric_families, 'python3-prometheus-client is needed')
    def test_prometheus(self):
        """Read by somebody who knows the format, it says what the JSON says."""
        program = self.start(5)
        metrics = self.get_metrics(program.pid)
        told = {'pid': str(program.pid), 'program': 'mvxlog'}
        labels = {**told, 'sink': 'out'}

        def get(name, more=None, **others):
            return metrics[name, frozenset({**(labels if more is None else more), **others}.items())]

        self.assertEqual(get('mvxlog_program_up', told, version=json.loads(self.run_tool('top', '-1', '--json')[0])[0]['version']), 1)
        self.assertGreater(get('mvxlog_uptime_seconds', told), 0)
        self.assertGreater(get('mvxlog_resident_memory_bytes', told), 2 ** 20)
        self.assertGreaterEqual(get('mvxlog_events_offered_total'), 4)
        self.assertEqual(get('mvxlog_events_offered_total'), get('mvxlog_events_accepted_total'))
        self.assertEqual(get('mvxlog_events_dropped_total', reason='queue-full'), 0)
        self.assertEqual(get('mvxlog_events_refused_total', reason='queue-full'), 0)
        self.assertEqual(get('mvxlog_queue_max_events'), 100)
        self.assertEqual(get('mvxlog_sink_health', health='up'), 1)
        self.assertEqual(get('mvxlog_sink_state', state='running'), 1)
        self.assertEqual(get('mvxlog_sink_plugin', plugin='file'), 1)
        buckets = sorted((float(dict(more)['le']), value) for (name, more), value in metrics.items()
                         if name == 'mvxlog_dispatch_seconds_bucket' and dict(more)['sink'] == 'out')
        self.assertEqual([end for end, _ in buckets], [2 ** n / 1e6 for n in range(23)] + [float('inf')])
        self.assertEqual([n for _, n in buckets], sorted(n for _, n in buckets))
        self.assertEqual(buckets[-1][1], get('mvxlog_dispatch_seconds_count'))
        self.assertGreaterEqual(get('mvxlog_dispatch_seconds_sum'), 0)
        self.assertLessEqual(get('mvxlog_dispatch_seconds_count'), get('mvxlog_dispatches_total'))

    @unittest.skipUnless(text_string_to_metric_families, 'python3-prometheus-client is needed')
    def test_prometheus_stopped(self):
        """Who does not answer is there, too."""
        first = self.start(1)
        first.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
        self.assertEqual(self.get_metrics(status=3), {('mvxlog_program_up', frozenset({('pid', str(first.pid))})): 0})

    def test_spool(self):
        self.start(2, more=f'delivery=spool\nspool-dir={self.directory}/spool\n')
        out, _ = self.run_tool('top', '-1', '--json')
        sink, = [sink for sink in json.loads(out)[0]['sinks'] if sink['name'] == 'out']
        self.assertGreater(sink['spool_bytes'], 0)
        out, _ = self.run_tool('top', '-1')
        self.assertRegex(out, r'(?m)^  out +up .* [0-9], [0-9.]+ [KM]iB  -$')

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
        self.assertEqual(out.splitlines()[0], rf'a\x1b[2J[{NOBODY}]  up -  in -  out -  dropped 2 (rejected\n 2)  rss -')
        self.assertEqual(len(out.splitlines()), 4)

    def test_directory(self):
        self.sockets.mkdir(mode=0o700)
        self.sockets.chmod(0o777)
        _, err = self.run_tool('top', '-1', status=3)
        self.assertEqual(err, f"mvxlog: '{self.sockets}' is not of this user alone; nobody is asked there\n")

    def test_usage(self):
        _, err = self.run_tool('top', '--interval=soon', status=2)
        self.assertEqual(err, "mvxlog: 'soon' is not a time like 500ms or 2s\nmvxlog: try 'mvxlog top --help'\n")
        # Without a pause it would do nothing but ask.
        _, err = self.run_tool('top', '--interval=0s', '--once', status=2)
        self.assertEqual(err, "mvxlog: '0s' is not a time like 500ms or 2s\nmvxlog: try 'mvxlog top --help'\n")
        for count in ('-1', '0'):
            _, err = self.run_tool('top', f'--count={count}', status=2)
            self.assertEqual(err, "mvxlog: --count must be at least 1\nmvxlog: try 'mvxlog top --help'\n")
        for args in ('--json',), ('--count=2',):
            _, err = self.run_tool('top', '--prometheus', *args, status=2)
            self.assertEqual(err, "mvxlog: --prometheus goes neither with --json nor with --count\n"
                                  "mvxlog: try 'mvxlog top --help'\n")


if __name__ == '__main__':
    unittest.main()
