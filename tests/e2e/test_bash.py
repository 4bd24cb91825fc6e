"""One-shot commands by the routes of the contract."""

import json
import os
import re
import threading
import time
import uuid

import pytest

BASH = "/api/bash"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
HEX = re.compile(r"[0-9a-f]{32}")


def search(server, **query):
    answer = server.query(f"{BASH}/bash_events/search", **query)
    assert answer.status == 200, answer
    return answer.json()


def start_on(server, command, **more):
    answer = server.post(f"{BASH}/start_bash_command", {"command": command, **more})
    assert answer.status == 200, answer
    return answer.json()


def wait(server, command_id):
    """One request that lasts as long as the command."""
    answer = server.get(f"/api/native/commands/{command_id}/wait?timeout=60")
    assert answer.status == 200 and answer.json()["state"] == "finished", answer
    return answer.json()


def test_a_command_has_all_fields_in_their_order(server):
    command = start_on(server, "true")
    assert list(command) == ["command", "cwd", "timeout", "id", "timestamp", "kind"]
    assert command["cwd"] is None and command["timeout"] == 300
    assert HEX.fullmatch(command["id"]) and TIME.fullmatch(command["timestamp"])


def test_an_output_has_all_fields_in_their_order(server):
    output = server.run("true")
    names = ["id", "timestamp", "command_id", "order", "exit_code", "stdout", "stderr", "kind"]
    assert list(output) == names
    assert output["stdout"] is None and output["stderr"] is None and output["order"] == 0


@pytest.mark.parametrize(
    ("command", "exit_code", "stdout", "stderr"),
    [
        ("printf out; printf err >&2; exit 3", 3, "out", "err"),
        ("kill -9 $$", -9, None, None),
        ("cat; printf done", 0, "done", None),
        ("cat <<EOF\n  kept \ttab\nEOF\n", 0, "  kept \ttab\n", None),
        ("printf 'äöü€😀'", 0, "äöü€😀", None),
        ("printf 'a\\377\\303'", 0, "a\ufffd\ufffd", None),
        ("printf 'a\\000b'", 0, "a\0b", None),
        ("", 0, None, None),
    ],
)
def test_a_command_tells_what_it_did(server, command, exit_code, stdout, stderr):
    output = server.run(command)
    assert (output["exit_code"], output["stdout"], output["stderr"]) == (exit_code, stdout, stderr)


def test_no_character_breaks_at_the_edge_of_a_read(server):
    """Complaint 12: characters are broken at chunk edges."""
    script = "i=0; while [ $i -lt 20000 ]; do printf '€ä😀'; i=$((i+1)); done"
    assert server.run(script)["stdout"] == "€ä😀" * 20000


def test_characters_that_come_in_single_bytes_are_whole(server):
    output = server.run("printf '\\342'; sleep 0.05; printf '\\202'; sleep 0.05; printf '\\254'")
    assert output["stdout"] == "€"


def test_a_missing_directory_is_an_output(server):
    output = server.run("true", cwd="/nowhere")
    assert output["exit_code"] == -1 and output["stdout"] is None
    assert output["stderr"] == (
        "Error executing command: [Errno 2] No such file or directory: '/nowhere'"
    )


def test_a_nul_in_a_command_is_an_output(server):
    output = server.run("printf a\0b")
    assert output["stderr"] == "Error executing command: embedded null byte"


def test_a_relative_directory_counts_from_the_server(server, tmp_path):
    (tmp_path / "below").mkdir()
    assert server.run("pwd", cwd="below")["stdout"] == f"{tmp_path}/below\n"


def test_a_background_child_does_not_hold_the_result(server):
    """Complaint 4: a background child holds the pipe."""
    begin = time.monotonic()
    assert server.run("sleep 1000 & printf started")["stdout"] == "started"
    assert time.monotonic() - begin < 5


def test_a_timeout_ends_the_group_and_keeps_the_output(server):
    """Complaints 5 and 6: timeouts are ignored, and the tree lives on."""
    output = server.run("printf before; sleep 1000 & echo $! > pid; wait", timeout=1)
    assert output["exit_code"] == -1
    assert output["stdout"] == "before" and output["stderr"] is None
    assert server.run("kill -0 $(cat pid)")["exit_code"] == 1


