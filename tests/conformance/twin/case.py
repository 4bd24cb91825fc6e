"""What a case is made of: steps, and the answer each step brings back.

A case has a name that reads as a sentence, the kind of server it speaks to, an optional shell
script that prepares its directory, and steps. In every text of a step `@dir@` stands for that
directory, `@base@` for the server's own, `@port@` for its port, and `@name@` for a value an earlier
step saved.
"""

import dataclasses
import json
from urllib.parse import quote

KEY = "twin-key-one"
OTHER_KEY = "twin-key-two"
INIT_KEY = "twin-init-key"
BOUNDARY = "twin-boundary"


@dataclasses.dataclass(frozen=True)
class Http:
    """One request. `save` keeps fields of a JSON answer as pairs (variable, dotted field), `keep`
    writes the body to a file of that name in the case's directory instead of comparing it, and
    `ignore` leaves out parts of the answer."""

    method: str
    target: str
    headers: tuple = ()
    body: bytes = b""
    key: str | None = KEY
    save: tuple = ()
    ignore: tuple = ()
    keep: str = ""


@dataclasses.dataclass(frozen=True)
class Raw:
    """Bytes on a bare connection. `after_continue` goes out once the server has asked for it, and
    `half_closed` ends our side after sending."""

    data: bytes
    after_continue: bytes = b""
    half_closed: bool = False


@dataclasses.dataclass(frozen=True)
class Socket:
    """A WebSocket: what to send and expect, in order. Each item of `script` is a tuple:
    ("text", str), ("binary", bytes), ("ping", bytes), ("bytes", frame as it is), ("receive",
    count), ("until_end",), ("until_exit",) which reads until a command's last event, or
    ("http", Http)."""

    target: str
    script: tuple = ()
    headers: tuple = ()
    key: str | None = None


@dataclasses.dataclass(frozen=True)
class Crowd:
    """Holds `count` WebSockets open, all known to be subscribed; the answer is that of one more."""

    target: str
    count: int


@dataclasses.dataclass(frozen=True)
class Finished:
    """Waits, through the event socket, for the end of a started command. No part of the answer."""

    command: str


@dataclasses.dataclass(frozen=True)
class Local:
    """A shell script the harness runs in the case's directory; its output is compared, and kept
    under `name` where one is given."""

    script: str
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    steps: tuple
    server: str = "keyed"
    setup: str = ""


def case(name, *steps, server="keyed", setup=""):
    return Case(name, steps, server, setup)


def save(**fields):
    return tuple(fields.items())


def get(target, **options):
    return Http("GET", target, **options)


def delete(target, **options):
    return Http("DELETE", target, **options)


def post(target, **options):
    return Http("POST", target, **options)


def json_body(value, headers=(), content_type="application/json", **options):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return {"headers": (("Content-Type", content_type), *headers), "body": data, **options}


def post_json(target, value, **options):
    return post(target, **json_body(value, **options))


def execute(command, **fields):
    """Runs a command to its end; `fields` are those of the request."""
    return post_json("/api/bash/execute_bash_command", {"command": command, **fields})


def start(command, name="command", **fields):
    """Starts a command and saves its id under `name`."""
    body = {"command": command, **fields}
    return post_json("/api/bash/start_bash_command", body, save=((name, "id"),))


def part(content, name="file", filename="a.bin", extra=b""):
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    return head.encode() + b"\r\n" + extra + b"\r\n" + content


def multipart(*parts, boundary=BOUNDARY, **options):
    mark = b"--" + boundary.encode()
    data = b"".join(mark + b"\r\n" + item + b"\r\n" for item in parts) + mark + b"--\r\n"
    headers = (("Content-Type", f"multipart/form-data; boundary={boundary}"),)
    return {"headers": headers + options.pop("headers", ()), "body": data, **options}


def upload(path, content, **options):
    return post(f"/api/file/upload?path={path}", **multipart(part(content), **options))


def download(path, *headers, method="GET"):
    return Http(method, f"/api/file/download?path={path}", headers=headers)


def url(text):
    """Percent-encodes a query value, leaving `@name@` and slashes alone."""
    return quote(text, safe="/@")
