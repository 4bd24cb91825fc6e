"""Stopping: requests are drained, sockets are told, and everything that was started is ended."""

import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from server import BINARY, LIMIT_S
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

NAMES = {
    signal.SIGTERM: "SIGTERM",
    signal.SIGINT: "SIGINT",
    signal.SIGHUP: "SIGHUP",
    signal.SIGQUIT: "SIGQUIT",
}


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def stopping(line):
    return "server.stopping" in line


class Word:
    """A named pipe through which a command says one line, and that never blocks for ever."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        self.fd = os.open(path, os.O_RDWR)

    def __str__(self):
        return str(self.path)

    def read(self):
        assert select.select([self.fd], [], [], LIMIT_S)[0], "the command said nothing"
        return os.read(self.fd, 4096).decode().strip()


@pytest.fixture
def word(tmp_path):
    made = Word(tmp_path / "word")
    yield made
    os.close(made.fd)


@pytest.fixture
def gate(tmp_path):
    """A named pipe: a command that reads it runs until the test opens it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def hold_request(server, gate, word):
    """A request whose command has begun and waits at the gate."""
    connection = server.connect()
    command = f"echo begun > {word}; cat {gate}"
    server.send(connection, "POST", "/api/bash/execute_bash_command", {"command": command})
    assert word.read() == "begun"
    return connection


def start_command(server, command):
    assert server.post("/api/bash/start_bash_command", {"command": command}).status == 200


@pytest.mark.parametrize("number", NAMES)
def test_a_stop_signal_ends_the_server_as_that_signal_would(start, number):
    server = start()
    assert server.stop(number) == -number
    assert any(f"signal={NAMES[number]}" in line for line in server.log.wait_for_end())
    with pytest.raises(ConnectionRefusedError):
        server.get("/alive")


def test_a_running_request_is_answered_before_the_end(server, gate, word):
    connection = hold_request(server, gate, word)
    server.kill(signal.SIGTERM)
    server.log.wait_for(stopping)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    gate.write_text("through\n")
    answer = server.receive(connection)
    assert (answer.status, answer.json()["stdout"]) == (200, "through\n")
    server.expected_exit = -signal.SIGTERM
    assert server.wait() == -signal.SIGTERM


def test_a_second_signal_cuts_what_still_runs(start, gate, word):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    connection = hold_request(server, gate, word)
    server.kill(signal.SIGTERM)
    server.log.wait_for(stopping)
    server.kill(signal.SIGINT)
    server.expected_exit = -signal.SIGTERM
    assert server.wait() == -signal.SIGTERM
    with pytest.raises(ConnectionError):
        server.receive(connection)


def test_draining_has_a_limit(start, gate, word):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "0"})
    connection = hold_request(server, gate, word)
    assert server.stop() == -signal.SIGTERM
    with pytest.raises(ConnectionError):
        server.receive(connection)
    assert any("server.drain_limit" in line for line in server.log.wait_for_end())


def test_sockets_are_told_that_the_server_restarts(start):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    headers = {"X-Session-API-Key": server.key}
    with connect(
        f"ws://127.0.0.1:{server.port}/sockets/bash-events", additional_headers=headers
    ) as socket:
        assert server.stop() == -signal.SIGTERM
        with pytest.raises(ConnectionClosed):
            socket.recv(LIMIT_S)
        assert socket.close_code == 1012


def test_an_open_stream_does_not_hold_the_end(start):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    connection = server.connect()
    server.send(connection, "GET", "/api/bash/bash_events/stream")
    response = connection.getresponse()
    assert response.status == 200 and response.readline()
    assert server.stop() == -signal.SIGTERM
    response.read()


def test_an_idle_connection_does_not_hold_the_end(start):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    connection = server.connect()
    server.send(connection, "GET", "/alive")
    assert server.receive(connection).status == 200
    with socket.create_connection(("127.0.0.1", server.port)):
        assert server.stop() == -signal.SIGTERM


def test_commands_that_still_run_are_ended(server, word):
    start_command(server, f"echo $$ > {word}; exec sleep 1000")
    pid = int(word.read())
    assert is_alive(pid)
    server.stop()
    assert not is_alive(pid)


@pytest.mark.parametrize(
    "script", ["exec sleep 1000", "trap '' TERM HUP INT; while :; do read x < {gate}; done"]
)
def test_daemons_that_left_their_session_are_ended(server, gate, word, script):
    daemon = f"echo $$ > {word}; {script.format(gate=gate)}"
    start_command(
        server, f"(setsid setsid sh -c {shlex.quote(daemon)} > /dev/null 2>&1 < /dev/null &) ; true"
    )
    pid = int(word.read())
    assert is_alive(pid)
    server.stop()
    assert not is_alive(pid)


def test_a_client_that_leaves_does_no_harm(server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert server.get("/alive").status == 200


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root sees the descriptors of a protected process"
)
def test_connections_and_commands_leave_no_descriptor(server):
    own = server.connect()

    def names():
        """A round trip first: the server then has seen every connection that was closed before."""
        server.send(own, "GET", "/alive")
        server.receive(own)
        command = "for fd in /proc/$PPID/fd/*; do readlink $fd; done | sed 's/[0-9]//g' | sort"
        server.send(own, "POST", "/api/bash/execute_bash_command", {"command": command})
        return server.receive(own).json()["stdout"].splitlines()

    before = names()
    for _ in range(50):
        server.get("/alive")
        server.get("/docs")
        server.run("true")
        server.get("/api/nowhere")
    assert names() == before


@pytest.fixture
def first_process(start):
    """A server that is PID 1 of a namespace of its own."""
    unshare = shutil.which("unshare")
    words = [unshare or "", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        words.insert(1, "--map-root-user")
    if unshare is None or subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        pytest.skip("no new PID namespace may be made here")
    server = start(program=(*words, str(BINARY)))
    server.pid = int(
        Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    )
    server.expected_exit = 128 + signal.SIGTERM  # what unshare makes of it
    return server


def test_as_pid_1_it_stops_with_128_and_the_signal(first_process):
    assert first_process.run("echo $PPID")["stdout"] == "1\n"
    assert first_process.stop() == 128 + signal.SIGTERM


def test_as_pid_1_it_reaps_orphans(first_process):
    """An orphan that has ended is gone before its parent's request is answered or right after."""
    command = "for i in 1 2 3 4 5; do (sh -c 'exec true' &); done; wait"
    for _ in range(20):
        first_process.run(command)
    out = first_process.run("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l")["stdout"]
    assert int(out) == 0


def test_as_pid_1_it_ends_every_process_of_the_namespace(first_process, word):
    start_command(first_process, f"setsid sh -c 'echo $$ > {word}; exec sleep 1000' & wait")
    assert int(word.read()) > 1
    assert first_process.stop() == 128 + signal.SIGTERM
