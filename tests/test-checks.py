#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that every check of tools/ passes a good tree and fails for each thing that it looks for."""
import json
import os
import pathlib
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPDX = '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'
# In two halves, so that check-headers does not find this file.
MARKER = 'TO' + 'DO'
MACHINE = '/ho' + 'me/somebody/src'

GOOD = {
    'include/mvxlog/error.h': SPDX + '#pragma once\n#include <glib.h>\n',
    'include/mvxlog/sink.h': SPDX + '#pragma once\n#include <mvxlog/error.h>\n',
    'libmvxlog/base/error-private.h': SPDX + '#pragma once\n#include <mvxlog/error.h>\n',
    'libmvxlog/base/error.c': SPDX + '#include "base/error-private.h"\n\nint\nmain (void)\n{\n  return 0;\n}\n',
    'libmvxlog/sink/sink-private.h': SPDX + '#pragma once\n#include <mvxlog/sink.h>\n',
    'libmvxlog/sink/sink.c': SPDX + '#include "sink/sink-private.h"\n\n#include "base/error-private.h"\n',
    'plugins/file/file.c': SPDX + '#include <mvxlog/sink.h>\n',
    'tests/test-error.c': SPDX,
    'meson.build': '# SPDX-License-Identifier: LGPL-2.1-or-later\n',
    'tools/dev': '#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\n',
}


