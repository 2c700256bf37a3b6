#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hold-threads: the program that it runs ends as it would alone, and each thread of it is stopped now and then."""
import signal
import subprocess
import sys
import unittest

HOLD = sys.argv.pop(1)

# Ends when a thread that does nothing but run has been seen stopped by a tracer.
SEEN = '''
import threading
ids = []
def spin():
    ids.append(threading.get_native_id())
    while ids:
        pass
threading.Thread(target=spin).start()
while not ids:
    pass
while open(f'/proc/self/task/{ids[0]}/stat').read().rsplit(')', 1)[1].split()[0] != 't':
    pass
ids.clear()
print('seen')
'''

# Stopped by a signal, it stays so until it is continued, though it would be held and let go a hundred times meanwhile.
CONTINUED = '''
import os, signal, time
reader, writer = os.pipe()
os.set_blocking(reader, False)
child = os.fork()
if child == 0:
    time.sleep(1)
    os.write(writer, b'continued')
    while True:
        os.kill(os.getppid(), signal.SIGCONT)
        time.sleep(0.01)
os.kill(os.getpid(), signal.SIGSTOP)
print(os.read(reader, 9).decode())
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
'''


def hold(*command):
    return subprocess.run([HOLD, *command], text=True, check=False, capture_output=True)


class Hold(unittest.TestCase):
    def test_ends_as_the_program(self):
        self.assertEqual(hold('true').returncode, 0)
        self.assertEqual(hold('sh', '-c', 'exit 3').returncode, 3)
        self.assertEqual(hold('sh', '-c', 'kill -TERM $$').returncode, -signal.SIGTERM)
        self.assertEqual(hold('sh', '-c', 'kill -KILL $$').returncode, -signal.SIGKILL)

    def test_signals_come_through(self):
        result = hold('sh', '-c', 'trap "echo told; exit 4" USR1; kill -USR1 $$; exit 5')
        self.assertEqual((result.returncode, result.stdout), (4, 'told\n'))

    def test_thread_is_held(self):
        self.assertEqual(hold(sys.executable, '-c', SEEN).stdout, 'seen\n')

    def test_stopped_and_continued(self):
        self.assertEqual(hold(sys.executable, '-c', CONTINUED).stdout, 'continued\n')

    def test_misused(self):
        result = hold()
        self.assertEqual((result.returncode, result.stderr), (2, 'Usage: hold-threads PROGRAM [ARGUMENT...]\n'))
        result = hold('/nowhere/program')
        self.assertEqual((result.returncode, result.stderr),
                         (127, "hold-threads: cannot run '/nowhere/program': No such file or directory\n"))


if __name__ == '__main__':
    if hold('true').returncode == 77:
        print('skipped: ptrace(2) is not allowed here')
        sys.exit(77)
    unittest.main(verbosity=2)
