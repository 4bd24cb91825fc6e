"""Runs the conformance suites, each in the environment of the release it speaks for."""

import os
import subprocess
import sys
from pathlib import Path

import venvs

HERE = Path(__file__).resolve().parent
SUITES = {"twin": (venvs.TWIN,), "sdk": venvs.CLIENTS, "v0": (venvs.V0,), "app": (venvs.APP,)}


def main(arguments):
    names = arguments[:1] if arguments and arguments[0] in SUITES else list(SUITES)
    options = arguments[1:] if arguments and arguments[0] in SUITES else arguments
    return max(run(name, version, options) for name in names for version in SUITES[name])


def run(name, version, options):
    try:
        python = venvs.ensure(version)
    except venvs.Unavailable as reason:
        print(f"conformance: skipped: {name} with {version}: {reason}", file=sys.stderr)
        return int(os.environ.get("CI") == "true")
    print(f"conformance: {name} with OpenHands {version}", flush=True)
    command = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(HERE / name),
        *options,
    ]
    return subprocess.run(command, env=os.environ | venvs.ENVIRONMENT, cwd=HERE).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
