# SPDX-License-Identifier: LGPL-2.1-or-later
"""What lttng's peer needs around it: a session daemon for the whole run, and a session for each measurement."""
import contextlib
import os
import select
import signal
import subprocess

PEER = 'lttng'


class Unavailable(Exception):
    """LTTng is not here, or does not work here."""


def call(environment, *command):
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable(f'{error.filename} is missing') from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f'{" ".join(map(str, command))}: {error.stderr.strip() or error}') from error


def lttng(environment, *arguments):
    call(environment, 'lttng', '--quiet', *arguments)


@contextlib.contextmanager
def daemon(folder):
    """Starts one of our own and ends it; gives the environment for programs and commands."""
    environment = dict(os.environ, LTTNG_HOME=str(folder), LTTNG_UST_REGISTER_TIMEOUT='10000',
                       LTTNG_UST_ALLOW_BLOCKING='1')
    pidfile = folder / 'lttng-sessiond.pid'
    call(environment, 'babeltrace2', '--version')
    call(environment, 'lttng-sessiond', '--daemonize', '--no-kernel', '--pidfile', pidfile)
    process = os.pidfd_open(int(pidfile.read_text(encoding='ascii')))
    try:
        yield environment
    finally:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        select.select([process], [], [], 30)
        os.close(process)


@contextlib.contextmanager
def session(environment, out):
    """One that loses nothing: whoever finds its buffer full waits. The trace is the folder OUT.lttng."""
    lttng(environment, 'create', 'bench', f'--output={out}.lttng')
    try:
        lttng(environment, 'enable-channel', '--userspace', '--blocking-timeout=inf', 'calls')
        lttng(environment, 'enable-event', '--userspace', '--channel=calls', 'bench:*')
        lttng(environment, 'start')
        yield
    finally:
        lttng(environment, 'destroy', 'bench')
