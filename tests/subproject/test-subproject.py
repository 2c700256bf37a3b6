#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds and runs a small Meson project that has libmvxlog as its subproject."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
# What a subproject needs; no tests, examples or documents.
PARTS = ['meson.build', 'meson_options.txt', 'include', 'data', 'docs', 'libmvxlog', 'plugins', 'tools']


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-subproject-'))
    try:
        for name in ('meson.build', 'user.c'):
            shutil.copy(HERE / name, folder)
        subproject = folder / 'subprojects' / 'libmvxlog'
        subproject.mkdir(parents=True)
        for part in PARTS:
            (subproject / part).symlink_to(SOURCE / part)
        build = folder / 'build'
        commands = [
            ['meson', 'setup', '--wrap-mode=nodownload', '--force-fallback-for=mvxlog-1', '--buildtype=plain', build,
             folder],
            ['meson', 'compile', '-C', build, 'user'],
            ['meson', 'test', '-C', build, '--no-rebuild', '--print-errorlogs', 'user'],
        ]
        for command in commands:
            print('+', *command, flush=True)
            status = subprocess.run(command, check=False).returncode
            if status != 0:
                return 1
        return 0
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())
