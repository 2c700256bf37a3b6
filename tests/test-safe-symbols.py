#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a signal handler may run calls nothing but what signal-safety(7) lists: test-safe-symbols.py ARCHIVE"""
import re
import subprocess
import sys

# Of signal-safety(7); poll, setitimer, syscall and the string functions are system calls or plain loops. Waking a main
# context is a write to its eventfd. What is the library's own is in this list itself.
SAFE = {
    '__errno_location', 'clock_gettime', 'getpid', 'kill', 'memcpy', 'memset', 'nanosleep', 'poll',
    'pthread_sigmask', 'setitimer', 'sigaction', 'sigaddset', 'sigemptyset', 'signal', 'strlen', 'syscall', 'write',
    'g_main_context_wakeup',
}
FILES = {'base_emergency.c.o', 'async_last-call.c.o', 'front_crash-handler.c.o'}
COMPILER = re.compile(r'_GLOBAL_OFFSET_TABLE_$|__stack_chk_fail$|__(asan|ubsan|tsan|sanitizer|gcov|llvm)_|'
                      r'__(memcpy|memset)_chk$|__start___llvm|mem(cpy|set)$')


def main(archive):
    member = None
    undefined = {}
    defined = set()
    for line in subprocess.run(['nm', archive], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(':'):
            member = line[:-1].rpartition('/')[2]
        elif member in FILES and line.split():
            *_, kind, name = line.split()
            if kind == 'U':
                undefined.setdefault(member, set()).add(name)
            else:
                defined.add(name)
    assert undefined.keys() == FILES, f'not all of {FILES} in {archive}'
    # A variable, which is as good as any.
    defined.add('mvx_log_fork_generation')
    problems = 0
    for member, names in sorted(undefined.items()):
        unsafe = sorted(name for name in names - SAFE - defined if not COMPILER.match(name))
        print(f'{member}: {len(names)} symbols of others, {len(unsafe)} that are not safe {" ".join(unsafe)}')
        problems += len(unsafe)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
