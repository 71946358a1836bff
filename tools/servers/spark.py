"""Apache Spark, a standalone master with its workers: PySpark from the package index, what it lacks to
read Kafka and S3 from the jars that Maven resolves. Not among the servers that start by default."""

import hashlib
import http.client
import json
import re
import shutil
import sys
from pathlib import Path

from . import cache, progress, versions
from .kafka import jars_sha256
from .progress import Failed
from .server import Server

PINS = cache.TOOLS / "spark.txt"
ENTRY = f"spark-{versions.SPARK}-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"
JARS_ENTRY = f"spark-jars-{versions.SPARK}"


def dependency(group, name, version, without=None):
    exclusions = (f"<exclusions><exclusion><groupId>{without}</groupId><artifactId>*</artifactId>"
                  "</exclusion></exclusions>" if without else "")
    return (f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
            f"<version>{version}</version>{exclusions}</dependency>")


# The parts of Amazon's library that S3A loads, instead of the bundle of all of it, 280 MB; without
# dynamodb S3A does not start.
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>marquee</groupId><artifactId>spark-jars</artifactId><version>1</version>
  <dependencies>
    {dependency("org.apache.spark", "spark-sql-kafka-0-10_2.12", versions.SPARK, "org.apache.hadoop")}
    {dependency("org.apache.hadoop", "hadoop-aws", versions.SPARK_HADOOP, "com.amazonaws")}
    {dependency("com.amazonaws", "aws-java-sdk-s3", versions.SPARK_AWS)}
    {dependency("com.amazonaws", "aws-java-sdk-dynamodb", versions.SPARK_AWS)}
    {dependency("com.amazonaws", "aws-java-sdk-sts", versions.SPARK_AWS)}
  </dependencies>
</project>
"""


def artifact(jar):
    """'kafka-clients' of 'kafka-clients-3.4.1.jar'."""
    return re.sub(r"-\d[\w.]*\.jar$", "", jar.name)


def fetch_python(folder):
    # Into a plain folder: a virtual environment would carry the path that it was made under, and an
    # entry of the cache is renamed once it is whole.
    progress.run(f"Fetching PySpark {versions.SPARK} (320 MB)", [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "--no-compile", "--target", str(folder / "site"), "-r", str(PINS)],
        folder / "pip.log")
    (folder / "pip.log").unlink()


def fetch_jars(folder):
    (folder / "pom.xml").write_text(POM)
    progress.run(f"Fetching Spark's connectors {versions.SPARK}", [
        "mvn", "-q", "-B", "--strict-checksums", "-f", str(folder / "pom.xml"),
        f"org.apache.maven.plugins:maven-dependency-plugin:{versions.MAVEN_DEPENDENCY_PLUGIN}"
        ":copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}",
    ], folder / "maven.log")
    (folder / "maven.log").unlink()
    present = {artifact(jar) for jar in (home() / "jars").glob("*.jar")}
    for jar in folder.glob("*.jar"):
        if artifact(jar) in present:
            jar.unlink()
    found = jars_sha256(folder)
    if found != versions.SPARK_JARS_SHA256:
        raise Failed(f"Spark's connectors: their jars have the SHA-256 {found}, tools/servers/versions.py "
                     f"wants {versions.SPARK_JARS_SHA256}: not used")


def site():
    return cache.root() / ENTRY / "site"


def home():
    return site() / "pyspark"


def jars():
    return sorted((cache.root() / JARS_ENTRY).glob("*.jar"))


def environment_of():
    """What every process of Spark needs to find itself, and to listen on loopback only."""
    return {"SPARK_HOME": str(home()), "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(site()),
            "PYSPARK_PYTHON": sys.executable, "SPARK_NO_DAEMONIZE": "1"}


class Spark(Server):
    name = "spark"
    by_default = False
    default_ports = {"client": 7077, "console": 8081}
    settings_from = {"SPARK_WORKER_MEMORY": "memory", "SPARK_WORKER_CORES": "cores"}
    random_secrets = ()
    start_timeout_s = 180
    workers = 2

    @classmethod
    def installed(cls):
        return site().is_dir() and (cache.root() / JARS_ENTRY).is_dir()

    @classmethod
    def install(cls):
        cache.entry(ENTRY, fetch_python)
        cache.entry(JARS_ENTRY, fetch_jars)

    def check_settings(self):
        self.wants(re.fullmatch(r"[1-9]\d*[mg]", self.memory), f"SPARK_WORKER_MEMORY '{self.memory}': "
                   "want a number and m or g, such as 1g")
        self.wants(re.fullmatch(r"[1-9]\d*", self.cores),
                   f"SPARK_WORKER_CORES '{self.cores}': want a whole number from 1")

    @property
    def memory(self):
        return self.setting("memory", "1g")

    @property
    def cores(self):
        return self.setting("cores", "1")

    def prepare(self):
        shutil.rmtree(self.folder / "work", ignore_errors=True)  # of jobs that have ended
        (self.folder / "work").mkdir(mode=0o700)

    def command(self):
        program = Path(__file__).with_name("spark_cluster.py")
        return [sys.executable, str(program), str(self.port), str(self.record["ports"]["console"]),
                str(self.workers), self.cores, self.memory, str(self.folder / "work")]

    def environment(self):
        return {**environment_of(), "SPARK_DAEMON_MEMORY": "256m",
                "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.record["ports"]["console"], timeout=5)
        try:
            connection.request("GET", "/json/")
            state = json.loads(connection.getresponse().read())
        except (http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()
        return state["status"] == "ALIVE" and state["aliveworkers"] == self.workers

    def variables(self):
        return {"STACK_SPARK_URL": f"spark://127.0.0.1:{self.port}"}

    def address(self):
        return f"spark://127.0.0.1:{self.port} (console {self.record['ports']['console']})"
