#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog receive, the plugin zmq and their peers: Python's zmq, a sender shaped like distlog's handler, logger, rsyslogd.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the plugins, MVXLOG_SEND_EVENTS a program that logs.
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

try:
    import zmq
except ImportError:
    # Debian's module is for Debian's python.
    if sys.executable != '/usr/bin/python3' and os.path.exists('/usr/bin/python3'):
        os.execv('/usr/bin/python3', ['/usr/bin/python3', *sys.argv])
    zmq = None

HERE = pathlib.Path(__file__).resolve().parent
TOOL = os.environ['MVXLOG']
PLUGINS = pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS'])
SEND_EVENTS = os.environ['MVXLOG_SEND_EVENTS']
TIMEOUT = 60
N_BULK = int(os.environ.get('MVXLOG_TEST_BULK', 100000))

needs_zmq = unittest.skipUnless(zmq and (PLUGINS / 'libmvxlog-zmq.so').exists(), 'no ZeroMQ, or no python3-zmq')


def find(program):
    return shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin')


def free_port(kind=socket.SOCK_STREAM):
    """Below those that the kernel gives away by itself: no program next door gets it before the receiver does."""
    for port in random.sample(range(10000, 32000), 100):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
            return port
    raise OSError('no port is free')


class Receiver:
    """The process; it says itself when it is ready."""
    count = 0

    def __init__(self, test, config, *args):
        Receiver.count += 1
        self.test = test
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = str(test.directory / f'notify{Receiver.count}')
        self.notify.bind(path)
        self.notify.settimeout(TIMEOUT)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([TOOL, 'receive', '-c', config, '--json', *args], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**test.env, 'NOTIFY_SOCKET': path}, text=True)
        test.addCleanup(self.kill)
        self.wait('READY=1')

    def wait(self, expected):
        said = self.notify.recv(1000).decode()
        self.test.assertEqual(said.split('\n')[0], expected)

    def kill(self):
        self.notify.close()
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()

    def end(self, how=signal.SIGTERM, status=0):
        """Ends it in order; the report and what it has said."""
        if how:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=TIMEOUT)
        self.test.assertEqual(self.process.returncode, status, err)
        return json.loads(out), err


class ReceiveTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-receive-'))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(('MVXLOG_', 'XDG_'))}
        self.env.update(TZ='UTC', LC_ALL='C.UTF-8', MVXLOG_PLUGIN_SYSTEM_PATH=str(PLUGINS))
        self.port = free_port()
        self.address = f'tcp://127.0.0.1:{self.port}'
        self.out = self.directory / 'out.jsonl'
        self.config = self.write('receive.conf', self.sink('out'))

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def sink(self, name, more=''):
        return (f'[mvxlog]\nversion=1\n[sink {name}]\nplugin=file\npath={self.directory}/{name}.jsonl\nlevel=trace\n'
                f'queue-overflow=block\nqueue-max-size=1000\n[context]\nlevel=trace\nsinks={name}\n{more}')

    def sender(self, sinks, more=''):
        """A configuration for a program that sends: name and settings of each sink."""
        text = '[mvxlog]\nversion=1\n'
        for name, settings in sinks.items():
            text += f'[sink {name}]\nlevel=trace\nqueue-overflow=block\n{settings}\n'
        return self.write('sender.conf', text + f'[context]\nlevel=trace\nsinks={";".join(sinks)}\n{more}')

    def run_peer(self, *command, status=0):
        done = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                              check=False, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def lines(self, name='out'):
        with open(self.directory / f'{name}.jsonl', encoding='utf-8') as file:
            return [json.loads(line) for line in file]

    def assert_report(self, report, **expected):
        every = {key: 0 for key in ('filtered', 'refused', 'undelivered', 'malformed', 'missing', 'earlier', 'duplicates')}
        every.update(expected)
        self.assertEqual({key: report[key] for key in every}, every)


