#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/end-to-end, in small, with each engine that is there; and that its ledger would not close if something were missing.

MVXLOG_BUILD is the build directory.
"""
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import unittest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / 'examples' / 'end-to-end'
BUILD = os.environ['MVXLOG_BUILD']
COUNT, RATE = ('100000', '5000') if 'MVXLOG_TEST_LONG' in os.environ else ('6000', '1000')


def load(name):
    spec = importlib.util.spec_from_file_location(name.replace('-', '_'), EXAMPLE / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
consumer = load('consumer')
end_to_end = load('end-to-end')


class Ledger(unittest.TestCase):
    def ledger(self, delivered=10, entries=22, received=22, missing=0, twice=2, found=(22, 20, 22, 20)):
        sample = {'logged': 10, 'delivered': delivered, 'dropped': 0, 'refused': 0, 'spooled': 3}
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = end_to_end.ledger({'alpha': [sample], 'beta': [{**sample, 'delivered': 10}]}, entries,
                                       {'received': received, 'missing': missing, 'duplicates': twice}, found)
        return status, out.getvalue().splitlines()[-1]

    def test_closes(self):
        self.assertEqual(self.ledger(), (0, 'The ledger closes.'))

    def test_does_not(self):
        for change, why in (
                ({'delivered': 9}, 'alpha has logged 10 and delivered 9'),
                ({'found': (22, 19, 22, 20)}, 'events in the lines: 19 instead of 20'),
                ({'found': (22, 20, 22, 19)}, 'events in the database: 19 instead of 20'),
                ({'found': (21, 20, 22, 20)}, 'lines: 21 instead of 22'),
                ({'found': (22, 20, 21, 20)}, 'rows: 21 instead of 22'),
                ({'received': 21}, 'received: 21 instead of 22'),
                ({'missing': 1}, 'missing: 1 instead of 0'),
                ({'twice': 1}, 'twice at the receiver: 1 instead of 2')):
            self.assertEqual(self.ledger(**change), (1, f'The ledger does not close: {why}'))


class Cut(unittest.TestCase):
    def states(self, *samples):
        plugged = []
        cut = end_to_end.Cut(type('Network', (), {'plug': lambda self, *what: plugged.append(what)})(), 'alpha', 100)
        for logged, spooled in samples:
            cut.look({'logged': logged, 'spooled': spooled})
        return cut.state, plugged

    def test_cut(self):
        both = [('alpha', 'down'), ('alpha', 'up')]
        self.assertEqual(self.states((24, 0)), ('there', []))
        self.assertEqual(self.states((25, 0), (40, 33)), ('cut off', both[:1]))
        self.assertEqual(self.states((25, 0), (40, 34), (50, 99)), ('back', both))
        self.assertEqual(self.states((25, 0), (100, 5)), ('back', both))
        self.assertEqual(self.states((100, 50), (100, 0)), ('there', []))


class Entries(unittest.TestCase):
    def test_redis(self):
        entry = {'ts': '1795922310737509806', 'level': 'info', 'context': 'a', 'message': 'b', 'line': '32', 'seq': '7',
                 'stream': 'x', 'sender_stream': '649a80e8d8b2ca21', 'types': 'is', 'f.order': '-5', 'f.till': '6'}
        line = consumer.Redis.event({key.encode(): value.encode() for key, value in entry.items()})
        self.assertEqual(json.loads(line), {
            'ts': '2026-11-29T03:18:30.737509806Z', 'level': 'info', 'context': 'a', 'message': 'b', 'line': 32, 'seq': 7,
            'sender_stream': '649a80e8d8b2ca21', 'order': -5, 'till': '6'})


class Run(unittest.TestCase):
    def run_engine(self, engine):
        done = subprocess.run([sys.executable, EXAMPLE / 'end-to-end.py', BUILD, engine, '--count', COUNT, '--rate', RATE],
                              check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 77:
            self.skipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('The ledger closes.\n', done.stdout)


for name in end_to_end.ENGINES:
    setattr(Run, f'test_{name}', lambda self, name=name: self.run_engine(name))

if __name__ == '__main__':
    unittest.main(verbosity=2)
