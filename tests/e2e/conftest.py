"""Each test starts the servers it needs with `start`; at its end every one of them is stopped, and
must then have ended as asked, with nothing left behind."""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server import BINARY, Server  # noqa: E402

KEY = "e2e-session-key"
PR_SET_CHILD_SUBREAPER = 36


def children():
    """The process ids of our own children: orphans of a server come to us."""
    pids = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            pids += map(int, (task / "children").read_text().split())
    return pids


@pytest.fixture(scope="session", autouse=True)
def become_subreaper():
    assert ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


@pytest.fixture
def start(tmp_path):
    """start(env={…}, args=[…], key=…): a server on a free port, in a directory of its own."""
    servers = []
    before = set(children())

    def start_server(
        *args, env=None, key=KEY, program=(str(BINARY),), cwd=tmp_path, host="127.0.0.1", **options
    ):
        settings = {} if key is None else {"OH_SESSION_API_KEYS_0": key}
        words = [*program, *args]
        if not any(word.startswith("--port") or word.isdigit() for word in args):
            words += ["--port", "0"]
        if host is not None:
            words += ["--host", host]
        server = Server(words, settings | (env or {}), cwd, key, **options)
        servers.append(server)
        return server

    yield start_server
    for server in servers:
        server.check_end()
    left = [pid for pid in children() if pid not in before]
    names = [
        Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left if os.path.exists(f"/proc/{pid}")
    ]
    assert not left, f"left behind: {names}"


@pytest.fixture
def server(start):
    """A server with one key and everything else by default."""
    return start()
