#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the hot paths to instruction counts: instructions.py PROGRAM LIMITS.json [--update]

Counts with callgrind what N and 2 N repetitions take; the difference is what one costs, without what is done once. The
limits are those of gcc -O3 (tools/dev bench); other builds are skipped. --update measures and writes measured + 3 %.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
REPEATS = 1000
# What is counted -> the function in which callgrind collects, callees included.
FUNCTIONS = {
    'disabled': 'instructions_disabled',
    'call': 'instructions_call',
    # The same into a queue with crash-ring=on.
    'ring': 'instructions_call',
    'bound': 'instructions_bound',
    'bridge': 'instructions_bridge',
    'render': 'instructions_render',
    'text': 'instructions_render',
    'drain': 'mvx_log_dispatcher_step',
}


def count(program, what, repeats):
    """Instructions of one run within the function."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        command = ['valgrind', '--tool=callgrind', '--collect-atstart=no', f'--toggle-collect={FUNCTIONS[what]}',
                   f'--callgrind-out-file={folder / "out.%p"}', program, what, str(repeats), folder / 'events.jsonl']
        # Meson has malloc fill what it hands out, which counts.
        environment = {key: value for key, value in os.environ.items() if key != 'MALLOC_PERTURB_'}
        result = subprocess.run(command, text=True, capture_output=True, check=False, env=environment)
        if result.returncode != 0:
            sys.exit(f'{what}: {result.stderr}')
        return parse_collected(result.stderr)


def parse_collected(text):
    match = re.search(r'Collected : (\d+)', text)
    if not match:
        sys.exit(f'callgrind said no count:\n{text}')
    return int(match.group(1))


def measure(program):
    return {what: round((count(program, what, 2 * REPEATS) - count(program, what, REPEATS)) / REPEATS, 1)
            for what in FUNCTIONS}


def compare(measured, limits):
    """Lines of a table, and those over their limit."""
    lines = [f'{"instructions":<14}{"measured":>10}{"limit":>10}']
    over = []
    for what, value in measured.items():
        lines.append(f'{what:<14}{value:>10}{limits[what]:>10}')
        if value > limits[what]:
            over.append(f'{what}: {value} instructions, the limit is {limits[what]}; if the change is worth it, '
                        'raise the limit with --update')
    return lines, over


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('limits', type=pathlib.Path)
    parser.add_argument('--built', default='gcc-3', help='compiler and optimisation; all but gcc-3 are skipped')
    parser.add_argument('--update', action='store_true')
    arguments = parser.parse_args()
    if shutil.which('valgrind') is None or platform.machine() != 'x86_64' or arguments.built != 'gcc-3':
        print('skipped: this needs valgrind, x86-64, gcc and --buildtype=release')
        return SKIP
    measured = measure(arguments.program)
    if arguments.update:
        limits = {what: round(value * 1.03, 1) for what, value in measured.items()}
        arguments.limits.write_text(json.dumps(limits, indent=2) + '\n', encoding='utf-8')
    lines, over = compare(measured, json.loads(arguments.limits.read_text(encoding='utf-8')))
    print('\n'.join(lines + over))
    return 1 if over else 0


if __name__ == '__main__':
    sys.exit(main())
