"""Conversations over HTTP: made, listed, changed, run, forked and deleted."""

import concurrent.futures
import json
import os
import uuid

import pytest
from conversations import (
    CONVERSATIONS,
    Conversation,
    description,
    names,
    running_model,
    start_conversation,
)
from model import call, fail, finish, say

UNKNOWN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def new(server, model):
    """new([turns …], …): a conversation whose model does these turns."""

    def make(turns=(say("hello"),), **more):
        return start_conversation(server, model.script(list(turns)), **more)

    return make


# --- making them


def test_a_new_conversation_is_idle_and_shows_no_secret(new):
    conversation = new(secrets={"TOKEN": {"kind": "StaticSecret", "value": "a secret"}})
    assert conversation.info["execution_status"] == "idle"
    assert conversation.info["runtime_info"] is None
    assert conversation.info["agent"]["llm"]["api_key"] is None
    assert conversation.get()["runtime_info"]["runtime_status"] == "available"
    text = json.dumps([conversation.info, conversation.get()])
    assert "a secret" not in text and "a key of the model's" not in text


def test_the_smallest_request_is_enough(server, tmp_path):
    body = {
        "agent": {"llm": {"model": "gpt-4o-mini", "api_key": "test"}, "tools": []},
        "workspace": {"working_dir": str(tmp_path / "project")},
    }
    assert server.post(CONVERSATIONS, body).status == 201


def test_the_same_id_gives_the_same_conversation(server, model, tmp_path):
    body = description(model.script([say("hello")]), tmp_path, conversation_id=str(uuid.uuid4()))
    first, second = server.post(CONVERSATIONS, body), server.post(CONVERSATIONS, body)
    assert (first.status, second.status) == (201, 200)
    assert first.json()["id"] == second.json()["id"] == body["conversation_id"]
    assert server.get(CONVERSATIONS + "/count").text == "1"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"agent": None}, "One of `agent`, `agent_settings`, or `agent_profile_id`"),
        ({"workspace": None}, "workspace"),
        ({"max_iterations": 0}, "greater than or equal to 1"),
        ({"tags": {"A": "x"}}, "Tag key 'A' is invalid"),
        ({"conversation_runtime": "docker"}, "This server only runs local conversations"),
        ({"parent_conversation_id": UNKNOWN}, f"Parent conversation {UNKNOWN} not found"),
        ({"initial_message": {"content": [{"type": "sound"}]}}, "Input should be"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(server, model, tmp_path, change, text):
    body = description(model.script([say("hello")]), tmp_path) | change
    answer = server.post(CONVERSATIONS, body)
    assert answer.status == 422 and text in answer.text, answer
    assert server.get(CONVERSATIONS + "/count").text == "0"


def test_a_profile_that_is_not_there_is_not_found(server, tmp_path):
    body = {"agent_profile_id": UNKNOWN, "workspace": {"working_dir": str(tmp_path)}}
    answer = server.post(CONVERSATIONS, body)
    assert answer.status == 404
    assert answer.json() == {"detail": f"Agent profile with id '{UNKNOWN}' not found"}


def test_a_first_message_starts_a_run(server, model):
    script = model.script([say("hello")])
    message = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
    conversation = start_conversation(server, script, initial_message=message)
    script.wait_for_requests(1)
    with conversation.follow("?resend_mode=all") as follower:
        follower.read_until(lambda event: event["kind"] == "MessageEvent")


def test_a_first_message_finds_out_that_a_tool_is_unknown(start, model, tmp_path):
    server = start()
    server.accepted_errors = ("zzz",)
    message = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
    body = description(model.script([say("x")]), tmp_path, tools=["zzz"], initial_message=message)
    answer = server.post(CONVERSATIONS, body)
    assert answer.status == 500
    assert answer.json()["exception"] == "\"ToolDefinition 'zzz' is not registered\""


# --- finding them


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "", "Not Found"),
        ("PATCH", "", "Not Found"),
        ("DELETE", "", "Not Found"),
        ("GET", "/agent_final_response", "Not Found"),
        ("GET", "/runtime", "Not Found"),
        ("POST", "/runtime/reprovision", "Not Found"),
        ("POST", "/run", "Not Found"),
        ("POST", "/pause", "Not Found"),
        ("POST", "/interrupt", "Not Found"),
        ("POST", "/condense", "Conversation not found"),
        ("POST", "/navigate", "Conversation not found"),
        ("POST", "/fork", "Source conversation not found"),
        ("GET", "/events/search", f"Conversation not found: {UNKNOWN}"),
        ("GET", "/events/search?limit=0", f"Conversation not found: {UNKNOWN}"),
        ("POST", "/events", f"Conversation not found: {UNKNOWN}"),
        ("POST", "/events/respond_to_confirmation", f"Conversation not found: {UNKNOWN}"),
    ],
)
def test_an_unknown_conversation_is_not_found(server, method, path, text):
    body = {} if method != "GET" else None
    answer = server.request(method, f"{CONVERSATIONS}/{UNKNOWN}{path}", body)
    assert (answer.status, answer.json()) == (404, {"detail": text})


