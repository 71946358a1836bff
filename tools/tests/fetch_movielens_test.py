"""tools/fetch_movielens.py against a server of its own: only verified files are ever used."""

import contextlib
import hashlib
import http.server
import io
import sys
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import fetch_movielens  # noqa: E402

README = ("Summary\n=======\n\nWhat it is.\n\nUsage License\n=============\n\nBe kind.\n\n"
          "Citation\n========\n\nCite.\n")
FILES = {"movies.csv": b"movieId,title,genres\n", "ratings.csv": b"userId,movieId,rating,timestamp\n"}
HASHES = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr("ml-latest-small/" + name, content)
    return out.getvalue()


class FetchMovieLensTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.target = Path(scratch.name) / "cache" / "ml-latest-small"
        self.served = zip_of({**FILES, "README.txt": README})
        self.asked = 0
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                test.asked += 1
                self.send_response(200 if test.served else 404)
                self.end_headers()
                self.wfile.write(test.served or b"")

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        for name, value in (("URL", f"http://127.0.0.1:{server.server_port}/small.zip"),
                            ("SHA256", HASHES), ("ANSWER_TIMEOUT_S", 10)):
            patch = mock.patch.object(fetch_movielens, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def fetch(self):
        """What fetch() says on stderr."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            fetch_movielens.fetch(self.target)
        return said.getvalue()

    def test_fetches_once_and_shows_the_licence(self):
        said = self.fetch()
        self.assertIn("Be kind.", said)
        self.assertNotIn("Cite.", said)
        self.assertEqual((self.target / "movies.csv").read_bytes(), FILES["movies.csv"])
        self.assertEqual(self.fetch(), "")
        self.assertEqual(self.asked, 1)

    def test_a_file_with_another_hash_is_never_used(self):
        self.served = zip_of({**FILES, "ratings.csv": b"tampered", "README.txt": README})
        with self.assertRaisesRegex(fetch_movielens.Failed, "ratings.csv has another SHA-256"):
            self.fetch()
        self.assertFalse(self.target.exists())

    def test_a_damaged_cache_is_fetched_again(self):
        self.fetch()
        (self.target / "movies.csv").write_bytes(b"damaged")
        self.fetch()
        self.assertEqual((self.target / "movies.csv").read_bytes(), FILES["movies.csv"])

    def test_what_is_no_zip_is_refused(self):
        self.served = b"<html>log in to this network</html>"
        with self.assertRaisesRegex(fetch_movielens.Failed, "not a zip file"):
            self.fetch()

    def test_an_error_answer_and_an_unreachable_host_end_in_one_line(self):
        self.served = None
        with self.assertRaisesRegex(fetch_movielens.Failed, "not reachable"):
            self.fetch()
        with mock.patch.object(fetch_movielens, "URL", "http://127.0.0.1:9/small.zip"):
            with self.assertRaisesRegex(fetch_movielens.Failed, "not reachable"):
                self.fetch()

    def test_paths_in_the_archive_cannot_leave_the_directory(self):
        self.served = zip_of({**FILES, "README.txt": README, "../../evil.txt": b"x"})
        self.fetch()
        self.assertFalse(list(self.target.parent.parent.rglob("evil.txt")))


if __name__ == "__main__":
    unittest.main()
