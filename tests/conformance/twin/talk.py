"""One conversation with one server, driven by plain HTTP and the socket of its events."""

import http.client
import json
import uuid

from wire import PONG, WebSocket

PATIENCE_S = 120
# The reference looks for a tool where a client of its own release says it is.
MODULES = {
    name: f"openhands.tools.{name}.definition"
    for name in ("terminal", "file_editor", "task_tracker", "glob", "grep")
} | {
    name: f"openhands.tools.gemini.{name}.definition"
    for name in ("read_file", "write_file", "edit", "list_directory")
}
LLM = {
    "model": "openai/gpt-4o",
    "api_key": "sk-of-the-model",
    "usage_id": "agent",
    "num_retries": 2,
    "retry_min_wait": 0,
    "retry_max_wait": 0,
    "retry_multiplier": 0,
}


def llm(script, **more):
    return LLM | {"base_url": script.base_url} | more


def agent(script, tools=("terminal",), model=(), **more):
    made = {"kind": "Agent", "llm": llm(script, **dict(model))}
    return made | {"tools": [{"name": name} for name in tools]} | more


class Talk:
    """What a client sends, and all that it was answered. `answers` are compared, so a call whose
    answer may vary is made with `ask`."""

    def __init__(self, server, script, directory):
        self.server, self.script, self.directory = server, script, directory
        self.answers = []
        self.frames = []
        self.socket = None
        self.id = None

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_S)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else None

    def call(self, method, path, body=None):
        """Asks, and keeps the answer for the comparison."""
        answer = self.ask(method, f"/api/conversations{path}", body)
        name = f"{method} {path.replace(str(self.id), '<id>')}"
        self.answers.append({"request": name, "status": answer[0], "body": answer[1]})
        return answer[1]

    def begin(self, tools=("terminal",), model=(), agent_options=(), **more):
        """Starts the conversation, and follows its events."""
        body = {
            "conversation_id": str(uuid.uuid4()),
            "agent": agent(self.script, tools, model, **dict(agent_options)),
            "workspace": {"kind": "LocalWorkspace", "working_dir": str(self.directory)},
            "tool_module_qualnames": {name: MODULES[name] for name in tools},
            "autotitle": False,
        }
        self.id = self.call("POST", "", body | more)["id"]
        self.follow()

    def go_on(self, id):
        """With a conversation that is there."""
        self.id = id
        self.follow()

    def follow(self):
        self.close()
        self.socket = WebSocket(self.server.port, f"/sockets/events/{self.id}")
        self.socket.connection.socket.settimeout(PATIENCE_S)
        assert self.socket.status == 101, (self.socket.status, self.socket.body)
        self.read_until(is_state)

    def close(self):
        if self.socket:
            self.socket.connection.socket.close()

    def read_until(self, is_wanted):
        while True:
            kind, text, *_ = self.socket.receive()
            if kind == "ping":
                self.socket.send(PONG, text.encode("utf-8", "surrogateescape"))
                continue
            assert kind == "text", (kind, text)
            self.frames.append(json.loads(text))
            if is_wanted(self.frames[-1]):
                return self.frames[-1]

    def say(self, text, run=False):
        content = [{"type": "text", "text": text}]
        body = {"role": "user", "content": content, "run": run}
        self.call("POST", f"/{self.id}/events", body)
        self.read_until(lambda event: event["kind"] == "MessageEvent" and event["source"] == "user")

    def post(self, path, body=None):
        return self.call("POST", f"/{self.id}{path}", body)

    def run(self):
        self.post("/run")
        return self.read_to_end()

    def read_to_end(self):
        """As clients see that a run is over."""
        state = self.read_until(
            lambda event: is_state(event) and event["value"]["execution_status"] != "running"
        )
        return state["value"]["execution_status"]

    def events(self):
        found, page = [], ""
        while page is not None:
            _, answer = self.ask("GET", f"/api/conversations/{self.id}/events/search{page}")
            found += answer["items"]
            page = answer["next_page_id"] and f"?page_id={answer['next_page_id']}"
        return found

    def info(self):
        return self.ask("GET", f"/api/conversations/{self.id}")[1]

    @property
    def folder(self):
        return self.server.base / "workspace" / "conversations" / self.id.replace("-", "")

    def files(self):
        """What the conversation has on disk, by name."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if path.is_file() and not name.startswith("events/event-"):
                found[name] = content(path)
        found["events"] = [content(path) for path in sorted(self.folder.glob("events/event-*"))]
        return found


def content(path):
    data = path.read_bytes()
    text = "<binary>" if b"\0" in data else data.decode()
    return json.loads(text) if path.suffix == ".json" and text else text


def is_state(event):
    return event.get("key") == "full_state"
