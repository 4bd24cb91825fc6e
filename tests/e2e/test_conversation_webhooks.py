"""Webhooks: what is posted about conversations, to receivers that are well, slow, dead or back."""

import signal
import sys
from pathlib import Path

import pytest
from conversations import names, running_model, start_conversation
from model import call, finish, say

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from webhook_receiver import running_receiver  # noqa: E402

HOOK = "OH_WEBHOOKS_0_"
NEVER = {HOOK + "FLUSH_DELAY": "3600"}
AT_ONCE = {HOOK + "FLUSH_DELAY": "0.001", HOOK + "RETRY_DELAY": "0"}


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def new(start, model, receiver):
    """new(turns, settings): a conversation of a server whose webhooks go to the receiver."""

    def make(turns=(say("hello"),), settings=NEVER, **more):
        server = start(env={HOOK + "BASE_URL": receiver.url + "/hooks/"} | settings)
        return start_conversation(server, model.script(list(turns)), **more)

    return make


def stored(conversation):
    return [event["id"] for event in conversation.all_events()]


def posted(receiver):
    """The ids of all stored events that were accepted, as they came."""
    return [event["id"] for event in receiver.events() if event.get("key") != "full_state"]


def wait_for_end(receiver, status="finished"):
    receiver.wait_for(lambda event: event.get("value") == status)


def look(conversation):
    (state,) = conversation.server.get("/api/native/webhooks").json()["items"]
    return state


def test_a_run_is_posted_whole_in_order_and_without_waiting(new, receiver):
    conversation = new([call("terminal", command="true"), finish()])
    conversation.send("go", run=True)
    wait_for_end(receiver)
    receiver.wait_for_ids(stored(conversation))
    assert posted(receiver) == stored(conversation)
    assert receiver.events()[0]["key"] == "full_state"
    assert "StreamingDeltaEvent" not in names(receiver.events())


def test_posts_have_the_key_and_whole_events(new, receiver):
    conversation = new()
    conversation.send("go", run=True)
    wait_for_end(receiver)
    post = receiver.wait_for_posts(2)[1]
    assert post["path"] == "/hooks/events/" + conversation.id.replace("-", "")
    assert post["headers"]["x-session-api-key"] == conversation.server.key
    for event in post["body"][1:]:
        assert event == conversation.get("/events/" + event["id"])


def test_headers_and_further_receivers_are_those_of_the_configuration(start, model, receiver):
    settings = {
        "OH_WEBHOOKS_0_BASE_URL": receiver.url + "/first",
        "OH_WEBHOOKS_1_BASE_URL": receiver.url + "/second",
        "OH_WEBHOOKS_1_HEADERS": '{"X-Own": "a value"}',
    }
    start_conversation(start(env=settings), model.script([say("hello")]))
    posts = {post["path"]: post for post in receiver.wait_for_posts(2)}
    assert set(posts) == {"/first/conversations", "/second/conversations"}
    assert posts["/second/conversations"]["headers"]["x-own"] == "a value"


def test_what_clients_do_with_a_conversation_is_posted(new, receiver):
    conversation = new()
    conversation.server.request("PATCH", conversation.path, {"title": "A name"})
    conversation.post("/pause")
    conversation.post("/interrupt")
    conversation.server.request("DELETE", conversation.path)
    infos = receiver.wait_for_infos(5)
    assert [info["execution_status"] for info in infos][:2] == ["idle", "idle"]
    assert [info["title"] for info in infos] == [None] + 4 * ["A name"]
    assert infos[2]["execution_status"] == infos[3]["execution_status"] == "paused"
    assert infos[4]["execution_status"] == "deleting"
    assert all(info["id"] == conversation.id and info["agent"] for info in infos)


def test_the_conversation_comes_before_its_events(new, receiver):
    new(settings=NEVER | {HOOK + "EVENT_BUFFER_SIZE": "1"})
    first, second = receiver.wait_for_posts(2)[:2]
    assert first["path"] == "/hooks/conversations" and "/events/" in second["path"]


def test_a_slow_receiver_gets_everything_once(new, receiver):
    receiver.control({"hold": 1000})
    conversation = new([call("terminal", command="true"), finish()])
    conversation.send("go")
    conversation.run_to_end()
    receiver.control({"release": True})
    receiver.wait_for_ids(stored(conversation))
    assert posted(receiver) == stored(conversation)
    assert all(post["underway"] == 1 for post in receiver.posts)


def test_a_dead_receiver_costs_nothing_and_gets_everything_when_it_is_back(new, receiver):
    receiver.control({"always": 503})
    conversation = new([call("terminal", command="true"), finish()], AT_ONCE)
    conversation.send("go")
    conversation.run_to_end()
    state = look(conversation)
    assert state["queued_events"] >= len(stored(conversation)) and state["dropped_events"] == 0
    assert state["last_error"] == "HTTP status 503" and state["delivered_events"] == 0
    receiver.control({"always": 200})
    receiver.wait_for_ids(stored(conversation))
    assert posted(receiver) == stored(conversation)


def test_a_receiver_without_room_is_left_alone_for_as_long_as_it_asks(new, receiver):
    receiver.control({"answers": [429], "retry_after": "0"})
    conversation = new(settings=NEVER | {HOOK + "RETRY_DELAY": "3600"})
    conversation.send("go", run=True)
    wait_for_end(receiver)
    receiver.wait_for_ids(stored(conversation))


def test_an_event_that_is_refused_does_not_hold_up_the_rest(new, receiver):
    receiver.control({"refuse": "poison"})
    conversation = new()
    conversation.send("poison", run=True)
    wait_for_end(receiver)
    (refused,) = [
        event["id"]
        for event in conversation.all_events()
        if event["kind"] == "MessageEvent" and event["source"] == "user"
    ]
    receiver.wait_for_ids([id for id in stored(conversation) if id != refused])
    assert posted(receiver) == [id for id in stored(conversation) if id != refused]
    assert look(conversation)["dropped_events"] == 1


def test_what_is_owed_leaves_when_the_server_stops(new, receiver):
    conversation = new()
    conversation.send("not run")
    ids = stored(conversation)
    conversation.server.stop()
    assert posted(receiver)[: len(ids)] == ids


def test_a_receiver_that_never_answers_does_not_hold_up_a_stop(new, receiver):
    receiver.control({"hold": 1000})
    conversation = new()
    conversation.send("not run")
    receiver.wait_for_posts(1)
    conversation.server.stop()


def test_a_run_that_the_server_cut_off_is_posted_by_the_next_one(start, model, receiver):
    settings = {HOOK + "BASE_URL": receiver.url} | AT_ONCE
    server = start(env=settings)
    script = model.script([say("never", waits_for="gate")])
    conversation = start_conversation(server, script)
    conversation.send("go", run=True)
    receiver.wait_for(lambda event: event.get("value") == "running")
    server.expected_exit = -signal.SIGKILL
    server.stop(signal.SIGKILL)
    receiver.control({"forget": True})
    start(env=settings)
    receiver.wait_for(lambda event: event.get("value") == "error")
    model.release("gate")


def test_nobody_is_told_without_a_receiver(start, model):
    server = start()
    start_conversation(server, model.script([say("hello")]))
    assert server.get("/api/native/webhooks").json() == {"items": []}


def test_a_password_in_an_address_is_not_shown(start):
    server = start(env={HOOK + "BASE_URL": "http://me:secret@127.0.0.1:9/hooks"})
    (state,) = server.get("/api/native/webhooks").json()["items"]
    assert state["base_url"] == "http://127.0.0.1:9/hooks"