@pytest.mark.parametrize("timeout", [0, -5])
def test_a_timeout_that_is_over_ends_at_once(server, timeout):
    assert server.run("sleep 1000", timeout=timeout)["exit_code"] == -1


def test_a_trap_speaks_at_a_timeout(server):
    output = server.run("trap 'printf trapped; exit 5' TERM; sleep 1000 & wait", timeout=1)
    assert output["exit_code"] == -1 and output["stdout"] == "trapped"


def test_a_stop_ends_a_command_with_its_own_last_event(server):
    command = start_on(server, "printf begun; exec sleep 1000")
    assert server.get(f"/api/native/commands/{command['id']}/output?wait=60").body == b"begun"
    answer = server.post(f"{BASH}/bash_commands/{command['id']}/stop")
    assert answer.status == 200 and answer.json() == {"success": True}
    (output,) = search(server, command_id__eq=command["id"])["items"]
    assert output["exit_code"] == -15 and output["stdout"] == "begun"


def test_a_stop_right_after_the_start_works(server):
    command = start_on(server, "sleep 1000")
    assert server.post(f"{BASH}/bash_commands/{command['id']}/stop").json() == {"success": True}
    assert wait(server, command["id"])["reason"] == "stopped"


def test_a_stop_leaves_other_commands_alone(server):
    other = start_on(server, "sleep 1000")
    command = start_on(server, "sleep 1000")
    server.post(f"{BASH}/bash_commands/{command['id']}/stop")
    assert server.get(f"/api/native/commands/{other['id']}").json()["state"] == "running"


def test_a_stop_of_what_has_finished_succeeds(server):
    output = server.run("true")
    for event in (output["command_id"], output["command_id"], output["id"]):
        answer = server.post(f"{BASH}/bash_commands/{event}/stop")
        assert answer.status == 200 and answer.json() == {"success": True}


def test_a_stop_of_what_is_unknown_is_not_found(server):
    answer = server.post(f"{BASH}/bash_commands/00000000-0000-4000-8000-000000000001/stop")
    assert answer.status == 404 and answer.json() == {"detail": "Not Found"}


def test_large_output_comes_in_events_of_a_mebi_of_characters(server):
    command = start_on(server, "yes € | tr -d '\\n' | head -c 9437184; printf end >&2")
    wait(server, command["id"])
    events = search(server, command_id__eq=command["id"])["items"]
    assert [event["order"] for event in events] == list(range(len(events)))
    assert [event["exit_code"] for event in events[:-1]] == [None] * (len(events) - 1)
    assert events[-1]["exit_code"] == 0 and events[-1]["stderr"] == "end"
    assert all(len(event["stdout"]) == 1048576 for event in events[:-1])
    assert "".join(event["stdout"] or "" for event in events) == "€" * 3145728


def test_an_executed_command_returns_all_its_output(server):
    output = server.run("head -c 52428800 /dev/zero | tr '\\0' x; printf end >&2")
    assert output["stdout"] == "x" * 52428800 and output["stderr"] == "end"
    last = search(server, command_id__eq=output["command_id"], sort_order="TIMESTAMP_DESC", limit=1)
    assert (output["id"], output["order"]) == (last["items"][0]["id"], last["items"][0]["order"])
    assert output["order"] == 49


def test_commands_run_at_the_same_time(server, tmp_path):
    """Each of the two waits for the other, so neither could end alone."""
    server.run("mkfifo there back")
    first = start_on(server, "echo a > there; cat back")
    assert server.run("cat there; echo b > back")["stdout"] == "a\n"
    assert wait(server, first["id"])["exit_code"] == 0


def test_the_pattern_of_the_sdk_finds_every_event_once(server):
    command = start_on(server, "head -c 3000000 /dev/zero | tr '\\0' x")
    wait(server, command["id"])
    query = {"kind__eq": "BashOutput", "sort_order": "TIMESTAMP", "limit": 100}
    query["command_id__eq"] = command["id"]
    seen = []
    items = search(server, **query)["items"]
    while items:
        seen += items
        items = search(server, order__gt=seen[-1]["order"], **query)["items"]
    assert len({event["id"] for event in seen}) == len(seen) == 3
    assert "".join(event["stdout"] for event in seen) == "x" * 3000000


