#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that tools/mutants tells a promise that a test guards from one that none does, with stand-ins for meson and ninja."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent / 'tools' / 'mutants'
# A test that sees `bad`, and a compiler that does not understand `?`.
MESON = '''#!/bin/sh
echo "meson $*" >> "$CALLS"
case $1 in
  introspect) echo '[{"name": "test-a"}]' ;;
  setup) for last; do :; done; mkdir -p "$FOLDER/build"; : > "$FOLDER/build/build.ninja" ;;
  test) ! grep -q bad "$FOLDER/tree/a.c" ;;
esac
'''
NINJA = '#!/bin/sh\n! grep -q "?" "$FOLDER/tree/a.c"\n'


class Mutants(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-mutants-')).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        self.source = self.root / 'source'
        (self.source / 'tests').mkdir(parents=True)
        self.write('a.c', 'good;\nplain;\ntwice;\ntwice;\n')
        self.bin = self.root / 'bin'
        self.bin.mkdir()
        for name, text in (('meson', MESON), ('ninja', NINJA)):
            (self.bin / name).write_text(text, encoding='utf-8')
            (self.bin / name).chmod(0o755)
        subprocess.run(['git', 'init', '-q', self.source], check=True)

    def write(self, name, text):
        (self.source / name).write_text(text, encoding='utf-8')

    def mutants(self, *rows, words=(), tests=('test-a',)):
        keys = ('old', 'new', 'promise')
        self.write('tests/mutants.json',
                   json.dumps([{'file': 'a.c', 'tests': tests, **dict(zip(keys, row))} for row in rows]))
        folder = self.root / 'work'
        result = subprocess.run([sys.executable, TOOL, self.source, folder, *words], capture_output=True, text=True,
                                check=False,
                                env={**os.environ, 'PATH': f'{self.bin}:{os.environ["PATH"]}', 'FOLDER': str(folder),
                                     'CALLS': str(self.root / 'calls')})
        self.said = result.stderr
        return result.returncode, result.stdout.splitlines()

    def test_all_killed(self):
        self.assertEqual(self.mutants(('good', 'bad', 'no harm')),
                         (0, ['killed    a.c: no harm', '1 passed, 0 failed, 0 skipped']))
        self.assertEqual((self.root / 'work' / 'tree' / 'a.c').read_text(encoding='utf-8'),
                         (self.source / 'a.c').read_text(encoding='utf-8'))
        self.assertIn(f'meson test -C {self.root}/work/build --timeout-multiplier 3 --suite libmvxlog test-a',
                      (self.root / 'calls').read_text(encoding='utf-8').splitlines())

    def test_others(self):
        status, lines = self.mutants(('good', 'bad', 'one'), ('plain', 'other', 'two'), ('plain', '?', 'three'),
                                     ('twice', 'once', 'four'))
        self.assertEqual((status, lines),
                         (1, ['killed    a.c: one', 'survived  a.c: two', 'does not compile a.c: three',
                              'its text is 2 times in the file a.c: four', '1 passed, 3 failed, 0 skipped']))

    def test_words(self):
        self.assertEqual(self.mutants(('good', 'bad', 'one'), ('plain', 'other', 'two'), words=['on']),
                         (0, ['killed    a.c: one', '1 passed, 0 failed, 0 skipped']))

    def test_unknown_tests(self):
        self.assertEqual(self.mutants(('good', 'bad', 'one'), tests=['test-a', 'test-c', 'test-b']), (1, []))
        self.assertEqual(self.said, 'mutants: tests/mutants.json names tests that there are not: test-b, test-c\n')

    def test_nothing_holds(self):
        self.write('a.c', 'bad')
        self.assertEqual(self.mutants(('bad', 'good', 'one'))[0], 1)


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
