"""Hooks that a model judges: what it is asked, and what its verdict does."""

import json

import pytest
from conversations import running_model, start_conversation
from model import Turn, call, fail, finish, say

RULE = {"type": "prompt", "name": "guard", "prompt": "Nothing may be deleted."}
ASKS = [call("terminal", command="echo asked"), finish()]


@pytest.fixture
def model():
    with running_model() as model:
        yield model


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
