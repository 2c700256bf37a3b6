#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in other languages, as they are, with what they print: test-examples.py LANGUAGE SOURCE BUILD

LANGUAGE: python, gjs, vala, or vala-test for the test of the Vala bindings. SOURCE and BUILD are the folders of the project;
BUILD may also be a prefix that it is installed in.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LANGUAGE, SOURCE, BUILD = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
INSTALLED = (BUILD / 'lib' / 'girepository-1.0').is_dir()
VAPI = BUILD / 'share' / 'vala' / 'vapi' if INSTALLED else BUILD / 'libmvxlog' / 'gir'


def environment():
    if INSTALLED:
        overrides = next(BUILD.glob('lib/python3*/*-packages/gi/overrides/MvxLog.py'))
        paths = {
            'GI_TYPELIB_PATH': BUILD / 'lib' / 'girepository-1.0',
            'LD_LIBRARY_PATH': BUILD / 'lib',
            'PKG_CONFIG_PATH': BUILD / 'lib' / 'pkgconfig',
            'PYTHONPATH': overrides.parent.parent.parent,
        }
    else:
        paths = {
            'GI_TYPELIB_PATH': BUILD / 'libmvxlog' / 'gir',
            'LD_LIBRARY_PATH': f'{BUILD}/libmvxlog:{BUILD}/libmvxlog/testing',
            'PKG_CONFIG_PATH': BUILD / 'meson-uninstalled',
            'PYTHONPATH': SOURCE / 'libmvxlog' / 'gir' / 'python',
        }
    return {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', **{name: str(path) for name, path in paths.items()}}


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True, check=False, env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=240)
    if done.returncode != 0:
        sys.exit(f'{command[0]}: exit {done.returncode}\n{done.stdout}')
    return done.stdout


def compile_vala(source, folder, *packages):
    program = pathlib.Path(folder) / 'program'
    # The .deps beside an installed vapi, and an installed .pc, tell the rest.
    needed = () if INSTALLED else ('gio-2.0',)
    headers = () if INSTALLED else (f'-I{SOURCE}/include', f'-I{BUILD}/include')
    words = [word for package in (*needed, *packages) for word in ('--pkg', package)]
    # What valac itself writes is not ours to judge, but for what our own declarations would get wrong.
    flags = [word for flag in ('-w', '-Werror=incompatible-pointer-types', '-Werror=discarded-qualifiers',
                               *headers) for word in ('-X', flag)]
    run('valac', '--fatal-warnings', '--vapidir', VAPI, *words, *flags, '-o', program, source)
    return program


def run_example():
    if LANGUAGE == 'python':
        return run('/usr/bin/python3', SOURCE / 'examples' / 'python' / 'shop.py')
    if LANGUAGE == 'gjs':
        return run('gjs', '-m', SOURCE / 'examples' / 'gjs' / 'shop.js')
    with tempfile.TemporaryDirectory(prefix='mvxlog-vala-') as folder:
        return run(compile_vala(SOURCE / 'examples' / 'vala' / 'shop.vala', folder, 'mvxlog-1'))


def normal(text):
    """Without what is different each time."""
    text = re.sub(r'End \(\d+\.\d+\)', 'End (TIME)', text)
    text = re.sub(r"'duration': [-\d.e]+", "'duration': TIME", text)
    return re.sub(r"'[^']*/(shop\.\w+):\d+ ", r"'\1:LINE ", text)


def main():
    if LANGUAGE == 'vala-test':
        with tempfile.TemporaryDirectory(prefix='mvxlog-vala-') as folder:
            program = compile_vala(SOURCE / 'tests' / 'bindings' / 'test-vala.vala', folder, 'mvxlog-1', 'mvxlog-test-1')
            print(run(program))
        return
    wanted = (SOURCE / 'tests' / 'bindings' / 'expected' / f'{LANGUAGE}.txt').read_text(encoding='utf-8')
    found = normal(run_example())
    if found != wanted:
        sys.exit(''.join(difflib.unified_diff(wanted.splitlines(True), found.splitlines(True), 'expected', 'printed')))
    print('ok')


main()
