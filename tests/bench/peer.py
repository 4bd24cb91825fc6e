"""A server under measurement: starts it, talks to it over a raw keep-alive socket, reads its size.

The client is a plain socket with a hand-made request, because an HTTP library's own time would
hide what a fast server needs.
"""

import contextlib
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

# A server that answers nothing for so long is broken, not slow.
PATIENCE_SECONDS = 300
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "conformance"))


def free_port():
    """Below those the kernel hands out: a server may take its time until it listens."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """One running server; a context manager that stops it."""

    def __init__(self, name, command):
        self.name = name
        self.home = tempfile.TemporaryDirectory(prefix="actiond-bench-")
        self.port = free_port()
        self.command = [*command, "--port", str(self.port)]
        self.settings = {}

    def __enter__(self):
        environment = os.environ | {
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OH_ENABLE_VSCODE": "false",
            "OH_PRELOAD_TOOLS": "false",
            "LOG_LEVEL": "ERROR",
            "HOME": self.home.name,
        } | self.settings
        environment.pop("SESSION_API_KEY", None)
        started = time.perf_counter()
        self.process = subprocess.Popen(
            self.command,
            cwd=self.home.name,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        handle = os.pidfd_open(self.process.pid)
        while not self.is_ready():
            # Both cores are left to the server between two tries.
            if has_ended(handle, 0.0005):
                raise SystemExit(f"{self.name} ended at start: {self.command}")
        os.close(handle)
        self.ready_ms = (time.perf_counter() - started) * 1e3
        return self

    def is_ready(self):
        try:
            with Connection(self.port) as connection:
                status, answer = connection.get("/alive")
                return status == 200 and b"not initialized" not in bytes(answer)
        except OSError:
            return False

    def __exit__(self, *_):
        """Tells the server, and it alone, to end; what it leaves behind is noted, then ended."""
        handles = self.open_others()
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        handles = self.open_others() | handles
        end = time.monotonic() + 3
        self.left_mb = 0.0
        for pid, handle in handles.items():
            if not has_ended(handle, max(0, end - time.monotonic())):
                self.left_mb += resident_mb(pid)
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
        self.home.cleanup()

    def others(self):
        """What runs on behalf of the server: its descendants, and all with its HOME."""
        found, queue = set(), [self.process.pid]
        while queue:
            for child in children(queue.pop()):
                found.add(child)
                queue.append(child)
        home = f"HOME={self.home.name}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if home in (folder / "environ").read_bytes():
                    found.add(int(folder.name))
        return found - {self.process.pid}

    def open_others(self):
        handles = {}
        for pid in self.others():
            with contextlib.suppress(ProcessLookupError):
                handles[pid] = os.pidfd_open(pid)
        return handles

    def connect(self):
        return Connection(self.port)

    def resident_mb(self):
        return resident_mb(self.process.pid)

    def others_mb(self):
        return sum(resident_mb(pid) for pid in self.others())

    def proportional_mb(self):
        """Of the server and all that works for it; pages they share count once."""
        return sum(proportional_mb(pid) for pid in {self.process.pid} | self.others())


def has_ended(handle, within_seconds):
    return bool(select.select([handle], [], [], within_seconds)[0])


def children(pid):
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)


def resident_mb(pid):
    return memory_mb(pid, "status", "VmRSS:")


def proportional_mb(pid):
    return memory_mb(pid, "smaps_rollup", "Pss:")


def memory_mb(pid, file, name):
    """Of a process that has ended: nothing."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


def connect(port):
    """A socket whose calls end when nothing moves for long; by the kernel, at no cost per call."""
    stream = socket.create_connection(("127.0.0.1", port))
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    patience = struct.pack("ll", PATIENCE_SECONDS, 0)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
    return stream


class Connection:
    """HTTP/1.1 over one socket: requests one after the other, whole answers."""

    def __init__(self, port):
        self.socket = connect(port)
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

    def delete(self, path):
        self.send(f"DELETE {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n".encode())
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
