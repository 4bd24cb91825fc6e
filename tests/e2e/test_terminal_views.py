"""Watching a terminal live, by server-sent events and by socket, and who may type."""

import base64
import json
import os

import pytest
from memory import is_sanitized
from raw import Raw, Socket, head
from terminals import Stream, Terminal, Viewer

MIB = 1 << 20


@pytest.fixture
def terminal(server):
    """A shell at its first prompt."""
    terminal = Terminal(server)
    terminal.see("$")
    return terminal


# Server-sent events


def test_a_stream_shows_output_as_it_comes(terminal):
    with Stream(terminal) as stream:
        first = stream.read()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert first["type"] == "terminal" and first["who"] == "viewer-1"
        assert first["terminal"]["id"] == terminal.id
        terminal.run("echo 'äöü €'")
        stream.read_until_shown("äöü €\r\n".encode())
        assert terminal.output(**{"from": first["offset"]}).body.startswith(stream.shown)


def test_a_stream_from_an_offset_shows_what_was(terminal):
    ran = terminal.run("echo early")
    with Stream(terminal, f"?from={ran['from']}") as stream:
        stream.read_until_shown(b"early\r\n")
        assert stream.shown.startswith(b"early\r\n")


def test_a_stream_that_comes_back_goes_on_where_it_was(terminal):
    terminal.run("echo one")
    with Stream(terminal, "?from=0") as stream:
        stream.read_until_shown(b"one\r\n")
        before, last_id = stream.shown, stream.last_id
    terminal.run("echo two; printf '\\xe2'; printf '\\x82\\xac\\n'")
    with Stream(terminal, last_id=last_id) as stream:
        stream.read_until_shown("€\r\n".encode())
        after = stream.shown
    assert terminal.output().body.startswith(before + after)


def test_no_character_is_broken_between_two_events(server):
    terminal = Terminal(server, argv=["sh", "-c", "stty raw -echo; printf ready; exec cat"])
    start = terminal.wait(text="ready", **{"from": 0})["to"]
    with Stream(terminal) as stream, Viewer(terminal) as viewer:
        assert stream.read()["offset"] == start
        for part in (b"a\xe2", b"\x82", b"\xacb"):
            at = terminal.describe()["next_offset"]
            viewer.type(part)
            viewer.read_until_shown(part)
            assert terminal.describe()["next_offset"] == at + len(part)
        seen = []
        while b"b" not in stream.shown:
            event = stream.read()
            if event["type"] == "output":
                seen.append((event["data"], event["offset"], stream.last_id))
        assert "".join(data for data, _, _ in seen) == "a€b"
        assert seen[0] == ("a", start, start + 1)


def test_bytes_come_exactly_when_asked_for(terminal):
    ran = terminal.run("printf '\\xff\\xfe'")
    with Stream(terminal, f"?encoding=base64&from={ran['from']}") as stream:
        event = stream.read_until("output")
    assert event["encoding"] == "base64"
    assert base64.b64decode(event["data"]).startswith(b"\xff\xfe")


def test_a_stream_may_begin_with_the_screen(terminal):
    terminal.run("clear; printf '\\033[31mred\\033[0m\\n'")
    with Stream(terminal, "?replay=true") as stream:
        assert stream.read()["type"] == "terminal"
        screen = stream.read()
        assert screen["type"] == "screen" and "red" in screen["data"]
        assert (screen["cols"], screen["rows"]) == (80, 24)
        terminal.run("echo later")
        stream.read_until_shown(b"later\r\n")
        assert b"red" not in stream.shown


def test_a_stream_tells_what_happens_in_its_place(terminal):
    with Stream(terminal) as stream:
        terminal.run("cd /tmp; false")
        commands = [stream.read_until("command"), stream.read_until("command")]
        terminal.post("resize", cols=101, rows=31)
        size = stream.read_until("resize")
        terminal.post("take_over", who="ann")
        driver = stream.read_until("driver")
    assert [command["state"] for command in commands] == ["running", "finished"]
    assert commands[1]["exit_code"] == 1 and commands[1]["text"] == "cd /tmp; false"
    assert (size["cols"], size["rows"]) == (101, 31)
    assert (driver["driver"], driver["previous"]) == ("ann", "api")


