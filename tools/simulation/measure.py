# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program examples/end-to-end/orders with real sinks: what an event costs, and an outage beside its simulation.

Costs are CPU time, which does not depend on what else the machine does; servers are started on loopback.
"""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import plots
from engine import Simulation
from host import Collector, Host, Sink

HEAD = '[mvxlog]\nversion=1\n[context]\nsinks=out\n[sink out]\nqueue-overflow=block\nblock-timeout=60s\n'
TICKS = os.sysconf('SC_CLK_TCK')
EVENTS = 200000


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def find(program):
    path = shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin')
    if path is None:
        raise SystemExit(f'tools/simulate: {program} is missing; install it, or leave this measurement out')
    return path


class Bench:
    """A release build, and a directory for what its programs write."""

    def __init__(self, build, folder):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith('MVXLOG_')}
        self.env['MVXLOG_PLUGIN_SYSTEM_PATH'] = str(self.build / 'plugins')
        self.spool = self.folder / 'spool'

    def config(self, sink, spool=False):
        path = self.folder / 'orders.conf'
        where = f'delivery=spool\nspool-dir={self.spool}\n' if spool else ''
        path.write_text(HEAD + where + sink, encoding='utf-8')
        return path

    def start(self, config, count, rate):
        # pylint: disable=consider-using-with
        return subprocess.Popen([self.build / 'examples' / 'orders', config, str(count), str(rate)], stdout=subprocess.PIPE,
                                env=self.env, text=True)

    def run(self, config, count, rate=0):
        """The last line that it has printed."""
        with self.start(config, count, rate) as process:
            last = json.loads(process.stdout.readlines()[-1])
        if process.returncode or last['dropped'] or last['refused'] or last['delivered'] != count:
            raise SystemExit(f'tools/simulate: {config.read_text(encoding="utf-8")}: {last}')
        return last

    def spool_bytes(self):
        total = 0
        for path in self.spool.rglob('*.seg'):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    @contextlib.contextmanager
    def redis(self, port):
        """It keeps what it has confirmed."""
        command = [find('redis-server'), '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes',
                   '--dir', self.folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stdout:
                    if 'Ready to accept connections' in line:
                        break
                yield process
            finally:
                process.terminate()
                process.communicate()

    @contextlib.contextmanager
    def receiver(self, port):
        """mvxlog receive with a file; it says when it is ready."""
        config = self.folder / 'receive.conf'
        config.write_text(HEAD + f'plugin=file\npath={self.folder}/received.jsonl\n', encoding='utf-8')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(self.folder / 'notify'))
            command = [self.build / 'tools' / 'mvxlog', 'receive', '-c', config, '--bind', f'tcp://127.0.0.1:{port}']
            with subprocess.Popen(command, env={**self.env, 'NOTIFY_SOCKET': str(self.folder / 'notify')},
                                  stderr=subprocess.DEVNULL) as process:
                try:
                    notify.recv(100)
                    yield process
                finally:
                    process.terminate()
        (self.folder / 'notify').unlink()


def cpu_of(pid):
    words = pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='ascii').rpartition(')')[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def per_event(bench, sink, spool=False, server=None):
    """Least of three: CPU seconds of an event in the program, and in the server."""
    config = bench.config(sink, spool)
    best = [1.0, 1.0]
    for _ in range(3):
        start = bench.run(config, 1)['cpu']
        before = cpu_of(server.pid) if server else 0
        best[0] = min(best[0], (bench.run(config, EVENTS)['cpu'] - start) / EVENTS)
        best[1] = min(best[1], ((cpu_of(server.pid) if server else 0) - before) / EVENTS)
    return best


def ping(port):
    """Seconds of a round trip to redis: the least of a thousand."""
    with socket.create_connection(('127.0.0.1', port)) as peer:
        best = 1.0
        for _ in range(1000):
            begin = time.perf_counter()
            peer.sendall(b'PING\r\n')
            peer.recv(100)
            best = min(best, time.perf_counter() - begin)
    return best


def bytes_per_event(bench, port):
    """With nobody who listens on the port."""
    config = bench.config(f'plugin=redis\nhost=127.0.0.1\nport={port}\n', True)
    count = 20000
    with bench.start(config, count, 0) as process:
        for line in process.stdout:
            if json.loads(line)['spooled'] == count:
                break
        process.terminate()
        process.stdout.read()
    n_bytes = bench.spool_bytes()
    shutil.rmtree(bench.spool)
    return n_bytes / count


def costs(build, path):
    with tempfile.TemporaryDirectory(prefix='mvxlog-simulate-') as folder:
        bench = Bench(build, folder)
        port = free_port()
        file = f'plugin=file\npath={folder}/orders.jsonl\n'
        rows = {'file': per_event(bench, file), 'file, spool': per_event(bench, file, True)}
        with bench.redis(port) as server:
            redis = f'plugin=redis\nhost=127.0.0.1\nport={port}\nmax-length=10000\n'
            rows['redis'] = per_event(bench, redis, False, server)
            rows['redis, spool'] = per_event(bench, redis, True, server)
            trip = ping(port)
        with bench.receiver(port) as server:
            rows['zmq to mvxlog receive'] = per_event(bench, f'plugin=zmq\nendpoints=tcp://127.0.0.1:{port}\n', False, server)
        sqlite = f'plugin=sqlite\npath={folder}/orders.db\n'
        rows['sqlite'] = per_event(bench, sqlite)
        # Three times one event and three times EVENTS.
        n_events = 3 * (EVENTS + 1)
        result = {
            'append_s': round(rows['redis, spool'][0] - rows['redis'][0], 9), 'deliver_s': round(rows['redis'][0], 9),
            'collector_s': round(rows['redis'][1], 9), 'round_trip_s': round(trip, 6),
            'spool_bytes': round(bytes_per_event(bench, free_port())),
            'json_bytes': round((bench.folder / 'orders.jsonl').stat().st_size / n_events / 2),
            'sqlite_bytes': round((bench.folder / 'orders.db').stat().st_size / n_events),
            'microseconds': {name: [round(value * 1e6, 2) for value in row] for name, row in rows.items()},
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    print('sink                     program  server   (microseconds of CPU per event)')
    for name, row in result['microseconds'].items():
        print(f'{name:24} {row[0]:7.2f} {row[1]:7.2f}')
    print(f'bytes per event: {result["spool_bytes"]} in a spool, {result["json_bytes"]} as JSON, {result["sqlite_bytes"]} in '
          f'SQLite; a round trip {trip * 1e6:.0f} microseconds')
    return 0


# An outage of one host, measured and simulated.
RATE, BEGIN, OUTAGE, TOTAL = 2000, 3.0, 20.0, 60.0


def outage_run(bench, port, config):
    """Samples of the ledger, with the bytes on the disk and the clock of the outage; entries that the server has."""
    samples = []
    with contextlib.ExitStack() as first:
        first.enter_context(bench.redis(port))
        process = bench.start(config, int(RATE * TOTAL), RATE)
        begin = down = up = None
        with process, contextlib.ExitStack() as second:
            for line in process.stdout:
                now = time.monotonic()
                sample = {**json.loads(line), 'bytes': bench.spool_bytes()}
                begin = now - sample['t'] if begin is None else begin
                samples.append(sample)
                if down is None and sample['t'] >= BEGIN:
                    down = sample['t']
                    first.close()
                elif up is None and sample['t'] >= BEGIN + OUTAGE:
                    second.enter_context(bench.redis(port))
                    up = time.monotonic() - begin
            entries = count_entries(port)
    return samples, down, up, entries


def count_entries(port):
    with socket.create_connection(('127.0.0.1', port)) as peer:
        peer.sendall(b'XLEN mvxlog\r\n')
        return int(peer.recv(100)[1:])


def saturation(bench, config):
    """Events per second that go through the spool to the server, as busy as the machine is now."""
    last = bench.run(config, EVENTS)
    return EVENTS / last['t']


def simulate_host(costs_now, seed, down, up):
    sink = Sink(append_s=costs_now['append_s'], deliver_s=costs_now['deliver_s'], event_bytes=costs_now['spool_bytes'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=costs_now['round_trip_s'], event_s=costs_now['collector_s'])
    host_now = Host(simulation, collector, RATE, sink, burst=RATE // 100, poisson=False, until=TOTAL)
    collector.outage(down, up - down)
    samples = []

    def look():
        samples.append((simulation.now, host_now.spool, host_now.queue, host_now.disk))
        simulation.after(0.1, look)

    look()
    simulation.run(TOTAL + 30)
    return samples, summary(samples, up, host_now.dropped + host_now.refused, collector.stored - host_now.delivered)


def drained(samples):
    """From the fullest spool until less than half a second's events are in it."""
    most = max(samples, key=lambda sample: sample[1])
    return next((time for time, n, *_ in samples if time > most[0] and n < RATE / 2), samples[-1][0]) - most[0]