def test_a_search_by_command_never_finds_the_command(server):
    output = server.run("true")
    dashed = str(uuid.UUID(output["command_id"]))
    for command_id in (output["command_id"], dashed, output["command_id"].upper()):
        assert search(server, command_id__eq=command_id)["items"] == [output]
    assert search(server, command_id__eq=dashed, kind__eq="BashCommand")["items"] == []


@pytest.mark.parametrize("sort_order", ["TIMESTAMP", "TIMESTAMP_DESC"])
def test_pages_follow_each_other(server, sort_order):
    for i in range(5):
        server.run(f"printf {i}")
    everything = search(server, sort_order=sort_order)["items"]
    assert len(everything) == 10
    paged, page_id = [], ""
    while page_id is not None:
        page = search(server, sort_order=sort_order, limit=3, page_id=page_id)
        assert page["items"]
        paged += page["items"]
        page_id = page["next_page_id"]
    assert paged == everything


def test_times_bound_a_search(server):
    first, second = server.run("true"), server.run("true")
    time_of_second = second["timestamp"]
    before = search(server, timestamp__lt=time_of_second)["items"]
    after = search(server, timestamp__gte=time_of_second)["items"]
    assert first in before and second not in before and after == [second]
    zoned = time_of_second.replace("Z", "+00:00")
    assert search(server, timestamp__gte=zoned)["items"] == [second]


def test_one_event_is_found_by_its_digits_only(server):
    output = server.run("printf x")
    assert server.get(f"{BASH}/bash_events/{output['id']}").json() == output
    dashed = str(uuid.UUID(output["id"]))
    part, upper = output["id"][1:], output["id"].upper()
    for other in (dashed, upper, part, "nonsense", "..%2f..%2fetc%2fpasswd", "*"):
        answer = server.get(f"{BASH}/bash_events/{other}")
        assert answer.status == 404 and answer.json() == {"detail": "Not Found"}, other


def test_several_events_come_in_the_order_asked_for(server):
    first, second = server.run("printf 1"), server.run("printf 2")
    body = json.dumps([second["id"], "nope", first["id"], first["id"]])
    answer = server.request(
        "GET", f"{BASH}/bash_events/", body, headers={"Content-Type": "application/json"}
    )
    assert answer.json() == [second, None, first, first]


def test_a_clear_counts_commands_and_outputs(server):
    server.run("printf 1")
    server.run("printf 2")
    assert server.request("DELETE", f"{BASH}/bash_events").json() == {"cleared_count": 4}
    assert server.request("DELETE", f"{BASH}/bash_events").json() == {"cleared_count": 0}
    assert search(server)["items"] == []


def test_a_clear_leaves_a_running_command_its_output(server, tmp_path):
    server.run("mkfifo gate")
    command = start_on(server, "head -c 300000 /dev/zero | tr '\\0' x; read x < gate; printf end")
    printed = 0
    while printed < 300000:
        path = f"/api/native/commands/{command['id']}/output?from={printed}&wait=60"
        printed += len(server.get(path).body)
    server.request("DELETE", f"{BASH}/bash_events")
    server.run("echo > gate")
    wait(server, command["id"])
    (output,) = search(server, command_id__eq=command["id"])["items"]
    assert output["stdout"] == "x" * 300000 + "end" and output["exit_code"] == 0


def test_a_restart_finds_everything_again(start, tmp_path):
    first = start()
    output = first.run("printf kept")
    large = first.run("head -c 3000000 /dev/zero | tr '\\0' x")
    running = start_on(first, "printf lost; exec sleep 1000")
    first.get(f"/api/native/commands/{running['id']}/output?wait=60")
    orphan = first.get(f"/api/native/commands/{running['id']}").json()["pid"]
    events = search(first)["items"]
    first.kill(9)
    first.expected_exit = -9
    first.wait()
    os.kill(orphan, 9)
    os.waitpid(orphan, 0)
    again = start()
    assert search(again)["items"] == events
    assert again.get(f"{BASH}/bash_events/{output['id']}").json() == output
    stored = search(again, command_id__eq=large["command_id"])["items"]
    assert "".join(event["stdout"] for event in stored) == large["stdout"]
    assert again.get(f"/api/native/commands/{running['id']}").json()["state"] == "lost"
    assert again.run("true")["exit_code"] == 0


