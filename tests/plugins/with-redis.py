#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-redis.py COMMAND...: runs a command beside a redis-server of its own; '@address@' becomes the path of its socket.

The exit status is the command's, or 77 (skipped) if there is no redis-server.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    if shutil.which('redis-server') is None:
        print('redis-server is not installed')
        return 77
    with tempfile.TemporaryDirectory(prefix='mvxlog-redis-') as folder:
        path = str(pathlib.Path(folder, 'socket'))
        command = ['redis-server', '--port', '0', '--unixsocket', path, '--save', '', '--dir', folder, '--daemonize', 'no']
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                for line in server.stdout:
                    if 'ready to accept connections' in line.lower():
                        break
                else:
                    print('redis-server ended early')
                    return 1
                return subprocess.call([word.replace('@address@', path) for word in sys.argv[1:]])
            finally:
                server.terminate()


if __name__ == '__main__':
    sys.exit(main())
