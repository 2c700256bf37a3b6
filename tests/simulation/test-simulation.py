#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulation of tools/simulate: nothing comes out of nothing, queues are as long as is known, a seed tells all."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'tools' / 'simulation'))
# pylint: disable=wrong-import-position
import measure  # noqa: E402
import plots  # noqa: E402
import scenarios  # noqa: E402
from engine import Health, Simulation  # noqa: E402
from fleet import Group, Storm  # noqa: E402
from host import Collector, Host, Sink  # noqa: E402

SEED = int(os.environ.get('MVXLOG_TEST_SEED', 1))
LONG = 'MVXLOG_TEST_LONG' in os.environ


class Fixed:
    """Chance that is none."""

    def __init__(self, value):
        self.value = value

    def random(self):
        return self.value


class Engine(unittest.TestCase):
    def test_order(self):
        simulation, seen = Simulation(SEED), []
        simulation.at(2, seen.append, 'b')
        simulation.at(1, seen.append, 'a')
        simulation.at(2, seen.append, 'c')
        simulation.at(4, seen.append, 'd')
        simulation.run(3)
        self.assertEqual((seen, simulation.now), (['a', 'b', 'c'], 3))
        with self.assertRaises(ValueError) as caught:
            simulation.at(2.5, seen.append, 'e')
        self.assertEqual(str(caught.exception), '2.5 has passed: it is 3')

    def test_back_off(self):
        """100 ms and twice as long each time; from the fifth failure on five seconds and twice as long each time."""
        plain = Health(None, jitter=False)
        self.assertEqual([plain.failed() for _ in range(10)], [0.1, 0.2, 0.4, 0.8, 5, 10, 20, 30, 30, 30])
        plain.succeeded()
        self.assertEqual((plain.failed(), plain.open), (0.1, False))
        self.assertEqual([round(Health(Fixed(value)).failed(), 6) for value in (0, 0.5, 1)], [0.05, 0.075, 0.1])

    def test_defaults(self):
        """They are those of the options."""
        options = (ROOT / 'libmvxlog' / 'sink' / 'common.c').read_text(encoding='utf-8')
        found = {name.replace('-', '_'): value for name, value in
                 re.findall(r'\{ "([a-z-]+)", MVX_LOG_OPTION_[A-Z0-9]+, 0, "([0-9a-zA-Z]+)"', options)}
        self.assertEqual([found[name] for name in ('retry_min', 'retry_max', 'breaker_failures', 'breaker_pause', 'batch_max',
                                                   'queue_max_size', 'spool_max_bytes')],
                         ['100ms', '30s', '5', '5s', '256', '10000', '1GiB'])
        for sink in (Sink(), Health(None)):
            self.assertEqual((sink.retry_min, sink.retry_max, sink.breaker_failures, sink.breaker_pause), (0.1, 30, 5, 5))
        self.assertEqual((Sink.batch_max, Sink.queue_max, Sink.spool_max), (256, 10000, 1 << 30))

    def test_no_breaker(self):
        plain = Health(None, jitter=False, breaker_failures=0)
        self.assertEqual([plain.failed() for _ in range(11)], [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])


def run_host(seed, sink, rate=500, outages=((2, 3),), until=20):
    simulation = Simulation(seed)
    collector = Collector(simulation, event_s=1e-4)
    host = Host(simulation, collector, rate, sink, until=until)
    for begin, seconds in outages:
        collector.outage(begin, seconds)
    return simulation, collector, host


