"""The two live views on bash events: the socket of the contract and our server-sent events."""

import contextlib
import json

import pytest
from raw import BINARY_FRAME, Raw, Socket, ask, head

STREAM = "/api/bash/bash_events/stream"
FAST = "printf out; printf err >&2"


class Events(Raw):
    """A client of server-sent events."""

    def __init__(self, server, query="", last_id=None, path=STREAM, key=...):
        super().__init__(server)
        headers = {} if last_id is None else {"Last_Event_ID": last_id}
        self.send(head("GET", path + query, server.key if key is ... else key, **headers))
        self.status, self.headers = self.read_head()
        self.text = b""

    def read(self):
        """(id, event, data) of the next record; comments and retry are passed over."""
        while True:
            while b"\n\n" not in self.text:
                chunk = self.read_chunk()
                assert chunk, "the stream has ended"
                self.text += chunk
            record, _, self.text = self.text.partition(b"\n\n")
            lines = [line for line in record.decode().splitlines() if line[0] != ":"]
            fields = dict(line.split(": ", 1) for line in lines)
            if "event" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])

    def read_until_exit(self):
        seen = []
        while not seen or seen[-1][2].get("exit_code") is None:
            seen.append(self.read())
        return seen


def events(server):
    return server.get("/api/bash/bash_events/search").json()["items"]


def test_a_command_of_the_socket_is_broadcast(server):
    with Socket(server) as one, Socket(server) as other:
        one.send_json({"command": FAST})
        for socket in (one, other):
            command, output = socket.read_event(), socket.read_event()
            assert command["command"] == FAST and command["kind"] == "BashCommand"
            assert output["command_id"] == command["id"] and output["stdout"] == "out"
            assert events(server) == [command, output]


def test_a_command_over_rest_reaches_the_socket(server):
    with Socket(server) as socket:
        output = server.run(FAST)
        assert socket.read_event()["id"] == output["command_id"]
        assert socket.read_event() == output


@pytest.mark.parametrize(
    "query", ["?resend_mode=all", "?resend_all=true", "?resend_mode=all&resend_all=0"]
)
def test_history_and_what_follows_come_once_and_without_a_gap(server, query):
    """Complaint 13: reconnect misses events."""
    for i in range(150):
        server.run(f"printf {i}")
    with Socket(server, f"/sockets/bash-events{query}") as socket:
        last = server.run("printf last")
        seen = [socket.read_event() for _ in range(302)]
    assert seen[-1] == last and len({event["id"] for event in seen}) == 302
    assert [event["stdout"] for event in seen[1::2]] == [str(i) for i in range(150)] + ["last"]


def test_nothing_is_sent_again_by_default(server):
    server.run("printf old")
    with Socket(server) as socket:
        output = server.run("printf new")
        assert [socket.read_event(), socket.read_event()][1] == output


@pytest.mark.parametrize(
    "query",
    [
        "resend_mode=since",
        "resend_mode=",
        "resend_all=maybe",
        "session_api_key=wrong",
        "session_api_key=",
    ],
)
def test_a_handshake_that_is_wrong_is_refused(server, query):
    with Socket(server, f"/sockets/bash-events?{query}") as socket:
        assert socket.status == 403


@pytest.mark.parametrize("key", ["wrong", ""])
def test_a_wrong_key_in_the_header_is_refused(server, key):
    with Socket(server, key=key) as socket:
        assert socket.status == 403


def test_a_plain_get_of_the_socket_is_not_found(server):
    answer = server.get("/sockets/bash-events")
    assert answer.status == 404 and answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize("more", [{}, {"more": 1}])
def test_the_first_message_opens_the_socket(server, more):
    with Socket(server, key=None) as socket:
        socket.send_json({"type": "auth", "session_api_key": server.key, **more})
        socket.send_json({"command": FAST})
        assert socket.read_event()["command"] == FAST


def test_nothing_is_sent_before_the_key_is_known(server):
    with Socket(server, "/sockets/bash-events?resend_mode=all", key=None) as socket:
        server.run("true")
        assert socket.is_idle()
        socket.send_json({"type": "auth", "session_api_key": server.key})
        assert socket.read_event()["kind"] == "BashCommand"


@pytest.mark.parametrize(
    "message",
    [
        '{"type":"auth","session_api_key":"wrong"}',
        '{"type":"auth"}',
        '{"command":"true"}',
        "{nope",
        "[]",
        "7",
        "",
    ],
)
def test_a_first_message_that_proves_nothing_closes(server, message):
    with Socket(server, key=None) as socket:
        socket.send_frame(message.encode())
        assert socket.read_close() == 4001


def test_a_binary_first_message_drops_the_connection(server):
    with Socket(server, key=None) as socket:
        socket.send_frame(b"x", BINARY_FRAME)
        with contextlib.suppress(ConnectionResetError):
            assert socket.read_close() is None


def test_a_redundant_auth_message_is_ignored(server):
    with Socket(server) as socket:
        socket.send_json({"type": "auth", "session_api_key": "whatever"})
        socket.send_json({"command": FAST})
        assert socket.read_event()["command"] == FAST


