"""What tools/servers tells each real server, and what it says to it: no server runs here."""

import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from servers import certificates, kafka, postgres, s3  # noqa: E402
from servers.minio import MinIO, StandIn  # noqa: E402
from servers.progress import Failed  # noqa: E402
from servers.redis import Redis  # noqa: E402


def server(kind, **ports):
    return kind("/stack", {"ports": ports, "secrets": {"password": "se:c/ret"}, "settings": {}})


def under_tls(kind, **ports):
    return kind("/stack", {"ports": ports, "secrets": {"password": "se:c/ret"}, "settings": {"tls": "yes"}})


class TlsTest(unittest.TestCase):
    def test_redis_has_no_door_without_tls_nor_for_the_default_user(self):
        redis = under_tls(Redis, client=7001)
        lines = redis.configuration().splitlines()
        for line in ("port 0", "tls-port 7001", "user default off",
                     'tls-ca-cert-file "/stack/certificates/ca.pem"'):
            self.assertIn(line, lines)
        self.assertEqual(redis.variables()["STACK_REDIS_URL"],
                         "rediss://marquee:se:c/ret@127.0.0.1:7001/0?ca_file=/stack/certificates/ca.pem")

    def test_every_listener_of_kafka_for_clients_wants_a_password(self):
        broker = under_tls(kafka.Kafka, client=7002, controller=7003, password=7004)
        text = broker.properties()
        self.assertIn("\nlisteners=SASL_SSL://127.0.0.1:7002,SASL_PLAINTEXT://127.0.0.1:7004,"
                      "CONTROLLER://127.0.0.1:7003\n", text)
        self.assertNotIn(",PLAINTEXT://", text)
        self.assertNotIn("=PLAINTEXT://", text)
        self.assertNotIn("se:c/ret", " ".join(broker.first_user()), "command lines are public")

    def test_postgres_takes_no_plain_client_and_minio_is_https(self):
        database = under_tls(postgres.Postgres, client=7005)
        self.assertIn("sslmode=verify-full", database.variables()["STACK_POSTGRES_PARAMETERS"])
        self.assertIn("endpoint=https://127.0.0.1:7006&ca_file=",
                      under_tls(MinIO, client=7006, console=7007).variables()["STACK_S3_URL"])

    def test_a_server_is_under_tls_once_it_was_started_so(self):
        redis = server(Redis, client=7001)
        with mock.patch.dict(os.environ, {"STACK_TLS": "yes"}):
            redis.take_settings()
        self.assertTrue(redis.tls)
        self.assertIn("tls-port 7001", redis.configuration())

    def test_the_certificate_is_for_the_address_alone_and_its_keys_are_private(self):
        with tempfile.TemporaryDirectory() as folder:
            made = certificates.Certificates(folder)
            made.make()
            verify = ["openssl", "verify", "-CAfile", made.authority]
            for more, right in ((["-verify_ip", "127.0.0.1"], True),
                                (["-verify_hostname", "localhost"], False)):
                done = subprocess.run([*verify, *more, made.certificate], capture_output=True, check=False)
                self.assertEqual(done.returncode == 0, right, done.stderr)
            for key in (made.key, made.both, made.folder / "ca.key"):
                self.assertEqual(key.stat().st_mode & 0o077, 0, key)
            before = made.authority.read_bytes()
            made.make()
            self.assertEqual(made.authority.read_bytes(), before)


class RedisTest(unittest.TestCase):
    def test_it_is_a_bounded_cache_with_a_password_on_loopback(self):
        lines = server(Redis, client=7001).configuration().splitlines()
        for line in ("bind 127.0.0.1", "port 7001", "requirepass se:c/ret", "maxmemory 64mb",
                     "maxmemory-policy allkeys-lru", "appendonly no", 'save ""'):
            self.assertIn(line, lines)

    def test_the_memory_comes_from_the_environment_and_is_checked(self):
        redis = server(Redis, client=7001)
        with mock.patch.dict(os.environ, {"REDIS_MAX_MEMORY": "2gb"}):
            redis.take_settings()
        self.assertIn("maxmemory 2gb", redis.configuration())
        with mock.patch.dict(os.environ, {"REDIS_MAX_MEMORY": "64mb\nsave 1 1"}):
            with self.assertRaisesRegex(Failed, "REDIS_MAX_MEMORY"):
                redis.take_settings()

    def test_the_password_file_is_private(self):
        with tempfile.TemporaryDirectory() as folder:
            redis = Redis(folder, {"ports": {"client": 7001}, "secrets": {}, "settings": {}})
            redis.folder.mkdir()
            redis.take_settings()
            redis.prepare()
            self.assertEqual((redis.folder / "redis.conf").stat().st_mode & 0o777, 0o600)


