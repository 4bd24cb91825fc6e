"""The session socket and the stream of server-sent events of a conversation: history and what
happens in one order, with numbers, taken up again without a gap and without a repeat."""

import contextlib
import json

import pytest
from conversations import description, is_state, is_update, names, running_model, start_conversation
from model import call, finish, say
from raw import BINARY_FRAME, Raw, Socket, head

UNKNOWN = "11111111-2222-4333-8444-555555555555"
MESSAGE = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
LONG_OUTPUT = "head -c 25000 /dev/zero | tr '\\0' x"


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def new(server, model):
    """new([turns …], streams=…): a conversation whose model does these turns."""

    def make(turns=(say("hello"),), streams=False, **more):
        script = model.script(list(turns))
        agent = description(script, server.cwd / "project")["agent"]
        agent["llm"]["stream"] = streams
        return start_conversation(server, script, agent=agent, **more)

    return make


def is_end(frame):
    event = frame.get("event", {})
    return is_state(event) and event["value"]["execution_status"] not in ("idle", "running")


def is_durable(frame):
    return frame["type"] == "durable"


class Reader:
    """What clients of both kinds do; `last` is the number of the last stored event they have."""

    last = None

    def note(self, frame):
        if is_durable(frame):
            assert self.last is None or frame["seq"] == self.last + 1, (self.last, frame)
            self.last = frame["seq"]
        return frame

    def read_until(self, is_wanted):
        frames = [self.read()]
        while not is_wanted(frames[-1]):
            frames.append(self.read())
        return frames

    def read_to_end(self):
        return self.read_until(is_end)


class Session(Reader, Socket):
    def __init__(self, conversation, after=None, query="", **options):
        query += "" if after is None else f"?after_seq={after}"
        super().__init__(
            conversation.server, f"/sockets/session/{conversation.id}{query}", **options
        )
        if after is not None:
            self.last = max(after, -1)

    def read(self):
        return self.note(self.read_event())


class Stream(Reader, Raw):
    """Server-sent events, given as the frames of a session socket."""

    def __init__(self, conversation, after=None, last_id=None, key=..., query="", **options):
        super().__init__(conversation.server, **options)
        fields = {} if last_id is None else {"Last_Event_ID": last_id}
        query += "" if after is None else f"?after_seq={after}"
        path = conversation.path + "/events/stream" + query
        self.send(head("GET", path, conversation.server.key if key is ... else key, **fields))
        self.status, self.headers = self.read_head()
        self.bytes = b""
        self.last_id = last_id
        if self.status == 200 and (after, last_id) != (None, None):
            self.last = int(after if last_id is None else last_id)

    def read_record(self):
        while b"\n\n" not in self.bytes:
            chunk = self.read_chunk()
            if not chunk:
                return None
            self.bytes += chunk
        text, _, self.bytes = self.bytes.partition(b"\n\n")
        lines = [line.partition(": ") for line in text.decode().split("\n")]
        return {name: value for name, _, value in lines}

    def read(self):
        while (record := self.read_record()) is not None:
            if "data" not in record:
                continue
            self.last_id = record.get("id", self.last_id)
            data = json.loads(record["data"])
            if record["event"] == "durable":
                return self.note({"type": "durable", "seq": int(record["id"]), "event": data})
            if record["event"] == "transient":
                return {"type": "transient", "event": data}
            assert data["type"] == record["event"]
            return data
        return None


BOTH = pytest.mark.parametrize("kind", [Session, Stream])


def stored(conversation):
    return [
        {"type": "durable", "seq": number, "event": event}
        for number, event in enumerate(conversation.all_events())
    ]


def durable(frames):
    return list(filter(is_durable, frames))


# --- where it begins


@BOTH
def test_an_empty_log_is_in_sync_with_nothing(new, kind):
    with kind(new()) as reader:
        assert reader.read() == {"type": "sync"}
        assert is_state(reader.read()["event"])


@BOTH
@pytest.mark.parametrize(("after", "first"), [(-1, 0), (-7, 0), (1, 2), (None, 9), (99, 9)])
def test_history_comes_behind_the_number_that_was_named(new, kind, after, first):
    conversation = new()
    conversation.send("go", run=True)
    with kind(conversation, -1) as reader:
        reader.read_to_end()
    history = stored(conversation)
    with kind(conversation, after) as reader:
        reader.last = None
        sync = {"type": "sync"} | ({} if after is None else {"from_seq": after})
        assert reader.read() == sync | {"through_seq": len(history) - 1}
        frames = reader.read_until(lambda frame: frame["type"] == "transient")
        assert frames[:-1] == history[first:]
        assert is_state(frames[-1]["event"])


