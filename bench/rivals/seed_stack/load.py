"""Gives the rival the very model that Marquee serves: load.py ITEM_FACTORS RECOMMENDATIONS (Parquet)."""

import asyncio
import os
import sys

import asyncpg
import orjson
import pyarrow.parquet
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 4  # as many as Marquee's topic has

TABLES = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE rival_factors(movie_id text PRIMARY KEY, factor vector({k}) NOT NULL);
CREATE TABLE rival_recs(user_id text PRIMARY KEY, recs text NOT NULL);
CREATE TABLE rival_shown(list_id text, user_id text, items text);
"""


async def make_topic():
    admin = AIOKafkaAdminClient(bootstrap_servers=os.environ["RIVAL_KAFKA"])
    await admin.start()
    await admin.create_topics([NewTopic(os.environ["RIVAL_TOPIC"], PARTITIONS, 1)])
    await admin.close()


async def main(factors, recommendations):
    films = pyarrow.parquet.read_table(factors).to_pylist()
    lists = {}
    for row in pyarrow.parquet.read_table(recommendations).to_pylist():
        lists.setdefault(row["user_id"], []).append(
            {"movie_id": row["movie_id"], "score": row["score"]})
    connection = await asyncpg.connect(os.environ["RIVAL_POSTGRES"])
    await connection.execute(TABLES.format(k=len(films[0]["factor"])))
    await connection.executemany(
        "INSERT INTO rival_factors VALUES ($1, $2::text::vector)",
        [(film["movie_id"], str([float(value) for value in film["factor"]])) for film in films])
    await connection.executemany(
        "INSERT INTO rival_recs VALUES ($1, $2)",
        [(user, orjson.dumps(recs).decode()) for user, recs in lists.items()])
    await connection.execute(
        "CREATE INDEX ON rival_factors USING hnsw (factor vector_ip_ops); ANALYZE;")
    await connection.close()
    await make_topic()
    print(f"{len(films)} films, {len(lists)} lists")


asyncio.run(main(*sys.argv[1:]))
