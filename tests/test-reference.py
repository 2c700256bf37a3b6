#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the reference has everything public, nothing private, and no link to nowhere: MAKE-REFERENCE GI-DOCGEN TOML GIR PAGE…"""
import html
import json
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAKE, GI_DOCGEN, TOML, GIR, *PAGES = sys.argv[1:]


class Reference(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='mvxlog-reference-')).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        result = cls.make(cls.folder, PAGES)
        if result.returncode != 0:
            raise AssertionError(result.stdout)
        cls.book = cls.folder / pathlib.Path(GIR).stem

    @staticmethod
    def make(folder, pages):
        return subprocess.run([sys.executable, MAKE, GI_DOCGEN, TOML, GIR, folder, *pages], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)

    def test_complete(self):
        wanted, _ = runpy.run_path(str(ROOT / 'tools' / 'check-docs'))['all_wanted'](ROOT)
        index = json.loads((self.book / 'index.json').read_text(encoding='utf-8'))
        there = {symbol.get('ident') or symbol.get('ctype') for symbol in index['symbols']}
        page = html.unescape((self.book / 'only-in-c.html').read_text(encoding='utf-8'))
        there |= set(re.findall(r'<h2 id="[^"]*">(\w+)', page))
        # Classes and interfaces are on the pages of their types.
        names = {name for name in wanted if not name.endswith(('Class', 'Interface')) and ':' not in name}
        self.assertGreater(len(names), 500)
        self.assertEqual(names - there, set())
        self.assertEqual({name for name in there if name and name.endswith('_')}, set())

    def test_devhelp(self):
        book = tree.parse(self.book / f'{self.book.name}.devhelp2').getroot()
        links = {element.get('link').partition('#')[0] for element in book.iter() if element.get('link')}
        self.assertIn('overview.html', links)
        self.assertIn('func.MVX_LOG_CONTEXT.html', links)
        self.assertEqual({link for link in links if not (self.book / link).is_file()}, set())

    def test_pages(self):
        """Every page has its title, and their links go to pages that are there."""
        for path in map(pathlib.Path, PAGES):
            text = (self.book / f'{path.stem}.html').read_text(encoding='utf-8')
            title = path.read_text(encoding='utf-8').partition('\n')[0].removeprefix('# ')
            self.assertIn(f': {title}</title>', text, path.name)
            for link in re.findall(r'href="([^"#:]+)["#]', text):
                self.assertTrue((self.book / link).exists(), f'{path.name}: {link}')

    def test_link_to_nowhere(self):
        pages = self.folder / 'pages'
        shutil.copytree(pathlib.Path(PAGES[0]).parent, pages)
        (pages / 'overview.md').write_text('# Overview\n\nSee [func@MvxLog.nowhere].\n', encoding='utf-8')
        result = self.make(self.folder / 'broken', [pages / 'overview.md', *PAGES[1:]])
        self.assertEqual(result.returncode, 1)
        self.assertIn("Unable to find function 'MvxLog.nowhere'", result.stdout)


if __name__ == '__main__':
    sys.exit(0 if unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result.wasSuccessful() else 1)
