#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Users of a NATS server as nsc makes them: an operator, an account that has JetStream, and users with files of their own.

nats-users.py DIRECTORY makes there accounts.conf, which a server's configuration includes, and user.creds, expired.creds and
stranger.creds, whose account the server does not know. Format: docs.nats.io, "JWT Authentication", and nats-io/nkeys.
"""
import base64
import binascii
import hashlib
import json
import pathlib
import subprocess
import sys
import time

OPERATOR, ACCOUNT, USER, SEED = 14 << 3, 0, 20 << 3, 18 << 3


def text_of(data):
    data += binascii.crc_hqx(data, 0).to_bytes(2, 'little')
    return base64.b32encode(data).decode().rstrip('=')


class Key:
    def __init__(self, kind, directory):
        made = subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519'], check=True, capture_output=True).stdout
        self.file = directory / 'key.pem'
        self.pem = made
        seed = self.der(['openssl', 'pkey', '-outform', 'DER'])
        public = self.der(['openssl', 'pkey', '-pubout', '-outform', 'DER'])
        self.name = text_of(bytes([kind]) + public)
        self.seed = text_of(bytes([SEED | kind >> 5, (kind & 31) << 3]) + seed)

    def der(self, command):
        return subprocess.run(command, input=self.pem, check=True, capture_output=True).stdout[-32:]

    def sign(self, text):
        self.file.write_bytes(self.pem)
        message = self.file.with_name('message')
        message.write_text(text)
        signature = subprocess.run(['openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', self.file, '-in', message],
                                   check=True, capture_output=True).stdout
        self.file.unlink()
        message.unlink()
        return signature


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def token(issuer, subject, kind, claims, **more):
    body = {'iat': int(time.time()), 'iss': issuer.name, 'name': kind, 'sub': subject.name,
            'nats': {**claims, 'type': kind, 'version': 2}, **more}
    body['jti'] = base64.b32encode(hashlib.sha256(json.dumps(body).encode()).digest()).decode().rstrip('=')
    text = '.'.join(encode(json.dumps(part).encode()) for part in ({'typ': 'JWT', 'alg': 'ed25519-nkey'}, body))
    return text + '.' + encode(issuer.sign(text))


JETSTREAM = ('mem_storage', 'disk_storage', 'streams', 'consumer')


def account(operator, key, more=()):
    names = ('subs', 'data', 'payload', 'imports', 'exports', 'conn', 'leaf', *more)
    return token(operator, key, 'account', {'limits': {'wildcards': True, **{name: -1 for name in names}}})


def write_user(directory, name, issuer, **more):
    key = Key(USER, directory)
    jwt = token(issuer, key, 'user', {'subs': -1, 'data': -1, 'payload': -1}, **more)
    (directory / name).write_text(f'-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n'
                                  f'-----BEGIN USER NKEY SEED-----\n{key.seed}\n------END USER NKEY SEED------\n')


def main():
    directory = pathlib.Path(sys.argv[1])
    operator = Key(OPERATOR, directory)
    system, events, unknown = (Key(ACCOUNT, directory) for _ in range(3))
    (directory / 'accounts.conf').write_text(
        f'operator: "{token(operator, operator, "operator", {})}"\n'
        f'system_account: {system.name}\nresolver: MEMORY\n'
        f'resolver_preload {{ {system.name}: "{account(operator, system)}"\n {events.name}: "{account(operator, events, JETSTREAM)}" }}\n')
    write_user(directory, 'user.creds', events)
    write_user(directory, 'expired.creds', events, exp=int(time.time()) - 3600)
    write_user(directory, 'stranger.creds', unknown)


main()
