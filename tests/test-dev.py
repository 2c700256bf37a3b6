#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves what tools/dev installs and says, and how .ci/run sums up, with stand-ins for all programs they call."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
COREUTILS = ['cat', 'dirname', 'env', 'grep', 'install', 'find', 'mkdir', 'mktemp', 'rm', 'sed', 'sh', 'tail', 'tee', 'tr',
             'bash']

DPKG_QUERY = '''#!/bin/sh
for last; do :; done
grep -qx "$last" "$FAKE/installed" && printf installed
'''
APT_GET = '''#!/bin/sh
case "$*" in *--dry-run*) test -e "$FAKE/updated"; exit ;; esac
echo "apt-get $*" >> "$FAKE/calls"
case $1 in
  update) : > "$FAKE/updated" ;;
  install)
    shift
    for package; do
      case $package in -*) ;; *) echo "$package" >> "$FAKE/installed" ;; esac
    done
    ;;
esac
'''
MESON = '''#!/bin/sh
echo "meson $*" >> "$FAKE/calls"
case $1 in
  setup)
    for last; do :; done
    for build; do test "$build" = "$last" || folder=$build; done
    mkdir -p "$folder/meson-logs"
    : > "$folder/build.ninja"
    ;;
  test)
    log=testlog
    case "$*" in *--wrapper\ valgrind*) log=testlog-valgrind ;; *hold-threads*) log=testlog-hold-threads ;; esac
    cat "$FAKE/testlog" > "$3/meson-logs/$log.json" 2>/dev/null
    exit "$(cat "$FAKE/status")"
    ;;
esac
'''


def packages(command):
    return subprocess.run([ROOT / 'tools' / 'dev', 'packages', command], check=True, capture_output=True, text=True).stdout.split()


# What they hold is up to the plugins; that each command installs its own list is what is proven here.
BUILD_PACKAGES = packages('build')
TEST_PACKAGES = packages('test')
TSAN_PACKAGES = packages('tsan')
FUZZ_PACKAGES = packages('fuzz')
COVERAGE_PACKAGES = packages('coverage')
VALGRIND_PACKAGES = packages('valgrind')
BENCH_DAEMONS = ['liblttng-ust-dev', 'lttng-tools', 'babeltrace2']
BENCH_PACKAGES = packages('bench')
SINKS_PACKAGES = ['python3', 'python3-zmq', 'bsdutils', 'gzip', 'jq', 'mawk', 'mount', 'redis-server', 'redis-tools', 'rsyslog',
                  'kcat', 'sqlite3', 'systemd', 'curl']


