"""HTTP and WebSocket spoken by hand, so that a case decides every byte that goes out."""

import base64
import json
import os
import socket
import struct
import zlib

HOST = "127.0.0.1"
TIMEOUT_S = 30
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Connection:
    """One TCP connection with a read buffer."""

    def __init__(self, port):
        self.socket = socket.create_connection((HOST, port), timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The peer may answer before it has read everything; the answer counts.

    def more(self):
        """Read once; False at the end of the stream."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.pending += data
        return bool(data)

    def take(self, size):
        while len(self.pending) < size:
            if not self.more():
                raise ConnectionError(f"the stream ended {size - len(self.pending)} bytes early")
        data, self.pending = self.pending[:size], self.pending[size:]
        return data

    def take_until(self, mark):
        while mark not in self.pending:
            if not self.more():
                raise ConnectionError("the stream ended inside a line")
        data, _, self.pending = self.pending.partition(mark)
        return data

    def take_all(self):
        while self.more():
            pass
        data, self.pending = self.pending, b""
        return data


def request_bytes(method, target, headers, body):
    lines = [f"{method} {target} HTTP/1.1"]
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        lines.append("Host: 127.0.0.1")
    if "connection" not in names:
        lines.append("Connection: close")
    if body and "content-length" not in names and "transfer-encoding" not in names:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "surrogateescape") + body


def read_response(connection, method="GET"):
    """Return (status, [(name, value)], body); status None where nothing came back at all."""
    status, headers = read_head(connection)
    return status, headers, read_body(connection, method, status, dict(headers))


def read_head(connection):
    try:
        head = connection.take_until(b"\r\n\r\n").decode("latin-1")
    except ConnectionError:
        return None, []
    first, *lines = head.split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (x.partition(": ") for x in lines)]
    return int(first.split(" ", 2)[1]), headers


def read_body(connection, method, status, headers):
    if method == "HEAD" or status in (None, 101, 204, 304):
        return b""
    if "chunked" in headers.get("transfer-encoding", ""):
        return b"".join(read_chunks(connection))
    if "content-length" in headers:
        return connection.take(int(headers["content-length"]))
    return connection.take_all()


def read_chunks(connection):
    while size := int(connection.take_until(b"\r\n").split(b";")[0], 16):
        yield connection.take(size)
        connection.take(2)
    connection.take_until(b"\r\n")


class WebSocket:
    """The client side of one WebSocket; `status` tells how the handshake ended."""

    def __init__(self, port, target, headers=()):
        self.connection = Connection(port)
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
        upgrade += [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key), *headers]
        names = {name.lower() for name, _ in headers}
        upgrade = [x for x in upgrade if x in headers or x[0].lower() not in names]
        self.connection.send(request_bytes("GET", target, upgrade, b""))
        self.status, self.headers, self.body = read_response(self.connection)
        self.inflater = zlib.decompressobj(-15)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    def send(self, opcode, data, first_byte=0x80):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", first_byte | opcode, 0x80 | size)
        else:
            head = struct.pack("!BBH", first_byte | opcode, 0x80 | 126, size)
        self.connection.send(head + mask + masked)

    def send_json(self, value):
        self.send(TEXT, json.dumps(value).encode())

    def receive(self):
        """Return ("text"|"binary"|"ping"|"pong", data), ("close", code, reason) or ("dropped",)."""
        try:
            opcode, data = self.frame()
        except ConnectionError:
            return ("dropped",)
        if opcode == CLOSE:
            code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else None
            return ("close", code, data[2:].decode())
        names = {TEXT: "text", BINARY: "binary", PING: "ping", PONG: "pong"}
        return (names[opcode], data.decode("utf-8", "surrogateescape"))

    def frame(self):
        first, second = self.connection.take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.connection.take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.connection.take(8))[0]
        data = self.connection.take(size)
        if first & 0x40:
            data = self.inflater.decompress(data + b"\x00\x00\xff\xff")
        if not first & 0x80:
            return first & 0xF, data + self.frame()[1]
        return first & 0xF, data
