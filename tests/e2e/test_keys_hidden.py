"""A hostile command looks for the server's keys in every place it can think of."""

import os
import shutil
import stat
import textwrap

import pytest
from server import BINARY

KEYS = {
    "OH_SESSION_API_KEYS_0": "hide-me-session",
    "OH_SESSION_API_KEYS_1": "hide-me-other",
    "SESSION_API_KEY": "hide-me-plain",
    "OH_SECRET_KEY": "hide-me-secret",
    "OH_PREVIOUS_SECRET_KEYS_0": "hide-me-previous",
    "OH_WEBHOOKS_0_BASE_URL": "http://127.0.0.1:9/hook",
    "OH_WEBHOOKS_0_HEADERS": '{"X-Session-API-Key": "hide-me-webhook"}',
    "LMNR_PROJECT_API_KEY": "hide-me-tracing",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=hide-me-otel",
}
MARK = b"hide-me"

# The marker is put together at run time, so that finding the script itself is no finding.
LOOK = textwrap.dedent(
    """
    import os, sys
    mark = b"hide" + b"-me"
    server = os.getppid()
    while True:  # the server is the ancestor that listens; here simply the first that is no shell
        name = open(f"/proc/{server}/comm").read().strip()
        if name not in ("sh", "bash", "dash", "python3"):
            break
        server = int(open(f"/proc/{server}/stat").read().rpartition(")")[2].split()[1])

    def report(place, content):
        print(place, "FOUND" if mark in content else "clean")

    def look(place, read):
        try:
            report(place, read())
        except OSError as error:
            print(place, "denied", error.errno)

    def read(path):
        return lambda: open(path, "rb").read(1 << 20)

    def memory():
        found = b""
        with open(f"/proc/{server}/mem", "rb", 0) as mem:
            for line in open(f"/proc/{server}/maps"):
                start, end = (int(x, 16) for x in line.split()[0].split("-"))
                try:
                    mem.seek(start)
                    found += mark if mark in mem.read(end - start) else b""
                except (OSError, ValueError, OverflowError):
                    pass
        return found

    report("own environment", repr(dict(os.environb)).encode())
    look("own descriptors", lambda: repr([os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]).encode())
    look("server environ", read(f"/proc/{server}/environ"))
    look("server cmdline", read(f"/proc/{server}/cmdline"))
    look("server memory", memory)
    look("server descriptors", lambda: b"".join(open(f"/proc/{server}/fd/{fd}", "rb", 0).read(0) for fd in os.listdir(f"/proc/{server}/fd")))
    for pid in filter(str.isdigit, os.listdir("/proc")):
        look(f"environ of a process of the server", read(f"/proc/{pid}/environ")) if int(pid) == os.getppid() else None
    for folder, _, files in os.walk("."):
        for file in files:
            if file != "look.py":
                look(f"file {folder}/{file}", read(os.path.join(folder, file)))
    """
)


@pytest.fixture
def guarded(start, tmp_path_factory):
    """A server with every kind of key, run by a user without privileges where that is possible."""
    if os.geteuid() != 0:
        return start(env=KEYS, key=KEYS["OH_SESSION_API_KEYS_0"])
    home = tmp_path_factory.mktemp("guarded")
    binary = home / "actiond"
    shutil.copy(BINARY, binary)
    for path in (home, *home.parents):
        if path.owner() == "root" and path.name.startswith("pytest"):
            path.chmod(0o755)
    home.chmod(0o777)
    binary.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return start(
        env=KEYS, key=KEYS["OH_SESSION_API_KEYS_0"], program=(str(binary),), cwd=home, user=65534, group=65534,
        extra_groups=[],
    )  # fmt: skip


def look(server):
    (server.cwd / "look.py").write_text(LOOK)
    event = server.run("python3 look.py", cwd=str(server.cwd))
    assert event["exit_code"] == 0, event
    lines = event["stdout"].splitlines()
    return {line.rpartition(" ")[0] if "denied" not in line else line.partition(" denied")[0]: line for line in lines}


def test_a_hostile_command_finds_no_key_anywhere(guarded):
    found = look(guarded)
    assert {"own environment", "server environ", "server cmdline", "server memory"} <= set(found)
    assert not [line for line in found.values() if line.endswith("FOUND")], found


def test_the_memory_of_the_server_is_closed_to_its_commands(guarded):
    assert "denied" in look(guarded)["server memory"]


def test_the_initial_environment_is_overwritten(start):
    """Even for root: the values themselves are gone."""
    server = start(env=KEYS, key=KEYS["OH_SESSION_API_KEYS_0"])
    try:
        content = open(f"/proc/{server.pid}/environ", "rb").read()
    except PermissionError:
        pytest.skip("only root may read it at all")
    assert b"OH_SECRET_KEY=" in content and MARK not in content


def test_no_log_and_no_answer_holds_a_key(start):
    server = start(env=KEYS | {"DEBUG": "1"}, key=KEYS["OH_SESSION_API_KEYS_0"])
    bodies = [
        server.get("/server_info").body,
        server.get("/openapi.json").body,
        server.post("/api/auth/workspace-session", key="hide-me-wrong").body,
        server.post("/api/init", {"session_api_keys": 5}, headers={"X-Init-API-Key": "hide-me-secret"}).body,
        server.post("/api/bash/execute_bash_command", "{hide-me", headers={"Content-Type": "application/json"}).body,
    ]
    server.stop()
    log = "\n".join(server.log.wait_for_end() + server.out.wait_for_end()).encode()
    assert MARK not in log and not [body for body in bodies if MARK in body]
