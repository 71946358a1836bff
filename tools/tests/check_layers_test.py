"""Plants one violation after another in a small tree and expects tools/check_layers.py to say so."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_layers  # noqa: E402

LAYERS = """\
# a comment
base:              +fmt +sodium
domain:            base
ports:             base domain
ingest:            base domain ports
adapters/embedded: base domain ports +sqlite
app:               * +cli11
testing:           base domain ports
"""


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        self.write("LAYERS", LAYERS)
        for folder in ("base", "domain", "ports", "ingest", "adapters/embedded", "app", "testing"):
            self.write(f"{folder}/README.md", "# What this folder is for, in one sentence.\n\nMore.\n")
        self.write("domain/event.h", '#pragma once\n#include <string>\n#include "base/result.h"\n')

    def write(self, path, text):
        file = self.root / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self):
        return check_layers.check(self.root)[0]

    def assert_one_problem(self, *words):
        problems = self.problems()
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def assert_clean(self):
        self.assertEqual(self.problems(), [])

    def test_a_tree_that_keeps_to_its_arrows_is_clean(self):
        self.write("ingest/ingestor.cpp", '#include "ingest/ingestor.h"\n\n#include <sys/stat.h>\n'
                   '#include <vector>\n\n#include <fmt/core.h>\n\n#include "ports/event_log.h"\n')
        self.assert_clean()

    def test_an_arrow_that_is_not_listed_is_named_with_file_and_line(self):
        self.write("domain/movie.cpp", '#include "domain/movie.h"\n\n  #  include "ports/event_log.h"\n')
        self.assert_one_problem("src/domain/movie.cpp:3:", "'domain' may not include", "no 'ports'")

    def test_the_most_nested_folder_decides(self):
        self.write("adapters/embedded/segment/log.cpp", '#include "adapters/embedded/log.h"\n')
        self.assert_clean()
        self.write("ingest/ingestor.cpp", '#include "adapters/embedded/log.h"\n')
        self.assert_one_problem("no 'adapters/embedded'")

    def test_a_star_allows_every_folder_but_the_test_ones(self):
        self.write("app/main.cpp", '#include "adapters/embedded/log.h"\n#include "ingest/ingestor.h"\n')
        self.assert_clean()
        self.write("app/main.cpp", '#include "testing/manual_clock.h"\n')
        self.assert_one_problem("is for tests only")

    def test_a_library_is_used_only_where_it_is_declared(self):
        self.write("adapters/embedded/store.cpp", "#include <sqlite3.h>\n")
        self.assert_clean()
        self.write("ingest/store.cpp", "#include <sqlite3.h>\n")
        self.assert_one_problem("src/ingest/store.cpp:1:", "no '+sqlite'")

    def test_a_library_of_a_listed_folder_is_not_inherited(self):
        self.write("domain/ids.cpp", "#include <sodium.h>\n")
        self.assert_one_problem("no '+sodium'")

    def test_a_part_of_a_library_may_be_declared_alone(self):
        self.write("LAYERS", LAYERS.replace("+sqlite", "+sqlite +arrow_s3"))
        self.write("adapters/embedded/store.cpp", "#include <arrow/filesystem/s3fs.h>\n")
        self.assert_clean()
        self.write("adapters/embedded/store.cpp", "#include <parquet/arrow/reader.h>\n")
        self.assert_one_problem("no '+arrow'")

    def test_a_library_in_quotes_is_seen_too(self):
        self.write("ingest/store.cpp", '#include "boost/asio.hpp"\n')
        self.assert_one_problem("no '+boost'")

    def test_an_unknown_library_header_is_refused(self):
        self.write("ingest/store.cpp", "#include <nlohmann/json.hpp>\n")
        self.assert_one_problem("nlohmann/json.hpp")

    def test_an_unknown_library_in_the_layers_file_is_refused(self):
        self.write("LAYERS", LAYERS.replace("+sqlite", "+sqlite +leftpad"))
        self.assert_one_problem("src/LAYERS:6:", "'+leftpad' is not known")

    def test_test_helpers_are_for_tests_only(self):
        for header in ('"testing/manual_clock.h"', '"ports/contract/event_log_contract.h"',
                       "<gtest/gtest.h>", "<rapidcheck/gtest.h>"):
            with self.subTest(header):
                self.write("ingest/ingestor_test.cpp", f"#include {header}\n")
                self.write("ports/contract/contract.h", f"#include {header}\n")
                self.assert_clean()
                self.write("ingest/ingestor.h", f"#include {header}\n")
                self.assert_one_problem("src/ingest/ingestor.h:1:", "for tests only")
                self.write("ingest/ingestor.h", "")

    def test_a_header_for_tests_beside_the_code_is_for_tests_only(self):
        self.write("ingest/ingest_fixture.h", '#include "testing/manual_clock.h"\n')
        self.write("ingest/ingestor_test.cpp", '#include "ingest/ingest_fixture.h"\n')
        self.assert_clean()
        self.write("ingest/ingestor.cpp", '#include "ingest/ingest_fixture.h"\n')
        self.assert_one_problem("src/ingest/ingestor.cpp:1:", "for tests only")

    def test_a_path_that_does_not_start_at_src_is_refused(self):
        self.write("ingest/ingestor.cpp", '#include "ingestor.h"\n')
        self.assert_one_problem("write the path from src")

    def test_a_cycle_is_shown_whole(self):
        self.write("LAYERS", LAYERS.replace("domain:            base", "domain:            base ingest"))
        self.assert_one_problem("a cycle: domain -> ingest -> domain")

    def test_an_arrow_to_a_folder_without_a_line_is_refused(self):
        self.write("LAYERS", LAYERS.replace("ingest:            base", "ingest: speed base"))
        self.assert_one_problem("'ingest' may include 'speed'")

    def test_a_folder_without_a_line_is_refused_once(self):
        self.write("extra/one.cpp", '#include "base/result.h"\n')
        self.write("extra/two.cpp", "")
        self.assert_one_problem("src/extra: has no line")

    def test_a_line_without_a_folder_is_refused(self):
        self.write("LAYERS", LAYERS + "speed: base\n")
        self.assert_one_problem("there is no folder src/speed")

    def test_a_line_that_cannot_be_read_is_refused(self):
        self.write("LAYERS", LAYERS + "what is this\n")
        self.assert_one_problem("src/LAYERS:9:", "not of the form")

    def test_every_folder_opens_its_readme_with_a_sentence(self):
        (self.root / "src/ingest/README.md").unlink()
        self.assert_one_problem("src/ingest: no README.md")
        self.write("ingest/README.md", "# Ingest\n")
        self.assert_one_problem("src/ingest/README.md:1:", "not a sentence")

    def test_a_missing_layers_file_is_said(self):
        (self.root / "src/LAYERS").unlink()
        self.assert_one_problem("not found")


if __name__ == "__main__":
    unittest.main()
