"""What a server holds at a moment: descriptors, children, memory. Read from /proc."""

import os
import re
from pathlib import Path

import pytest
from server import BINARY

HAS_SANITIZER = b"__asan_init" in BINARY.read_bytes()
ROUNDS = 2000
GROWTH_KIB = 16 * 1024  # what may come on top, whatever the size of the work

without_sanitizer = pytest.mark.skipif(
    HAS_SANITIZER, reason="the sanitizer's own memory hides the server's"
)


def descriptors(server):
    """What each open descriptor refers to; numbers of pipes, sockets and segments left out."""
    folder = f"/proc/{server.pid}/fd"
    if not os.access(folder, os.R_OK | os.X_OK):
        pytest.skip("the server hides its descriptors from ordinary users")
    names = []
    for number in os.listdir(folder):
        try:
            name = os.readlink(f"{folder}/{number}")
            names.append(re.sub(r"\[\d+\]|(?<=segment-)\d+", "", name))
        except FileNotFoundError:
            pass  # closed meanwhile
    return sorted(names)


def children(server):
    """Of all its threads; one that ends meanwhile has none."""
    found = []
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            pass  # ended meanwhile
    return found


def memory_kib(server, name):
    """VmRSS: now; VmHWM: the most there ever was."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.M)[1])


def files(folder):
    return sorted(path for path in Path(folder).rglob("*") if not path.is_dir())


def settle(server, condition):
    """Gives the server turns of its loop, each a request, until the condition holds. For what no
    event tells a client: that a connection it has left is closed."""
    for _ in range(ROUNDS):
        if condition():
            return
        assert server.get("/alive").status == 200
    assert condition(), (descriptors(server), children(server))


def descriptors_at_rest(server):
    """What it holds with no client connected: of sockets, the listening one only."""
    settle(server, lambda: descriptors(server).count("socket:") == 1)
    return descriptors(server)


def assert_rests_as(server, before):
    settle(server, lambda: descriptors(server) == before and not children(server))
