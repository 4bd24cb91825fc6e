"""Commands by our own routes: what the contract has no words for."""

import base64
import contextlib
import os
import threading
import time
import uuid
from pathlib import Path

import pytest

COMMANDS = "/api/native/commands"


def start(server, command=None, status=201, **more):
    body = more if command is None else {"command": command, **more}
    answer = server.post(COMMANDS, body)
    assert answer.status == status, answer
    return answer.json()


def describe(server, command):
    return server.get(f"{COMMANDS}/{command['id']}").json()


def wait(server, command):
    answer = server.get(f"{COMMANDS}/{command['id']}/wait?timeout=60")
    assert answer.status == 200, answer
    return answer.json()


def output(server, command, **query):
    return server.query(f"{COMMANDS}/{command['id']}/output", **query)


def write(server, command, data=b"", **query):
    names = "&".join(f"{name}={value}" for name, value in query.items())
    return server.post(f"{COMMANDS}/{command['id']}/stdin?{names}", data)


def processes():
    """All processes but zombies."""
    rows = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _, group, *_ = path.read_text().rpartition(")")[2].split()
            if state != "Z":
                rows.append({"pid": int(path.parent.name), "group": int(group)})
    return rows


def test_a_start_describes_the_command(server, tmp_path):
    command = start(server, "sleep 1000", cwd=str(tmp_path), timeout=None)
    assert command["state"] == "running" and command["pid"] > 0
    assert command["cwd"] == str(tmp_path) and command["timeout"] is None
    for name in ("exit_code", "signal", "reason", "finished_at", "receipt", "message", "terminal"):
        assert command[name] is None


def test_a_program_is_started_without_a_shell(server):
    command = start(server, argv=["printf", "%s|", "a b", "$HOME", "it's"])
    wait(server, command)
    assert output(server, command).body == b"a b|$HOME|it's|"
    assert command["command"] == "printf '%s|' 'a b' '$HOME' 'it'\\''s'"


