"""The socket of a conversation's events: who may listen, what comes, in which form and order."""

import contextlib
import json

import pytest
from conversations import (
    Follower,
    description,
    is_update,
    names,
    running_model,
    start_conversation,
)
from model import call, finish, say
from raw import BINARY_FRAME, PING, PONG

UNKNOWN = "11111111-2222-4333-8444-555555555555"
AUTH = {"type": "auth"}
MESSAGE = {"role": "user", "content": [{"type": "text", "text": "hi"}]}


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def new(server, model):
    def make(turns=(say("hello"),), **more):
        return start_conversation(server, model.script(list(turns)), **more)

    return make


# --- who may listen


@pytest.mark.parametrize(
    "path",
    [
        "nope",
        UNKNOWN + "?resend_mode=some",
        UNKNOWN + "?after_timestamp=yesterday",
        UNKNOWN + "?session_api_key=wrong",
    ],
)
def test_a_handshake_that_is_wrong_is_refused(server, path):
    with Follower(server, path, key=None) as follower:
        assert follower.status == 403


def test_a_plain_get_is_not_found(server):
    assert server.get("/sockets/events/" + UNKNOWN).status == 404


def test_an_unknown_conversation_closes_for_good(server):
    with Follower(server, UNKNOWN) as follower:
        assert follower.status == 101 and follower.read_close() == 4004


def test_the_first_message_may_carry_the_key(new):
    conversation = new()
    with conversation.follow(key=None) as follower:
        follower.send_json(AUTH | {"session_api_key": conversation.server.key})
        assert follower.read_state()["id"] == conversation.id
        follower.send_json(AUTH | {"session_api_key": "any, for it is not looked at"})
        conversation.send("hi")
        assert follower.read_event()["kind"] == "SystemPromptEvent"


def test_a_wrong_key_in_the_first_message_closes_for_good(new):
    with new().follow(key=None) as follower:
        follower.send_json(AUTH | {"session_api_key": "wrong"})
        assert follower.read_close() == 4001


def test_the_fifty_first_is_told_to_try_later(new):
    conversation = new()
    with contextlib.ExitStack() as stack:
        followers = [stack.enter_context(conversation.follow()) for _ in range(50)]
        for follower in followers:
            follower.read_state()
        with conversation.follow() as one_more:
            assert one_more.read_close() == 1013


# --- what comes


def test_the_state_comes_first_even_while_a_tool_is_at_work(new, tmp_path):
    gate = tmp_path / "gate"
    conversation = new([call("terminal", command=f"until [ -e {gate} ]; do :; done"), finish()])
    conversation.send("go")
    with conversation.follow() as follower:
        follower.read_state()
        conversation.run()
        follower.read_until(lambda event: event["kind"] == "ActionEvent")
        with conversation.follow() as other:
            assert other.read_state()["execution_status"] == "running"
            gate.touch()
            assert other.read_to_end()[-1]["value"]["execution_status"] == "finished"


def test_the_state_shows_no_secret(new):
    conversation = new(secrets={"TOKEN": {"kind": "StaticSecret", "value": "hidden"}})
    with conversation.follow() as follower:
        state = follower.read_state()
    assert state["agent"]["llm"]["api_key"] == "**********"
    assert "hidden" not in json.dumps(state)


def test_the_state_has_sums_and_no_list_that_grows(new):
    conversation = new()
    conversation.send("go")
    conversation.run_to_end()
    with conversation.follow() as follower:
        told = follower.read_state()["stats"]["usage_to_metrics"]["agent"]
    stored = conversation.get()["stats"]["usage_to_metrics"]["agent"]
    assert told["accumulated_token_usage"] == stored["accumulated_token_usage"]
    assert len(stored["token_usages"]) == 1 and "token_usages" not in told


def test_history_comes_only_when_asked_for(new):
    conversation = new()
    conversation.send("one")
    everything = conversation.events()
    for query in ("?resend_mode=all", "?resend_all=true"):
        with conversation.follow(query) as follower:
            follower.read_state()
            assert [follower.read_event() for _ in everything] == everything
    since = everything[-1]["timestamp"]
    for query in ("", "?resend_mode=since", f"?resend_mode=since&after_timestamp={since}"):
        with conversation.follow(query) as follower:
            follower.read_state()
            if "after" in query:
                assert follower.read_event() == everything[-1]
            conversation.send("more")
            assert follower.read_event()["kind"] == "MessageEvent"


def test_history_and_what_follows_come_once_and_without_a_gap(new):
    turns = [call("terminal", command=f"echo {number}") for number in range(60)]
    conversation = new([*turns, finish()])
    conversation.send("go")
    with conversation.follow() as follower:
        follower.read_state()
        conversation.run()
        follower.read_until(lambda event: event["kind"] == "ObservationEvent")
        with conversation.follow("?resend_mode=all") as late:
            late.read_state()
            frames = late.read_to_end()
    assert frames[:-1] == conversation.all_events()