def test_an_id_that_is_none_is_refused(server):
    answer = server.get(CONVERSATIONS + "/nope")
    assert answer.status == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "conversation_id"]


def test_conversations_are_listed_by_pages(server, new):
    made = [new().id for _ in range(3)]
    page = server.query(CONVERSATIONS + "/search", limit=2, sort_order="CREATED_AT").json()
    assert [item["id"] for item in page["items"]] == made[:2]
    assert page["next_page_id"] == uuid.UUID(made[2]).hex
    rest = server.query(
        CONVERSATIONS + "/search", page_id=page["next_page_id"], sort_order="CREATED_AT"
    ).json()
    assert [item["id"] for item in rest["items"]] == made[2:]
    assert rest["next_page_id"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "status=bad", "sort_order=bad"])
def test_a_bad_search_is_refused(server, query):
    assert server.get(f"{CONVERSATIONS}/search?{query}").status == 422


def test_conversations_are_counted_by_status(server, new):
    new()
    new().post("/pause")
    assert server.get(CONVERSATIONS + "/count").text == "2"
    assert server.get(CONVERSATIONS + "/count?status=paused").text == "1"


def test_a_batch_has_null_for_what_is_not_there(server, new):
    conversation = new()
    answer = server.get(f"{CONVERSATIONS}?ids={UNKNOWN}&ids={conversation.id}").json()
    assert answer[0] is None and answer[1]["id"] == conversation.id


def test_a_batch_has_at_most_ninety_nine(server):
    answer = server.get(CONVERSATIONS + "?" + "&".join([f"ids={UNKNOWN}"] * 100))
    assert answer.status == 422
    assert answer.json()["detail"][0]["msg"].endswith("at most 99 items after validation, not 100")
    assert server.get(CONVERSATIONS).status == 422


# --- changing them


def test_a_title_is_stripped_and_tags_are_replaced(new):
    conversation = new(tags={"old": "x"})
    change = {"title": "  A title ", "tags": {"new": "y"}}
    answer = conversation.server.request("PATCH", conversation.path, change)
    assert answer.json() == {"success": True}
    info = conversation.get()
    assert (info["title"], info["tags"]) == ("A title", {"new": "y"})
    assert info["updated_at"] > info["created_at"]


@pytest.mark.parametrize("change", [{"title": ""}, {"title": " "}, {"title": "x" * 201}])
def test_a_title_that_is_none_is_refused(new, change):
    conversation = new()
    assert conversation.server.request("PATCH", conversation.path, change).status == 422
    assert conversation.get()["title"] is None


def test_secrets_are_named_and_never_shown(new):
    conversation = new()
    secrets = {"PLAIN": "hidden", "OTHER": {"value": "hidden"}}
    assert conversation.post("/secrets", {"secrets": secrets}).json() == {"success": True}
    info = conversation.get()
    assert set(info["secret_registry"]["secret_sources"]) == {"PLAIN", "OTHER"}
    assert "hidden" not in json.dumps(info)


@pytest.mark.parametrize("secrets", [5, {"A": 5}, {"A": {"kind": "Nope"}}])
def test_secrets_that_are_none_are_refused(new, secrets):
    assert new().post("/secrets", {"secrets": secrets}).status == 422


