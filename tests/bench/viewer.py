"""Viewers of a terminal: ours and ttyd's over WebSocket, tmux's control client over a pipe.

Each types bytes and waits for bytes; the two sockets also count what arrives. The terminal under a
viewer runs a program of the caller's choice.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

from peer import connect, free_port, resident_mb

TTYD = shutil.which(os.environ.get("TTYD", "ttyd"))
TMUX = shutil.which("tmux")


class Socket:
    """The client's side of a WebSocket, as much of it as measuring needs."""

    def __init__(self, port, path, protocol=None):
        self.socket = connect(port)
        key = base64.b64encode(os.urandom(16)).decode()
        extra = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"{extra}Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        self.pending = bytearray()
        while b"\r\n\r\n" not in self.pending:
            self.fill()
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        assert b" 101 " in head, bytes(head)

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self.pending += data

    def send_bytes(self, data):
        """Small ones only; a mask of zeros leaves them as they are."""
        assert len(data) < 126
        self.socket.sendall(bytes([0x82, 0x80 | len(data), 0, 0, 0, 0]) + data)

    def receive_bytes(self):
        """The payload of the next binary message."""
        while True:
            head = 2
            while len(self.pending) < head:
                self.fill()
            size = self.pending[1] & 127
            if size > 125:
                head = 4 if size == 126 else 10
                while len(self.pending) < head:
                    self.fill()
                size = int.from_bytes(self.pending[2:head], "big")
            while len(self.pending) < head + size:
                self.fill()
            is_binary = self.pending[0] & 15 == 2
            payload = bytes(self.pending[head : head + size])
            del self.pending[: head + size]
            if is_binary:
                return payload

    def rate(self, seconds):
        """Megabytes a second on the socket, headers of messages among them."""
        buffer, total = bytearray(1 << 20), 0
        begun = time.perf_counter()
        while time.perf_counter() < begun + seconds:
            total += self.socket.recv_into(buffer)
        return total / (time.perf_counter() - begun) / 1e6

    def close(self):
        self.socket.close()


class Viewer:
    """A viewer: `send` types, `wait_for` returns when the text has arrived, in whatever pieces."""

    def __init__(self, socket):
        self.socket = socket
        self.seen = b""

    def wait_for(self, text):
        while text not in self.seen:
            self.seen += self.receive()
        self.seen = self.seen.partition(text)[2]

    def rate(self, seconds):
        return self.socket.rate(seconds)

    def close(self):
        self.socket.close()


class OurViewer(Viewer):
    def __init__(self, server, terminal):
        path = f"/sockets/native/terminals/{terminal}?from=0&client=me"
        super().__init__(Socket(server.port, path))

    def send(self, text):
        self.socket.send_bytes(text)

    def receive(self):
        return self.socket.receive_bytes()


class OurTerminal:
    """A terminal of ours that runs a program, and viewers of it."""

    def __init__(self, server, argv):
        self.server = server
        with server.connect() as connection:
            status, answer = connection.post("/api/native/terminals", {"argv": argv})
            assert status == 201, bytes(answer)
            self.id = json.loads(bytes(answer))["id"]

    def view(self):
        return OurViewer(self.server, self.id)

    def resident_mb(self):
        return self.server.resident_mb()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.server.connect() as connection:
            connection.delete(f"/api/native/terminals/{self.id}")


class TtydViewer(Viewer):
    def __init__(self, port):
        super().__init__(Socket(port, "/ws", "tty"))
        self.socket.send_bytes(b'{"AuthToken":"","columns":80,"rows":24}')

    def send(self, text):
        self.socket.send_bytes(b"0" + text)

    def receive(self):
        message = self.socket.receive_bytes()
        return message[1:] if message[:1] == b"0" else b""


class Ttyd:
    """A ttyd: it starts the program anew for each viewer."""

    def __init__(self, argv):
        self.argv = argv

    def __enter__(self):
        self.port = free_port()
        words = [TTYD, "--interface", "127.0.0.1", "--port", str(self.port), "--writable"]
        self.process = subprocess.Popen([*words, *self.argv], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if b"Listening on port" in line:
                return self
        raise SystemExit("ttyd ended at start")

    def view(self):
        return TtydViewer(self.port)

    def resident_mb(self):
        return resident_mb(self.process.pid)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


class Tmux(Viewer):
    """A pane of tmux, seen by its own control client."""

    def __init__(self, argv):
        super().__init__(None)
        self.argv = argv

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="actiond-bench-")
        self.base = [TMUX, "-S", f"{self.folder.name}/socket", "-f", "/dev/null"]
        self.process = subprocess.Popen([*self.base, "-C", "new-session", *self.argv],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def view(self):
        return self

    def send(self, text):
        self.process.stdin.write(b"send-keys -l " + text + b"\n")
        self.process.stdin.flush()

    def receive(self):
        """What the pane printed; control characters stay written in octal."""
        while not (line := self.process.stdout.readline()).startswith(b"%output "):
            if not line:
                raise ConnectionError("tmux ended")
        return line.rstrip(b"\n").split(b" ", 2)[2]

    def close(self):
        pass

    def __exit__(self, *_):
        subprocess.run([*self.base, "kill-server"], check=False)
        self.process.communicate()
        self.folder.cleanup()