@BOTH
def test_what_happens_meanwhile_comes_once_and_behind_the_history(new, kind):
    turns = [call("terminal", command=f"echo {number}") for number in range(40)]
    conversation = new([*turns, finish()])
    conversation.send("go")
    with conversation.follow() as follower:
        follower.read_state()
        conversation.run()
        follower.read_until(lambda event: event["kind"] == "ObservationEvent")
        with kind(conversation, -1) as reader:
            frames = reader.read_to_end()
    assert durable(frames) == stored(conversation)


@BOTH
def test_an_unknown_conversation(server, kind):
    class Unknown:
        id, path = UNKNOWN, "/api/conversations/" + UNKNOWN

    Unknown.server = server
    with kind(Unknown) as reader:
        if kind is Session:
            assert reader.read_close() == 4004
        else:
            assert reader.status == 404


@pytest.mark.parametrize("query", ["?after_seq=x", "?after_seq=", "?session_api_key=wrong"])
def test_a_handshake_that_is_wrong_is_refused(new, query):
    with Session(new(), query=query, key=None) as reader:
        assert reader.status == 403


def test_a_stream_takes_the_key_in_the_query_or_not_at_all(new):
    conversation = new()
    key = conversation.server.key
    with Stream(conversation, query=f"?session_api_key={key}", key=None) as reader:
        assert reader.status == 200 and reader.headers["content-type"].startswith("text/event-s")
    with Stream(conversation, key=None) as reader:
        assert reader.status == 401
    with Stream(conversation, last_id="x") as reader:
        assert reader.status == 400


def test_the_first_message_may_carry_the_key(new):
    conversation = new()
    with Session(conversation, key=None) as reader:
        reader.send_json({"type": "auth", "session_api_key": conversation.server.key})
        assert reader.read()["type"] == "sync"


def test_fifty_read_and_the_next_is_told_to_try_later(new):
    conversation = new()
    with contextlib.ExitStack() as stack:
        for number in range(50):
            reader = stack.enter_context((Session, Stream)[number % 2](conversation))
            reader.read()
        with Session(conversation) as one_more:
            assert one_more.read_close() == 1013
        with Stream(conversation) as one_more:
            assert one_more.status == 429


# --- text that is streamed


@BOTH
def test_an_answer_grows_and_becomes_an_event(new, kind):
    conversation = new([say("a long answer", pieces=3)], streams=True)
    conversation.send("go")
    with kind(conversation, -1) as reader:
        reader.read_until(lambda frame: frame["type"] == "transient")
        conversation.run()
        frames = reader.read_to_end()
    (started,) = (frame for frame in frames if frame["type"] == "item_started")
    deltas = [frame for frame in frames if frame["type"] == "delta"]
    (answer,) = (
        frame for frame in durable(frames) if frame["event"]["id"] == started["item_id"]
    )
    assert started["attempt"] == 1 and started["anchor_seq"] < answer["seq"]
    assert [delta["order"] for delta in deltas] == list(range(len(deltas))) and len(deltas) >= 3
    assert {delta["item_id"] for delta in deltas} == {started["item_id"]}
    assert "".join(delta["content"] for delta in deltas) == "a long answer"
    order = [frames.index(frame) for frame in (started, *deltas, answer)]
    assert order == sorted(order)
    assert "StreamingDeltaEvent" not in names(frame["event"] for frame in durable(frames))


@BOTH
def test_an_answer_that_is_interrupted_is_closed(new, model, kind):
    conversation = new([say("never the end of it", pieces=2, waits_for="gate")], streams=True)
    conversation.send("go")
    with kind(conversation, -1) as reader:
        reader.read_until(lambda frame: frame["type"] == "transient")
        conversation.run()
        started = reader.read_until(lambda frame: frame["type"] == "item_started")[-1]
        reader.read_until(lambda frame: frame["type"] == "delta")
        conversation.post("/interrupt")
        aborted = reader.read_until(lambda frame: frame["type"] == "item_aborted")[-1]
        reader.read_to_end()
    assert aborted["item_id"] == started["item_id"] and aborted["reason"] == "cancelled"
    model.release("gate")


# --- slow, stalled and reconnecting readers beside a fast one


@pytest.fixture
def long(new):
    """A conversation whose run says about four megabytes."""
    turns = [call("terminal", command=f"echo {number}; {LONG_OUTPUT}") for number in range(150)]
    conversation = new([*turns, finish()])
    conversation.send("go")
    return conversation


@BOTH
def test_a_stalled_reader_misses_nothing_and_holds_up_nobody(long, kind):
    with kind(long, -1, receive_bytes=4096) as stalled, kind(long, -1) as fast:
        fast.read()
        long.run()
        fast_frames = fast.read_to_end()
        stalled_frames = stalled.read_to_end()
    assert durable(stalled_frames) == durable(fast_frames) == stored(long)