def test_a_stream_ends_with_its_terminal(server):
    terminal = Terminal(server, argv=["sh", "-c", "read line; echo bye"])
    with Stream(terminal, "?from=0") as stream:
        terminal.type("\r")
        assert stream.read_until("end")["reason"] == "ended"
        assert stream.shown.endswith(b"bye\r\n")
        assert stream.read_chunk() == b""


def test_the_last_bytes_of_a_closed_terminal_are_shown(terminal):
    with Stream(terminal) as stream:
        terminal.run("trap 'echo goodbye' EXIT")
        terminal.close()
        assert stream.read_until("end")["reason"] == "closed"


def test_a_gap_is_told(server):
    terminal = Terminal(server, log_bytes=4096)
    terminal.run("seq 100000")
    first = terminal.describe()["first_offset"]
    with Stream(terminal, "?from=5") as stream:
        gap = stream.read_until("gap")
        assert (gap["from"], gap["to"]) == (5, first)
        assert stream.read_until("output")["offset"] == first


def test_a_stream_knows_its_key_from_the_query(server, terminal):
    for key, status in ((server.key, 200), ("wrong", 401)):
        with Raw(server) as connection:
            connection.send(head("GET", f"{terminal.path}/stream?session_api_key={key}"))
            assert connection.read_head()[0] == status


@pytest.mark.parametrize("query", ["?from=-1", "?encoding=latin", "?replay=perhaps"])
def test_a_query_that_is_wrong_is_refused(server, terminal, query):
    assert server.get(f"{terminal.path}/stream{query}").status == 422


def test_an_event_id_that_is_none_is_refused(server, terminal):
    answer = server.get(f"{terminal.path}/stream", headers={"Last-Event-ID": "x"})
    assert answer.status == 400


# Sockets


def test_a_viewer_begins_with_the_screen_and_follows(terminal):
    terminal.run("clear; echo before")
    with Viewer(terminal) as viewer:
        screen = viewer.read()
        assert screen["type"] == "screen" and (screen["cols"], screen["rows"]) == (80, 24)
        terminal.run("echo after")
        viewer.read_until_shown(b"after\r\n")
        assert b"before" in viewer.replay and b"before" not in viewer.shown
        assert viewer.hello["offset"] + len(viewer.shown) == viewer.offset


def test_a_viewer_from_an_offset_gets_every_byte_once(terminal):
    terminal.run("seq 1000")
    with Viewer(terminal, "?from=0") as viewer:
        viewer.read_until_shown(b"1000\r\n")
        terminal.run("echo more")
        viewer.read_until_shown(b"more\r\n")
        assert terminal.output().body.startswith(bytes(viewer.shown))
        at = viewer.offset
    terminal.run("echo meanwhile")
    with Viewer(terminal, f"?from={at}") as viewer:
        viewer.read_until_shown(b"meanwhile\r\n")
        assert terminal.output(**{"from": at}).body.startswith(bytes(viewer.shown))


def test_what_a_viewer_types_comes_back(terminal):
    with Viewer(terminal) as viewer:
        viewer.type(b"printf '%s\\n' wo''rks\r")
        viewer.read_until_shown(b"works\r\n")


def test_text_paste_keys_and_signals_come_as_messages(terminal):
    with Viewer(terminal) as viewer:
        viewer.say("input", data="sh -c 'echo be''gun; exec cat -v'\r")
        viewer.read_until_shown(b"begun\r\n")
        viewer.say("paste", data="pasted")
        viewer.say("keys", keys=["F1", "Enter"])
        viewer.read_until_shown(b"pasted^[OP\r\n")
        viewer.say("signal", signal="INT")
        assert viewer.read_until("state")["state"] == "prompt"


def test_a_viewer_resizes_what_it_drives(terminal):
    with Viewer(terminal) as viewer:
        viewer.say("resize", cols=120, rows=40)
        assert viewer.read_until("resize")["cols"] == 120
        viewer.type(b"stty size\r")
        viewer.read_until_shown(b"40 120\r\n")


