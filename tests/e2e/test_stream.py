"""Live events, server-sent and by WebSocket: each once, in order, whatever happens between."""

import json
import signal
import statistics
import time

import pytest
from raw import Raw, Socket, ask, head
from usage import GROWTH_KIB, memory_kib, without_sanitizer

STREAM = "/api/bash/bash_events/stream"
COOKIE = "oh_workspace_session_key"
FLOOD_BYTES = 50_000_000


class Stream(Raw):
    """A client of server-sent events; it knows the id of the last one, as a browser does."""

    def __init__(self, server, query="", key=..., last=None, **options):
        super().__init__(server, **options)
        fields = {} if last is None else {"Last_Event_ID": last}
        key = server.key if key is ... else key
        self.send(head("GET", STREAM + query, key, **fields))
        self.status, self.headers = self.read_head()
        self.bytes = b""
        self.last = last

    def read_text(self):
        """Up to the next empty line; None at the end of the stream."""
        while b"\n\n" not in self.bytes:
            chunk = self.read_chunk()
            if not chunk:
                return None
            self.bytes += chunk
        text, _, self.bytes = self.bytes.partition(b"\n\n")
        return text.decode()

    def read_event(self):
        """The next event; the position at the beginning and comments are passed over."""
        while (text := self.read_text()) is not None:
            lines = [line.partition(": ") for line in text.split("\n")]
            fields = {name: value for name, _, value in lines}
            self.last = fields.get("id", self.last)
            if "data" in fields and fields["event"] != "position":
                return json.loads(fields["data"])
        return None

    def read_until(self, is_last):
        events = []
        while not events or not is_last(events[-1]):
            events.append(self.read_event())
        return events


def read_rest(stream):
    """What the stream still brings until the server ends it."""
    return list(iter(stream.read_event, None))


def is_end_of(command_id):
    return lambda event: event.get("command_id") == command_id and event["exit_code"] is not None


def run_many(server, count):
    """Runs commands one after the other; gives the end of the last one as a predicate."""
    ends = [server.run(f"echo {number}") for number in range(count)]
    return is_end_of(ends[-1]["command_id"])


def stored(server):
    """All events by search, page by page."""
    events, page = [], {}
    while page is not None:
        found = server.query("/api/bash/bash_events/search", limit=7, **page).json()
        events += found["items"]
        page = found["next_page_id"] and {"page_id": found["next_page_id"]}
    return events


def test_a_stream_shows_what_happens_from_now_on(server):
    server.run("echo before")
    with Stream(server) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        end = server.run("echo now")
        command, output = stream.read_until(is_end_of(end["command_id"]))
    assert (command["kind"], command["command"]) == ("BashCommand", "echo now")
    assert output == end


def test_a_stream_of_all_begins_with_the_oldest_event(server):
    is_last = run_many(server, 20)
    with Stream(server, "?resend_mode=all") as stream:
        assert stream.read_until(is_last) == stored(server)


def test_output_is_streamed_while_the_command_runs(server, tmp_path):
    gate = tmp_path / "gate"
    command = f"mkfifo {gate}; head -c 1500000 /dev/zero | tr '\\0' x; read x < {gate}; echo end"
    with Stream(server) as stream:
        server.post("/api/bash/start_bash_command", {"command": command})
        assert stream.read_event()["command"] == command
        first = stream.read_event()
        assert first["exit_code"] is None and set(first["stdout"]) == {"x"}
        gate.write_text("go\n")
        outputs = [first, *stream.read_until(lambda event: event["exit_code"] is not None)]
    assert "".join(event["stdout"] for event in outputs) == "x" * 1_500_000 + "end\n"


@pytest.mark.parametrize("leave", [Raw.close, Raw.reset])
def test_a_client_that_comes_back_misses_nothing_and_sees_nothing_twice(server, leave):
    is_last = run_many(server, 30)
    events, last = [], "0"
    while not events or not is_last(events[-1]):
        stream = Stream(server, last=last)
        for _ in range(7):
            if not events or not is_last(events[-1]):
                events.append(stream.read_event())
        last = stream.last
        leave(stream)
    assert events == stored(server)


def test_a_client_that_comes_back_while_events_happen_misses_nothing(server):
    """Each connection begins before the events it is to see, and ends in the middle of them."""
    events, last = [], "0"
    for _ in range(10):
        with Stream(server, last=last) as stream:
            is_last = run_many(server, 3)
            events += [stream.read_event() for _ in range(4)]
            last = stream.last
    with Stream(server, last=last) as stream:
        events += stream.read_until(is_last)
    assert events == stored(server)


def test_a_stream_goes_on_after_a_restart_of_the_server(start):
    server = start()
    run_many(server, 10)
    with Stream(server, last="0") as stream:
        events = [stream.read_event() for _ in range(5)]
        server.kill(signal.SIGTERM)
        server.expected_exit = -signal.SIGTERM
        events += read_rest(stream)
        last = stream.last
    server.wait()
    server = start()
    with Stream(server, last=last) as stream:
        events += stream.read_until(run_many(server, 10))
    assert events == stored(server)


