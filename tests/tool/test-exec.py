#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mvxlog exec with programs that know nothing of it: real ones from Debian, and small ones for what they may do to it.

MVXLOG is the built tool, MVXLOG_EXEC_SHIM what it preloads, MVXLOG_TEST_PLUGINS the directory with the file plugin.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

TOOL = os.environ.get('MVXLOG', 'mvxlog')
PLUGINS = os.environ.get('MVXLOG_TEST_PLUGINS', '')
COMPILER = shutil.which('cc') or shutil.which('gcc')
TIMEOUT = 60
# What GLib's own writer begins a line with.
PRINTED = re.compile(r'^(?:\*\* |\(.*:\d+\): )?(?:\S+-)?(?:ERROR|CRITICAL|WARNING|Message|INFO|DEBUG)(?: \*\*)?: [\d:.]+: (.*)$')
BOLTD = '/usr/libexec/boltd'

CONFIG = """[mvxlog]
version=1
[sink out]
plugin=file
path={}
[context]
sinks=out
"""


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f'{", ".join(missing)} not installed')


class ExecTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-exec-'))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.log = self.directory / 'log.jsonl'
        self.config = self.write('exec.conf', CONFIG.format(self.log))
        self.env = {key: value for key, value in os.environ.items()
                    if key == 'MVXLOG_EXEC_SHIM' or not key.startswith(('MVXLOG_', 'XDG_', 'G_', 'GST_', 'MALLOC_'))}
        self.env.update(MVXLOG_PLUGIN_SYSTEM_PATH=PLUGINS, HOME=str(self.directory), XDG_DATA_HOME=str(self.directory),
                        XDG_CACHE_HOME=str(self.directory), LC_ALL='C.UTF-8', NO_COLOR='1')

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding='utf-8')
        return str(path)

    def run_plain(self, *command, **env):
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              env={**self.env, **env}, timeout=TIMEOUT, check=False, cwd=self.directory, text=True)

    def run_exec(self, *arguments, **env):
        return self.run_plain(TOOL, 'exec', '-c', self.config, *arguments, **env)

    def run_daemon(self, n_least, *arguments):
        """One that ends only when it is told to, which is tried later if it has not come so far."""
        for patience in '2', '10', '40':
            self.log.unlink(missing_ok=True)
            result = self.run_exec(*arguments, PATIENCE=patience)
            if len(self.events()) >= n_least:
                break
        return result

    def events(self):
        return [json.loads(line) for line in self.log.read_text(encoding='utf-8').splitlines()] if self.log.exists() else []

    def messages(self):
        return [event['message'] for event in self.events()]

    def compile(self, name, body):
        source = self.write(f'{name}.c', '#include <glib.h>\n#include <unistd.h>\n' + body)
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'glib-2.0'], check=True, capture_output=True, text=True)
        subprocess.run([COMPILER, '-w', '-o', self.directory / name, source, *flags.stdout.split()], check=True)
        return str(self.directory / name)


