#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two programs and a hub in three network namespaces; one is cut off and comes back: end-to-end.py --help

Ends with 0 if the ledger closes, 1 if not, 77 if something is missing that it needs.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
RECEIVER = 5010
TIMEOUT = 120
# Whoever waits for a timer of half a minute learns no more here.
SINK = '''[mvxlog]
version=1

[context]
sinks=out

[sink out]
delivery=spool
spool-dir={folder}/spool-{name}
retry-min=50ms
retry-max=500ms
breaker-pause=100ms
'''
RECEIVE = '''[mvxlog]
version=1

[context]
sinks=lines;archive

[sink lines]
plugin=file
path={folder}/orders.jsonl
queue-overflow=block
block-timeout=-1

[sink archive]
plugin=sqlite
path={folder}/orders.db
queue-overflow=block
block-timeout=-1
'''


class Skip(Exception):
    """Something is missing."""


def find(program):
    path = shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin')
    if path is None:
        raise Skip(f'{program} is missing')
    return path


class Network:
    """hub, and a cable from there to each host; nothing of it touches the machine's own network."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.ip = find('ip')
        self.made = []

    def space(self, name):
        return f'mvxlog-{os.getpid()}-{name}'

    def run(self, *arguments, inside=None):
        where = ['-n', self.space(inside)] if inside else []
        done = subprocess.run([self.ip, *where, *arguments], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Skip(f'ip {" ".join([*where, *arguments])}: {done.stdout.strip()}')

    def inside(self, name, *command):
        return [self.ip, 'netns', 'exec', self.space(name), *command]

    def address(self, host):
        """Of the hub, as the host sees it."""
        return f'10.97.{self.hosts.index(host)}.1'

    def __enter__(self):
        if os.geteuid() != 0:
            raise Skip('only root makes network namespaces')
        try:
            for name in ['hub', *self.hosts]:
                self.run('netns', 'add', self.space(name))
                self.made.append(name)
            self.run('link', 'set', 'lo', 'up', inside='hub')
            for host in self.hosts:
                self.run('link', 'add', host, 'type', 'veth', 'peer', 'name', 'hub', 'netns', self.space(host), inside='hub')
                self.run('address', 'add', self.address(host) + '/24', 'dev', host, inside='hub')
                self.run('address', 'add', self.address(host)[:-1] + '2/24', 'dev', 'hub', inside=host)
                self.run('link', 'set', host, 'up', inside='hub')
                self.run('link', 'set', 'hub', 'up', inside=host)
        except Skip:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for name in self.made:
            subprocess.run([self.ip, 'netns', 'delete', self.space(name)], check=False)

    def lend_loopback(self):
        """127.0.0.1 of the hosts, which have none of their own, is that of the hub: for servers that know no other address."""
        for name in ['hub', *self.hosts]:
            done = subprocess.run(self.inside(name, 'sh', '-c', 'for f in /proc/sys/net/ipv4/conf/*/route_localnet; do '
                                                                'echo 1 >"$f" || exit 1; done'), check=False)
            if done.returncode:
                raise Skip('/proc/sys is not to be written')
        for host in self.hosts:
            self.run('route', 'add', '127.0.0.1', 'via', self.address(host), inside=host)

    def plug(self, host, state):
        """No connection is closed by that: whoever sends waits for an answer that does not come."""
        self.run('link', 'set', host, state, inside='hub')


class Hub:
    """Processes that are started, wait until they are ready, and are gone at the end."""

    def __init__(self, network, arguments, folder):
        self.network = network
        self.arguments = arguments
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith('MVXLOG_')}
        self.env['MVXLOG_PLUGIN_SYSTEM_PATH'] = str(arguments.plugins)
        self.stack = contextlib.ExitStack()

    def start(self, where, *command, env=None, **pipes):
        # pylint: disable=consider-using-with
        process = subprocess.Popen(self.network.inside(where, *map(str, command)), env={**self.env, **(env or {})}, text=True,
                                   **pipes)
        self.stack.callback(process.communicate)
        self.stack.callback(process.kill)
        return process

    def receive(self):
        config = self.folder / 'receive.conf'
        config.write_text(RECEIVE.format(folder=self.folder), encoding='utf-8')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.settimeout(TIMEOUT)
            notify.bind(str(self.folder / 'notify'))
            process = self.start('hub', self.arguments.mvxlog, 'receive', '--json', '-c', config, '--bind',
                                 f'tcp://127.0.0.1:{RECEIVER}', stdout=subprocess.PIPE,
                                 env={'NOTIFY_SOCKET': str(self.folder / 'notify')})
            notify.recv(100)
        return process

    def orders(self, host, sink):
        config = self.folder / f'{host}.conf'
        config.write_text(SINK.format(folder=self.folder, name=host) + sink, encoding='utf-8')
        return self.start(host, self.arguments.orders, config, self.arguments.count, self.arguments.rate,
                          stdout=subprocess.PIPE, env={'TILL': host})

    def consume(self, engine, address):
        process = self.start('hub', sys.executable, HERE / 'consumer.py', engine, address, RECEIVER, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        if process.stdout.readline() != 'ready\n':
            raise SystemExit('the consumer does not start')
        return process


class Redis:
    """Redis Streams, each entry on the disk before it is confirmed."""
    name = 'redis'
    address = '127.0.0.1'

    def start(self, hub):
        process = hub.start('hub', find('redis-server'), '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '',
                            '--appendonly', 'yes', '--appendfsync', 'always', '--dir', hub.folder, stdout=subprocess.PIPE)
        if not any('Ready to accept connections' in line for line in process.stdout):
            raise SystemExit('redis-server does not start')

    def sink(self, address):
        return f'plugin=redis\nhost={address}\nmax-length=0\ntimeout=2s\n'


class Kafka:
    """The cluster of three brokers that librdkafka has for tests; it knows loopback only. kcat reads it."""
    name = 'kafka'
    address = None

    def start(self, hub):
        find('kcat')
        mock = hub.arguments.plugins / 'kafka' / 'kafka-mock'
        if not mock.exists():
            raise Skip(f'{mock} is missing')
        hub.network.lend_loopback()
        process = hub.start('hub', mock, 'mvxlog:4', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.address = process.stdout.readline().strip()

    def sink(self, address):
        del address
        return (f'plugin=kafka\nbrokers={self.address.replace(",", ";")}\ntopic=mvxlog\nkey=none\ncompression=none\n'
                'delivery-timeout=3s\n')


class Nats:
    """JetStream, which stores nothing twice; the consumer makes the stream."""
    name = 'nats'
    address = '127.0.0.1'

    def start(self, hub):
        process = hub.start('hub', find('nats-server'), '-a', '0.0.0.0', '-js', '-sd', hub.folder / 'jetstream',
                            stderr=subprocess.PIPE)
        if not any('Server is ready' in line for line in process.stderr):
            raise SystemExit('nats-server does not start')

    def sink(self, address):
        return f'plugin=nats\nservers={address}\nstream=ORDERS\ntimeout=2s\n'


ENGINES = {engine.name: engine for engine in (Redis, Kafka, Nats)}


class Cut:
    """The host loses its cable when a quarter is logged, and has it back when another third waits in its spool."""

    def __init__(self, network, host, count):
        self.network = network
        self.host = host
        self.count = count
        self.state = 'there'

    def look(self, sample):
        over = sample['logged'] >= self.count
        if self.state == 'there' and sample['logged'] >= self.count / 4 and not over:
            self.network.plug(self.host, 'down')
            self.state = 'cut off'
        elif self.state == 'cut off' and (sample['spooled'] >= self.count / 3 or over):
            self.network.plug(self.host, 'up')
            self.state = 'back'


def watch(process, samples, look):
    for line in process.stdout:
        samples.append(json.loads(line))
        look(samples[-1])


def run_programs(hub, engine):
    """Both log, and the first is cut off meanwhile. What they print."""
    network = hub.network
    samples = {host: [] for host in network.hosts}
    cut = Cut(network, network.hosts[0], hub.arguments.count)
    threads = []
    for host in network.hosts:
        process = hub.orders(host, engine.sink(network.address(host)))
        look = cut.look if host == cut.host else lambda sample: None
        threads.append(threading.Thread(target=watch, args=(process, samples[host], look), daemon=True))
        threads[-1].start()
    for host, thread in zip(network.hosts, threads):
        thread.join(hub.arguments.count / hub.arguments.rate + TIMEOUT)
        if thread.is_alive():
            raise SystemExit(f'{host} has not delivered in time: {samples[host][-1:]}')
    if cut.state != 'back':
        raise Skip(f'the machine is too slow: all was logged before {cut.host} was cut off')
    return samples


def distinct(folder):
    """Lines and rows, and how many events they are: an event is its sender's stream and number."""
    with open(folder / 'orders.jsonl', encoding='utf-8') as file:
        lines = [json.loads(line) for line in file]
    with contextlib.closing(sqlite3.connect(folder / 'orders.db')) as database:
        rows = database.execute('SELECT stream, seq FROM events').fetchall()
    return len(lines), len({(line.get('sender_stream'), line['seq']) for line in lines}), len(rows), len(set(rows))


