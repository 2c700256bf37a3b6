#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`mvxlog plugin verify` finds each broken promise, at its own line.

MVXLOG is the tool, MVXLOG_TEST_BROKEN the folder of the broken plugins (tests/broken), each of which breaks one promise.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
BROKEN = pathlib.Path(os.environ['MVXLOG_TEST_BROKEN'])
ORDER = ['symbols', 'load', 'options', 'descriptor', 'required', 'garbage', 'probe', 'create',
         'acknowledge', 'events', 'strings', 'hooks', 'restart',
         'flush', 'pair', 'inside', 'library', 'remains', 'exit']
SCRIPT = "'pkg-config --variable=plugin_map mvxlog-1'"
LINES = {
    'no-create': ('symbols', "it does not export 'create' of its own; define it, with MVX_LOG_PLUGIN_COMPILATION defined before "
                             '<mvxlog/mvxlog.h>'),
    'foreign-create': ('symbols', "it does not export 'create' of its own; define it, with MVX_LOG_PLUGIN_COMPILATION defined "
                                  'before <mvxlog/mvxlog.h>'),
    'shows-more': ('symbols', f"it exports 'broken_help', too; link it with the version script that {SCRIPT} names"),
    'versioned': ('symbols', 'its symbols have versions; the version script of a plugin has no name'),
    'no-licence': ('load', "Plugin '{path}' has no 'licence' or one that is not UTF-8 text; give one to MVX_LOG_PLUGIN_DEFINE"),
    'option-default': ('load', "Plugin '{path}': option table, row 1 ('x'): the default is not valid: expected a whole "
                               "number, got 'many'"),
    'default-refused': ('options', "build_descriptor with the given options: mode: 'fast' is not 'quick'"),
    'descriptor-null': ('options', 'build_descriptor with the given options: build_descriptor failed and gave no reason'),
    'descriptor-counts': ('descriptor', 'it differs from call to call with the same options'),
    'descriptor-blind': ('descriptor', "it is the same with another 'target', so that a changed file would change nothing; "
                                       'put the option into the config key'),
    'descriptor-opens': ('descriptor', 'build_descriptor left 1 open descriptor (/dev/null); it only describes'),
    'needs-more': ('required', 'create with nothing but the 0 required options: crashed (SIGABRT)'),
    'create-null': ('required', "create with nothing but the required options: Plugin 'create-null' broke its contract: "
                                'create failed and gave no reason'),
    'garbage-aborts': ('garbage', 'create with target=: crashed (SIGABRT)'),
    'probe-away': ('probe', 'probe: nobody answers'),
    'probe-silent': ('probe', 'probe: it failed and gave no reason'),
    'probe-waits': ('probe', 'probe with a deadline that is over: did not come to an end within 3 s'),
    'probe-opens': ('probe', 'probe left 6 open descriptors (/dev/null, /dev/null, /dev/null, /dev/null, /dev/null, /dev/null); '
                             'it only asks'),
    'ack-twice': ('acknowledge', "a batch of 1 event: Plugin 'ack-twice' broke its contract: it completed a batch that was not "
                                 'pending: never given to it, or completed before'),
    'ack-unknown': ('acknowledge', "a batch of 1 event: Plugin 'ack-unknown' broke its contract: it completed a batch that was "
                                   'not pending: never given to it, or completed before'),
    'ack-settled': ('acknowledge', "a batch of 1 event: Plugin 'ack-settled' broke its contract: it completed a batch and did "
                                   'not answer PENDING for it'),
    'ack-less': ('acknowledge', "a batch of 1 event: Plugin 'ack-less' broke its contract: it completed a batch with 1, but "
                                'settled 0 of 1 events'),
    'ack-silent': ('acknowledge', "a batch of 1 event: Plugin 'ack-silent' broke its contract: it completed a batch with 2 and "
                                  'gave no reason'),
    'destroy-aborts': ('create', 'destroy: crashed (SIGABRT)'),
    'batch-limit': ('events', "dispatch_core with 1000 events: Plugin 'batch-limit' broke its contract: it answered OK, but "
                              'settled 100 of 1000 events'),
    'dispatch-pending': ('events', "dispatch_core with 1 event: Plugin 'dispatch-pending' broke its contract: it answered "
                                   'PENDING without the flag ACKNOWLEDGES'),
    'dispatch-drop': ('events', 'dispatch_core with 1 event: unspeakable'),
    'strings-utf8': ('strings', 'dispatch_core with the message "\\xff\\xfe no UTF-8": crashed (SIGABRT)'),
    'reopen-closes': ('hooks', 'dispatch_core behind reopen: it is closed'),
    'restart-once': ('restart', 'on_starting after a stop: it was started before'),
    'flush-waits': ('flush', 'flush with a deadline that is over: did not come to an end within 3 s'),
    'one-only': ('pair', 'one of two instances at once: this is another instance'),
    'logs-itself': ('inside', 'events come back to it: it logs on a thread of its own while it delivers; tell the host '
                              '(mvx_log_sink_host_diagnose ()) instead'),
    'thread-bound': ('library', '0 of 1000 events are counted as delivered'),
    'leaves-descriptor': ('remains', '3 instances left 3 open descriptors (/dev/null, /dev/null, /dev/null)'),
    'leaves-thread': ('remains', '3 instances left 3 threads (forgotten, forgotten, forgotten)'),
    'exit-aborts': ('exit', 'crashed (SIGABRT)'),
}