@pytest.mark.parametrize(
    ("message", "code", "detail"),
    [
        (
            "{nope",
            "JSONDecodeError",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        ("", "JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
        (
            "[1]",
            "ValidationError",
            "1 validation error for ExecuteBashRequest\n  Input should be a valid dictionary",
        ),
        (
            "{}",
            "ValidationError",
            "1 validation error for ExecuteBashRequest\ncommand\n  Field required [type=missing,",
        ),
        ('{"command":5}', "ValidationError", "[type=string_type, input_value=5, input_type=int]"),
        (
            '{"type":"auth","session_api_key":"x","more":1}',
            "ValidationError",
            "input_value={'type': 'auth', 'session...pi_key': 'x', 'more': 1}, input_type=dict",
        ),
    ],
)
def test_an_error_is_an_event_and_the_socket_stays_open(server, message, code, detail):
    with Socket(server) as socket:
        socket.send_frame(message.encode())
        error = socket.read_event()
        assert list(error) == ["id", "timestamp", "code", "detail", "kind"]
        assert error["kind"] == "BashError" and error["code"] == code and detail in error["detail"]
        socket.send_json({"command": FAST})
        assert socket.read_event()["command"] == FAST


def test_a_binary_message_is_an_error(server):
    with Socket(server) as socket:
        socket.send_frame(b'{"command":"true"}', BINARY_FRAME)
        error = socket.read_event()
        assert (error["code"], error["detail"]) == ("KeyError", "'text'")


def test_the_fifty_first_socket_is_told_to_try_later(server):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(Socket(server)) for _ in range(50)]
        with Socket(server) as one_more:
            assert one_more.read_close() == 1013
        sockets[0].close()
        server.run("true")
        with Socket(server) as another:
            server.run("true")
            assert another.read_event()["kind"] == "BashCommand"


def test_the_end_of_the_server_is_told(start):
    server = start()
    with Socket(server) as socket:
        server.kill(15)
        server.expected_exit = -15
        assert socket.read_close() == 1012


def test_a_slow_socket_misses_nothing_and_holds_up_nobody(server):
    """Complaint 10: a slow viewer costs a cursor."""
    with Socket(server, receive_bytes=4096) as slow:
        outputs = [server.run("head -c 3000000 /dev/zero | tr '\\0' x") for _ in range(8)]
        seen = [slow.read_event() for _ in range(8 * 4)]
    ends = [event["id"] for event in seen if event.get("exit_code") == 0]
    assert ends == [output["id"] for output in outputs]


def test_a_hundred_reconnects_leave_nothing_open(server):
    def descriptors():
        return int(server.run(f"ls /proc/{server.pid}/fd | wc -l")["stdout"])

    before = descriptors()
    for _ in range(100):
        with Socket(server, "/sockets/bash-events?resend_mode=all"):
            pass
    assert descriptors() <= before + 16


def test_a_stream_begins_with_its_place(server):
    server.run("true")
    with Events(server) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.read() == (2, "position", {"kind": "position", "after": 2, "newest": 2})


def test_a_stream_carries_the_events_of_the_socket(server):
    with Events(server) as stream, Socket(server) as socket:
        stream.read()
        output = server.run(FAST)
        seen = stream.read_until_exit()
        assert [event for _, event, _ in seen] == ["BashCommand", "BashOutput"]
        assert [data for _, _, data in seen] == [socket.read_event(), socket.read_event()]
        assert seen[-1][2] == output


def test_a_client_that_comes_back_gets_exactly_what_it_missed(server):
    """Complaint 13 again: every id is a place to go on from."""
    for i in range(10):
        server.run(f"printf {i}")
    with Events(server, "?resend_mode=all") as stream:
        stream.read()
        everything = [stream.read() for _ in range(20)]
    for place in range(21):
        with Events(server, last_id=place) as stream:
            stream.read()
            assert [stream.read() for _ in range(20 - place)] == everything[place:]
    with Events(server, "?after=17") as stream:
        stream.read()
        assert [stream.read() for _ in range(3)] == everything[17:]
    with Events(server, "?last_event_id=19") as stream:
        stream.read()
        assert stream.read() == everything[19]


def test_one_command_can_be_followed_alone(server):
    wanted = server.run("printf wanted")
    server.run("printf other")
    with Events(server, f"?resend_mode=all&command_id__eq={wanted['command_id']}") as stream:
        stream.read()
        assert stream.read_until_exit()[-1][2] == wanted


def test_events_that_were_dropped_are_a_gap(server):
    server.run("true")
    server.run("true")
    server.request("DELETE", "/api/bash/bash_events")
    output = server.run("printf new")
    with Events(server, last_id=1) as stream:
        stream.read()
        assert stream.read() == (1, "gap", {"kind": "gap", "after": 1, "next": 5})
        assert stream.read()[2]["id"] == output["command_id"]
        assert stream.read() == (6, "BashOutput", output)


def test_a_place_that_never_was_is_a_gap(server):
    server.run("true")
    with Events(server, last_id=1000) as stream:
        stream.read()
        assert stream.read()[1] == "gap"
        assert stream.read()[:2] == (1, "BashCommand")


def test_an_id_that_is_none_is_refused(server):
    answer = server.get(STREAM, headers={"Last-Event-ID": "abc"})
    assert answer.status == 400 and "Last-Event-ID" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["?resend_mode=some", "?after=-1", "?after=x", "?command_id__eq=x"]
)
def test_a_bad_query_of_a_stream_is_refused(server, query):
    assert server.get(STREAM + query).status == 422


def test_the_key_of_a_stream_may_come_by_query_or_cookie(server):
    assert ask(server, head("GET", STREAM)).status == 401
    with Events(server, f"?session_api_key={server.key}", key=None) as stream:
        assert stream.status == 200
    with Raw(server) as connection:
        connection.send(head("GET", STREAM, Cookie=f"oh_workspace_session_key={server.key}"))
        assert connection.read_head()[0] == 200


def test_numbers_go_on_after_a_restart(start):
    first = start()
    first.run("true")
    first.stop()
    second = start()
    output = second.run("printf x")
    with Events(second, last_id=2) as stream:
        stream.read()
        assert stream.read()[0] == 3
        assert stream.read() == (4, "BashOutput", output)
