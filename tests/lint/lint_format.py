"""Every C file is as clang-format 14 writes it.

Other versions lay some code out differently, so without this one the check is skipped; not in CI.
"""

import os
import re
import shutil
import subprocess

from tree import main

PROGRAM = "clang-format-14"
COMPLAINT = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+):\d+: (error|warning): ")


def check(tree, report):
    files = tree.ending(".c", ".h")
    if shutil.which(PROGRAM) is None:
        if os.environ.get("CI") == "true":
            report.add(".clang-format", 1, f"{PROGRAM} is missing", "install it")
        else:
            print(f"skipped: {PROGRAM} is not installed")
        return
    if not files:
        return
    command = [PROGRAM, "--dry-run", "-Werror", *files]
    done = subprocess.run(command, cwd=tree.top, capture_output=True, text=True)
    complaints = [found for found in map(COMPLAINT.match, done.stderr.splitlines()) if found]
    for file, line in sorted({(found["file"], int(found["line"])) for found in complaints}):
        report.add(file, line, "not formatted", f"{PROGRAM} -i {file}")
    if done.returncode != 0 and not complaints:
        report.add(".clang-format", 1, done.stderr.strip(), f"see what {PROGRAM} wants")


if __name__ == "__main__":
    main(check)
