#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""receiver.py KIND COMMAND...: runs a command while somebody takes whatever its plugin sends.

KIND is unix (datagrams), udp or tcp; in the command, '@address@' becomes the path of the socket, or HOST:PORT, and
'@port@' the port.
The exit status is the command's.
"""
import array
import os
import pathlib
import selectors
import socket
import subprocess
import sys
import tempfile
import threading

KINDS = {'unix': (socket.AF_UNIX, socket.SOCK_DGRAM), 'udp': (socket.AF_INET, socket.SOCK_DGRAM),
         'tcp': (socket.AF_INET, socket.SOCK_STREAM)}


def take(end, selector):
    """One datagram or piece, with the files that came along."""
    data, ancillary, _, _ = end.recvmsg(65536, socket.CMSG_SPACE(16 * array.array('i').itemsize))
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            files = array.array('i')
            files.frombytes(content[:len(content) - len(content) % files.itemsize])
            for file in files:
                os.close(file)
    if not data and end.type == socket.SOCK_STREAM:
        selector.unregister(end)
        end.close()


def receive(listener, stop):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(stop, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is stop:
                return
            if key.fileobj is listener and listener.type == socket.SOCK_STREAM:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            else:
                take(key.fileobj, selector)


def main():
    family, kind = KINDS[sys.argv[1]]
    with tempfile.TemporaryDirectory(prefix='mvxlog-receiver-') as folder, socket.socket(family, kind) as listener:
        path = str(pathlib.Path(folder, 'socket'))
        listener.bind(path if family == socket.AF_UNIX else ('127.0.0.1', 0))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        port = '' if family == socket.AF_UNIX else str(listener.getsockname()[1])
        address = path if family == socket.AF_UNIX else '127.0.0.1:' + port
        stop, stopper = socket.socketpair()
        thread = threading.Thread(target=receive, args=(listener, stop))
        thread.start()
        status = subprocess.call([word.replace('@address@', address).replace('@port@', port) for word in sys.argv[2:]])
        stopper.close()
        thread.join()
        stop.close()
    return status


if __name__ == '__main__':
    sys.exit(main())