def test_policy_and_analyzer_are_told_as_events(new):
    conversation = new()
    conversation.post("/confirmation_policy", {"policy": {"kind": "AlwaysConfirm"}})
    analyzer = {"kind": "LLMSecurityAnalyzer"}
    conversation.post("/security_analyzer", {"security_analyzer": analyzer})
    info = conversation.get()
    assert info["confirmation_policy"] == {"kind": "AlwaysConfirm"}
    assert info["security_analyzer"] == analyzer
    assert names(conversation.events()) == ["confirmation_policy", "security_analyzer"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/confirmation_policy", {"policy": {"kind": "Sometimes"}}),
        ("/confirmation_policy", {"policy": {"kind": "ConfirmRisky", "threshold": "HUGE"}}),
        ("/security_analyzer", {"security_analyzer": {"kind": "Nobody"}}),
        ("/switch_llm", {"llm": {}}),
        ("/switch_llm", {"llm": {"model": "m", "provider_connection_id": "p"}}),
    ],
)
def test_what_a_conversation_cannot_be_changed_to_is_refused(new, path, body):
    assert new().post(path, body).status == 422


# --- running them


def test_a_run_goes_from_message_to_finish(new):
    conversation = new([call("terminal", command="echo one"), finish("all done")])
    conversation.send("go")
    frames = conversation.run_to_end()
    assert frames[-1]["value"]["execution_status"] == "finished"
    kinds = names(frames[:-1])
    assert kinds[0] == "execution_status=running"
    assert kinds[-1] == "execution_status=finished"
    assert [kind for kind in kinds if kind.endswith("Event")] == [
        "ActionEvent",
        "ObservationEvent",
    ] * 2
    assert conversation.get("/agent_final_response") == {"response": "all done"}
    assert conversation.status == "finished"


def test_what_the_socket_tells_is_what_rest_tells(new):
    conversation = new([call("terminal", command="true"), say("that is all")])
    with conversation.follow() as follower:
        follower.read_state()
        conversation.send("go")
        conversation.run()
        frames = follower.read_to_end()
    assert frames[:-1] == conversation.events()
    assert conversation.get("/agent_final_response") == {"response": "that is all"}


def test_a_run_is_seen_before_it_is_answered(new, model):
    conversation = new([say("late", waits_for="gate")])
    conversation.send("go")
    conversation.run()
    assert conversation.status == "running"
    second = conversation.post("/run")
    assert second.status == 409
    assert second.json()["detail"].startswith("Conversation already running.")
    with conversation.follow() as follower:
        assert follower.read_state()["execution_status"] == "running"
        model.release("gate")
        follower.read_to_end()


def test_a_message_may_start_the_run(new):
    conversation = new()
    with conversation.follow() as follower:
        follower.read_state()
        conversation.send("go", run=True)
        assert follower.read_to_end()[-1]["value"]["execution_status"] == "finished"


def test_a_message_of_somebody_else_is_refused(new):
    conversation = new()
    conversation.server.accepted_errors = ("Only user messages",)
    answer = conversation.post("/events", {"role": "assistant", "content": []})
    assert answer.status == 500
    assert answer.json()["exception"] == "Only user messages are allowed to be sent to the agent."


@pytest.mark.parametrize(
    "item",
    [5, {}, {"type": "sound"}, {"type": "text"}, {"type": "text", "text": "x", "more": 1}],
)
def test_content_that_is_none_is_refused(new, item):
    conversation = new()
    assert conversation.post("/events", {"content": [item]}).status == 422
    assert conversation.events() == []


def test_an_interrupted_run_is_paused(new, model):
    conversation = new([say("never", waits_for="gate")])
    conversation.send("go")
    with conversation.follow() as follower:
        follower.read_state()
        conversation.run()
        conversation.script.wait_for_requests(1)
        assert conversation.post("/interrupt").json() == {"success": True}
        assert follower.read_to_end()[-1]["value"]["execution_status"] == "paused"
    path = "openhands.sdk.event.user_action.InterruptEvent"
    assert len(conversation.events(kind=path)) == len(conversation.events(kind="InterruptEvent"))
    assert conversation.status == "paused"
    model.release("gate")


