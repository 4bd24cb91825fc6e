"""A client that sends bytes as they are and says when: for requests that no HTTP library makes."""

import base64
import json
import os
import socket
import struct

from server import LIMIT_S, Answer

REFUSAL = b"Invalid HTTP request received."


def head(method, path, key=None, **headers):
    """A request head; names of headers are written with underscores."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    if key is not None:
        lines.append(f"X-Session-API-Key: {key}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


class Raw:
    """One connection; use it with `with`."""

    def __init__(self, server, receive_bytes=None):
        self.socket = socket.socket()
        self.socket.settimeout(LIMIT_S)
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        """Leaves without a word: the server's next read or write fails."""
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def is_idle(self):
        """True when nothing has arrived."""
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) is None
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(LIMIT_S)

    def read_head(self):
        status = self.file.readline().split(maxsplit=2)
        if not status:
            return None, {}
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return int(status[1]), headers

    def read_chunk(self):
        """One chunk of a chunked body; empty at its end."""
        size = int(self.file.readline(), 16)
        chunk = self.file.read(size)
        self.file.readline()
        return chunk

    def read_answer(self):
        """The next answer; None when the server has closed without one."""
        status, headers = self.read_head()
        if status is None:
            return None
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join(iter(self.read_chunk, b""))
        else:
            body = self.file.read(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def read_to_end(self):
        return self.file.read()

    def is_dropped(self):
        """True when the server ends the connection without a word."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def ask(self, *parts):
        self.send(*parts)
        return self.read_answer()


def ask(server, *parts):
    """One request on a connection of its own."""
    with Raw(server) as connection:
        return connection.ask(*parts)


BOUNDARY = "e2e-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
FORM_END = f"\r\n--{BOUNDARY}--\r\n".encode()


def form_start(name="file", filename="f.bin"):
    disposition = f'form-data; name="{name}"; filename="{filename}"'
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()


def upload_head(server, path, size, **headers):
    """The head of an upload of `size` bytes, up to where its content begins."""
    length = len(form_start()) + size + len(FORM_END)
    target = f"/api/file/upload?path={path}"
    fields = {"Content_Type": FORM, "Content_Length": length} | headers
    return head("POST", target, server.key, **fields) + form_start()


TEXT, BINARY_FRAME, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Socket(Raw):
    """A WebSocket whose frames are made by hand."""

    def __init__(self, server, path="/sockets/bash-events", key=..., **options):
        super().__init__(server, **options)
        token = base64.b64encode(os.urandom(16)).decode()
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
        offer = upgrade | {"Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": token}
        self.send(head("GET", path, server.key if key is ... else key, **offer))
        self.status, _ = self.read_head()

    def send_frame(self, payload, opcode=TEXT, first=0x80, is_masked=True, size=None):
        size = len(payload) if size is None else size
        mask = 0x80 if is_masked else 0
        frame = bytes([first | opcode])
        if size < 126:
            frame += bytes([mask | size])
        elif size < 1 << 16:
            frame += bytes([mask | 126]) + size.to_bytes(2, "big")
        else:
            frame += bytes([mask | 127]) + size.to_bytes(8, "big")
        # A mask of zeros leaves the payload as it is.
        self.send(frame + (bytes(4) if is_masked else b"") + payload)

    def send_json(self, value):
        self.send_frame(json.dumps(value).encode())

    def read_frame(self):
        """(opcode, payload); (None, b"") when the connection has ended."""
        start = self.file.read(2)
        if len(start) < 2:
            return None, b""
        size = start[1] & 0x7F
        if size == 126:
            size = int.from_bytes(self.file.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self.file.read(8), "big")
        return start[0] & 0x0F, self.file.read(size)

    def read_event(self):
        """The next one; the server's question whether we are there is answered."""
        while True:
            opcode, payload = self.read_frame()
            if opcode != PING:
                assert opcode == TEXT, (opcode, payload)
                return json.loads(payload)
            self.send_frame(payload, PONG)

    def read_close(self):
        """The code of the close frame, passing over what comes before it."""
        while True:
            opcode, payload = self.read_frame()
            if opcode is None:
                return None
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")
