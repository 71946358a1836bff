"""A data set of two tastes in which every kind of verdict occurs, and the program that imports it."""

import csv
import os
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build/release/bin/marquee"
RANK = "8"
sys.path[:0] = [str(ROOT / "deploy/spark"), str(ROOT / "tools")]

VIEWERS, FILMS = 120, 60


def interactions(seed=1):
    """(user, film, type, value, seconds): viewers like the films of their parity, change their minds, and
    give verdicts of every kind."""
    draw = random.Random(seed)
    now = 1_600_000_000
    for viewer in range(VIEWERS):
        for film in draw.sample(range(FILMS), 30):
            likes = film % 2 == viewer % 2
            for _ in range(draw.choice((1, 1, 1, 2, 3))):
                now += draw.choice((0, 1, 60))
                kind = draw.choice(("rating", "rating", "like", "view", "click") if likes else
                                   ("rating", "dislike", "not_interested", "impression", "rating"))
                value = {"rating": draw.choice((5, 4.5, 4, 3) if likes else (1, 2, 3, 3.5)),
                         "view": draw.choice((0.2, 0.5, 1))}.get(kind, "")
                yield f"u{viewer:03}", f"m{film:03}", kind, value, now


def write_dataset(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "movies.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("movie_id", "title", "year", "genres"))
        rows.writerows((f"m{film:03}", f"Film {film}", 1990 + film % 30, "Drama" if film % 2 else "Comedy")
                       for film in range(FILMS))
    with open(folder / "interactions.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("user_id", "movie_id", "event_type", "value", "timestamp"))
        rows.writerows(interactions())
    return folder


def marquee(data, *arguments, environment=None):
    """(exit code, stdout, stderr)."""
    done = subprocess.run(
        [PROGRAM, *arguments, "--data", data], capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "MARQUEE_TRAIN__RANK": RANK, "MARQUEE_TRAIN__EPOCHS": "4", **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def must(data, *arguments, environment=None):
    code, stdout, stderr = marquee(data, *arguments, environment=environment)
    assert code == 0, f"marquee {' '.join(arguments)}: exit {code}: {stderr}"
    return stdout