def test_a_restart_finds_all_events_of_before(start):
    server = start()
    run_many(server, 150)
    before = stored(server)
    server.stop()
    after = stored(start())
    assert after == before and len(after) == 300


def test_a_killed_server_loses_no_event_that_was_answered(start):
    server = start()
    is_last = run_many(server, 20)
    server.stop(signal.SIGKILL)
    with Stream(start(), last="0") as stream:
        assert len(stream.read_until(is_last)) == 40


def test_the_last_id_may_come_by_query(server):
    is_last = run_many(server, 5)
    with Stream(server, "?last_event_id=4") as stream:
        assert stream.read_until(is_last) == stored(server)[4:]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30])
def test_an_id_that_is_none_is_400(server, last):
    assert ask(server, head("GET", STREAM, server.key, Last_Event_ID=last)).status == 400


def test_the_key_may_come_by_cookie(server):
    request = head("GET", STREAM, Cookie=f"a=b; {COOKIE}={server.key}")
    with Raw(server) as connection:
        connection.send(request)
        assert connection.read_head()[0] == 200


def test_the_key_may_come_by_query(server):
    with Stream(server, f"?session_api_key={server.key}", key=None) as stream:
        assert stream.status == 200


def test_the_cookie_that_signing_in_gives_opens_the_stream(server):
    answer = server.post("/api/auth/workspace-session")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    with Raw(server) as connection:
        connection.send(head("GET", STREAM, Cookie=cookie))
        assert connection.read_head()[0] == 200


@pytest.mark.parametrize("query", ["", "?session_api_key=", "?session_api_key=wrong"])
@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=wrong", f"{COOKIE}="])
def test_no_key_or_a_wrong_one_is_401(server, query, cookie):
    answer = ask(server, head("GET", STREAM + query, Cookie=cookie))
    assert (answer.status, answer.json()) == (401, {"detail": "Unauthorized"})


def test_cookie_and_query_open_no_other_route(server):
    path = f"/api/bash/bash_events/search?session_api_key={server.key}"
    assert ask(server, head("GET", path, Cookie=f"{COOKIE}={server.key}")).status == 401


def test_a_socket_that_asks_for_all_gets_each_event_once(server):
    is_last = run_many(server, 60)
    with Socket(server, "/sockets/bash-events?resend_mode=all") as socket:
        events = [socket.read_event()]
        while not is_last(events[-1]):
            events.append(socket.read_event())
        assert events == stored(server)
        server.run("echo later")
        assert [socket.read_event()["kind"] for _ in range(2)] == ["BashCommand", "BashOutput"]


def test_a_socket_that_joins_while_events_happen_gets_each_once(server):
    sockets = []
    for _ in range(10):
        is_last = run_many(server, 3)
        sockets.append(Socket(server, "/sockets/bash-events?resend_all=true"))
    is_last = run_many(server, 3)
    for socket in sockets:
        events = [socket.read_event()]
        while not is_last(events[-1]):
            events.append(socket.read_event())
        assert events == stored(server)
        socket.close()


def test_the_first_message_opens_a_socket_without_an_acknowledgement(server):
    with Socket(server, key=None) as socket:
        socket.send_json({"type": "auth", "session_api_key": server.key})
        socket.send_json({"type": "auth", "session_api_key": "ignored"})
        socket.send_json({"command": "echo in"})
        assert socket.read_event()["command"] == "echo in"


def flood(server):
    """Prints 50 MB in ten commands, asking /alive all the while; gives the times it took."""
    command = f"head -c {FLOOD_BYTES // 10} /dev/zero | tr '\\0' x"
    started = [
        server.post("/api/bash/start_bash_command", {"command": command}).json()["id"]
        for _ in range(10)
    ]
    times = []
    while started:
        begun = time.monotonic()
        assert server.get("/alive").status == 200
        times.append(time.monotonic() - begun)
        if has_ended(server, started[0]):
            started.pop(0)
    return times


def has_ended(server, command_id):
    path = "/api/bash/bash_events/search"
    page = server.query(path, command_id__eq=command_id, limit=1, sort_order="TIMESTAMP_DESC")
    return any(item["exit_code"] is not None for item in page.json()["items"])


@without_sanitizer
@pytest.mark.parametrize("kind", [Stream, Socket])
def test_a_reader_that_never_reads_costs_no_memory_and_no_time(server, kind):
    """Ten commands at work and five queues of a MiB or two are allowed for; 250 MB are not."""
    stalled = [kind(server, receive_bytes=4096) for _ in range(5)]
    before = memory_kib(server, "VmRSS")
    times = flood(server)
    grown = memory_kib(server, "VmHWM") - before
    assert grown < 2 * GROWTH_KIB, grown
    assert statistics.median(times) < 0.05, sorted(times)[-5:]
    for reader in stalled:
        reader.reset()


def test_a_reader_that_was_slow_still_gets_everything(server):
    with Stream(server, receive_bytes=4096) as stream:
        flood(server)
        size = 0
        while size < FLOOD_BYTES:
            size += len(stream.read_event().get("stdout") or "")
    assert size == FLOOD_BYTES
