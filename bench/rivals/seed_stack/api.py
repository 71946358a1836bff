"""The serving layer as the original design has it, tuned: FastAPI on uvloop and httptools, a worker a
core, orjson, kept connections, one round trip for a cached list, shown lists logged in bulk.

    L1  Redis recs:USER (bytes as they are sent, TTL 1 h)
    L3  PostgreSQL rival_recs, the nightly list
    L2  pgvector: the films nearest to the viewer's vector, which consumer.py keeps in Redis
"""

import asyncio
import os
import uuid
from contextlib import asynccontextmanager
from typing import Literal

import asyncpg
import numpy
import orjson
import redis.asyncio
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Response
from pydantic import BaseModel

TTL_S, TOP_N, LIVE, NIGHTLY = 3600, 100, 0.3, 0.7
JSON = "application/json"


class Event(BaseModel):
    user_id: str
    movie_id: str
    event_type: Literal["view", "click", "like", "dislike", "rating", "watchlist", "hide"]
    event_id: uuid.UUID
    value: float | None = None


@asynccontextmanager
async def life(app):
    app.state.redis = redis.asyncio.from_url(os.environ["RIVAL_REDIS"])
    app.state.pool = await asyncpg.create_pool(os.environ["RIVAL_POSTGRES"], min_size=8, max_size=8)
    app.state.producer = AIOKafkaProducer(bootstrap_servers=os.environ["RIVAL_KAFKA"], acks="all",
                                          enable_idempotence=True, linger_ms=1)
    await app.state.producer.start()
    app.state.shown = []
    log = asyncio.create_task(write_shown(app.state))
    yield
    log.cancel()
    await app.state.producer.stop()
    await app.state.pool.close()
    await app.state.redis.aclose()


async def write_shown(state):
    while True:
        await asyncio.sleep(0.1)
        rows, state.shown = state.shown, []
        if rows:
            async with state.pool.acquire() as connection:
                await connection.copy_records_to_table("rival_shown", records=rows)


app = FastAPI(lifespan=life)


def scaled(pairs):
    if not pairs:
        return {}
    low, high = min(s for _, s in pairs), max(s for _, s in pairs)
    return {movie: (score - low) / (high - low) if high > low else 1.0 for movie, score in pairs}


async def nightly(user):
    row = await app.state.pool.fetchrow(
        "SELECT recs FROM rival_recs WHERE user_id = $1", user)
    return scaled([(r["movie_id"], r["score"]) for r in orjson.loads(row["recs"])] if row else [])


async def live(user):
    vector, seen = await app.state.redis.mget(f"vec:{user}", f"seen:{user}")
    if vector is None:
        return {}
    text = str(numpy.frombuffer(vector, dtype=numpy.float32).tolist())
    rows = await app.state.pool.fetch(
        "SELECT movie_id, -(factor <#> $1::text::vector) AS score FROM rival_factors "
        "ORDER BY factor <#> $1::text::vector LIMIT $2", text, TOP_N)
    met = set(orjson.loads(seen)) if seen else set()
    return scaled([(row["movie_id"], row["score"]) for row in rows if row["movie_id"] not in met])


@app.get("/api/recommendations")
async def recommendations(user_id: str, limit: int = 10):
    state = app.state
    cached = await state.redis.get(f"recs:{user_id}:{limit}")
    if cached is not None:
        return Response(cached, media_type=JSON)
    batch, fresh = await asyncio.gather(nightly(user_id), live(user_id))
    scores = {movie: NIGHTLY * score for movie, score in batch.items()}
    for movie, score in fresh.items():
        scores[movie] = scores.get(movie, 0) + LIVE * score
    best = sorted(scores.items(), key=lambda item: -item[1])[:limit]
    list_id = str(uuid.uuid4())
    items = [{"movie_id": movie, "score": score} for movie, score in best]
    body = orjson.dumps({"user_id": user_id, "list_id": list_id, "source": "blend",
                         "recommendations": items})
    await state.redis.set(f"recs:{user_id}:{limit}", body, ex=TTL_S)
    state.shown.append((list_id, user_id, orjson.dumps(items).decode()))
    return Response(body, media_type=JSON)


@app.post("/api/events")
async def events(event: Event):
    sent = await app.state.producer.send_and_wait(
        os.environ["RIVAL_TOPIC"], orjson.dumps(event.model_dump(mode="json")),
        key=event.user_id.encode())
    body = {"event_id": str(event.event_id), "offset": f"k:{sent.partition}:{sent.offset}"}
    return Response(orjson.dumps(body), status_code=202, media_type=JSON)