class TestDebian(ExecTest):
    """Each event is a message that the program has printed itself, and nothing that it has printed is missing."""

    def assert_printed(self, result, n_least):
        printed = [found[1] for found in map(PRINTED.match, result.stdout.splitlines()) if found]
        logged = [message.split('\n')[0] for message in self.messages()]
        self.assertEqual(sorted(printed), sorted(logged))
        self.assertGreaterEqual(len(logged), n_least)

    @needs('createrepo_c')
    def test_handler(self):
        """It has a default handler of its own, which prints in its own way."""
        result = self.run_exec('-d', 'all', '--', 'createrepo_c', '--verbose', str(self.directory))
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertGreaterEqual(len(self.events()), 15)
        for event in self.events():
            self.assertIn(event['message'], result.stdout)
        plain = self.run_plain('createrepo_c', '--verbose', str(self.directory))
        self.assertIn('Pool started (with 5 workers)', plain.stdout)
        self.assertIn('Pool started (with 5 workers)', self.messages())

    @needs('dbus-run-session', BOLTD)
    def test_writer(self):
        """It has a writer of its own, which a second writer would make it die of."""
        result = self.run_daemon(5, '-d', 'all', '--', 'dbus-run-session', '--', 'sh', '-c',
                                 f'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS timeout -s INT $PATIENCE {BOLTD} -v')
        own = [event for event in self.events() if event.get('context') == 'bolt']
        started = [event for event in own if event.get('BOLT_VERSION')]
        self.assertGreaterEqual(len(own), 5, result.stdout)
        self.assertEqual(len(started), 1, own)
        self.assertEqual(started[0]['message'], f'bolt {started[0]["BOLT_VERSION"]} starting up.')
        self.assertEqual(len(started[0]['MESSAGE_ID']), 32)
        # What its writer prints, a time and a topic before the message.
        shown = [event['message'] for event in own if event['level'] != 'debug']
        for message in shown:
            self.assertIn(message, result.stdout)
        self.assertGreaterEqual(len(shown), 2)

    @needs('dbus-run-session', 'zeitgeist-daemon')
    def test_vala_daemon(self):
        """Written in Vala; it has a handler of its own and starts a second daemon, which has none."""
        result = self.run_daemon(10, '-d', 'all', '--tee', '--', 'dbus-run-session', '--', 'sh', '-c',
                                 'timeout $PATIENCE zeitgeist-daemon --log-level=debug')
        events = self.events()
        self.assertGreaterEqual(len(events), 10, result.stdout)
        daemon = [event for event in events if 'DATABASE_FILE_PATH' in event['message']][0]['pid']
        own = [event['message'] for event in events if event['pid'] == daemon]
        for message in own:
            self.assertIn(message.split('\n')[0], result.stdout)
        printed = [line.partition(']\x1b[0m ')[2] for line in result.stdout.splitlines() if ']\x1b[0m ' in line]
        self.assertEqual(sorted(printed), sorted(message for message in own if '.vala:' in message))

    def test_python(self):
        script = self.write('app.py', """
import gi
from gi.repository import GLib
GLib.log_variant('py.app', GLib.LogLevelFlags.LEVEL_WARNING, GLib.Variant('a{sv}', {
    'MESSAGE': GLib.Variant('s', 'from Python'), 'SHOP_ORDER': GLib.Variant('s', '4711')}))
GLib.log_default_handler('py.app', GLib.LogLevelFlags.LEVEL_DEBUG, 'in detail', None)
""")
        if self.run_plain('/usr/bin/python3', '-c', 'import gi').returncode != 0:
            self.skipTest('python3-gi not installed')
        result = self.run_exec('-d', 'all', '--tee', '/usr/bin/python3', script)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assert_printed(result, 2)
        first = self.events()[0]
        self.assertEqual((first['context'], first['level'], first['message'], first['SHOP_ORDER']),
                         ('py.app', 'warning', 'from Python', '4711'))

    @needs('gjs')
    def test_gjs(self):
        script = self.write('app.js', """
const GLib = imports.gi.GLib;
GLib.log_structured('js.app', GLib.LogLevelFlags.LEVEL_MESSAGE, {MESSAGE: 'from JavaScript', SHOP_ORDER: '12'});
log('plain');
""")
        result = self.run_exec('--tee', 'gjs', script)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assert_printed(result, 2)
        self.assertIn(('js.app', 'notice', 'from JavaScript', '12'),
                      [(event.get('context'), event['level'], event['message'], event.get('SHOP_ORDER'))
                       for event in self.events()])
        self.assertIn('JS LOG: plain', self.messages())

    @needs('gst-launch-1.0')
    def test_gstreamer(self):
        command = ['gst-launch-1.0', 'fakesrc', 'num-buffers=20', '!', 'fakesink']
        env = {'GST_DEBUG': '*:6', 'GST_DEBUG_NO_COLOR': '1', 'GST_REGISTRY': str(self.directory / 'registry')}
        self.run_plain(*command, **env)  # which makes the registry, and says so
        result = self.run_exec('--', *command, **env)
        events = self.events()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertNotIn('DEBUG', result.stdout)
        plain = self.run_plain(*command, **env)
        printed = [line for line in plain.stdout.splitlines() if re.match(r'\d+:\d\d:\d\d\.\d+ +\d+ +0x', line)]
        # What it prints depends a little on how its threads meet.
        self.assertGreater(len(events), 1000)
        self.assertLess(abs(len(events) - len(printed)), len(printed) // 20)
        self.assertEqual({event['level'] for event in events} - {'error', 'warning', 'notice'}, {'info', 'debug', 'trace'})
        self.assertTrue(all(event['context'].startswith('gst.') and event['file'] and event['line'] for event in events))
        self.assertIn('fakesink0', {event.get('object') for event in events})


@unittest.skipUnless(COMPILER, 'no C compiler')
class TestPrograms(ExecTest):
    def assert_same_end(self, program, *messages, **env):
        plain = self.run_plain(program, **env)
        bridged = self.run_exec('--', program, **env)
        self.assertEqual(bridged.returncode, plain.returncode, bridged.stdout)
        self.assertEqual(self.messages(), list(messages), bridged.stdout)
        return plain, bridged

    def test_own_writer(self):
        program = self.compile('writer', """
static GLogWriterOutput own (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{ write (1, data, 6); return G_LOG_WRITER_HANDLED; }
int main (void) { g_log_set_writer_func (own, "mine: ", NULL); g_message ("one"); g_warning ("two"); return 7; }
""")
        plain, bridged = self.assert_same_end(program, 'one', 'two')
        self.assertEqual((plain.returncode, plain.stdout, bridged.stdout), (7, 'mine: mine: ', 'mine: mine: '))

    def test_second_writer(self):
        program = self.compile('second', """
static GLogWriterOutput own (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{ return g_log_writer_default (level, fields, n, NULL); }
int main (void) { g_log_set_writer_func (g_log_writer_default, NULL, NULL); g_log_set_writer_func (own, NULL, NULL);
  g_message ("first"); g_log_set_writer_func (own, NULL, NULL); return 0; }
""")
        plain, bridged = self.assert_same_end(program, 'first', 'g_log_set_writer_func() called multiple times')
        self.assertEqual(plain.returncode, -signal.SIGTRAP)
        self.assertIn('g_log_set_writer_func() called multiple times', bridged.stdout)

    def test_handlers(self):
        program = self.compile('handlers', """
static void own (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{ g_print ("%s %s %s\\n", (char *) data, domain, message); }
static void gone (gpointer data) { g_print ("gone %s\\n", (char *) data); }
static void on (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{ g_log_default_handler (domain, level, message, data); }
int main (void)
{
  guint id = g_log_set_handler_full ("full", G_LOG_LEVEL_MASK, own, "full", gone);
  g_log_set_handler ("plain", G_LOG_LEVEL_MASK, own, "plain");
  g_log_set_handler ("on", G_LOG_LEVEL_MASK, on, NULL);
  g_log ("full", G_LOG_LEVEL_MESSAGE, "1");
  g_log ("plain", G_LOG_LEVEL_MESSAGE, "2");
  g_log ("on", G_LOG_LEVEL_MESSAGE, "3");
  g_log_remove_handler ("full", id);
  g_assert (g_log_set_default_handler (own, "default") == g_log_default_handler);
  g_log ("full", G_LOG_LEVEL_MESSAGE, "4");
  g_assert (g_log_set_default_handler (g_log_default_handler, NULL) == own);
  g_log ("full", G_LOG_LEVEL_MESSAGE, "5");
  g_assert (g_log_set_default_handler (own, "again") == g_log_default_handler);
  g_log (NULL, G_LOG_LEVEL_MESSAGE, "6");
  return 0;
}
""")
        _, bridged = self.assert_same_end(program, '1', '2', '3', '4', '5', '6')
        self.assertEqual(bridged.stdout.splitlines(), ['full full 1', 'plain plain 2', 'gone full', 'default full 4',
                                                       'again (null) 6'])
        self.assertEqual([event.get('context') for event in self.events()], ['full', 'plain', 'on', 'full', 'full', None])

    def test_fatal(self):
        program = self.compile('fatal', 'int main (void) { g_warning ("last words"); return 0; }\n')
        plain, _ = self.assert_same_end(program, 'last words', G_DEBUG='fatal-warnings')
        self.assertEqual(plain.returncode, -signal.SIGTRAP)

    def test_fatal_with_own_writer(self):
        program = self.compile('fatal', """
#define G_LOG_USE_STRUCTURED 1
static GLogWriterOutput own (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{ return G_LOG_WRITER_HANDLED; }
int main (void) { g_log_set_writer_func (own, NULL, NULL);
  g_log_structured ("x", G_LOG_LEVEL_WARNING, "MESSAGE", "goes on"); g_error ("ends"); return 0; }
""")
        plain, _ = self.assert_same_end(program, 'goes on', 'ends', G_DEBUG='fatal-warnings')
        self.assertEqual(plain.returncode, -signal.SIGTRAP)

    def test_loaded_later(self):
        """GLib comes into the process long after it was started, as in python3."""
        library = self.write('lib.c', '#include <glib.h>\nvoid go (void) { g_message ("late"); }\n')
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'glib-2.0'], check=True, capture_output=True, text=True)
        subprocess.run([COMPILER, '-shared', '-fPIC', '-o', self.directory / 'lib.so', library, *flags.stdout.split()],
                       check=True)
        program = self.compile('late', f"""
#include <dlfcn.h>
int main (void) {{ void (*go) (void) = dlsym (dlopen ("{self.directory}/lib.so", RTLD_NOW), "go"); go (); return 0; }}
""")
        self.assert_same_end(program, 'late')


