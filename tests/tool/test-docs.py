#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What README.md and docs/ show is what one gets: outputs, the first program, key-files, and where links lead.

MVXLOG is the built tool, MVXLOG_EXAMPLES the directory with the built examples if there are any, and
MVXLOG_PLUGIN_SYSTEM_PATH the plugins.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = os.environ['MVXLOG']
README = (ROOT / 'README.md').read_text(encoding='utf-8')
PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', ROOT / 'NEWS.md', *sorted((ROOT / 'docs').rglob('*.md'))]
HEAD = '[mvxlog]\nversion=1\n'
# What is different each time, and on each machine.
VARIES = (r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z', r'\b\d\d:\d\d:\d\d\.\d{3}\b', r'(?<=timestamp":)\d+\.\d{6}',
          r'(?<=timestamp_ns":")\d{19}', r'(?<=pid":)\d+', r'(?<=tid":)\d+', r'(?<=thread":)\d+', r'(?<=thread\.id":)\d+',
          r'(?<="host":")[^"]+', r'(?<=hostname":")[^"]+')
# Of a part of a file that says nothing of what it names.
ELSEWHERE = re.compile(r": there is no '\[sink |'…'|\] plugin: missing;|\] plugin: No plugin '|: expected 'key=value', |: No such file or directory$"
                       r'|: no context sends events to it;')


def masked(text):
    for varies in VARIES:
        text = re.sub(varies, '…', text)
    return text


def blocks(path):
    """The indented ones, with the number of their first line."""
    number, block = 0, []
    for at, line in enumerate([*path.read_text(encoding='utf-8').splitlines(), 'end'], 1):
        if line.startswith('    ') or (block and not line):
            number = number if block else at
            block.append(line[4:])
        elif block:
            yield number, '\n'.join(block).strip('\n') + '\n'
            block = []


def section(title):
    return README.split(f'\n## {title}\n')[1].split('\n## ')[0]


def anchor(heading):
    return re.sub(r'[^\w -]', '', heading.strip().lower()).replace(' ', '-')


class DocsTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='mvxlog-docs-')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def run_it(self, *command, status=0, **environment):
        known = {name: value for name, value in os.environ.items() if not name.startswith('MVXLOG_')}
        if 'MVXLOG_PLUGIN_SYSTEM_PATH' in os.environ:
            known['MVXLOG_PLUGIN_SYSTEM_PATH'] = os.environ['MVXLOG_PLUGIN_SYSTEM_PATH']
        result = subprocess.run([*map(str, command)], text=True, check=False, cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60,
                                env={**known, 'LC_ALL': 'C.UTF-8', **environment})
        self.assertIn(result.returncode, status if isinstance(status, tuple) else (status,), result.stdout)
        return result.stdout

    def test_formats(self):
        text = section('Formats')
        options, message = re.search(r'`mvxlog emit -c FILE (.*?) "([^"]*)"`', text).groups()
        shown = re.findall(r'^    ([\w-]+=\S+) +(?:((?:pattern|template)=.*?) {3,})?(\S.*)', text, re.M)
        self.assertEqual(len(shown), 7)
        for setting, more, output in shown:
            with self.subTest(setting):
                head = f'{HEAD}[context]\nsinks=it\n[sink it]\nplugin=stream\n'
                json = 'format=json\n' if setting.startswith('json-') else ''
                (self.folder / 'FILE').write_text(f'{head}{json}{setting}\n{more}\n', encoding='utf-8')
                self.assertEqual(masked(self.run_it(TOOL, 'emit', '-c', 'FILE', *options.split(), message)),
                                 masked(output + '\n'))

    @unittest.skipUnless('MVXLOG_EXAMPLES' in os.environ, 'no examples were built')
    def test_program(self):
        text = re.sub(r'^ {4}', '', section('A program'), flags=re.M)
        source = (ROOT / 'examples' / 'hello.c').read_text(encoding='utf-8').split('\n', 1)[1]
        self.assertIn(f'\n{source}', text)
        shown = re.search(r'^\$ gcc hello\.c .* -o hello && \./hello\n(.*\n)', text, re.M)[1]
        # What holds without any, whatever is in /etc.
        (self.folder / 'FILE').write_text(f'{HEAD}[context]\nsinks=it\n[sink it]\nplugin=stream\n', encoding='utf-8')
        self.assertEqual(masked(self.run_it(f'{os.environ["MVXLOG_EXAMPLES"]}/hello', MVXLOG_CONFIG='FILE')),
                         masked(shown).replace('root', self.run_it('id', '-un').strip()))

    def test_key_files(self):
        n_checked = 0
        for page in PAGES:
            for number, block in blocks(page):
                if re.match(r'(?:#.*\n)*\[(?:mvxlog|sink .*|context.*|level .*|policy .*|processor .*)\]\n', block):
                    (self.folder / 'conf').write_text(('' if '[mvxlog]\n' in block else HEAD) + block, encoding='utf-8')
                    said = self.run_it(TOOL, 'check', 'conf', status=(0, 1)).splitlines()[:-1]
                    self.assertEqual([line for line in said if not ELSEWHERE.search(line)], [], f'{page}:{number}')
                    n_checked += 1
        self.assertGreater(n_checked, 10)

    def test_commands(self):
        """There are such commands, and they know such options."""
        dev = re.findall(r'^  ([a-z]+) ', self.run_it(ROOT / 'tools' / 'dev', '--help'), re.M)
        helps = {}
        for page in PAGES:
            text = page.read_text(encoding='utf-8')
            self.assertEqual(set(re.findall(r'\btools/dev ([a-z]+)', text)) - set(dev), set(), page)
            for line in re.findall(r'^    (?:\$ )?(?:[A-Z_]+=\S+ )*mvxlog ([a-z].*)', text, re.M):
                command = re.match('(?:plugin |spool )?[a-z]+', line)[0]
                if command not in helps:
                    helps[command] = self.run_it(TOOL, *command.split(), '--help')
                for option in re.findall(r'(?<![\w-])--?[A-Za-z][\w-]*', line.split(' -- ')[0]):
                    self.assertRegex(helps[command], rf'(?<![\w-]){option}(?![\w-])', f'{page}: {line}')
        self.assertGreater(len(helps), 10)

    def test_names(self):
        """Whatever has a name in C is named so in C."""
        name = re.compile(r'\b(?:mvx_[a-z0-9_]*[a-z0-9]|MVX_LOG_[A-Z0-9_]*[A-Z0-9]|MvxLog\w+)\b')
        known = {'mvx_static_plugin_acme'}  # the guide's own plugin
        for folder in ('include', 'libmvxlog', 'plugins', 'tools', 'tests', 'examples'):
            for path in (ROOT / folder).rglob('*.[ch]'):
                known.update(name.findall(path.read_text(encoding='utf-8')))
        for page in PAGES:
            self.assertEqual(set(name.findall(page.read_text(encoding='utf-8'))) - known, set(), page)

    def test_links(self):
        for page in PAGES:
            for link in re.findall(r'\[[^\]\n]*\]\(([^)\s]+)\)', page.read_text(encoding='utf-8')):
                with self.subTest(f'{page.relative_to(ROOT)}: {link}'):
                    path, _, name = link.partition('#')
                    target = page.parent / path if path else page
                    if re.match('[a-z]+:', link):
                        continue
                    self.assertTrue(target.exists())
                    if name:
                        headings = re.findall(r'^#+ (.*)', target.read_text(encoding='utf-8'), re.M)
                        self.assertIn(name, map(anchor, headings))


if __name__ == '__main__':
    unittest.main(verbosity=2)
