#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-nats.py STREAM:SUBJECT COMMAND...: runs a command beside a nats-server of its own, with JetStream and one stream.

'@address@' becomes its address. The exit status is the command's, or 77 (skipped) if there is no nats-server.
"""
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile


def make_stream(address, name, subject):
    """By the protocol itself: there may be no client."""
    host, port = address.split(':')
    question = json.dumps({'name': name, 'subjects': [subject], 'storage': 'file', 'retention': 'limits', 'num_replicas': 1})
    with socket.create_connection((host, int(port))) as connection, connection.makefile('rwb') as file:
        file.readline()
        file.write(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB answer 1\r\n')
        file.write(f'PUB $JS.API.STREAM.CREATE.{name} answer {len(question)}\r\n{question}\r\n'.encode())
        file.flush()
        for line in file:
            if line.startswith(b'MSG answer'):
                answer = json.loads(file.read(int(line.split()[-1])))
                if 'error' in answer:
                    sys.exit(f'nats-server: {answer["error"]}')
                return
    sys.exit('nats-server has not answered')


def main():
    if shutil.which('nats-server') is None:
        print('nats-server is not installed')
        return 77
    with tempfile.TemporaryDirectory(prefix='mvxlog-nats-') as folder:
        command = ['nats-server', '-a', '127.0.0.1', '-p', '-1', '-js', '-sd', folder]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            try:
                address = None
                for line in server.stderr:
                    found = re.search(r'Listening for client connections on (\S+)', line)
                    address = found[1] if found else address
                    if 'Server is ready' in line:
                        break
                else:
                    print('nats-server ended early')
                    return 1
                make_stream(address, *sys.argv[1].split(':'))
                return subprocess.call([word.replace('@address@', address) for word in sys.argv[2:]])
            finally:
                server.terminate()
                server.stderr.read()


if __name__ == '__main__':
    sys.exit(main())
