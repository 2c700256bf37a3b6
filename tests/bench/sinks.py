#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lines per second through each sink, beside the client that comes with the server: sinks.py BUILD [--lines N] [--rounds N]

Whole commands are measured, from the first line read to the last one acknowledged, with `mvxlog emit` as the program that
logs; the peer gets the same lines. Rounds alternate between the two. Servers are started here, on loopback, or for
journald in a mount namespace of this process; what is not there is left out, and told. Only ratios of one run mean anything.
"""
import argparse
import ctypes
import gzip
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

# Debian's, which has its python3-zmq.
PYTHON = '/usr/bin/python3'
CLONE_NEWNS = 0x20000
JOURNALD = '/lib/systemd/systemd-journald'

ZMQ_RECEIVER = '''
import sys, zmq
pull = zmq.Context().socket(zmq.PULL)
pull.bind(sys.argv[1])
while True:
    pull.recv_multipart()
'''
ZMQ_SENDER = '''
import json, sys, time, zmq
context = zmq.Context()
push = context.socket(zmq.PUSH)
push.connect(sys.argv[1])
for line in sys.stdin:
    push.send_multipart([b'PLJ', json.dumps({'ts': time.time(), 'level': 'info', 'message': line[:-1]}).encode()])
push.close()
context.term()
'''

HTTP_SERVER = '''
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        if self.headers.get('Expect'):
            self.send_response_only(100)
            self.end_headers()
        left = int(self.headers['Content-Length'])
        while left > 0:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
'''

HEAD = '[mvxlog]\nversion=1\n[context]\nsinks=out\n[sink out]\nqueue-overflow=block\nbatch-max=1000\n'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """Started on a port of loopback or a socket that has a path, and gone at the end of the block."""

    def __init__(self, address, *command):
        self.address = address
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(500):
            local = isinstance(self.address, pathlib.Path)
            with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
                if probe.connect_ex(str(self.address) if local else ('127.0.0.1', self.address)) == 0:
                    return self
            time.sleep(0.02)
        raise SystemExit(f'{self.process.args[0]} is not ready')

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()


class Bench:
    def __init__(self, build, folder, n_lines, rounds):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder)
        self.n_lines = n_lines
        self.rounds = rounds
        self.lines = self.folder / 'lines'
        with open(self.lines, 'w', encoding='utf-8') as file:
            file.writelines(f'request {n} of the shop took {n % 977} ms, status 200\n' for n in range(n_lines))
        self.env = {**os.environ, 'MVXLOG_PLUGIN_SYSTEM_PATH': str(self.build / 'plugins')}

    def has(self, name, plugin, *programs):
        missing = [program for program in programs if not shutil.which(program)]
        if not (self.build / 'plugins' / f'libmvxlog-{plugin}.so').exists():
            missing.insert(0, f'the plugin {plugin}')
        if missing:
            print(f'{name:10} left out: no {", no ".join(missing)}', flush=True)
        return not missing

    def seconds(self, command, stdin):
        begin = time.monotonic()
        with open(stdin, 'rb') as file:
            subprocess.run(command, stdin=file, check=True, env=self.env, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    def compare(self, name, sink, peer, command, stdin=None, before=None, check=None):
        config = self.folder / 'sink.conf'
        config.write_text(HEAD + sink, encoding='utf-8')
        own = [self.build / 'tools' / 'mvxlog', 'emit', '-c', config, '--flush-timeout', '120s', '-']
        times = {True: [], False: []}
        for _ in range(self.rounds):
            for ours in (True, False):
                if before:
                    before()
                times[ours].append(self.seconds(own if ours else command, self.lines if ours else stdin or self.lines))
                if ours and check and check() != self.n_lines:
                    raise SystemExit(f'{name}: {check()} lines of {self.n_lines} have arrived')
        own_rate, peer_rate = (self.n_lines / statistics.median(times[ours]) for ours in (True, False))
        print(f'{name:10} {own_rate:12,.0f} {peer:34} {peer_rate:12,.0f} {own_rate / peer_rate:8.2f}', flush=True)

    def file(self):
        folder = self.folder / 'logs'
        theirs = self.folder / 'theirs'

        def forget():
            shutil.rmtree(folder, ignore_errors=True)

        def count():
            return sum(sum(1 for _ in (gzip.open if path.suffix == '.gz' else open)(path, 'rb'))
                       for path in folder.iterdir() if path.suffix in ('.gz', '.log'))

        def row(name, options, peer, command):
            # What jq and its like print goes to a file, too.
            self.compare(name, f'plugin=file\npath={folder}/out.log\n{options}', peer,
                         ['sh', '-c', f'exec {command} >{theirs} 2>&1'], before=forget, check=count)

        if self.has('file text', 'file', 'awk'):
            row('file text', 'format=pattern\npattern=%t %l %c: %m\n', 'awk (time in front)',
                """awk '{ print strftime("%FT%T"), "INFO", $0 }'""")
        if self.has('file json', 'file', 'jq'):
            row('file json', '', 'jq (a line to JSON)', """jq -R -c '{ts: now, level: "info", message: .}'""")
        if self.has('file gzip', 'file', 'jq', 'gzip'):
            row('file gzip', 'rotate-size=4MiB\ncompress=gzip\n', 'jq | gzip',
                """sh -c 'jq -R -c "{ts: now, level: 1, message: .}" | gzip'""")

    def sqlite(self):
        ours, theirs = self.folder / 'ours.db', self.folder / 'theirs.db'
        if not self.has('sqlite', 'sqlite', 'sqlite3'):
            return

        def forget():
            for database in (ours, theirs):
                for suffix in ('', '-wal', '-shm'):
                    pathlib.Path(f'{database}{suffix}').unlink(missing_ok=True)

        script = self.folder / 'import.sql'
        script.write_text(f'PRAGMA journal_mode=WAL;\nCREATE TABLE t (m TEXT);\n.mode ascii\n.separator "\\037" "\\n"\n'
                          f'.import {self.lines} t\n', encoding='utf-8')
        self.compare('sqlite', f'plugin=sqlite\npath={ours}\n', 'sqlite3 .import (one column)', ['sqlite3', theirs], script,
                     forget)

    def redis(self):
        if not self.has('redis', 'redis', 'redis-server', 'redis-cli'):
            return
        port = free_port()
        commands = self.folder / 'xadd'
        with open(commands, 'wb') as file:
            for line in self.lines.read_bytes().splitlines():
                words = [b'XADD', b'theirs', b'*', b'message', line]
                file.write(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words))
        with Server(port, 'redis-server', '--port', str(port), '--save', '', '--dir', self.folder):
            self.compare('redis', f'plugin=redis\nhost=127.0.0.1\nport={port}\nkey=ours\n', 'redis-cli --pipe (one field)',
                         ['redis-cli', '-p', str(port), '--pipe'], commands)

    def kafka(self):
        mock = self.build / 'plugins' / 'kafka' / 'kafka-mock'
        if not self.has('kafka', 'kafka', 'kcat', str(mock)):
            return
        with subprocess.Popen([mock, 'ours:4', 'theirs:4'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as brokers:
            address = brokers.stdout.readline().strip()
            list_ = address.replace(',', ';')
            self.compare('kafka', f'plugin=kafka\nbrokers={list_}\ntopic=ours\nkey=none\n', 'kcat -P (idempotent, one field)',
                         ['kcat', '-P', '-b', address, '-t', 'theirs', '-z', 'lz4', '-X', 'enable.idempotence=true',
                          '-X', 'linger.ms=5'])

    def mqtt(self):
        server = shutil.which('mosquitto', path=os.environ.get('PATH', '') + ':/usr/sbin')
        if not self.has('mqtt', 'mqtt', server or 'mosquitto', 'mosquitto_pub'):
            return
        port = free_port()
        config = self.folder / 'mosquitto.conf'
        user = 'user root\n' if os.geteuid() == 0 else ''
        config.write_text(f'{user}allow_anonymous true\nmax_inflight_messages 1000\nlistener {port} 127.0.0.1\n',
                          encoding='ascii')
        with Server(port, server, '-c', config):
            self.compare('mqtt', f'plugin=mqtt\nhost=127.0.0.1\nport={port}\n', 'mosquitto_pub -l -q 1 (lines)',
                         ['mosquitto_pub', '-p', str(port), '-V', '5', '-q', '1', '-t', 'theirs', '-l'])

    def postgres(self):
        programs = max(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), default=pathlib.Path('/nowhere'))
        if not self.has('postgres', 'postgres', str(programs / 'initdb'), 'psql', 'setpriv'):
            return
        nobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] if os.geteuid() == 0 else []
        with tempfile.TemporaryDirectory(prefix='mvxlog-postgres-') as folder:
            if nobody:
                shutil.chown(folder, 'nobody', 'nogroup')
            data = pathlib.Path(folder, 'data')
            subprocess.run([*nobody, programs / 'initdb', '-D', data, '-A', 'trust', '-N', '-E', 'UTF8', '-U', 'bench'],
                           check=True, stdout=subprocess.DEVNULL, cwd='/')
            psql = ['psql', '-X', '-q', '-h', folder, '-U', 'bench', '-d', 'postgres', '-At', '-c']

            def forget():
                subprocess.run([*psql, 'DROP TABLE IF EXISTS events, theirs; CREATE TABLE theirs (m text)'], check=True,
                               stderr=subprocess.DEVNULL)

            def count():
                return int(subprocess.run([*psql, 'SELECT count(*) FROM events'], check=True, stdout=subprocess.PIPE).stdout)

            with Server(pathlib.Path(folder, '.s.PGSQL.5432'), *nobody, programs / 'postgres', '-D', data, '-h', '', '-k', folder):
                self.compare('postgres', f'plugin=postgres\nhost={folder}\ndatabase=postgres\nuser=bench\ncreate-table=true\n',
                             'psql \\copy (one column)', [*psql, r'\copy theirs FROM pstdin'], before=forget, check=count)

    def http(self):
        if not self.has('http', 'http', PYTHON, 'curl'):
            return
        port = free_port()
        documents = self.folder / 'documents'
        with open(documents, 'w', encoding='utf-8') as file:
            for n, line in enumerate(self.lines.read_text(encoding='utf-8').splitlines()):
                file.write(json.dumps({'ts': '2026-11-21T12:00:00.123456789Z', 'level': 'info', 'message': line, 'pid': 4242,
                                       'thread': 1, 'seq': n}, separators=(',', ':')) + '\n')
        with Server(port, PYTHON, '-c', HTTP_SERVER, str(port)):
            address = f'http://127.0.0.1:{port}/'
            self.compare('http', f'plugin=http\nurl={address}\n', 'curl --data-binary (one request)',
                         ['curl', '--silent', '--fail', '--data-binary', f'@{documents}', address])

    def syslog(self):
        if not self.has('syslog', 'syslog', 'rsyslogd', 'logger'):
            return
        port = free_port()
        config = self.folder / 'rsyslog.conf'
        config.write_text(f'global(workDirectory="{self.folder}")\nmodule(load="imtcp")\n'
                          f'input(type="imtcp" address="127.0.0.1" port="{port}")\n'
                          f'action(type="omfile" file="{self.folder}/messages")\n', encoding='utf-8')
        with Server(port, 'rsyslogd', '-n', '-f', config, '-i', self.folder / 'rsyslog.pid'):
            self.compare('syslog', f'plugin=syslog\ntransport=tcp\nhost=127.0.0.1\nport={port}\n', 'logger --tcp',
                         ['logger', '--server', '127.0.0.1', '--port', str(port), '--tcp', '--octet-count'])

    def zmq(self):
        if not self.has('zmq', 'zmq', PYTHON):
            return
        if subprocess.run([PYTHON, '-c', 'import zmq'], check=False, stderr=subprocess.DEVNULL).returncode != 0:
            print('zmq        left out: no python3-zmq')
            return
        port = free_port()
        address = f'tcp://127.0.0.1:{port}'
        with Server(port, PYTHON, '-c', ZMQ_RECEIVER, address):
            self.compare('zmq', f'plugin=zmq\nendpoints={address}\n', 'pyzmq, json.dumps', [PYTHON, '-c', ZMQ_SENDER, address])

    def journald(self):
        """Last: from here on, /run and /var/log of this process are others."""
        if not self.has('journald', 'journald', 'systemd-cat', 'mount', JOURNALD):
            return
        if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
            print('journald   left out: no mount namespace')
            return
        logs = self.folder / 'journal'
        logs.mkdir()
        for arguments in (['--make-rprivate', '/'], ['-t', 'tmpfs', 'tmpfs', '/run'], ['--bind', logs, '/var/log']):
            subprocess.run(['mount', *arguments], check=True)
        config = pathlib.Path('/run/systemd/journald.conf.d/bench.conf')
        config.parent.mkdir(parents=True)
        config.write_text('[Journal]\nRateLimitIntervalSec=0\nRateLimitBurst=0\nStorage=volatile\nReadKMsg=no\n'
                          'RuntimeMaxUse=1G\nForwardToSyslog=no\nForwardToWall=no\nForwardToConsole=no\n', encoding='utf-8')
        with Server(pathlib.Path('/run/systemd/journal/stdout'), JOURNALD):
            self.compare('journald', 'plugin=journald\n', 'systemd-cat (a stream, no fields)', ['systemd-cat', 'cat'])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(':')[0])
    parser.add_argument('build')
    parser.add_argument('--lines', type=int, default=200000)
    parser.add_argument('--rounds', type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='mvxlog-sinks-') as folder:
        bench = Bench(arguments.build, folder, arguments.lines, arguments.rounds)
        print(f'{"sink":10} {"lines/s":>12} {"peer":34} {"lines/s":>12} {"ratio":>8}')
        for sink in (bench.file, bench.sqlite, bench.redis, bench.postgres, bench.kafka, bench.mqtt, bench.http, bench.syslog,
                     bench.zmq, bench.journald):
            sink()


if __name__ == '__main__':
    main()