@BOTH
def test_a_reader_that_comes_and_goes_gets_each_event_once(long, kind):
    seen, last = [], -1
    with kind(long, -1) as fast:
        fast.read()
        long.run()
        while not seen or seen[-1]["event"].get("value") != "finished":
            with kind(long, last) as reader:
                for _ in range(7):
                    frame = reader.read()
                    seen += [frame] if is_durable(frame) else []
                    if is_end(frame):
                        break
                last = reader.last
                reader.reset()
        assert durable(fast.read_to_end()) == stored(long)
    assert seen == stored(long)[: len(seen)]
    assert len(stored(long)) - len(seen) <= 1


def test_a_stream_goes_on_behind_the_last_id_like_a_browser(long):
    with Stream(long, -1) as reader:
        long.run()
        frames = [reader.read() for _ in range(20)]
        last_id = reader.last_id
    with Stream(long, last_id=last_id) as reader:
        frames += reader.read_to_end()
    assert durable(frames) == stored(long)


def test_a_stream_that_has_seen_nothing_goes_on_where_it_began(new):
    conversation = new()
    conversation.send("one")
    with Stream(conversation) as reader:
        reader.read()
        last_id = reader.last_id
    conversation.send("two")
    with Stream(conversation, last_id=last_id) as reader:
        frames = reader.read_until(is_durable)
    assert frames[-1]["event"]["llm_message"]["content"][0]["text"] == "two"


def test_a_frame_that_is_too_large_ends_the_socket_and_not_the_stream(new):
    conversation = new()
    conversation.send("x" * (5 << 20))
    with Session(conversation, -1) as reader:
        assert reader.read_close() == 1013
    with Stream(conversation, -1) as reader:
        reader.read_until(lambda frame: frame["type"] == "transient")
        assert reader.last == len(stored(conversation)) - 1


def test_readers_of_all_kinds_see_the_same(new):
    conversation = new([call("terminal", command="true"), finish()])
    with (
        Session(conversation, -1) as session,
        Stream(conversation, -1) as stream,
        conversation.follow() as follower,
    ):
        follower.read_state()
        session.read()
        stream.read()
        conversation.send("go", run=True)
        events = [event for event in follower.read_to_end() if not is_state(event)]
        for reader in (session, stream):
            frames = durable(reader.read_to_end())
            assert [frame["event"] for frame in frames] == events == conversation.all_events()


# --- what a client of the socket sends


def test_a_message_starts_a_run(new):
    with Session(new(), -1) as reader:
        reader.send_json({"type": "auth", "session_api_key": "any"})
        reader.send_json(MESSAGE)
        frames = reader.read_to_end()
    events = [frame["event"] for frame in durable(frames)]
    assert any(is_update(event, "execution_status", "finished") for event in events)


@pytest.mark.parametrize(
    ("message", "code", "detail"),
    [
        (b"", "JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "ValidationError", None),
        (
            b'{"role":"assistant","content":[]}',
            "AssertionError",
            "Only user messages are allowed to be sent to the agent.",
        ),
    ],
)
def test_what_is_wrong_with_a_message_is_told_and_the_socket_stays_open(
    new, message, code, detail
):
    with Session(new(), -1) as reader:
        reader.send_frame(message)
        error = reader.read_until(lambda frame: frame["type"] == "error")[-1]
        assert error["code"] == code and detail in (None, error["detail"])
        reader.send_json(MESSAGE)
        reader.read_to_end()


def test_a_binary_message_is_an_error(new):
    with Session(new()) as reader:
        reader.send_frame(b"{}", BINARY_FRAME)
        error = reader.read_until(lambda frame: frame["type"] == "error")[-1]
        assert error == {"type": "error", "code": "KeyError", "detail": "'text'"}


# --- its end


def test_the_end_of_the_conversation_is_the_end_of_both(new):
    conversation = new()
    with Session(conversation) as session, Stream(conversation) as stream:
        session.read()
        stream.read()
        conversation.server.request("DELETE", conversation.path)
        assert session.read_close() == 4004
        assert list(iter(stream.read, None))[-1]["event"]["value"] == "deleting"


def test_both_can_go_on_when_the_conversation_was_closed_to_disk(new):
    conversation = new()
    conversation.send("one")
    with Session(conversation, -1) as session, Stream(conversation, -1) as stream:
        session.read_until(lambda frame: frame["type"] == "transient")
        conversation.server.post("/api/conversations/prepare-for-sandbox-pause")
        assert session.read_close() == 1012
        while stream.read() is not None:
            pass
        assert stream.last == session.last == len(stored(conversation)) - 1
    conversation.send("two")
    for reader in (Session(conversation, session.last), Stream(conversation, session.last)):
        with reader:
            assert reader.read_until(is_durable)[-1]["event"]["kind"] == "MessageEvent"
