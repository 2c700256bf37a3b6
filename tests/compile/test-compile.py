#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles the logging macros as C11 and C++17 with every warning an error, runs the result, and proves that misuse
does not compile and says why.

test-compile.py --compiler gcc|clang --include DIR... --library FILE [--sanitize NAME]

Exits with 77 (skipped) if the compiler is not installed.
"""
import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ['-Wall', '-Wextra', '-Werror']
STRICT = ['-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wcast-qual', '-Wundef', '-Wwrite-strings']
LANGUAGES = {'c': ['-std=c11'], 'c++': ['-std=c++17']}
DRIVERS = {'gcc': {'c': 'gcc', 'c++': 'g++'}, 'clang': {'c': 'clang', 'c++': 'clang++'}}
ARGUMENTS = None

PROGRAM = '''
#include <mvxlog/mvxlog.h>
MVX_LOG_CONTEXT (ctx, "compile.bad")
typedef struct Thing {{ unsigned flag : 1; int field; }} Thing;
void bad (const char *text, void *pointer, Thing thing);
void
bad (const char *text, void *pointer, Thing thing)
{{
  (void) text;
  (void) pointer;
  (void) thing;
  {}
}}
'''
ELEVEN = ', '.join(f'"k{i}", {i}' for i in range(11))
THIRTEEN = f'{ELEVEN}, "k11", 11, "k12", 12'
# What is wrong, the statement, and what the compiler must say (None: it takes it).
MISUSE = [
    ('a key without a value', 'mvx_info (ctx, "t", "key");', 'every key needs a value: an odd number of arguments'),
    ('three arguments', 'mvx_info (ctx, "t", "a", 1, "b");', 'every key needs a value: an odd number of arguments'),
    ('a printf call', 'mvx_info (ctx, "%s", text);', 'every key needs a value: an odd number of arguments'),
    ('23 arguments', f'mvx_info (ctx, "t", {ELEVEN}, "odd");',
     'every key needs a value: an odd number of arguments'),
    ('13 pairs', f'mvx_info (ctx, "t", {THIRTEEN});', 'too many fields: a macro takes at most 12 pairs'),
    ('13 bound pairs', f'mvx_log_bind (ctx, {THIRTEEN});', 'too many fields: a macro takes at most 12 pairs'),
    ('a bound key without a value', 'mvx_log_bind (ctx, "key");', 'every key needs a value: the number of arguments'),
    ('a task with a key without a value', 'MVX_LOG_TASK (t, ctx, "what", "key");',
     'every key needs a value: the number of arguments'),
    ('a task with 13 pairs', f'MVX_LOG_TASK (t, ctx, "what", {THIRTEEN});',
     'too many fields: a macro takes at most 12 pairs'),
    ('an event id of 31 digits', 'MVX_LOG_EVENT_ID (e, "0123456789abcdef0123456789abcde", "n", "t")',
     {'gcc': 'static assertion failed', 'clang': 'static_assert failed'}),
    ('a template in a variable', 'mvx_info (ctx, text);',
     {'gcc': "expected '}' before 'text'", 'clang': "expected '}'"}),
    ('a key in a variable', 'mvx_info (ctx, "t", text, 1);',
     {'gcc': "expected '}' before 'text'", 'clang': "expected '}'"}),
    ('a number as key', 'mvx_info (ctx, "t", 17, 1);',
     {'gcc': "expected '}' before numeric constant", 'clang': "expected '}'"}),
    ('void *', 'mvx_info (ctx, "t", "key", pointer);',
     {'gcc c': "'_Generic' selector of type 'void *' is not compatible with any association",
      'gcc c++': "no matching function for call to 'mvx_log_arg_cpp_(void*&)'",
      'clang c': "controlling expression type 'void *' not compatible with any generic association type",
      'clang c++': "no matching function for call to 'mvx_log_arg_cpp_'"}),
    ('a struct', 'mvx_info (ctx, "t", "key", thing);',
     {'gcc c': "'_Generic' selector of type 'struct Thing' is not compatible with any association",
      'gcc c++': "no matching function for call to 'mvx_log_arg_cpp_(Thing&)'",
      'clang c': "controlling expression type 'Thing' (aka 'struct Thing') not compatible with any generic association",
      'clang c++': "no matching function for call to 'mvx_log_arg_cpp_'"}),
    # Elsewhere a bit-field has its declared type and is taken.
    ('a bit-field', 'mvx_info (ctx, "t", "key", thing.flag);',
     {'gcc c': "is not compatible with any association", 'gcc c++': None, 'clang': None}),
    ('a name instead of a context', 'mvx_info ("compile.bad", "t");',
     {'gcc c': "'_Generic' selector of type 'char *' is not compatible with any association",
      'gcc c++': "no matching function for call to 'mvx_log_head_cpp_(const char [12])'",
      'clang c': "controlling expression type 'char *' not compatible with any generic association type",
      'clang c++': "no matching function for call to 'mvx_log_head_cpp_'"}),
]


def flags(headers):
    """Other people's headers may be called the system's, so that nothing is said of them; ours never are."""
    includes = [argument for folder in ARGUMENTS.include for argument in ('-I', folder)]
    cflags = subprocess.run(['pkg-config', '--cflags', 'gio-2.0'], stdout=subprocess.PIPE, text=True, check=True)
    return includes + shlex.split(cflags.stdout.replace('-I', f'{headers} '))


def libraries():
    library = pathlib.Path(ARGUMENTS.library)
    libs = subprocess.run(['pkg-config', '--libs', 'gio-2.0'], stdout=subprocess.PIPE, text=True, check=True)
    return [str(library), f'-Wl,-rpath,{library.parent}', *shlex.split(libs.stdout)]


class Compile(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-compile-'))
        self.addCleanup(shutil.rmtree, self.folder)

    def compile(self, language, source, *arguments, headers='-I'):
        driver = DRIVERS[ARGUMENTS.compiler][language]
        if shutil.which(driver) is None:
            self.skipTest(f'{driver} is not installed')
        return subprocess.run([driver, '-x', language, *LANGUAGES[language], *WARNINGS, *flags(headers), source, '-x', 'none',
                               *arguments], cwd=self.folder, text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, 'LC_ALL': 'C'})

    def assert_runs(self, language, name, *arguments):
        result = self.compile(language, HERE / name, *arguments, '-o', 'program', *libraries())
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout, '')
        run = subprocess.run([self.folder / 'program'], text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.assertEqual(run.returncode, 0, run.stdout)

    @staticmethod
    def expected(phrases, language):
        if isinstance(phrases, str):
            return phrases
        return phrases.get(f'{ARGUMENTS.compiler} {language}', phrases.get(ARGUMENTS.compiler))

    def misuse(self, language):
        for what, statement, phrases in MISUSE:
            with self.subTest(what):
                phrase = self.expected(phrases, language)
                source = self.folder / 'bad.c'
                source.write_text(PROGRAM.format(statement), encoding='utf-8')
                result = self.compile(language, source, '-fsyntax-only')
                if phrase is None:
                    self.assertEqual((result.returncode, result.stdout), (0, ''))
                else:
                    self.assertNotEqual(result.returncode, 0)
                    self.assertTrue(phrase in result.stdout, f'not found: {phrase}\n{result.stdout}')

    def test_c11_values(self):
        self.assert_runs('c', 'values.c')

    def test_c11_values_optimised(self):
        self.assert_runs('c', 'values.c', '-O2')

    def test_c11_floor(self):
        self.assert_runs('c', 'floor.c')

    def test_cxx17_values(self):
        self.assert_runs('c++', 'values.c')

    def test_cxx17_floor(self):
        self.assert_runs('c++', 'floor.c')

    def strict(self, language, *standards):
        for standard in standards:
            with self.subTest(standard):
                result = self.compile(language, HERE / 'strict.c', '-fsyntax-only', *STRICT, standard, headers='-isystem')
                self.assertEqual((result.returncode, result.stdout), (0, ''))

    def test_c_strict(self):
        self.strict('c', '-std=c11', '-std=gnu17')

    def test_cxx_strict(self):
        self.strict('c++', '-std=c++11', '-std=c++17', '-std=c++20')

    def test_c11_misuse(self):
        self.misuse('c')

    def test_cxx17_misuse(self):
        self.misuse('c++')

    def test_good_statement(self):
        """The frame of the programs that must not compile does compile with a good statement."""
        for language in LANGUAGES:
            source = self.folder / 'good.c'
            source.write_text(PROGRAM.format('mvx_info (ctx, "t", "key", text);'), encoding='utf-8')
            result = self.compile(language, source, '-fsyntax-only')
            self.assertEqual((result.returncode, result.stdout), (0, ''))


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser()
    parser.add_argument('--compiler', choices=DRIVERS, required=True)
    parser.add_argument('--include', action='append', required=True)
    parser.add_argument('--library', required=True)
    parser.add_argument('--sanitize', default='none')
    ARGUMENTS = parser.parse_args()
    if ARGUMENTS.sanitize != 'none':
        print(f'skipped: the library is built with -fsanitize={ARGUMENTS.sanitize}, plain programs cannot link it')
        return 77
    if shutil.which(ARGUMENTS.compiler) is None:
        print(f'skipped: {ARGUMENTS.compiler} is not installed')
        return 77
    result = unittest.main(argv=[sys.argv[0]], exit=False, verbosity=2).result
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
