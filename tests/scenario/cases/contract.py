"""What holds for every call of the document, whatever it does."""

import re

from cases import scenario

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", "BREW")
ENDLESS = "/stream"
# An answer that differs from one moment to the next; its length may too.
CHANGING = ("/metrics", "/api/metrics", "/api/health", "/api/recommendations")
VALUES = {"{event_id}": "01900000-0000-7000-8000-000000000000", "{version}": "none", "{id}": "1"}
QUERIES = {"/api/recommendations": "?user_id=1", "/api/events/{event_id}": "?user_id=1"}


def calls(client):
    """(the document's path, an address of it, the methods it has)."""
    for path, item in client.get("/openapi.json").json()["paths"].items():
        address = path
        for name, value in VALUES.items():
            address = address.replace(name, value)
        methods = {method.upper() for method in item} & set(METHODS)
        yield path, address + QUERIES.get(path, ""), methods


def pattern(path):
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))


@scenario("HEAD goes wherever GET goes, with the same head and no body", platform=True)
def head(stage):
    with stage.program.serve(stage.copy()) as server:
        count = 0
        for path, address, methods in calls(server.client):
            if "GET" not in methods or path.endswith(ENDLESS):
                continue
            got = server.client.get(address, operator=True)
            told = server.client.request("HEAD", address, operator=True)
            assert (told.status, told.body) == (got.status, b""), f"HEAD {address}: {told}"
            for name in ("content-type", "etag", "cache-control", "vary"):
                assert told.headers.get(name) == got.headers.get(name), f"HEAD {address}: {name}"
            if path not in CHANGING:
                assert told.headers["content-length"] == str(len(got.body)), f"HEAD {address}"
            count += 1
        assert count > 15, count


@scenario("every other method is 405, with those that the path takes in Allow", platform=True)
def methods_allowed(stage):
    with stage.program.serve(stage.copy()) as server:
        known = list(calls(server.client))
        for _, address, _ in known:
            plain = address.split("?")[0]
            # /api/admin/models/rollback is an address of /api/admin/models/{version} as well
            takes = set().union(*(m for path, _, m in known if re.fullmatch(pattern(path), plain)))
            for method in sorted(set(METHODS) - takes):
                answer = server.client.request(method, address, operator=True)
                assert answer.status == 405, f"{method} {address}: {answer}"
                allowed = takes | {"OPTIONS"} | ({"HEAD"} if "GET" in takes else set())
                assert set(answer.headers["allow"].split(", ")) == allowed, f"{address}: {answer}"
                assert answer.json()["instance"] == plain, answer


@scenario("what has an ETag is not sent twice, packed or plain", platform=True)
def etags(stage):
    with stage.program.serve(stage.copy()) as server:
        count = 0
        for _, address, methods in calls(server.client):
            for encoding in ("gzip", "identity"):
                headers = {"Accept-Encoding": encoding}
                answer = server.client.get(address, headers=headers) if "GET" in methods \
                    and not address.endswith(ENDLESS) else None
                if answer is None or "etag" not in answer.headers:
                    continue
                again = server.client.get(address, headers={**headers, "If-None-Match": answer.headers["etag"]})
                assert (again.status, again.body) == (304, b""), f"GET {address}: {again}"
                other = server.client.get(address, headers={**headers, "If-None-Match": '"0"'})
                assert (other.status, other.body) == (200, answer.body), f"GET {address}: {other}"
                count += 1
        assert count >= 12, count  # films, one, similar, genres, document, page
