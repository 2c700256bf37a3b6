#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-mqtt.py COMMAND...: runs a command beside a mosquitto of its own; '@port@' becomes its port on 127.0.0.1.

The exit status is the command's, or 77 (skipped) if there is no mosquitto.
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile


def main():
    server = shutil.which('mosquitto', path=os.environ.get('PATH', '') + ':/usr/sbin')
    if server is None:
        print('mosquitto is not installed')
        return 77
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix='mvxlog-mqtt-') as folder:
        config = pathlib.Path(folder, 'mosquitto.conf')
        user = 'user root\n' if os.geteuid() == 0 else ''
        config.write_text(f'{user}log_dest stderr\nallow_anonymous true\nlistener {port} 127.0.0.1\n', encoding='ascii')
        with subprocess.Popen([server, '-c', str(config)], stderr=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stderr:
                    if 'running' in line:
                        break
                else:
                    print('mosquitto ended early')
                    return 1
                # What else it says would fill the pipe.
                drain = subprocess.Popen(['cat'], stdin=process.stderr, stdout=subprocess.DEVNULL)
                try:
                    return subprocess.call([word.replace('@port@', port) for word in sys.argv[1:]])
                finally:
                    process.terminate()
                    drain.wait()
            finally:
                process.terminate()


if __name__ == '__main__':
    sys.exit(main())
