"""Plays a case against one server and gives back its normalised answers, a dict for each step."""

import contextlib
import json
import subprocess

import normalise
import wire
from case import KEY, Crowd, Finished, Http, Local, Raw, Socket

LAST_EVENT = "exit_code"


class Player:
    """One case against one server; `variables` are what `@name@` stands for."""

    def __init__(self, server, case, directory):
        self.server = server
        self.case = case
        self.directory = directory
        self.variables = {"dir": str(directory), "base": str(server.base), "port": str(server.port)}

    def play(self):
        self.directory.mkdir(parents=True)
        if self.case.setup:
            run_script(self.case.setup, self.directory)
        answers = [self.step(step) for step in self.case.steps]
        return [answer for answer in answers if answer is not None]

    def step(self, step):
        ways = {Http: self.http, Raw: self.raw, Socket: self.socket}
        ways |= {Finished: self.finished, Local: self.local, Crowd: self.crowd}
        return ways[type(step)](step)

    def fill(self, value):
        if isinstance(value, bytes):
            return self.fill(value.decode("latin-1")).encode("latin-1")
        for name, known in self.variables.items():
            value = value.replace(f"@{name}@", known)
        return value

    def text(self, value):
        return normalise.text(value, self.server, self.directory)

    def http(self, step):
        headers = [(name, self.fill(value)) for name, value in step.headers]
        if step.key is not None:
            headers.append(("X-Session-API-Key", step.key))
        target, body = self.fill(step.target), self.fill(step.body)
        with wire.Connection(self.server.port) as connection:
            connection.send(wire.request_bytes(step.method, target, headers, body))
            status, headers, data = wire.read_response(connection, step.method)
        for name, field in step.save:
            self.variables[name] = str(dig(json.loads(data), field))
        if step.keep:
            (self.directory / step.keep).write_bytes(data)
            data = b""
        return self.answer(status, headers, data, step.ignore)

    def answer(self, status, headers, data, ignore=()):
        content_type = dict(headers).get("content-type", "")
        found = {"status": status, "body": self.text(normalise.body(data, content_type))}
        for name, value in normalise.headers(headers):
            value = normalise.body(value.encode("latin-1"), content_type)
            found[name] = self.text(value)
        return {name: value for name, value in found.items() if name not in ignore}

    def raw(self, step):
        with wire.Connection(self.server.port) as connection:
            connection.send(self.fill(step.data))
            if step.after_continue:
                assert wire.read_head(connection)[0] == 100
                connection.send(step.after_continue)
            if step.half_closed:
                connection.socket.shutdown(1)
            status, headers, data = wire.read_response(connection)
        return self.answer(status, headers, data)

    def socket(self, step):
        headers = [(name, self.fill(value)) for name, value in step.headers]
        if step.key is not None:
            headers.append(("X-Session-API-Key", step.key))
        with wire.WebSocket(self.server.port, self.fill(step.target), headers) as channel:
            found = self.answer(channel.status, channel.headers, channel.body)
            if channel.status == 101:
                frames = [frame for act in step.script for frame in self.act(channel, act)]
                found["frames"] = [[self.text(str(x)) for x in frame] for frame in frames]
        return found

    def act(self, channel, act):
        verb, *rest = act
        if verb == "receive":
            return [channel.receive() for _ in range(rest[0])]
        if verb == "until_end":
            return until_end(channel)
        if verb == "until_exit":
            return until_exit(channel)
        if verb == "http":
            return [("http", self.http(rest[0])["status"])]
        if verb == "bytes":
            channel.connection.send(rest[0])
            return []
        opcode = {"text": wire.TEXT, "binary": wire.BINARY, "ping": wire.PING}[verb]
        data = rest[0] if isinstance(rest[0], bytes) else rest[0].encode()
        channel.send(opcode, self.fill(data))
        return []

    def crowd(self, step):
        headers = [("X-Session-API-Key", KEY)]
        with contextlib.ExitStack() as held:
            for _ in range(step.count):
                channel = wire.WebSocket(self.server.port, step.target, headers)
                held.enter_context(channel)
                channel.send(wire.TEXT, b"{")
                assert channel.receive()[0] == "text"
            last = held.enter_context(wire.WebSocket(self.server.port, step.target, headers))
            last.send(wire.TEXT, b"{")
            return {"status": last.status, "frames": [self.text(str(last.receive()))]}

    def finished(self, step):
        target, wanted = "/sockets/bash-events?resend_mode=all", self.fill(step.command)
        headers = [("X-Session-API-Key", KEY)] if self.server.kind == "keyed" else []
        with wire.WebSocket(self.server.port, target, headers) as channel:
            while True:
                event = json.loads(channel.receive()[1])
                if event.get("command_id") == wanted and event.get(LAST_EVENT) is not None:
                    return None

    def local(self, step):
        done = run_script(self.fill(step.script), self.directory)
        output = done.stdout.decode("utf-8", "backslashreplace")
        if step.name:
            self.variables[step.name] = output.strip()
        return {"output": self.text(output)}


def dig(value, field):
    """The value at a dotted path such as `items.0.id`."""
    for name in field.split("."):
        value = value[int(name) if isinstance(value, list) else name]
    return value


def until_end(channel):
    """Everything up to the close or the loss of the connection."""
    frames = []
    while not frames or frames[-1][0] not in ("close", "dropped"):
        frames.append(channel.receive())
    return frames


def until_exit(channel):
    """Everything up to the event that ends a command."""
    frames = []
    while True:
        frames.append(channel.receive())
        if frames[-1][0] != "text" or json.loads(frames[-1][1]).get(LAST_EVENT) is not None:
            return frames


GIT = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (
        ("NAME", "Twin"),
        ("EMAIL", "twin@example.com"),
        ("DATE", "2024-05-06T07:08:09+02:00"),
    )
}


def run_script(script, directory):
    """The same script makes the same bytes, and so the same commits, for both servers."""
    environment = GIT | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(directory),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "LANG": "C.UTF-8",
    }
    script = f'set -e\ngit() {{ command git -c init.defaultBranch=main "$@"; }}\n{script}'
    return subprocess.run(
        ["sh", "-c", script], cwd=directory, env=environment, check=True, stdout=subprocess.PIPE
    )
