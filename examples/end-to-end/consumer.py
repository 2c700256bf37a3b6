#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads events from an engine and hands them to `mvxlog receive`: consumer.py ENGINE HOST RECEIVER-PORT

It says when it is ready. Standard input is closed when no more is written: it reads what is there, and prints how many it has
handed on.
"""
import datetime
import json
import select
import socket
import struct
import subprocess
import sys

PATIENCE = 1.0
TIMEOUT = 60


class Push:
    """A PUSH socket of ZeroMQ: ZMTP 3.1 without encryption, just enough to hand on messages and to know that they are there."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), TIMEOUT)
        self.stream = self.socket.makefile('rb')
        self.socket.sendall(b'\xff' + bytes(8) + b'\x7f\x03\x01NULL' + bytes(16) + bytes(32))
        greeting = self.stream.read(64)
        if greeting[10:12] < b'\x03\x01' or greeting[12:16] != b'NULL':
            raise SystemExit(f'the receiver does not speak ZMTP 3.1 without encryption: {greeting!r}')
        self.command(b'READY', b'\x0bSocket-Type' + struct.pack('>I', 4) + b'PUSH')
        self.expect(b'READY')

    def frame(self, flags, body):
        if len(body) < 256:
            return bytes([flags, len(body)]) + body
        return bytes([flags | 2]) + struct.pack('>Q', len(body)) + body

    def command(self, name, body):
        self.socket.sendall(self.frame(4, bytes([len(name)]) + name + body))

    def expect(self, name):
        flags, size = self.stream.read(2)
        body = self.stream.read(size)
        if not flags & 4 or not body.startswith(bytes([len(name)]) + name):
            raise SystemExit(f'the receiver says {body!r} instead of {name!r}')

    def send(self, line):
        """`PLJ`: an event as JSON."""
        self.socket.sendall(self.frame(1, b'PLJ') + self.frame(0, line))

    def close(self):
        """Behind its answer to this, everything before has been taken in."""
        self.command(b'PING', bytes(2))
        self.expect(b'PONG')
        self.socket.close()


class Redis:
    """Entries of a stream, as docs/plugins/redis.md tells."""

    def __init__(self, host):
        self.socket = socket.create_connection((host, 6379), TIMEOUT)
        self.stream = self.socket.makefile('rb')
        self.last = b'0'

    def answer(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b'*':
            return None if rest == b'-1' else [self.answer() for _ in range(int(rest))]
        if kind == b'$':
            return None if rest == b'-1' else self.stream.read(int(rest) + 2)[:-2]
        if kind == b'-' or not line:
            raise SystemExit(f'Redis says {line!r}')
        return rest

    def read(self, ending):
        del ending
        words = [b'XREAD', b'COUNT', b'1000', b'BLOCK', b'%d' % (PATIENCE * 1000), b'STREAMS', b'mvxlog', self.last]
        self.socket.sendall(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words))
        answer = self.answer()
        for self.last, words in answer[0][1] if answer else []:
            yield self.event(dict(zip(words[::2], words[1::2])))

    def close(self):
        self.socket.close()

    @staticmethod
    def event(entry):
        """As a line of JSON."""
        texts = {key.decode(): value.decode() for key, value in entry.items()}
        seconds, ns = divmod(int(texts['ts']), 10 ** 9)
        time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        event = {'ts': f'{time:%Y-%m-%dT%H:%M:%S}.{ns:09}Z'}
        for key in ('level', 'context', 'message', 'file', 'func', 'sender_host', 'sender_stream'):
            if key in texts:
                event[key] = texts[key]
        for key in ('line', 'pid', 'thread', 'seq'):
            if key in texts:
                event[key] = int(texts[key])
        fields = [key for key in texts if key.startswith('f.')]
        for letter, key in zip(texts.get('types', ''), fields):
            event[key[2:]] = int(texts[key]) if letter in 'iu' else texts[key]
        return json.dumps(event).encode()


