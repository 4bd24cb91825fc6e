"""Hooks that a model judges, and what it is asked; hooks of the end of a session."""

import json
import os
import select
import signal
from pathlib import Path

import pytest
from conversations import running_model, start_conversation
from model import Turn, call, fail, finish, say
from server import LIMIT_S

RULE = {"type": "prompt", "name": "guard", "prompt": "Nothing may be deleted."}
ASKS = [call("terminal", command="echo asked"), finish()]


PATIENT = {"ACTIOND_DRAIN_TIMEOUT_SECONDS": "3600"}


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def server(start):
    """Its end waits for hooks as long as they take."""
    return start(env=PATIENT)


@pytest.fixture
def new(server, model):
    """new(hooks, verdict, turns): a conversation with these hooks, whose model judges so."""

    def make(hooks, verdict, turns=tuple(ASKS)):
        script = model.script(list(turns), verdict=verdict)
        return start_conversation(server, script, hook_config=hooks)

    return make


def before_tools(hook):
    return {"pre_tool_use": [{"matcher": "terminal", "hooks": [hook]}]}


def work(conversation):
    conversation.send("Go.")
    conversation.run_to_end()
    return conversation.all_events()


def only(events, kind):
    (event,) = [event for event in events if event["kind"] == kind]
    return event


def questions(conversation):
    return [request["body"] for request in conversation.script.requests if is_question(request)]


def is_question(request):
    return not request["body"].get("tools") and "event_type" in json.dumps(request["body"])


def test_a_rule_that_is_kept_lets_the_tool_run(new):
    conversation = new(before_tools(RULE), '{"decision": "allow", "reason": "Only an echo."}')
    events = work(conversation)
    verdict = only(events, "HookExecutionEvent")
    assert verdict["hook_command"] == "prompt-hook:guard"
    assert (verdict["success"], verdict["blocked"], verdict["exit_code"]) == (True, False, 0)
    assert verdict["reason"] == "Only an echo." and "error" not in verdict
    tools = [event["tool_name"] for event in events if event["kind"] == "ObservationEvent"]
    assert tools == ["terminal", "finish"]


def test_the_model_is_told_the_rule_and_the_event(new):
    conversation = new(before_tools(RULE), '{"decision": "allow"}')
    work(conversation)
    (asked,) = questions(conversation)
    system, user = asked["messages"]
    assert "Nothing may be deleted." in json.dumps(system)
    assert "echo asked" in json.dumps(user) and "PreToolUse" in json.dumps(user)
    assert not asked.get("stream") and "tools" not in asked


def test_a_rule_that_is_broken_blocks_the_tool(new):
    conversation = new(before_tools(RULE), 'No:\n{"decision": "deny", "reason": "It deletes."}')
    events = work(conversation)
    assert only(events, "HookExecutionEvent")["blocked"]
    refusal = only(events, "UserRejectObservation")
    assert (refusal["rejection_reason"], refusal["rejection_source"]) == ("It deletes.", "hook")


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        ("I do not know.", "no parseable JSON"),
        (fail(400, "a bad request"), "a bad request"),
    ],
)
def test_a_judge_that_does_not_decide_lets_the_tool_run(new, verdict, error):
    conversation = new(before_tools(RULE), verdict)
    events = work(conversation)
    failed = only(events, "HookExecutionEvent")
    assert (failed["success"], failed["blocked"]) == (False, False)
    assert error in failed["error"] and "defaulting to allow" in failed["reason"]
    assert conversation.status == "finished"


def test_a_judge_that_takes_too_long_lets_the_tool_run(new, model):
    late = Turn(text="late", waits_for="the end")
    conversation = new(before_tools(RULE | {"timeout": 1}), late)
    events = work(conversation)
    model.release("the end")
    assert only(events, "HookExecutionEvent")["error"] == "Hook timed out after 1 seconds"
    assert conversation.status == "finished"


def test_a_pause_does_not_wait_for_a_judge(new, model):
    conversation = new(before_tools(RULE), Turn(text="late", waits_for="the end"))
    conversation.send("Go.", run=True)
    conversation.script.wait_for_requests(2)
    assert conversation.post("/interrupt").status == 200
    assert conversation.status == "paused"
    model.release("the end")


def test_a_judge_may_keep_a_message_out(new):
    hooks = {"user_prompt_submit": [{"hooks": [RULE]}]}
    conversation = new(hooks, '{"decision": "deny", "reason": "It asks to delete."}', [say("hi")])
    events = work(conversation)
    assert only(events, "HookExecutionEvent")["hook_input"] == {"message": "Go."}
    assert conversation.status == "finished"
    assert conversation.script.step_requests() == []


def test_an_agent_without_tools_judges_like_a_rule(new):
    hook = {"type": "agent", "system_prompt": "You are strict."}
    conversation = new(before_tools(hook), '{"decision": "deny", "reason": "Too strict."}')
    events = work(conversation)
    assert only(events, "UserRejectObservation")["rejection_reason"] == "Too strict."
    (asked,) = questions(conversation)
    assert "You are strict." in json.dumps(asked["messages"][0])


def test_an_agent_with_tools_is_not_evaluated_and_says_so(new):
    hook = {"type": "agent", "tools": ["terminal"]}
    conversation = new(before_tools(hook), '{"decision": "deny"}')
    events = work(conversation)
    assert "with tools are not evaluated" in only(events, "HookExecutionEvent")["error"]
    assert questions(conversation) == []


def test_what_a_judge_costs_is_in_the_statistics(new):
    conversation = new(before_tools(RULE), '{"decision": "allow"}')
    work(conversation)
    usage = conversation.get()["stats"]["usage_to_metrics"]
    assert usage["prompt-hook:guard"]["accumulated_token_usage"]["prompt_tokens"] == 100