class TestCommand(ExecTest):
    def refused(self, status, *arguments):
        result = self.run_plain(TOOL, 'exec', *arguments)
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout

    def test_quiet_programs(self):
        """Most of what is started does not know GLib: it must not notice."""
        result = self.run_exec('--', 'sh', '-c', 'env true; timeout 60 echo out; exit 9')
        self.assertEqual((result.returncode, result.stdout, self.events()), (9, 'out\n', []))
        self.assertFalse(self.log.exists())
        self.assertEqual(self.run_exec('sh', '-c', 'kill -TERM $$').returncode, -signal.SIGTERM)

    def test_options_of_the_program(self):
        self.assertEqual(self.run_exec('sh', '-c', 'echo "$@"', 'sh', '-c', '--tee', '--').stdout, '-c --tee --\n')
        self.assertEqual(self.run_exec('--tee', '--', 'sh', '-c', 'echo $MVXLOG_EXEC_TEE').stdout, '1\n')
        self.assertEqual(self.run_exec('-d', 'GLib Gtk', 'sh', '-c', 'echo $G_MESSAGES_DEBUG').stdout, 'GLib Gtk\n')
        # A program that goes to another folder still finds its configuration.
        self.assertEqual(self.refused(0, '-c', 'exec.conf', 'sh', '-c', 'echo $MVXLOG_CONFIG'), f'{self.config}\n')
        self.assertTrue(self.run_exec('sh', '-c', 'echo $LD_PRELOAD', LD_PRELOAD='').stdout.endswith('libmvxlog-exec.so\n'))

    def test_refusals(self):
        self.assertEqual(self.refused(2), "mvxlog: which program?\nmvxlog: try 'mvxlog exec --help'\n")
        self.assertEqual(self.refused(2, '--te', 'true'), "mvxlog: unknown option '--te' of 'exec'; did you mean '--tee'?\n"
                                                          "mvxlog: try 'mvxlog exec --help'\n")
        self.assertEqual(self.refused(127, 'no-such-program'), "mvxlog: there is no program 'no-such-program'\n")
        broken = self.write('broken.conf', '[mvxlog]\nversion=1\n[context]\nsinks=nowhere\n')
        output = self.refused(1, '-c', broken, 'true')
        self.assertIn(f'{broken}:4:', output)
        directory = self.directory / 'bin'
        directory.mkdir()
        script = directory / 'tool'
        script.write_text('no program\n', encoding='utf-8')
        script.chmod(0o755)
        self.assertEqual(self.refused(126, str(script)), f"mvxlog: '{script}' cannot be run: Exec format error\n")
        script.chmod(0o644)
        for path in (script, directory):
            self.assertEqual(self.refused(126, str(path)), f"mvxlog: '{path}' cannot be run: Permission denied\n")
        missing = directory / 'missing'
        self.assertEqual(self.refused(127, str(missing)), f"mvxlog: there is no program '{missing}'\n")

    def test_no_shim(self):
        result = self.run_plain(TOOL, 'exec', 'true', MVXLOG_EXEC_SHIM='/nowhere/shim.so')
        self.assertEqual((result.returncode, result.stdout),
                         (126, "mvxlog: '/nowhere/shim.so' cannot be read: No such file or directory; install mvxlog "
                               "completely\n"))

    @unittest.skipIf(os.geteuid() != 0, 'only root can make such a program')
    def test_other_rights(self):
        program = self.directory / 'su'
        shutil.copy('/bin/true', program)
        os.chown(program, 65534, 65534)
        program.chmod(0o4755)
        self.assertEqual(self.refused(126, str(program)),
                         f"mvxlog: '{program}' runs with the rights of its owner, and nothing can be preloaded into such a "
                         'program; run mvxlog as that user\n')


if __name__ == '__main__':
    unittest.main()
