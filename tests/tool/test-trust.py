#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing in a plugin folder runs before it has passed the checks of trust, whatever command looks at it.

MVXLOG is the tool, MVXLOG_TEST_MARKER a plugin whose constructor makes the file that MVXLOG_TEST_MARK names.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
MARKER = pathlib.Path(os.environ['MVXLOG_TEST_MARKER'])
NAME = 'marks'


class Trust(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        os.umask(0o022)
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-trust-')).resolve()
        self.addCleanup(shutil.rmtree, self.top)
        self.top.chmod(0o755)
        self.folder = self.top / 'plugins'
        self.folder.mkdir()
        self.path = self.folder / f'libmvxlog-{NAME}.so'
        shutil.copy(MARKER, self.path)
        self.path.chmod(0o644)
        self.mark = self.top / 'mark'
        self.config = self.top / 'use.conf'
        self.config.write_text(f'[mvxlog]\nversion=1\n[sink out]\nplugin={NAME}\n[context]\nsinks=out\n', encoding='utf-8')
        self.env = {name: value for name, value in os.environ.items() if not name.startswith('MVXLOG')}
        self.env.update(MVXLOG_PLUGIN_PATH=str(self.folder), MVXLOG_PLUGIN_SYSTEM_PATH='', MVXLOG_TEST_MARK=str(self.mark),
                        LC_ALL='C.UTF-8')

    def run_tool(self, *args):
        return subprocess.run([TOOL, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.env,
                              cwd=self.top, timeout=60, check=False)

    def commands(self):
        """Everything that looks at a plugin, by name and by path."""
        return (('plugin', 'list'), ('plugin', 'inspect', NAME), ('plugin', 'inspect', self.path),
                ('plugin', 'verify', self.path), ('check', self.config), ('check', '--probe', self.config),
                ('emit', '-c', self.config, 'hello'))

    def refused(self, reason, to_verify=None):
        for command in self.commands():
            with self.subTest(command=command[:2]):
                result = self.run_tool(*command)
                self.assertIn(to_verify if to_verify and 'verify' in command else reason, result.stdout)
                self.assertEqual(result.returncode == 0, command[:2] == ('plugin', 'list'), result.stdout)
                self.assertFalse(self.mark.exists(), f'{command}: its constructor has run')

    def test_mark_works(self):
        """Each of the commands loads it if it may: else the other tests would prove nothing."""
        for command in self.commands():
            self.run_tool(*command)
            self.assertTrue(self.mark.exists(), command)
            self.mark.unlink()

    def test_file_writable(self):
        self.path.chmod(0o666)
        self.refused(f"Refusing to load plugin '{self.path}': it is writable by every user (mode 0666); run 'chmod o-w "
                     f"{self.path}'")

    def test_folder_writable(self):
        self.folder.chmod(0o777)
        self.refused(f"Refusing to load plugin '{self.path}': '{self.folder}' is writable by every user (mode 0777); "
                     f"run 'chmod o-w {self.folder}'")

    def test_parent_writable(self):
        self.top.chmod(0o777)
        self.refused(f"Refusing to load plugin '{self.path}': '{self.top}' is writable by every user (mode 0777); run "
                     f"'chmod o-w {self.top}'")

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give files away')
    def test_owner(self):
        os.chown(self.path, 4711, -1)
        self.refused(f"Refusing to load plugin '{self.path}': it is owned by user 4711, not by root or the user of this "
                     f"process (0); run 'chown root {self.path}'")

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give files away')
    def test_folder_owner(self):
        os.chown(self.folder, 4711, -1)
        self.refused(f"Refusing to load plugin '{self.path}': '{self.folder}' is owned by user 4711, not by root or "
                     f"the user of this process (0); run 'chown root {self.folder}'")

    def test_link(self):
        target = self.top / 'elsewhere.so'
        self.path.rename(target)
        self.path.symlink_to(target)
        self.refused(f"Refusing to load plugin '{self.path}': it is a symbolic link; put the file itself there")

    def test_fifo(self):
        self.path.unlink()
        os.mkfifo(self.path)
        self.refused(f"Refusing to load plugin '{self.path}': it is not a regular file but a FIFO; put the file itself there",
                     'broken   symbols     it is not a regular file')

    def test_cut_off(self):
        # Before the end of what is loaded: behind it there may be much for debuggers.
        self.path.write_bytes(MARKER.read_bytes()[:4096])
        for command in self.commands():
            result = self.run_tool(*command)
            self.assertIn('cut off', result.stdout)
            self.assertFalse(self.mark.exists())

    def test_name(self):
        """A name is no path."""
        for name in ('../marks', './marks', 'plugins/libmvxlog-marks.so', 'MARKS'):
            self.config.write_text(f'[mvxlog]\nversion=1\n[sink out]\nplugin={name}\n[context]\nsinks=out\n', encoding='utf-8')
            result = self.run_tool('check', self.config)
            self.assertIn(f"'{name}' is not a plugin name: it must be 1 to 31 characters out of a-z, 0-9 and '-' and start with a "
                          'letter; give the NAME of libmvxlog-NAME.so', result.stdout)
            self.assertEqual(result.returncode, 1)
            self.assertFalse(self.mark.exists())


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
