"""The server is killed in the middle of a run, again and again, and carries on each time: what a
client has seen is there, once, at its place."""

import os
import random
import signal
import sys
from pathlib import Path

import pytest
from conftest import children
from raw import Socket

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from model import Model, call  # noqa: E402

CRASHES = int(os.environ.get("ACTIOND_CRASHES", "12"))
STEPS = [call("terminal", command=f"echo step {number}") for number in range(5000)]


@pytest.fixture
def model():
    model = Model().start()
    yield model
    model.stop()


def create(server, script, directory):
    llm = {"model": "openai/gpt-4o", "api_key": "none", "base_url": script.base_url}
    body = {
        "agent": {"llm": llm, "tools": [{"name": "terminal"}]},
        "workspace": {"working_dir": str(directory)},
        "max_iterations": 100000,
    }
    return server.post("/api/conversations", body).json()["id"]


def message(server, conversation, text):
    content = [{"type": "text", "text": text}]
    body = {"role": "user", "content": content, "run": True}
    answer = server.post(f"/api/conversations/{conversation}/events", body)
    assert answer.status == 200, answer.text


def stored(server, conversation):
    """All events in their order."""
    events, page = [], None
    while True:
        query = "?limit=100" + (f"&page_id={page}" if page else "")
        answer = server.get(f"/api/conversations/{conversation}/events/search{query}").json()
        events += answer["items"]
        page = answer["next_page_id"]
        if not page:
            return events


def watch(server, conversation, count):
    """The ids of the next `count` stored events that a client is shown."""
    seen = []
    with Socket(server, f"/sockets/events/{conversation}") as socket:
        message(server, conversation, "Go on.")
        while len(seen) < count:
            event = socket.read_event()
            if event.get("key") != "full_state":
                seen.append(event["id"])
    return seen


def crash(server):
    """Ends the server at once; its shells end by the hang-up of their terminals, and come to us."""
    server.stop(signal.SIGKILL)
    for pid in children():
        os.waitpid(pid, 0)


def test_what_was_seen_survives_every_crash(start, model, tmp_path):
    chance = random.Random(20)
    settings = {"OH_CONVERSATIONS_PATH": str(tmp_path / "conversations")}
    script = model.script(STEPS)
    server = start(env=settings)
    conversation = create(server, script, tmp_path / "work")
    shown = []
    for _ in range(CRASHES):
        shown += watch(server, conversation, chance.randint(1, 25))
        crash(server)
        server = start(env=settings)
        ids = [event["id"] for event in stored(server, conversation)]
        assert len(ids) == len(set(ids))
        places = [ids.index(id) for id in shown]
        assert places == sorted(places)
    state = server.get(f"/api/conversations/{conversation}").json()
    assert state["execution_status"] in ("error", "idle", "running")
