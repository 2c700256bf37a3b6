#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Values of options that are secret stand in no output, whatever is asked and whatever goes wrong.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the plugins.
"""
import base64
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

TOOL = os.environ['MVXLOG']
PLUGINS = pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS'])
TIMEOUT = 60
PASSWORD = 'canary-hunter2'
# The pair that ZeroMQ's manual shows.
KEY = 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6'
PUBLIC = 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'


def needs(plugin):
    return unittest.skipUnless((PLUGINS / f'libmvxlog-{plugin}.so').exists(), f'no plugin {plugin}')


class Server:
    """On loopback; says @answer to each connection, or whatever it is told for None."""

    def __init__(self, test, answer):
        self.answer = answer
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        thread = threading.Thread(target=self.serve)
        thread.start()
        test.addCleanup(thread.join, TIMEOUT)
        test.addCleanup(self.socket.shutdown, socket.SHUT_RDWR)

    def serve(self):
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                self.socket.close()
                return
            with peer:
                try:
                    told = peer.recv(65536)
                    peer.sendall(told if self.answer is None else self.answer)
                except OSError:
                    pass


class SecretsTest(unittest.TestCase):
    n_searched = 0

    @classmethod
    def tearDownClass(cls):
        print(f'{cls.n_searched} runs of commands, 2 secrets in 3 forms: 0 hits')

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-secrets-'))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(('MVXLOG_', 'XDG_'))}
        self.env.update(LC_ALL='C.UTF-8', MVXLOG_PLUGIN_SYSTEM_PATH=str(PLUGINS), G_MESSAGES_DEBUG='all', SECRET=PASSWORD,
                        SECRET_KEY=KEY)
        self.n_outputs = 0

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding='utf-8')
        return str(path)

    def run_tool(self, *args):
        """Any exit status will do; what was said is looked through."""
        done = subprocess.run([TOOL, *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                              check=False, text=True, errors='replace', stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        for secret in (PASSWORD, KEY):
            for form in (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()):
                self.assertNotIn(form, said, args)
        self.n_outputs += bool(said)
        SecretsTest.n_searched += 1
        return done.returncode, said

    def ask_everything(self, sink, more=''):
        config = self.write('app.conf', f'[mvxlog]\nversion=1\n{more}[sink out]\n{sink}drain-timeout=50ms\n'
                                        'retry-max=20ms\n[context]\nsinks=out\n')
        said = [self.run_tool(*args)[1] for args in (
            ('check', config), ('check', '--show', config), ('check', '--json', config), ('check', '--probe', config),
            ('emit', '-c', config, '--flush-timeout', '200ms', 'hello'))]
        self.assertGreater(self.n_outputs, 2)
        return said

    @needs('redis')
    def test_redis(self):
        file = self.write('password', PASSWORD + '\n')
        silent = Server(self, b'')
        servers = [silent, Server(self, None), Server(self, b'HTTP/1.1 400 Bad Request\r\n\r\n'),
                   Server(self, b'-WRONGPASS invalid username-password pair or user is disabled.\r\n'),
                   Server(self, f'-ERR unknown command `AUTH`, with args beginning with: `{PASSWORD}`\r\n'.encode()),
                   Server(self, f'-{PASSWORD}\r\n'.encode()), Server(self, f'+{PASSWORD}\r\n'.encode())]
        ports = [server.port for server in servers] + [1]
        for port in ports:
            for how in (f'password={PASSWORD}', 'password=${SECRET}', f'password-file={file}'):
                with self.subTest(port=ports.index(port), how=how):
                    said = self.ask_everything(f'plugin=redis\nhost=127.0.0.1\nport={port}\ntimeout=1s\n{how}\n')
                    if not how.startswith('password-file'):
                        self.assertIn('password=***', said[1])

    @needs('redis')
    def test_mistakes(self):
        """Of the configuration, near the secret."""
        for text in (f'password={PASSWORD}\npassword={PASSWORD}\n', f'pasword={PASSWORD}\n',
                     f'user=x\npassword={PASSWORD}\npassword-file=/x\n', f'password={PASSWORD}\nport={PASSWORD[:3]}\n',
                     f'password={PASSWORD}\\q\n', f'password={PASSWORD}${{\n', 'password=${SECRET}\ntls=maybe\n',
                     'password=${NO_SUCH_SECRET}\n', 'password-file=/no/such\n', f'password-file={self.directory}\n'):
            with self.subTest(text=text):
                self.ask_everything('plugin=redis\n' + text)

    @needs('kafka')
    def test_kafka(self):
        file = self.write('password', PASSWORD + '\n')
        for port in (Server(self, b'').port, Server(self, None).port, Server(self, PASSWORD.encode()).port, 1):
            for how in (f'password={PASSWORD}', 'password=${SECRET}', f'password-file={file}'):
                with self.subTest(port=port, how=how):
                    self.ask_everything(f'plugin=kafka\nbrokers=127.0.0.1:{port}\nsasl=plain\nuser=x\n{how}\n'
                                        'delivery-timeout=100ms\n')

    @needs('nats')
    def test_nats(self):
        file = self.write('password', PASSWORD + '\n')
        for port in (Server(self, b'').port, Server(self, None).port, Server(self, PASSWORD.encode()).port, 1):
            for how in (f'password={PASSWORD}', 'password=${SECRET}', f'password-file={file}'):
                for user in ('', 'user=x\n'):
                    with self.subTest(port=port, how=how, user=user):
                        self.ask_everything(f'plugin=nats\nservers=127.0.0.1:{port}\n{user}{how}\ntimeout=100ms\n')

    @needs('http')
    def test_http(self):
        file = self.write('password', PASSWORD + '\n')
        coded = base64.b64encode(f'user:{PASSWORD}'.encode()).decode()
        said = f'{PASSWORD} {coded}'
        answer = f'HTTP/1.1 302 {said}\r\nLocation: http://{PASSWORD}/{coded}\r\nContent-Length: {len(said)}\r\n\r\n{said}'
        ports = [1, Server(self, None).port, Server(self, answer.encode()).port]
        for port in ports:
            for how in (f'token={PASSWORD}', 'token=${SECRET}', f'token-file={file}', f'user=user\npassword={PASSWORD}',
                        f'user=user\npassword-file={file}', f'headers=X-Key: {PASSWORD}', f'headers={PASSWORD}',
                        f'proxy=http://user:{PASSWORD}@127.0.0.1:{port}'):
                with self.subTest(port=ports.index(port), how=how):
                    outputs = self.ask_everything(f'plugin=http\nurl=http://127.0.0.1:{port}\ntimeout=1s\n{how}\n')
                    if 'user' in how:
                        self.assertNotIn(coded, ''.join(outputs))
        self.ask_everything(f'plugin=http\nurl=http://user:{PASSWORD}@127.0.0.1/\n')

    @needs('zmq')
    def test_zmq(self):
        file = self.write('key', KEY)
        wrong = self.write('wrong', KEY + 'x')
        port = Server(self, None).port
        for how in (f'curve-secret-key={KEY}', 'curve-secret-key=${SECRET_KEY}', f'curve-secret-key-file={file}',
                    f'curve-secret-key={KEY}x', f'curve-secret-key-file={wrong}', f'curve-secret-key={KEY[:-1]}\\xff'):
            for role in (f'curve-server-key={PUBLIC}\n', f'attach=bind\ncurve-client-keys={PUBLIC}\n', ''):
                with self.subTest(how=how, role=role):
                    address = 'ipc://' + str(self.directory / 'socket') if 'bind' in role else f'tcp://127.0.0.1:{port}'
                    self.ask_everything(f'plugin=zmq\nendpoints={address}\nhandover-timeout=10ms\n{how}\n{role}')
        self.run_tool('receive', '--bind', 'tcp://127.0.0.1:0', '--curve-secret-key-file', wrong, '--curve-any-client')

    def test_hash_key(self):
        """What every sink has."""
        for how in (PASSWORD, '${SECRET}'):
            said = self.ask_everything(f'plugin=stream\nredact=user\nredact-action=hash\nhash-key={how}\n')
            self.assertIn('hash-key=***', said[1])

    def test_inspect(self):
        for module in sorted(PLUGINS.glob('libmvxlog-*.so')):
            name = module.name[len('libmvxlog-'):-len('.so')]
            for args in (('plugin', 'inspect', name), ('plugin', 'inspect', '--json', name)):
                self.assertEqual(self.run_tool(*args)[0], 0)

    @needs('redis')
    def test_verify(self):
        module = str(PLUGINS / 'libmvxlog-redis.so')
        self.run_tool('plugin', 'verify', module, '--options', f'password={PASSWORD}', '--options', 'port=1')


if __name__ == '__main__':
    unittest.main()
