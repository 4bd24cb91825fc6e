"""Conversations that both servers hold, each with a script for the model and what a client does.

Their names read as sentences. A case gets a `Talk` that has not begun; `gate` names a moment at
which the model waits for the client.
"""

import dataclasses

from model import Call, Turn, call, calls, fail, finish, say
from talk import llm

SUMMARIZER = {"kind": "LLMSummarizingCondenser", "max_size": 120, "keep_first": 2}


@dataclasses.dataclass(frozen=True)
class Conversation:
    name: str
    turns: tuple  # may name @dir@, the directory of the conversation
    play: object
    server: str = "talking"


CONVERSATIONS = []


def conversation(*turns):
    def keep(play):
        CONVERSATIONS.append(Conversation(play.__name__, turns, play))
        return play

    return keep


PLAN = [{"title": "look", "notes": "first", "status": "in_progress"}]


@conversation(
    call("terminal", text="I look.", command="pwd; ls -a | head -1"),
    call("terminal", command="false"),
    call("terminal", command="cd sub && pwd", summary="enter the folder", security_risk="LOW"),
    call("file_editor", command="create", path="@dir@/new.txt", file_text="one\ntwo\n"),
    call("file_editor", command="str_replace", path="@dir@/new.txt", old_str="two", new_str="2"),
    call("file_editor", command="view", path="@dir@/new.txt"),
    call("file_editor", command="view", path="@dir@/missing.txt"),
    call("file_editor", command="insert", path="@dir@/new.txt", insert_line=1, new_str="1.5"),
    call("file_editor", command="undo_edit", path="@dir@/new.txt"),
    call("task_tracker", command="plan", task_list=PLAN),
    call("task_tracker", command="view"),
    call("think", thought="It is nearly done."),
    finish("all is done"),
)
def every_tool_is_used(talk):
    (talk.directory / "sub").mkdir()
    talk.begin(("terminal", "file_editor", "task_tracker"))
    talk.say("Work.")
    talk.run()
    talk.call("GET", f"/{talk.id}/agent_final_response")


@conversation(
    call("write_file", file_path="new/a.txt", content="one\ntwo\ntwo\n"),
    call("write_file", file_path="@dir@/new/a.txt", content="one\ntwo\ntwo\nthree\n"),
    call("read_file", file_path="new/a.txt", offset=1, limit=2),
    call("read_file", file_path="new/missing.txt"),
    call("edit", file_path="new/a.txt", old_string="two", new_string="2"),
    call("edit", file_path="new/a.txt", old_string="two", new_string="2", expected_replacements=2),
    call("edit", file_path="@dir@/b.txt", old_string="", new_string="made\n"),
    call("edit", file_path="b.txt", old_string="", new_string="again\n"),
    call("list_directory", dir_path="missing"),
    call("list_directory", dir_path="new"),
    finish(),
)
def the_tools_for_single_files_are_used(talk):
    talk.begin(("read_file", "write_file", "edit", "list_directory"))
    talk.say("Work.")
    talk.run()


@conversation(say("Hello.", reasoning="A greeting."))
def a_plain_answer_ends_the_run(talk):
    talk.begin()
    talk.say("Hi.", run=True)
    talk.read_to_end()
    talk.call("GET", f"/{talk.id}/agent_final_response")


@conversation(
    calls(
        Call("terminal", {"command": "echo first"}),
        Call("file_editor", {"command": "view", "path": "@dir@"}),
        Call("terminal", {"command": "echo third"}),
        text="At once.",
    ),
    finish(),
)
def calls_of_one_answer_keep_their_order(talk):
    talk.begin(("terminal", "file_editor"))
    talk.say("At once.")
    talk.run()


@conversation(
    call("no_such_tool", x=1),
    call("terminal", cmd="echo wrong"),
    calls(Call("terminal", '{"command": "echo cut')),
    call("terminal", command="echo right", timeout="5", is_input="false"),
    finish(),
)
def bad_calls_are_answered_by_errors(talk):
    talk.begin()
    talk.say("Try.")
    talk.run()


@conversation(fail(429, "slow down"), fail(503, "overloaded"), finish("in the end"))
def a_busy_model_is_asked_again(talk):
    talk.begin(model={"num_retries": 3})
    talk.say("Go.")
    talk.run()


@conversation(fail(503, "overloaded"))
def a_model_that_stays_busy_ends_the_run(talk):
    talk.begin()
    talk.say("Go.")
    talk.run()


@conversation(fail(401, "this key is not known"))
def a_refused_key_ends_the_run(talk):
    talk.begin()
    talk.say("Go.")
    talk.run()


@conversation(
    call("terminal", command="touch made"),
    call("terminal", command="echo yes"),
    finish(),
)
def an_action_is_refused_and_another_confirmed(talk):
    talk.begin(confirmation_policy={"kind": "AlwaysConfirm"})
    talk.say("Do it.")
    talk.run()
    talk.post("/events/respond_to_confirmation", {"accept": False, "reason": "not that"})
    talk.read_until(lambda event: event["kind"] == "UserRejectObservation")
    talk.run()
    talk.post("/events/respond_to_confirmation", {"accept": True})
    talk.read_to_end()
    talk.post("/confirmation_policy", {"policy": {"kind": "NeverConfirm"}})