def test_a_rejected_key_ends_the_run_with_an_error(new):
    conversation = new([fail(401, "no such key")])
    conversation.send("go")
    assert conversation.run_to_end()[-1]["value"]["execution_status"] == "error"
    (error,) = conversation.events(kind="ConversationErrorEvent")
    assert error["code"] == "LLMAuthenticationError"


def test_actions_wait_for_a_yes(new):
    conversation = new(
        [call("terminal", command="echo yes"), finish()],
        confirmation_policy={"kind": "AlwaysConfirm"},
    )
    conversation.send("go")
    assert conversation.run_to_end()[-1]["value"]["execution_status"] == "waiting_for_confirmation"
    assert conversation.events(kind="ObservationEvent") == []
    with conversation.follow() as follower:
        follower.read_state()
        answer = conversation.post("/events/respond_to_confirmation", {"accept": True})
        assert answer.json() == {"success": True}
        follower.read_to_end()
    assert len(conversation.events(kind="ObservationEvent")) == 2


def test_actions_that_get_a_no_are_rejected(new):
    conversation = new(
        [call("terminal", command="echo no")], confirmation_policy={"kind": "AlwaysConfirm"}
    )
    conversation.send("go")
    conversation.run_to_end()
    refusal = {"accept": False, "reason": "not today"}
    assert conversation.post("/events/respond_to_confirmation", refusal).status == 200
    (rejection,) = conversation.events(kind="UserRejectObservation")
    assert rejection["rejection_reason"] == "not today"
    assert conversation.status == "idle"


def test_one_run_too_many_is_told_so(start, model):
    server = start(env={"OH_MAX_CONCURRENT_RUNS": "1"})
    busy = start_conversation(server, model.script([say("late", waits_for="gate")]))
    other = start_conversation(server, model.script([say("hello")]))
    busy.send("go")
    busy.run()
    assert other.post("/run").status == 429
    content = [{"type": "text", "text": "hi"}]
    refused = other.post("/events", {"content": content, "run": True})
    assert refused.status == 429 and "Message saved" in refused.text
    body = description(model.script([say("x")]), server.cwd)
    answer = server.post(CONVERSATIONS, body)
    assert answer.status == 429
    limit = "Conversation run limit reached. Retry the request later."
    assert answer.json() == {"detail": limit}
    with busy.follow() as follower:
        follower.read_state()
        model.release("gate")
        follower.read_to_end()
    assert server.post(CONVERSATIONS, body).status == 201


def test_a_first_message_keeps_the_slot_of_its_creation(start, model, tmp_path):
    server = start(env={"OH_MAX_CONCURRENT_RUNS": "1"})
    other = start_conversation(server, model.script([say("hello")]))
    began, gate = tmp_path / "began", tmp_path / "gate"
    os.mkfifo(began)
    os.mkfifo(gate)
    hook = {"type": "command", "command": f"echo > {began}; cat {gate}"}
    body = description(
        model.script([say("done", waits_for="gate")]),
        tmp_path / "project",
        initial_message={"content": [{"type": "text", "text": "go"}]},
        hook_config={"user_prompt_submit": [{"hooks": [hook]}]},
    )
    with concurrent.futures.ThreadPoolExecutor() as pool:
        creating = pool.submit(server.post, CONVERSATIONS, body)
        began.read_text()
        assert other.post("/run").status == 429
        gate.write_text("")
        answer = creating.result()
    assert answer.status == 201
    with Conversation(server, answer.json(), None).follow() as follower:
        assert follower.read_state()["execution_status"] == "running"
        model.release("gate")
        follower.read_to_end()
    other.run()


SECRETS = {"TOKEN": {"kind": "StaticSecret", "value": "a secret"}}
TIME = "The current date and time is: "


@pytest.mark.parametrize(
    ("context", "secrets", "told"),
    [
        ({}, {}, TIME + "2"),
        ({"current_datetime": "2020-01-01T00:00:00Z"}, {}, "+00:00\n</CURRENT_DATETIME>"),
        ({"current_datetime": "Tuesday"}, {}, TIME + "Tuesday"),
        ({"current_datetime": None}, SECRETS, None),
        (None, SECRETS, TIME + "2"),
    ],
)
def test_an_agent_with_a_context_is_told_the_time(server, model, tmp_path, context, secrets, told):
    body = description(model.script([say("hello")]), tmp_path / "project", secrets=secrets)
    body["agent"]["agent_context"] = context
    conversation = Conversation(server, server.post(CONVERSATIONS, body).json(), None)
    conversation.send("hi")
    (prompt,) = conversation.events(kind="SystemPromptEvent")
    text = prompt.get("dynamic_context", {"text": ""})["text"]
    assert (told or "CUSTOM_SECRETS") in text and (TIME in text) == (told is not None)