def summary(samples, up, lost, twice):
    """Of samples (time, events in the spool, in the queue, bytes on the disk)."""
    return {
        'events in the spool, most': max(sample[1] for sample in samples),
        'MB of spool files, most': max(sample[3] for sample in samples) / 1e6,
        's from the return to the first delivery': max(samples, key=lambda sample: sample[1])[0] - up,
        's of draining': drained(samples),
        'events in the queue, most': max(sample[2] for sample in samples),
        'events lost': lost,
        'events twice': twice,
    }


# What holds whatever the chances are; all else must lie where 50 simulations do, a fifth of it and a tick of the sampling aside.
LIMITS = {'events in the queue, most': Sink.queue_max, 'events lost': 0, 'events twice': Sink.batch_max}


def agrees(name, value, low, high):
    return value <= LIMITS[name] if name in LIMITS else low * 0.8 - 0.2 <= value <= high * 1.2 + 0.2


def host(build, folder, seed):
    with tempfile.TemporaryDirectory(prefix='mvxlog-simulate-') as temporary:
        bench = Bench(build, temporary)
        port = free_port()
        config = bench.config(f'plugin=redis\nhost=127.0.0.1\nport={port}\nmax-length=0\n', True)
        with bench.redis(port):
            capacity = saturation(bench, config)
        for path in bench.folder.glob('appendonlydir*'):
            shutil.rmtree(path)
        n_bytes = bytes_per_event(bench, free_port())
        config = bench.config(f'plugin=redis\nhost=127.0.0.1\nport={port}\nmax-length=0\n', True)
        samples, down, up, entries = outage_run(bench, port, config)
    # The whole way as it was measured; how it is divided does not matter for one host.
    costs_now = {'append_s': 0.2 / capacity, 'deliver_s': 0.4 / capacity, 'collector_s': 0.4 / capacity, 'round_trip_s': 0,
                 'spool_bytes': n_bytes}
    last = samples[-1]
    samples = [(sample['t'], sample['spooled'], sample['pending'], sample['bytes']) for sample in samples]
    found = summary(samples, up, last['dropped'] + last['refused'] + last['logged'] - last['delivered'],
                    entries - last['delivered'])
    runs = [simulate_host(costs_now, seed + number, down, up) for number in range(50)]
    print(f'{RATE} events/s, an outage from {down:.1f} to {up:.1f} s; {capacity:,.0f} events/s go through, {n_bytes:.0f} bytes '
          f'each; 50 seeds from {seed}\n')
    print('| | simulated, least | most | measured | ok |\n|---|--:|--:|--:|---|')
    fine = True
    for name, value in found.items():
        low, high = (function(run[1][name] for run in runs) for function in (min, max))
        fine = fine and agrees(name, value, low, high)
        print(f'| {name} | {low:,.4g} | {high:,.4g} | {value:,.4g} | {"yes" if agrees(name, value, low, high) else "NO"} |')
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        first = 's from the return to the first delivery'
        nearest = min(runs, key=lambda run: abs(run[1][first] - found[first]))
        (folder / 'host.svg').write_text(plots.curves(
            f'Events in the spool of one host, {RATE} events/s', 's', 'events',
            {'measured': [sample[:2] for sample in samples],
             'simulated': [sample[:2] for sample in nearest[0] if sample[0] <= samples[-1][0]]}), encoding='utf-8')
    return 0 if fine else 1
