#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stands around the mvxlog command: completion in bash, lnav's view of a log, the manual pages.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the plugins.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = pathlib.Path(os.environ.get('MVXLOG', 'mvxlog'))
EVENTS = [
    {'ts': '2026-05-31T06:40:01.123456789Z', 'level': 'warning', 'context': 'net.http', 'message': 'upstream slow',
     'status': 503, 'file': 'http.c', 'line': 42, 'pid': 1, 'thread': 1, 'seq': 1},
    {'ts': '2026-05-31T06:40:02Z', 'level': 'error', 'context': 'db', 'message': 'deadlock', 'n': 2, 'pid': 1, 'thread': 1,
     'seq': 2},
    {'ts': '2026-05-31T06:40:03Z', 'level': 'info', 'message': 'without context', 'pid': 1, 'thread': 1, 'seq': 3},
]


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60, **more).stdout


class TestCompletion(unittest.TestCase):
    def complete(self, *words):
        """What bash would offer for the last of the words."""
        script = f"""
            source {shlex.quote(str(ROOT / 'data' / 'completions' / 'mvxlog'))}
            COMP_WORDS=({shlex.join(['mvxlog', *words])})
            COMP_CWORD={len(words)}
            _mvxlog
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        env = {**os.environ, 'PATH': f'{TOOL.parent}:{os.environ["PATH"]}',
               'MVXLOG_PLUGIN_SYSTEM_PATH': os.environ.get('MVXLOG_TEST_PLUGINS', '')}
        return run('bash', '-c', script, env=env).split()

    def test_commands(self):
        self.assertEqual(self.complete('e'), ['emit', 'exec', 'explain'])
        self.assertLess({'check', 'view', 'plugin', '--help', '--version'}, set(self.complete('')))
        self.assertEqual(self.complete('nothing-like-this'), [])

    def test_options(self):
        self.assertEqual(self.complete('view', '--f'), ['--follow', '--fields'])
        self.assertEqual(self.complete('emit', '--en'), ['--entity'])
        self.assertEqual(sorted(self.complete('explain', '-')), ['--all', '--help', '--json'])
        self.assertEqual(self.complete('plugin', 'list', '--j'), ['--json'])

    def test_values(self):
        self.assertEqual(self.complete('view', '-l', 'no'), ['notice'])
        self.assertEqual(self.complete('view', '--color', 'a'), ['auto', 'always'])
        self.assertEqual(self.complete('plugin', 'in'), ['inspect'])
        self.assertLess({'stream', 'memory', 'null'}, set(self.complete('plugin', 'inspect', '')))
        self.assertIn('true', self.complete('exec', '--', 'tru'))


@unittest.skipUnless(shutil.which('lnav'), 'lnav not installed')
class TestLnav(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-lnav-'))
        self.addCleanup(shutil.rmtree, self.home)
        formats = self.home / '.lnav' / 'formats' / 'installed'
        formats.mkdir(parents=True)
        shutil.copy(ROOT / 'data' / 'mvxlog_json.lnav.json', formats / 'mvxlog_json.json')
        self.log = self.home / 'log.jsonl'
        self.log.write_text(''.join(json.dumps(event) + '\n' for event in EVENTS), encoding='utf-8')
        self.env = {**os.environ, 'HOME': str(self.home), 'TERM': 'dumb', 'TZ': 'UTC', 'XDG_CONFIG_HOME': ''}

    def test_format(self):
        self.assertEqual(run('lnav', '-C', env=self.env), '')
        self.assertEqual([line.strip() for line in run('lnav', '-n', self.log, env=self.env).splitlines()
                          if line[:1].isdigit()],
                         ['06:40:01.123 WARNING  net.http: upstream slow', '06:40:02.000 ERROR    db: deadlock',
                          '06:40:03.000 INFO     -: without context'])

    def test_columns(self):
        query = ";SELECT log_level, context, log_body, seq, jget(log_raw_text, '/status') AS status FROM mvxlog_json"
        rows = json.loads(run('lnav', '-n', '-c', query, '-c', ':write-json-to -', self.log, env=self.env))
        self.assertEqual([(row['log_level'], row['context'], row['log_body'], row['seq'], row['status']) for row in rows],
                         [('warning', 'net.http', 'upstream slow', 1, 503), ('error', 'db', 'deadlock', 2, None),
                          ('info', None, 'without context', 3, None)])


class TestManual(unittest.TestCase):
    def test_command(self):
        page = run('python3', ROOT / 'tools' / 'make-man', ROOT / 'docs' / 'man' / 'mvxlog.1.rst.in', '1.2.3', TOOL)
        self.assertIn(':Version: 1.2.3\n', page)
        self.assertNotIn('@', re.sub(r'\S+@\S+\.\S+', '', page))
        for command in re.findall(r'^  ([a-z]+) ', run(TOOL, '--help').partition('Commands:')[2], re.M):
            self.assertIn(f'mvxlog {command}\n-----', page)
        self.assertIn('mvxlog plugin inspect\n-----', page)
        self.assertIn('    --level-from-prefix ', page)

    def test_keys(self):
        """Each key that a configuration file can have, but for those of plugins, stands in the page."""
        page = (ROOT / 'docs' / 'man' / 'mvxlog.conf.5.rst.in').read_text(encoding='utf-8')
        words = set(re.findall(r'[a-z][a-z-]*', page))
        for source in sorted((ROOT / 'libmvxlog' / 'config').glob('check-*.c')):
            for keys in re.findall(r'_keys\[\]\s*= \{(.*?)\}', source.read_text(encoding='utf-8'), re.S):
                self.assertEqual(set(re.findall(r'"([a-z-]+)"', keys)) - words, set(), source)

    @unittest.skipUnless(shutil.which('rst2man'), 'rst2man not installed')
    def test_rendered(self):
        for name in ('mvxlog.1', 'mvxlog.conf.5'):
            page = run('python3', ROOT / 'tools' / 'make-man', ROOT / 'docs' / 'man' / f'{name}.rst.in', '1.2.3', TOOL)
            roff = run('rst2man', '--halt=2', '-', input=page)
            self.assertIn('.SH SEE ALSO', roff)


if __name__ == '__main__':
    unittest.main()
