"""A server under measurement: starts it, talks to it over a raw keep-alive socket, reads its size.

The client is a plain socket with a hand-made request, because an HTTP library's own time would
hide what a fast server needs.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "conformance"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One running server; a context manager that stops it."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.home = tempfile.TemporaryDirectory(prefix="actiond-bench-")
        self.port = free_port()

    def __enter__(self):
        environment = os.environ | {
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OH_ENABLE_VSCODE": "false",
            "OH_PRELOAD_TOOLS": "false",
            "LOG_LEVEL": "ERROR",
            "HOME": self.home.name,
        }
        environment.pop("SESSION_API_KEY", None)
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [*self.command, "--port", str(self.port)],
            cwd=self.home.name,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while True:
            try:
                with Connection(self.port) as connection:
                    connection.get("/alive")
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended at start: {self.command}")
        self.ready_ms = (time.perf_counter() - started) * 1e3
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.home.cleanup()

    def connect(self):
        return Connection(self.port)

    def resident_mb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return float("nan")


class Connection:
    """HTTP/1.1 over one socket: requests one after the other, whole answers."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = port
        self.buffer = bytearray(65536)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, head, body=b""):
        if len(body) > 65536:
            self.socket.sendall(head)
            self.socket.sendall(body)
        else:
            self.socket.sendall(head + body)

    def receive(self):
        data = bytearray()
        while True:
            end = data.find(b"\r\n\r\n")
            if end >= 0:
                break
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError("closed")
            data += chunk
        head = bytes(data[:end]).decode("latin-1").lower()
        body = data[end + 4 :]
        if "transfer-encoding: chunked" in head:
            while not body.endswith(b"0\r\n\r\n"):
                chunk = self.socket.recv(1 << 20)
                if not chunk:
                    raise ConnectionError("closed")
                body += chunk
            return int(head.split()[1]), bytes(body)
        at = head.find("content-length:")
        length = int(head[at + 15 :].split("\r\n")[0]) if at >= 0 else 0
        return int(head.split()[1]), self.receive_rest(body, length)

    def receive_rest(self, body, length):
        """Straight into one buffer that is kept, so that the client costs as little as it can."""
        if len(self.buffer) < length:
            self.buffer = bytearray(length)
        view = memoryview(self.buffer)
        done = len(body)
        view[:done] = body
        while done < length:
            count = self.socket.recv_into(view[done:length])
            if count == 0:
                raise ConnectionError("closed")
            done += count
        return view[:length]

    def get(self, path):
        self.send(f"GET {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n".encode())
        return self.receive()

    def post(self, path, body, kind="application/json"):
        self.send_post(path, body, kind)
        return self.receive()

    def send_post(self, path, body, kind="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.send(head.encode(), body)

    def execute(self, command, **more):
        status, body = self.post(
            "/api/bash/execute_bash_command", {"command": command, "timeout": 120, **more}
        )
        assert status == 200, (status, bytes(body[:200]))
        return body

    def upload(self, path, content):
        edge = b"bench-boundary"
        body = (
            b"--" + edge + b'\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
            + content + b"\r\n--" + edge + b"--\r\n"
        )
        status, answer = self.post(
            "/api/file/upload?path=" + urllib.parse.quote(path),
            body,
            "multipart/form-data; boundary=" + edge.decode(),
        )
        assert status == 200, (status, bytes(answer[:200]))
