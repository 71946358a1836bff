"""Which run of Marquee a DAG run stands for, and what Marquee knows of it. Needs no Airflow."""

import json
import os
import re

NIGHT = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def every_day_at(time):
    """The crontab expression of a time, "HH:MM". No other is taken: with one that is not due every day, what
    Airflow calls the logical date is not the day before, which Marquee's own scheduler means by it."""
    found = TIME.fullmatch(time)
    if found is None:
        raise ValueError(f"MARQUEE_AIRFLOW_NIGHT_TIME {time!r}: a time from 00:00 to 23:59 in UTC, as 02:00")
    hour, minute = map(int, found.groups())
    return f"{minute} {hour} * * *"


class Run:
    """A run id, and the UTC day that it stands for, if any. A night's id is its day, as Marquee's own
    scheduler calls it: whoever comes second finds the night made."""

    def __init__(self, run_id, logical_date=None):
        self.id, self.logical_date = run_id, logical_date

    @classmethod
    def of_night(cls, logical_date, run_after):
        """Of a DAG run's logical date (UTC); one without a date is a run by hand, called by its time."""
        if logical_date is None:
            return cls.by_hand(run_after)
        day = logical_date.strftime("%Y-%m-%d")
        return cls(day, day)

    @classmethod
    def by_hand(cls, run_after):
        return cls(run_after.strftime("manual-%Y%m%dT%H%M%SZ"))

    def options(self):
        return ["--run-id", self.id, *(["--logical-date", self.logical_date] if self.logical_date else [])]

    def is_night(self):
        return NIGHT.fullmatch(self.id) is not None


def elsewhere(run, listed):
    """What Marquee's own scheduler makes, or has made, of the run: `listed` is what `marquee runs list --json`
    printed. A status of Marquee's, or None when it does not know the run."""
    return next((known["status"] for known in json.loads(listed)["runs"] if known["id"] == run.id), None)


def newer_in_service(run, listed):
    """The version of the model in service when it is newer than that of the run, so that a backfill or
    a night that is made again does not put an old model before the viewers. `listed` is what
    `marquee models list --json` printed."""
    models = json.loads(listed)["models"]
    ours = [model for model in models if model["manifest"]["run_id"] == run.id]
    current = [model for model in models if model["standing"] == "current"]
    if ours and current and current[0]["created_at"] > ours[0]["created_at"]:
        return current[0]["version"]
    return None


def lakehouse(shown):
    """The setting `objects` with its directory spelled out: `shown` is what `marquee config show --json` printed."""
    settings = {key: setting["value"] for key, setting in json.loads(shown).items()}
    if settings["objects"] != "file:":
        return settings["objects"]
    return "file:" + os.path.join(os.path.abspath(settings["data_dir"]), "lakehouse")
