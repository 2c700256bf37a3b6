#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-kafka.py MOCK COMMAND...: runs a command beside brokers of its own; '@address@' becomes a list of them.

The exit status is the command's.
"""
import subprocess
import sys


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as brokers:
        address = brokers.stdout.readline().strip().replace(',', ';')
        if not address:
            print('kafka-mock ended early')
            return 1
        return subprocess.call([word.replace('@address@', address) for word in sys.argv[2:]])


if __name__ == '__main__':
    sys.exit(main())
