#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Medians, verdicts, tables and plots of the benchmarks, out of numbers made up here."""
import importlib
import json
import os
import pathlib
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
bench_lttng = importlib.import_module('bench_lttng')
bench_plots = importlib.import_module('bench_plots')
bench_targets = importlib.import_module('bench_targets')
instructions = importlib.import_module('instructions')
run = importlib.import_module('run')


def sample(**values):
    return {'peer': 'mvxlog', 'quantiles': [[0.5, 20.0], [0.99, 300.0], [0.9999, 1]], **values}


RESULTS = {
    ('mvxlog', 'json', 'burst', 1): sample(b50=30.0, p99=100.0, p999=400.0),
    ('mvxlog', 'json,fanout3', 'burst', 1): sample(b50=60.0),
    ('mvxlog', 'json', 'thr', 1): sample(mps=4.0, cpu_per_m=0.3, peak_mib=6.0),
    ('mvxlog', 'json', 'thr', 4): sample(mps=2.0, cpu_per_m=0.3, peak_mib=6.0),
    ('glib', 'json', 'thr', 1): sample(mps=0.5, cpu_per_m=1.3, peak_mib=4.0),
    ('mvxlog', 'json', 'clocks', 1): {'ticks_ns': 10.0, 'gettime_ns': 20.0},
    ('mvxlog', 'json,bridge', 'burst', 1): sample(b50=150.0),
    ('nanolog', 'binary', 'thr', 1): sample(mps=25.0),
    ('glib', 'default', 'burst', 1): sample(b50=4500.0),
    ('spdlog', 'async', 'burst', 1): sample(b50=700.0, p99=9000.0, p999=19000.0),
}


class Run(unittest.TestCase):
    def setUp(self):
        self.skipped = {}

    def test_median(self):
        merged = run.median([sample(mps=1.0), sample(mps=9.0), sample(mps=2.0)])
        self.assertEqual((merged['mps'], merged['rounds'], merged['peer']), (2.0, 3, 'mvxlog'))
        self.assertEqual(merged['quantiles'][1], [0.99, 300.0])

    def test_plan_leaves_out_what_is_not_built(self):
        with tempfile.TemporaryDirectory() as folder:
            build = pathlib.Path(folder)
            (build / 'peer-mvxlog').touch()
            jobs = run.plan(build, False, [])
            self.assertEqual({job[0] for job in jobs}, {'mvxlog'})
            self.assertIn(('mvxlog', 'json', 'idle', 1), jobs)
            self.assertEqual({job[2] for job in run.plan(build, False, ['cold'])}, {'cold'})
            self.assertNotIn('idle', {job[2] for job in run.plan(build, True, [])})

    def test_plan_measures_together_what_is_compared(self):
        with tempfile.TemporaryDirectory() as folder:
            build = pathlib.Path(folder)
            for peer in {peer for peer, _ in run.PEERS}:
                (build / f'peer-{peer}').touch()
            jobs = run.plan(build, False, [])
            self.assertEqual(len(jobs), len(set(jobs)))
            self.assertEqual(len(jobs), len(run.MODES) * len(run.PEERS) + len(run.OWN))
            modes = [job[2:] for job in jobs]
            self.assertEqual(modes, sorted(modes, key=modes.index))
            one = jobs.index(('mvxlog', 'json', 'burst', 1))
            self.assertLess(one - jobs.index(('mvxlog', 'json,fanout3', 'burst', 1)), 8)
            self.assertEqual(jobs[one + 1], ('quill', 'json', 'burst', 1))

    def test_calls(self):
        self.assertEqual(run.calls_of(('glib', 'default', 'thr', 1), False), 100000)
        self.assertEqual(run.calls_of(('mvxlog', 'json', 'thr', 1), False), 1000000)
        self.assertEqual(run.calls_of(('mvxlog', 'json', 'thr', 1), True), 4000)

    def program(self, folder, text):
        build = pathlib.Path(folder)
        (build / 'peer-x').write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
        (build / 'peer-x').chmod(0o755)
        return run.run(build, ('x', 'json', 'thr', 1), 10, build / 'bench.log', self.skipped, None)

    def test_run(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.program(folder, 'touch "${10}" "${10}.1"; echo \'{"mps": 1}\''), {'mps': 1})
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], ['peer-x'])
            self.assertIsNone(self.program(folder, 'exit 77'))
            self.assertEqual(self.skipped, {('x', 'json'): 'not in mode thr'})
            self.assertIsNone(self.program(folder, 'echo no daemon >&2; exit 77'))
            self.assertEqual(self.skipped, {('x', 'json'): 'no daemon'})
            with self.assertRaises(SystemExit) as caught:
                self.program(folder, 'echo why >&2; exit 1')
            self.assertEqual(caught.exception.code,
                             f'{folder}/peer-x -m thr -v json -p 1 -n 10 -o {folder}/bench.log: status 1\nwhy')

    def test_peers_table(self):
        lines = run.peers_table(RESULTS).splitlines()
        self.assertEqual([line.split()[0] for line in lines[1:]],
                         ['mvxlog', 'glib', 'glib', 'spdlog', 'nanolog', 'mvxlog', 'mvxlog'])
        self.assertIn('30.0', lines[1])

    def test_disturbed(self):
        results = {('mvxlog', 'json', 'burst', 1): sample(preempted=0.25), ('glib', 'json', 'burst', 1): sample(preempted=0.1),
                   ('mvxlog', 'json', 'burst', 2): sample(preempted=3), ('mvxlog', 'json', 'thr', 1): sample()}
        self.assertEqual(run.disturbed(results), ['mvxlog json (0.25)'])

    def test_write(self):
        with tempfile.TemporaryDirectory() as folder:
            run.write(RESULTS, pathlib.Path(folder) / 'new', 3)
            names = sorted(path.name for path in (pathlib.Path(folder) / 'new').iterdir())
            self.assertEqual(names, ['bench.json', 'latency.svg', 'throughput.svg'])
            data = json.loads((pathlib.Path(folder) / 'new' / 'bench.json').read_text(encoding='utf-8'))
            self.assertEqual((data['machine']['rounds'], len(data['results'])), (3, 10))


