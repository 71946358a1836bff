#!/usr/bin/env python3
"""Checks that the code keeps to the arrows of src/LAYERS. Runs in well under a second.

    tools/check_layers.py [ROOT]

What it holds the tree to:
  - an #include "x/..." names the file's own folder or one that its line in src/LAYERS lists;
  - a third-party header is used only where its library is declared (+name);
  - testing/, ports/contract/, the test libraries and headers for tests (*_fixture.h,
    *_for_test.h, *_test.h) are for *_test.cpp, src/testing, ports/contract and such headers;
  - the arrows form no cycle, and name only folders that have a line;
  - every folder in src has a line, and a README.md that opens with one sentence.
Prints one line a violation, then a count; exits 1 if there is any.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

# +name in src/LAYERS -> how the headers of that library begin.
THIRD_PARTY = {
    "fmt": ("fmt/",),
    "sodium": ("sodium.h", "sodium/"),
    "nettle": ("nettle/", "gmp.h"),  # whose public keys are numbers of GMP
    "highway": ("hwy/",),
    "prometheus": ("prometheus/",),
    "spdlog": ("spdlog/",),
    "boost": ("boost/",),
    "openssl": ("openssl/",),
    "zlib": ("zlib.h",),
    "simdjson": ("simdjson.h",),
    "arrow": ("arrow/", "parquet/"),
    # The part of it that knows bytes and no layout: file systems and the streams that they open.
    "arrow_s3": ("arrow/filesystem/", "arrow/io/interfaces.h", "arrow/util/key_value_metadata.h"),
    "sqlite": ("sqlite3.h",),
    "cli11": ("CLI/",),
    "tomlplusplus": ("toml++/",),
    "rdkafka": ("librdkafka/",),
    "hiredis": ("hiredis/",),
    "libpq": ("libpq-fe.h", "libpq/"),
}
# The stand-in for std::format, which libstdc++ 12 lacks: as free to use as the standard library.
ANYWHERE = {"fmt"}
TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck.h", "rapidcheck/")
TEST_FOLDERS = ("testing/", "ports/contract/")
TEST_HEADERS = ("_fixture.h", "_for_test.h", "_test.h")
# Headers with a slash or an .h that come with the compiler and the C library.
SYSTEM_HEADER = re.compile(
    r"^(sys|netinet|arpa|net|linux|asm|bits|experimental)/|^cxxabi\.h$|^[a-z0-9]*intrin\.h$"
    r"|^sanitizer/"
    r"|^(assert|ctype|dirent|dlfcn|endian|errno|execinfo|fcntl|fenv|float|grp|inttypes|limits"
    r"|locale|malloc|math|netdb|poll|pthread|pwd|sched|setjmp|signal|spawn|stdarg|stddef|stdint"
    r"|stdio|stdlib|string|strings|syslog|termios|time|ucontext|unistd|wchar|byteswap|getopt)\.h$")
STANDARD_HEADER = re.compile(r"^[a-z_0-9]+$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_SUFFIXES = {".h", ".cpp", ".cc", ".hpp", ".inc"}


@dataclass
class Layer:
    """One line of src/LAYERS."""

    folder: str
    line: int
    folders: set = field(default_factory=set)
    libraries: set = field(default_factory=set)
    everything: bool = False


def read_layers(text):
    """src/LAYERS as {folder: Layer}, and the complaints about its lines."""
    layers, problems = {}, []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        match = re.fullmatch(r"([a-z0-9_/]+):(.*)", line)
        if not match:
            problems.append(f"src/LAYERS:{number}: not of the form 'folder: folders +libraries'")
            continue
        layer = Layer(match[1], number)
        if layer.folder in layers:
            problems.append(f"src/LAYERS:{number}: '{layer.folder}' has a line already")
        for word in match[2].split():
            if word == "*":
                layer.everything = True
            elif word.startswith("+"):
                layer.libraries.add(word[1:])
                if word[1:] not in THIRD_PARTY:
                    problems.append(f"src/LAYERS:{number}: library '{word}' is not known to "
                                    "tools/check_layers.py: add its headers to THIRD_PARTY")
            else:
                layer.folders.add(word)
        layers[layer.folder] = layer
    for layer in layers.values():
        for other in sorted(layer.folders - layers.keys()):
            problems.append(f"src/LAYERS:{layer.line}: '{layer.folder}' may include '{other}', "
                            "which has no line")
    return layers, problems


def find_cycle(layers):
    """A list of folders a -> b -> a, or None."""
    state, path = {}, []

    def visit(folder):
        state[folder] = "open"
        path.append(folder)
        for other in sorted(layers[folder].folders & layers.keys()):
            if state.get(other) == "open":
                return path[path.index(other):] + [other]
            if other not in state and (cycle := visit(other)):
                return cycle
        state[folder] = "done"
        path.pop()
        return None

    for folder in sorted(layers):
        if folder not in state and (cycle := visit(folder)):
            return cycle
    return None


def folder_of(path, layers):
    """The folder of `path` ("a/b/c.h") that has a line, the longest match first."""
    parts = path.split("/")[:-1]
    for length in range(len(parts), 0, -1):
        if "/".join(parts[:length]) in layers:
            return "/".join(parts[:length])
    return None


def libraries_of(header):
    """The libraries that have it, the smallest last."""
    return [name for name, prefixes in THIRD_PARTY.items() if header.startswith(prefixes)]


def may_use_tests(path):
    return path.endswith(("_test.cpp", *TEST_HEADERS)) or path.startswith(TEST_FOLDERS)


def check_include(path, folder, header, angled, layers):
    """What is wrong with `#include header` in src/`path` of `folder`, or None."""
    layer = layers[folder]
    if header.startswith(TEST_LIBRARIES):
        return None if may_use_tests(path) else f"'{header}' is for tests only"
    if header.endswith(TEST_HEADERS) and not may_use_tests(path):
        return f"'{header}' is for tests only"
    if header.startswith(TEST_FOLDERS):
        return None if may_use_tests(path) else f"'{header}' is for tests only"
    if not angled and (other := folder_of(header, layers)):
        if other == folder or layer.everything or other in layer.folders:
            return None
        return f"'{folder}' may not include '{header}': src/LAYERS lists no '{other}' for it"
    if libraries := libraries_of(header):
        if not (layer.libraries | ANYWHERE).isdisjoint(libraries):
            return None
        return f"'{folder}' may not include '{header}': src/LAYERS lists no '+{libraries[0]}' for it"
    if not angled:
        return f"'{header}' does not begin with a folder of src: write the path from src"
    if STANDARD_HEADER.match(header) or SYSTEM_HEADER.match(header):
        return None
    return f"'{header}' belongs to no library that tools/check_layers.py knows"


def check_files(src, layers):
    problems = []
    for file in sorted(src.rglob("*")):
        if file.suffix not in SOURCE_SUFFIXES:
            continue
        path = file.relative_to(src).as_posix()
        folder = folder_of(path, layers)
        if folder is None:
            continue  # reported once, by check_folders
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if "include" not in line:
                continue
            if match := INCLUDE.match(line):
                if what := check_include(path, folder, match[2], match[1] == "<", layers):
                    problems.append(f"src/{path}:{number}: {what}")
    return problems


def check_readme(readme, folder):
    if not readme.is_file():
        return f"src/{folder}: no README.md: its first line is the folder's one sentence"
    first = (readme.read_text().splitlines() or [""])[0].lstrip("# ").strip()
    if len(first.split()) < 3 or not first.endswith("."):
        return f"src/{folder}/README.md:1: the first line is not a sentence: '{first}'"
    return None


def check_folders(src, layers):
    problems = []
    unlisted = {file.parent.relative_to(src).as_posix() for file in src.rglob("*")
                if file.suffix in SOURCE_SUFFIXES
                and folder_of(file.relative_to(src).as_posix(), layers) is None}
    for folder in sorted(unlisted):
        problems.append(f"src/{folder}: has no line in src/LAYERS")
    for folder, layer in layers.items():
        if not (src / folder).is_dir():
            problems.append(f"src/LAYERS:{layer.line}: there is no folder src/{folder}")
        elif what := check_readme(src / folder / "README.md", folder):
            problems.append(what)
    return problems


def check(root):
    """Every violation in the tree at `root`, and how many folders were looked at."""
    src = Path(root) / "src"
    if not (src / "LAYERS").is_file():
        return [f"{src}/LAYERS: not found"], 0
    layers, problems = read_layers((src / "LAYERS").read_text())
    if cycle := find_cycle(layers):
        problems.append("src/LAYERS: a cycle: " + " -> ".join(cycle))
    return problems + check_folders(src, layers) + check_files(src, layers), len(layers)


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    problems, folders = check(root)
    for problem in problems:
        print(problem)
    print(f"layers: {folders} folders, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