class Kafka:
    """What kcat prints of a topic, a line each; `host` is a list of brokers."""

    def __init__(self, host):
        self.host = host
        self.rest = b''
        self.next = {}
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(['kcat', '-C', '-q', '-u', '-b', host, '-t', 'mvxlog', '-o', 'beginning',
                                         '-f', '%p %o %s\n'], stdout=subprocess.PIPE, bufsize=0)

    def ask(self, *arguments):
        return subprocess.run(['kcat', '-b', self.host, *arguments], check=True, stdout=subprocess.PIPE, timeout=TIMEOUT).stdout

    def ends(self):
        """Partition -> the offset behind its last message."""
        topic, = json.loads(self.ask('-L', '-J', '-t', 'mvxlog'))['topics']
        asked = [word for item in topic['partitions'] for word in ('-t', f'mvxlog:{item["partition"]}:-1')]
        lines = [line.split() for line in self.ask('-Q', *asked).decode().splitlines()]
        return {int(words[1].strip('[]')): int(words[3]) for words in lines}

    def lines(self, patience):
        if not select.select([self.process.stdout], [], [], patience)[0]:
            return
        some = self.process.stdout.read(1 << 20)
        if not some:
            raise SystemExit(f'kcat has ended with {self.process.wait()}')
        *lines, self.rest = (self.rest + some).split(b'\n')
        for line in lines:
            partition, offset, body = line.split(b' ', 2)
            self.next[int(partition)] = int(offset) + 1
            yield body

    def read(self, ending):
        ends = self.ends() if ending else {}
        if not ending:
            yield from self.lines(PATIENCE)
        while any(self.next.get(partition, 0) < end for partition, end in ends.items()):
            before = sum(self.next.values())
            yield from self.lines(TIMEOUT)
            if sum(self.next.values()) == before:
                raise SystemExit(f'kcat is at {self.next}, and the topic ends at {ends}')

    def close(self):
        self.process.kill()
        self.process.wait()


class Nats:
    """A stream of JetStream and a consumer of it, by the protocol itself."""

    def __init__(self, host):
        self.socket = socket.create_connection((host, 4222), TIMEOUT)
        self.file = self.socket.makefile('rwb')
        self.count = 0
        self.file.readline()  # what the server is
        self.write('CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\nSUB answer 1')
        self.ask('STREAM.CREATE.ORDERS', {'name': 'ORDERS', 'subjects': ['mvxlog'], 'storage': 'file', 'retention': 'limits',
                                          'num_replicas': 1})
        self.ask('CONSUMER.DURABLE.CREATE.ORDERS.archive', {'stream_name': 'ORDERS', 'config': {
            'durable_name': 'archive', 'deliver_policy': 'all', 'ack_policy': 'none'}})

    def write(self, text):
        self.file.write(text.encode() + b'\r\n')
        self.file.flush()

    def publish(self, what, question):
        body = json.dumps(question)
        self.write(f'PUB $JS.API.{what} answer {len(body)}\r\n{body}')

    def message(self):
        """The next one: the first line of its headers, and its body."""
        for line in self.file:
            words = line.split()
            if words[0] == b'PING':
                self.write('PONG')
            elif words[0] in (b'MSG', b'HMSG'):
                size = int(words[-2]) if words[0] == b'HMSG' else 0
                text = self.file.read(int(words[-1]) + 2)[:-2]
                return text[:size].partition(b'\r\n')[0], text[size:]
            else:
                raise SystemExit(f'NATS says {line!r}')
        raise SystemExit('NATS has closed the connection')

    def ask(self, what, question):
        self.publish(what, question)
        status, body = self.message()
        answer = json.loads(body or b'{}')
        if 'error' in answer or not body:
            raise SystemExit(f'JetStream says {answer.get("error") or status!r}')
        return answer

    def read(self, ending):
        """No more is asked for than is there: so nobody waits for the end of a request."""
        count = min(self.ask('STREAM.INFO.ORDERS', {})['state']['messages'] - self.count, 1000)
        if count > 0:
            self.publish('CONSUMER.MSG.NEXT.ORDERS.archive', {'batch': count})
        elif not ending:
            select.select([sys.stdin], [], [], PATIENCE)
        for _ in range(count):
            status, body = self.message()
            if status.split()[1:2]:
                raise SystemExit(f'JetStream says {status!r}')
            self.count += 1
            yield body

    def close(self):
        self.socket.close()


ENGINES = {'redis': Redis, 'kafka': Kafka, 'nats': Nats}


def main():
    engine, host, port = sys.argv[1:]
    source, push, count = ENGINES[engine](host), Push(int(port)), 0
    print('ready', flush=True)
    while True:
        ending = select.select([sys.stdin], [], [], 0)[0]
        before = count
        for line in source.read(bool(ending)):
            push.send(line)
            count += 1
        if ending and count == before:
            break
    source.close()
    push.close()
    print(count)


if __name__ == '__main__':
    main()
