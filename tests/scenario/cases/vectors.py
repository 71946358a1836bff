"""Candidates found by pgvector (retrieval.search): what viewers get, and which vectors are kept."""

import json
import re

from cases import scenario
from cases.start import USAGE, assert_refuses
from fleet import until

EMBEDDED_ONLY = "is a refusal of settings without PostgreSQL"

VIEWERS = [f"v{number}" for number in range(6)]


def search_by(data, search):
    """Sets retrieval.search in the directory's settings."""
    settings = data / "marquee.toml"
    text = re.sub(r"^retrieval\.search = .*\n", "", settings.read_text(), flags=re.M)
    settings.write_text(f'{text}retrieval.search = "{search}"\n')


def retrieval(server):
    """What /api/health says of it; none where no server searches."""
    return server.client.get("/api/health").json()["dependencies"].get("retrieval")


def wait_until_used(server):
    until("searches go to pgvector", lambda: retrieval(server)["status"] == "ok")


def lists(server):
    """{viewer: {film: score}}, past the cache."""
    found = {}
    for user in VIEWERS:
        listed = server.client.recommendations(user, 100, year_from=1800)
        assert listed["source"] == "realtime", listed["source"]
        found[user] = {each["movie_id"]: each["score"] for each in listed["recommendations"]}
    return found


def searches(server, by):
    return server.client.metric("marquee_retrieval_searches_total", by=by)


def lists_by_pgvector(server):
    """As lists(), each of them found by pgvector: on a busy machine a search may take longer than it may, and the
    own sweep finds that one."""
    before, found = searches(server, "pgvector"), lists(server)
    return found if searches(server, "pgvector") - before >= len(VIEWERS) else None


def like_films(server, count=4):
    films = [each["movie_id"] for each in server.client.recommendations("nobody", 100)["recommendations"]]
    for number, user in enumerate(VIEWERS):
        for film in films[number * count:(number + 1) * count]:
            offset = server.client.event(user, film)["offset"]
        server.client.list_with(user, offset)


@scenario("pgvector finds what the own sweep finds, and its vectors are written where there were none",
          platform=True, embedded=False, seconds=8)
def both_ways(stage):
    data = stage.copy()
    search_by(data, "exact")
    with stage.program.serve(data) as server:
        like_films(server)
        assert retrieval(server) is None
        exact = lists(server)
        assert server.end() == 0
    search_by(data, "pgvector")
    with stage.program.serve(data) as server:
        wait_until_used(server)
        found = until("pgvector finds a list for each viewer", lambda: lists_by_pgvector(server))
        until("recall is measured", lambda: "marquee_retrieval_recall " in server.client.get("/metrics").text)
        assert server.client.metric("marquee_retrieval_recall") > 0.9
        doctor = json.loads(stage.program.must("doctor", "--json", "--data", data))
        assert [each["level"] for each in doctor["findings"] if each["check"] == "retrieval"] == ["ok"], doctor
        assert server.end() == 0
    for user in VIEWERS:
        both = exact[user].keys() & found[user].keys()
        assert len(both) > 90, f"{user}: {len(both)} of 100 films are the same"
        # Scores are scaled over all candidates, of which pgvector may miss a few.
        assert all(abs(exact[user][film] - found[user][film]) < 0.05 for film in both), user


@scenario("each model that can serve has its vectors, after publish, rollback and retention",
          platform=True, embedded=False, seconds=12)
def kept(stage):
    data = stage.copy()
    search_by(data, "pgvector")

    def version(standing):
        models = json.loads(stage.program.must("models", "list", "--json", "--data", data))["models"]
        return next(model["version"] for model in models if model["standing"] == standing)

    with stage.program.serve(data) as server:
        wait_until_used(server)
        for run in range(4):
            stage.program.must("batch", "run", "--run-id", f"again-{run}", "--data", data)
            assert retrieval(server)["status"] == "ok", "from the first request on"
        newest = version("current")
        stage.program.must("models", "rollback", "--data", data)
        assert version("current") != newest and retrieval(server)["status"] == "ok"
        kept_now = generations(stage, data)
        assert len(kept_now) == 3 and {version("current"), newest} <= kept_now, kept_now
        assert server.end() == 0


def generations(stage, data):
    """Those whose vectors are in the database."""
    state = re.search(r'state = "(\S+?)"', (data / "marquee.toml").read_text())[1]
    return set(stage.query(state, "SELECT generation FROM movie_factor_generations").split())


@scenario("pgvector without PostgreSQL is refused", fast=True)
def refused(stage):
    done = stage.program.run("serve", "--data", stage.copy(), "--port", 0,
                             environment={"MARQUEE_RETRIEVAL__SEARCH": "pgvector"})
    assert_refuses(done, USAGE, "retrieval.search", "postgresql://")
