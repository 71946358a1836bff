"""The topic of `events = "kafka://…"` (docs/formats/kafka_message.md) as Spark reads it."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow
from py4j.protocol import Py4JJavaError
from pyspark.sql import functions as F

from .failure import USAGE, Failed

VALUE_BYTES_MAX = 64 << 10  # what is longer is no event: its beginning and its length are enough to say so
# Behind the last message Kafka's consumer asks for more at once, and the broker keeps that request for so long
# (500 ms by default); the workers' next question, where the topic ends, waits behind it on the same connection.
FETCH_WAIT_MS = 5
FINGERPRINT = "element_at(filter(headers, header -> header.key = 'fingerprint'), -1)"


@dataclass
class Topic:
    brokers: str
    name: str
    client: dict = field(default_factory=dict)  # of Kafka's clients in Java, secrets too


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def security_of(parts, query):
    tls, user = query.get("tls", ["false"])[-1] == "true", unquote(parts.username or "")
    client = {"security.protocol": ("SASL_" if user else "") + ("SSL" if tls else "PLAINTEXT")}
    if tls and "ca_file" in query:
        client.update({"ssl.truststore.type": "PEM", "ssl.truststore.location": query["ca_file"][-1]})
    if user:
        mechanism = query.get("sasl_mechanism", ["PLAIN"])[-1]
        module = ("plain.Plain" if mechanism == "PLAIN" else "scram.Scram") + "LoginModule"
        client.update({"sasl.mechanism": mechanism, "sasl.jaas.config": (
            f"org.apache.kafka.common.security.{module} required username={quoted(user)} "
            f"password={quoted(unquote(parts.password or ''))};")})
    return client


def parse_topic(uri):
    """`uri` as the setting `events`; what concerns the servers alone is left aside."""
    parts = urlsplit(uri)
    name = parts.path.strip("/")
    hosts = parts.netloc.rpartition("@")[2]
    if parts.scheme != "kafka" or not hosts or not name:
        raise Failed("--events: want kafka://HOST:PORT/TOPIC, as the setting events", USAGE)
    brokers = ",".join(host if ":" in host.rpartition("]")[2] else f"{host}:9092" for host in hosts.split(","))
    return Topic(brokers, name, security_of(parts, parse_qs(parts.query)))


@dataclass
class Place:
    """What the cluster says of the topic: its id, and from where to where each partition reaches."""

    cluster_id: str
    begin: dict
    end: dict


def root_cause(error):
    cause = error.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    return cause.toString()


def look_at(spark, topic):
    """Through Kafka's own client, which Spark's connector brings."""
    kafka = spark._jvm.org.apache.kafka
    settings = spark._jvm.java.util.HashMap()
    for name, value in {"bootstrap.servers": topic.brokers, "request.timeout.ms": "10000", "default.api.timeout.ms": "20000",
                        **topic.client}.items():
        settings.put(name, value)
    try:
        admin = kafka.clients.admin.AdminClient.create(settings)
        try:
            names = spark._jvm.java.util.ArrayList()
            names.add(topic.name)
            found = admin.describeTopics(names).allTopicNames().get().get(topic.name)
            partitions = sorted(each.partition() for each in found.partitions())
            cluster_id = admin.describeCluster().clusterId().get()

            def offsets(spec):
                asked = spark._jvm.java.util.HashMap()
                places = {each: kafka.common.TopicPartition(topic.name, each) for each in partitions}
                for place in places.values():
                    asked.put(place, spec)
                told = admin.listOffsets(asked).all().get()
                return {each: told.get(place).offset() for each, place in places.items()}

            spec = kafka.clients.admin.OffsetSpec
            return Place(cluster_id, offsets(spec.earliest()), offsets(spec.latest()))
        finally:
            admin.close()
    except Py4JJavaError as error:
        raise Failed(f"the topic {topic.name} at {topic.brokers}: {root_cause(error)}") from error


def stream_of(spark, topic, starting, messages_max):
    """Messages as the fold wants them. `starting` is {partition: offset}, where no checkpoint says more."""
    reader = spark.readStream.format("kafka").options(**{
        "kafka.bootstrap.servers": topic.brokers, "subscribe": topic.name, "includeHeaders": "true",
        "startingOffsets": json.dumps({topic.name: {str(each): at for each, at in starting.items()}}),
        "failOnDataLoss": "true", "kafka.isolation.level": "read_committed",
        "kafka.fetch.max.wait.ms": str(FETCH_WAIT_MS),
        "maxOffsetsPerTrigger": str(messages_max)})
    for name, value in topic.client.items():
        reader = reader.option(f"kafka.{name}", value)
    fingerprint = F.expr(FINGERPRINT)
    nothing = F.expr("X''")
    return reader.load().select(
        "partition", "offset", F.coalesce("key", nothing).alias("key"),
        F.coalesce(F.expr(f"substring(value, 1, {VALUE_BYTES_MAX + 1})"), nothing).alias("value"),
        F.coalesce(F.expr("octet_length(value)"), F.lit(0)).cast("long").alias("value_bytes"),
        fingerprint.isNotNull().alias("has_fingerprint"),
        F.coalesce(fingerprint["value"], nothing).alias("fingerprint"))


def collect(frame):
    """All rows of stream_of() as an Arrow table, by one job. toPandas() would turn each message into an object;
    Spark 4 has this as toArrow()."""
    batches = frame._collect_as_arrow()
    return pyarrow.Table.from_batches(batches) if batches else pyarrow.table({})
