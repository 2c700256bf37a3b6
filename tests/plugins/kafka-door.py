#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kafka-door.py [--cert PEM --key PEM [--client-ca PEM]] [--password-file FILE] HOST:PORT,...: doors to brokers that have none.

Listens once for each of them, on loopback, says where in its first line, and ends with its input. With --cert one enters by TLS;
with --password-file by SASL PLAIN, as 'logger' with what is in the file at that moment. What the brokers say of their own addresses
becomes that of their doors.
"""
import argparse
import asyncio
import pathlib
import ssl
import struct
import sys

PRODUCE, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 0, 17, 18, 36


def text(value):
    return struct.pack('>h', len(value)) + value


async def read_frame(reader):
    size, = struct.unpack('>i', await reader.readexactly(4))
    return await reader.readexactly(size)


def write_frame(writer, body):
    writer.write(struct.pack('>i', len(body)) + body)


class Door:
    def __init__(self, args, broker):
        self.args = args
        self.host, _, port = broker.partition(':')
        self.port = int(port)
        self.doors = []
        self.tls = None
        if args.cert:
            self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=args.client_ca)
            self.tls.load_cert_chain(args.cert, args.key)
            if args.client_ca:
                self.tls.verify_mode = ssl.CERT_REQUIRED

    async def open(self):
        self.server = await asyncio.start_server(self.enter, '127.0.0.1', 0, ssl=self.tls)
        self.own = self.server.sockets[0].getsockname()[1]

    def is_known(self, token):
        password = pathlib.Path(self.args.password_file).read_bytes().strip()
        return token == b'\0logger\0' + password

    def log_in(self, request):
        """The answer to one of its two requests, and whether that was it."""
        key, version, number, n = struct.unpack('>hhih', request[:10])
        rest = request[10 + max(n, 0):]
        if key == SASL_HANDSHAKE:
            code = 0 if rest[2:] == b'PLAIN' else 33
            return struct.pack('>ihi', number, code, 1) + text(b'PLAIN'), False
        known = self.is_known(rest[4:])
        answer = struct.pack('>ih', number, 0 if known else 58) + text(b'' if known else b'wrong name or password')
        return answer + struct.pack('>i', 0) + (struct.pack('>q', 0) if version > 0 else b''), known

    async def from_client(self, reader, writer, broker, asked):
        inside = self.args.password_file is None
        while True:
            request = await read_frame(reader)
            key, _, number = struct.unpack('>hhi', request[:8])
            if key in (SASL_HANDSHAKE, SASL_AUTHENTICATE):
                answer, known = self.log_in(request)
                inside |= known
                write_frame(writer, answer)
            elif key == API_VERSIONS or inside:
                asked[number] = key
                write_frame(broker, request)
            else:
                return

    def translate(self, key, answer):
        if key == API_VERSIONS and self.args.password_file and answer[4:6] == b'\0\0':
            count, = struct.unpack('>i', answer[6:10])
            more = struct.pack('>hhhhhh', SASL_HANDSHAKE, 0, 1, SASL_AUTHENTICATE, 0, 0)
            return answer[:6] + struct.pack('>i', count + 2) + more + answer[10:]
        for door in self.doors:
            address = text(door.host.encode())
            answer = answer.replace(address + struct.pack('>i', door.port), address + struct.pack('>i', -door.own))
        for door in self.doors:
            answer = answer.replace(struct.pack('>i', -door.own), struct.pack('>i', door.own))
        return answer

    async def from_broker(self, reader, writer, asked):
        while True:
            answer = await read_frame(reader)
            number, = struct.unpack('>i', answer[:4])
            write_frame(writer, self.translate(asked.pop(number, None), answer))

    async def enter(self, reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection(self.host, self.port)
        asked = {}
        tasks = [asyncio.create_task(self.from_client(reader, writer, inner_writer, asked)),
                 asyncio.create_task(self.from_broker(inner_reader, writer, asked))]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, inner_writer):
            end.close()


async def main():
    parser = argparse.ArgumentParser()
    for name in ('--cert', '--key', '--client-ca', '--password-file'):
        parser.add_argument(name)
    parser.add_argument('brokers')
    args = parser.parse_args()
    doors = [Door(args, broker) for broker in args.brokers.split(',')]
    for door in doors:
        await door.open()
        door.doors = doors
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # handshakes that fail, on purpose
    print(','.join(f'127.0.0.1:{door.own}' for door in doors), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == '__main__':
    asyncio.run(main())