class Conservation(unittest.TestCase):
    def test_at_any_time(self):
        """Through outages, losses and repetition, looked at a thousand times."""
        for sink in (Sink(), Sink(spool=False), Sink(spool=False, queue_max=100), Sink(spool_max=1 << 20, event_bytes=4096),
                     Sink(jitter=False, batch_max=7)):
            simulation, collector, host = run_host(SEED, sink, outages=((1, 2), (4, 0.5), (8, 4)))
            for tick in range(1000):
                simulation.run(tick * 0.02)
                self.assertTrue(host.ledger_closes(), vars(host))
                self.assertGreaterEqual(min(host.queue, host.spool, host.in_flight, host.dropped, host.refused), 0)
                self.assertGreaterEqual(collector.stored + host.in_flight, host.delivered)
            self.assertGreater(host.delivered, 1000)

    def test_all_arrives(self):
        simulation, collector, host = run_host(SEED, Sink())
        simulation.run(120)
        self.assertEqual((host.queue, host.spool, host.dropped, host.refused), (0, 0, 0, 0))
        self.assertEqual(host.delivered, host.offered)
        self.assertLessEqual(collector.stored - host.delivered, Sink.batch_max)

    def test_twice(self):
        """Cut off a hundred times in the middle of a batch: at most one batch twice for each, and some are."""
        simulation, collector, host = run_host(SEED, Sink(retry_max=0.1), 5000, [(1 + n * 0.5, 0.01) for n in range(100)], 60)
        simulation.run(200)
        self.assertEqual(host.delivered, host.offered)
        self.assertGreater(collector.stored, host.delivered)
        self.assertLessEqual(collector.stored - host.delivered, 100 * Sink.batch_max)

    def test_losses_are_counted(self):
        simulation, _, host = run_host(SEED, Sink(spool_max=1 << 20, event_bytes=4096), outages=((1, 10),))
        simulation.run(100)
        self.assertGreater(host.dropped, 1000)
        self.assertEqual(host.offered, host.delivered + host.dropped)
        simulation, _, host = run_host(SEED, Sink(spool=False, queue_max=100), outages=((1, 10),))
        simulation.run(100)
        self.assertGreater(host.refused, 1000)
        self.assertEqual(host.offered, host.delivered + host.refused)

    def test_disk(self):
        """An empty spool is one file; when the third is half full, there is a fourth."""
        simulation = Simulation(SEED)
        host = Host(simulation, Collector(simulation), 1, Sink(event_bytes=1 << 10))
        self.assertEqual(host.disk, 8 << 20)
        host.appended = host.spool = (20 << 10) + 513
        self.assertEqual(host.disk, 32 << 20)
        host.spool = 0
        self.assertEqual(host.disk, 16 << 20)

    def test_partitions(self):
        simulation = Simulation(SEED)
        group = Group(simulation, 1000, 8, 4, 0.001, session=2, pause=1)
        simulation.at(3, group.kill, 1)
        for tick in range(200):
            simulation.run(tick * 0.1)
            self.assertTrue(all(0 <= partition.consumed <= partition.produced for partition in group.partitions))
        produced = sum(partition.produced for partition in group.partitions)
        self.assertAlmostEqual(produced, 1000 * simulation.now, delta=200)
        self.assertEqual(produced - sum(partition.consumed for partition in group.partitions), group.lag)
        self.assertEqual({partition.consumer for partition in group.partitions}, {0, 2, 3})

    def test_storm(self):
        simulation = Simulation(SEED)
        storm = Storm(simulation, 500, 20, accepts=50)
        simulation.run(200)
        self.assertEqual(len(storm.connected_at), 500)
        self.assertEqual(sum(storm.attempts.values()), 500 + storm.refused)
        times = sorted(storm.connected_at)
        self.assertGreaterEqual(min(b - a for a, b in zip(times, times[1:])), 1 / 50 - 1e-9)


class Theory(unittest.TestCase):
    """A collector that many hosts send to is a queue that books know."""

    def mean_wait(self, load):
        """In service times: a thousand hosts, an event each at a time, so that nobody has a batch under way already."""
        simulation = Simulation(SEED)
        service = 0.001
        collector = Collector(simulation, batch_s=service, event_s=0)
        for _ in range(1000):
            Host(simulation, collector, load / service / 1000, Sink(append_s=0, deliver_s=0))
        seconds = 200 if LONG else 20
        simulation.run(seconds)
        self.assertAlmostEqual(collector.batches / seconds * service, load, delta=0.04)
        return collector.wait_s / collector.batches / service

    def test_m_d_1(self):
        for load, tolerance in ((0.3, 0.05), (0.6, 0.08), (0.8, 0.15)) if LONG else ((0.3, 0.25), (0.6, 0.35)):
            known = load / (2 * (1 - load))
            self.assertAlmostEqual(self.mean_wait(load) / known, 1, delta=tolerance, msg=f'load {load}, seed {SEED}')

    def test_bounded_by_hosts(self):
        """Of each host there is one batch at the collector, however much is to be done."""
        simulation = Simulation(SEED)
        collector = Collector(simulation, batch_s=1, event_s=0)
        hosts = [Host(simulation, collector, 100, Sink()) for _ in range(20)]
        simulation.run(30)
        self.assertEqual(collector.longest, 19)
        self.assertEqual(sum(host.in_flight > 0 for host in hosts), 20)

    def test_renewal(self):
        """Attempts are a renewal process with waits from 15 to 30 s: N / 22.5 a second; without jitter, N at once."""
        for jitter, least, most in ((True, 0.8, 1.6), (False, 22, 23)):
            simulation = Simulation(SEED)
            storm = Storm(simulation, 4500, 300, jitter)
            simulation.run(299)
            self.assertGreater(storm.peak(120, 299) / 200, least, jitter)
            self.assertLess(storm.peak(120, 299) / 200, most, jitter)

    def test_drain(self):
        """The backlog of an outage leaves at what the collector takes more than is logged."""
        simulation, collector, host = run_host(SEED, Sink(jitter=False, append_s=0, deliver_s=0), 5000, ((5, 30.2),), 80)
        simulation.run(5 + 30.2)
        self.assertAlmostEqual(host.spool, 5000 * 30.2, delta=5 * (5000 * 30.2) ** 0.5)
        # 100, 200, 400, 800 ms, 5, 10, 20 s: the next attempt is 36.5 s behind the first.
        simulation.run(5 + 36.4)
        self.assertGreater(host.spool, 5000 * 36)
        simulation.run(5 + 36.5 + 36.5 + 0.5)
        self.assertLess(host.spool, 5000)
        self.assertTrue(collector.up)