class Lttng(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        path = unittest.mock.patch.dict(os.environ, {'PATH': f'{self.root}:/usr/bin:/bin'})
        path.start()
        self.addCleanup(path.stop)

    def program(self, name, text):
        (self.root / name).write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
        (self.root / name).chmod(0o755)

    def test_daemon(self):
        self.program('babeltrace2', ':')
        self.program('lttng-sessiond', f'sleep 100 >{self.root}/out 2>&1 &\necho $! >"$4"\n'
                                       f'echo "$@" "$LTTNG_HOME" >{self.root}/log')
        self.program('lttng', f'echo "$@" >>{self.root}/log')
        with bench_lttng.daemon(self.root) as environment:
            pid = int((self.root / 'lttng-sessiond.pid').read_text(encoding='ascii'))
            with bench_lttng.session(environment, self.root / 'x'):
                os.kill(pid, 0)
        status = pathlib.Path(f'/proc/{pid}/stat')
        self.assertTrue(not status.exists() or status.read_text(encoding='ascii').split()[2] in 'ZX')
        self.assertEqual((self.root / 'log').read_text(encoding='utf-8').splitlines(), [
            f'--daemonize --no-kernel --pidfile {self.root}/lttng-sessiond.pid {self.root}',
            f'--quiet create bench --output={self.root}/x.lttng',
            '--quiet enable-channel --userspace --blocking-timeout=inf calls',
            '--quiet enable-event --userspace --channel=calls bench:*',
            '--quiet start',
            '--quiet destroy bench'])

    def test_unavailable(self):
        self.program('babeltrace2', ':')
        self.program('lttng-sessiond', 'echo already running >&2; exit 3')
        with self.assertRaises(bench_lttng.Unavailable) as caught:
            with bench_lttng.daemon(self.root):
                self.fail()
        self.assertEqual(str(caught.exception), f'lttng-sessiond --daemonize --no-kernel --pidfile '
                                                f'{self.root}/lttng-sessiond.pid: already running')
        os.environ['PATH'] = str(self.root)
        (self.root / 'babeltrace2').unlink()
        with self.assertRaises(bench_lttng.Unavailable) as caught:
            with bench_lttng.daemon(self.root):
                self.fail()
        self.assertEqual(str(caught.exception), 'babeltrace2 is missing')


class Targets(unittest.TestCase):
    def test_verdict(self):
        self.assertEqual([bench_targets.verdict(value, 2, 1, True) for value in (1, 2, 2.1)], ['goal', 'floor', 'NO'])
        self.assertEqual([bench_targets.verdict(value, 3, 6, False) for value in (6, 3, 2.9)], ['goal', 'floor', 'NO'])

    def test_rows(self):
        rows = {row[0]: row[1:] for row in bench_targets.rows(RESULTS)}
        self.assertEqual(rows['JSON to file / GLib JSON'], ['>= 3', '>= 6', '8.00', 'goal'])
        self.assertEqual(rows['to file, 4 producers / 1'], ['>= 0.85', '>= 0.95', '0.50', 'NO'])
        self.assertEqual(rows['g_log default writer / bridge, call'], ['>= 10', '>= 30', '30.00', 'goal'])
        self.assertEqual(rows['call / rdtsc'], ['<= 4', '<= 4', '3.00', 'goal'])
        self.assertEqual(rows['each further sink / the first'], ['<= 1', '<= 0.5', '0.50', 'goal'])
        self.assertEqual(rows['call JSON b50 / quill'], ['<= 1.5', '<= 1', '-', '-'])


class Plots(unittest.TestCase):
    def test_latency(self):
        root = xml.etree.ElementTree.fromstring(bench_plots.latency(RESULTS))
        self.assertEqual(len(root.findall('{http://www.w3.org/2000/svg}polyline')), 4)

    def test_throughput(self):
        root = xml.etree.ElementTree.fromstring(bench_plots.throughput(RESULTS))
        # The background, three bars and two squares of the legend; what is not formatted has no bar.
        self.assertEqual(len(root.findall('{http://www.w3.org/2000/svg}rect')), 6)

    def test_nothing(self):
        for plot in (bench_plots.latency, bench_plots.throughput):
            xml.etree.ElementTree.fromstring(plot({}))


class Instructions(unittest.TestCase):
    def test_parse(self):
        self.assertEqual(instructions.parse_collected('==1== Collected : 4946068\n'), 4946068)
        with self.assertRaises(SystemExit) as caught:
            instructions.parse_collected('nothing')
        self.assertEqual(caught.exception.code, 'callgrind said no count:\nnothing')

    def test_compare(self):
        self.assertEqual(instructions.compare({'call': 300.0}, {'call': 330.0}),
                         (['instructions    measured     limit', 'call               300.0     330.0'], []))
        self.assertEqual(instructions.compare({'call': 331.0}, {'call': 330.0})[1],
                         ['call: 331.0 instructions, the limit is 330.0; if the change is worth it, raise the limit '
                          'with --update'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
