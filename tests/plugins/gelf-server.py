#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gelf-server.py udp|tcp|tls PORT OUTPUT [CERTIFICATE KEY]: takes GELF 1.1 as its specification has it, and nothing else.

OUTPUT is there when the server is ready, and gets a line for each message: its JSON with sorted keys. What the specification
does not allow ends it with status 1 and a line of what was wrong. SIGTERM ends it when everything that has arrived is read.
"""
import gzip
import json
import re
import selectors
import signal
import socket
import ssl
import sys
import zlib

MAX_CHUNKS = 128
MAX_MESSAGE = 2 * 1024 * 1024
OWN = {'version', 'host', 'short_message', 'full_message', 'timestamp', 'level'}


def check(condition, what):
    if not condition:
        raise ValueError(what)


def unique(pairs):
    keys = [key for key, _ in pairs]
    check(len(set(keys)) == len(keys), f'a key comes twice: {keys}')
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f'{name} is not JSON')


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parse(payload):
    check(len(payload) <= MAX_MESSAGE, f'{len(payload)} bytes in a message')
    message = json.loads(payload.decode('utf-8'), object_pairs_hook=unique, parse_constant=refuse_constant)
    check(isinstance(message, dict), 'not an object')
    check(message.get('version') == '1.1', 'version')
    for key in ('host', 'short_message'):
        check(isinstance(message.get(key), str) and message[key].strip(), f'{key}: {message.get(key)!r}')
    check('\n' not in message['short_message'], 'short_message has more than a line')
    check(isinstance(message.get('full_message', ''), str), 'full_message')
    check(is_number(message.get('timestamp', 0)), 'timestamp')
    check(isinstance(message.get('level', 1), int) and 0 <= message.get('level', 1) <= 7, 'level')
    for key, value in message.items():
        if key in OWN:
            continue
        check(re.fullmatch(r'_[\w.\-]*', key, re.ASCII), f'name {key!r}')
        check(key != '_id', '_id')
        check(isinstance(value, str) or is_number(value), f'{key}: {value!r}')
    return message


def decompress(data):
    if data[:2] == b'\x1f\x8b':
        return gzip.decompress(data)
    if data[:1] == b'\x78' and int.from_bytes(data[:2], 'big') % 31 == 0:
        one = zlib.decompressobj()
        whole = one.decompress(data)
        check(one.eof and not one.unused_data, 'not one zlib stream')
        return whole
    return data


class Output:
    def __init__(self, path):
        self.file = open(path, 'ab+')
        self.lines = []
        # One that was killed may have left half a line.
        self.file.seek(0)
        self.file.truncate(self.file.read().rfind(b'\n') + 1)

    def take(self, payload, **more):
        message = parse(payload)
        message.update(more)
        self.lines.append(json.dumps(message, sort_keys=True) + '\n')

    def flush(self):
        self.file.write(''.join(self.lines).encode('ascii'))
        self.file.flush()
        self.lines = []


class Datagrams:
    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        self.socket.bind(('127.0.0.1', port))
        self.parts = {}
        self.stopped = False

    def is_done(self):
        return self.stopped

    def take_chunk(self, data, output):
        check(len(data) > 12, 'an empty chunk')
        key, number, count = data[2:10], data[10], data[11]
        check(1 < count <= MAX_CHUNKS and number < count, f'chunk {number} of {count}')
        parts = self.parts.setdefault(key, [None] * count)
        check(len(parts) == count and parts[number] is None, 'chunks of two messages with one id')
        parts[number] = data[12:]
        if None not in parts:
            del self.parts[key]
            output.take(decompress(b''.join(parts)), chunks=count)

    def read(self, output):
        data = self.socket.recv(65536)
        if data[:2] == b'\x1e\x0f':
            self.take_chunk(data, output)
        else:
            output.take(decompress(data), chunks=0)

    def stop(self, _, output):
        self.stopped = True
        self.socket.setblocking(False)
        try:
            while True:
                self.read(output)
        except BlockingIOError:
            check(not self.parts, f'{len(self.parts)} messages with chunks that are missing')


class Streams:
    def __init__(self, port, context):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # So much of it goes down with a server that is killed; the kernel doubles it.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 512 * 1024)
        self.socket.bind(('127.0.0.1', port))
        self.socket.listen()
        self.context = context
        self.rest = {}
        self.stopped = False

    def is_done(self):
        return self.stopped and not self.rest

    def stop(self, selector, _):
        """Whoever is connected is read to the end."""
        self.stopped = True
        self.socket.setblocking(False)
        try:
            while True:
                self.accept(selector)
        except BlockingIOError:
            selector.unregister(self.socket)

    def accept(self, selector):
        stream = self.socket.accept()[0]
        stream.setblocking(True)
        if self.context:
            try:
                stream = self.context.wrap_socket(stream, server_side=True)
            except (ssl.SSLError, ConnectionError):
                stream.close()
                return
        self.rest[stream] = b''
        selector.register(stream, selectors.EVENT_READ)

    def read(self, stream, selector, output):
        try:
            data = stream.recv(65536)
            while self.context and stream.pending():
                data += stream.recv(65536)
        except ConnectionError:
            data = b''
            self.rest[stream] = b''  # a peer that was killed
        *frames, self.rest[stream] = (self.rest[stream] + data).split(b'\0')
        for frame in frames:
            output.take(frame)
        check(len(self.rest[stream]) <= MAX_MESSAGE, 'a frame without end')
        if not data:
            check(not self.rest.pop(stream), 'a torn frame')
            selector.unregister(stream)
            stream.close()


def serve(server, output, stop):
    selector = selectors.DefaultSelector()
    selector.register(stop, selectors.EVENT_READ)
    selector.register(server.socket, selectors.EVENT_READ)
    while not server.is_done():
        ready = [key.fileobj for key, _ in selector.select()]
        for end in ready:
            if end is stop:
                continue
            if isinstance(server, Datagrams):
                server.read(output)
            elif end is server.socket:
                server.accept(selector)
            else:
                server.read(end, selector, output)
        if stop in ready:
            selector.unregister(stop)
            server.stop(selector, output)
        output.flush()


def main():
    kind, port, path, *files = sys.argv[1:]
    stop, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    context = None
    if kind == 'tls':
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    server = Datagrams(int(port)) if kind == 'udp' else Streams(int(port), context)
    output = Output(path)
    try:
        serve(server, output, stop)
    except ValueError as error:
        print(f'refused: {error}')
        return 1
    finally:
        output.flush()
    return 0


if __name__ == '__main__':
    sys.exit(main())
