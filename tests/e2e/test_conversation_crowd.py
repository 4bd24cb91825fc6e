"""Two hundred conversations at once, each with a shell of its own."""

import sys
import threading
from pathlib import Path

import pytest
from raw import Socket

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from model import Model, call, finish  # noqa: E402

COUNT = 200


@pytest.fixture
def model():
    model = Model().start()
    yield model
    model.stop()


def work(server, script, directory, ends):
    """One conversation from its beginning to the end of its run."""
    llm = {"model": "openai/gpt-4o", "api_key": "none", "base_url": script.base_url}
    body = {
        "agent": {"llm": llm, "tools": [{"name": "terminal"}]},
        "workspace": {"working_dir": str(directory)},
        "autotitle": False,
    }
    id = server.post("/api/conversations", body).json()["id"]
    with Socket(server, f"/sockets/events/{id}") as socket:
        content = [{"type": "text", "text": "Write your name."}]
        message = {"role": "user", "content": content, "run": True}
        server.post(f"/api/conversations/{id}/events", message)
        value = None
        while value not in ("finished", "error", "stuck"):
            event = socket.read_event()
            value = event["value"] if event.get("key") == "execution_status" else None
    ends.append(value)


def test_two_hundred_conversations_run_at_once(start, model, tmp_path):
    server = start(env={"OH_MAX_CONCURRENT_RUNS": str(COUNT)})
    ends, workers = [], []
    for number in range(COUNT):
        write = call("terminal", command=f"echo {number} > name; cat name")
        script = model.script([write, finish()])
        directory = tmp_path / f"work-{number}"
        workers.append(threading.Thread(target=work, args=(server, script, directory, ends)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert ends == ["finished"] * COUNT
    names = {(tmp_path / f"work-{number}" / "name").read_text().strip() for number in range(COUNT)}
    assert len(names) == COUNT
