"""One module is one header and one .c, and a header can be read on its own.

A .c without header is main, or a table of routes that api/api.h declares. A .c starts with its own
header, a header with its guard and a comment that says what the module is. A unit test stands where
its module stands.
"""

import os
import re

from tree import main

MODULES = ("server/", "pty/", "actions/", "plugins/", "agent/", "api/")
ROUTES_HEADER = "api/api.h"
COMMENT_LINES = range(4, 25)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"][^>"]+[>"])', re.MULTILINE)
MAIN = re.compile(r"^int main\(", re.MULTILINE)
ROUTES = re.compile(r"^(?:const struct api_routes |API_ROUTES\()(\w+)", re.MULTILINE)
DECLARED_ROUTES = re.compile(r"^extern const struct api_routes (\w+);", re.MULTILINE)
GUARD = re.compile(r"#ifndef (\w+)\n#define (\w+)\n")
COMMENT = re.compile(r"\s*(/\*.*?\*/)", re.DOTALL)
UNIT_TEST = re.compile(r"tests/unit/(\w+)/(\w+)_test\.c")


def is_exempt(tree, file):
    text = tree.text(file)
    declared = set(DECLARED_ROUTES.findall(tree.text(ROUTES_HEADER) or ""))
    return MAIN.search(text) is not None or bool(declared & set(ROUTES.findall(text)))


def check_source(tree, report, file):
    header = file[: -len(".c")] + ".h"
    if tree.has(header):
        first = INCLUDE.search(tree.text(file))
        if first is None or first.group(1) != f'"{header}"':
            report.add(file, 1, "does not start with its own header", f'include "{header}" first')
    elif not is_exempt(tree, file):
        remedy = f"declare its functions in {header}, or move them to the module that does"
        report.add(file, 1, "has no header of its name", remedy)


def address(file):
    """Folder and module: http, cors of server/http/cors.h; server, app; api, v1_auth."""
    parts = os.path.splitext(file)[0].split("/")
    if parts[0] in ("server", "tests") and len(parts) > 2:
        parts = parts[1:]
    return parts[0], "_".join(parts[1:])


def guard_of(header):
    return "_".join(address(header)).upper() + "_H"


def check_header(tree, report, file):
    text, guard = tree.text(file), guard_of(file)
    found = GUARD.match(text)
    if found is None or found.groups() != (guard, guard):
        report.add(file, 1, "does not begin with its guard", f"#ifndef and #define {guard}")
        return
    if not file.startswith(MODULES):
        return
    comment = COMMENT.match(text, found.end())
    count = comment.group(1).count("\n") + 1 if comment else 0
    if count not in COMMENT_LINES:
        low, high = COMMENT_LINES[0], COMMENT_LINES[-1]
        wrong = f"its opening comment has {count} lines, not {low} to {high}"
        report.add(file, 4, wrong, "say what it is, who owns it and what stays true, no more")


def check_unit_test(tree, report, file):
    found = UNIT_TEST.fullmatch(file)
    if found is None:
        report.add(file, 1, "is no unit test", "name it tests/unit/<folder>/<module>_test.c")
        return
    folder, module = found.groups()
    if not any(address(source) == (folder, module) for source in tree.ending(".c", below=MODULES)):
        report.add(file, 1, f"there is no module {folder}/{module}", "name it as what it tests")


def check(tree, report):
    for file in tree.ending(".c", below=MODULES):
        check_source(tree, report, file)
    for file in tree.ending(".h"):
        check_header(tree, report, file)
    for file in tree.ending("_test.c", below="tests/unit/"):
        check_unit_test(tree, report, file)


if __name__ == "__main__":
    main(check)
