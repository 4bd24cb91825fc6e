"""Stopping: requests are drained, sockets are told, and everything that was started is ended."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from server import BINARY

NAMES = {signal.SIGTERM: "SIGTERM", signal.SIGINT: "SIGINT", signal.SIGHUP: "SIGHUP", signal.SIGQUIT: "SIGQUIT"}


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def stopping(line):
    return "server.stopping" in line


@pytest.fixture
def gate(tmp_path):
    """A named pipe: a command that reads it runs until the test opens it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def hold_request(server, gate, script=""):
    """A request whose command has begun and waits at the gate."""
    started = gate.with_name("started")
    os.mkfifo(started)
    connection = server.connect()
    command = f"{script} echo begun > {started}; cat {gate}"
    server.send(connection, "POST", "/api/bash/execute_bash_command", {"command": command})
    assert started.read_text() == "begun\n"
    return connection


@pytest.mark.parametrize("number", NAMES)
def test_a_stop_signal_ends_the_server_as_that_signal_would(start, number):
    server = start()
    assert server.stop(number) == -number
    assert any(f"signal={NAMES[number]}" in line for line in server.log.wait_for_end())
    with pytest.raises(ConnectionRefusedError):
        server.get("/alive")


def test_a_running_request_is_answered_before_the_end(server, gate):
    connection = hold_request(server, gate)
    server.kill(signal.SIGTERM)
    server.log.wait_for(stopping)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    gate.write_text("through\n")
    answer = server.receive(connection)
    assert (answer.status, answer.json()["stdout"]) == (200, "through\n")
    server.expected_exit = -signal.SIGTERM
    assert server.wait() == -signal.SIGTERM


def test_a_second_signal_cuts_what_still_runs(start, gate):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    connection = hold_request(server, gate)
    server.kill(signal.SIGTERM)
    server.log.wait_for(stopping)
    server.kill(signal.SIGINT)
    server.expected_exit = -signal.SIGTERM
    assert server.wait() == -signal.SIGTERM
    with pytest.raises(ConnectionError):
        server.receive(connection)


def test_draining_has_a_limit(start, gate):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "0"})
    connection = hold_request(server, gate)
    assert server.stop() == -signal.SIGTERM
    with pytest.raises(ConnectionError):
        server.receive(connection)
    assert any("server.drain_limit" in line for line in server.log.wait_for_end())


def test_an_idle_connection_does_not_hold_the_end(start):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"})
    connection = server.connect()
    server.send(connection, "GET", "/alive")
    assert server.receive(connection).status == 200
    with socket.create_connection(("127.0.0.1", server.port)):
        assert server.stop() == -signal.SIGTERM


def test_commands_that_still_run_are_ended(server, gate):
    started = gate.with_name("pids")
    os.mkfifo(started)
    command = f"echo $$ > {started}; exec sleep 1000"
    assert server.post("/api/bash/start_bash_command", {"command": command}).status == 200
    pid = int(started.read_text())
    assert is_alive(pid)
    server.stop()
    assert not is_alive(pid)


@pytest.mark.parametrize("script", ["exec sleep 1000", "trap '' TERM HUP INT; while :; do read x < {gate}; done"])
def test_daemons_that_left_their_session_are_ended(server, gate, script):
    pids = gate.with_name("pids")
    os.mkfifo(pids)
    daemon = f"echo $$ > {pids}; {script.format(gate=gate)}"
    command = f"(setsid setsid sh -c {shell_quote(daemon)} > /dev/null 2>&1 < /dev/null &) ; true"
    assert server.post("/api/bash/start_bash_command", {"command": command}).status == 200
    pid = int(pids.read_text())
    assert is_alive(pid)
    server.stop()
    assert not is_alive(pid)


def shell_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def test_a_client_that_leaves_does_no_harm(server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert server.get("/alive").status == 200


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
    server.pid = int(Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text())
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


def test_as_pid_1_it_ends_every_process_of_the_namespace(first_process, gate):
    pids = gate.with_name("pids")
    os.mkfifo(pids)
    command = f"setsid sh -c 'echo $$ > {pids}; exec sleep 1000' & wait"
    first_process.post("/api/bash/start_bash_command", {"command": command})
    pids.read_text()
    assert first_process.stop() == 128 + signal.SIGTERM