class Scenarios(unittest.TestCase):
    costs = json.loads((ROOT / 'docs' / 'scale' / 'costs.json').read_text(encoding='utf-8'))

    def rows(self, seed):
        return [row for name in ('full_spool', 'fan_in')
                for row in scenarios.ALL[name](self.costs, seed, 1)[0]]

    def test_bounds(self):
        for function in scenarios.ALL.values():
            for row in function(self.costs, SEED, 1)[0]:
                self.assertTrue(row.ok, row)

    def test_determinism(self):
        self.assertEqual(self.rows(SEED), self.rows(SEED))
        self.assertNotEqual([row.simulated for row in self.rows(SEED)], [row.simulated for row in self.rows(SEED + 1)])

    def test_table(self):
        rows = [scenarios.Row('a', 'b', 1.5, 2000, 3000), scenarios.Row('a', 'c', 0, 5, 4)]
        self.assertEqual(scenarios.table(rows), ['| scenario | | predicted | simulated | bound | ok |',
                                                 '|---|---|--:|--:|--:|---|', '| a | b | 1.5 | 2,000 | 3,000 | yes |',
                                                 '| a | c | 0 | 5 | 4 | NO |'])

    def test_at_most(self):
        self.assertEqual((scenarios.at_most(100), scenarios.at_most(100, 4)), (150, 200))

    def test_unmeasured(self):
        self.assertTrue(measure.agrees('s of draining', 1.1, 1, 2))
        self.assertFalse(measure.agrees('s of draining', 3, 1, 2))
        self.assertFalse(measure.agrees('events lost', 1, 0, 0))
        self.assertFalse(measure.agrees('events twice', 257, 0, 0))


class Plots(unittest.TestCase):
    def test_ticks(self):
        self.assertEqual(plots.ticks(10), [0, 2, 4, 6, 8, 10])
        self.assertEqual(plots.ticks(360), [0, 100, 200, 300, 400])
        self.assertEqual([f'{tick:g}' for tick in plots.ticks(0)], ['0', '0.2', '0.4', '0.6', '0.8', '1'])

    def test_curves(self):
        root = xml.etree.ElementTree.fromstring(plots.curves('T', 's', 'MB', {'a': [(0, 0), (10, 5)], 'b': [(5, 1)]}))
        names = root.findall('{http://www.w3.org/2000/svg}polyline')
        self.assertEqual([name.get('points') for name in names], ['70.0,390.0 690.0,40.0', '380.0,320.0'])


class Program(unittest.TestCase):
    def call(self, *arguments):
        return subprocess.run([sys.executable, ROOT / 'tools' / 'simulate', *arguments], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_plots(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.call('rebalance', '--seed', '3', '--size', '1', '--plots', folder)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertEqual(len(done.stdout.splitlines()), 5)
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], ['rebalance.svg'])

    def test_unknown(self):
        done = self.call('x')
        self.assertEqual((done.returncode, done.stderr), (
            1, "tools/simulate: no scenario 'x'; there are outage, full_spool, queue_only, storm, narrow_door, fan_in, overload, "
               'site, rebalance\n'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
