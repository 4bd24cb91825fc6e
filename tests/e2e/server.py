"""Starts the real server and talks to it. Nothing here waits by the clock: starting ends with the
banner, lines of the log are awaited as they come, and stopping ends with the process."""

import dataclasses
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import urllib.parse
from pathlib import Path

BINARY = Path(os.environ["ACTIOND_BINARY"]).resolve()
LIMIT_S = 60  # nothing takes this long; it turns a hang into a failure
BANNER = re.compile(r"Starting OpenHands Agent Server on (?P<host>.*):(?P<port>\d+)")


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class Lines:
    """The lines of one stream, read by a thread of its own."""

    def __init__(self, stream):
        self.lines = []
        self.has_ended = False
        self.change = threading.Condition()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            with self.change:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.change.notify_all()
        with self.change:
            self.has_ended = True
            self.change.notify_all()

    def wait_for(self, predicate):
        """The first line that fits; fails when the stream ends without one."""
        with self.change:
            self.change.wait_for(lambda: self.has_ended or any(map(predicate, self.lines)), LIMIT_S)
            found = [line for line in self.lines if predicate(line)]
            assert found, "no such line in:\n" + "\n".join(self.lines)
            return found[0]

    def wait_for_end(self):
        with self.change:
            self.change.wait_for(lambda: self.has_ended, LIMIT_S)
        return self.lines


def environment(settings, home):
    """A small environment of our own: what this machine sets must not decide a test."""
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    own |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return own | settings


def run_once(*arguments, env=None, cwd=None, program=None):
    """Runs the program to its end, for options that do not serve."""
    return subprocess.run(
        [program or str(BINARY), *arguments],
        env=environment(env or {}, cwd or "/"),
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT_S,
    )


class Server:
    """A running server; `key` is what requests present unless they say otherwise."""

    def __init__(self, command, env, cwd, key, **options):
        self.key = key
        self.process = subprocess.Popen(
            command,
            env=environment(env, cwd),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        self.out = Lines(self.process.stdout)
        self.log = Lines(self.process.stderr)
        self.pid = self.process.pid
        self.cwd = Path(cwd)
        self.expected_exit = None
        self.accepted_errors = ()
        try:
            found = BANNER.fullmatch(self.out.wait_for(BANNER.fullmatch))
            self.out.wait_for(lambda line: line.startswith("DEBUG mode"))
        except AssertionError as error:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                "the server did not start:\n" + "\n".join(self.log.lines)
            ) from error
        self.host, self.port = found["host"], int(found["port"])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)

    def request(self, method, path, body=None, headers=None, key=...):
        connection = self.connect()
        try:
            self.send(connection, method, path, body, headers, key)
            return self.receive(connection)
        finally:
            connection.close()

    def send(self, connection, method, path, body=None, headers=None, key=...):
        headers = dict(headers or {})
        key = self.key if key is ... else key
        if key is not None:
            headers.setdefault("X-Session-API-Key", key)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)

    @staticmethod
    def receive(connection):
        response = connection.getresponse()
        return Answer(
            response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        )

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def run(self, command, **more):
        """Executes a command and gives its output event."""
        answer = self.post("/api/bash/execute_bash_command", {"command": command, **more})
        assert answer.status == 200, answer
        return answer.json()

    def query(self, path, /, **parameters):
        return self.get(f"{path}?{urllib.parse.urlencode(parameters)}")

    def kill(self, number):
        os.kill(self.pid, number)

    def wait(self):
        return self.process.wait(LIMIT_S)

    def stop(self, number=signal.SIGTERM):
        """Stops the server and gives its return code; a second call gives the same."""
        if self.process.poll() is None:
            self.kill(number)
            self.expected_exit = self.expected_exit or -number
        return self.wait()

    def check_end(self):
        """What holds for every server, however it was used."""
        code = self.stop()
        log = "\n".join(self.log.wait_for_end())
        errors = [line for line in self.log.lines if " ERROR " in line]
        errors = [line for line in errors if not any(text in line for text in self.accepted_errors)]
        assert code == self.expected_exit, (code, log)
        assert "leaked" not in log and "Sanitizer" not in log, log
        assert not errors, log
