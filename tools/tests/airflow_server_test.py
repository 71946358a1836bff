"""What tools/servers tells Airflow: none runs here."""

import os
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from servers import airflow, stack  # noqa: E402


def environment(**given):
    server = airflow.Airflow("/stack", {"ports": {"client": 7001}, "settings": {}, "secrets": {}})
    with mock.patch.dict(os.environ, given, clear=True):
        server.take_settings()
        return server.whole_environment()


class AirflowTest(unittest.TestCase):
    def test_it_listens_on_loopback_below_admin_where_tasks_find_it_too(self):
        found = environment()
        self.assertEqual(found["AIRFLOW__API__HOST"], "127.0.0.1")
        self.assertEqual(found["AIRFLOW__API__BASE_URL"], "http://127.0.0.1:7001/admin")
        self.assertEqual(found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"],
                         "http://127.0.0.1:7001/admin/execution/")

    def test_the_operators_settings_win_and_nothing_else_gets_in(self):
        found = environment(AIRFLOW__CORE__PARALLELISM="32", MARQUEE_DATA_DIR="/data", OTHER="x")
        self.assertEqual((found["AIRFLOW__CORE__PARALLELISM"], found["MARQUEE_DATA_DIR"]), ("32", "/data"))
        self.assertNotIn("OTHER", found)

    def test_secrets_differ_from_one_another_and_the_fernet_key_is_the_operators(self):
        found = environment(AIRFLOW__CORE__FERNET_KEY="key")
        self.assertNotIn(found["AIRFLOW__API__SECRET_KEY"], found["AIRFLOW__API_AUTH__JWT_SECRET"])
        self.assertGreaterEqual(len(found["AIRFLOW__API_AUTH__JWT_SECRET"]), 64)
        self.assertEqual(found["AIRFLOW__CORE__FERNET_KEY"], "key")

    def test_every_package_is_pinned_by_hash(self):
        pins = [line for line in airflow.PINS.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual([line for line in pins if "==" not in line or "--hash=sha256:" not in line], [])
        self.assertEqual(airflow.VERSION, "3.1.8")

    def test_it_comes_only_when_it_is_named(self):
        self.assertNotIn("airflow", stack.by_default())


if __name__ == "__main__":
    unittest.main()
