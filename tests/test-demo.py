#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the demo as tools/dev does and compares its files with the sample logs: test-demo.py DEMO FILE-PLUGIN

Exits with 77 (skipped) if the file plugin was not built.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / 'data' / 'samples'
DEMO = None
PLUGIN = None


def sample_lines():
    for name in ('Apache', 'HDFS', 'OpenSSH', 'OpenStack'):
        text = (SAMPLES / f'{name}_2k.log').read_bytes().decode('utf-8')
        yield from text.removesuffix('\r\n').split('\r\n')


class Demo(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-demo-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        plugins = cls.folder / 'plugins'
        plugins.mkdir(mode=0o755)
        shutil.copy(PLUGIN, plugins)
        (plugins / pathlib.Path(PLUGIN).name).chmod(0o644)
        cls.environment = {**os.environ, 'MVXLOG_DEMO_DIR': str(cls.folder), 'MVXLOG_PLUGIN_PATH': str(plugins)}
        cls.result = cls.demo(ROOT / 'data' / 'demo.conf', SAMPLES)
        if cls.result.returncode == 0:
            with (cls.folder / 'loghub.jsonl').open(encoding='utf-8') as file:
                cls.events = [json.loads(line) for line in file]
            cls.own = [event for event in cls.events if event['context'].split('.')[0] == 'demo']
            cls.foreign = [event for event in cls.events if event['context'].split('.')[0] != 'demo']

    @classmethod
    def demo(cls, *arguments, **environment):
        return subprocess.run([DEMO, *map(str, arguments)], text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**cls.environment, **environment})

    def test_success(self):
        self.assertEqual((self.result.returncode, self.result.stderr), (0, ''), self.result.stdout[-2000:])
        self.assertIn('\n8000 lines read, 8000 parsed, 0 refused\n', self.result.stdout)

    def test_table(self):
        rows = {}
        for line in self.result.stdout.splitlines():
            match = re.fullmatch(r'(\w+)' + 6 * r' +(\d+)', line)
            if match:
                rows[match[1]] = [int(match[column]) for column in range(2, 8)]
        everything = [len(self.events), len(self.events), 0, 0, 0, 0]
        shown = [len(self.own), len(self.own), 0, 0, 0, 0]
        self.assertEqual(rows, {'console': shown, 'jsonl': everything, 'text': everything, 'recent': everything,
                                'all': everything})

    def test_every_line_arrived_in_order(self):
        self.assertEqual([event['message'] for event in self.foreign], list(sample_lines()))

    def test_levels_and_contexts(self):
        self.assertEqual(collections.Counter(event['level'] for event in self.foreign),
                         {'info': 4604, 'notice': 1406, 'warning': 1347, 'error': 642, 'critical': 1})
        tops = collections.Counter(event['context'].split('.')[0] for event in self.foreign)
        self.assertEqual(tops, {'apache': 2000, 'dfs': 2000, 'sshd': 2000, 'nova': 2000})

    def test_fields_are_typed(self):
        requests = [event for event in self.foreign if 'status' in event]
        self.assertEqual(len(requests), 1017)
        for event in requests:
            self.assertIs(type(event['status']), int)
            self.assertIs(type(event['duration']), float)
        first = next(event for event in self.foreign if event['context'] == 'nova.osapi_compute.wsgi.server')
        self.assertEqual(first['logged_at'], '2017-05-16T00:00:00.008000000Z')
        self.assertEqual((first['client'], first['method'], first['status'], first['length'], first['duration']),
                         ('10.11.10.1', 'GET', 200, 1893, 0.2477829))

    def test_text_file(self):
        lines = (self.folder / 'loghub.log').read_bytes().split(b'\n')
        self.assertEqual(len(lines), len(self.events) + 1)
        self.assertEqual(lines[-1], b'')

    def test_console_shows_the_summary(self):
        for event in self.own:
            self.assertIn(event['message'], self.result.stdout)
        self.assertLess(len(self.result.stdout.splitlines()), 45)

    def test_bad_usage(self):
        result = self.demo('one-argument-only')
        self.assertEqual((result.returncode, result.stderr), (2, f'Usage: {DEMO} KEY-FILE FOLDER-OF-SAMPLES\n'))

    def test_no_samples(self):
        elsewhere = self.folder / 'elsewhere'
        elsewhere.mkdir()
        result = self.demo(ROOT / 'data' / 'demo.conf', self.folder / 'nothing', MVXLOG_DEMO_DIR=str(elsewhere))
        self.assertEqual(result.returncode, 1)
        self.assertIn('Apache_2k.log', result.stderr)

    def test_no_memory_sink(self):
        config = self.folder / 'plain.conf'
        config.write_text('[mvxlog]\nversion=1\n[sink out]\nplugin=null\n[context]\nsinks=out\n', encoding='utf-8')
        result = self.demo(config, SAMPLES)
        self.assertEqual((result.returncode, result.stderr),
                         (1, 'The key-file has no [sink recent] with plugin=memory, which the summary is made of\n'))


if __name__ == '__main__':
    DEMO, PLUGIN = sys.argv[1:3]
    if not os.path.exists(PLUGIN):
        print(f'skipped: {PLUGIN} was not built')
        sys.exit(77)
    sys.exit(0 if unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result.wasSuccessful() else 1)
