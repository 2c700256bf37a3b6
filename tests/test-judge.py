#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that judge-hostile.py takes what it is to take and nothing else."""
import json
import pathlib
import runpy
import struct
import unittest

JUDGE = runpy.run_path(str(pathlib.Path(__file__).resolve().parent / 'judge-hostile.py'))
TEXT = b'a\n${x} "=\\\xff'
JSON = 'a\n${x} "=\\\ufffd'
QUOTED = rb'"a\n${x} \"=\\\xff"'
KEY = rb'a\x0a${x}\x20\x22\x3d\x5c\xff'
PAIRS = b'value=' + QUOTED + b' ' + KEY + b'=' + QUOTED
SHOWN = rb'a\n${x} "=' + b'\\' + rb'\xff'


def line(**record):
    return json.dumps(record).encode() + b'\n'


def text(data):
    return struct.pack('<I', len(data)) + data + b'\0'


def frame(value):
    meta = b'\4' + text(value) + b'\x0b' + text(TEXT)
    fields = b'\5' + text(b'value') + text(value) + b'\5' + text(TEXT) + text(TEXT)
    body = struct.pack('<I', len(meta)) + meta + struct.pack('<I', len(fields)) + fields
    record = struct.pack('<IIQQIIhHHH', 40 + len(body), 0, 0, 0, 0, 0, 20, 3, 2, 0) + body
    return struct.pack('<I', 8 + len(record)) + bytes(8) + record


FLAT = {'message': JSON, 'value': JSON, 'context': JSON, JSON: JSON}
NESTED = {'message': JSON, 'context': JSON, 'fields': {'value': JSON, JSON: JSON}}
GOOD = {
    'json': line(**FLAT),
    'nested': line(**NESTED),
    'database': line(**NESTED),
    'ecs': line(**{'message': JSON, 'log.logger': JSON, 'mvxlog': {'value': JSON, JSON: JSON}}),
    'gelf': line(short_message='a', full_message=JSON[2:], _value=JSON, _logger=JSON),
    'array': json.dumps([FLAT]).encode() + b'\n',
    'bulk-nested': line(create={}) + line(**NESTED),
    'bulk-ecs': line(create={}) + line(**{'message': JSON, 'log.logger': JSON, 'mvxlog': {'value': JSON, JSON: JSON}}),
    'loki': line(streams=[{'values': [['1', json.dumps(FLAT), {}]]}]),
    'otlp': line(resourceLogs=[{'scopeLogs': [{'scope': {'name': JSON}, 'logRecords': [
        {'body': {'stringValue': JSON}, 'attributes': [{'key': 'value', 'value': {'stringValue': JSON}},
                                                       {'key': JSON, 'value': {'stringValue': JSON}}]}]}]}]),
    'logfmt': b'msg=' + QUOTED + b' context=' + QUOTED + b' ' + PAIRS + b'\n',
    'fields': PAIRS + b'\t' + SHOWN + b'\n',
    'pretty': b'12:00:00.123 INFO     ' + SHOWN + b': ' + SHOWN + b' event=' + QUOTED + b' ' + PAIRS + b'\n',
    'binary': frame(TEXT),
}


class Judge(unittest.TestCase):
    def judge(self, layout, found):
        return JUDGE['judge'](layout, found, [(TEXT, TEXT)])

    def refused(self, layout, found):
        self.assertNotEqual(found, GOOD[layout])
        self.assertIsNotNone(self.judge(layout, found)[0], f'{layout}: {found!r}')

    def test_good(self):
        for layout, found in GOOD.items():
            self.assertEqual(self.judge(layout, found), (None, '1 events, 1 records, 0 split'), layout)

    def test_split(self):
        """Two records, none, or one with a newline within."""
        for layout, found in GOOD.items():
            self.refused(layout, found + found)
            self.refused(layout, b'')
            if layout != 'binary':
                self.refused(layout, found.replace(b'\\n', b'\n', 1))

    def test_changed(self):
        """One letter, at each place where the text stands: expanded, or lost."""
        for layout, found in GOOD.items():
            for at in range(found.count(b'${x}')):
                if layout == 'pretty' and at == 2:
                    continue  # the event's name, at which it is not looked
                before = found.split(b'${x}')
                changed = b'${x}'.join(before[:at + 1]) + b'${y}' + b'${x}'.join(before[at + 1:])
                self.refused(layout, changed)

    def test_unsafe(self):
        for layout in ('logfmt', 'fields', 'pretty'):
            for character in ('\x1b', '\x85', '\u2028', '\u202e'):
                self.refused(layout, GOOD[layout][:-1] + character.encode() + b'\n')


if __name__ == '__main__':
    unittest.main()
