#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way of somebody who writes a plugin: install libmvxlog, then `outsider`; and what `mvxlog plugin new` refuses."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
OLDEST = SOURCE / 'tests' / 'abi-1.0' / 'mvxlog'


class Author(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        os.umask(0o022)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-author-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / 'prefix'
        cls.environment = {name: value for name, value in os.environ.items()
                           if not name.startswith(('MVXLOG_', 'PKG_CONFIG'))}
        build = cls.folder / 'build'
        cls.run_in('.', 'meson', 'setup', '--prefix', cls.prefix, '--libdir', 'lib', '--buildtype', 'plain', '-Dtests=false',
                   '-Dexamples=false', build, SOURCE)
        cls.run_in('.', 'meson', 'compile', '-C', build)
        cls.run_in('.', 'meson', 'install', '-C', build, '--no-rebuild')
        shutil.rmtree(build)
        cls.environment.update(PKG_CONFIG_PATH=str(cls.prefix / 'lib' / 'pkgconfig'),
                               LD_LIBRARY_PATH=str(cls.prefix / 'lib'),
                               PATH=f'{cls.prefix / "bin"}:{os.environ["PATH"]}')
        cls.tool = cls.prefix / 'bin' / 'mvxlog'

    @classmethod
    def run_in(cls, folder, *command, status=0, env=None):
        result = subprocess.run([str(word) for word in command], text=True, check=False, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, cwd=cls.folder / folder, env={**cls.environment, **(env or {})})
        if result.returncode != status:
            raise AssertionError(f'{" ".join(map(str, command))}: exit {result.returncode}\n{result.stdout}')
        return result.stdout

    def test_outsider(self):
        """Each language, each twice; the script says what it does."""
        folder = self.folder / 'outsider'
        folder.mkdir()
        out = self.run_in(folder, SOURCE / 'tests' / 'install' / 'outsider', OLDEST)
        print(out)
        vala = shutil.which('valac') and (self.prefix / 'share' / 'vala' / 'vapi' / 'mvxlog-1.vapi').exists()
        languages = ['c', 'c++'] + (['vala'] if vala else [])
        self.assertEqual(re.findall(r'^== a plugin in (.*)', out, re.M), languages)
        for text in ('== the same with the headers of the oldest plugin ABI', 'Ok:                 2', 'Fail:               0',
                     '  ok       exit        the process ends with the plugin in it',
                     '1 file read, 1 plugin used, 0 errors', 'NOTICE   org.example.shop: sold two cups  item=tea n=2'):
            # What is said of both builds, and what of the second only.
            self.assertEqual(out.count(text), len(languages) * (1 if text.startswith('==') else 2), text)
        self.assertTrue(out.endswith(f'\n{2 * len(languages)} plugins went all the way\n'))

    def test_guide(self):
        """What docs/PLUGIN-GUIDE.md shows is what one gets who types it."""
        guide = re.sub(r'^ {4}', '', (SOURCE / 'docs' / 'PLUGIN-GUIDE.md').read_text(encoding='utf-8'), flags=re.M)
        folder = self.folder / 'guide'
        folder.mkdir()
        self.assertIn(f'\n$ mvxlog plugin new acme\n{self.run_in(folder, self.tool, "plugin", "new", "acme")}\n', guide)
        self.run_in(folder / 'acme', 'meson', 'setup', 'build')
        self.run_in(folder / 'acme', 'meson', 'compile', '-C', 'build')
        self.assertIn('\n$ MVXLOG_PLUGIN_PATH=$PWD/build mvxlog emit -c acme.conf "hello"\n$ mvxlog view acme.log\n', guide)
        self.assertEqual(self.run_in(folder / 'acme', self.tool, 'emit', '-c', 'acme.conf', 'hello',
                                     env={'MVXLOG_PLUGIN_PATH': str(folder / 'acme' / 'build')}), '')
        self.assertRegex(self.run_in(folder / 'acme', self.tool, 'view', 'acme.log'), r'^[-\d]+ [:.\d]+ INFO     hello\n$')
        words = ['plugin', 'verify', 'build/libmvxlog-acme.so', '--options', 'path=events.log']
        self.assertIn(f'\n$ mvxlog {" ".join(words)}\n{self.run_in(folder / "acme", self.tool, *words)}\n', guide)

    def refused(self, *words, status):
        return self.run_in('.', self.tool, 'plugin', 'new', *words, status=status)

    def test_refused(self):
        hint = "mvxlog: try 'mvxlog plugin new --help'\n"
        for name in ('Acme', '1st', 'a_b', 'a/b', '../a', 'a b', 'a' * 32):
            self.assertEqual(self.refused(name, status=2),
                             f"mvxlog: '{name}' is no name for a plugin; use 1 to 31 characters out of a-z, 0-9 and '-', "
                             f'with a letter first\n{hint}')
        self.assertEqual(self.refused('mvx-acme', status=2),
                         f"mvxlog: 'mvx-acme': names that begin with 'mvx' are the library's own; choose another one\n{hint}")
        for name in ('stream', 'file'):
            self.assertEqual(self.refused(name, status=2),
                             f"mvxlog: there is a plugin '{name}' already, see 'mvxlog plugin inspect {name}'; choose another "
                             f'name\n{hint}')
        self.assertEqual(self.refused('x', '--lang', 'rust', status=2),
                         f"mvxlog: --lang: there is no template for 'rust'; use c, c++ or vala\n{hint}")
        self.assertEqual(self.refused('x', '--licence', 'none" /* ', status=2),
                         "mvxlog: --licence: 'none\" /* ' is no SPDX expression; use one such as MIT or GPL-3.0-or-later\n"
                         f'{hint}')
        self.assertEqual(self.refused(status=2), f'mvxlog: give one name for the plugin\n{hint}')

    def test_overwrites_nothing(self):
        there = self.folder / 'there'
        there.mkdir()
        self.assertEqual(self.refused('there', status=1),
                         "mvxlog: 'there' is there already; nothing was written, name another folder with --directory\n")
        self.assertEqual(list(there.iterdir()), [])
        self.assertEqual(self.refused('x', '--directory', 'missing/x', status=1),
                         "mvxlog: cannot make the folder 'missing/x': No such file or directory\n")
        out = self.refused('there', '--directory', 'elsewhere', '--json', status=0)
        self.assertEqual(sorted(json.loads(out)), sorted(f'elsewhere/{path.name}' for path in
                                                         (self.folder / 'elsewhere').iterdir()))


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
