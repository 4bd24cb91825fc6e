"""A server under test as a child process: started with settings of its own, waited for until it
listens, stopped by its process id."""

import os
import socket
import subprocess
import threading
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ACTIOND_BINARY", REPOSITORY / "build" / "release" / "actiond"))
START_LIMIT_S = 120
STOP_LIMIT_S = 20


class Server:
    """One server: `command` without its address, `base` its working directory and the home of its
    HOME, `settings` its environment beside what every program needs."""

    def __init__(self, command, base, settings, port=None):
        self.command = [str(part) for part in command]
        self.base = Path(base)
        self.settings = settings
        self.port = port or free_port()
        self.output = []
        self.process = None
        self.is_ready = threading.Event()

    def start(self):
        (self.base / "home").mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [*self.command, "--host", "127.0.0.1", "--port", str(self.port)],
            cwd=self.base,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self.watch, daemon=True).start()

    def environment(self):
        own = {"PATH": os.environ["PATH"], "HOME": str(self.base / "home")}
        # The sanitizers' options pass through, so that the same suite runs on such a build.
        own |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        return own | self.settings

    def watch(self):
        """Every line the server prints is a moment to see whether it listens by now."""
        for line in self.process.stdout:
            self.output.append(line.decode("utf-8", "replace"))
            if not self.is_ready.is_set() and self.listens():
                self.is_ready.set()
        self.is_ready.set()

    def listens(self):
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_ready(self):
        if not self.is_ready.wait(START_LIMIT_S) or not self.listens():
            tail = "".join(self.output[-30:])
            raise RuntimeError(f"{self.command[0]} does not listen on {self.port}:\n{tail}")

    def stop(self):
        """End the server and return how it ended; a server that ignores SIGTERM is killed."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
