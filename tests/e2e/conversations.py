"""What tests of conversations share: a model that follows a script, conversations made and followed
as clients do it."""

import contextlib
import sys
from pathlib import Path

from raw import Socket

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from model import Model  # noqa: E402

CONVERSATIONS = "/api/conversations"


class Conversation:
    """One conversation of a server, and the script of its model."""

    def __init__(self, server, info, script):
        self.server, self.info, self.script = server, info, script
        self.id = info["id"]
        self.path = f"{CONVERSATIONS}/{self.id}"

    def get(self, path="", **parameters):
        answer = self.server.query(self.path + path, **parameters)
        assert answer.status == 200, answer
        return answer.json()

    def post(self, path, body=None):
        return self.server.post(self.path + path, body)

    def send(self, text, run=False):
        content = [{"type": "text", "text": text}]
        answer = self.post("/events", {"role": "user", "content": content, "run": run})
        assert answer.status == 200 and answer.json() == {"success": True}, answer
        return answer

    def run(self):
        answer = self.post("/run")
        assert answer.status == 200 and answer.json() == {"success": True}, answer

    @property
    def status(self):
        return self.get()["execution_status"]

    def events(self, **parameters):
        return self.get("/events/search", **parameters)["items"]

    def all_events(self):
        page = self.get("/events/search")
        found = page["items"]
        while page["next_page_id"]:
            page = self.get("/events/search", page_id=page["next_page_id"])
            found += page["items"]
        return found

    def follow(self, query="", **options):
        return Follower(self.server, self.id, query, **options)

    def run_to_end(self):
        """Runs it, and returns the frames up to the state behind the run."""
        with self.follow() as follower:
            follower.read_state()
            self.run()
            return follower.read_to_end()


class Follower(Socket):
    """A client of the socket of events."""

    def __init__(self, server, id, query="", **options):
        super().__init__(server, f"/sockets/events/{id}{query}", **options)

    def read_state(self):
        event = self.read_event()
        assert is_state(event), event
        return event["value"]

    def read_until(self, is_wanted):
        frames = [self.read_event()]
        while not is_wanted(frames[-1]):
            frames.append(self.read_event())
        return frames

    def read_to_end(self):
        """As clients see that a run is over."""
        return self.read_until(
            lambda event: is_state(event) and event["value"]["execution_status"] != "running"
        )


def is_state(event):
    return event.get("key") == "full_state"


def is_update(event, key, value):
    return event.get("key") == key and event.get("value") == value


def names(events):
    """Kinds, and for updates of the state what was updated to what."""
    return [
        f"{event['key']}={event['value']}"
        if isinstance(event.get("value"), str)
        else event.get("key", event["kind"])
        for event in events
    ]


@contextlib.contextmanager
def running_model():
    model = Model().start()
    yield model
    model.stop()


def description(script, directory, tools=("terminal",), **more):
    """The body of a request to start a conversation."""
    llm = {
        "model": "openai/gpt-4o",
        "api_key": "a key of the model's",
        "base_url": script.base_url,
        "usage_id": "agent",
        "num_retries": 0,
    }
    agent = {"llm": llm, "tools": [{"name": name} for name in tools]}
    workspace = {"working_dir": str(directory)}
    return {"agent": agent, "workspace": workspace, "autotitle": False} | more


def start_conversation(server, script, tools=("terminal",), **more):
    body = description(script, Path(server.cwd) / "project", tools, **more)
    answer = server.post(CONVERSATIONS, body)
    assert answer.status == 201, answer
    return Conversation(server, answer.json(), script)