def test_the_end_of_a_command_says_how_and_what_it_cost(server):
    """Complaint 7: wrong or missing exit codes."""
    end = wait(server, start(server, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 3"))
    assert (end["state"], end["reason"]) == ("finished", "exited")
    assert (end["exit_code"], end["signal"]) == (3, None)
    receipt = end["receipt"]
    assert 0 < receipt["user_us"] <= receipt["wall_us"] * 2 and receipt["peak_rss_bytes"] > 100000


@pytest.mark.parametrize(
    ("command", "more", "reason", "exit_code"),
    [
        ("kill -9 $$", {}, "signal", -9),
        ("sleep 1000", {"timeout": 0}, "timeout", -1),
        ("true", {"cwd": "/nowhere"}, "spawn_failed", -1),
    ],
)
def test_the_reason_of_an_end_is_a_field(server, command, more, reason, exit_code):
    end = wait(server, start(server, command, **more))
    assert (end["reason"], end["exit_code"]) == (reason, exit_code)


def test_a_failed_spawn_has_a_message(server):
    end = wait(server, start(server, argv=["/no/such/program"]))
    assert end["message"] == "[Errno 2] No such file or directory: '/no/such/program'"
    assert end["pid"] is None and end["receipt"] is None


def test_waiting_is_one_request_that_ends_with_the_command(server):
    """Complaint 1: every command costs a second. Nothing here polls."""
    command = start(server, "cat", stdin="open")
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(wait(server, command)))
    waiter.start()
    write(server, command, end="true")
    waiter.join()
    assert answers[0]["state"] == "finished" and answers[0]["exit_code"] == 0


def test_waiting_ends_with_its_time_limit_while_the_command_runs(server):
    command = start(server, "sleep 1000")
    answer = server.get(f"{COMMANDS}/{command['id']}/wait?timeout=0.05")
    assert answer.json()["state"] == "running"
    assert server.get(f"{COMMANDS}/{command['id']}/wait?timeout=0").json()["state"] == "running"


def test_the_same_start_again_is_harmless(server, tmp_path):
    body = {"command": "echo x >> count", "id": str(uuid.uuid4()), "env": {"A": "b"}}
    first = start(server, **body)
    second = start(server, status=200, **body)
    assert first["id"] == second["id"] == body["id"].replace("-", "")
    wait(server, first)
    assert start(server, status=200, **body)["state"] == "finished"
    assert (tmp_path / "count").read_text() == "x\n"


@pytest.mark.parametrize(
    "other",
    [{"command": "false"}, {"cwd": "/"}, {"timeout": 7}, {"env": {"A": "c"}}, {"stdin": "open"}],
)
def test_another_start_with_a_known_id_is_a_conflict(server, other):
    body = {"command": "true", "id": "5" * 32, "env": {"A": "b"}}
    wait(server, start(server, **body))
    answer = server.post(COMMANDS, {**body, **other})
    assert answer.status == 409 and "another request" in answer.json()["detail"]


def test_a_repeat_is_known_after_a_restart(start):
    server = start()
    body = {"command": "true", "id": "6" * 32}
    assert server.post(COMMANDS, body).status == 201
    server.get(f"{COMMANDS}/{body['id']}/wait")
    server.stop()
    again = start()
    answer = again.post(COMMANDS, body)
    assert answer.status == 200 and answer.json()["state"] == "finished"
    assert again.post(COMMANDS, {**body, "command": "false"}).status == 409


def test_output_is_read_while_the_command_runs(server):
    """Complaint 10: a disconnect loses output; here every byte has an offset."""
    command = start(server, "printf first; read x; printf second", stdin="open")
    answer = output(server, command, wait=60)
    assert answer.body == b"first" and answer.headers["x-end"] == "false"
    assert (answer.headers["x-offset"], answer.headers["x-next-offset"]) == ("0", "5")
    write(server, command, b"\n")
    wait(server, command)
    answer = output(server, command, **{"from": 5})
    assert answer.body == b"second" and answer.headers["x-end"] == "true"
    assert (answer.headers["x-offset"], answer.headers["x-next-offset"]) == ("5", "11")


def test_streams_have_offsets_of_their_own(server):
    command = start(server, "printf aaa; sleep 0.05; printf EEE >&2; sleep 0.05; printf bbb")
    wait(server, command)
    assert output(server, command).body == b"aaaEEEbbb"
    assert output(server, command, stream="stdout", **{"from": 2}).body == b"abbb"
    assert output(server, command, stream="stderr", **{"from": 1}).body == b"EE"


def test_bytes_come_back_exactly(server, tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "random").write_bytes(content)
    command = start(server, "cat random")
    wait(server, command)
    read = b""
    while True:
        answer = output(server, command, stream="stdout", limit=700001, **{"from": len(read)})
        assert int(answer.headers["x-offset"]) == len(read)
        read += answer.body
        if answer.headers["x-end"] == "true":
            break
    assert read == content


def test_waiting_for_output_ends_with_the_command(server):
    command = start(server, "read x", stdin="open")
    answers = []
    reader = threading.Thread(target=lambda: answers.append(output(server, command, wait=60)))
    reader.start()
    write(server, command, end="true")
    reader.join()
    assert answers[0].body == b"" and answers[0].headers["x-end"] == "true"


def test_waiting_for_one_stream_is_not_ended_by_the_other(server):
    command = start(server, "printf out; read x; printf err >&2; read y", stdin="open")
    output(server, command, wait=60)
    answers = []
    reader = threading.Thread(
        target=lambda: answers.append(output(server, command, stream="stderr", wait=60))
    )
    reader.start()
    write(server, command, b"\n")
    reader.join()
    assert answers[0].body == b"err"


def test_waiting_for_output_ends_with_its_time_limit(server):
    command = start(server, "sleep 1000")
    answer = output(server, command, wait=0.05)
    assert answer.body == b"" and answer.headers["x-end"] == "false"


@pytest.mark.parametrize(
    ("text", "encoding", "data"),
    [
        ("printf 'äb'", "utf-8", "äb"),
        ("printf 'a\\377'", "base64", base64.b64encode(b"a\xff").decode()),
    ],
)
def test_output_as_json_is_text_or_base64(server, text, encoding, data):
    command = start(server, text)
    wait(server, command)
    answer = output(server, command, format="json").json()
    assert (answer["encoding"], answer["data"], answer["end"]) == (encoding, data, True)


def test_an_offset_beyond_the_end_is_out_of_range(server):
    command = start(server, "printf x")
    wait(server, command)
    assert output(server, command, **{"from": 1}).body == b""
    answer = output(server, command, **{"from": 2})
    assert answer.status == 416 and "beyond the end" in answer.json()["detail"]


def test_what_a_detached_child_prints_later_stays_readable(server):
    """Complaint 4: completion that survives daemons."""
    server.run("mkfifo gate")
    command = start(server, "{ read x < gate; printf later; } & printf now")
    end = wait(server, command)
    assert end["exit_code"] == 0 and end["detached_writers"] is True
    assert output(server, command).headers["x-end"] == "false"
    (running,) = server.get(f"{COMMANDS}?running=true").json()["items"]
    assert running["id"] == command["id"]
    server.run("echo > gate")
    assert output(server, command, wait=60, **{"from": 3}).body == b"later"
    assert output(server, command, wait=60, **{"from": 8}).headers["x-end"] == "true"
    assert describe(server, command)["detached_writers"] is False


def test_input_is_written_and_ended(server):
    command = start(server, "cat", stdin="open")
    assert write(server, command, b"one ").json() == {"written": 4}
    assert write(server, command, b"two", end="true").json() == {"written": 7}
    assert wait(server, command)["exit_code"] == 0
    assert output(server, command).body == b"one two"


def test_input_of_megabytes_arrives_whole(server):
    content = os.urandom(4 << 20)
    command = start(server, "cksum", stdin="open")
    assert write(server, command, content, end="true").status == 200
    wait(server, command)
    assert output(server, command).body.split()[1] == str(len(content)).encode()


def test_input_that_is_repeated_arrives_once(server):
    command = start(server, "cat", stdin="open")
    assert write(server, command, b"abc", **{"from": 0}).json() == {"written": 3}
    assert write(server, command, b"abc", **{"from": 0}).json() == {"written": 3}
    assert write(server, command, b"gap", **{"from": 9}).status == 409
    write(server, command, end="true")
    wait(server, command)
    assert output(server, command).body == b"abc"


def test_input_that_nobody_reads_is_refused_at_its_limit(server):
    command = start(server, "exec sleep 1000", stdin="open")
    assert write(server, command, bytes((8 << 20) + 1)).status == 429
    assert write(server, command, bytes(8 << 20)).status == 200
    answer = write(server, command, bytes(1 << 20))
    assert answer.status == 429 and "fast enough" in answer.json()["detail"]


@pytest.mark.parametrize(("stdin", "ended"), [("closed", False), ("open", True)])
def test_input_that_is_closed_takes_nothing(server, stdin, ended):
    command = start(server, "sleep 1000", stdin=stdin)
    if ended:
        write(server, command, end="true")
    answer = write(server, command, b"x")
    assert answer.status == 409 and answer.json() == {"detail": "the command's input is closed"}


def test_a_reader_that_left_does_not_hurt(server):
    command = start(server, "exec <&-; printf closed; read x < gate", stdin="open")
    output(server, command, wait=60)
    for _ in range(3):
        write(server, command, bytes(100000))
    assert server.run("printf alive")["stdout"] == "alive"


@pytest.mark.parametrize("signal", ["TERM", "SIGTERM", 15])
def test_a_signal_has_a_name_or_a_number(server, signal):
    command = start(server, "exec sleep 1000")
    answer = server.post(f"{COMMANDS}/{command['id']}/signal", {"signal": signal})
    assert answer.status == 200
    assert wait(server, command)["signal"] == 15


def test_a_signal_may_be_for_the_leader_alone(server):
    script = "trap 'printf caught; kill $!; exit 0' USR1; sleep 1000 & printf ready; wait"
    command = start(server, script)
    output(server, command, wait=60)
    body = {"signal": "USR1", "scope": "leader"}
    assert server.post(f"{COMMANDS}/{command['id']}/signal", body).status == 200
    assert wait(server, command)["exit_code"] == 0
    assert output(server, command).body == b"readycaught"


@pytest.mark.parametrize("signal", ["NOPE", "", 0, 65, -9, 1.5, None, [9]])
def test_a_signal_that_is_none_is_refused(server, signal):
    command = start(server, "sleep 1000")
    assert server.post(f"{COMMANDS}/{command['id']}/signal", {"signal": signal}).status == 422
    assert describe(server, command)["state"] == "running"


def test_a_terminal_is_one_stream_with_a_size(server):
    """Complaint 9: no real terminal."""
    size = {"cols": 80, "rows": 24}
    command = start(server, "stty size; tty >&2; read x; stty size", terminal=size)
    assert command["terminal"] == size
    read = b""
    while read.count(b"\n") < 2:
        read += output(server, command, wait=60, **{"from": len(read)}).body
    assert read.startswith(b"24 80\r\n/dev/pts/")
    answer = server.post(f"{COMMANDS}/{command['id']}/resize", {"cols": 100, "rows": 50})
    assert answer.json()["terminal"] == {"cols": 100, "rows": 50}
    write(server, command, b"\n")
    wait(server, command)
    assert output(server, command, **{"from": len(read)}).body == b"\r\n50 100\r\n"
    assert output(server, command, stream="stderr").body == b""


def test_the_interrupt_key_of_a_terminal_works(server):
    command = start(server, argv=["cat"], terminal={"cols": 80, "rows": 24})
    write(server, command, b"x\n")
    read = b""
    while read != b"x\r\nx\r\n":  # the terminal's echo, and what cat has read
        read += output(server, command, wait=60, **{"from": len(read)}).body
    write(server, command, b"\x03")
    assert wait(server, command)["signal"] == 2


def test_a_command_without_a_terminal_has_no_size(server):
    command = start(server, "sleep 1000")
    answer = server.post(f"{COMMANDS}/{command['id']}/resize", {"cols": 80, "rows": 24})
    assert answer.status == 409 and answer.json() == {"detail": "the command has no terminal"}


def test_stopping_answers_when_the_group_is_gone(server):
    """Complaint 6: kill says success, the tree lives on."""
    command = start(server, "sleep 1000 & sleep 1000 & printf ready; wait")
    output(server, command, wait=60)
    answer = server.request("DELETE", f"{COMMANDS}/{command['id']}")
    assert (answer.json()["state"], answer.json()["reason"]) == ("finished", "stopped")
    assert [row for row in processes() if row["group"] == command["pid"]] == []
    assert server.request("DELETE", f"{COMMANDS}/{command['id']}").json()["reason"] == "stopped"


def test_what_runs_is_listed(server):
    """Complaint 2: one stuck command must not hide the others."""
    commands = [start(server, "sleep 1000") for _ in range(3)]
    finished = start(server, "true")
    wait(server, finished)
    items = server.get(f"{COMMANDS}?running=true").json()["items"]
    assert [item["id"] for item in items] == [command["id"] for command in commands]


def test_all_commands_are_listed_newest_first_in_pages(server):
    commands = [start(server, "true")["id"] for _ in range(7)]
    listed, query = [], ""
    while query is not None:
        page = server.get(f"{COMMANDS}?limit=3{query}").json()
        listed += [item["id"] for item in page["items"]]
        query = page["next_before"] and f"&before={page['next_before']}"
    assert listed == commands[::-1]
    assert server.get(COMMANDS).json()["storage"] == {"is_durable": True, "reason": None}


def test_commands_of_the_contract_are_known_here_too(server):
    event = server.run("printf x")
    command = server.get(f"{COMMANDS}/{event['command_id']}").json()
    assert (command["state"], command["stdout_bytes"]) == ("finished", 1)
    native = start(server, "printf y")
    wait(server, native)
    found = server.query("/api/bash/bash_events/search", command_id__eq=native["id"]).json()
    assert [item["stdout"] for item in found["items"]] == ["y"]


def test_added_variables_reach_the_command_and_no_log(start):
    server = start(env={"DEBUG": "1"})
    body = {"command": 'printf "$ADDED"', "env": {"ADDED": "secret-value"}}
    command = server.post(COMMANDS, body).json()
    server.get(f"{COMMANDS}/{command['id']}/wait")
    assert server.get(f"{COMMANDS}/{command['id']}/output").body == b"secret-value"
    assert "secret-value" not in server.get(f"{COMMANDS}/{command['id']}").text
    server.stop()
    assert "secret-value" not in "\n".join(server.log.wait_for_end())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"command": "true", "argv": ["true"]},
        {"argv": []},
        {"argv": [""]},
        {"argv": ["true", 5]},
        {"command": "true", "id": "nope"},
        {"command": "true", "stdin": "maybe"},
        {"command": "true", "unknown": 1},
        {"command": "true", "env": {"A=B": "c"}},
        {"command": "true", "env": {"": "c"}},
        {"command": "true", "env": {"A": 5}},
        {"command": "true", "terminal": {"cols": 0, "rows": 24}},
        {"command": "true", "terminal": {"cols": 10000, "rows": 24}},
        {"command": "true", "terminal": {"cols": 80}},
        {"command": "true", "terminal": 5},
        {"command": "true", "timeout": "soon"},
        [],
    ],
)
def test_a_bad_start_is_refused(server, body):
    assert server.post(COMMANDS, body).status == 422
    assert server.get(COMMANDS).json()["items"] == []


