"""The speed layer of the rival: from Kafka to the viewer's vector in Redis, and the cached lists away.
Repeats are dropped by SET NX; each poll is one pipeline."""

import asyncio
import os

import asyncpg
import numpy
import orjson
import redis.asyncio
import uvloop
from aiokafka import AIOKafkaConsumer

import asyncpg

WEEK_S, HISTORY = 7 * 86_400, 50


async def factors():
    connection = await asyncpg.connect(os.environ["RIVAL_POSTGRES"])
    rows = await connection.fetch("SELECT movie_id, factor::text AS factor FROM rival_factors")
    await connection.close()
    return {row["movie_id"]: numpy.array(orjson.loads(row["factor"]), dtype=numpy.float32)
            for row in rows}


async def fold(server, table, messages):
    events = [orjson.loads(message.value) for message in messages]
    pipe = server.pipeline(transaction=False)
    for event in events:
        pipe.set(f"ev:{event['user_id']}:{event['event_id']}", 1, nx=True, ex=WEEK_S)
    fresh = [event for event, is_new in zip(events, await pipe.execute()) if is_new]
    pipe = server.pipeline(transaction=False)
    for event in fresh:
        pipe.lpush(f"recent:{event['user_id']}", event["movie_id"])
        pipe.ltrim(f"recent:{event['user_id']}", 0, HISTORY - 1)
    users = sorted({event["user_id"] for event in fresh})
    for user in users:
        pipe.lrange(f"recent:{user}", 0, HISTORY - 1)
    answers = await pipe.execute()
    pipe = server.pipeline(transaction=False)
    for user, recent in zip(users, answers[len(answers) - len(users):]):
        recent = [movie.decode() for movie in recent]
        known = [table[movie] for movie in recent if movie in table]
        if known:
            pipe.set(f"vec:{user}", numpy.mean(known, axis=0).tobytes())
        pipe.set(f"seen:{user}", orjson.dumps(recent))
        pipe.delete(f"recs:{user}:10")
    await pipe.execute()


async def main():
    server = redis.asyncio.from_url(os.environ["RIVAL_REDIS"])
    table = await factors()
    consumer = AIOKafkaConsumer(os.environ["RIVAL_TOPIC"], group_id="rival",
                                bootstrap_servers=os.environ["RIVAL_KAFKA"],
                                enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    print("ready", flush=True)
    try:
        while True:
            polled = await consumer.getmany(timeout_ms=200, max_records=1_000)
            messages = [message for records in polled.values() for message in records]
            if messages:
                await fold(server, table, messages)
                await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    uvloop.run(main())
