"""The streaming job: micro-batches of the topic, handed to the fold in the driver."""

import argparse
import json
import os
import signal
import threading
import time

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from .batch_times import BatchTimes, milliseconds
from .checkpoint import Checkpoints
from .failure import DAMAGED, USAGE, Failed, first_line
from .lakehouse import open_lakehouse
from .model_arrays import load_model
from .native_stream import Settings, Stream, Unavailable
from .topic import collect, look_at, parse_topic, stream_of

NAME = "streaming_recommendations"
BACKOFF_S = (1, 2, 5, 10)
SERVICES = {"events": "kafka://", "state": "postgresql://", "objects": ""}  # settings, and what each begins with
CONFIGURATION = {
    # Each file of a checkpoint is a PUT and a rename. These spare questions to the object store on the way: for
    # markers of all folders above it, and what FileContext asks once more. A checkpoint is a hint here
    # (decision 47), which no reader may find half written, and that neither way allows.
    "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
    "spark.hadoop.fs.s3a.fast.upload.buffer": "bytebuffer",
    "spark.sql.streaming.checkpointFileManagerClass":
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager",
    "spark.sql.streaming.numRecentProgressUpdates": "20",  # all of them are asked for behind each batch
}


def parse(text, arguments=None, environment=os.environ):
    """What only the job has, and what of the settings its command line changes."""
    parser = argparse.ArgumentParser(prog=NAME, description=text)
    for name, help_ in (("events", "the topic: kafka://HOST:PORT/TOPIC"),
                        ("state", "the servers' state: postgresql://…"),
                        ("objects", "lakehouse for the checkpoint: file:DIR or s3://BUCKET?endpoint=…"),
                        ("data_dir", "where marquee.toml lies, unless --config names it")):
        flag = "--data" if name == "data_dir" else f"--{name}"
        parser.add_argument(flag, dest=name, help=f"{help_}; as the setting {name}")
    parser.add_argument("--config", help="settings file of the servers")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="one setting, such as live.factors=0.3")
    parser.add_argument("--interval", default=environment.get("SPARK_STREAMING_BATCH_INTERVAL"), help=(
        "seconds between micro-batches, 0: as fast as it goes; as the setting speed.batch_interval_s"))
    parser.add_argument("--messages-max", type=int, default=50_000, help="of one micro-batch")
    parser.add_argument("--no-lists", dest="lists", action="store_false", help=(
        "leave rec_feed to nobody: the driver then holds no state in memory"))
    options = parser.parse_args(arguments)
    if any("=" not in each for each in options.set):
        raise Failed("--set wants KEY=VALUE", USAGE)
    options.assigned = [each.split("=", 1) for each in options.set] + [
        (name, value) for name in ("data_dir", *SERVICES) if (value := getattr(options, name))]
    return options


def complete(options, settings):
    """With the settings where the command line says nothing."""
    for name, scheme in SERVICES.items():
        value = settings.text(name)
        if scheme and not value.startswith(scheme):
            raise Failed(f"--{name} or MARQUEE_{name.upper()} is required: {scheme}…, not "
                         f"'{value.partition(':')[0]}:'", USAGE)
        setattr(options, name, value)
    if options.interval is None:
        options.interval = settings.text("speed.batch_interval_s")
    try:
        options.interval = float(options.interval)
    except ValueError:
        options.interval = -1
    if not 0 <= options.interval <= 3600 or options.messages_max < 1:
        raise Failed("--interval wants 0 to 3600 seconds, --messages-max 1 or more", USAGE)
    return options


def say(text):
    print(text, flush=True)


def check_reach(place, stored):
    """The topic must have what is folded next; src/speed/partition_fold.cpp says the same."""
    for each, at in stored.items():
        if at > place.end[each]:
            raise Failed(f"the event log ends at k:{each}:{place.end[each]} but the folded state stands at "
                         f"k:{each}:{at}: restore the log, or rebuild the state from what is left of it", DAMAGED)
        if at < place.begin[each]:
            raise Failed(f"the folded state stands at k:{each}:{at} but the event log begins at "
                         f"k:{each}:{place.begin[each]}: fold archive and log again with: marquee rebuild")


