"""The real Airflow below /admin/ of the real NGINX with deploy/nginx: the page, its interface, its health."""

import os
import shutil
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

import common  # noqa: F401  (finds what scenarios are made of)
from airflow_client import AirflowClient, until

sys.path.append(str(Path(__file__).resolve().parent.parent / "gateway"))
from asking import ask  # noqa: E402
from nginx import Nginx  # noqa: E402


@unittest.skipUnless("STACK_AIRFLOW_URL" in os.environ, "tests/airflow/run starts Airflow")
class BehindNginxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        airflow = urllib.parse.urlsplit(os.environ["STACK_AIRFLOW_URL"]).netloc
        folder = Path(tempfile.mkdtemp(prefix="marquee-gateway-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        cls.nginx = Nginx(folder, {name: [airflow] for name in ("api", "frontend", "airflow", "minio_console")})
        cls.addClassCleanup(cls.nginx.end)
        cls.door = f"http://127.0.0.1:{cls.nginx.port}/admin"

    def test_the_page_and_what_it_loads(self):
        page = ask(self.nginx.port, "/admin/")
        self.assertEqual(page.status, 200)
        self.assertIn(b'<base href="/admin/"', page.body)
        script = page.body.decode().split('type="module"')[1].split('src="')[1].split('"')[0]
        loaded = ask(self.nginx.port, urllib.parse.urljoin("/admin/", script))
        self.assertEqual((loaded.status, "javascript" in loaded["content-type"]), (200, True), script)

    def test_health(self):
        answer = ask(self.nginx.port, "/admin/health")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["metadatabase"]["status"], "healthy")

    def test_who_signs_in_there_sees_the_dags_and_a_stranger_does_not(self):
        client = AirflowClient(self.door, *(os.environ[f"STACK_AIRFLOW_{name}"] for name in ("USER", "PASSWORD")))
        names = until("both DAGs are read", lambda: client.call("GET", "/api/v2/dags")["total_entries"] == 2
                      and {dag["dag_id"] for dag in client.call("GET", "/api/v2/dags")["dags"]})
        self.assertEqual(names, {"batch_recommendation_processing", "model_training_dag"})
        self.assertEqual(ask(self.nginx.port, "/admin/api/v2/dags").status, 401)


if __name__ == "__main__":
    unittest.main()
