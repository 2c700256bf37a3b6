#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in other languages, as they are, with what they print: test-examples.py LANGUAGE SOURCE BUILD

LANGUAGE: python, gjs, vala, or vala-test for the test of the Vala bindings. SOURCE and BUILD are the folders of the project.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LANGUAGE, SOURCE, BUILD = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
ENVIRONMENT = {
    **os.environ,
    'GI_TYPELIB_PATH': str(BUILD / 'libmvxlog' / 'gir'),
    'LD_LIBRARY_PATH': f'{BUILD}/libmvxlog:{BUILD}/libmvxlog/testing',
    'PKG_CONFIG_PATH': str(BUILD / 'meson-uninstalled'),
    'PYTHONPATH': str(SOURCE / 'libmvxlog' / 'gir' / 'python'),
    'PYTHONDONTWRITEBYTECODE': '1',
}


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True, check=False, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=240)
    if done.returncode != 0:
        sys.exit(f'{command[0]}: exit {done.returncode}\n{done.stdout}')
    return done.stdout


def compile_vala(source, folder, *packages):
    program = pathlib.Path(folder) / 'program'
    # What the .deps beside an installed vapi, and an installed .pc, would tell.
    words = [word for package in ('gio-2.0', *packages) for word in ('--pkg', package)]
    # What valac itself writes is not ours to judge, but for what our own declarations would get wrong.
    flags = [word for flag in ('-w', '-Werror=incompatible-pointer-types', '-Werror=discarded-qualifiers',
                               f'-I{SOURCE}/include', f'-I{BUILD}/include') for word in ('-X', flag)]
    run('valac', '--fatal-warnings', '--vapidir', BUILD / 'libmvxlog' / 'gir', *words, *flags, '-o', program, source)
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