class Sandbox(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-dev-')).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        self.fake = self.root / 'fake'
        self.bin = self.fake / 'bin'
        self.bin.mkdir(parents=True)
        for name in COREUTILS:
            (self.bin / name).symlink_to(shutil.which(name))
        self.program('dpkg-query', DPKG_QUERY)
        self.program('apt-get', APT_GET)
        self.program('meson', MESON)
        self.program('ninja', '#!/bin/sh\necho "ninja $*" >> "$FAKE/calls"\n')
        self.user(0)
        for name in ('installed', 'calls', 'testlog'):
            (self.fake / name).touch()
        self.write_status(0)

    def program(self, name, text):
        path = self.bin / name
        path.write_text(text, encoding='utf-8')
        path.chmod(0o755)

    def user(self, uid):
        self.program('id', f'#!/bin/sh\necho {uid}\n')

    def write_status(self, status):
        (self.fake / 'status').write_text(f'{status}\n', encoding='utf-8')

    def have(self, *packages):
        (self.fake / 'installed').write_text(''.join(f'{package}\n' for package in packages), encoding='utf-8')

    def results(self, *results):
        (self.fake / 'testlog').write_text(''.join(f'{{"name": "t", "result": "{result}"}}\n' for result in results),
                                           encoding='utf-8')

    def calls(self):
        return (self.fake / 'calls').read_text(encoding='utf-8').splitlines()

    def run_script(self, *command, **environment):
        return subprocess.run(command, text=True, check=False, cwd=self.root, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={'PATH': str(self.bin), 'FAKE': str(self.fake), 'TMPDIR': str(self.root),
                                   'DPKG_ADMINDIR': str(self.fake / 'dpkg'), 'MVXLOG_BUILD': str(self.root / 'build'),
                                   **environment})


class Dev(Sandbox):
    """Runs a copy, so that no command can touch the real checkout."""

    def setUp(self):
        super().setUp()
        self.checkout = self.root / 'checkout'
        (self.checkout / 'tools').mkdir(parents=True)
        shutil.copy(ROOT / 'tools' / 'dev', self.checkout / 'tools')

    def dev(self, *arguments, **environment):
        return self.run_script(self.checkout / 'tools' / 'dev', *arguments, **environment)

    def test_help(self):
        for arguments in ([], ['--help'], ['help'], ['test', '--help'], ['demo', '-h']):
            with self.subTest(arguments):
                result = self.dev(*arguments)
                self.assertEqual(result.returncode, 0)
                self.assertTrue(result.stdout.startswith('Usage: tools/dev COMMAND [ARGUMENT...]\n'))
        self.assertEqual(self.calls(), [])

    def test_unknown_command(self):
        result = self.dev('tset')
        self.assertEqual((result.returncode, result.stdout),
                         (2, "tools/dev: unknown command 'tset'; see tools/dev --help\n"))

    def test_argument_too_many(self):
        result = self.dev('build', 'all')
        self.assertEqual((result.returncode, result.stdout),
                         (1, "tools/dev: 'build' takes no arguments; see tools/dev --help\n"))

    def test_packages(self):
        self.assertEqual(self.dev('packages').stdout.split(), TEST_PACKAGES)
        self.assertEqual(BUILD_PACKAGES[:7], ['gcc', 'libc6-dev', 'meson', 'ninja-build', 'pkg-config', 'libglib2.0-dev',
                                              'libjson-glib-dev'])
        self.assertEqual(TEST_PACKAGES[:len(BUILD_PACKAGES) + 4], [*BUILD_PACKAGES, 'g++', 'python3', 'zstd', 'jq'])
        self.assertLessEqual(set(BUILD_PACKAGES), set(TSAN_PACKAGES) & set(VALGRIND_PACKAGES) & set(BENCH_PACKAGES))
        self.assertEqual(self.dev('packages', 'demo').stdout.split(), BUILD_PACKAGES)
        self.assertEqual(self.dev('packages', 'check').stdout.split(), ['python3', 'git', 'clang', 'clang-format'])
        result = self.dev('packages', 'tea')
        self.assertEqual((result.returncode, result.stdout),
                         (1, "tools/dev: no list of packages for 'tea'; there are build, test, tsan, fuzz, coverage, valgrind, demo, "
                             "check and bench\n"))

    def test_install_on_a_fresh_machine(self):
        result = self.dev('install', 'build')
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn(f'Installing {len(BUILD_PACKAGES)} missing Debian packages: {" ".join(BUILD_PACKAGES)}\n', result.stdout)
        self.assertEqual(self.calls(), ['apt-get update',
                                        f'apt-get install -y --no-install-recommends {" ".join(BUILD_PACKAGES)}'])

    def test_installs_each_once(self):
        """Some are in the list for more than one reason."""
        result = self.dev('install', 'test')
        once = list(dict.fromkeys(TEST_PACKAGES))
        self.assertLess(len(once), len(TEST_PACKAGES))
        self.assertEqual(result.stdout, f'Installing {len(once)} missing Debian packages: {" ".join(once)}\n')

    def test_unpacks_syslog_ng(self):
        self.have(*TEST_PACKAGES)
        self.results('OK')
        unpack = self.checkout / 'tools' / 'syslog-ng'
        for status in 0, 1:
            unpack.write_text(f'#!/bin/sh\necho "syslog-ng $*" >> "$FAKE/calls"\nexit {status}\n', encoding='utf-8')
            unpack.chmod(0o755)
            (self.fake / 'calls').write_text('', encoding='utf-8')
            self.assertEqual(self.dev('test').returncode, 0)
            self.assertIn(f'syslog-ng {self.root}/build/peers/syslog-ng', self.calls())

    def test_install_some_without_update(self):
        (self.fake / 'updated').touch()
        self.have(*(package for package in TEST_PACKAGES if package != 'g++'))
        result = self.dev('install', 'test')
        self.assertEqual(result.stdout, 'Installing 1 missing Debian packages: g++\n')
        self.assertEqual(self.calls(), ['apt-get install -y --no-install-recommends g++'])

    def test_install_nothing(self):
        self.have(*(package.replace('pkg-config', 'pkgconf') for package in TEST_PACKAGES))
        result = self.dev('install', 'test')
        self.assertEqual((result.returncode, result.stdout, self.calls()), (0, '', []))

    def test_install_fails(self):
        self.program('apt-get', '#!/bin/sh\nexit 100\n')
        self.have(*(package for package in TEST_PACKAGES if package != 'g++'))
        self.assertNotEqual(self.dev('install', 'test').returncode, 0)

    def test_install_with_sudo(self):
        self.user(1000)
        self.program('sudo', '#!/bin/sh\necho sudo >> "$FAKE/calls"\nexec "$@"\n')
        self.have(*(package for package in TEST_PACKAGES if package != 'g++'))
        self.assertEqual(self.dev('install', 'test').returncode, 0)
        self.assertEqual(self.calls(), ['sudo', 'apt-get update', 'sudo',
                                        'apt-get install -y --no-install-recommends g++'])

    def test_install_neither_root_nor_sudo(self):
        self.user(1000)
        self.have(*(package for package in TEST_PACKAGES if package != 'g++'))
        result = self.dev('test')
        self.assertEqual((result.returncode, result.stdout),
                         (1, 'Installing 1 missing Debian packages: g++\n'
                             'tools/dev: neither root nor sudo; as root, run: apt-get update && apt-get install -y '
                             '--no-install-recommends g++\n'))
        self.assertEqual(self.calls(), [])

    def test_no_debian(self):
        (self.bin / 'dpkg-query').unlink()
        result = self.dev('install', 'build')
        self.assertEqual(result.returncode, 0)
        self.assertTrue(result.stdout.startswith('This is no Debian system; needed are: gcc libc6-dev meson '))

    def test_build(self):
        self.have(*BUILD_PACKAGES)
        self.assertEqual(self.dev('build', MVXLOG_MESON_ARGS='-Dwerror=true -Db_lto=true').returncode, 0)
        self.assertEqual(self.dev('build').returncode, 0)
        build = self.root / 'build'
        self.assertEqual(self.calls(), [f'meson setup -Dwerror=true -Db_lto=true {build} {self.checkout}',
                                        f'ninja -C {build}', f'ninja -C {build}'])

    def test_looks_anew_after_packages(self):
        """What the first command had no packages for is there for the second."""
        self.have(*BUILD_PACKAGES)
        self.results('OK')
        self.assertEqual(self.dev('build').returncode, 0)
        build = self.root / 'build'
        os.utime(build / 'build.ninja', (1, 1))
        (self.fake / 'dpkg').mkdir()
        (self.fake / 'dpkg' / 'status').touch()
        self.assertEqual(self.dev('build', MVXLOG_MESON_ARGS='-Dwerror=true').returncode, 0)
        self.assertEqual(self.calls()[2:], [f'meson setup --reconfigure {build} {self.checkout}', f'ninja -C {build}'])
        self.assertEqual(self.dev('build').returncode, 0)
        self.assertEqual(self.calls()[4:], [f'ninja -C {build}'])

    def test_demo(self):
        self.have(*BUILD_PACKAGES)
        build = self.root / 'build'
        for folder in 'examples', 'plugins':
            (build / folder).mkdir(parents=True)
        (build / 'plugins' / 'libmvxlog-file.so').touch()
        demo = build / 'examples' / 'loghub-demo'
        demo.write_text('#!/bin/sh\necho "demo $* $MVXLOG_PLUGIN_PATH" >> "$FAKE/calls"\n', encoding='utf-8')
        demo.chmod(0o755)
        result = self.dev('demo')
        self.assertEqual(result.returncode, 0, result.stdout)
        folder = re.fullmatch(r'\nlook at them: build/tools/mvxlog view -l warning (.*)/loghub\.jsonl\n', result.stdout)[1]
        self.assertEqual(self.calls(), [
            f'meson setup {build} {self.checkout}',
            f'ninja -C {build} examples/loghub-demo plugins/libmvxlog-file.so tools/mvxlog',
            f'demo {self.checkout}/data/demo.conf {self.checkout}/data/samples {folder}/plugins'])
        self.assertEqual(os.listdir(f'{folder}/plugins'), ['libmvxlog-file.so'])

    def last_line(self, *results, status=0):
        self.have(*TEST_PACKAGES)
        self.results(*results)
        self.write_status(status)
        result = self.dev('test')
        return result.returncode, result.stdout.splitlines()[-1]

    def test_counts(self):
        self.assertEqual(self.last_line('OK', 'OK', 'SKIP', 'EXPECTEDFAIL'), (0, '3 passed, 0 failed, 1 skipped'))
        self.assertEqual(self.last_line('OK', 'FAIL', 'TIMEOUT', 'ERROR', 'UNEXPECTEDPASS', status=4),
                         (1, '1 passed, 4 failed, 0 skipped'))
        self.assertEqual(self.last_line('OK', status=1), (1, '1 passed, 1 failed, 0 skipped'))

    def test_names_are_handed_on(self):
        self.have(*TEST_PACKAGES)
        self.results('OK')
        self.assertEqual(self.dev('test', 'json', 'lane').returncode, 0)
        self.assertTrue(self.calls()[-1].endswith(' json lane'))

    def test_tsan(self):
        self.have(*TSAN_PACKAGES)
        self.results('OK')
        glib = self.checkout / 'tools' / 'tsan-glib'
        glib.write_text('#!/bin/sh\necho /glib\n', encoding='utf-8')
        glib.chmod(0o755)
        self.program('setarch', '#!/bin/sh\necho "setarch $1 $LD_LIBRARY_PATH" >> "$FAKE/calls"\nshift\n"$@"\n')
        result = self.dev('tsan', 'test-lane')
        self.assertEqual((result.returncode, result.stdout), (0, '1 passed, 0 failed, 0 skipped\n'))
        build = self.root / 'build-tsan'
        self.assertEqual(self.calls(), [
            f'meson setup -Db_sanitize=thread -Db_lundef=false {build} {self.checkout}', f'ninja -C {build}',
            'setarch -R /glib',
            f'meson test -C {build} --no-rebuild --print-errorlogs --timeout-multiplier 4 --suite unit test-lane'])

    def fuzzers(self, **ends):
        build = self.root / 'build-fuzz' / 'tests' / 'fuzz'
        build.mkdir(parents=True)
        source = self.checkout / 'tests' / 'fuzz'
        source.mkdir(parents=True)
        for name, end in ends.items():
            (source / f'fuzz-{name}.c').touch()
            (build / f'fuzz-{name}').write_text(f'#!/bin/sh\necho "{name} $1" >> "$FAKE/calls"\n{end}\n', encoding='utf-8')
            (build / f'fuzz-{name}').chmod(0o755)
        self.have(*FUZZ_PACKAGES)

    def test_fuzz(self):
        self.fuzzers(lines="printf '#900\\tDONE   cov: 276 ft: 1202 corp: 127/85b lim: 3 exec/s: 85 rss: 5Mb\\n'",
                     tea='echo "what it cannot stand"\nexit 77')
        result = self.dev('fuzz', '3')
        log = self.root / 'build-fuzz' / 'fuzz-tea.log'
        self.assertEqual((result.returncode, result.stdout.splitlines()),
                         (1, ['lines        900 runs, 85 a second, 276 edges, 127 inputs', 'what it cannot stand',
                              f'fuzz-tea failed with status 77; {log} has all of it',
                              '1 passed, 1 failed, 0 skipped']))
        self.assertEqual(self.calls()[-2:], ['lines -max_total_time=3', 'tea -max_total_time=3'])
        self.assertEqual(self.dev('fuzz', 'lines').returncode, 0)
        self.assertEqual(self.calls()[-2:], [f'ninja -C {self.root / "build-fuzz"} tests/fuzz/fuzz-lines',
                                             'lines -max_total_time=5'])
        result = self.dev('fuzz', 'milk')
        self.assertEqual((result.returncode, result.stdout),
                         (1, "tools/dev: there is no fuzzer 'milk'; there are lines tea\n"))

    def test_coverage(self):
        self.have(*COVERAGE_PACKAGES)
        self.results('OK')
        self.program('python3', '#!/bin/sh\necho "python3 $*" >> "$FAKE/calls"\n')
        build = self.root / 'build-coverage'
        build.mkdir()
        (build / 'old.gcda').touch()
        result = self.dev('coverage', 'libmvxlog/sink')
        self.assertEqual((result.returncode, result.stdout), (0, '1 passed, 0 failed, 0 skipped\n'))
        self.assertFalse((build / 'old.gcda').exists())
        self.assertEqual(self.calls()[0], f'meson setup --buildtype=debug -Db_coverage=true {build} {self.checkout}')
        self.assertEqual(self.calls()[-1],
                         f'python3 {self.checkout}/tools/coverage {self.checkout} {build} libmvxlog/sink')

    def test_mutants(self):
        self.have(*BUILD_PACKAGES, 'python3', 'git')
        self.program('python3', '#!/bin/sh\necho "python3 $*" >> "$FAKE/calls"\nexit 1\n')
        self.assertEqual(self.dev('mutants', 'async').returncode, 1)
        self.assertEqual(self.calls(), [f'python3 {self.checkout}/tools/mutants {self.checkout} '
                                        f'{self.root / "build-mutants"} async'])

    def test_valgrind(self):
        self.have(*VALGRIND_PACKAGES)
        self.results('OK')
        result = self.dev('valgrind', 'test-lane')
        self.assertEqual((result.returncode, result.stdout), (0, '1 passed, 0 failed, 0 skipped\n'))
        call = self.calls()[-1]
        self.assertIn(' --timeout-multiplier 4 --suite unit --wrapper valgrind -q --error-exitcode=99 ', call)
        self.assertTrue(call.endswith(' test-lane'), call)

    def test_jitter(self):
        self.have(*TEST_PACKAGES)
        self.results('OK', 'SKIP')
        result = self.dev('jitter', 'test-lane')
        self.assertEqual((result.returncode, result.stdout), (0, '1 passed, 0 failed, 1 skipped\n'))
        build = self.root / 'build'
        self.assertEqual(self.calls()[-1], f'meson test -C {build} --no-rebuild --print-errorlogs --timeout-multiplier 4 --suite unit '
                                           f'--suite plugin --wrapper {build}/tests/hold-threads test-lane')

    def test_pages(self):
        self.have(*BUILD_PACKAGES, 'python3')
        self.program('python3', '#!/bin/sh\necho "python3 $* $MVXLOG_PLUGIN_SYSTEM_PATH" >> "$FAKE/calls"\n')
        build = self.root / 'build'
        (build / 'plugins').mkdir(parents=True)
        for name in ('mvxlog-file', 'mvxlog-two-words'):
            (build / 'plugins' / f'lib{name}.so').touch()
        result = self.dev('pages')
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(self.calls()[-1], f'python3 {self.checkout}/tools/plugin-pages {self.checkout} {build}/tools/mvxlog '
                                           f'file two-words {build}/plugins')

    def test_bench(self):
        self.have(*BENCH_PACKAGES, *BENCH_DAEMONS)
        self.program('python3', '#!/bin/sh\necho "python3 $* $MVXLOG_PLUGIN_SYSTEM_PATH" >> "$FAKE/calls"\n')
        result = self.dev('bench', 'burst')
        self.assertEqual(result.returncode, 0, result.stdout)
        build = self.root / 'build-bench'
        self.assertEqual(self.calls(), [
            f'meson setup --buildtype=release -Dbench=true {build} {self.checkout}', f'ninja -C {build}',
            f'python3 {self.checkout}/tests/bench/run.py {build}/tests/bench burst --docs {self.checkout}/docs/bench '
            f'{build}/plugins'])

    def test_bench_sinks(self):
        self.have(*BUILD_PACKAGES, *SINKS_PACKAGES)
        self.program('python3', '#!/bin/sh\necho "python3 $*" >> "$FAKE/calls"\n')
        build = self.root / 'build-bench'
        self.assertEqual(self.dev('bench', 'sinks', '--rounds', '1').returncode, 0)
        self.assertEqual(self.calls(), [
            f'meson setup --buildtype=release -Dbench=true {build} {self.checkout}',
            f'ninja -C {build} sink-plugins tools/mvxlog',
            f'python3 {self.checkout}/tests/bench/sinks.py {build} --rounds 1'])

    def test_bench_packages(self):
        self.assertEqual(self.dev('packages', 'bench').stdout.split(), BENCH_PACKAGES)

    def test_clean(self):
        self.have(*BUILD_PACKAGES)
        self.dev('build')
        self.dev('build', MVXLOG_BUILD=str(self.checkout / 'build-asan'))
        self.assertEqual(self.dev('clean').stdout.splitlines(), [f'removing {self.root / "build"}',
                                                                 f'removing {self.checkout / "build-asan"}'])
        self.assertFalse((self.root / 'build').exists())
        self.assertFalse((self.checkout / 'build-asan').exists())

    def test_clean_spares_what_is_no_build(self):
        (self.root / 'build').mkdir()
        (self.root / 'build' / 'precious').touch()
        self.dev('clean')
        self.assertTrue((self.root / 'build' / 'precious').exists())


DEV = '''#!/bin/sh
echo "$* CC=${CC:-} ${MVXLOG_BUILD:-} ${MVXLOG_MESON_ARGS:-}" >> "$FAKE/calls"
case $1 in
  test) test -z "${MVXLOG_MESON_ARGS:-}" || exec sh "$FAKE/sanitized"; echo "10 passed, 0 failed, 2 skipped" ;;
  build) test "${CC:-}" != "$(cat "$FAKE/broken" 2>/dev/null)" ;;
  check) echo "4 passed, 0 failed, 0 skipped" ;;
esac
'''


class Ci(Sandbox):
    def setUp(self):
        super().setUp()
        for folder in ('.ci', 'tools'):
            (self.root / folder).mkdir()
        shutil.copy(ROOT / '.ci' / 'run', self.root / '.ci')
        (self.root / 'tools' / 'dev').write_text(DEV, encoding='utf-8')
        (self.root / 'tools' / 'dev').chmod(0o755)
        self.sanitized('echo "9 passed, 0 failed, 3 skipped"')

    def sanitized(self, text):
        (self.fake / 'sanitized').write_text(text + '\n', encoding='utf-8')

    def ci(self):
        result = self.run_script(self.root / '.ci' / 'run', MVXLOG_BUILD='')
        return result.returncode, result.stdout.splitlines()

    def test_all_good(self):
        status, lines = self.ci()
        self.assertEqual((status, lines[-1]), (0, '32 passed, 0 failed, 8 skipped'))
        words = [call.split()[:2] for call in self.calls()]
        self.assertEqual(words, [['install', 'test'], ['install', 'tsan'], ['install', 'fuzz'],
                                 ['install', 'valgrind'], ['install', 'bench'], ['install', 'check'],
                                 ['test', 'CC='], ['build', 'CC=gcc'], ['build', 'CC=clang'], ['test', 'CC='],
                                 ['tsan', 'CC='], ['fuzz', '4'], ['valgrind', 'CC='],
                                 ['test', 'instructions'], ['check', 'CC=']])
        self.assertIn('build-gcc -Dwerror=true', self.calls()[7])
        self.assertIn('build-asan -Db_sanitize=address,undefined -Db_lundef=false', self.calls()[9])

    def test_failing_tests_stop_it(self):
        self.sanitized('echo "8 passed, 1 failed, 3 skipped"\nexit 1')
        status, lines = self.ci()
        self.assertEqual((status, lines[-1]), (1, '18 passed, 1 failed, 5 skipped'))
        self.assertNotIn('check', [call.split()[0] for call in self.calls()])

    def test_failing_build_is_one_failure(self):
        (self.fake / 'broken').write_text('clang', encoding='utf-8')
        status, lines = self.ci()
        self.assertEqual((status, lines[-1]), (1, '10 passed, 1 failed, 2 skipped'))


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
