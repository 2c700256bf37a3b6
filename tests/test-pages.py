#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/plugin-pages with a tool that knows plugins of our making."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PAGES = pathlib.Path(__file__).resolve().parent.parent / 'tools' / 'plugin-pages'
MARKS = '<!-- options: made by tools/plugin-pages -->\n', '<!-- end of options -->\n'


def option(name, kind, default=None, flags=(), **more):
    return {'name': name, 'type': kind, 'default': default, 'flags': list(flags), 'common': False,
            'summary': f'What {name} is', **more}


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.pages = self.root / 'docs' / 'plugins'
        self.pages.mkdir(parents=True)
        self.tool = self.root / 'mvxlog'
        self.tool.write_text('#!/bin/sh\ncat "${0%/*}/plugin.json"\n', encoding='utf-8')
        self.tool.chmod(0o755)
        self.plugin()

    def plugin(self, *options):
        text = json.dumps({'summary': 'Carries | letters', 'flags': ['async'], 'options': list(options)})
        (self.root / 'plugin.json').write_text(text, encoding='utf-8')

    def run_it(self, *arguments):
        result = subprocess.run([sys.executable, PAGES, *arguments, self.root, self.tool, 'post'], capture_output=True,
                                text=True, check=False)
        self.assertEqual(result.stderr, '')
        return result

    def table(self):
        return (self.pages / 'post.md').read_text(encoding='utf-8').splitlines()

    def test_table(self):
        self.plugin(option('url', 'string', flags=['required']), option('mode', 'choice', 'a|b', choices=['a|b', 'c']),
                    option('wait', 'duration', '5s', flags=['reloadable'], minimum=1000, maximum=86400 * 10**6),
                    option('room', 'size', '64KiB', minimum=1, maximum=2**63 - 1),
                    option('count', 'int64', '0', minimum=0, maximum=2**31 - 1), {**option('level', 'string'), 'common': True})
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(self.table(), [
            '# The plugin post', '', MARKS[0].strip(),
            'Carries | letters (async). Options of its own; those that every sink has come on top.', '',
            '| option | value | default | meaning |', '|---|---|---|---|',
            '| `url` | string | **required** | What url is |',
            '| `mode` | `a\\|b`, `c` | `a\\|b` | What mode is |',
            '| `wait` | duration, 1ms to 1d | `5s` | What wait is (reloadable) |',
            '| `room` | size, at least 1 | `64KiB` | What room is |',
            '| `count` | int64 | `0` | What count is |',
            MARKS[1].strip()])

    def test_prose_stays(self):
        (self.pages / 'post.md').write_text(f'before\n{MARKS[0]}old\n{MARKS[1]}after\n', encoding='utf-8')
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual((self.table()[0], self.table()[-1]), ('before', 'after'))
        self.assertNotIn('old', self.table())

    def test_check(self):
        result = self.run_it('--check')
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (1, 8))
        self.assertIn('docs/plugins/post.md does not show the options that the plugin has; run tools/dev pages\n', result.stdout)
        self.assertEqual(list(self.pages.iterdir()), [])
        self.run_it()
        result = self.run_it('--check')
        self.assertEqual((result.returncode, result.stdout), (0, ''))

    def test_no_place(self):
        (self.pages / 'post.md').write_text('words\n', encoding='utf-8')
        result = self.run_it()
        self.assertEqual(result.returncode, 1)
        self.assertIn('docs/plugins/post.md has no place for the options; put these two lines into it:\n' + ''.join(MARKS),
                      result.stdout)


if __name__ == '__main__':
    unittest.main()
