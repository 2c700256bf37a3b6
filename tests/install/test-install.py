#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs libmvxlog into a new prefix and uses it from there as a stranger would: with pkg-config and nothing else.

A program (examples/hello.c) and a plugin (examples/plugin) are built against the installed files; the program finds
its plugins in the installed folder.
"""
import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
CC = shlex.split(os.environ.get('CC', 'cc'))
FOUR = ['build_descriptor', 'create', 'dispatch_core', 'mvx_log_plugin']


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], text=True, check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, **options)
    if result.returncode != 0:
        raise AssertionError(f'{" ".join(map(str, command))}: exit {result.returncode}\n{result.stdout}')
    return result.stdout


class Install(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        os.umask(0o022)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-install-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / 'prefix'
        build = cls.folder / 'build'
        run('meson', 'setup', '--prefix', cls.prefix, '--libdir', 'lib', '--buildtype', 'plain', '-Dtests=false',
            '-Dexamples=false', '-Dstatic-plugins=true', '-Dinstalled-tests=true', build, SOURCE)
        run('meson', 'compile', '-C', build)
        run('meson', 'install', '-C', build, '--no-rebuild')
        shutil.rmtree(build)
        cls.environment = {name: value for name, value in os.environ.items()
                           if not name.startswith(('MVXLOG_', 'PKG_CONFIG'))}
        cls.environment['PKG_CONFIG_PATH'] = str(cls.prefix / 'lib' / 'pkgconfig')
        cls.environment['LD_LIBRARY_PATH'] = str(cls.prefix / 'lib')

    def pkg_config(self, *arguments, package='mvxlog-1'):
        return shlex.split(run('pkg-config', *arguments, package, env=self.environment))

    def build_program(self):
        program = self.folder / 'hello'
        run(*CC, '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', SOURCE / 'examples' / 'hello.c', '-o', program,
            *self.pkg_config('--cflags', '--libs'))
        return program

    def build_plugin(self, folder):
        module = pathlib.Path(folder) / 'libmvxlog-udp.so'
        plugin_map = self.pkg_config('--variable=plugin_map')[0]
        run(*CC, '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-shared', '-fPIC', '-fvisibility=hidden',
            f'-Wl,--version-script,{plugin_map}', SOURCE / 'examples' / 'plugin' / 'udp.c', '-o', module,
            *self.pkg_config('--cflags', '--libs'))
        return module

    def test_headers(self):
        """Every public header is installed, and they need no others."""
        wanted = {path.name.replace('.in', '') for path in (SOURCE / 'include' / 'mvxlog').glob('*.h*')}
        found = {path.name for path in (self.prefix / 'include' / 'mvxlog-1' / 'mvxlog').iterdir()}
        self.assertEqual(found, wanted)

    def test_pkg_config(self):
        self.assertEqual(self.pkg_config('--variable=pluginsdir'), [str(self.prefix / 'lib/mvxlog-1/plugins')])
        self.assertEqual(self.pkg_config('--variable=plugin_abi'), ['1.0'])
        plugin_map = pathlib.Path(self.pkg_config('--variable=plugin_map')[0])
        self.assertEqual(plugin_map, self.prefix / 'share/mvxlog-1/plugin.map')
        self.assertTrue(plugin_map.is_file())
        self.assertTrue((self.prefix / 'lib/mvxlog-1/plugins/libmvxlog-file.so').is_file())

    def test_exports(self):
        """The library shows its own names only."""
        library = self.prefix / 'lib' / 'libmvxlog-1.so'
        # What is hidden can be in the table: the linker leaves the bounds of sections there.
        rows = [line.split() for line in run('readelf', '--wide', '--dyn-syms', library).splitlines()]
        names = [row[7].partition('@')[0] for row in rows
                 if len(row) >= 8 and row[4] in ('GLOBAL', 'WEAK') and row[5] != 'HIDDEN' and row[6] != 'UND']
        self.assertGreater(len(names), 300)
        self.assertEqual([name for name in names if not name.startswith(('mvx_log_', '_init', '_fini'))], [])

    def test_test_library(self):
        """examples/shop-test.c builds against the test library as C and as C++, and passes."""
        for compiler in (CC, ['c++', '-x', 'c++', '-std=c++17', '-Wno-missing-field-initializers']):
            program = self.folder / 'shop-test'
            run(*compiler, '-Wall', '-Wextra', '-Werror', SOURCE / 'examples' / 'shop-test.c', '-o', program,
                *self.pkg_config('--cflags', '--libs', package='mvxlog-test-1'))
            self.assertEqual(run(program, '--tap', env=self.environment).count('\nok '), 3)
        library = self.prefix / 'lib' / 'libmvxlog-test-1.so'
        names = [line.split()[-1] for line in run('nm', '-D', '--defined-only', library).splitlines()]
        self.assertEqual([name for name in names if not name.startswith(('mvx_log_test_', '_init', '_fini'))], [])

    def test_plugin_symbols(self):
        """The version script leaves the four symbols of the contract."""
        module = self.build_plugin(self.folder)
        names = [line.split()[-1] for line in run('nm', '-D', '--defined-only', module).splitlines()]
        self.assertEqual(sorted(names), FOUR)

    def test_plugin_by_meson(self):
        """The project of examples/plugin builds and installs into the plugin folder."""
        build = self.folder / 'plugin-build'
        run('meson', 'setup', '--prefix', self.prefix, '--werror', build, SOURCE / 'examples' / 'plugin',
            env=self.environment)
        run('meson', 'install', '-C', build, env=self.environment)
        run('meson', 'test', '-C', build, env=self.environment)
        module = self.prefix / 'lib/mvxlog-1/plugins/libmvxlog-udp.so'
        self.assertTrue(module.is_file())
        names = [line.split()[-1] for line in run('nm', '-D', '--defined-only', module).splitlines()]
        self.assertEqual(sorted(names), FOUR)

    def test_languages(self):
        """Programs in other languages, each with what is installed for it."""
        prefix = self.prefix
        for language, tool, file in (('python', '/usr/bin/python3', 'lib/python3*/*-packages/mvxlog.py'),
                                     ('gjs', 'gjs', 'lib/girepository-1.0/MvxLog-1.typelib'),
                                     ('vala', 'valac', 'share/vala/vapi/mvxlog-1.vapi')):
            if shutil.which(tool) and list(prefix.glob(file)):
                with self.subTest(language):
                    self.assertEqual(run(sys.executable, SOURCE / 'tests' / 'bindings' / 'test-examples.py', language, SOURCE,
                                         prefix), 'ok\n')

    def test_run(self):
        """Program and plugin work together: the event arrives by UDP and in a file."""
        program = self.build_program()
        self.build_plugin(self.prefix / 'lib/mvxlog-1/plugins')
        file = self.folder / 'hello.jsonl'
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(('127.0.0.1', 0))
            receiver.settimeout(30)
            output = run(program, env={**self.environment,
                                       'MVXLOG_CONFIG': str(pathlib.Path(__file__).with_name('reader.conf').resolve()),
                                       'INSTALL_ADDRESS': f'127.0.0.1:{receiver.getsockname()[1]}',
                                       'INSTALL_FILE': str(file)}, cwd=self.folder)
            self.assertEqual(output, '')
            datagram = json.loads(receiver.recv(65536))
        line = json.loads(file.read_text(encoding='utf-8'))
        for event in (datagram, line):
            self.assertEqual(event['context'], 'org.example.hello')
            self.assertEqual(event['level'], 'info')
            self.assertEqual(event['message'], f'hello {event["user"]}')
            self.assertEqual(event['file'], 'hello.c')
            self.assertEqual(event['func'], 'main')

    def static_program(self, source, *arguments, package):
        program = self.folder / source.stem
        run(*CC, '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', source, *arguments, '-o', program,
            *self.pkg_config('--cflags', '--libs', package=package))
        return program

    def test_static_plugin(self):
        """A program of somebody else carries a plugin of somebody else; no file is looked for."""
        examples = SOURCE / 'examples' / 'plugin'
        program = self.static_program(examples / 'single.c', '-DMVX_LOG_STATIC_PLUGIN=udp', examples / 'udp.c',
                                      package='mvxlog-1')
        config = self.folder / 'single.conf'
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(('127.0.0.1', 0))
            receiver.settimeout(30)
            config.write_text(f'[mvxlog]\nversion=1\n\n[sink remote]\nplugin=udp\n'
                              f'address=127.0.0.1:{receiver.getsockname()[1]}\n\n[context]\nsinks=remote\n',
                              encoding='utf-8')
            empty = {**self.environment, 'MVXLOG_PLUGIN_SYSTEM_PATH': '/nonexistent'}
            self.assertEqual(run(program, config, env=empty), '')
            self.assertEqual(json.loads(receiver.recv(65536))['context'], 'org.example.single')

    def test_static_plugin_of_ours(self):
        """The library's own plugins can be linked in, too: pkg-config knows what they need."""
        source = self.folder / 'carries.c'
        source.write_text((SOURCE / 'examples' / 'plugin' / 'single.c').read_text(encoding='utf-8')
                          .replace('_DECLARE (udp)', '_DECLARE (file)').replace('plugin_udp', 'plugin_file'),
                          encoding='utf-8')
        program = self.static_program(source, package='mvxlog-plugin-file-1')
        log = self.folder / 'carries.jsonl'
        config = self.folder / 'carries.conf'
        config.write_text(f'[mvxlog]\nversion=1\n\n[sink log]\nplugin=file\npath={log}\n\n[context]\nsinks=log\n',
                          encoding='utf-8')
        empty = {**self.environment, 'MVXLOG_PLUGIN_SYSTEM_PATH': '/nonexistent'}
        self.assertEqual(run(program, config, env=empty), '')
        self.assertEqual(json.loads(log.read_text(encoding='utf-8'))['context'], 'org.example.single')

    def test_languages(self):
        if not (self.prefix / 'share/locale/de').exists():
            self.skipTest('built without gettext')
        print(run(sys.executable, SOURCE / 'tests' / 'tool' / 'test-nls.py', env={
            **self.environment, 'MVXLOG': str(self.prefix / 'bin' / 'mvxlog'), 'MVXLOG_TEST_PO': str(SOURCE / 'po')}))

    def test_installed_tests(self):
        """Those that come with the library pass, and notice when something is missing."""
        if shutil.which('gnome-desktop-testing-runner') is None:
            self.skipTest('gnome-desktop-testing is not installed')
        there = [path.stem for path in (self.prefix / 'share/installed-tests/mvxlog-1').glob('*.test')]
        self.assertLess({'test-abi', 'test-testsink', 'verify-file'}, set(there))
        env = {**self.environment, 'XDG_DATA_DIRS': str(self.prefix / 'share'),
               'GI_TYPELIB_PATH': str(self.prefix / 'lib' / 'girepository-1.0'),
               'PYTHONPATH': ':'.join(str(path.parent) for path in self.prefix.glob('lib/python3*/*-packages/mvxlog.py'))}
        out = run('gnome-desktop-testing-runner', '--report-directory', self.folder / 'report', 'mvxlog-1', env=env)
        self.assertIn(f'SUMMARY: total={len(there)}; passed={len(there)}; skipped=0; failed=0', out)
        plugin = self.prefix / 'lib/mvxlog-1/plugins/libmvxlog-file.so'
        plugin.rename(plugin.with_suffix('.away'))
        try:
            result = subprocess.run(['gnome-desktop-testing-runner', 'mvxlog-1/verify-file'], env=env, text=True, check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        finally:
            plugin.with_suffix('.away').rename(plugin)
        self.assertIn('failed=1', result.stdout)
        self.assertNotEqual(result.returncode, 0)

    def test_tool(self):
        tool = self.prefix / 'bin' / 'mvxlog'
        self.assertIn('0.9.0', run(tool, '--version', env=self.environment))
        self.assertIn('file', run(tool, 'plugin', 'list', env=self.environment))


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