def test_a_question_leaves_no_trace_but_its_costs(new):
    conversation = new([say("hello"), say("an answer")])
    conversation.send("go")
    conversation.run_to_end()
    before = conversation.events()
    assert conversation.post("/ask_agent", {"question": "why?"}).json() == {"response": "an answer"}
    assert all(event.get("key") == "stats" for event in conversation.events()[len(before) :])


@pytest.mark.parametrize(
    ("condenser", "reason"),
    [
        (None, "No condenser configured"),
        (
            {"kind": "NoOpCondenser"},
            "Condenser NoOpCondenser does not handle condensation requests",
        ),
    ],
)
def test_condensing_needs_a_condenser_and_begins_nothing_without(
    server, model, tmp_path, condenser, reason
):
    body = description(model.script([say("hello")]), tmp_path / "project")
    body["agent"]["condenser"] = condenser
    conversation = Conversation(server, server.post(CONVERSATIONS, body).json(), None)
    answer = conversation.post("/condense")
    assert answer.status == 409
    assert answer.json()["detail"] == f"Cannot condense conversation: {reason}"
    assert conversation.events() == []


def test_another_model_answers_after_the_switch(new, model):
    conversation = new([say("one")])
    other = model.script([say("two")])
    llm = description(other, "/")["agent"]["llm"] | {"model": "openai/gpt-4o-mini"}
    assert conversation.post("/switch_llm", {"llm": llm}).json() == {"success": True}
    conversation.send("go")
    conversation.run_to_end()
    assert conversation.get("/agent_final_response") == {"response": "two"}
    assert conversation.get()["agent"]["llm"]["model"] == "openai/gpt-4o-mini"


# --- events


def test_events_are_found_by_pages_in_both_orders(new):
    conversation = new()
    conversation.send("one")
    everything = conversation.events()
    page = conversation.get("/events/search", limit=2)
    assert page["items"] == everything[:2] and page["next_page_id"] == everything[2]["id"]
    assert conversation.events(page_id=page["next_page_id"]) == everything[2:]
    assert conversation.events(sort_order="TIMESTAMP_DESC") == everything[::-1]
    assert conversation.get("/events/count") == len(everything)


def test_events_are_filtered(new):
    conversation = new()
    conversation.send("Hello World")
    (message,) = conversation.events(kind="MessageEvent")
    path = "openhands.sdk.event.llm_convertible.message.MessageEvent"
    assert conversation.events(kind=path) == [message]
    assert conversation.events(source="user") == [message]
    assert conversation.events(body="hello w") == [message]
    assert conversation.events(body="goodbye") == conversation.events(kind="Nope") == []
    since = message["timestamp"]
    assert conversation.events(timestamp__gte=since)[0] == message
    assert message not in conversation.events(timestamp__lt=since)
    assert conversation.events(timestamp__gte=since + "+14:00")[0]["kind"] == "SystemPromptEvent"


def test_one_event_has_its_nulls(new):
    conversation = new()
    conversation.send("hi")
    (message,) = conversation.events(kind="MessageEvent")
    whole = conversation.get("/events/" + message["id"])
    assert "sender" not in message and whole["sender"] is None
    assert conversation.server.get(f"{conversation.path}/events/{UNKNOWN}").status == 404


def test_a_batch_of_events_is_asked_for_in_the_body(new):
    conversation = new()
    conversation.send("hi")
    (message,) = conversation.events(kind="MessageEvent")
    path = conversation.path + "/events"
    answer = conversation.server.request("GET", path, [UNKNOWN, message["id"]])
    assert answer.json()[0] is None and answer.json()[1]["id"] == message["id"]
    assert conversation.server.get(path).status == 422