class KafkaTest(unittest.TestCase):
    def test_topics_are_not_made_by_accident_and_live_for_a_week(self):
        lines = server(kafka.Kafka, client=7002, controller=7003).properties().splitlines()
        for line in ("auto.create.topics.enable=false", "log.retention.hours=168",
                     "controller.quorum.voters=1@127.0.0.1:7003", "log.dirs=/stack/kafka/data",
                     "advertised.listeners=PLAINTEXT://127.0.0.1:7002"):
            self.assertIn(line, lines)

    def test_it_is_ready_when_metadata_names_a_broker(self):
        request = kafka.metadata_request()
        length, api, version = struct.unpack(">ihh", request[:8])
        self.assertEqual((length, api, version), (len(request) - 4, 3, 1))
        self.assertEqual(kafka.brokers_in(struct.pack(">iii", 1, 1, 99)), 1)
        self.assertEqual(kafka.brokers_in(struct.pack(">ii", 1, 0)), 0)

    def test_the_hash_covers_names_and_contents_of_the_jars(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "b.jar").write_text("B")
            (folder / "a.jar").write_text("A")
            first = kafka.jars_sha256(folder)
            lines = "".join(f"{hashlib.sha256(text).hexdigest()}  {jar}.jar\n"
                            for jar, text in (("a", b"A"), ("b", b"B")))
            self.assertEqual(first, hashlib.sha256(lines.encode()).hexdigest())
            (folder / "a.jar").write_text("other")
            self.assertNotEqual(kafka.jars_sha256(folder), first)


class KafkaClassArchiveTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.archive = self.folder / "kept.jsa"
        kept = mock.patch.object(kafka, "class_archive", lambda: self.archive)
        kept.start()
        self.addCleanup(kept.stop)
        self.broker = kafka.Kafka(self.folder, {"ports": {"client": 1, "controller": 2}})
        self.broker.folder.mkdir()

    def test_the_first_start_makes_one_and_later_starts_use_it(self):
        made = self.broker.folder / "classes.jsa"
        self.assertIn(f"-XX:ArchiveClassesAtExit={made}", self.broker.command())
        made.write_text("classes")
        self.broker.ended()
        self.assertIn(f"-XX:SharedArchiveFile={self.archive}", self.broker.command())
        self.assertEqual([path.name for path in self.folder.glob("*.jsa")], ["kept.jsa"])
        self.assertFalse(made.exists())

    def test_a_broker_that_made_none_leaves_what_is_kept(self):
        self.archive.write_text("classes")
        self.broker.ended()
        self.assertEqual(self.archive.read_text(), "classes")


class PostgresTest(unittest.TestCase):
    def test_the_url_carries_any_password_and_the_address_none(self):
        database = server(postgres.Postgres, client=7004)
        self.assertEqual(database.variables()["STACK_POSTGRES_URL"],
                         "postgresql://marquee:se%3Ac%2Fret@127.0.0.1:7004/moviedb")
        self.assertNotIn("ret", database.address().replace("marquee", ""))

    def test_it_listens_on_loopback_only_and_syncs(self):
        with mock.patch.object(postgres.Postgres, "prefix", lambda self: []):
            command = server(postgres.Postgres, client=7004).command()
        for option in ("--listen_addresses=127.0.0.1", "--port=7004", "--max_connections=100",
                       "--fsync=on", "--unix_socket_directories="):
            self.assertIn(option, command)

    def test_a_number_of_connections_that_is_none_is_refused(self):
        with mock.patch.dict(os.environ, {"POSTGRES_MAX_CONNECTIONS": "many"}):
            with self.assertRaisesRegex(Failed, "POSTGRES_MAX_CONNECTIONS 'many'"):
                server(postgres.Postgres, client=7004).take_settings()

    def test_a_quote_in_a_password_stays_inside_its_literal(self):
        self.assertEqual(postgres.literal("o'; DROP"), "'o''; DROP'")

    def test_a_folder_that_others_cannot_walk_through_is_found(self):
        with tempfile.TemporaryDirectory() as name:  # made with mode 0700
            inner = Path(name) / "data"
            inner.mkdir(mode=0o755)
            self.assertFalse(postgres.others_reach(inner))
        self.assertTrue(postgres.others_reach(Path("/usr/bin")))


class MinIOTest(unittest.TestCase):
    def test_user_and_password_go_by_the_environment(self):
        store = server(MinIO, client=7005, console=7006)
        self.assertEqual(store.environment()["MINIO_ROOT_PASSWORD"], "se:c/ret")
        self.assertNotIn("se:c/ret", " ".join(store.command()))
        self.assertEqual(store.variables()["STACK_S3_URL"],
                         "s3://lakehouse?endpoint=http://127.0.0.1:7005")

    def test_a_password_that_minio_would_refuse_is_refused_before(self):
        with mock.patch.dict(os.environ, {"MINIO_ROOT_PASSWORD": "short"}):
            with self.assertRaisesRegex(Failed, "MINIO_ROOT_PASSWORD"):
                server(MinIO, client=7005, console=7006).take_settings()


    def test_what_stands_in_says_so_and_is_found_by_the_same_variables(self):
        store, stand_in = (server(kind, client=7005, console=7006) for kind in (MinIO, StandIn))
        self.assertIn("moto", stand_in.address())
        self.assertEqual(stand_in.variables(), store.variables())


class SignatureTest(unittest.TestCase):
    """Against the example 'GET Object' of the documentation that s3.py follows."""

    def test_the_signature_is_that_of_the_documentation(self):
        self.assertEqual(
            s3.signature("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524T000000Z",
                         "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")

    def test_host_body_and_time_are_signed(self):
        headers = s3.signed_headers("PUT", "127.0.0.1:1", "/b", b"x", "who", "key", "20130524T000000Z")
        self.assertIn("Credential=who/20130524/us-east-1/s3/aws4_request", headers["authorization"])
        self.assertIn("SignedHeaders=host;x-amz-content-sha256;x-amz-date", headers["authorization"])
        self.assertEqual(headers["x-amz-content-sha256"], hashlib.sha256(b"x").hexdigest())


if __name__ == "__main__":
    unittest.main()