HINTS = {
    'symbols': 'build it as a shared module for this machine, and export nothing but mvx_log_plugin, '
               'build_descriptor, create and dispatch_core',
    'options': 'take the defaults of the table as they stand there; what it needs beside them is given by --options',
    'descriptor': 'make it of the options, all of them and nothing else, and open nothing',
    'required': 'flag what create cannot do without as REQUIRED, and give everything else a default',
    'garbage': 'check values in build_descriptor or create, and refuse what is wrong by an error with a reason',
    'probe': 'say by the deadline whether the destination is there, why not if not, and close what was opened; '
             'verify it with a destination that is there',
    'create': 'free in destroy what create has made, whether it was started or not',
    'acknowledge': 'call mvx_log_sink_host_complete () once for each batch that was answered with PENDING, and with a '
                   'reason unless it is OK',
    'events': 'set *n_done to n_events with OK; answer RETRY or DROP, with a reason, for those behind *n_done',
    'strings': 'take any bytes as text, and answer DROP, with a reason, for what cannot be written',
    'hooks': 'take events after every hook, and give a reason when one fails',
    'restart': 'undo in on_stopped what on_starting does, and nothing more: both are called again',
    'flush': 'come back from flush at its deadline, with FALSE and a reason if something is left',
    'pair': 'keep everything in the instance, or set the flag SINGLETON',
    'inside': 'log nothing on threads of its own while it delivers',
    'library': 'deliver on whatever thread dispatch_core is called, and count every event in *n_done',
    'remains': 'join threads and close what was opened in on_stopped or destroy',
    'exit': 'leave nothing behind that needs the plugin when the process ends, and free everything in destroy',
}


def has_asan():
    return 'libasan' in subprocess.run(['ldd', TOOL], stdout=subprocess.PIPE, text=True, check=False).stdout


