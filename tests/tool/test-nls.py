#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command and the errors of the library speak German where that is wanted; what programs read does not.

MVXLOG is an installed tool, MVXLOG_TEST_PO the folder of the translations.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
PO = pathlib.Path(os.environ['MVXLOG_TEST_PO'])


class Nls(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-nls-')).resolve()
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(('MVXLOG', 'LC_', 'LANG'))}
        self.env['XDG_CONFIG_HOME'] = str(self.folder)

    def run_tool(self, *args, language='de', locale='C.UTF-8'):
        env = {**self.env, 'LC_ALL': locale, 'LANGUAGE': language}
        return subprocess.run([TOOL, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
                              cwd=self.folder, timeout=60, check=False)

    def config(self, text):
        path = self.folder / 'x.conf'
        path.write_text(text, encoding='utf-8')
        return path

    def test_usage_error(self):
        self.assertEqual(self.run_tool('chekc').stderr, 'mvxlog: unbekannter Befehl „chekc“; war „check“ gemeint?\n'
                                                        'mvxlog: siehe „mvxlog --help“\n')
        self.assertEqual(self.run_tool('chekc', language='fr').stderr,
                         "mvxlog: unknown command 'chekc'; did you mean 'check'?\nmvxlog: try 'mvxlog --help'\n")
        # Scripts that say so get what they always got.
        self.assertEqual(self.run_tool('chekc', locale='C').stderr,
                         "mvxlog: unknown command 'chekc'; did you mean 'check'?\nmvxlog: try 'mvxlog --help'\n")

    def test_help(self):
        self.assertIn('\nBefehle:\n  check    Konfigurationsdateien prüfen\n', self.run_tool('--help').stdout)
        self.assertRegex(self.run_tool('view', '--help').stdout, r'\n  -l, --level=LEVEL +Nur Ereignisse dieser Stufe und schlimmere\n')

    def test_errors_of_the_library(self):
        path = self.config('[mvxlog]\n[sink a]\n')
        result = self.run_tool('check', path)
        self.assertEqual(result.stdout, f'{path}:1:1: error: [mvxlog] version: fehlt; „version=1“ schreiben\n'
                                        f'{path}:2:1: error: [sink a] plugin: fehlt; zum Beispiel „plugin=stream“ schreiben\n'
                                        '1 Datei gelesen, 0 Plugins verwendet, 2 Fehler\n')
        missing = self.folder / 'missing.conf'
        self.assertEqual(self.run_tool('check', missing).stderr, f'mvxlog: Konfigurationsdatei „{missing}“ gibt es nicht; sie '
                                                                 'anlegen oder einen anderen Pfad angeben\n')

    def test_logs_are_not_translated(self):
        path = self.config('[mvxlog]\nversion=1\n[sink a]\nplugin=stream\nstream=stdout\nformat=json\n[context]\nsinks=a\n')
        result = self.run_tool('emit', '-c', path, '-l', 'warning', '-F', 'price:=1.5', 'Show this help')
        event = json.loads(result.stdout)
        self.assertEqual((event['level'], event['message'], event['price']), ('warning', 'Show this help', 1.5))
        problems = json.loads(self.run_tool('check', '--json', self.config('[mvxlog]\n')).stdout)
        self.assertEqual(sorted(problems[0]), ['column', 'file', 'group', 'key', 'line', 'message'])

    @unittest.skipUnless(shutil.which('msgfmt'), 'gettext is not installed')
    def test_translations_are_right(self):
        """Formats take the same arguments, and nothing is left open."""
        for name in (PO / 'LINGUAS').read_text(encoding='utf-8').split():
            result = subprocess.run(['msgfmt', '--check-format', '--statistics', '-o', '/dev/null', PO / f'{name}.po'],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                                    env={**os.environ, 'LC_ALL': 'C'})
            self.assertRegex(result.stdout, r'^\d+ translated messages\.\n$')
            self.assertEqual(result.returncode, 0)

    def test_folder(self):
        """What can be translated is looked for in every source."""
        root = PO.parent
        listed = (PO / 'POTFILES').read_text(encoding='utf-8').split()
        mark = re.compile(r'\b(?:_|N_|ngettext|mvx_tool_error|mvx_tool_usage_error|mvx_log_error_new|mvx_log_error_wrap|'
                          r'mvx_log_problems_add(?:_lenient)?) \((?!const)')
        found = [path.relative_to(root).as_posix() for folder in ('libmvxlog', 'tools')
                 for path in sorted((root / folder).rglob('*.c'))
                 if 'testing' not in path.parts and mark.search(path.read_text(encoding='utf-8'))]
        self.assertEqual(listed, found)


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
