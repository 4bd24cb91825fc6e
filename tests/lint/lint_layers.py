"""A folder includes from folders below it only, and from itself."""

import os
import re

from tree import main

# From the floor to the roof. Folders of one row are siblings that never see each other.
LAYERS = [
    ["server/base"],
    ["server/loop"],
    ["server/http", "server/auth", "pty"],
    ["server/config"],
    ["actions"],
    ["plugins"],
    ["agent"],
    ["api"],
    ["server"],
]
# An executor does not know who listens, nor where its options come from: only api and the app bring
# them together.
NEVER = {
    (executor, folder)
    for executor in ("actions", "plugins", "agent")
    for folder in ("server/http", "server/config")
}
# Programs of their own, which no layer includes.
OUTSIDE = ("tests/", "packaging/", "examples/")

INCLUDE = re.compile(r"""^\s*#\s*include\s*(["<])([^">]+)[">]""")


def layer_of(file):
    """The number of the file's row and its folder, or None for a folder without a place."""
    for rank, folders in enumerate(LAYERS):
        for folder in folders:
            is_flat = folder == "server"
            if os.path.dirname(file) == folder or (not is_flat and file.startswith(folder + "/")):
                return rank, folder
    return None


def why_not(file, included):
    (rank, folder), (other_rank, other) = layer_of(file), layer_of(included)
    if folder == other:
        return None
    if (folder, other) in NEVER:
        return f"{folder} never sees {other}"
    if other_rank == rank:
        return f"{folder} and {other} are siblings"
    return f"{other} stands above {folder}" if other_rank > rank else None


def check_include(tree, report, file, line, quote, included):
    if tree.has(included) and quote == "<":
        report.add(file, line, f"<{included}> is our own header", "include it with quotes")
    elif quote == "<":
        return
    elif not tree.has(included):
        report.add(file, line, f'there is no "{included}"', "include by path from the top")
    elif included.startswith(OUTSIDE):
        report.add(file, line, f"{included} is no part of the program", "do not include it")
    elif layer_of(included) is not None:
        reason = why_not(file, included)
        if reason is not None:
            report.add(file, line, f"includes {included}, but {reason}", "move what is shared down")


def check(tree, report):
    for file in tree.ending(".c", ".h"):
        if file.startswith(OUTSIDE):
            continue
        if layer_of(file) is None:
            report.add(file, 1, "its folder has no layer", "give it a row in lint_layers.py")
            continue
        for number, line in tree.lines(file):
            found = INCLUDE.match(line)
            if found:
                check_include(tree, report, file, number, *found.groups())


if __name__ == "__main__":
    main(check)
