#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way of somebody who writes a plugin: install libmvxlog, `mvxlog plugin new`, build, test, verify, use it.

In each language, and once more with the headers of the oldest plugin ABI (tests/abi-1.0) in place of the present ones.
"""
import json
import os
import pathlib
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
                               LD_LIBRARY_PATH=str(cls.prefix / 'lib'))
        cls.tool = cls.prefix / 'bin' / 'mvxlog'

    @classmethod
    def run_in(cls, folder, *command, status=0, env=None):
        result = subprocess.run([str(word) for word in command], text=True, check=False, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, cwd=cls.folder / folder, env={**cls.environment, **(env or {})})
        if result.returncode != status:
            raise AssertionError(f'{" ".join(map(str, command))}: exit {result.returncode}\n{result.stdout}')
        return result.stdout

    def write(self, name, language):
        self.run_in('.', self.tool, 'plugin', 'new', name, '--lang', language, '--licence', 'MIT')
        self.assertIn('SPDX-License-Identifier: MIT', (self.folder / name / 'meson.build').read_text(encoding='utf-8'))
        return self.folder / name

    def build(self, project, build='build', env=None):
        self.run_in(project, 'meson', 'setup', '--werror', build, env=env)
        self.run_in(project, 'meson', 'compile', '-C', build)
        out = self.run_in(project, 'meson', 'test', '-C', build)
        self.assertIn('Ok:                 2 ', out)

    def use(self, project, build='build'):
        """From a key-file; only the path of its log is another one."""
        log = project / build / 'events.log'
        config = project / build / 'use.conf'
        config.write_text((project / f'{project.name}.conf').read_text(encoding='utf-8')
                          .replace(f'/var/log/{project.name}.log', str(log)), encoding='utf-8')
        path = {'MVXLOG_PLUGIN_PATH': str(project / build)}
        self.assertIn('\nLicence  MIT\n', self.run_in(project, self.tool, 'plugin', 'inspect', project.name, env=path))
        self.assertEqual(self.run_in(project, self.tool, 'emit', '-c', config, '-n', 'shop', '-F', 'n:=2', 'sold', env=path),
                         '')
        event = json.loads(log.read_text(encoding='utf-8'))
        self.assertEqual((event['context'], event['message'], event['n']), ('shop', 'sold', 2))

    def use_installed(self, project):
        self.run_in(project, 'meson', 'install', '-C', 'build')
        self.assertIn(f'{self.prefix}/lib/mvxlog-1/plugins/libmvxlog-{project.name}.so',
                      self.run_in('.', self.tool, 'plugin', 'list'))

    def build_with_oldest(self, project):
        """The installed headers, but for those of the plugin ABI."""
        old = self.folder / 'oldest'
        if not old.exists():
            shutil.copytree(self.prefix / 'include' / 'mvxlog-1', old / 'include' / 'mvxlog-1')
            for header in OLDEST.iterdir():
                shutil.copy(header, old / 'include' / 'mvxlog-1' / 'mvxlog')
            (old / 'pkgconfig').mkdir()
            for file in (self.prefix / 'lib' / 'pkgconfig').glob('*.pc'):
                (old / 'pkgconfig' / file.name).write_text(
                    file.read_text(encoding='utf-8').replace('includedir=${prefix}/include', f'includedir={old}/include'),
                    encoding='utf-8')
        self.build(project, 'build-oldest', env={'PKG_CONFIG_PATH': str(old / 'pkgconfig')})
        self.assertIn('oldest/include/mvxlog-1/mvxlog/plugin-abi.h',
                      self.run_in(project, 'ninja', '-C', 'build-oldest', '-t', 'deps'))
        self.use(project, 'build-oldest')

    def go_all_the_way(self, name, language):
        project = self.write(name, language)
        self.build(project)
        self.use(project)
        self.build_with_oldest(project)
        self.use_installed(project)

    def test_c(self):
        self.go_all_the_way('acme', 'c')

    def test_cpp(self):
        self.go_all_the_way('acme-c-pp2', 'c++')

    def test_vala(self):
        if shutil.which('valac') is None:
            self.skipTest('valac is not installed')
        if not (self.prefix / 'share' / 'vala' / 'vapi' / 'mvxlog-1.vapi').exists():
            self.skipTest('libmvxlog was built without its bindings for Vala')
        self.go_all_the_way('acme-vala', 'vala')

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
