"""The object store of `marquee` as a job sees it: a folder, or a bucket through S3A."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from py4j.protocol import Py4JJavaError

from .failure import DAMAGED, USAGE, Failed, first_line


def open_lakehouse(spark, uri):
    """`uri` as the setting `objects`: file:DIR or s3://BUCKET[/PREFIX]?endpoint=…"""
    parts = urlsplit(uri)
    if parts.scheme == "s3" and parts.netloc:
        prefix = parts.path.strip("/")
        return Bucket(spark, f"s3a://{parts.netloc}" + (f"/{prefix}" if prefix else ""))
    if parts.scheme == "file" and parts.path and not parts.netloc:
        return Folder(Path(parts.path))
    raise Failed(f"--objects '{uri}': want file:DIR or s3://BUCKET?endpoint=http://HOST:PORT", USAGE)


class Lakehouse:
    """`get` answers None for an object that is not there."""

    def get(self, key):
        raise NotImplementedError

    def put_file(self, key, path):
        """Makes or replaces an object in one step."""
        raise NotImplementedError

    def path(self, key):
        """What Spark reads it by."""
        raise NotImplementedError

    def put(self, key, data):
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "object"
            file.write_bytes(data)
            self.put_file(key, file)

    def json(self, key, schema_max):
        """The object as JSON, None when it is not there."""
        data = self.get(key)
        if data is None:
            return None
        try:
            value = json.loads(data)
            schema = value["schema"]
        except (ValueError, KeyError, TypeError) as error:
            raise Failed(f"{key} is damaged ({error}): restore it from a backup", DAMAGED) from error
        if not 1 <= schema <= schema_max:
            raise Failed(f"{key} has schema {schema}, this job reads {schema_max}: use a newer one", DAMAGED)
        return value

    def holds(self, file):
        """Whether the object of a manifest's line is there with its bytes."""
        data = self.get(file["key"])
        return data is not None and hashlib.sha256(data).hexdigest() == file["sha256"]


class Folder(Lakehouse):
    def __init__(self, root):
        self.root = root.absolute()
        if not self.root.is_dir():
            raise Failed(f"there is no lakehouse {self.root}: marquee import or serve makes it")

    def get(self, key):
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            return None

    def put_file(self, key, path):
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(path, scratch)
            with open(scratch, "rb") as file:
                os.fsync(file.fileno())
            scratch.rename(target)
        finally:
            scratch.unlink(missing_ok=True)

    def path(self, key):
        return (self.root / key).as_uri()


class Bucket(Lakehouse):
    """Through Hadoop's file system: keys and endpoint are those that Spark itself reads with."""

    def __init__(self, spark, root):
        self.root = root
        self.jvm = spark._jvm
        self.configuration = spark._jsc.hadoopConfiguration()
        try:
            path = self._path("")
            self.files = path.getFileSystem(self.configuration)
            self.files.listStatus(path)  # of an object alone S3 does not say that the bucket is missing
        except Py4JJavaError as error:
            if "FileNotFoundException" not in first_line(error):  # nothing there yet
                raise Failed(f"{root} cannot be read: {first_line(error)}") from error

    def _path(self, key):
        return self.jvm.org.apache.hadoop.fs.Path(self.path(key))

    def get(self, key):
        try:
            stream = self.files.open(self._path(key))
        except Py4JJavaError as error:
            if "FileNotFoundException" in first_line(error):
                return None
            raise
        try:
            return bytes(self.jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()

    def put_file(self, key, path):
        source = self.jvm.org.apache.hadoop.fs.Path(Path(path).as_uri())
        self.files.copyFromLocalFile(False, True, source, self._path(key))

    def path(self, key):
        return f"{self.root}/{key}"
