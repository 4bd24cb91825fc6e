"""Commands and clients that do their worst: output of every kind, ends in any order, numbers that
are none; nothing is lost, nothing is left."""

import hashlib
import os
import threading

import pytest
from raw import Raw, ask, head
from usage import assert_rests_as, children, descriptors_at_rest, settle

NATIVE = "/api/native/commands"
MIB = 1 << 20


@pytest.fixture
def server(start):
    """Used once before; at the end it serves, and holds no more than then."""
    server = start()
    server.run("true")
    before = descriptors_at_rest(server)
    yield server
    assert_rests_as(server, before)
    assert server.run("echo intact")["stdout"] == "intact\n"


@pytest.fixture
def gate(server):
    """A named pipe: each line written to it lets one waiting `read` go on."""
    path = server.cwd / "gate"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    yield lambda count=1: os.write(descriptor, b"\n" * count)
    os.close(descriptor)


def start_native(server, command, **more):
    answer = server.post(NATIVE, {"command": command, **more})
    assert answer.status in (200, 201), answer
    return answer.json()["id"]


def read_output(server, command_id, stream="all"):
    """All output, in the pieces the server gives."""
    output, end = b"", "false"
    while end != "true":
        query = f"stream={stream}&from={len(output)}&wait=30"
        answer = server.get(f"{NATIVE}/{command_id}/output?{query}")
        assert answer.headers["x-offset"] == str(len(output))
        output, end = output + answer.body, answer.headers["x-end"]
    return output


def in_parallel(count, act):
    """Runs act(0) … act(count − 1) at the same time; gives the results."""
    results = [None] * count

    def keep(number):
        results[number] = act(number)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_all_byte_values_come_back_natively_and_repaired_once_in_json(server):
    content = bytes(range(256)) * 300
    (server.cwd / "bytes").write_bytes(content)
    event = server.run("cat bytes; cat bytes >&2")
    assert event["stdout"] == event["stderr"] == content.decode("utf-8", "replace")
    for stream in ("stdout", "stderr"):
        path = f"{NATIVE}/{event['command_id']}/output?stream={stream}"
        assert server.get(path).body == content


@pytest.mark.parametrize("cut", [b"\xf0\x9f\x98", b"\xe2\x82", b"\xc3"])
def test_a_character_cut_off_at_the_end_is_repaired_once(server, cut):
    (server.cwd / "bytes").write_bytes(b"ok" + cut)
    assert server.run("cat bytes")["stdout"] == "ok\ufffd"


