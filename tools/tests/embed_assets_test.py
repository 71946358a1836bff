"""Tests of tools/embed_assets.py: python3 -m unittest discover -s tools/tests -p '*_test.py'"""

import gzip
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "embed_assets.py"
ENTRY = re.compile(r'\{"([^"]+)", "([^"]+)", "\\"([0-9a-f]{32})\\"", (\d+), (\d+), (true|false)\}')


class EmbedAssets(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.page = Path(directory.name) / "page"
        self.out = Path(directory.name) / "out"
        self.page.mkdir()

    def embed(self):
        """Runs the program; the embedded files as path → (content type, content, immutable)."""
        command = [sys.executable, str(PROGRAM), str(self.page), str(self.out)]
        subprocess.run(command, check=True, capture_output=True)
        blob = (self.out / "assets.bin").read_bytes()
        files = {}
        for path, kind, _, offset, size, immutable in ENTRY.findall(
            (self.out / "assets.cpp").read_text()
        ):
            packed = blob[int(offset) : int(offset) + int(size)]
            files[path] = (kind, gzip.decompress(packed), immutable == "true")
        return files

    def write_page(self):
        (self.page / "index.html").write_text("<!doctype html>page")
        (self.page / "assets").mkdir(exist_ok=True)
        (self.page / "assets" / "index-1a2b.js").write_text("run()")

    def test_a_missing_page_is_replaced_by_one_that_says_how_to_build_it(self):
        files = self.embed()
        self.assertEqual(list(files), ["/index.html"])
        self.assertIn(b"tools/build_page", files["/index.html"][1])

    def test_every_file_comes_back_as_it_was(self):
        self.write_page()
        files = self.embed()
        self.assertEqual(
            files["/index.html"], ("text/html; charset=utf-8", b"<!doctype html>page", False)
        )
        self.assertEqual(
            files["/assets/index-1a2b.js"], ("text/javascript; charset=utf-8", b"run()", True)
        )

    def test_the_same_page_leaves_the_outputs_untouched(self):
        self.write_page()
        self.embed()
        before = {p.name: p.stat().st_mtime_ns for p in self.out.iterdir()}
        self.embed()
        self.assertEqual(before, {p.name: p.stat().st_mtime_ns for p in self.out.iterdir()})

    def test_a_changed_file_changes_blob_index_and_assembler(self):
        self.write_page()
        self.embed()
        before = {p.name: p.read_bytes() for p in self.out.iterdir()}
        (self.page / "index.html").write_text("<!doctype html>other")
        self.embed()
        for path in self.out.iterdir():
            self.assertNotEqual(before[path.name], path.read_bytes(), path.name)

    def test_a_name_that_no_url_should_have_is_refused(self):
        self.write_page()
        (self.page / "b\u00e4d.js").write_text("")
        command = [sys.executable, str(PROGRAM), str(self.page), str(self.out)]
        result = subprocess.run(command, capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("printable ASCII", result.stderr)


if __name__ == "__main__":
    unittest.main()
