"""Conversations held through the application server, whose sandbox is our server."""

import socket
import urllib.parse
import uuid

from application import LIMIT_S
from conversation import of_kind, text_of
from model import Call, Turn, call, calls, fail, finish, say

FIRST_KINDS = ["SystemPromptEvent", "MessageEvent"]


def kinds(events):
    return [event["kind"] for event in events if event["kind"] != "ConversationStateUpdateEvent"]


def test_a_conversation_is_started_and_its_history_is_kept(start, model):
    script = model.script([call("terminal", command="echo 'it is' done"), finish("all done")])
    conversation = start(script)
    conversation.wait_for_end()
    history = conversation.history()
    assert kinds(history) == FIRST_KINDS + 2 * ["ActionEvent", "ObservationEvent"]
    assert "it is done" in text_of(of_kind(history, "ObservationEvent")[0])
    assert set(conversation.stored()) <= {event["id"] for event in history}
    assert conversation.status() == "finished"


def test_the_title_becomes_known(begin, model):
    conversation = begin(model.script([say("hello")], title="Name of it"))
    conversation.wait_for_title("Name of it")


def test_messages_go_on_with_a_conversation(begin, model):
    conversation = begin(model.script([say("first"), finish("second")]))
    conversation.wait_for_end()
    assert conversation.send("And now?")["success"]
    conversation.wait_for_end(2)
    messages = of_kind(conversation.history(), "MessageEvent")
    assert [text_of(event) for event in messages] == ["Do it.", "first", "And now?"]


def test_a_message_that_came_too_early_is_not_lost(application, tap, begin, model):
    begin(model.script([say("hello")])).wait_for_end()  # its settings stay
    name = str(uuid.uuid4())
    task = application.post("/api/v1/app-conversations", {"conversation_id": name})
    content = [{"type": "text", "text": "I am early."}]
    path = f"/api/v1/conversations/task-{task['id']}/pending-messages"
    application.post(path, {"role": "user", "content": content})
    tap.wait_for(name, lambda events: "I am early." in str(events), "early message")


def test_all_kinds_of_events_are_understood(begin, model):
    conversation = begin(
        model.script(
            [
                call("think", thought="First this, then that."),
                call("task_tracker", command="plan", task_list=[{"title": "mend it"}]),
                call("file_editor", command="create", path="/nowhere/at/all", file_text="x"),
                calls(Call("terminal", {"command": "pwd"}), Call("terminal", {"command": "id"})),
                call("no_such_tool", a=1),
                calls(Call("terminal", "{broken")),
                call("terminal", command="exit 3"),
                call("create_pr", repo_name="a/b", source_branch="c", target_branch="d", title="e"),
                Turn(text="I look.", reasoning="Why not?", calls=(Call("terminal", {}),)),
                finish("done"),
            ]
        )
    )
    conversation.wait_for_end()
    history = conversation.history()
    assert of_kind(history, "AgentErrorEvent")
    assert set(conversation.stored()) <= {event["id"] for event in history}
    assert conversation.status() == "finished"


def test_a_run_that_fails_is_told_as_such(begin, model):
    conversation = begin(model.script([fail(401, "no such key")]))
    conversation.wait_for_end()
    (error,) = of_kind(conversation.history(), "ConversationErrorEvent")
    assert error["detail"]
    assert conversation.status() == "error"


def test_a_run_is_paused_by_the_browser_and_goes_on(begin, model):
    script = model.script([say("never", waits_for="pause"), finish()])
    conversation = begin(script)
    script.wait_for_requests(1)
    conversation.ask("POST", "/interrupt")
    conversation.wait_for_status("paused")
    assert conversation.status() == "paused"
    assert of_kind(conversation.history(), "InterruptEvent")
    model.release("pause")
    conversation.ask("POST", "/run")
    conversation.wait_for_status("finished")


def test_actions_wait_until_the_user_agrees(begin, model):
    turns = [call("terminal", command="true"), finish()]
    conversation = begin(model.script(turns), confirmation_mode=True)
    conversation.wait_for_end()
    assert conversation.status() == "waiting_for_confirmation"
    answer = {"accept": False, "reason": "Not that."}
    conversation.ask("POST", "/events/respond_to_confirmation", answer)
    conversation.send("Leave it.")
    conversation.wait_for_end(2)
    (refusal,) = of_kind(conversation.history(), "UserRejectObservation")
    assert refusal["rejection_reason"] == "Not that."


def test_the_model_is_switched(application, begin, model):
    script = model.script([say("from the first"), say("from the second")])
    conversation = begin(script)
    conversation.wait_for_end()
    llm = {"model": "openai/gpt-4o-mini", "api_key": "no-key", "base_url": script.base_url}
    application.post("/api/v1/settings/profiles/small", {"llm": llm})
    application.post(f"{conversation.path}/switch_profile", {"profile_name": "small"})
    conversation.send("Who are you?")
    conversation.wait_for_end(2)
    models = [request["body"]["model"] for request in script.step_requests()]
    assert models == ["gpt-4o", "gpt-4o-mini"]
    assert conversation.look()["llm_model"] == "openai/gpt-4o-mini"


def test_what_the_agent_has_written_is_shown(application, begin, model):
    command = "mkdir own && echo text > own/new.txt"
    script = model.script([call("terminal", command=command), finish()])
    conversation = begin(script)
    conversation.wait_for_end()
    folder = conversation.directory()
    changes = application.get(f"{conversation.path}/git/changes", path=folder)
    assert {"status": "ADDED", "path": "own/new.txt"} in changes
    diff = application.get(f"{conversation.path}/git/diff", path=f"{folder}/own/new.txt")
    assert diff["modified"].strip() == "text"
    text = application.get(f"{conversation.path}/file", file_path=f"{folder}/own/new.txt")
    assert text == "text\n"


def test_a_plan_is_written_and_shown(application, begin, model):
    script = model.script([finish("planned")])
    conversation = begin(script, agent_type="plan")
    conversation.wait_for_end()
    plan = f"{conversation.directory()}/.agents_tmp/PLAN.md"
    text = application.get(f"{conversation.path}/file", file_path=plan)
    assert text.startswith("# 1. OBJECTIVE")


def test_tools_of_the_application_are_offered(begin, model):
    script = model.script([say("hello")])
    begin(script).wait_for_end()
    (request,) = script.step_requests()
    names = {tool["function"]["name"] for tool in request["body"]["tools"]}
    assert {"terminal", "file_editor", "create_pr"} <= names


def test_a_sandbox_that_was_stopped_for_a_while_goes_on(application, start, model):
    script = model.script([say("done", waits_for="stopped")])
    conversation = start(script)
    script.wait_for_requests(1)
    path = f"/api/v1/sandboxes/{conversation.sandbox_id}"
    application.post(f"{path}/pause")
    assert conversation.look()["sandbox_status"] == "PAUSED"
    model.release("stopped")
    application.post(f"{path}/resume")
    conversation.wait_for_end()
    assert conversation.status() == "finished"


def test_a_deleted_conversation_takes_its_sandbox_with_it(application, tap, start, model):
    conversation = start(model.script([say("hello")]))
    conversation.wait_for_end()
    url = urllib.parse.urlparse(conversation.look()["conversation_url"])
    with socket.create_connection(("127.0.0.1", url.port)) as line:
        conversation.delete()
        line.settimeout(LIMIT_S)
        assert line.recv(1) == b""
    tap.wait_for_info(conversation.id, "deleting")
    assert application.get("/api/v1/app-conversations", ids=conversation.id) == [None]
