#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog spool on spools that programs have left: sound ones, damaged ones, dead letters.

MVXLOG is the built tool, MVXLOG_TEST_PLUGINS the directory with the plugins.
"""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ['MVXLOG']
PLUGINS = pathlib.Path(os.environ['MVXLOG_TEST_PLUGINS'])
SEGMENT = '0000000000000001.seg'


@unittest.skipUnless((PLUGINS / 'libmvxlog-redis.so').exists() and (PLUGINS / 'libmvxlog-file.so').exists(),
                     'the plugins redis and file are needed')
class SpoolTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix='mvxlog-spool-')))
        self.addCleanup(shutil.rmtree, self.directory)
        plugins = self.directory / 'plugins'
        plugins.mkdir(mode=0o755)
        for name in ('redis', 'file'):
            shutil.copy(PLUGINS / f'libmvxlog-{name}.so', plugins)
            (plugins / f'libmvxlog-{name}.so').chmod(0o755)
        self.env = {**os.environ, 'MVXLOG_PLUGIN_SYSTEM_PATH': str(plugins), 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'}
        self.spool = self.directory / 'spool'

    def config(self, name, text):
        path = self.directory / name
        path.write_text(f'[mvxlog]\nversion=1\n{text}[context]\nsinks=out\n', encoding='utf-8')
        return str(path)

    def spooled(self, more=''):
        """A sink whose server is not there: nothing listens on port 1."""
        return self.config('spooled.conf', '[sink out]\nplugin=redis\nhost=127.0.0.1\n'
                                           f'port=1\ndelivery=spool\nspool-dir={self.spool}\n{more}')

    def run_tool(self, *args, status=0, text=None):
        done = subprocess.run([TOOL, *map(str, args)], input=text, capture_output=True, text=True, env=self.env, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def leave(self, n, more=''):
        """A program that leaves n events behind; the path of its stream."""
        before = set(self.streams())
        lines = ''.join(f'line {i}\n' for i in range(n))
        self.run_tool('emit', '-c', self.spooled(more), '-', text=lines)
        return (set(self.streams()) - before).pop()

    def streams(self):
        return [path for path in self.spool.glob('out/*') if re.fullmatch('[0-9a-f]{32}', path.name)]

    def listed(self):
        return json.loads(self.run_tool('spool', 'list', '--json', self.spool)[0])

    def exported(self, *args):
        return [json.loads(line) for line in self.run_tool('spool', 'export', *args, self.spool)[0].splitlines()]

    def damage(self, stream):
        """One bit in the middle."""
        path = stream / SEGMENT
        data = bytearray(path.read_bytes())
        used = len(data.rstrip(b'\0'))
        data[used // 2] ^= 1
        path.write_bytes(data)
        return path

    def test_list(self):
        self.spool.mkdir()
        self.assertEqual(self.run_tool('spool', 'list', self.spool), ('Nothing is spooled.\n', ''))
        self.assertEqual(self.run_tool('spool', 'list', '--json', self.spool), ('[]\n', ''))
        stream = self.leave(5)
        size = sum(path.stat().st_size for path in stream.glob('*.seg'))
        files = len(list(stream.glob('*.seg')))
        out, err = self.run_tool('spool', 'list', self.spool)
        self.assertRegex(out, '^STATE       EVENTS  FILES       SIZE  PATH\nleft             5 +%d +[0-9.]+ .*  %s\n$'
                         % (files, stream))
        self.assertEqual(err, '')
        self.assertEqual(self.listed(), [{
            'path': str(stream), 'state': 'left', 'events': 5, 'delivered': 0, 'files': files, 'bytes': size,
            'damaged': 0, 'unreadable': 0, 'torn_bytes': 0}])
        # From above as from inside of it.
        self.assertEqual(self.run_tool('spool', 'list', self.directory)[0], out)
        self.assertEqual(self.run_tool('spool', 'list', self.spool / 'out')[0], out)

    def test_in_use(self):
        self.leave(3)
        with subprocess.Popen([TOOL, 'emit', '-c', self.spooled(), '--tee', '-'], env=self.env, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            process.stdin.write(b'x\n')
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), b'x\n')
            states = [place['state'] for place in self.listed()]
            self.assertEqual(states, ['in use'] * len(states))
            # Nothing of it is touched.
            self.assertEqual(self.run_tool('spool', 'prune', '--older-than', '0', self.spool)[0], 'Nothing to do.\n')
            self.assertEqual(self.run_tool('spool', 'repair', self.spool)[0], 'Nothing to do.\n')
            process.stdin.close()
            process.wait()
        self.assertEqual(sum(place['events'] for place in self.listed()), 4)

    def test_export(self):
        self.leave(20)
        events = self.exported()
        self.assertEqual([event['message'] for event in events], [f'line {i}' for i in range(20)])
        self.assertEqual([event['seq'] for event in events], list(range(1, 21)))
        self.assertEqual(len({event['sender_stream'] for event in events}), 1)
        # What it writes is what view reads.
        text = self.run_tool('spool', 'export', self.spool)[0]
        self.assertEqual(len(self.run_tool('view', '-', text=text)[0].splitlines()), 20)

    def test_verify(self):
        stream = self.leave(3000)
        self.assertEqual(self.run_tool('spool', 'verify', self.spool), ('1 spools, 3000 events, 0 problems\n', ''))
        path = self.damage(stream)
        out, err = self.run_tool('spool', 'verify', self.spool, status=1)
        found = re.fullmatch(r'%s: 1 damaged places, \d+ bytes\n1 spools, (\d+) events, 1 problems\n' % path, out)
        self.assertTrue(found, out)
        self.assertEqual(err, '')
        self.assertGreater(int(found[1]), 2000)
        told = json.loads(self.run_tool('spool', 'verify', '--json', self.spool, status=1)[0])
        self.assertEqual(told['spools'][0]['damaged'], 1)
        self.assertEqual(told['problems'][0]['file'], str(path))
        # What can be read is exported, and that something is missing is said.
        text, err = self.run_tool('spool', 'export', self.spool, status=1)
        self.assertEqual(len(text.splitlines()), int(found[1]))
        self.assertRegex(err, r'^mvxlog: %s: 1 damaged places, \d+ bytes\n$' % path)

    def test_newer(self):
        stream = self.leave(1)
        path = stream / SEGMENT
        path.rename(stream / '0000000000000009.seg')
        path.write_bytes(b'not a segment at all')
        out, _ = self.run_tool('spool', 'verify', self.spool, status=1)
        self.assertIn(f'{path}: the header is damaged\n', out)

    def test_damaged(self):
        """Whatever a file has become, everything around it is found, and it is said what is wrong."""
        stream = self.leave(3000)
        sound = (stream / SEGMENT).read_bytes()
        used = len(sound.rstrip(b'\0'))
        other = bytearray(sound)
        other[16:32] = b'another stream!!'
        for data, events, problem in (
                (sound, 3000, None),
                (b'', 0, 'the header is damaged'),
                (sound[:40], 0, 'the header is damaged'),
                (sound[:64], 0, None),
                (b'\0' * 64 + sound[64:], 3000, 'the header is damaged'),
                (sound[:used - 5], 2700, None),  # a write that was never finished
                (bytes(other), 3000, 'the header is damaged'),
                (sound[:64] + b'\xff' * 100 + sound[164:], 2500, r'1 damaged places, \d+ bytes'),
                (sound[:used + 24] + sound[64:used], 3000, None)):  # frames of somewhere else are none
            with self.subTest(len(data), problem=problem):
                (stream / SEGMENT).write_bytes(data)
                out, err = self.run_tool('spool', 'verify', self.spool, status=1 if problem else 0)
                found = re.search(r'^1 spools, (\d+) events, \d+ problems$', out, re.M)
                self.assertEqual(err, '')
                self.assertGreaterEqual(int(found[1]), events, out)
                self.assertLessEqual(int(found[1]), 3000, out)
                if problem:
                    self.assertRegex(out, f'^{stream / SEGMENT}: {problem}\n')
                # The program that comes next takes what there is, whatever it is.
                self.run_tool('spool', 'repair', self.spool)
                self.assertEqual(int(re.search(r', (\d+) events, 0 problems',
                                               self.run_tool('spool', 'verify', self.spool)[0])[1]), int(found[1]))
                for bad in stream.glob('*.bad'):
                    bad.unlink()

    def test_repair(self):
        stream = self.leave(3000)
        path = self.damage(stream)
        kept = len(self.run_tool('spool', 'export', self.spool, status=1)[0].splitlines())
        self.assertEqual(self.run_tool('spool', 'repair', self.spool), (f'repaired {path}: {kept} events\n', ''))
        self.assertTrue((stream / f'{SEGMENT}.bad').exists())
        self.assertEqual(self.run_tool('spool', 'verify', self.spool),
                         (f'1 spools, {kept} events, 0 problems\n', ''))
        self.assertEqual(self.run_tool('spool', 'repair', self.spool), ('Nothing to do.\n', ''))
        self.assertEqual(self.run_tool('spool', 'repair', '--json', self.spool), ('[]\n', ''))

    def test_replay(self):
        streams = sorted((self.leave(1200), self.leave(3)))
        target = self.directory / 'out.log'
        config = self.config('file.conf', f'[sink out]\nplugin=file\npath={target}\n')
        out, err = self.run_tool('spool', 'replay', '-c', config, '-s', 'out', self.spool)
        self.assertEqual(err, '')
        self.assertEqual(sorted(re.findall('(.*): .*\n', out)), [f'replayed {stream}' for stream in streams])
        self.assertEqual(len(target.read_text().splitlines()), 1203)
        self.assertEqual(self.listed(), [])

    def test_replay_fails(self):
        stream = self.leave(3)
        out, err = self.run_tool('spool', 'replay', '-c', self.config('dead.conf', re.sub(
            'delivery.*\n|spool-dir.*\n|.mvxlog.\n|version=1\n|.context.\n|sinks=.*\n', '',
            pathlib.Path(self.spooled()).read_text())), '-s', 'out', '--flush-timeout', '300ms', self.spool, status=3)
        self.assertEqual(out, 'Nothing to do.\n')
        self.assertIn(f"mvxlog: {stream} stays: Sink 'out' has not delivered everything: 3 events are still waiting", err)
        self.assertEqual(self.listed()[0]['events'], 3)

    def test_replay_into_a_spool(self):
        """A sink that keeps in its own spool what it was given has not delivered it."""
        stream = self.leave(3)
        out, err = self.run_tool('spool', 'replay', '-c', self.spooled(), '-s', 'out', self.spool, status=3)
        self.assertEqual(out, f'replayed {stream}: 3 events\n')
        self.assertIn("mvxlog: 3 events wait again, in the spool of sink 'out' itself; try again when its destination "
                      'takes events\n', err)
        self.assertEqual([one['events'] for one in self.listed()], [3])

    def test_dead(self):
        config = self.spooled('retry-count=1\nretry-min=1ms\nretry-max=1ms\n')
        letters = []
        for _ in range(50):
            # A program may end before it gives up.
            subprocess.run([TOOL, 'emit', '-c', config, 'never to arrive'], env=self.env, stderr=subprocess.DEVNULL,
                           check=False)
            letters = self.exported('--dead')
            if letters:
                break
        self.assertEqual(letters[0]['event']['message'], 'never to arrive')
        self.assertIn('Connection refused', letters[0]['reason'])
        self.assertEqual(letters[0]['attempts'], 2)
        # The stream of a program that ended before may be left beside them.
        self.assertEqual([one['state'] for one in self.listed()].count('dead'), 1)
        self.assertEqual(self.run_tool('spool', 'verify', self.spool)[1], '')
        # They are not in the way, and go when they are told to.
        target = self.directory / 'out.log'
        replay = self.config('file.conf', f'[sink out]\nplugin=file\npath={target}\n')
        out, _ = self.run_tool('spool', 'replay', '--dead', '-c', replay, '-s', 'out', self.spool)
        self.assertEqual(out, f'replayed {self.spool}/out/dead: {len(letters)} events\n')
        self.assertEqual([json.loads(line)['message'] for line in target.read_text().splitlines()],
                         ['never to arrive'] * len(letters))
        self.assertEqual(self.exported('--dead'), [])

    def test_prune(self):
        stream = self.leave(7)
        # What waits is not removed, unless it is old.
        self.assertEqual(self.run_tool('spool', 'prune', self.spool), ('Nothing to do.\n', ''))
        self.assertEqual(self.run_tool('spool', 'prune', '--older-than', '1d', self.spool), ('Nothing to do.\n', ''))
        self.assertEqual(self.run_tool('spool', 'prune', '--older-than', '0', '--json', self.spool),
                         (f'[{{"path":"{stream}","done":"removed","events":7}}]\n', ''))
        self.assertEqual(self.streams(), [])

    def test_refused(self):
        for args, text in (
                ([], 'which command? export, list, prune, repair, replay or verify\nmvxlog: try \'mvxlog spool --help\''),
                (['lst'], "unknown command 'spool lst'; did you mean 'list'?\nmvxlog: try 'mvxlog spool --help'"),
                (['prune'], "give the directory of the spools\nmvxlog: try 'mvxlog spool prune --help'"),
                (['replay', self.directory],
                 'give a configuration and one of its sinks: -c FILE -s NAME\nmvxlog: try \'mvxlog spool replay --help\''),
                (['prune', '--older-than', 'x', self.directory],
                 "--older-than: 'x' is not a duration; use one such as 12h or 30d\n"
                 "mvxlog: try 'mvxlog spool prune --help'")):
            out, err = self.run_tool('spool', *args, status=2)
            self.assertEqual((out, err), ('', f'mvxlog: {text}\n'))
        missing = self.directory / 'missing'
        self.assertEqual(self.run_tool('spool', 'list', missing, status=1),
                         ('', f"mvxlog: Cannot read directory '{missing}': No such file or directory\n"))

    def test_no_bar(self):
        """Not for work of a moment, also on a terminal."""
        self.leave(3)
        try:
            main, side = pty.openpty()
        except OSError as error:
            self.skipTest(f'no terminal: {error}')
        done = subprocess.run([TOOL, 'spool', 'verify', str(self.spool)], stdout=subprocess.PIPE, stderr=side,
                              env={**self.env, 'TERM': 'xterm'}, check=False)
        os.close(side)
        self.assertEqual(done.stdout, b'1 spools, 3 events, 0 problems\n')
        os.set_blocking(main, False)
        with self.assertRaises(OSError):
            os.read(main, 1)
        os.close(main)


if __name__ == '__main__':
    unittest.main()