def test_a_stopped_server_stores_the_ends_of_its_commands(start):
    first = start()
    command = start_on(first, "printf x; exec sleep 1000")
    first.get(f"/api/native/commands/{command['id']}/output?wait=60")
    first.stop()
    (output,) = search(start(), command_id__eq=command["id"])["items"]
    assert output["exit_code"] == -15 and output["stdout"] == "x"


def test_events_that_are_too_old_are_gone_after_a_restart(start):
    settings = {"OH_BASH_EVENTS_RETENTION_SECONDS": "1"}
    first = start(env=settings)
    old = first.run("true")
    first.run("sleep 1.1")
    first.stop()
    items = search(start(env=settings))["items"]
    assert old not in items


def test_a_log_that_is_too_large_loses_its_oldest_events(start):
    server = start(env={"ACTIOND_BASH_EVENTS_MAX_BYTES": "1000000"})
    first = server.run("head -c 100000 /dev/zero")
    for _ in range(20):
        last = server.run("head -c 100000 /dev/zero")
    items = search(server)["items"]
    assert first not in items and last in items


def test_a_folder_that_cannot_be_written_does_not_stop_commands(start, tmp_path):
    """Complaint 21: a full disk is reported as something else."""
    (tmp_path / "file").write_text("in the way")
    server = start(env={"OH_BASH_EVENTS_DIR": str(tmp_path / "file" / "events")})
    output = server.run("printf x")
    assert output["stdout"] == "x"
    assert search(server, command_id__eq=output["command_id"])["items"] == [output]
    storage = server.get("/api/native/commands").json()["storage"]
    assert storage["is_durable"] is False and "Not a directory" in storage["reason"]
    server.log.wait_for(lambda line: "commands.log_in_memory" in line)


def test_the_command_text_is_in_no_log(start):
    """Complaint 23: secrets in a log."""
    server = start(env={"DEBUG": "1"})
    server.run("printf look-for-me-$((1+1))")
    server.post(f"{BASH}/execute_bash_command", {"command": "x", "cwd": "/look-for-me"})
    server.stop()
    assert "look-for-me" not in "\n".join(server.log.wait_for_end())


def test_other_requests_are_served_while_commands_flood(server):
    threads = [
        threading.Thread(target=server.run, args=("head -c 5242880 /dev/zero | tr '\\0' x",))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    slowest = 0
    while any(thread.is_alive() for thread in threads):
        begin = time.monotonic()
        assert server.get("/alive").status == 200
        slowest = max(slowest, time.monotonic() - begin)
    assert slowest < 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "missing"),
        ({"command": None}, "string_type"),
        ({"command": "true", "timeout": 1.5}, "int_from_float"),
        ({"command": "true", "timeout": "soon"}, "int_parsing"),
        ({"command": "true", "cwd": 5}, "string_type"),
        (["true"], "model_attributes_type"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(server, body, kind):
    answer = server.post(f"{BASH}/start_bash_command", body)
    assert answer.status == 422 and answer.json()["detail"][0]["type"] == kind


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"limit": 0}, "greater_than"),
        ({"limit": 101}, "less_than_equal"),
        ({"kind__eq": "BashError"}, "literal_error"),
        ({"sort_order": "UP"}, "enum"),
        ({"command_id__eq": "xyz"}, "uuid_parsing"),
        ({"timestamp__gte": "yesterday"}, "datetime_from_date_parsing"),
        ({"order__gt": "x"}, "int_parsing"),
    ],
)
def test_a_bad_search_is_told_what_is_wrong(server, query, kind):
    answer = server.query(f"{BASH}/bash_events/search", **query)
    assert answer.status == 422 and answer.json()["detail"][0]["type"] == kind