# --- the end of a session


def at_end(command, **more):
    return {"session_end": [{"hooks": [{"type": "command", "command": command} | more]}]}


def hook_types(conversation):
    events = [event for event in conversation if event["kind"] == "HookExecutionEvent"]
    return [event["hook_event_type"] for event in events]


def stored_events(server, conversation):
    """What is on disk when no server has it open."""
    name = conversation.id.replace("-", "")
    (folder,) = Path(server.cwd).glob(f"**/conversations/{name}/events")
    return [json.loads(path.read_text()) for path in sorted(folder.glob("event-*.json"))]


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def wait_for_word(pipe):
    """Until a command has said something there."""
    fd = os.open(pipe, os.O_RDWR)
    assert select.select([fd], [], [], LIMIT_S)[0], "the command said nothing"
    os.close(fd)


def delete(server, conversation):
    assert server.request("DELETE", conversation.path).status == 200


def test_hooks_of_the_end_run_when_a_conversation_is_deleted(server, new, tmp_path):
    told = tmp_path / "told"
    conversation = new(at_end(f"cat >> {told}"), "", [say("hi")])
    work(conversation)
    delete(server, conversation)
    event = json.loads(told.read_text())
    assert (event["event_type"], event["session_id"]) == ("SessionEnd", conversation.id)
    assert event["metadata"] == {} and event["tool_name"] is None


def test_hooks_of_the_end_run_when_the_server_stops(server, new, tmp_path):
    told = tmp_path / "told"
    conversation = new(at_end(f"cat >> {told}; echo bye"), "", [say("hi")])
    work(conversation)
    server.stop()
    assert json.loads(told.read_text())["event_type"] == "SessionEnd"
    last = stored_events(server, conversation)[-1]
    assert (last["kind"], last["hook_event_type"]) == ("HookExecutionEvent", "SessionEnd")
    assert (last["success"], last["stdout"]) == (True, "bye\n")


def test_the_end_of_a_session_cannot_be_blocked(server, new, tmp_path):
    hook = {"type": "command", "command": "exit 2"}
    told = tmp_path / "told"
    hooks = {"session_end": [{"hooks": [hook, {"command": f"touch {told}"}]}]}
    conversation = new(hooks, "", [say("hi")])
    work(conversation)
    delete(server, conversation)
    assert told.exists()
    assert server.query(conversation.path).status == 404


def test_a_running_conversation_is_paused_before_its_session_ends(server, new, model, tmp_path):
    told = tmp_path / "told"
    conversation = new(at_end(f"touch {told}"), "", [Turn(text="late", waits_for="the end")])
    conversation.send("Go.", run=True)
    conversation.script.wait_for_requests(1)
    server.stop()
    model.release("the end")
    assert told.exists()
    kinds = [event["kind"] for event in stored_events(server, conversation)]
    assert kinds.index("PauseEvent") < kinds.index("HookExecutionEvent")


def test_a_conversation_that_never_began_has_no_session_to_end(server, new, tmp_path):
    told = tmp_path / "told"
    stays = new(at_end(f"touch {told}"), "")
    delete(server, new(at_end(f"touch {told}"), ""))
    server.stop()
    assert not told.exists()
    assert hook_types(stored_events(server, stays)) == []


def test_a_session_ends_once(start, model, tmp_path):
    told = tmp_path / "told"
    first = start(env=PATIENT)
    script = model.script([say("hi")])
    conversation = start_conversation(first, script, hook_config=at_end(f"echo end >> {told}"))
    work(conversation)
    first.stop()
    second = start(env=PATIENT)
    delete(second, conversation)
    assert told.read_text() == "end\n"


@pytest.fixture
def hasty(start):
    """Its end waits a second for whatever is under way."""
    return start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "1"})


def test_a_hook_that_hangs_does_not_hold_the_end(hasty, model):
    hooks = at_end("trap '' TERM; sleep 86400; sleep 86400", timeout=86400)
    conversation = start_conversation(hasty, model.script([say("hi")]), hook_config=hooks)
    work(conversation)
    hasty.stop()
    events = stored_events(hasty, conversation)
    assert not any(event["success"] for event in events if event["kind"] == "HookExecutionEvent")


def test_a_judge_that_hangs_does_not_hold_the_end(hasty, model):
    hooks = {"session_end": [{"hooks": [RULE | {"timeout": 86400}]}]}
    script = model.script([say("hi")], verdict=Turn(text="late", waits_for="the end"))
    work(start_conversation(hasty, script, hook_config=hooks))
    hasty.stop()
    model.release("the end")
    assert any("server.drain_limit" in line for line in hasty.log.wait_for_end())


def test_a_second_signal_does_not_wait_for_hooks_of_the_end(server, new, pipe):
    hooks = at_end(f"echo begun > {pipe}; exec sleep 86400", timeout=86400)
    work(new(hooks, "", [say("hi")]))
    server.kill(signal.SIGTERM)
    wait_for_word(pipe)
    assert server.stop() == -signal.SIGTERM


def test_a_request_that_hangs_leaves_time_for_hooks_of_the_end(start, model, pipe, tmp_path):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "20"})
    told = tmp_path / "told"
    script = model.script([say("hi")])
    hooks = at_end(f"touch {told}; kill -TERM {server.pid}")
    work(start_conversation(server, script, hook_config=hooks))
    connection = server.connect()
    command = {"command": f"echo begun > {pipe}; exec sleep 86400"}
    server.send(connection, "POST", "/api/bash/execute_bash_command", command)
    wait_for_word(pipe)
    server.stop()
    connection.close()
    assert told.exists()