@pytest.mark.parametrize(
    "message",
    [
        b"no json",
        b"[]",
        b"{}",
        b'{"type":"dance"}',
        b'{"type":"input"}',
        b'{"type":"keys","keys":["Bang"]}',
        b'{"type":"resize","cols":0,"rows":24}',
        b'{"type":"resize","cols":80}',
        b'{"type":"signal","signal":"NONE"}',
        b'{"type":"ack"}',
        b'{"type":"ack","bytes":-1}',
        b'{"type":"give_back"}',
        b'{"type":"input","data":"x","more":1}',
    ],
)
def test_a_message_that_makes_no_sense_is_an_error_and_no_end(terminal, message):
    with Viewer(terminal) as viewer:
        viewer.send_frame(message)
        error = viewer.read_until("error")
        assert error["detail"] and error["code"]
        viewer.type(b"printf '%s\\n' ali''ve\r")
        viewer.read_until_shown(b"alive\r\n")


def test_an_unknown_terminal_is_told_by_the_close(server):
    with Socket(server, f"/sockets/native/terminals/{'0' * 32}") as socket:
        assert socket.status == 101 and socket.read_close() == 4004


def test_a_socket_without_a_key_sees_nothing(server, terminal):
    path = f"/sockets/native/terminals/{terminal.id}"
    with Socket(server, path, key="wrong") as socket:
        assert socket.status == 403
    with Socket(server, path, key=None) as socket:
        socket.send_json({"type": "auth", "session_api_key": "wrong"})
        assert socket.read_close() == 4001
    with Socket(server, path, key=None) as socket:
        socket.send_json({"type": "auth", "session_api_key": server.key})
        assert socket.read_event()["type"] == "terminal"


@pytest.mark.parametrize("query", ["?window=1", "?from=x", "?session_api_key=wrong"])
def test_a_handshake_that_is_wrong_is_refused(server, terminal, query):
    path = f"/sockets/native/terminals/{terminal.id}{query}"
    with Socket(server, path, key=None) as socket:
        assert socket.status == 403


def test_a_socket_ends_with_its_terminal(terminal):
    with Viewer(terminal) as viewer:
        terminal.close()
        assert viewer.read_until("end")["reason"] == "closed"
        assert viewer.read()["code"] == 1000


def test_a_viewer_that_acknowledges_is_sent_no_more_than_its_window(server):
    terminal = Terminal(server, log_bytes=8 * MIB)
    ran = terminal.run("seq 200000")
    with Viewer(terminal, f"?from={ran['from']}&window=100000") as viewer:
        while len(viewer.shown) < 100000:
            viewer.read()
        terminal.post("resize", cols=90, rows=24)
        assert len(viewer.shown) < 100000 + 65536
        unacknowledged = len(viewer.shown)
        while b"200000\r\n" not in viewer.shown:
            viewer.say("ack", bytes=unacknowledged)
            unacknowledged = len(viewer.read().get("bytes", b""))
        everything = terminal.output(**{"from": ran["from"]}, limit=8 * MIB).body
    assert everything.startswith(bytes(viewer.shown))


# Many


def flood(terminal, megabytes):
    """Prints much, and waits for its end without looking at it."""
    ran = terminal.run(f"yes {'x' * 78} | head -c {int(megabytes * MIB)}", limit=0)
    assert ran["exit_code"] == 0
    return ran["to"]


def test_a_viewer_that_stops_reading_gets_a_gap_and_the_screen(terminal):
    with Viewer(terminal, receive_bytes=4096) as viewer:
        flood(terminal, 12)
        terminal.run("clear; echo now")
        viewer.read_faster()
        gap = viewer.read_until("gap")
        assert gap["from"] < gap["to"]
        assert viewer.read_until("screen")["offset"] >= gap["to"]
        terminal.run("echo later")
        viewer.read_until_shown(b"later\r\n")


def resident(server):
    with open(f"/proc/{server.pid}/status") as file:
        return int(file.read().split("VmRSS:")[1].split()[0]) << 10


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps freed memory")
def test_viewers_that_stop_reading_cost_no_memory(server, terminal):
    flood(terminal, 4)
    stalled = [Viewer(terminal, receive_bytes=4096) for _ in range(50)]
    before = resident(server)
    flood(terminal, 12)
    assert resident(server) - before < 50 * 256 * 1024
    for viewer in stalled:
        viewer.close()