@conversation(Turn(text="an answer", waits_for="pause"), finish("later"))
def a_pause_takes_effect_between_steps(talk):
    talk.begin()
    talk.say("Begin.")
    talk.post("/run")
    talk.script.wait_for_requests(1)
    talk.post("/pause")
    talk.script.model.release("pause")
    talk.read_until(lambda event: event.get("value") == "finished")
    talk.read_to_end()
    talk.say("Go on.")
    talk.run()


@conversation(call("terminal", command="echo begun; sleep 600"), finish())
def an_interrupt_ends_a_command(talk):
    talk.begin()
    talk.say("Wait.")
    talk.post("/run")
    talk.read_until(lambda event: event["kind"] == "ActionEvent")
    talk.post("/interrupt")
    talk.read_to_end()
    talk.say("Enough.")
    talk.run()


@conversation(Turn(text="an answer", waits_for="message"), finish("heard"))
def a_message_during_a_run_is_heard(talk):
    talk.begin()
    talk.say("First.")
    talk.post("/run")
    talk.script.wait_for_requests(1)
    talk.say("Second.")
    talk.script.model.release("message")
    talk.read_to_end()


@conversation(say("one"), say("two"), say("three"))
def a_fork_goes_on_by_itself(talk):
    talk.begin(tags={"color": "red"})
    talk.say("Tell me.")
    talk.run()
    fork = talk.post("/fork", {"title": "The fork"})
    talk.go_on(fork["id"])
    talk.say("More.")
    talk.run()


@conversation(say("one"), say("two"))
def a_branch_is_left_for_another(talk):
    talk.begin()
    talk.say("First.")
    talk.run()
    prompt = next(one["id"] for one in talk.events() if one["kind"] == "SystemPromptEvent")
    talk.post("/navigate", {"event_id": prompt})
    talk.say("Again.")
    talk.run()


@conversation(
    *(call("terminal", command=f"echo step {number}") for number in range(4)),
    say("half"),
    finish("condensed"),
)
def a_history_is_condensed_on_request(talk):
    summarizer = SUMMARIZER | {"llm": llm(talk.script, usage_id="condenser")}
    talk.begin(agent_options={"condenser": summarizer})
    talk.say("Work.")
    talk.run()
    talk.post("/condense")
    talk.say("Go on.")
    talk.run()


@conversation(call("terminal", command="echo $TOKEN; test $TOKEN = s3cr3t-value"), finish())
def a_secret_is_exported_and_masked(talk):
    talk.begin(secrets={"OTHER": {"kind": "StaticSecret", "value": "another-value"}})
    talk.post("/secrets", {"secrets": {"TOKEN": "s3cr3t-value"}})
    talk.say("Deploy.")
    talk.run()


BLOCK = "echo 'not here' >&2; exit 2"


@conversation(call("terminal", command="echo blocked"), finish())
def a_hook_blocks_a_tool(talk):
    hooks = [{"type": "command", "command": BLOCK}]
    prompt = [{"type": "command", "command": """echo '{"additionalContext": "be brief"}'"""}]
    talk.begin(
        hook_config={
            "pre_tool_use": [{"matcher": "terminal", "hooks": hooks}],
            "user_prompt_submit": [{"hooks": prompt}],
        }
    )
    talk.say("Go.")
    talk.run()


@conversation(call("terminal", command="echo same"))
def the_same_again_and_again_is_stuck(talk):
    talk.begin()
    talk.say("Go.")
    talk.run()


@conversation(*(call("terminal", command=f"echo {number}") for number in range(9)))
def a_run_has_a_limit_of_steps(talk):
    talk.begin(max_iterations=2)
    talk.say("Go.")
    talk.run()
    talk.run()


@conversation(say("an answer"), say("asked"))
def a_question_leaves_no_event(talk):
    talk.begin()
    talk.say("Hi.")
    talk.run()
    talk.post("/ask_agent", {"question": "What was said?"})
    talk.call("PATCH", f"/{talk.id}", {"title": " A name ", "tags": {"kind": "x"}})


@conversation(
    call("terminal", text="So.", command="echo spoken"), finish("said")
)
def the_second_protocol_is_spoken(talk):
    talk.begin(model={"model": "openai/gpt-5.2", "stream": False})
    talk.say("Speak.")
    talk.run()


@conversation(
    Turn(text="So.", reasoning="Hm.", calls=(Call("terminal", {"command": "echo spoken"}),)),
    finish("said"),
)
def the_third_protocol_is_spoken(talk):
    url = talk.script.anthropic_url
    talk.begin(model={"model": "anthropic/claude-sonnet-4-5", "base_url": url})
    talk.say("Speak.")
    talk.run()


@conversation(
    call("terminal", text="Streamed words.", command="echo streamed"), say("and an end")
)
def an_answer_is_streamed(talk):
    talk.begin(model={"stream": True})
    talk.say("Stream.")
    talk.run()
