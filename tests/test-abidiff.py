#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing of the public ABI goes or changes: abidiff against the baseline. New functions and types are welcome.

test-abidiff.py LIBRARY HEADERS BASELINE [--write]

After a change that is meant (and a new soname, once there are releases): tools/dev abi writes the baseline anew.
"""
import gzip
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest

LIBRARY, HEADERS, BASELINE = map(pathlib.Path, sys.argv[1:4])


def describe(library):
    return subprocess.run(['abidw', '--headers-dir', HEADERS, '--drop-private-types', '--no-show-locs', '--no-comp-dir-path',
                           '--no-corpus-path', library], check=True, stdout=subprocess.PIPE).stdout


class Abi(unittest.TestCase):
    def setUp(self):
        if shutil.which('abidiff') is None:
            self.skipTest('abidiff is not installed (abigail-tools)')
        if platform.machine() != 'x86_64':
            self.skipTest('the baseline is of x86_64')
        if '.debug_info' not in subprocess.run(['readelf', '-SW', LIBRARY], text=True, stdout=subprocess.PIPE, check=True).stdout:
            self.skipTest('the library has no debugging information')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.old = pathlib.Path(folder.name, 'old.abi')
        self.old.write_bytes(gzip.decompress(BASELINE.read_bytes()))

    def compare(self):
        return subprocess.run(['abidiff', '--no-added-syms', '--suppressions', BASELINE.with_name('internal.suppr'), self.old,
                               LIBRARY], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def test_nothing_is_lost(self):
        result = self.compare()
        self.assertEqual(result.returncode, 0, result.stdout + '\nis it meant? then: tools/dev abi')

    def test_losses_are_found(self):
        """A function that is gone, and a structure of another size."""
        text = self.old.read_text(encoding='utf-8')
        self.old.write_text(text.replace("'mvx_log_shutdown'", "'mvx_log_lost'"), encoding='utf-8')
        result = self.compare()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn('mvx_log_lost', result.stdout)
        before = "name='_MvxLogPlugin' size-in-bits='1472'"
        self.assertIn(before, text)
        self.old.write_text(text.replace(before, before.replace('1472', '1408')), encoding='utf-8')
        result = self.compare()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn('type size changed from 1408 to 1472 (in bits)', result.stdout)


if __name__ == '__main__':
    if '--write' in sys.argv:
        BASELINE.write_bytes(gzip.compress(describe(LIBRARY), mtime=0))
        sys.exit(0)
    sys.exit(0 if unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result.wasSuccessful() else 1)
