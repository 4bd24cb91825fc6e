"""A terminal of the native routes, used as a person or an agent would."""

import base64
import json
import socket

from raw import BINARY_FRAME, CLOSE, PING, PONG, TEXT, Raw, Socket, head
from server import LIMIT_S

TERMINALS = "/api/native/terminals"
PROMPT = "PS1='$ '; PROMPT_COMMAND="  # the same on all machines
MAX_PINGS = 4  # of the server, while nothing else comes


class Terminal:
    """Opened by its first use; `who` is the name it types with."""

    def __init__(self, server, who=None, **body):
        self.server = server
        self.who = {} if who is None else {"who": who}
        if "argv" not in body:
            body.setdefault("init", PROMPT)
        answer = server.post(TERMINALS, body)
        assert answer.status in (200, 201), answer
        self.id = answer.json()["id"]
        self.path = f"{TERMINALS}/{self.id}"

    def post(self, what, status=200, **body):
        answer = self.server.post(f"{self.path}/{what}", {**self.who, **body})
        assert answer.status == status, answer
        return answer.json()

    def get(self, what="", **query):
        path = self.path + (f"/{what}" if what else "")
        answer = self.server.query(path, **query)
        assert answer.status == 200, answer
        return answer

    def describe(self):
        return self.get().json()

    def run(self, text, **more):
        return self.post("run", text=text, **more)

    def type(self, text=None, *keys, **more):
        """Types text, then keys; gives the offset behind which their effect shows."""
        body = {} if text is None else {"text": text}
        if keys:
            body["keys"] = keys
        return self.post("input", **body, **more)["next_offset"]

    def wait(self, outcome="matched", **body):
        body.setdefault("timeout", LIMIT_S / 2)
        answer = self.server.post(f"{self.path}/wait", body)
        assert answer.status == 200, answer
        found = answer.json()
        assert found["outcome"] == outcome, (found, self.screen())
        return found

    def see(self, text):
        """Waits until the screen shows a text."""
        return self.wait(text=text, on="screen")

    def see_pattern(self, pattern):
        return self.wait(pattern=pattern, on="screen")

    def screen(self, **query):
        return self.get("screen", **query).text

    def cells(self):
        return self.get("screen", format="cells").json()

    def output(self, **query):
        return self.get("output", **query)

    def close(self):
        answer = self.server.request("DELETE", self.path)
        assert answer.status == 200, answer
        return answer.json()


class Stream(Raw):
    """A viewer by server-sent events."""

    def __init__(self, terminal, query="", last_id=None):
        super().__init__(terminal.server)
        headers = {} if last_id is None else {"Last_Event_ID": last_id}
        path = f"{terminal.path}/stream{query}"
        self.send(head("GET", path, terminal.server.key, **headers))
        self.status, self.headers = self.read_head()
        self.text = b""
        self.last_id = None
        self.shown = b""

    def read(self):
        """The next event, as its data."""
        while True:
            while b"\n\n" not in self.text:
                chunk = self.read_chunk()
                assert chunk, "the stream has ended"
                self.text += chunk
            record, _, self.text = self.text.partition(b"\n\n")
            lines = [line for line in record.decode().splitlines() if line[0] != ":"]
            fields = dict(line.split(": ", 1) for line in lines)
            if "event" in fields:
                event = json.loads(fields["data"])
                assert event["type"] == fields["event"]
                self.last_id = int(fields["id"])
                self.keep(event)
                return event

    def keep(self, event):
        if event["type"] == "output" and event["encoding"] == "base64":
            self.shown += base64.b64decode(event["data"])
        elif event["type"] == "output":
            self.shown += event["data"].encode()

    def read_until(self, kind):
        """The next event of a kind, passing over others."""
        while (event := self.read())["type"] != kind:
            pass
        return event

    def read_until_shown(self, text):
        while text not in self.shown:
            self.read()


class Viewer(Socket):
    """A viewer by WebSocket; `offset` is where it is in the output."""

    def __init__(self, terminal, query="", **options):
        path = f"/sockets/native/terminals/{terminal.id}{query}"
        super().__init__(terminal.server, path, **options)
        assert self.status == 101, self.status
        self.offset = None
        self.shown = bytearray()
        self.replay = b""
        self.replay_due = 0
        self.hello = self.read()
        assert self.hello["type"] == "terminal"

    def read(self):
        """The next message: an event, or the bytes of output."""
        pings = 0
        while True:
            opcode, payload = self.read_frame()
            if opcode == PING:
                pings += 1
                assert pings < MAX_PINGS, "the terminal is silent"
                self.send_frame(payload, PONG)
                continue
            assert opcode in (TEXT, BINARY_FRAME, CLOSE), opcode
            if opcode == CLOSE:
                return {"type": "close", "code": int.from_bytes(payload[:2], "big")}
            if opcode == TEXT:
                return self.keep_event(json.loads(payload))
            if self.replay_due:
                assert len(payload) == self.replay_due
                self.replay, self.replay_due = payload, 0
                continue
            self.offset += len(payload)
            self.shown += payload
            return {"type": "output", "bytes": payload}

    def keep_event(self, event):
        self.offset = event.get("offset", self.offset)
        if event["type"] == "screen":
            self.replay_due = event["bytes"]
        return event

    def read_until(self, kind):
        while (event := self.read())["type"] != kind:
            assert event["type"] != "close" or kind == "close", event
        return event

    def read_until_shown(self, text):
        searched = 0
        while self.shown.find(text, searched) < 0:
            searched = max(0, len(self.shown) - len(text))
            assert self.read()["type"] != "close"

    def read_until_drawn(self, text):
        """Waits for a text as output, or in a screen that stands for output it has missed."""
        while text not in self.shown and text not in self.replay:
            assert self.read()["type"] != "close"

    def read_faster(self):
        """After a time with a small buffer, with which it waits for each acknowledgement."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def type(self, data):
        self.send_frame(data, BINARY_FRAME)

    def say(self, kind, **members):
        self.send_json({"type": kind, **members})