def run(engine, arguments, folder):
    if not list(arguments.plugins.glob(f'libmvxlog-{engine.name}.so')):
        raise Skip(f'there is no plugin {engine.name}')
    with Network(['alpha', 'beta']) as network:
        hub = Hub(network, arguments, folder)
        with hub.stack:
            engine.start(hub)
            receiver = hub.receive()
            consumer = hub.consume(engine.name, engine.address)
            samples = run_programs(hub, engine)
            entries = consumer.communicate(timeout=TIMEOUT)[0]
            if consumer.returncode:
                raise SystemExit(f'the consumer has ended with {consumer.returncode}')
            receiver.terminate()
            report = json.loads(receiver.communicate(timeout=TIMEOUT)[0])
    return ledger(samples, int(entries), report, distinct(folder))


def ledger(samples, entries, report, found):
    """The table, and what does not add up."""
    print(f'{"":8} {"logged":>8} {"delivered":>10} {"dropped":>8} {"refused":>8} {"most in the spool":>18}')
    wrong = []
    for host, lines in samples.items():
        last = lines[-1]
        print(f'{host:8} {last["logged"]:8} {last["delivered"]:10} {last["dropped"]:8} {last["refused"]:8} '
              f'{max(line["spooled"] for line in lines):18}')
        if last['delivered'] != last['logged']:
            wrong.append(f'{host} has logged {last["logged"]} and delivered {last["delivered"]}')
    logged = sum(lines[-1]['logged'] for lines in samples.values())
    lines, line_events, rows, row_events = found
    print(f'engine   {entries:8}, of them {entries - logged} twice')
    print(f'receiver {report["received"]:8}, {report["missing"]} missing, {report["duplicates"]} twice')
    print(f'JSON     {lines:8}, {line_events} events')
    print(f'SQLite   {rows:8}, {row_events} events')
    for what, value, expected in (
            ('events in the lines', line_events, logged), ('events in the database', row_events, logged),
            ('received', report['received'], entries), ('lines', lines, entries), ('rows', rows, entries),
            ('missing', report['missing'], 0), ('twice at the receiver', report['duplicates'], entries - logged)):
        if value != expected:
            wrong.append(f'{what}: {value} instead of {expected}')
    print('The ledger closes.' if not wrong else 'The ledger does not close: ' + '; '.join(wrong))
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description='Two programs log through an engine into SQLite and JSON Lines.')
    parser.add_argument('build', type=pathlib.Path, help='build directory of libmvxlog')
    parser.add_argument('engine', choices=ENGINES)
    parser.add_argument('--count', type=int, default=20000, help='events of each program')
    parser.add_argument('--rate', type=int, default=2000, help='events per second of each')
    parser.add_argument('--keep', type=pathlib.Path, help='leave the files in this directory, which must not exist')
    arguments = parser.parse_args()
    arguments.plugins = arguments.build.resolve() / 'plugins'
    arguments.mvxlog = arguments.build.resolve() / 'tools' / 'mvxlog'
    arguments.orders = arguments.build.resolve() / 'examples' / 'orders'
    # Namespaces outlive whoever made them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix='mvxlog-end-to-end-') as folder:
        try:
            status = run(ENGINES[arguments.engine](), arguments, pathlib.Path(folder))
        except Skip as reason:
            print(f'skipped: {reason}')
            return 77
        if arguments.keep:
            shutil.copytree(folder, arguments.keep, ignore=shutil.ignore_patterns('notify'))
    return status


if __name__ == '__main__':
    sys.exit(main())
