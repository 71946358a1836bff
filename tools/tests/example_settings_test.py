"""Tests of tools/example_settings.py."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from example_settings import HEAD, example  # noqa: E402


def setting(value, text="what it is"):
    return {"value": value, "origin": "default", "help": text}


class ExampleSettings(unittest.TestCase):
    def test_settings_without_a_table_come_first_and_each_table_has_a_head(self):
        text = example({"events": setting("file:"), "server.port": setting("8000", "a port"),
                        "server.threads": setting("2"), "train.rank": setting("64")})
        self.assertEqual(text, HEAD + '# what it is\n#events = "file:"\n'
                                      "\n[server]\n# a port\n#port = 8000\n# what it is\n#threads = 2\n"
                                      "\n[train]\n# what it is\n#rank = 64\n")

    def test_the_directory_that_the_file_is_found_by_is_not_in_it(self):
        self.assertEqual(example({"data_dir": setting("data")}), HEAD)

    def test_numbers_and_booleans_are_plain_and_the_rest_is_quoted(self):
        for value, text in (("0.7", "0.7"), ("1e-09", "1e-09"), ("-3", "-3"), ("true", "true"),
                            ("127.0.0.1", '"127.0.0.1"'), ("0 2 * * *", '"0 2 * * *"'), ("", '""'),
                            ('a "b" \\ c', '"a \\"b\\" \\\\ c"'), ("1.", '"1."')):
            self.assertIn(f"#key = {text}\n", example({"t.key": setting(value)}), value)


if __name__ == "__main__":
    unittest.main()