# --- branches


def test_a_fork_has_the_history_and_goes_its_own_way(new):
    conversation = new([say("one"), say("two")])
    conversation.send("go")
    conversation.run_to_end()
    answer = conversation.post("/fork", {"title": "A fork", "tags": {"of": "one"}})
    assert answer.status == 201
    fork = answer.json()
    assert fork["forked_from_conversation_id"] == conversation.id
    assert (fork["title"], fork["tags"], fork["execution_status"]) == (
        "A fork",
        {"of": "one"},
        "idle",
    )
    path = f"{CONVERSATIONS}/{fork['id']}/events/search"
    assert conversation.server.get(path).json()["items"] == conversation.events()
    again = conversation.post("/fork", {"id": fork["id"]})
    assert again.status == 409 and again.json()["detail"].endswith("already exists")


def test_a_fork_from_an_event_that_is_not_there_is_not_found(new):
    answer = new().post("/fork", {"from_event_id": "nowhere"})
    assert (answer.status, answer.json()) == (404, {"detail": "Unknown from_event_id: nowhere"})


def test_navigating_moves_where_the_conversation_goes_on(new):
    conversation = new([say("one"), say("two")])
    conversation.send("first")
    (message,) = conversation.events(kind="MessageEvent")
    conversation.send("second")
    info = conversation.post("/navigate", {"event_id": message["id"]}).json()
    assert info["leaf_event_id"] == message["id"]
    conversation.send("third")
    third = conversation.events(kind="MessageEvent")[-1]
    assert third["parent_id"] == message["id"]
    missing = conversation.post("/navigate", {"event_id": "nowhere"})
    assert (missing.status, missing.json()) == (404, {"detail": "Unknown event_id: nowhere"})


# --- their end


def test_a_deleted_conversation_is_gone_with_all_it_stored(new):
    conversation = new()
    folder = conversation.server.cwd / conversation.info["persistence_dir"]
    assert (folder / "meta.json").exists()
    answer = conversation.server.request("DELETE", conversation.path)
    assert answer.json() == {"success": True}
    assert conversation.server.get(conversation.path).status == 404
    assert conversation.server.request("DELETE", conversation.path).status == 404
    assert not folder.exists()


def test_a_conversation_goes_on_after_a_restart(start, model):
    settings = {"OH_SECRET_KEY": "a key for secrets"}
    server = start(env=settings)
    conversation = start_conversation(server, model.script([say("one"), say("two")]))
    conversation.send("go")
    conversation.run_to_end()
    before = conversation.events()
    server.stop()
    conversation.server = start(env=settings)
    assert conversation.events() == before
    conversation.send("go on")
    conversation.run_to_end()
    assert conversation.get("/agent_final_response") == {"response": "two"}


def test_conversations_are_closed_for_a_pause_and_open_again(server, new):
    conversation = new()
    conversation.send("hi")
    before = conversation.events()
    assert server.post(CONVERSATIONS + "/prepare-for-sandbox-pause").status == 204
    assert conversation.events() == before


def test_the_server_ends_while_a_model_is_at_work(start, model):
    server = start()
    conversation = start_conversation(server, model.script([say("never", waits_for="gate")]))
    conversation.send("go")
    conversation.run()
    conversation.script.wait_for_requests(1)
    server.stop()
    model.release("gate")


def test_conversations_begin_with_deferred_init(start, model, tmp_path):
    server = start(env={"OH_DEFERRED_INIT": "true", "OH_SECRET_KEY": "init key"}, key=None)
    body = description(model.script([say("hello")]), tmp_path / "project")
    assert server.post(CONVERSATIONS, body).status == 503
    place = {"conversations_path": str(tmp_path / "elsewhere")}
    answer = server.post("/api/init", place, headers={"X-Init-API-Key": "init key"})
    assert answer.status == 200, answer
    assert server.post(CONVERSATIONS, body).status == 201


def test_tools_and_capabilities_are_announced(server):
    info = server.get("/server_info").json()
    assert {"terminal", "file_editor", "task_tracker"} <= set(info["usable_tools"])
    assert info["capabilities"] == [
        "conversation_runtime_routes_v1",
        "idempotent_conversation_create_v1",
    ]
