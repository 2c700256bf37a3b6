#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-postgres.py COMMAND...: runs a command beside a PostgreSQL cluster of its own; '@address@' becomes the directory of its socket.

The exit status is the command's, or 77 (skipped) if there is no PostgreSQL.
"""
import getpass
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def as_nobody():
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--pdeathsig=KILL']


def main():
    found = shutil.which('initdb') or next(iter(sorted(glob.glob('/usr/lib/postgresql/*/bin/initdb'), reverse=True)), None)
    if found is None:
        print('postgresql is not installed')
        return 77
    programs = pathlib.Path(found).parent
    with tempfile.TemporaryDirectory(prefix='mvxlog-postgres-') as folder:
        if as_nobody():
            shutil.chown(folder, 'nobody', 'nogroup')
        data = str(pathlib.Path(folder, 'data'))
        environment = {**os.environ, 'HOME': folder}
        environment.pop('LD_PRELOAD', None)
        subprocess.run([*as_nobody(), found, '-D', data, '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8', '-U',
                        getpass.getuser()], check=True, stdout=subprocess.DEVNULL, cwd='/', env=environment)
        command = [*as_nobody(), str(programs / 'postgres'), '-D', data, '-F', '-h', '', '-k', folder]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd='/', env=environment) as server:
            try:
                for line in server.stderr:
                    if 'ready to accept connections' in line:
                        break
                else:
                    print('postgres ended early')
                    return 1
                return subprocess.call([word.replace('@address@', folder) for word in sys.argv[1:]])
            finally:
                server.terminate()


if __name__ == '__main__':
    sys.exit(main())
