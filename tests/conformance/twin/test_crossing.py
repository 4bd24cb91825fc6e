"""A conversation begins on one server, which is killed in the middle of a command, and goes on with
the other one in the same folder."""

import os
import signal
from pathlib import Path

import pytest
from model import Model, call, finish
from server import Server
from servers import COMMON, PROGRAMS
from talk import Talk

SETTINGS = {"OH_SECRET_KEY": "twin-secret-key"}
TURNS = (
    call("terminal", command="echo one"),
    finish("first"),
    call("terminal", command="echo begun; sleep 600"),
    call("terminal", command="test $TOKEN = s3cr3t-value && echo kept"),
    finish("second"),
)


@pytest.fixture
def model():
    model = Model().start()
    yield model
    model.stop()


@pytest.fixture
def start(tmp_path):
    """Starts a server of one side in the folder of the test; all are gone when it ends."""
    servers = []

    def start_side(side):
        settings = COMMON | SETTINGS | {"OH_CONVERSATIONS_PATH": str(tmp_path / "conversations")}
        server = Server(PROGRAMS[side], tmp_path / side, settings)
        servers.append(server)
        server.start()
        server.wait_ready()
        return server

    yield start_side
    for server in servers:
        server.stop()
        end_children(server)


def end_children(server):
    """A server that is killed leaves shells and their programs behind."""
    home = f"HOME={server.base / 'home'}\0".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            handle = os.pidfd_open(int(folder.name))
        except ProcessLookupError:
            continue
        try:
            if home in (folder / "environ").read_bytes():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except OSError:
            pass  # it has ended meanwhile, or is none of ours
        finally:
            os.close(handle)


def kill(server):
    server.process.kill()
    server.process.wait()
    end_children(server)


@pytest.mark.parametrize(("first", "second"), [("real", "ours"), ("ours", "real")])
def test_the_other_server_goes_on(first, second, start, model, tmp_path):
    directory = tmp_path / "project"
    directory.mkdir()
    script = model.script(TURNS)
    begun = Talk(start(first), script, directory)
    begun.begin(secrets={"TOKEN": {"kind": "StaticSecret", "value": "s3cr3t-value"}})
    begun.call("PATCH", f"/{begun.id}", {"title": "Crossing", "tags": {"kind": "test"}})
    begun.say("Begin.")
    assert begun.run() == "finished"
    begun.say("Wait.")
    begun.post("/run")
    begun.read_until(lambda event: event["kind"] == "ActionEvent")
    seen = begun.events()
    info = begun.info()
    begun.close()
    kill(begun.server)

    talk = Talk(start(second), script, directory)
    talk.go_on(begun.id)
    assert_goes_on(talk, info, seen)
    talk.close()


def assert_goes_on(talk, info, seen):
    events = talk.events()
    assert events[: len(seen)] == seen
    assert [one["kind"] for one in events if one["kind"] == "AgentErrorEvent"]
    now = talk.info()
    for name in ("id", "title", "tags", "created_at", "workspace", "max_iterations"):
        assert now[name] == info[name], name
    assert now["execution_status"] == "error"

    talk.say("Go on.")
    assert talk.run() == "finished"
    observed = [one for one in talk.events() if one["kind"] == "ObservationEvent"]
    texts = [one["observation"]["content"][0]["text"] for one in observed]
    assert texts == ["one", "first", "kept", "second"]
    sent = str(talk.script.step_requests()[-1]["body"]["messages"])
    for text in ("Begin.", "Wait.", "A restart occurred", "Go on."):
        assert text in sent
