"""Starts the servers a run needs, all at once, and stops them at its end."""

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import servers

SIDES = ("real", "ours")


@pytest.fixture(scope="session")
def pair(request):
    """A function: kind of server -> (the reference, ours), both listening."""
    if not servers.BINARY.is_file():
        pytest.exit(f"{servers.BINARY} does not exist; build it or set ACTIOND_BINARY", 1)
    items = [item for item in request.session.items if "case" in getattr(item, "callspec", _NONE).params]
    kinds = {item.callspec.params["case"].server for item in items}
    with tempfile.TemporaryDirectory(prefix="actiond-twin-") as root:
        running = {
            kind: tuple(servers.Server(side, kind, Path(root, side, kind)) for side in SIDES)
            for kind in kinds
        }
        try:
            yield start(running)
        finally:
            for server in (server for both in running.values() for server in both):
                server.stop()


class _NONE:
    params = ()


def start(running):
    for server in (server for both in running.values() for server in both):
        server.start()

    def ready(kind):
        for server in running[kind]:
            server.wait_ready()
        return running[kind]

    return ready