@needs_zmq
class TestPlugin(ReceiveTest):
    """Python's zmq at the other end of the plugin."""

    def test_pull(self):
        context = zmq.Context()
        pull = context.socket(zmq.PULL)
        pull.setsockopt(zmq.RCVTIMEO, TIMEOUT * 1000)
        pull.bind(self.address)
        config = self.sender({'central': f'plugin=zmq\nendpoints={self.address}\nsystem=staging'})
        self.run_peer(TOOL, 'emit', '-c', config, '-n', 'org.example', '-l', 'error', '-F', 'n:=7', 'über {n}')
        topic, body = pull.recv_multipart()
        event = json.loads(body)
        self.assertEqual(topic, b'SLJ')
        self.assertEqual((event['level'], event['context'], event['message'], event['n'], event['seq']),
                         ('error', 'org.example', 'über {n}', 7, 1))
        self.assertEqual(event['sender_host'], socket.gethostname())
        self.assertRegex(event['sender_stream'], '^[0-9a-f]{16}$')
        context.destroy(0)

    def test_subscribe(self):
        """Published by a receiver, which passes on what it gets."""
        config = self.write('forward.conf', '[mvxlog]\nversion=1\n[sink out]\nplugin=zmq\nsocket=pub\nattach=bind\n'
                            f'endpoints={self.address}\nlevel=trace\n[context]\nlevel=trace\nsinks=out\n')
        port = free_port(socket.SOCK_DGRAM)
        receiver = Receiver(self, config, '--bind', f'syslog+udp://127.0.0.1:{port}')
        context = zmq.Context()
        sub = context.socket(zmq.SUB)
        sub.setsockopt(zmq.RCVTIMEO, 20)
        sub.setsockopt(zmq.SUBSCRIBE, b'PL')
        sub.connect(self.address)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
            # Nothing tells a publisher that somebody has subscribed.
            for _ in range(TIMEOUT * 50):
                source.sendto(b'<13>1 - web1 app 4242 - - hello', ('127.0.0.1', port))
                try:
                    topic, body = sub.recv_multipart()
                    break
                except zmq.Again:
                    pass
        self.assertEqual(topic, b'PLJ')
        event = json.loads(body)
        self.assertEqual((event['sender_host'], event['pid'], event['context'], event['message']),
                         ('web1', 4242, 'app', 'hello'))
        context.destroy(0)
        receiver.end()


