"""Plays each session that has a test to run once, against ours."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import play
from server import BINARY


@pytest.fixture(scope="session")
def played():
    """A function: name of a session -> its results."""
    if os.getuid() != 0:
        pytest.skip("the V0 backend's user is root here; run as root")
    if not BINARY.is_file():
        pytest.exit(f"{BINARY} does not exist; build it or set ACTIOND_BINARY", 1)
    with tempfile.TemporaryDirectory(prefix="v0-") as root:
        known = {}

        def of(name):
            if name not in known:
                known[name] = play.play(name, Path(root, name), BINARY)
            return known[name]

        yield of