class Verify(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-verify-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.env = {name: value for name, value in os.environ.items() if not name.startswith('MVXLOG')}
        # Built with sanitizers: some plugins crash on purpose.
        cls.env['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'handle_abort=0', 'detect_leaks=0']))

    def verify(self, *args, status, env=None):
        result = subprocess.run([TOOL, 'plugin', 'verify', *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.env, **(env or {})}, cwd=self.folder, timeout=250, check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def hint(self, check, line):
        if re.search(r'crashed \(', line):
            return '--valgrind shows where, if valgrind is installed'
        if 'did not come to an end' in line:
            return 'attach a debugger while it waits; if it is only slow, allow more with --step-timeout'
        return HINTS[check]

    def copy(self, name):
        path = self.folder / f'libmvxlog-{name}.so'
        shutil.copy(BROKEN / path.name, path)
        path.chmod(0o644)
        return path

    def test_each_promise(self):
        for name, (check, text) in LINES.items():
            with self.subTest(name):
                path = self.copy(name)
                more = ['--step-timeout', '3s'] if name.endswith('-waits') else []
                lines = self.verify(str(path), *more, status=1).splitlines()
                todo = lines.pop()
                if check == 'load':
                    # The loader's own words say what to do.
                    lines.append(todo)
                else:
                    self.assertEqual(todo, f'           what to do  {self.hint(check, lines[-1])}')
                found = [re.fullmatch(r'  (ok|skipped|broken) +(\S+) +(.*)', line).groups() for line in lines[1:]]
                self.assertEqual(lines[0], str(path))
                self.assertEqual([one[1] for one in found], ORDER[:ORDER.index(check) + 1])
                self.assertEqual([one[0] for one in found[:-1] if one[0] == 'broken'], [])
                self.assertEqual(found[-1][:2], ('broken', check))
                if text is not None:
                    self.assertEqual(lines[-1], f'  broken   {check:11} {text.format(path=path)}')

    def test_every_promise_has_a_plugin(self):
        self.assertEqual(sorted({check for check, _ in LINES.values()}), sorted(ORDER))

    def test_files_that_are_none(self):
        whole = self.copy('good').read_bytes()
        for content in (b'', b'#!/bin/sh\n', whole[:20], whole[:64], whole[:2000], whole[:len(whole) // 2]):
            path = self.folder / 'libmvxlog-cut.so'
            path.write_bytes(content)
            out = self.verify(str(path), status=1).splitlines()
            self.assertEqual(out[2:], [f'           what to do  {HINTS["symbols"]}'])
            self.assertRegex(out[1], r'^  broken   symbols     it is (no shared object for this machine|cut off, .*)$')

    def test_every_byte_may_be_wrong(self):
        """The reader of symbols believes no offset: it answers, whatever stands in the headers."""
        whole = bytearray(self.copy('good').read_bytes())
        paths = []
        for place in range(16, 64 + 56 * 8, 7):
            paths.append(self.folder / f'libmvxlog-b{place}.so')
            content = bytearray(whole)
            content[place:place + 4] = b'\xff\xff\xff\xff'
            paths[-1].write_bytes(content)
        results = json.loads(self.verify('--json', *map(str, paths), status=1))
        self.assertEqual(len(results), len(paths))
        for result in results:
            self.assertNotIn('crashed', result['checks'][0]['text'])

    def test_missing(self):
        path = self.folder / 'libmvxlog-missing.so'
        self.assertEqual(self.verify(str(path), status=1).splitlines()[1],
                         '  broken   symbols     it cannot be opened: No such file or directory')

    def test_sanitizer(self):
        """Where the tool and the plugin are built so, what a plugin does to memory is a broken promise."""
        if not has_asan():
            self.skipTest('not built with AddressSanitizer')
        self.assertRegex(self.verify(str(self.copy('overruns')), status=1).splitlines()[-2],
                         r'^  broken   required    create with nothing but the 0 required options: ended the ')

    def test_sanitized_plugin(self):
        """The tool is not built with it, but for the plugin it is there."""
        module = BROKEN / 'libmvxlog-overruns-asan.so'
        if not module.exists():
            self.skipTest('not built with gcc, or all with a sanitizer')
        path = self.folder / 'libmvxlog-overruns.so'
        shutil.copy(module, path)
        path.chmod(0o644)
        library = subprocess.run(['gcc', '-print-file-name=libasan.so'], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        out = self.verify(str(path), status=1, env={'LD_PRELOAD': library})
        self.assertEqual(out.splitlines()[-2], '  broken   required    create with nothing but the 0 required options: ended the '
                                               'process (status 1)')

    def test_valgrind(self):
        if shutil.which('valgrind') is None:
            self.skipTest('valgrind is not installed')
        if has_asan():
            self.skipTest('AddressSanitizer and valgrind do not get on')
        out = self.verify(str(self.copy('leaks')), status=0)
        self.assertEqual(out.splitlines()[-1], '  ok       exit        the process ends with the plugin in it')
        for name in ('leaks', 'overruns'):
            out = self.verify('--valgrind', str(self.copy(name)), status=1)
            self.assertEqual(out.splitlines()[-2:], ['  broken   exit        valgrind found errors; it tells them above',
                                                     f'           what to do  {HINTS["exit"]}'])


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