@needs_zmq
class TestZmq(ReceiveTest):
    def test_distlog(self):
        config = self.write('receive.conf', self.sink('out', '[context quiet]\nlevel=info\n'))
        receiver = Receiver(self, config, '--bind', self.address, '--count', '4')
        self.run_peer(sys.executable, str(HERE / 'distlog-sender.py'), self.address)
        report, err = receiver.end(None)
        self.assertEqual(err, '')
        self.assert_report(report, filtered=1)
        first, second, third = self.lines()
        self.assertRegex(first['ts'], r'^20\d\d-\d\d-\d\dT[\d:.]+Z$')
        self.assertEqual({key: first[key] for key in ('level', 'context', 'message', 'task', 'user', 'order', 'func',
                                                      'thread_name', 'process_name', 'sender_host')},
                         {'level': 'info', 'context': 'shop.net', 'message': 'request /x took 12 ms',
                          'task': '0@e252a11f-4a1c-4b66-9f6a-5f2a1c3b7d10/1', 'user': 'ann', 'order': 7, 'func': 'main',
                          'thread_name': 'MainThread', 'process_name': 'MainProcess', 'sender_host': socket.gethostname()})
        self.assertTrue(first['file'].endswith('distlog-sender.py') and first['line'] > 0 and first['pid'] > 0)
        self.assertEqual((second['level'], second['message']), ('warning', 'two\\nlines'))
        self.assertEqual((third['level'], third['context'], third['message']), ('error', 'shop', 'FAILED'))
        self.assertIn('ValueError: boom', third['exception'])

    def test_types(self):
        """Every event as if it had been written here: by B with all its types, by J as far as JSON has them."""
        receivers = [Receiver(self, self.write(f'{name}.conf', self.sink(name)), '--count', '4', '--bind',
                              f'ipc://{self.directory}/{name}') for name in ('binary', 'json')]
        config = self.sender({
            'binary': f'plugin=zmq\nencoding=binary\nendpoints=ipc://{self.directory}/binary',
            'json': f'plugin=zmq\nendpoints=ipc://{self.directory}/json',
            'direct': f'plugin=file\npath={self.directory}/direct.jsonl'})
        self.run_peer(SEND_EVENTS, config, 'types')
        for receiver in receivers:
            report, err = receiver.end(None)
            self.assertEqual((err, report['received'], report['streams']), ('', 4, 1))
            self.assert_report(report)
        direct = (self.directory / 'direct.jsonl').read_text().splitlines()
        own = re.compile(r',"sender_host":"[^"]*","sender_stream":"[0-9a-f]{16}"}$')
        # The clock's readings become times on the thread of each sink, which differ in the last digits.
        time = re.compile(r'(^{"ts":"[^"]{20})\d{9}Z')
        binary = (self.directory / 'binary.jsonl').read_text().splitlines()
        self.assertEqual([time.sub(r'\1', own.sub('}', line)) for line in binary],
                         [time.sub(r'\1', line) for line in direct])
        self.assertEqual(binary[0][:36], direct[0][:36])
        # No chain of errors comes out of JSON, so that it is a field.
        lines = [own.sub('}', line) for line in (self.directory / 'json.jsonl').read_text().splitlines()]
        self.assertEqual([line.replace('"field_error":', '"error":') for line in [time.sub(r'\1', line) for line in lines]],
                         [time.sub(r'\1', line) for line in direct])

    @staticmethod
    def literal(key):
        """As a key-file has it: two characters of Z85 may look like a variable."""
        return key.decode().replace('${', '$${')

    def curve_sender(self, server, more='', handover='30s'):
        return self.sender({'central': f'plugin=zmq\nendpoints={self.address}\n'
                                       f'curve-server-key={self.literal(server)}\n'
                                       f'handover-timeout={handover}\n{more}'})

    def test_curve(self):
        """Who knows the receiver's public key may send only if his own one is known there."""
        public, secret = zmq.curve_keypair()
        own_public, own_secret = zmq.curve_keypair()
        key = self.write('secret', secret.decode() + '\n')
        clients = self.write('clients', f'# who may send\n\n{own_public.decode()}\n#\n')
        receiver = Receiver(self, self.config, '--bind', self.address, '--once', '--curve-secret-key-file', key,
                            '--curve-client-keys-file', clients)
        stranger = self.curve_sender(public, handover='100ms')
        self.run_peer(TOOL, 'check', '--probe', stranger, status=3)
        self.run_peer(TOOL, 'emit', '-c', stranger, '--flush-timeout', '300ms', 'of a stranger', status=3)
        config = self.curve_sender(public, f'curve-secret-key={self.literal(own_secret)}')
        self.run_peer(TOOL, 'check', '--probe', config)
        self.run_peer(TOOL, 'emit', '-c', config, 'encrypted')
        report, err = receiver.end(None)
        self.assertEqual([line['message'] for line in self.lines()], ['encrypted'])
        self.assert_report(report)
        self.assertRegex(err.splitlines()[0], r"^mvxlog: 127\.0\.0\.1 was refused: its CURVE key '.{40}' is not known$")
        self.assertNotIn(secret.decode(), err)

    def test_curve_any(self):
        public, secret = zmq.curve_keypair()
        receiver = Receiver(self, self.config, '--bind', self.address, '--once', '--curve-secret-key-file',
                            self.write('secret', secret.decode()), '--curve-any-client')
        self.run_peer(TOOL, 'emit', '-c', self.curve_sender(public), 'encrypted')
        receiver.end(None)
        self.assertEqual(self.lines()[0]['message'], 'encrypted')

    def test_shared(self):
        """Two senders and two receivers: neither misses what the other one has, and of each sender's own nothing."""
        second = f'tcp://127.0.0.1:{free_port()}'
        receivers = [Receiver(self, self.write(f'{name}.conf', self.sink(name)), '--bind', address)
                     for name, address in (('a', self.address), ('b', second))]
        both = self.sender({'central': f'plugin=zmq\nendpoints={self.address};{second}\nhandover-timeout=30s'})
        n_sent = 0
        # Until the second one is connected in time to get some.
        while n_sent == 0 or (n_sent < 100000 and not self.lines('b')):
            self.run_peer(SEND_EVENTS, both, 'bulk', '1000')
            n_sent += 1000
        alone = self.sender({'central': f'plugin=zmq\nendpoints={self.address}\nhandover-timeout=30s'})
        self.run_peer(SEND_EVENTS, alone, 'bulk', '500')
        first, second = (receiver.end()[0] for receiver in receivers)
        self.assertEqual(first['received'] + second['received'], n_sent + 500)
        self.assertGreater(second['shared'], 0)
        self.assert_report(first, shared=first['streams'] - 1)
        self.assert_report(second, shared=second['streams'])

    def test_connect(self):
        """SUB, connected to a publisher, with a topic."""
        context = zmq.Context()
        pub = context.socket(zmq.XPUB)
        pub.setsockopt(zmq.RCVTIMEO, TIMEOUT * 1000)
        pub.bind(self.address)
        receiver = Receiver(self, self.config, '--connect', f'sub+{self.address}', '--subscribe', 'T', '--once')
        self.assertEqual(pub.recv(), b'\x01T')
        for topic in (b'PLJ', b'TLJ'):
            pub.send_multipart([topic, json.dumps({'message': topic.decode()}).encode()])
        receiver.end(None)
        self.assertEqual([line['message'] for line in self.lines()], ['TLJ'])
        context.destroy(0)

    def send(self, *messages):
        context = zmq.Context()
        push = context.socket(zmq.PUSH)
        push.connect(self.address)
        for message in messages:
            push.send_multipart(message)
        push.close(linger=TIMEOUT * 1000)
        context.term()

    def test_malformed(self):
        receiver = Receiver(self, self.config, '--bind', self.address, '--max-size', '100', '--once')
        self.send([b'x'], [b'PLJ', b'{}', b''], [b'PL\x1b[', b'{}'], [b'PLX', b'{}'], [b'PLP', b'cos\nsystem\n'],
                  *([[b'PLJ', b'nonsense']] * 100), [b'PLB', b'MVXE\x02l\0\0'], [b'PLJ', b'x' * 101],
                  [b'PLJ', b'{"message":"fine"}'])
        report, err = receiver.end(None)
        self.assert_report(report, malformed=107)
        self.assertEqual(err, ''.join(f'mvxlog: {text}\n' for text in (
            'a message from 127.0.0.1 was not taken: it has 1 parts instead of a topic and a body',
            'a message from 127.0.0.1 was not taken: it has 3 parts instead of a topic and a body',
            "a message from 127.0.0.1 was not taken: its topic 'PL\\x1b[' is not three letters: T, S or P, then L or P, "
            'then the encoding',
            "a message from 127.0.0.1 was not taken: its encoding 'X' is unknown; there are J and B",
            "a message from 127.0.0.1 was not taken: it is pickled, and would run its sender's code; send JSON",
            '102 more messages were not taken')))
        self.assertEqual([line['message'] for line in self.lines()], ['fine'])

    def test_more_malformed(self):
        for message, reason in (
                ([b'PLJ', b'nonsense'], 'it is no JSON'),
                ([b'PLJ', b'[]'], 'it is no JSON object'),
                ([b'PLB', b'nonsense'], "Not an event: it does not begin with 'MVXE'"),
                ([b'PLB', b'MVXE\x02l\0\0'],
                 'An event of version 2 cannot be read, only one of version 1; upgrade libmvxlog here'),
                ([b'PLJ', b'x' * 101], 'it is longer than --max-size')):
            receiver = Receiver(self, self.config, '--bind', self.address, '--max-size', '100', '--once')
            self.send(message, [b'PLJ', b'{}'])
            report, err = receiver.end(None)
            self.assert_report(report, malformed=1)
            self.assertEqual(err, f'mvxlog: a message from 127.0.0.1 was not taken: {reason}\n')

    def test_killed(self):
        """Of many events none is lost that nobody can count, though the receiver is killed and started again."""
        config = self.sender({'central': f'plugin=zmq\nencoding=binary\nendpoints={self.address}\nhandover-timeout=30s'})
        first = Receiver(self, self.write('first.conf', self.sink('first')), '--bind', self.address)
        # pylint: disable=consider-using-with
        sender = subprocess.Popen([SEND_EVENTS, config, 'bulk', str(N_BULK)], env=self.env, stdout=subprocess.PIPE,
                                  text=True)
        self.addCleanup(sender.kill)
        # It is killed in the midst of it: when a good part is in its file.
        seen = 0
        with subprocess.Popen(['tail', '-n', '+1', '-F', '--pid', str(sender.pid), self.directory / 'first.jsonl'],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tail:
            while seen < N_BULK // 4 and tail.stdout.readline():
                seen += 1
            first.process.kill()
            tail.kill()
        first.process.communicate()
        second = Receiver(self, self.write('second.conf', self.sink('second')), '--bind', self.address)
        statement, _ = sender.communicate(timeout=TIMEOUT * 2)
        self.assertEqual(sender.returncode, 0, statement)
        self.assertIn(f"'accepted': <uint64 {N_BULK}>, 'delivered': <uint64 {N_BULK}>", statement)
        report, err = second.end()
        self.assertEqual(err, '')
        whole = [line for line in (self.directory / 'first.jsonl').read_bytes().split(b'\n') if line.endswith(b'}')]
        first_seqs = [json.loads(line)['seq'] for line in whole]
        second_events = self.lines('second')
        second_seqs = [event['seq'] for event in second_events]
        received = set(first_seqs) | set(second_seqs)
        missing = N_BULK - len(received)
        # What the second has counted as missing or from before is what only the first can have.
        counted = report['missing'] + report['earlier'] - len(set(first_seqs) - set(second_seqs))
        duplicates = len(first_seqs) + len(second_seqs) - len(received)
        print(f'# {N_BULK} sent, {len(first_seqs)} received by the first and {len(second_seqs)} by the second, {missing} lost, '
              f'{counted} lost as counted, {duplicates} twice', file=sys.stderr)
        self.assertEqual(max(received), N_BULK)
        self.assertEqual(missing, counted)
        self.assertEqual((report['received'], duplicates, report['duplicates']), (len(second_seqs), 0, 0))
        self.assertTrue(all(event['i'] == event['seq'] - 1 for event in second_events))

    def test_orderly(self):
        """What has come is delivered when it is told to end."""
        receiver = Receiver(self, self.config, '--bind', self.address)
        config = self.sender({'central': f'plugin=zmq\nencoding=binary\nendpoints={self.address}\nhandover-timeout=30s'})
        self.run_peer(SEND_EVENTS, config, 'bulk', '5000')
        report, _ = receiver.end()
        self.assertEqual(report['received'], 5000)
        self.assert_report(report)
        self.assertEqual([line['i'] for line in self.lines()], list(range(5000)))


class TestSyslog(ReceiveTest):
    def setUp(self):
        super().setUp()
        self.tcp = f'syslog+{self.address}'

    def test_logger(self):
        if find('logger') is None:
            self.skipTest('logger is not installed')
        port = free_port(socket.SOCK_DGRAM)
        receiver = Receiver(self, self.config, '--bind', self.tcp, '--bind', f'syslog+udp://127.0.0.1:{port}', '--count', '4')
        common = ['logger', '-n', '127.0.0.1']
        self.run_peer(*common, '-P', str(self.port), '-T', '-t', 'new', '-p', 'daemon.err', '--id=77', 'by lines')
        self.run_peer(*common, '-P', str(self.port), '-T', '--octet-count', '-t', 'counted', '--msgid', 'ID1', '--sd-id',
                      'a@1', '--sd-param', 'x="y"', 'by octets')
        self.run_peer(*common, '-P', str(port), '-d', '--rfc3164', '-t', 'old', '--id=78', 'by datagram')
        self.run_peer(*common, '-P', str(port), '-d', '-t', 'udp', 'new by datagram')
        report, err = receiver.end(None)
        self.assertEqual(err, '')
        self.assert_report(report)
        events = {event['context']: event for event in self.lines()}
        self.assertEqual((events['new']['level'], events['new']['facility'], events['new']['pid'],
                          events['new']['message']), ('error', 'daemon', 77, 'by lines'))
        self.assertEqual((events['counted']['event'], events['counted']['a@1.x'], events['counted']['message']),
                         ('ID1', 'y', 'by octets'))
        self.assertEqual((events['old']['pid'], events['old']['message']), (78, 'by datagram'))
        self.assertEqual(events['udp']['message'], 'new by datagram')

    @unittest.skipUnless((PLUGINS / 'libmvxlog-syslog.so').exists(), 'no plugin syslog')
    def test_plugin(self):
        """An event goes by the plugin syslog and is what it was."""
        receiver = Receiver(self, self.config, '--bind', self.tcp, '--once')
        config = self.sender({'central': f'plugin=syslog\ntransport=tcp\nhost=127.0.0.1\nport={self.port}'})
        self.run_peer(TOOL, 'emit', '-c', config, '-n', 'org.example', '-l', 'notice', '-e', 'bind', '--entity', 'c-1', '-F',
                      'n:=7', 'two\nlines')
        report, err = receiver.end(None)
        self.assertEqual(err, '')
        self.assert_report(report)
        event = self.lines()[0]
        self.assertEqual([event[key] for key in ('level', 'context', 'event', 'entity', 'message', 'n', 'seq', 'facility')],
                         ['notice', 'org.example', 'bind', 'c-1', 'two\nlines', '7', 1, 'user'])
        self.assertRegex(event['ts'], r'\.\d{9}Z$')

    def test_rsyslog(self):
        rsyslogd = find('rsyslogd')
        if rsyslogd is None or find('logger') is None:
            self.skipTest('rsyslogd or logger is not installed')
        log = self.directory / 'log'
        config = self.write('rsyslog.conf', f'''
            global(workDirectory="{self.directory}")
            module(load="imuxsock" SysSock.Use="off")
            input(type="imuxsock" Socket="{log}")
            action(type="omfwd" target="127.0.0.1" port="{self.port}" protocol="tcp" TCP_Framing="octet-counted"
                   template="RSYSLOG_SyslogProtocol23Format")
            ''')
        receiver = Receiver(self, self.config, '--bind', self.tcp, '--count', '20')
        # pylint: disable=consider-using-with
        daemon = subprocess.Popen([rsyslogd, '-n', '-f', config, '-i', str(self.directory / 'pid')],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait, TIMEOUT)
        self.addCleanup(daemon.kill)
        for i in range(20):
            # Nothing but the socket tells that it is there.
            for _ in range(TIMEOUT * 20):
                done = subprocess.run(['logger', '-u', str(log), '--socket-errors=on', '-t', 'unit', '-p', 'mail.notice',
                                       f'message {i}'], stderr=subprocess.DEVNULL, check=False)
                if done.returncode == 0:
                    break
                try:
                    daemon.wait(0.05)
                except subprocess.TimeoutExpired:
                    pass
        report, err = receiver.end(None)
        self.assertEqual(err, '')
        self.assert_report(report)
        events = [event for event in self.lines() if event['context'] == 'unit']
        self.assertEqual([event['message'].strip() for event in events], [f'message {i}' for i in range(len(events))])
        self.assertGreater(len(events), 10)
        self.assertEqual({(event['level'], event['facility']) for event in events}, {('notice', 'mail')})

    def test_malformed(self):
        receiver = Receiver(self, self.config, '--bind', self.tcp, '--max-size', '20', '--once')
        with socket.create_connection(('127.0.0.1', self.port)) as peer:
            peer.sendall(b'hello\n<13>1 - -\n' + b'<13>' + b'x' * 100 + b'\n12x')
            # The end of the connection: nobody knows where the next message begins.
            self.assertEqual(peer.recv(1), b'')
        with socket.create_connection(('127.0.0.1', self.port)) as peer:
            peer.sendall(b'8 <13>fine')
            report, err = receiver.end(None)
        self.assert_report(report, malformed=4)
        self.assertEqual(err, ''.join(f'mvxlog: a message from 127.0.0.1 was not taken: {text}\n' for text in (
            'it does not begin with a priority from <0> to <191>',
            'its header is not one of RFC 5424: <PRI>1 TIME HOST APP PROCID MSGID',
            'it is longer than --max-size',
            'its number of octets does not end in a space')))
        self.assertEqual(self.lines()[0]['message'], 'fine')
        self.assertEqual(self.lines()[0]['sender_host'], '127.0.0.1')

    def test_reload(self):
        receiver = Receiver(self, self.config, '--bind', self.tcp)
        with socket.create_connection(('127.0.0.1', self.port)) as peer:
            self.write('receive.conf', 'nonsense')
            receiver.process.send_signal(signal.SIGHUP)
            receiver.wait('RELOADING=1')
            receiver.wait('READY=1')
            self.write('receive.conf', self.sink('other'))
            receiver.process.send_signal(signal.SIGHUP)
            receiver.wait('RELOADING=1')
            receiver.wait('READY=1')
            peer.sendall(b'<13>tag: behind the reload\n')
            peer.shutdown(socket.SHUT_WR)
            self.assertEqual(peer.recv(1), b'')
        report, err = receiver.end()
        receiver.wait('STOPPING=1')
        self.assertEqual(report['received'], 1)
        self.assertTrue(err.startswith(f"mvxlog: goes on with the configuration as it was: "), err)
        self.assertIn(f'{self.config}:1:1: error: ', err)
        self.assertEqual(self.lines('other')[0]['message'], 'behind the reload')
        self.assertEqual((self.directory / 'out.jsonl').read_text(), '')


class TestCommandLine(ReceiveTest):
    def refused(self, *args, status=2):
        out, err = self.run_peer(TOOL, 'receive', '-c', self.config, *args, status=status)
        self.assertEqual(out, '')
        return err

    def test_refused(self):
        for args, text in (
                ([], 'give at least one --bind or --connect'),
                (['--bind', 'udp://x:1'],
                 "--bind 'udp://x:1': unknown scheme; there are tcp://, ipc://, sub+tcp://, sub+ipc://, syslog+tcp:// and "
                 'syslog+udp://'),
                (['--bind', 'tcp://x'],
                 "--bind 'tcp://x': behind the scheme there must be HOST:PORT, with a port from 1 to 65535"),
                (['--bind', 'syslog+udp://x:70000'],
                 "--bind 'syslog+udp://x:70000': behind the scheme there must be HOST:PORT, with a port from 1 to 65535"),
                (['--bind', 'ipc://x'], "--bind 'ipc://x': behind the scheme there must be a /PATH"),
                (['--connect', 'syslog+tcp://x:1'],
                 "--connect 'syslog+tcp://x:1': senders of syslog connect to us; use --bind"),
                (['--bind', self.address, '--max-size', '0'],
                 "--max-size: '0' is not a size up to 2GiB; use one such as 64KiB or 1MiB"),
                (['--bind', self.address, '--flush-timeout', 'x'],
                 "--flush-timeout: 'x' is not a duration; use one such as 250ms, 5s, 2min, or -1 to wait for ever"),
                (['--bind', self.address, '--subscribe', 'PL'],
                 "--subscribe: none of the addresses begins with 'sub+', and others take everything"),
                (['--bind', self.address, '--count', '-1'], '--count: give a number over 0'),
                (['--bind', self.address, '--curve-secret-key-file', 'k'],
                 '--curve-secret-key-file: whoever has the public key could send; give --curve-client-keys-file, or '
                 '--curve-any-client'),
                (['--bind', self.address, '--curve-any-client'],
                 '--curve-any-client: there is no --curve-secret-key-file'),
                (['--bind', self.address, '--curve-client-keys-file', 'k'],
                 '--curve-client-keys-file: there is no --curve-secret-key-file'),
                (['--bind', self.address, '--curve-secret-key-file', 'k', '--curve-any-client', '--curve-client-keys-file',
                  'k'], '--curve-any-client: there is a --curve-client-keys-file, too; give one of them'),
                (['x'], "'x' is too much: it takes no argument")):
            self.assertEqual(self.refused(*args), f"mvxlog: {text}\nmvxlog: try 'mvxlog receive --help'\n")

    @needs_zmq
    def test_no_such_address(self):
        self.assertEqual(self.refused('--bind', 'tcp://nowhere.invalid:5010', status=1),
                         "mvxlog: cannot bind to 'tcp://nowhere.invalid:5010': this machine has no such address; give one "
                         "that it has, the name of an interface, or '*'\n")

    def test_in_use(self):
        with socket.socket() as other:
            other.bind(('127.0.0.1', self.port))
            other.listen()
            self.assertEqual(self.refused('--bind', f'syslog+{self.address}', status=1),
                             f"mvxlog: cannot bind to '127.0.0.1:{self.port}': Error binding to address "
                             f'127.0.0.1:{self.port}: Address already in use\n')
            reason = ('Address already in use' if (PLUGINS / 'libmvxlog-zmq.so').exists()
                      else 'this mvxlog was built without ZeroMQ; build it with -Dzmq=enabled')
            self.assertEqual(self.refused('--bind', self.address, status=1),
                             f"mvxlog: cannot bind to '{self.address}': {reason}\n")

    @needs_zmq
    def test_key(self):
        key = self.write('key', 'short')
        good = self.write('good', zmq.curve_keypair()[1].decode())
        for args, text in (
                ([key, '--curve-any-client'],
                 f"'{key}' does not hold a secret key of CURVE, 40 characters of Z85; curve_keygen makes a pair"),
                (['/no/such', '--curve-any-client'], 'Failed to open file “/no/such”: No such file or directory'),
                ([good, '--curve-client-keys-file', '/no/such'],
                 'Failed to open file “/no/such”: No such file or directory'),
                ([good, '--curve-client-keys-file', key],
                 f'{key}:1: this is no public key of CURVE, 40 characters of Z85; curve_keygen makes a pair')):
            self.assertEqual(self.refused('--bind', self.address, '--curve-secret-key-file', *args, status=1),
                             f'mvxlog: {text}\n')

    def test_configuration(self):
        self.write('receive.conf', '[mvxlog]\nversion=1\n[context]\nsinks=none\n')
        self.assertIn(f"{self.config}:4:7: error: [context] sinks: ", self.refused('--bind', self.address, status=1))


if __name__ == '__main__':
    unittest.main()