def test_a_hundred_viewers_see_the_same_while_one_reads_nothing(terminal):
    stalled = Viewer(terminal, receive_bytes=4096)
    viewers = [Viewer(terminal) for _ in range(100)]
    assert len(terminal.describe()["watchers"]) == 101
    flood(terminal, 0.25)
    terminal.run("printf '%s\\n' la''st")
    for viewer in viewers:
        viewer.read_until_drawn(b"last")
        viewer.close()
    stalled.read_faster()
    stalled.read_until_drawn(b"last")
    stalled.close()


def test_watchers_are_known_by_name(terminal):
    with Viewer(terminal, "?client=ann"), Viewer(terminal), Stream(terminal) as stream:
        assert stream.read()["who"] == "viewer-2"
        assert terminal.describe()["watchers"] == ["ann", "viewer-1", "viewer-2"]


# Who types


def test_the_first_who_types_drives(server, terminal):
    agent = Terminal.__new__(Terminal)
    agent.__dict__ = terminal.__dict__ | {"who": {"who": "agent"}}
    agent.run("true")
    assert terminal.describe()["driver"] == "agent"
    for what, body in (
        ("run", {"text": "true"}),
        ("input", {"text": "x"}),
        ("signal", {"signal": "INT"}),
        ("resize", {"cols": 90, "rows": 30}),
    ):
        answer = server.post(f"{terminal.path}/{what}", {**body, "who": "ann"})
        assert answer.status == 409, (what, answer)
        assert "'agent' drives this terminal" in answer.json()["detail"]


def test_a_person_takes_over_and_gives_back(terminal):
    terminal.who = {"who": "agent"}
    terminal.run("true")
    with Viewer(terminal, "?client=ann") as ann, Stream(terminal) as agent:
        ann.type(b"x")
        assert "'agent' drives" in ann.read_until("error")["detail"]
        ann.say("take_over")
        for side in (ann, agent):
            event = side.read_until("driver")
            assert (event["driver"], event["previous"]) == ("ann", "agent")
        terminal.post("run", 409, text="true")
        ann.type(b"printf '%s\\n' by''ann\r")
        ann.read_until_shown(b"byann\r\n")
        while ann.read_until("state")["state"] != "prompt":
            pass
        ann.say("give_back")
        for side in (ann, agent):
            event = side.read_until("driver")
            assert (event["driver"], event["previous"]) == ("agent", "ann")
        assert terminal.run("echo mine")["output"] == "mine\n"
        ann.say("give_back")
        assert "'ann' does not drive" in ann.read_until("error")["detail"]


def test_taking_over_and_giving_back_by_rest(terminal):
    assert terminal.post("take_over", who="ann")["driver"] == "ann"
    assert terminal.post("take_over", who="bob")["driver"] == "bob"
    assert terminal.post("give_back", who="bob")["driver"] == "ann"
    assert terminal.post("give_back", who="ann")["driver"] is None
    terminal.post("give_back", 409, who="ann")


def test_a_driver_who_comes_back_in_time_still_drives(terminal):
    terminal.post("take_over", who="ann")
    with Viewer(terminal, "?client=ann"):
        pass
    with Viewer(terminal, "?client=ann") as ann:
        ann.type(b"printf '%s\\n' st''ill\r")
        ann.read_until_shown(b"still\r\n")


def test_a_driver_who_has_left_gives_back(terminal):
    terminal.who = {"who": "agent"}
    terminal.run("true")
    with Stream(terminal) as stream:
        with Viewer(terminal, "?client=ann") as ann:
            ann.say("take_over")
            assert stream.read_until("driver")["driver"] == "ann"
        assert stream.read_until("driver")["driver"] == "agent"


def test_a_long_name_is_refused(terminal):
    terminal.post("take_over", 422, who="x" * 64)
    assert terminal.post("take_over", who="x" * 63)["driver"] == "x" * 63