def test_text_that_is_streamed_comes_in_pieces_and_is_not_stored(server, model):
    script = model.script([say("a long answer", pieces=3)])
    body = description(script, server.cwd / "project")
    body["agent"]["llm"]["stream"] = True
    conversation = start_conversation(server, script, agent=body["agent"])
    conversation.send("go")
    frames = conversation.run_to_end()
    pieces = [event for event in frames if event["kind"] == "StreamingDeltaEvent"]
    assert "".join(piece.get("content", "") for piece in pieces) == "a long answer"
    assert len(pieces) >= 3
    assert conversation.events(kind="StreamingDeltaEvent") == []


def test_an_older_client_gets_what_it_knows(server, model):
    script = model.script([say("hello")])
    agent = description(script, server.cwd)["agent"]
    agent["llm"]["openrouter_site_url"] = "https://docs.all-hands.dev/"  # as every full request
    conversation = start_conversation(server, script, agent=agent)
    conversation.send("go")
    frames = conversation.run_to_end()
    assert not any("parent_id" in event for event in frames + conversation.events())


def test_a_slow_client_misses_nothing_and_holds_up_nobody(new):
    output = "head -c 25000 /dev/zero | tr '\\0' x"
    turns = [call("terminal", command=f"echo {number}; {output}") for number in range(150)]
    conversation = new([*turns, finish()])
    with conversation.follow(receive_bytes=4096) as slow:
        conversation.send("go")
        conversation.run_to_end()
        slow.read_state()
        frames = slow.read_to_end()
    assert frames[:-1] == conversation.all_events()
    assert frames[-1]["value"]["execution_status"] == "finished"


# --- what a client sends


def test_a_message_starts_a_run(new):
    conversation = new()
    with conversation.follow() as follower:
        follower.read_state()
        follower.send_json(MESSAGE)
        frames = follower.read_to_end()
    assert names(frames)[:2] == ["SystemPromptEvent", "MessageEvent"]
    assert frames[-1]["value"]["execution_status"] == "finished"


def test_a_message_right_behind_the_key_is_not_lost(new):
    conversation = new()
    with conversation.follow(key=None) as follower:
        follower.send_json(AUTH | {"session_api_key": conversation.server.key})
        follower.send_json(MESSAGE)
        follower.read_state()
        follower.read_to_end()


@pytest.mark.parametrize(
    ("message", "code", "detail"),
    [
        (b"{", "JSONDecodeError", "line 1 column 2 (char 1)"),
        (b"[]", "ValidationError", "1 validation error for Message"),
        (b"{}", "ValidationError", "role"),
        (b'{"role":"user","content":5}', "ValidationError", "content"),
        (b'{"role":"assistant","content":[]}', "AssertionError", "Only user messages"),
    ],
)
def test_an_error_is_an_event_and_the_socket_stays_open(new, message, code, detail):
    conversation = new()
    with conversation.follow() as follower:
        follower.read_state()
        follower.send_frame(message)
        error = follower.read_event()
        assert (error["kind"], error["code"]) == ("ServerErrorEvent", code)
        assert detail in error["detail"] and error["source"] == "environment"
        follower.send_json(MESSAGE)
        follower.read_to_end()
    assert conversation.events(kind="ServerErrorEvent") == []


def test_a_binary_message_is_an_error(new):
    with new().follow() as follower:
        follower.read_state()
        follower.send_frame(b"{}", BINARY_FRAME)
        error = follower.read_event()
        assert (error["code"], error["detail"]) == ("KeyError", "'text'")


def test_a_ping_is_answered_while_a_model_is_at_work(new, model):
    conversation = new([say("late", waits_for="gate")])
    conversation.send("go")
    with conversation.follow() as follower:
        follower.read_state()
        conversation.run()
        follower.read_until(lambda event: is_update(event, "execution_status", "running"))
        follower.send_frame(b"are you there", PING)
        assert follower.read_frame() == (PONG, b"are you there")
        model.release("gate")
        follower.read_to_end()


# --- its end


def test_the_end_of_the_conversation_is_told(new):
    conversation = new()
    with conversation.follow() as follower:
        follower.read_state()
        conversation.server.request("DELETE", conversation.path)
        assert is_update(follower.read_event(), "execution_status", "deleting")
        assert follower.read_close() == 4004


def test_one_that_is_closed_to_disk_can_be_followed_again(new):
    conversation = new()
    with conversation.follow() as follower:
        follower.read_state()
        conversation.server.post("/api/conversations/prepare-for-sandbox-pause")
        assert follower.read_close() == 1012
    with conversation.follow() as follower:
        assert follower.read_state()["id"] == conversation.id


def test_the_end_of_the_server_is_told(start, model):
    server = start()
    conversation = start_conversation(server, model.script([say("hello")]))
    with conversation.follow() as follower:
        follower.read_state()
        server.kill(15)
        server.expected_exit = -15
        assert follower.read_close() == 1012


def test_a_hundred_reconnects_leave_nothing_open(server, new):
    conversation = new()

    def descriptors():
        return int(server.run(f"ls /proc/{server.pid}/fd | wc -l")["stdout"])

    conversation.send("hi")
    before = descriptors()
    for _ in range(100):
        with conversation.follow("?resend_mode=all") as follower:
            follower.read_state()
    assert descriptors() <= before + 16
