#!/usr/bin/env python3
"""Sizes of files and functions and the share of tests: measured against wanted.

    tools/sizes.py [--check]

--check prints only what breaks a hard limit (a file or a function too long, a TODO left) and then
'N passed, N failed'; without it the whole table, and the longest of each.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
WANTED = {
    "file, median": 110,
    "file, 90 %": 350,
    "file, longest": FILE_LINES_MAX,
    "function, median": 12,
    "function, 90 %": 35,
    "function, longest": FUNCTION_LINES_MAX,
}
TEST_RATIO_WANTED = 0.8
NOT_A_FUNCTION = re.compile(
    r"^\s*(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try|case|default"
    r"|catch|return|#|//|\}|\{)")
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX)\b")


@dataclass
class Function:
    path: str
    line: int
    lines: int
    is_test: bool = False


def is_test(path):
    return path.name.endswith(("_test.cpp", "_test.h", "_fixture.h", "_for_test.h")) or any(
        part in ("testing", "contract", "tests") for part in path.parts)


def continues(line):
    """Whether the declaration on `line` goes on in the next one."""
    text = line.strip()
    return bool(text) and not text.startswith(("#", "//")) and not text.endswith((";", "{", "}", ":"))


def functions_of(path, lines):
    """Functions in clang-formatted code: an opening line ends in '{', its end is the first '}' on
    the same indentation. Lambdas and local blocks belong to the function around them."""
    found, index = [], 0
    while index < len(lines):
        line = lines[index]
        opens = line.rstrip().endswith("{") and ")" in line and not NOT_A_FUNCTION.match(line)
        if not opens:
            index += 1
            continue
        start = index
        while start > 0 and continues(lines[start - 1]):
            start -= 1
        indent = len(lines[start]) - len(lines[start].lstrip())
        end = index
        while end < len(lines) and not re.match(rf"^ {{{indent}}}\}}", lines[end]):
            end += 1
        found.append(Function(path, start + 1, end - start + 1))
        index = end + 1
    return found


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


class Tree:
    """What was counted in src/, frontend/src and tests/."""

    def __init__(self, root):
        self.files, self.functions, self.left_over = {}, [], []
        self.product_lines = self.test_lines = 0
        patterns = (("src", "*.h"), ("src", "*.cpp"), ("tests", "*.cpp"), ("tests", "*.h"))
        for folder, pattern in patterns:
            for path in sorted((root / folder).rglob(pattern)):
                self.add(path.relative_to(root), path.read_text(errors="replace").splitlines())

    def add(self, path, lines):
        self.files[path.as_posix()] = len(lines)
        for function in functions_of(path.as_posix(), lines):
            function.is_test = is_test(path)
            self.functions.append(function)
        self.left_over += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1)
                           if LEFT_OVER.search(line)]
        if is_test(path):
            self.test_lines += len(lines)
        else:
            self.product_lines += len(lines)

    def measured(self):
        files, functions = list(self.files.values()), [f.lines for f in self.functions if not f.is_test]
        return {
            "file, median": quantile(files, 0.5),
            "file, 90 %": quantile(files, 0.9),
            "file, longest": max(files, default=0),
            "function, median": quantile(functions, 0.5),
            "function, 90 %": quantile(functions, 0.9),
            "function, longest": max(functions, default=0),
        }

    def problems(self):
        found = [f"{path}: {lines} lines, more than {FILE_LINES_MAX}: split it by job"
                 for path, lines in self.files.items() if lines > FILE_LINES_MAX]
        found += [f"{f.path}:{f.line}: a function of {f.lines} lines, more than {FUNCTION_LINES_MAX}"
                  for f in self.functions if f.lines > FUNCTION_LINES_MAX and not f.is_test]
        return found + self.left_over


def print_table(tree):
    print(f"{'lines of':24}{'measured':>10}{'wanted':>10}")
    for name, value in tree.measured().items():
        mark = "" if value <= WANTED[name] else "   too long"
        print(f"{name:24}{value:>10}{'<= ' + str(WANTED[name]):>10}{mark}")
    ratio = tree.test_lines / max(1, tree.product_lines)
    mark = "" if ratio >= TEST_RATIO_WANTED else "   too few"
    print(f"{'tests / product':24}{ratio:>10.2f}{'>= ' + str(TEST_RATIO_WANTED):>10}{mark}")
    print(f"\n{len(tree.files)} files, {tree.product_lines} lines of product, "
          f"{tree.test_lines} of tests, {len(tree.functions)} functions\n\nlongest files and functions:")
    for path, lines in sorted(tree.files.items(), key=lambda item: -item[1])[:5]:
        print(f"{lines:5}  {path}")
    for function in sorted((f for f in tree.functions if not f.is_test), key=lambda f: -f.lines)[:5]:
        print(f"{function.lines:5}  {function.path}:{function.line}")


def main(arguments):
    tree = Tree(ROOT)
    problems = tree.problems()
    if "--check" not in arguments:
        print_table(tree)
    for problem in problems:
        print(problem)
    if "--check" in arguments:
        print(f"{0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
