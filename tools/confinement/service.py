"""What compose.yaml and an image say of a service, as plain data: the plan of one confined process."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

ENGINE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}  # where an image says nothing
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def size(text):
    """Bytes of '384m'."""
    text = str(text).lower().removesuffix("b")
    return int(text) if text.isdigit() else int(text[:-1]) * UNITS[text[-1]]


def tmpfs_options(given):
    """An engine mounts memory noexec, nosuid and nodev unless the opposite is said."""
    options = [option for option in given.split(",") if option]
    for default in ("noexec", "nosuid", "nodev"):
        if default not in options and default.removeprefix("no") not in options:
            options.append(default)
    return ",".join(options)


@dataclass
class Trial:
    """What is tried of an image: `service` in compose.yaml has its mounts, user and limits. Without `command` its
    own; without `checks` its health check. `before` and `after` are lines for bash: ahead of the program, and when
    the checks are content."""
    service: str
    before: str = ""
    command: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    after: str = ""
    environment: dict = field(default_factory=dict)


def command_of(service, config, trial):
    """An entrypoint of compose.yaml drops the image's command, too."""
    if trial.command:
        return trial.command
    entry = service.get("entrypoint") or config.get("Entrypoint") or []
    default = [] if service.get("entrypoint") else config.get("Cmd") or []
    return [*entry, *(service.get("command") or default)]


def environment_of(service, config, trial, passwd):
    user = service["user"].partition(":")[0]
    homes = {line.split(":")[2]: line.split(":")[5] for line in passwd.splitlines() if line.count(":") == 6}
    found = {"HOME": homes.get(user, "/"), **dict(pair.split("=", 1) for pair in config.get("Env") or [])}
    given = {name: str(value) for name, value in (service.get("environment") or {}).items() if value is not None}
    return {**ENGINE, **found, **given, **trial.environment}


def mounts_of(service):
    """(kind, source, target, options, writable) in the order in which they are made."""
    found = []
    for line in service.get("tmpfs") or []:
        target, _, options = line.partition(":")
        found.append(("tmpfs", "tmpfs", target, tmpfs_options(options), True))
    for volume in service.get("volumes") or []:
        found.append((volume["type"], volume["source"], volume["target"], "", not volume.get("read_only")))
    for secret in service.get("secrets") or []:
        target = secret.get("target") or secret["source"]
        found.append(("secret", secret["source"], str(Path("/run/secrets") / target), "", False))
    for config in service.get("configs") or []:
        found.append(("config", config["source"], config["target"], "", False))
    return found


def hosts(services, own):
    """Every name of the networks, at this one: nobody else answers."""
    names = {"localhost", own}
    for name, service in services.items():
        names.add(name)
        for network in (service.get("networks") or {}).values():
            names.update((network or {}).get("aliases") or [])
    return f"127.0.0.1 {' '.join(sorted(names))}\n"


def is_once(service):
    """It does its work and ends."""
    return (service.get("labels") or {}).get("marquee.once") == "true"


def running_until_told(service, command, trial, wait_s):
    """Reports that it is healthy, and goes on when its standard input ends."""
    checks = trial.checks or [service["healthcheck"]["test"][1:]]
    lines = [f"{shlex.join(command)} 3>&- </dev/null &", "server=$!"]
    for check in checks:
        asked = [check[0], "--wait", str(wait_s), *check[1:]] if check[0] == "health_check" else check
        lines.append(f"{shlex.join(asked)} 3>&- </dev/null || fail {shlex.quote(shlex.join(check))}")
    if trial.after:
        lines.append(f"({trial.after}) 3>&- </dev/null || fail 'what comes after its start'")
    return [*lines, "echo healthy >&3", "read -r _"]


def script(service, config, trial, wait_s):
    """For bash as the service's user, whose descriptor 3 takes the report."""
    command, signal = command_of(service, config, trial), (service.get("stop_signal") or "SIGTERM").removeprefix("SIG")
    once = is_once(service) and not trial.checks
    lines = ["set -u", 'fail() { echo "FAILED $1" >&3; exit 1; }']
    if trial.before:
        lines.append(f"({trial.before}) 3>&- </dev/null || fail 'what comes before it'")
    if once:
        lines.append(f"{shlex.join(command)} 3>&- </dev/null || fail 'it ended with an error'")
    else:
        lines += running_until_told(service, command, trial, wait_s)
    lines += [
        # Of every process here, this one included.
        'for status in /proc/[0-9]*/status; do sed -nE "s/^(Cap[A-Z][a-z]+|NoNewPrivs|Uid|Gid):[[:space:]]*/\\1 /p" '
        "$status; done 2>/dev/null | sort -u >&3",
        # A bound device looks like a file from outside.
        r"find / \( -path /proc -o -path /sys -o -path '/dev/[!s]*' \) -prune -o "
        r"\( -type d -o -type f \) -writable -printf 'writable %p\n' "
        "2>/dev/null >&3"]
    if not once:
        lines += [f"kill -s {signal} $server || fail 'it ended by itself'",
                  "for _ in {1..600}; do kill -0 $server 2>/dev/null || break; sleep 0.1; done",
                  f"! kill -0 $server 2>/dev/null || fail 'it does not end on {signal}'"]
    return "\n".join([*lines, "echo ended >&3"])


def objections(report, user, writable):
    """What a report says that compose.yaml does not allow; none when all is as it should be."""
    found = ["failed: " + line.removeprefix("FAILED ") for line in report if line.startswith("FAILED ")]
    if not found and "ended" not in report:
        found.append("it was cut off")
    uid, _, gid = user.partition(":")
    for line in report:
        name, _, value = line.partition(" ")
        if name.startswith("Cap") and int(value, 16) != 0:
            found.append(f"a process has capabilities: {line}")
        if name == "NoNewPrivs" and value != "1":
            found.append("a process may get new privileges")
        if name in ("Uid", "Gid") and set(value.split()) != {uid if name == "Uid" else gid}:
            found.append(f"a process has {line}, not {user}")
        if name == "writable" and not any(value == place or value.startswith(place.rstrip("/") + "/")
                                          for place in writable):
            found.append(f"{value} can be written to")
    if "ended" in report and not any(line.startswith("CapEff ") for line in report):
        found.append("no process was looked at")
    return found