class Job:
    def __init__(self, spark, options, settings):
        self.spark, self.options, self.settings = spark, options, settings
        self.topic = parse_topic(options.events)
        self.lakehouse = open_lakehouse(spark, options.objects)
        self.checkpoints = Checkpoints(spark, self.lakehouse)
        self.stream, self.model = None, None
        self.stopping = threading.Event()
        self.failed = None  # of the micro-batch, as Python raised it: Spark keeps its text only
        self.times = {}  # of micro-batches that Spark has not told of yet

    def fold_batch(self, frame, number):
        times = self.times[number] = BatchTimes()
        try:
            with times.step("read"):
                messages = collect(frame)
            say(f"batch {number}: {messages.num_rows} messages, read in {milliseconds(times.steps['read'])} ms")
            if messages.num_rows:
                self.fold(messages, number, times)
        except Exception as error:
            self.failed = error
            raise

    def fold(self, messages, number, times):
        with times.step("fold"):
            counts = self.stream.fold(messages)
        times.stored()
        say(f"batch {number}: stored after {milliseconds(sum(times.steps.values()))} ms: {counts.applied} applied, "
            f"{counts.deduplicated} repeated, {counts.dead_lettered} set aside, {counts.skipped} already folded")
        with times.step("lists"):
            self.make_lists(number)

    def make_lists(self, number):
        """rec_feed is a shortcut for the servers: without it they compute, so no failure here ends the fold."""
        if not self.options.lists:
            return
        try:
            version = self.stream.current_model()
            if version and version != self.model:
                self.stream.set_model(load_model(self.lakehouse, version))
                self.model = version
            made = self.stream.make_lists()
        except (Unavailable, Failed) as error:
            say(f"batch {number}: no lists are made ahead: {error}")
            return
        say(f"batch {number}: {made} lists made ahead")

    def claim(self):
        place = look_at(self.spark, self.topic)
        if self.stream is None:
            self.stream = Stream(self.settings)
        self.stream.check_log(place.cluster_id, self.topic.name, len(place.begin))
        stored = self.stream.claim(sorted(place.begin))
        check_reach(place, stored)
        return stored

    def query_from(self, stored):
        checkpoint, goes_on = self.checkpoints.choose(self.topic.name, stored)
        self.make_lists("-")  # loads the state, so that the first micro-batch need not
        say(f"folding {self.topic.name} from " + " ".join(f"k:{each}:{at}" for each, at in stored.items())
            + f" ({'going on with' if goes_on else 'new'} checkpoint {checkpoint})")
        frame = stream_of(self.spark, self.topic, stored, self.options.messages_max)
        return frame.writeStream.queryName(NAME).foreachBatch(self.fold_batch).option(
            "checkpointLocation", checkpoint).trigger(
                processingTime=f"{round(1000 * self.options.interval)} milliseconds").start()

    def follow(self, query):
        """Until the query fails or the job is to end; says where the time of each micro-batch went."""
        while not self.stopping.is_set():
            if query.awaitTermination(0.2):
                return
            if self.times:
                self.tell_times(query.recentProgress)
        while query.status["isTriggerActive"]:
            time.sleep(0.05)
        query.stop()

    def tell_times(self, told):
        for progress in told:
            times = self.times.pop(progress["batchId"], None)
            if times is not None:
                say(f"batch {progress['batchId']}: times {json.dumps(times.beside(progress))}")

    def fold_until_it_fails(self):
        self.failed = None
        self.times.clear()
        query = self.query_from(self.claim())
        try:
            self.follow(query)
        except StreamingQueryException as error:
            if self.failed is not None:
                raise self.failed from error
            raise Failed(f"Spark: {first_line(error)}") from error
        finally:
            if query.isActive:
                query.stop()

    def run(self):
        failures = 0
        while not self.stopping.is_set():
            begin = time.monotonic()
            try:
                self.fold_until_it_fails()
            except Unavailable as error:
                failures = 0 if time.monotonic() - begin > 60 else failures + 1
                wait = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
                say(f"the state is away ({error}): claiming again in {wait} s")
                self.stopping.wait(wait)


def run(text):
    options = parse(text)
    spark = SparkSession.builder.appName(NAME).config(map=CONFIGURATION).getOrCreate()
    try:  # the library that reads settings may be one of Spark's files
        settings = Settings(options.config, options.assigned)
        job = Job(spark, complete(options, settings), settings)
        signal.signal(signal.SIGTERM, lambda *_: job.stopping.set())
        job.run()
    finally:
        spark.stop()