@pytest.mark.parametrize(
    "more",
    ["from=-1", "limit=0", "limit=8388609", "wait=-1", "wait=86401", "stream=x", "format=x"],
)
def test_a_bad_query_of_output_is_refused(server, more):
    command = start(server, "true")
    assert server.get(f"{COMMANDS}/{command['id']}/output?{more}").status == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/wait", None),
        ("GET", "/output", None),
        ("POST", "/stdin", "x"),
        ("POST", "/signal", {"signal": 9}),
        ("POST", "/resize", {"cols": 1, "rows": 1}),
    ],
)
def test_an_unknown_command_is_not_found(server, method, path, body):
    answer = server.request(method, f"{COMMANDS}/{'0' * 32}{path}", body)
    assert answer.status == 404 and answer.json() == {"detail": "Not Found"}
    assert server.request(method, f"{COMMANDS}/nonsense{path}", body).status == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [("/stdin", "x"), ("/signal", {"signal": 9}), ("/resize", {"cols": 1, "rows": 1})],
)
def test_a_finished_command_takes_nothing_more(server, path, body):
    command = start(server, "true")
    wait(server, command)
    assert server.post(f"{COMMANDS}/{command['id']}{path}", body).status == 409


def test_fifty_commands_at_once_do_not_wait_for_each_other(server):
    begin = time.monotonic()
    commands = [start(server, "sleep 0.5") for _ in range(50)]
    for command in commands:
        assert wait(server, command)["exit_code"] == 0
    assert time.monotonic() - begin < 10  # one after the other they would take 25 s
