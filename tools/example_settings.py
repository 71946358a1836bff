#!/usr/bin/env python3
"""An example of marquee.toml from the program's own table of settings.

    marquee config show --json | tools/example_settings.py >marquee.toml

Every setting is there with its default and its help, switched off by a '#'.
"""

import json
import re
import sys

HEAD = "# Settings of Marquee. Each line shows a default: take its # away to change it, then restart.\n"
PLAIN = re.compile(r"true|false|-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")


def example(settings):
    """`settings` as `config show --json` prints it. Settings of one table stand together in it."""
    lines, table = [HEAD], ""
    for key, entry in settings.items():
        if key == "data_dir":  # the file is found by it
            continue
        group, _, name = key.rpartition(".")
        if group != table:
            lines.append(f"\n[{group}]\n")
            table = group
        value = entry["value"]
        text = value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
        lines.append(f"# {entry['help']}\n#{name} = {text}\n")
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(example(json.load(sys.stdin)))
