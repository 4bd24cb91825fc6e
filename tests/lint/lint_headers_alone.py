"""Each header compiles alone, twice in a row, with the warnings of every build."""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess

from tree import main

DEFINES = ["-D_GNU_SOURCE", '-DACTIOND_VERSION="0"']
# A translation unit must declare something.
SOURCE = '#include "{0}"\n#include "{0}"\nextern int lint_headers_alone;\n'
FIRST_ERROR = re.compile(r":(\d+):\d+: (?:fatal )?error: (.*)")


def flags(tree):
    """The compiler flags of the base preset, warnings as errors."""
    presets = json.loads(tree.text("CMakePresets.json"))["configurePresets"]
    base = next(preset for preset in presets if preset["name"] == "base")
    return shlex.split(base["cacheVariables"]["CMAKE_C_FLAGS_INIT"]) + ["-Werror"]


def complaint(tree, header, options):
    """Line and text of the compiler's first error, or None."""
    command = [os.environ.get("CC", "gcc"), "-fsyntax-only", *options, "-I", tree.top, "-xc", "-"]
    environment = dict(os.environ, LC_ALL="C")
    done = subprocess.run(
        command, input=SOURCE.format(header), capture_output=True, text=True, env=environment
    )
    if done.returncode == 0:
        return None
    for line in done.stderr.splitlines():
        found = FIRST_ERROR.search(line)
        if found:
            return int(found.group(1)) if header in line else 1, found.group(2)
    return 1, done.stderr.strip()


def check(tree, report):
    options = flags(tree) + DEFINES
    headers = tree.ending(".h")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = pool.map(lambda header: complaint(tree, header, options), headers)
    for header, found in zip(headers, complaints):
        if found is not None:
            report.add(header, found[0], f"does not compile alone: {found[1]}", "include it there")


if __name__ == "__main__":
    main(check)
