#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares rendered JSON Lines with what went in: check-json.py LINES EXPECTED

Each line of EXPECTED has two base64 words: the bytes of the field "value" and of the message, and those of everything
that ends at a NUL: a key of a user, context, name, entity, outcome, file and function. Python's own decoder replaces
invalid UTF-8 per maximal subpart, as the library has to.
"""
import base64
import json
import sys

RESERVED = {'ts', 'level', 'context', 'event', 'event_id', 'entity', 'outcome', 'message', 'error', 'trace_id', 'span_id', 'file',
            'line', 'func', 'pid', 'thread', 'seq'}


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f'a key stands twice in {keys}')
    return dict(pairs)


def check(line, words):
    whole, text = (base64.b64decode(word).decode('utf-8', 'replace') for word in words)
    found = json.loads(line, object_pairs_hook=unique)
    expected = {'ts': '2026-11-21T12:00:00.123456789Z', 'level': 'info', 'message': whole, 'value': whole, 'pid': 4242}
    if text != 'value':
        expected['field_' + text if text in RESERVED else text] = text
    for key in ('context', 'event', 'entity', 'outcome'):
        if text:
            expected[key] = text
    expected['file'] = expected['func'] = text
    if found != expected:
        raise ValueError(f'{found!r} instead of {expected!r}'[:2000])


def main():
    with open(sys.argv[1], encoding='utf-8', newline='\n') as file:
        lines = file.read().split('\n')
    with open(sys.argv[2], encoding='ascii') as file:
        expected = file.read().split('\n')
    if len(lines) != len(expected) or len(lines) < 2:
        print(f'{len(lines)} lines instead of {len(expected)}')
        return 1
    for number, (line, words) in enumerate(zip(lines[:-1], expected[:-1]), 1):
        try:
            # words that are empty stand between spaces
            check(line, words.split(' ')[:2])
        except ValueError as error:
            print(f'line {number}: {error}')
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