@pytest.mark.parametrize("offset", range(4))
def test_no_character_breaks_in_megabytes_of_them(server, offset):
    """Whatever a pipe, a read or an event holds, its edge falls inside a character."""
    text = "x" * offset + "😀é€" * (2 * MIB // 9 * 2)
    (server.cwd / "text").write_text(text)
    event = server.run("cat text")
    assert event["stdout"] == text and event["order"] >= 1


def test_two_streams_that_flood_lose_nothing(server):
    command = "for i in 1 2 3 4; do head -c 2000000 /dev/urandom | tee -a out; done & "
    command += "for i in 1 2 3 4; do head -c 2000000 /dev/urandom | tee -a err >&2; done; wait"
    command_id = start_native(server, command)
    for stream, name in (("stdout", "out"), ("stderr", "err")):
        got = hashlib.sha256(read_output(server, command_id, stream)).hexdigest()
        assert got == hashlib.sha256((server.cwd / name).read_bytes()).hexdigest()


def test_ten_readers_of_a_running_command_read_the_same(server, gate):
    command_id = start_native(server, "for i in 1 2 3; do seq 100000; read line < gate; done")
    threads = threading.Thread(target=lambda: gate(3))
    threads.start()
    outputs = in_parallel(10, lambda _: read_output(server, command_id))
    threads.join()
    assert set(outputs) == {b"".join(b"%d\n" % n for n in range(1, 100001)) * 3}


def test_a_command_that_closes_its_output_is_waited_for(server, gate):
    command_id = start_native(server, "echo out; exec >&- 2>&-; read line < gate; exit 7")
    gate()
    assert server.get(f"{NATIVE}/{command_id}/wait").json()["exit_code"] == 7
    assert read_output(server, command_id) == b"out\n"


def test_a_command_that_ends_itself_by_a_signal_keeps_its_output(server):
    event = server.run("echo out; kill -KILL $$")
    assert (event["stdout"], event["exit_code"]) == ("out\n", -9)


def test_a_command_cannot_leave_its_group_to_survive_a_timeout_of_its_children(server):
    event = server.run("trap '' TERM; sleep 1000 & sleep 1000", timeout=0)
    assert event["exit_code"] == -1
    settle(server, lambda: children(server) == [])


def test_one_id_started_by_many_at_once_runs_once(server):
    body = {"command": "echo run >> log", "id": "ab" * 16}
    answers = in_parallel(20, lambda _: server.post(NATIVE, body))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    server.get(f"{NATIVE}/{body['id']}/wait")
    assert (server.cwd / "log").read_text() == "run\n"


def test_stops_from_many_at_once_all_succeed(server):
    command_id = start_native(server, "sleep 1000")
    path = f"/api/bash/bash_commands/{command_id}/stop"
    answers = in_parallel(10, lambda _: server.post(path))
    assert all(answer.json() == {"success": True} for answer in answers)


def test_a_stop_and_an_end_at_the_same_time_give_one_last_event(server):
    for _ in range(20):
        command_id = start_native(server, "echo out")
        server.post(f"/api/bash/bash_commands/{command_id}/stop")
        assert server.get(f"{NATIVE}/{command_id}/wait").json()["state"] == "finished"
        path = "/api/bash/bash_events/search"
        items = server.query(path, command_id__eq=command_id).json()["items"]
        assert sum(item["exit_code"] is not None for item in items) == 1


@pytest.mark.parametrize("way", ["wait?timeout=1000", "output?wait=1000", "output?wait=9&from=1"])
def test_clients_that_leave_while_they_wait_leave_nothing(server, gate, way):
    command_id = start_native(server, "read line < gate")
    for _ in range(20):
        with Raw(server) as connection:
            connection.send(head("GET", f"{NATIVE}/{command_id}/{way}", server.key))
            assert server.get("/alive").status == 200
    gate()
    assert server.get(f"{NATIVE}/{command_id}/wait").json()["exit_code"] == 0


@pytest.mark.parametrize(
    "way",
    [
        "wait?timeout=nan", "wait?timeout=inf", "wait?timeout=-1", "wait?timeout=1e99",
        "output?wait=nan", "output?from=-1", "output?limit=0", "output?limit=8388609",
        "output?from=99999999999999999999", "output?stream=both", "output?format=xml",
    ],
)  # fmt: skip
def test_a_number_that_makes_no_sense_is_422(server, gate, way):
    command_id = start_native(server, "read line < gate")
    assert server.get(f"{NATIVE}/{command_id}/{way}").status == 422
    gate()
    server.get(f"{NATIVE}/{command_id}/wait")


@pytest.mark.parametrize("path", ["..%2f..", "%00", "x" * 33, "ab" * 15, "g" * 32])
def test_an_id_that_is_none_is_refused(server, path):
    assert server.get(f"{NATIVE}/{path}").status in (404, 422)
    assert server.post(f"/api/bash/bash_commands/{path}/stop").status in (404, 422)


@pytest.mark.parametrize("fields", [{"Content_Length": 100}, {"Transfer_Encoding": "chunked"}])
def test_input_that_is_cut_off_does_not_reach_the_command(server, fields):
    command_id = start_native(server, "cat", stdin="open")
    with Raw(server) as connection:
        request = head("POST", f"{NATIVE}/{command_id}/stdin", server.key, **fields)
        connection.send(request, b"5\r\nhello")
        assert server.get("/alive").status == 200
        connection.reset()
    answer = ask(server, head("POST", f"{NATIVE}/{command_id}/stdin?end=true", server.key))
    assert answer.json() == {"written": 0}
    assert read_output(server, command_id) == b""


def test_all_events_may_be_forgotten_while_commands_flood(server):
    command_ids = [start_native(server, "seq 300000") for _ in range(5)]
    for _ in range(20):
        assert server.request("DELETE", "/api/bash/bash_events").status == 200
    for command_id in command_ids:
        assert server.get(f"{NATIVE}/{command_id}/wait").status in (200, 404)
