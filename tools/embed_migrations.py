#!/usr/bin/env python3
"""Turns the numbered files of deploy/postgres/ into a C++ table of migrations, so that what a DBA reads
is what the program runs.

    tools/embed_migrations.py OUT.cpp FILE.sql...

A file is NNN_some_name.sql: version NNN, name "some name". The versions are 1, 2, 3, …"""

import re
import sys
from pathlib import Path

DELIMITER = "marquee_sql"


def entry(path, version):
    match = re.fullmatch(r"(\d{3})_([a-z_]+)\.sql", path.name)
    if not match or int(match[1]) != version:
        sys.exit(f"{path}: want {version:03}_some_name.sql here")
    sql = path.read_text()
    if f"){DELIMITER}\"" in sql:
        sys.exit(f"{path}: may not contain ){DELIMITER}\"")
    name = match[2].replace("_", " ")
    return f'    Migration{{{version}, "{name}", R"{DELIMITER}({sql}){DELIMITER}"}},\n'


def main(arguments):
    out, files = Path(arguments[0]), sorted(Path(argument) for argument in arguments[1:])
    entries = "".join(entry(path, version) for version, path in enumerate(files, 1))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f"""// Made by tools/embed_migrations.py from deploy/postgres/.
#include <array>

#include "adapters/postgres/schema.h"

namespace marquee::postgres {{
namespace {{

constexpr std::array kMigrations{{
{entries}}};

}}  // namespace

std::span<const Migration> migrations() {{ return kMigrations; }}

}}  // namespace marquee::postgres
""")


if __name__ == "__main__":
    main(sys.argv[1:])
