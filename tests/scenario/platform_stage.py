"""The stage on Kafka, PostgreSQL, Redis and MinIO: each copy has a database, a topic, a Redis database
and a folder of the bucket of its own, which its marquee.toml names. `tools/stack exec -- …` says where
the servers are; with --tls their addresses are those of TLS (`UnderTls`)."""

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import urllib.parse
import uuid
import xml.etree.ElementTree
from pathlib import Path

from program import Stage
from tls_door import TlsDoor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
from servers import postgres, s3  # noqa: E402

REDIS_DATABASES = 16
LISTED = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Bucket:
    """The store that the variables name."""

    def __init__(self, environment):
        self.url = environment["STACK_S3_URL"]
        parsed = urllib.parse.urlsplit(self.url)
        self.name = parsed.netloc
        parameters = urllib.parse.parse_qs(parsed.query)
        self.port = urllib.parse.urlsplit(parameters["endpoint"][0]).port
        self.tls = None
        if "ca_file" in parameters:
            self.tls = ssl.create_default_context(cafile=parameters["ca_file"][0])
        self.keys = environment["STACK_S3_ACCESS_KEY"], environment["STACK_S3_SECRET_KEY"]

    def uri(self, prefix):
        return self.url.replace(f"s3://{self.name}", f"s3://{self.name}/{prefix}", 1)

    def request(self, method, path, body=b"", parameters=None):
        status, answer = s3.request(method, self.port, path, *self.keys, body=body,
                                    parameters=parameters, tls=self.tls)
        assert status == 200, f"{method} {path}: {status} {answer[:300]}"
        return answer

    def list(self, prefix):
        found, more = [], {}
        while True:
            listed = xml.etree.ElementTree.fromstring(self.request(
                "GET", f"/{self.name}", parameters={"list-type": "2", "prefix": prefix, **more}))
            found += [key.text for key in listed.iter(f"{LISTED}Key")]
            token = listed.find(f"{LISTED}NextContinuationToken")
            if token is None:
                return found
            more = {"continuation-token": token.text}

    def copy(self, source, target):
        for key in self.list(source + "/"):
            body = self.request("GET", f"/{self.name}/{key}")
            self.request("PUT", f"/{self.name}/{target}{key.removeprefix(source)}", body)


class PlatformStage(Stage):
    """As Stage. `base` is a directory too: its settings, and what a server leaves beside them."""

    def __init__(self, program, scratch, dataset, environment=None, search="exact"):
        super().__init__(program, scratch, dataset)
        self.search = search  # the setting retrieval.search
        self.environment = dict(environment or os.environ)
        self.bucket = Bucket(self.environment)
        program.on_kafka = True
        self.run_id = "s" + uuid.uuid4().hex[:8]
        program.environment["AWS_ACCESS_KEY_ID"], program.environment["AWS_SECRET_ACCESS_KEY"] = \
            self.bucket.keys
        self._databases = 0  # given out in this process
        self.base = self._services(self.scratch / "base", 0)

    def _sql(self, statement):
        self.query(self.environment["STACK_POSTGRES_URL"], statement)

    @staticmethod
    def query(url, statement):
        """The answer as text, a row a line."""
        there = urllib.parse.urlsplit(url)
        done = subprocess.run(
            [str(postgres.binaries() / "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h",
             there.hostname, "-p", str(there.port), "-U", there.username, "-d",
             there.path.lstrip("/"), "-f", "-"],
            input=statement, capture_output=True, text=True, check=False,
            env={**os.environ, "PGPASSWORD": urllib.parse.unquote(there.password)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _name(self, number):
        return f"{self.run_id}_{number}"

    def _redis_database(self):
        """Of those that are this process's own, in turn: no two that work at once share one."""
        own = range(self.lane or 0, REDIS_DATABASES, self.lanes or 1)
        self._databases += 1
        return own[(self._databases - 1) % len(own)]

    def _services(self, directory, number, template="template0"):
        """The directory with settings that name new services, the database a copy of `template`."""
        name = self._name(number)
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template};")
        directory.mkdir(parents=True, exist_ok=True)
        settings = directory / "marquee.toml"
        settings.touch(0o600)
        settings.write_text(
            f'events = "{self._events(name)}"\nstate = "{self._state(name)}"\n'
            f'cache = "{self._cache(self._redis_database())}"\nobjects = "{self.bucket.uri(name)}"\n'
            f'retrieval.search = "{self.search}"\n')
        return directory

    def _events(self, name):
        return f"{self.environment['STACK_KAFKA_URL']}/{name}?group={name}"

    def _state(self, name):
        return self.environment["STACK_POSTGRES_URL"].rpartition("/")[0] + "/" + name

    def _cache(self, database):
        url, mark, parameters = self.environment["STACK_REDIS_URL"].partition("?")
        return f"{url.rpartition('/')[0]}/{database}{mark}{parameters}"

    def objects(self, directory):
        """{key: SHA-256} of what lies in the directory's folder of the bucket."""
        folder = re.search(r'^objects = "s3://[^/]+/(\w+)', (directory / "marquee.toml").read_text(), re.MULTILINE)[1]
        return {key.removeprefix(folder + "/"):
                hashlib.sha256(self.bucket.request("GET", f"/{self.bucket.name}/{key}")).hexdigest()
                for key in self.bucket.list(folder + "/")}

    def _new(self, template):
        number = self.next_number()
        return self._services(self.path(number), number, template), number

    def empty(self):
        return self._new("template0")[0]

    def copy(self):
        directory, number = self._new(self._name(0))
        shutil.copytree(self.base, directory, symlinks=True, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("marquee.toml"))
        self.bucket.copy(self._name(0), self._name(number))
        return directory


class UnderTls(PlatformStage):
    """On `tools/stack exec --tls -- env STACK_TLS= tools/stack exec postgres -- …`: every server wants TLS, by one
    authority, and a user's password. Of the two PostgreSQL it is that with pgvector, behind a door of ours."""

    def __init__(self, program, scratch, dataset):
        parameters = urllib.parse.parse_qs(os.environ["STACK_KAFKA_PARAMETERS"])
        self.authority = Path(parameters["ca_file"][0])
        certificates = self.authority.parent
        port = urllib.parse.urlsplit(os.environ["STACK_POSTGRES_URL"]).port
        self.door = TlsDoor(port, certificates / "server.pem", certificates / "server.key")
        super().__init__(program, scratch, dataset)

    def close(self):
        self.door.close()

    def _events(self, name):
        return f"{super()._events(name)}&{self.environment['STACK_KAFKA_PARAMETERS']}"

    def _state(self, name):
        there = urllib.parse.urlsplit(super()._state(name))
        there = there._replace(netloc=there.netloc.replace(f":{there.port}", f":{self.door.port}"))
        return f"{there.geturl()}?sslmode=verify-full&sslrootcert={self.authority}"
