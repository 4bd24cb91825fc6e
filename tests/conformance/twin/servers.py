"""Starts the two servers, with equal settings and a directory each, and waits until they listen."""

import dataclasses
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from case import INIT_KEY, KEY, OTHER_KEY

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("ACTIOND_BINARY", REPOSITORY / "build" / "release" / "actiond"))
START_LIMIT_S = 120

COMMON = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENHANDS_SUPPRESS_BANNER": "1",
    "OH_ENABLE_VSCODE": "false",
    "OH_PRELOAD_TOOLS": "false",
    "DO_NOT_TRACK": "1",
    "LOG_JSON": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}

# What makes the kinds of server different; `@base@` is the server's own directory.
KINDS = {
    "keyed": {
        "OH_SESSION_API_KEYS_0": KEY,
        "OH_SESSION_API_KEYS_1": OTHER_KEY,
        "OH_ALLOW_CORS_ORIGINS_0": "https://app.example.com",
        "OH_ALLOW_CORS_ORIGIN_REGEX": r"https://[a-z]+\.trusted\.example",
        "DOCKER_HOST_ADDR": "docker-host.example",
        "OH_RUNTIME_IDLE_TIMEOUT_SECONDS": "600",
        "OPENHANDS_BUILD_GIT_SHA": "0123abc",
        "OPENHANDS_BUILD_GIT_REF": "main",
    },
    "open": {
        "OH_STATIC_FILES_PATH": "@base@/static",
        "OH_WEB_URL": "https://proxy.example/runtime/abc/",
        "OH_ALLOW_CORS_ORIGINS_0": "*",
        "OH_ALLOW_CORS_ORIGINS_1": "https://app.example.com",
    },
    "dormant": {
        "OH_DEFERRED_INIT": "true",
        "OH_SECRET_KEY": INIT_KEY,
        "OH_SESSION_API_KEYS_0": KEY,
        "OH_STATIC_FILES_PATH": "@base@/static",
    },
    "unguarded": {"OH_DEFERRED_INIT": "1"},
}

STATIC_FILES = {
    "static/index.html": "<h1>front</h1>\n",
    "static/app.js": "let a = 1;\n",
    "static/sub/index.html": "<h1>sub</h1>\n",
    "static/empty.css": "",
    "outside.txt": "not public\n",
}


@dataclasses.dataclass
class Server:
    """A running server: its port, its directory and what it has printed so far."""

    side: str
    kind: str
    base: Path
    port: int = 0
    process: subprocess.Popen | None = None
    output: list = dataclasses.field(default_factory=list)
    is_ready: threading.Event = dataclasses.field(default_factory=threading.Event)

    def start(self):
        self.prepare()
        self.port = free_port()
        self.process = subprocess.Popen(
            [*self.program(), "--host", "127.0.0.1", "--port", str(self.port)],
            cwd=self.base,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self.watch, daemon=True).start()

    def prepare(self):
        (self.base / "home").mkdir(parents=True)
        for name, text in STATIC_FILES.items():
            path = self.base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            os.utime(path, (1_700_000_000, 1_700_000_000))
        (self.base / "static" / "link.txt").symlink_to("../outside.txt")

    def program(self):
        if self.side == "real":
            return [sys.executable, "-m", "openhands.agent_server"]
        return [str(BINARY)]

    def environment(self):
        settings = {k: v.replace("@base@", str(self.base)) for k, v in KINDS[self.kind].items()}
        own = {"PATH": os.environ["PATH"], "HOME": str(self.base / "home")}
        # The sanitizers' options pass through, so that the same suite runs on such a build.
        own |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        return own | COMMON | settings

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
            raise RuntimeError(f"{self.side} server did not start:\n{''.join(self.output[-30:])}")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
