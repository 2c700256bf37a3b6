#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads what the linker has made for how hard it is to abuse: test-hardening.py [--optimised] FILE...

Of each file: no place is writable and executable, the stack is not executable, no relocation is in code, everything is
bound at start and read-only from then on, and a program can be loaded anywhere. With --optimised, too: the compiler has
put canaries on stacks and bounds into calls of libc, in at least one of the files each.
"""
import struct
import sys
import unittest

LOAD, DYNAMIC = 1, 2
GNU_STACK, GNU_RELRO = 0x6474e551, 0x6474e552
STRTAB, STRSZ, TEXTREL, FLAGS, FLAGS_1 = 5, 10, 22, 30, 0x6ffffffb
BIND_NOW, DF_TEXTREL, NOW = 8, 4, 1
SHARED = 3
WRITE, EXECUTE = 2, 1


class Elf:
    def __init__(self, path):
        with open(path, 'rb') as file:
            self.data = file.read()
        if self.data[:6] != b'\x7fELF\x02\x01':
            raise unittest.SkipTest('no ELF file of 64 bits, little end first')
        self.type, = struct.unpack_from('<H', self.data, 16)
        start, = struct.unpack_from('<Q', self.data, 32)
        size, count = struct.unpack_from('<HH', self.data, 54)
        self.segments = [struct.unpack_from('<IIQQQQQQ', self.data, start + i * size) for i in range(count)]
        self.dynamic = dict(self.read_dynamic())

    def find(self, kind):
        return [segment for segment in self.segments if segment[0] == kind]

    def read_dynamic(self):
        for _, _, offset, _, _, size, _, _ in self.find(DYNAMIC):
            for at in range(offset, offset + size, 16):
                yield struct.unpack_from('<QQ', self.data, at)

    def names(self):
        """All that it imports and exports."""
        address, size = self.dynamic[STRTAB], self.dynamic[STRSZ]
        for _, _, offset, virtual, _, length, _, _ in self.find(LOAD):
            if virtual <= address < virtual + length:
                return self.data[offset + address - virtual:][:size].split(b'\0')
        return []


class Hardening(unittest.TestCase):
    files = []
    optimised = False

    def each(self, check):
        for path in self.files:
            with self.subTest(path):
                check(Elf(path))

    def test_no_segment_is_writable_and_executable(self):
        def check(elf):
            self.assertTrue(elf.find(LOAD))
            for segment in elf.find(LOAD):
                self.assertNotEqual(segment[1] & (WRITE | EXECUTE), WRITE | EXECUTE)
        self.each(check)

    def test_stack(self):
        self.each(lambda elf: self.assertEqual([segment[1] & EXECUTE for segment in elf.find(GNU_STACK)], [0]))

    def test_relocations(self):
        def check(elf):
            self.assertEqual(len(elf.find(GNU_RELRO)), 1)
            self.assertTrue(elf.dynamic.get(FLAGS, 0) & BIND_NOW or elf.dynamic.get(FLAGS_1, 0) & NOW)
            self.assertNotIn(TEXTREL, elf.dynamic)
            self.assertFalse(elf.dynamic.get(FLAGS, 0) & DF_TEXTREL)
        self.each(check)

    def test_place(self):
        self.each(lambda elf: self.assertEqual(elf.type, SHARED))

    def test_compiler(self):
        if not self.optimised:
            self.skipTest('not optimised, or with sanitizers')
        names = {name for path in self.files for name in Elf(path).names()}
        self.assertIn(b'__stack_chk_fail', names)
        self.assertTrue([name for name in names if name.endswith(b'_chk') and name != b'__stack_chk_fail'])


def main():
    arguments = sys.argv[1:]
    Hardening.optimised = '--optimised' in arguments
    Hardening.files = [argument for argument in arguments if argument != '--optimised']
    program = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2)
    return 0 if Hardening.files and program.result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main())