class Checks(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-checks-')).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in GOOD.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def run_check(self, check, **environment):
        return subprocess.run([ROOT / 'tools' / f'check-{check}', self.root], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, env={**os.environ, **environment})

    def output(self, check, status):
        """What a check says that has to end with this status."""
        result = self.run_check(check)
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout

    def test_layers_good(self):
        self.assertIn('6 files, 6 includes of their own, 0 problems\n', self.output('layers', 0))

    def test_layers_upward_private(self):
        self.write('libmvxlog/base/error.c', SPDX + '\n#include "sink/sink-private.h"\n')
        self.assertIn('libmvxlog/base/error.c:3: floor base includes libmvxlog/sink/sink-private.h of '
                      'the higher floor sink\n', self.output('layers', 1))

    def test_layers_upward_public(self):
        self.write('include/mvxlog/error.h', SPDX + '#include <mvxlog/sink.h>\n')
        self.assertIn('include/mvxlog/error.h:2: floor base includes include/mvxlog/sink.h of the '
                      'higher floor sink\n', self.output('layers', 1))

    def test_layers_cycle(self):
        self.write('libmvxlog/sink/filter-private.h', SPDX + '#include "sink/group-private.h"\n')
        self.write('libmvxlog/sink/group-private.h', SPDX + '#include "sink/filter-private.h"\n')
        self.assertIn('include cycle: libmvxlog/sink/filter-private.h -> '
                      'libmvxlog/sink/group-private.h -> libmvxlog/sink/filter-private.h\n',
                      self.output('layers', 1))

    def test_layers_rooms(self):
        self.write('libmvxlog/sink/a-private.h', SPDX)
        self.write('libmvxlog/sink/b-private.h', SPDX)
        self.write('libmvxlog/sink/a.c', SPDX + '#include "sink/b-private.h"\n')
        self.write('libmvxlog/sink/b.c', SPDX + '#include "sink/a-private.h"\n')
        self.assertIn('rooms that need each other: a -> b -> a\n', self.output('layers', 1))

    def test_layers_missing(self):
        self.write('libmvxlog/sink/sink.c', SPDX + '#include "base/nothing-private.h"\n')
        self.assertIn('libmvxlog/sink/sink.c:2: "base/nothing-private.h" does not exist\n', self.output('layers', 1))

    def test_layers_no_floor(self):
        self.write('include/mvxlog/stray.h', SPDX)
        self.assertIn('include/mvxlog/stray.h:1: belongs to no floor; tell tools/check-layers\n',
                      self.output('layers', 1))

    def test_layers_plugin(self):
        self.write('plugins/file/file.c', SPDX + '#include "sink/sink-private.h"\n')
        self.assertIn('plugins/file/file.c:2: plugins/ may include public headers only, not '
                      '"sink/sink-private.h"\n', self.output('layers', 1))

    def test_layers_empty(self):
        shutil.rmtree(self.root / 'libmvxlog')
        shutil.rmtree(self.root / 'include')
        self.assertIn('0 files', self.output('layers', 1))

    def test_layers_testing(self):
        self.write('libmvxlog/front/testing-private.h', SPDX + '#include "base/error-private.h"\n')
        self.write('libmvxlog/testing/host.c', SPDX + '#include "front/testing-private.h"\n#include <mvxlog/sink.h>\n')
        self.assertEqual(self.run_check('layers').returncode, 0)
        self.write('libmvxlog/testing/host.c', SPDX + '#include "base/error-private.h"\n')
        self.assertIn('libmvxlog/testing/host.c:2: testing/ may not include libmvxlog/base/error-private.h, '
                      'only front/testing-private.h\n', self.output('layers', 1))

    def docs(self, comment, code='void mvx_log_sink_stop (MvxLogSink *sink, int n);'):
        """The problems that check-docs finds in one header."""
        self.write('include/mvxlog/sink.h', f'{SPDX}{comment}MVX_LOG_AVAILABLE_IN_1_0\n{code}\n')
        result = self.run_check('docs')
        return [line.split(': ', 2)[2] for line in result.stdout.splitlines()[:-1]]

    def test_docs_good(self):
        lines = ['/**', ' * mvx_log_sink_stop:', ' * @sink: a sink', ' * @n: a number', ' *', ' * Stops it. Thread-safe.', ' *',
                 ' * Since: 1.0', ' */', '']
        comment = '\n'.join(lines)
        self.assertEqual(self.docs(comment), [])
        self.assertIn('1 public symbols, 0 problems\n', self.output('docs', 0))
        for line, problem in ((3, '@n is not documented'), (5, 'does not say what it means'),
                              (7, 'no line with "Since: VERSION"')):
            self.assertIn(problem, self.docs('\n'.join(lines[:line] + lines[line + 1:])))
        self.assertEqual(self.docs(comment.replace('Thread-safe', 'Quick')), ['does not say which threads may call it'])
        self.assertEqual(self.docs(comment.replace('@n:', '@m:')), ['@n is not documented', '@m is none of its parameters'])
        self.assertEqual(self.docs(comment.replace('@n: a number', '@n: (in):')), ['@n is not documented'])
        self.assertEqual(self.docs(comment, 'int mvx_log_sink_stop (MvxLogSink *sink, int n);'), ['does not say what it returns'])
        self.assertEqual(self.docs(comment.replace(' * Since', ' * Returns: so\n *\n * Since')), ['returns nothing'])
        self.assertEqual(self.docs(''), ['no doc comment'])
        self.assertEqual(self.docs(comment.replace('_stop', '_start')), ['no doc comment', 'a doc comment of nothing public'])
        self.write('libmvxlog/sink/sink.c', SPDX + comment)
        self.assertEqual(self.docs(comment), ['has another comment at include/mvxlog/sink.h:2'])

    def test_docs_types(self):
        comment = '/**\n * {}:\n * @{}: text\n *\n * Text on threads.\n *\n * Since: 1.0\n */\n'
        for code, name, member in (('typedef enum { MVX_A, MVX_B } MvxLogE;', 'MvxLogE', 'MVX_A'),
                                   ('typedef struct { int a; /*< private >*/ int p; } MvxLogS;', 'MvxLogS', 'a'),
                                   ('typedef struct { int a; int (*b) (int c); int reserved[2]; } MvxLogS;', 'MvxLogS', 'a'),
                                   ('typedef int (*MvxLogFunc) (int a);', 'MvxLogFunc', 'a'),
                                   ('#define MVX_LOG_M(a, b) 1', 'MVX_LOG_M', 'a')):
            with self.subTest(code):
                code = code.replace('{ MVX_A, MVX_B }', '{\n  MVX_A,\n  MVX_B\n}')
                missing = {'MVX_A': ['@MVX_B is not documented'], 'MvxLogFunc': ['does not say what it returns']}
                wanted = missing.get(member, missing.get(name, ['@b is not documented'] if 'b)' in code else []))
                self.assertEqual(self.docs(comment.format(name, member), code), wanted)
                self.assertEqual(self.docs('', code), ['no doc comment'])

    def test_docs_threads_of_type(self):
        header = '/**\n * {}:\n * @sink: a sink\n *\n * Text.\n *\n * Since: 1.0\n */\n'
        code = 'void mvx_log_sink_go (MvxLogSink *sink);\ntypedef struct _MvxLogSink MvxLogSink;'
        of_type = '/**\n * MvxLogSink:\n *\n * For any thread.\n *\n * Since: 1.0\n */\n'
        self.assertEqual(self.docs(header.format('mvx_log_sink_go') + of_type, code), [])
        self.assertEqual(self.docs(header.format('mvx_log_sink_go') + of_type.replace('For any thread', 'Text'), code),
                         ['does not say which threads may call it'])

    def test_docs_private(self):
        self.assertEqual(self.docs('', '#define MVX_LOG_PART_ 1\n#define MVX_LOG_TYPE_SINK (mvx_log_sink_get_type ())\n'
                                       'GType mvx_log_sink_get_type (void);'), [])

    def seeds(self, change=lambda line: line):
        """A page with a line for every row, each proved by the test /a/b."""
        check = runpy.run_path(str(ROOT / 'tools' / 'check-seeds'))
        lines = []
        for section, rows in check['ROWS'].items():
            lines += [f'## {section}', '| row | call or key | tests | state |', '|---|---|---|---|']
            lines += [line for row in rows for line in [change(f'| {row} | call () | `/a/b` | works |')] if line]
        self.write('docs/SEEDS.md', '\n'.join(lines) + '\n')
        self.write('tests/test-a.c', SPDX + '  g_test_add_func ("/a/b", test_b);\n')

    def test_seeds_good(self):
        self.seeds()
        self.assertIn('69 of 69 rows, 69 work, 0 problems\n', self.output('seeds', 0))
        self.seeds(lambda line: line.replace('works', 'partly: the rest') if 'Worker' in line else line)
        self.assertIn('69 of 69 rows, 68 work, 0 problems\n', self.output('seeds', 0))

    def test_seeds_not_there(self):
        self.assertIn('docs/SEEDS.md: not there\n', self.output('seeds', 1))

    def test_seeds_rows(self):
        self.seeds(lambda line: None if '| Worker' in line else line)
        self.assertIn('docs/SEEDS.md: Worker: no line under "Async runtime"\n', self.output('seeds', 1))
        self.assertIn('68 of 69 rows', self.output('seeds', 1))
        self.seeds(lambda line: line.replace('Worker', 'Wroker'))
        self.assertIn('docs/SEEDS.md: Wroker: no row of "Async runtime"\n', self.output('seeds', 1))
        self.seeds(lambda line: line + '\n' + line if '| Worker' in line else line)
        self.assertIn('not in the order of the tables, or one is there twice\n', self.output('seeds', 1))
        self.seeds(lambda line: line.replace('| call () ', '') if '| Worker' in line else line)
        self.assertIn('docs/SEEDS.md: Worker: 3 columns, not 4\n', self.output('seeds', 1))

    def test_seeds_tests(self):
        self.seeds(lambda line: line.replace('/a/b', '/a/c') if '| Worker' in line else line)
        self.assertIn('docs/SEEDS.md: Worker: there is no test /a/c\n', self.output('seeds', 1))
        self.write('tests/test-c.c', SPDX + '#define ADD(name, func) \\\n  g_test_add ("/a/" name, func)\n\n'
                                            '  ADD ("c", test_c);\n')
        self.assertEqual(self.run_check('seeds').returncode, 0)

    def test_seeds_states(self):
        self.seeds(lambda line: line.replace('`/a/b`', '') if '| Worker' in line else line)
        self.assertIn('docs/SEEDS.md: Worker: works, but no test proves it\n', self.output('seeds', 1))
        self.seeds(lambda line: line.replace('works', 'soon') if '| Worker' in line else line)
        self.assertIn("docs/SEEDS.md: Worker: the state is 'works', 'partly: WHAT IS MISSING' or 'not yet: ",
                      self.output('seeds', 1))
        self.seeds(lambda line: line.replace('call ()', '') if '| Worker' in line else line)
        self.assertIn('docs/SEEDS.md: Worker: no call or key\n', self.output('seeds', 1))

    def promises(self, change=lambda line: line):
        """A page with a line for every promise, each proved by the test /a/b."""
        check = runpy.run_path(str(ROOT / 'tools' / 'check-promises'))
        lines = []
        for section, names in check['PROMISES'].items():
            lines += [f'## {section}', '| promise | in words | tests | figure |', '|---|---|---|---|']
            lines += [line for name in names
                      for line in [change(f'| {name} | Nothing is lost, nobody harmed. | `/a/b` | 0 lost |')] if line]
        self.write('docs/PROMISES.md', '\n'.join(lines) + '\n')
        self.write('tests/test-a.c', SPDX + '  g_test_add_func ("/a/b", test_b);\n  path = g_strconcat ("/c/d/", name);\n')

    def ledger(self, more, sinks='  capture = g_object_new (MVX_LOG_TYPE_ASYNC_SINK, NULL);\n'):
        """Two loops over tests, of which some make sinks, in a header, too."""
        self.write('tests/capture.h', SPDX + sinks)
        self.write('tests/test-a.c', SPDX + '#include "capture.h"\n')
        self.write('tests/test-b.c', SPDX)
        self.write('tests/plugins/test-c.c', SPDX + sinks)
        self.write('tests/meson.build', f"executable(name, name + '.c', dependencies: [lib(a)]{more})\n"
                                        f"executable('p' + name, 'plugins/test-@0@.c'.format(name){more})\n")
        self.write('tools/meson.build', "foreach name : ['b']\n"
                                        "executable('test-' + name, '../tests/test-@0@.c'.format(name))\n")

    def test_ledger_good(self):
        self.ledger(', link_whole: ledger_watch')
        self.assertIn('3 kinds of test programs, 2 with ledger_watch, 0 problems\n', self.output('ledger', 0))
        self.ledger('', '')
        self.assertIn('3 kinds of test programs, 0 with ledger_watch, 0 problems\n', self.output('ledger', 0))

    def test_ledger_unwatched(self):
        self.ledger('')
        output = self.output('ledger', 1)
        for name in ('test-a.c', 'test-c.c'):
            self.assertIn(f'tests/meson.build: {name} makes sinks and is not linked with ledger_watch\n', output)
        self.assertNotIn('test-b.c', output)

    def test_promises_good(self):
        self.promises()
        self.assertIn('44 of 44 promises, 0 problems\n', self.output('promises', 0))
        self.promises(lambda line: line.replace('/a/b', '/c/d/*').replace('0 lost', '7'))
        self.assertEqual(self.run_check('promises').returncode, 0)
        self.promises(lambda line: line.replace('/a/b', 'tests/test-a.c'))
        self.assertEqual(self.run_check('promises').returncode, 0)

    def test_promises_not_there(self):
        self.assertIn('docs/PROMISES.md: not there\n', self.output('promises', 1))

    def test_promises_lines(self):
        self.promises(lambda line: None if '| H3 ' in line else line)
        self.assertIn('docs/PROMISES.md: H3: no line under "The host program"\n', self.output('promises', 1))
        self.promises(lambda line: line.replace('H3', 'H33'))
        self.assertIn('docs/PROMISES.md: H33: no promise of "The host program"\n', self.output('promises', 1))
        self.promises(lambda line: line + '\n' + line if '| H3 ' in line else line)
        self.assertIn('not in their order, or one is there twice\n', self.output('promises', 1))
        self.promises(lambda line: line.replace('| 0 lost ', '') if '| H3 ' in line else line)
        self.assertIn('docs/PROMISES.md: H3: 3 columns, not 4\n', self.output('promises', 1))

    def test_promises_proofs(self):
        for old, new, problem in (('/a/b', '/a/c', 'there is no test /a/c'), ('/a/b', '/d/*', 'there is no test /d/*'),
                                  ('/a/b', 'tests/test-b.c', 'there is no test tests/test-b.c'),
                                  ('`/a/b`', 'a test', 'no test proves it'), ('0 lost', 'none', 'no figure'),
                                  ('Nothing is lost, nobody harmed.', 'Fine.', 'says nothing')):
            self.promises(lambda line, old=old, new=new: line.replace(old, new) if '| H3 ' in line else line)
            self.assertIn(f'docs/PROMISES.md: H3: {problem}\n', self.output('promises', 1))

    def mutant(self, **changes):
        row = {'file': 'libmvxlog/base/error.c', 'old': 'return 0', 'new': 'return 1', 'tests': ['test-error'],
               'promise': 'ends well'}
        self.write('tests/mutants.json', json.dumps([{**row, **changes}]))

    def test_mutants_good(self):
        self.mutant()
        self.assertEqual(self.output('mutants', 0), '1 mutants, 0 problems\n')

    def test_mutants_stale(self):
        for changes, problem in (({'old': 'return 2'}, 'its text is 0 times in the file'),
                                 ({'old': '*'}, 'its text is 2 times in the file'),
                                 ({'new': 'return 0'}, 'it changes nothing'),
                                 ({'tests': []}, 'no test is to notice it')):
            with self.subTest(problem):
                self.mutant(**changes)
                self.assertEqual(self.output('mutants', 1),
                                 f'tests/mutants.json: libmvxlog/base/error.c: ends well: {problem}\n'
                                 '1 mutants, 1 problems\n')
        self.mutant(file='libmvxlog/base/gone.c')
        self.assertEqual(self.output('mutants', 1),
                         'tests/mutants.json: libmvxlog/base/gone.c: ends well: there is no such file\n'
                         '1 mutants, 1 problems\n')

    def test_lengths_good(self):
        self.assertIn('1 functions: median 3 lines', self.output('lengths', 0))

    def test_lengths_file(self):
        self.write('libmvxlog/base/error.c', SPDX * 800)
        self.assertEqual(self.run_check('lengths').returncode, 0)
        self.write('libmvxlog/base/error.c', SPDX * 801)
        self.assertIn('libmvxlog/base/error.c: 801 lines, the limit is 800\n', self.output('lengths', 1))

    def test_lengths_function(self):
        function = SPDX + 'static void\nlong_one (void)\n{{\n{}}}\n'
        self.write('tests/test-error.c', function.format('  ;\n' * 78))
        self.assertEqual(self.run_check('lengths').returncode, 0)
        self.write('tests/test-error.c', function.format('  ;\n' * 79))
        self.assertIn('tests/test-error.c:4: a function of 81 lines, the limit is 80\n', self.output('lengths', 1))

    def test_lengths_no_function(self):
        self.write('plugins/file/file.c', SPDX + 'static const int table[] =\n{\n' + '  0,\n' * 100 + '};\n')
        self.assertEqual(self.run_check('lengths').returncode, 0)

    def test_headers_good(self):
        self.assertIn('10 files; 26 product lines, 1 test lines, ratio 0.04', self.output('headers', 0))

    def test_headers_spdx(self):
        for name in ('libmvxlog/base/error.c', 'include/mvxlog/sink.h', 'meson.build', 'tools/dev'):
            with self.subTest(name):
                self.write(name, '#!/bin/sh\n' if name == 'tools/dev' else '\n' + GOOD[name])
                self.assertIn(f'{name}:1: no line with SPDX-License-Identifier: LGPL-2.1-or-later\n',
                              self.output('headers', 1))
                self.write(name, GOOD[name])

    def test_headers_marker(self):
        self.write('plugins/file/file.c', SPDX + f'/* {MARKER}: later */\n')
        self.assertIn(f'plugins/file/file.c:2: {MARKER}: finish it, or open an issue\n', self.output('headers', 1))

    def test_headers_template_of_a_name(self):
        self.write('plugins/file/file.c', SPDX + 'mkdtemp ("dir-XXXXXX");\n')
        self.assertEqual(self.run_check('headers').returncode, 0)

    def test_headers_machine(self):
        self.write('CONTRIBUTING.md', f'\nGo to {MACHINE}.\n')
        self.assertIn('CONTRIBUTING.md:2: ' + MACHINE.rsplit('/', 1)[0] + ' is a path of one machine\n',
                      self.output('headers', 1))

    def test_headers_foreign(self):
        self.write('data/samples/README.md', f'{MARKER} {MACHINE}\n')
        self.assertEqual(self.run_check('headers').returncode, 0)

    @unittest.skipUnless(shutil.which('clang-format'), 'clang-format is not installed')
    def test_format(self):
        shutil.copy(ROOT / '.clang-format', self.root)
        self.assertIn('4 .c files in all, 0 not formatted\n', self.output('format', 0))
        self.write('plugins/file/file.c', SPDX + 'int  main(void) {return 0;}\n')
        self.assertIn('plugins/file/file.c:2:', self.output('format', 1))
        self.assertIn('4 .c files in all, 1 not formatted; run clang-format', self.output('format', 1))

    @unittest.skipUnless(shutil.which('clang-format') and shutil.which('git'), 'clang-format or git is not installed')
    def test_format_changed(self):
        shutil.copy(ROOT / '.clang-format', self.root)
        self.write('plugins/file/old.c', SPDX + 'int  old(void) {return 0;}\n')
        for arguments in (['init', '-q'], ['add', '.'], ['commit', '-q', '-m', 'first']):
            subprocess.run(['git', '-c', 'user.name=t', '-c', 'user.email=t@example.org', *arguments], cwd=self.root,
                           check=True)
        result = self.run_check('format', MVXLOG_BASE='HEAD')
        self.assertEqual(result.stdout, '0 .c files changed since HEAD, 0 not formatted\n')
        self.write('plugins/file/new.c', SPDX + 'int  fresh(void) {return 0;}\n')
        result = self.run_check('format', MVXLOG_BASE='HEAD')
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn('1 .c files changed since HEAD, 1 not formatted', result.stdout)
        result = self.run_check('format', MVXLOG_BASE='no-such-commit')
        self.assertIn('6 .c files in all, 2 not formatted', result.stdout)


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
