"""Apache Kafka, one broker that is its own controller (KRaft), from the jars that Maven resolves."""

import base64
import hashlib
import os
import shutil
import struct
import uuid
from pathlib import Path

from . import cache, progress, versions
from .progress import Failed
from .server import Server, write_private

ENTRY = f"kafka-{versions.KAFKA}"
USER = "marquee"  # under TLS; else it has no users
ITERATIONS = 4096  # the least that it takes (RFC 7677)

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>marquee</groupId><artifactId>kafka-jars</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_{versions.KAFKA_SCALA}</artifactId>
      <version>{versions.KAFKA}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
      <version>{versions.KAFKA}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId>
      <version>{versions.SLF4J_RELOAD4J}</version></dependency>
  </dependencies>
</project>
"""

LOGGING = """log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %m (%c)%n
"""


def jars_sha256(folder):
    """One hash over the names and contents of all jars."""
    lines = [f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n"
             for jar in sorted(folder.glob("*.jar"))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def fetch_jars(folder):
    pom = folder / "pom.xml"
    pom.write_text(POM)
    progress.run(f"Fetching Kafka {versions.KAFKA}", [
        "mvn", "-q", "-B", "--strict-checksums", "-f", str(pom),
        f"org.apache.maven.plugins:maven-dependency-plugin:{versions.MAVEN_DEPENDENCY_PLUGIN}"
        ":copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}",
    ], folder / "maven.log")
    (folder / "maven.log").unlink()
    found = jars_sha256(folder)
    if found != versions.KAFKA_JARS_SHA256:
        raise Failed(f"Kafka {versions.KAFKA}: its jars have the SHA-256 {found}, tools/servers/"
                     f"versions.py wants {versions.KAFKA_JARS_SHA256}: not used")


def java():
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin/java") if home else "java"


def class_archive():
    """Kafka's classes as the JVM laid them out in memory, kept between starts: halves the time a start
    takes. Each build of Java wants its own, and does without one that does not suit it."""
    program = Path(shutil.which(java())).resolve()
    return cache.root() / f"{ENTRY}-classes-{int(program.stat().st_mtime)}.jsa"


def metadata_request():
    """Metadata, version 1, about no topic (the protocol's guide, 'Metadata API')."""
    client = b"tools/stack"
    body = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def versions_request():
    """ApiVersions, version 0."""
    client = b"tools/stack"
    body = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    return struct.pack(">i", len(body)) + body


def urls(listeners):
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items())


def brokers_in(answer):
    """How many brokers the answer to metadata_request names, after its length."""
    return struct.unpack(">ii", answer[:8])[1]


