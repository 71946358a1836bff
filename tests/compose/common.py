"""Where compose.yaml and its parts lie, and the project that the real loader makes of them."""

import functools
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from servers import compose_loader  # noqa: E402

UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@functools.cache
def project(*files):
    return compose_loader.load(ROOT, *(files or ("compose.yaml",)))


def services(*files):
    return project(*files)["services"]


def size(text):
    """Bytes of '384m'."""
    text = str(text).lower().removesuffix("b")
    return int(text) if text.isdigit() else int(text[:-1]) * UNITS[text[-1]]


def once(service):
    """A service that does its work and ends."""
    return (service.get("labels") or {}).get("marquee.once") == "true"


def lasting():
    return {name: service for name, service in services().items() if not once(service)}


def text_of(path):
    return (ROOT / path).read_text()
