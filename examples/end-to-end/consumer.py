#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads events from an engine and hands them to `mvxlog receive`: consumer.py ENGINE HOST RECEIVER-PORT

It ends when standard input is closed and nothing has come for a second, and prints how many it has handed on.
"""
import datetime
import json
import select
import socket
import struct
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

    def read(self):
        words = [b'XREAD', b'COUNT', b'1000', b'BLOCK', b'%d' % (PATIENCE * 1000), b'STREAMS', b'mvxlog', self.last]
        self.socket.sendall(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words))
        answer = self.answer()
        for self.last, words in answer[0][1] if answer else []:
            yield self.event(dict(zip(words[::2], words[1::2])))

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


ENGINES = {'redis': Redis}


def main():
    engine, host, port = sys.argv[1:]
    source, push, count = ENGINES[engine](host), Push(int(port)), 0
    while True:
        ending = select.select([sys.stdin], [], [], 0)[0]
        before = count
        for line in source.read():
            push.send(line)
            count += 1
        if ending and count == before:
            break
    push.close()
    print(count)


if __name__ == '__main__':
    main()