class Kafka(Server):
    name = "kafka"
    default_ports = {"client": 29092, "controller": 29093, "password": 29094}
    settings_from = {"KAFKA_ADVERTISED_PORT": "advertised_port"}
    stop_timeout_s = 30
    start_timeout_s = 120

    @classmethod
    def installed(cls):
        return (cache.root() / ENTRY).is_dir() and shutil.which(java()) is not None

    @classmethod
    def install(cls):
        cache.entry(ENTRY, fetch_jars)

    def doors(self):
        """The listeners for clients by name; under TLS also one with a password and without TLS."""
        if not self.tls:
            return {"PLAINTEXT": self.port}
        return {"SASL_SSL": self.port, "SASL_PLAINTEXT": self.record["ports"]["password"]}

    def security(self):
        if not self.tls:
            return ()
        plain, scram = (f"org.apache.kafka.common.security.{name}LoginModule required"
                        for name in ("plain.Plain", "scram.Scram"))
        user = f'username="{USER}" password="{self.secret("password")}"'
        lines = ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
                 "sasl.mechanism.inter.broker.protocol=PLAIN",
                 f"ssl.keystore.type=PEM\nssl.keystore.location={self.certificates.both}",
                 f"ssl.truststore.type=PEM\nssl.truststore.location={self.certificates.authority}"]
        for name in map(str.lower, self.doors()):
            lines += [f"listener.name.{name}.plain.sasl.jaas.config={plain} {user} "
                      f'user_{USER}="{self.secret("password")}";',
                      f"listener.name.{name}.scram-sha-256.sasl.jaas.config={scram} {user};"]
        return lines

    def properties(self):
        doors, controller = self.doors(), self.record["ports"]["controller"]
        # Another port where a proxy stands between clients and broker.
        shown = {**doors, next(iter(doors)): self.setting("advertised_port", self.port)}
        return "\n".join((
            "process.roles=broker,controller", "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners={urls(doors)},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners={urls(shown)}",
            f"inter.broker.listener.name={next(iter(doors))}", "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,"
            + ",".join(f"{name}:{name}" for name in doors), *self.security(),
            f"log.dirs={self.folder}/data", "auto.create.topics.enable=false",
            "log.retention.hours=168", "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=8", "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1", "transaction.state.log.num.partitions=8",
            "group.initial.rebalance.delay.ms=0",
            # After a crash the broker is let in again when its last session is over: 9 s by default.
            "broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500", ""))

    def prepare(self):
        write_private(self.folder / "server.properties", self.properties())
        (self.folder / "log4j.properties").write_text(LOGGING)
        if self.setting("formatted", False):
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        progress.run("Formatting Kafka's folder", self.run_class(
            ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), "kafka.tools.StorageTool", "format",
            "--ignore-formatted", "--cluster-id=" + cluster, "-c",
            str(self.folder / "server.properties"), *self.first_user()), self.folder / "format.log")
        self.record["settings"]["formatted"] = True

    def first_user(self):
        """For SCRAM, its password salted: command lines are public."""
        if not self.tls:
            return ()
        salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha256", self.secret("password").encode(), salt, ITERATIONS)
        salt, salted = (base64.b64encode(part).decode() for part in (salt, salted))
        return ("--add-scram", f'SCRAM-SHA-256=[name={USER},iterations={ITERATIONS},salt="{salt}",'
                               f'saltedpassword="{salted}"]')

    def run_class(self, options, name, *arguments):
        return [java(), *options, f"-Dlog4j.configuration=file:{self.folder}/log4j.properties",
                "-cp", f"{cache.root() / ENTRY}/*", name, *arguments]

    @property
    def new_class_archive(self):
        return self.folder / "classes.jsa"

    def command(self):
        archive = class_archive()
        sharing = (f"-XX:SharedArchiveFile={archive}" if archive.exists() else
                   f"-XX:ArchiveClassesAtExit={self.new_class_archive}")
        return self.run_class(
            ("-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:+IgnoreUnrecognizedVMOptions", sharing),
            "kafka.Kafka", str(self.folder / "server.properties"))

    def ended(self):
        archive = class_archive()
        if self.new_class_archive.exists():
            whole = archive.with_name(f".{archive.name}.{os.getpid()}")
            shutil.copy(self.new_class_archive, whole)
            whole.rename(archive)
            self.new_class_archive.unlink()

    def answers(self):
        with self.connect(5) as connection:
            # Before the password only this is answered.
            connection.sendall(versions_request() if self.tls else metadata_request())
            answer = b""
            while len(answer) < 12:
                received = connection.recv(4096)
                if not received:
                    return False
                answer += received
        return self.tls or brokers_in(answer[4:]) == 1

    def variables(self):
        if not self.tls:
            return {"STACK_KAFKA_URL": f"kafka://127.0.0.1:{self.port}"}
        user = f"kafka://{USER}:{self.secret('password')}@127.0.0.1:"
        return {"STACK_KAFKA_URL": f"{user}{self.port}",
                "STACK_KAFKA_PARAMETERS": f"tls=true&ca_file={self.certificates.authority}"
                                          "&sasl_mechanism=SCRAM-SHA-256",
                "STACK_KAFKA_PASSWORD_URL": f"{user}{self.record['ports']['password']}"}

    def address(self):
        return f"kafka://127.0.0.1:{self.port}"
