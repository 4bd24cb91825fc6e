"""A hostile command looks for the server's keys in every place it can think of."""

import os
import shutil
from pathlib import Path

import pytest
from server import BINARY

HUNTER = Path(__file__).with_name("look_for_keys.py")
NOBODY = 65534
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
KEY = KEYS["OH_SESSION_API_KEYS_0"]
MARK = b"hide-me"


@pytest.fixture
def guarded(start, tmp_path_factory):
    """A server with every kind of key, run without privileges, since root may read everything."""
    if os.geteuid() != 0:
        return start(env=KEYS, key=KEY)
    home = tmp_path_factory.mktemp("guarded")
    binary = Path(shutil.copy(BINARY, home / "actiond"))
    for path in (home, home.parent, home.parent.parent):
        path.chmod(0o755)
    os.chown(home, NOBODY, NOBODY)
    binary.chmod(0o755)
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return start(env=KEYS, key=KEY, program=(str(binary),), cwd=home, **user)


def look(server):
    shutil.copy(HUNTER, server.cwd / "look_for_keys.py")
    event = server.run("python3 look_for_keys.py", cwd=str(server.cwd))
    assert event["exit_code"] == 0, event
    return dict(line.rsplit(": ", 1) for line in event["stdout"].splitlines())


def test_a_hostile_command_finds_no_key_anywhere(guarded):
    found = look(guarded)
    assert {"own environment", "server environ", "server cmdline", "server memory"} <= set(found)
    assert "FOUND" not in found.values(), found


@pytest.mark.parametrize("place", ["server memory", "server environ", "server descriptors"])
def test_the_process_of_the_server_is_closed_to_its_commands(guarded, place):
    assert look(guarded)[place] == "denied"


def test_the_initial_environment_is_overwritten(start):
    """Even for root: the values themselves are gone."""
    server = start(env=KEYS, key=KEY)
    try:
        content = Path(f"/proc/{server.pid}/environ").read_bytes()
    except PermissionError:
        pytest.skip("only root may read it at all")
    assert b"OH_SECRET_KEY=" in content and MARK not in content


def test_no_log_and_no_answer_holds_a_key(start):
    server = start(env=KEYS | {"DEBUG": "1"}, key=KEY)
    execute = "/api/bash/execute_bash_command"
    init_key = {"X-Init-API-Key": KEYS["OH_SECRET_KEY"]}
    as_json = {"Content-Type": "application/json"}
    bodies = [
        server.get("/server_info").body,
        server.get("/openapi.json").body,
        server.post("/api/auth/workspace-session", key="hide-me-wrong").body,
        server.post("/api/init", {"session_api_keys": 5}, headers=init_key).body,
        server.post(execute, "{hide-me", headers=as_json).body,
    ]
    server.stop()
    log = "\n".join(server.log.wait_for_end() + server.out.wait_for_end()).encode()
    assert MARK not in log and not [body for body in bodies if MARK in body]
