"""Starts the servers a run needs, all at once, and stops them at its end."""

import contextlib
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import servers


@pytest.fixture(scope="session")
def pair(request):
    """A function: kind of server -> (the reference, ours), both listening."""
    if not servers.BINARY.is_file():
        pytest.exit(f"{servers.BINARY} does not exist; build it or set ACTIOND_BINARY", 1)
    with tempfile.TemporaryDirectory(
        prefix="actiond-twin-"
    ) as root, contextlib.ExitStack() as ends:
        running = {
            kind: [servers.make(side, kind, root) for side in ("real", "ours")]
            for kind in kinds_needed(request.session.items)
        }
        for server in (server for both in running.values() for server in both):
            ends.callback(server.stop)
            server.start()

        def ready(kind):
            for server in running[kind]:
                server.wait_ready()
            return running[kind]

        yield ready


def kinds_needed(items):
    calls = [item.callspec.params for item in items if hasattr(item, "callspec")]
    return {params["case"].server for params in calls if "case" in params}
