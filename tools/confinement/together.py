"""The services of compose.yaml beside each other, from their built roots, and what a viewer asks of their doors."""

import contextlib
import json
import time
import urllib.request

from .process import Confined, Failed
from .service import is_once
from .trials import IMAGES, TOGETHER

GATEWAY, PAGE = "http://127.0.0.1:8080", "http://127.0.0.1:3000"


def ask(url, body=None):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def view():
    """A click and the list that has it, through the gateway; the page by both doors."""
    if ask(f"{GATEWAY}/health").strip() != "Gateway OK":
        raise Failed("the gateway is not well")
    for door in (GATEWAY, PAGE):
        if '<div id="root"' not in ask(f"{door}/"):
            raise Failed(f"no page at {door}")
    films = json.loads(ask(f"{GATEWAY}/api/recommendations?user_id=user_123&limit=10"))["recommendations"]
    event = json.dumps({"user_id": "user_123", "movie_id": films[0]["movie_id"], "event_type": "like"})
    offset = json.loads(ask(f"{GATEWAY}/api/events", event.encode()))["offset"]
    deadline = time.monotonic() + 60
    while True:
        moved = json.loads(ask(f"{GATEWAY}/api/recommendations?user_id=user_123&limit=10&min_offset={offset}"))
        if "stale" not in moved:
            break
        if time.monotonic() > deadline:
            raise Failed("the list stays stale")
        time.sleep(1)
    if films[0]["movie_id"] in [film["movie_id"] for film in moved["recommendations"]]:
        raise Failed("the list did not move")


def run(project, roots, config_of, scratch):
    """Returns what is to be objected. In a network of its own, whose loopback is up."""
    found, services = [], []
    with contextlib.ExitStack() as stack:
        try:
            for trial in TOGETHER:
                config = config_of(IMAGES.get(trial.service, trial.service))
                service = stack.enter_context(
                    Confined(project, trial, roots[trial.service], config, scratch, network=False))
                services.append(service)
                service.wait_for("ended" if is_once(service.service) else "healthy")
                print(f"{service.name}: {'done' if is_once(service.service) else 'healthy'}", flush=True)
            view()
            print("a click moved a list, through the gateway", flush=True)
        except (Failed, OSError, ValueError, KeyError) as failure:
            found.append(str(failure))
        for service in reversed(services):
            found += [f"{service.name}: {objection}" for objection in service.end()]
            print(f"{service.name}: up to {service.megabytes()} MB, may write to {' '.join(service.places())} alone")
    return found
