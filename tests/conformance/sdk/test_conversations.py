"""Whole conversations: the unmodified SDK, our server, and a model that follows a script."""

import subprocess
import threading

import pytest
from conftest import KEY
from model import Call, Model, Turn, call, calls, fail, finish, say

BROKEN = "def add(a, b):\n    return a - b\n"
MENDED = "def add(a, b):\n    return a + b\n"
TEST = "from sums import add\nassert add(2, 3) == 5, add(2, 3)\nprint('passed')\n"


@pytest.fixture(scope="module")
def model():
    model = Model().start()
    yield model
    model.stop()


@pytest.fixture(scope="module")
def opened():
    """Conversations of all tests. Clients take five seconds to close one, so all do it at once."""
    conversations = []
    yield conversations
    closers = [threading.Thread(target=conversation.close) for conversation in conversations]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join(100)


@pytest.fixture
def talk(server, tmp_path, opened):
    """Begins conversations in a directory of their own."""
    from openhands.sdk import LLM, Agent, Conversation, Tool
    from openhands.sdk.workspace import RemoteWorkspace
    from openhands.tools.file_editor import FileEditorTool
    from openhands.tools.task_tracker import TaskTrackerTool
    from openhands.tools.terminal import TerminalTool

    tools = [Tool(name=tool.name) for tool in (TerminalTool, FileEditorTool, TaskTrackerTool)]

    def begin(script, directory=None, agent=None, llm=None, **options):
        settings = {"model": "openai/gpt-4o", "api_key": "no-key", "usage_id": "agent"}
        settings |= {"num_retries": 3, "retry_min_wait": 0, "retry_max_wait": 0}
        model = LLM(base_url=script.base_url, **(settings | (llm or {})))
        workspace = RemoteWorkspace(
            host=f"http://127.0.0.1:{server.port}",
            api_key=KEY,
            working_dir=str(directory or tmp_path),
        )
        conversation = Conversation(
            agent=Agent(llm=model, **({"tools": tools} | (agent or {}))),
            workspace=workspace,
            visualizer=None,
            **options,
        )
        opened.append(conversation)
        return conversation

    return begin


def kinds(conversation):
    """The classes of all events but updates of the state."""
    names = [type(event).__name__ for event in conversation.state.events]
    return [name for name in names if name != "ConversationStateUpdateEvent"]


def of_kind(conversation, kind):
    return [event for event in conversation.state.events if type(event).__name__ == kind]


def text_of(observed):
    return "".join(part.text for part in observed.observation.content if part.type == "text")


def status(conversation):
    return conversation.state.execution_status.value


def test_a_failing_test_is_mended(talk, model, tmp_path):
    (tmp_path / "sums.py").write_text(BROKEN)
    (tmp_path / "test_sums.py").write_text(TEST)
    subprocess.run("git init -q && git add .", shell=True, cwd=tmp_path, check=True)
    sums = str(tmp_path / "sums.py")
    # -B: what is mended within a second, and as long as before, is not compiled again.
    script = model.script(
        [
            call("terminal", text="I look around.", command="git status --short"),
            call("terminal", command="python3 -B test_sums.py"),
            call("file_editor", command="view", path=sums),
            call("task_tracker", command="plan", task_list=[{"title": "mend add"}]),
            call("file_editor", command="str_replace", path=sums, old_str="a - b", new_str="a + b"),
            call("terminal", command="python3 -B test_sums.py"),
            call("terminal", command="git diff --stat; cd / && pwd"),
            call("terminal", command="pwd"),
            finish("add() adds now"),
        ]
    )
    conversation = talk(script)
    conversation.send_message("Make test_sums.py pass.")
    conversation.run()
    assert status(conversation) == "finished"
    assert (tmp_path / "sums.py").read_text() == MENDED
    observed = [text_of(event) for event in of_kind(conversation, "ObservationEvent")]
    assert "AssertionError: -1" in observed[1]
    assert observed[5] == "passed"
    assert observed[7] == "/"
    assert observed[-1] == "add() adds now"
    assert kinds(conversation)[:2] == ["SystemPromptEvent", "MessageEvent"]


def test_what_the_model_is_sent_grows_at_its_end_only(talk, model):
    turns = [call("terminal", command=f"echo {n}") for n in range(4)]
    script = model.script([*turns, finish()])
    conversation = talk(script)
    conversation.send_message("Count.")
    conversation.run()
    sent = [request["body"]["messages"] for request in script.step_requests()]
    for before, after in zip(sent, sent[1:]):
        assert after[: len(before)] == before
        assert [message["role"] for message in after[len(before) :]] == ["assistant", "tool"]


def test_parallel_calls_are_answered_in_their_order(talk, model, tmp_path):
    script = model.script(
        [
            calls(
                Call("terminal", {"command": "sleep 0.2; echo slow"}),
                Call("file_editor", {"command": "view", "path": str(tmp_path)}),
                Call("terminal", {"command": "echo quick"}),
            ),
            finish(),
        ]
    )
    conversation = talk(script)
    conversation.send_message("At once.")
    conversation.run()
    observed = [text_of(event) for event in of_kind(conversation, "ObservationEvent")]
    assert (observed[0], observed[2]) == ("slow", "quick")
    names = [event.tool_name for event in of_kind(conversation, "ObservationEvent")]
    assert names == ["terminal", "file_editor", "terminal", "finish"]


def test_the_tools_of_the_gemini_preset_are_there(talk, model, tmp_path):
    preset = pytest.importorskip("openhands.tools.preset.gemini")
    (tmp_path / "sums.py").write_text(BROKEN)
    sums = str(tmp_path / "sums.py")
    script = model.script(
        [
            call("list_directory"),
            call("read_file", file_path="sums.py"),
            call("edit", file_path=sums, old_string="a - b", new_string="a + b"),
            call("edit", file_path=sums, old_string="a", new_string="c", expected_replacements=1),
            call("write_file", file_path="new/note.txt", content="mended\n"),
            finish(),
        ]
    )
    conversation = talk(script, agent={"tools": preset.get_gemini_tools(enable_browser=False)})
    conversation.send_message("Mend add.")
    conversation.run()
    assert status(conversation) == "finished"
    assert (tmp_path / "sums.py").read_text() == MENDED
    assert (tmp_path / "new" / "note.txt").read_text() == "mended\n"
    observations = [event.observation for event in of_kind(conversation, "ObservationEvent")]
    assert [type(observation).__name__ for observation in observations] == [
        "ListDirectoryObservation",
        "ReadFileObservation",
        "EditObservation",
        "EditObservation",
        "WriteFileObservation",
        "FinishObservation",
    ]
    assert [entry.path for entry in observations[0].entries] == [sums]
    assert observations[1].file_content.startswith("     1  def add(a, b):\n     2  ")
    assert (observations[2].old_content, observations[2].new_content) == (BROKEN, MENDED)
    assert observations[3].is_error
    assert observations[4].is_new_file


def test_edits_of_one_file_at_once_are_all_there(talk, model, tmp_path):
    preset = pytest.importorskip("openhands.tools.preset.gemini")
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("".join(f"line {n}\n" for n in range(8)))
    paths = [str(numbers), "numbers.txt", "./numbers.txt", "x/../numbers.txt"]
    edits = [
        Call("edit", {"file_path": path, "old_string": f"line {n}\n", "new_string": f"{n}\n"})
        for n, path in enumerate(paths * 2)
    ]
    script = model.script([calls(*edits), finish()])
    tools = preset.get_gemini_tools(enable_browser=False)
    conversation = talk(script, agent={"tools": tools, "tool_concurrency_limit": 8})
    conversation.send_message("At once.")
    conversation.run()
    assert numbers.read_text() == "".join(f"{n}\n" for n in range(8))


def test_a_bad_call_is_corrected(talk, model):
    script = model.script(
        [
            call("no_such_tool", x=1),
            call("terminal", cmd="echo wrong"),
            calls(Call("terminal", '{"command": "echo cut')),
            call("terminal", command="echo right"),
            finish(),
        ]
    )
    conversation = talk(script)
    conversation.send_message("Try.")
    conversation.run()
    errors = [event.error for event in of_kind(conversation, "AgentErrorEvent")]
    assert len(errors) == 3
    assert errors[0].startswith("Tool 'no_such_tool' not found. Available: ['terminal', ")
    assert errors[1].startswith("Error validating tool 'terminal': ")
    assert errors[2].endswith("Arguments: unparseable JSON")
    assert text_of(of_kind(conversation, "ObservationEvent")[0]) == "right"
    assert status(conversation) == "finished"


def test_a_busy_model_is_asked_again(talk, model):
    script = model.script([fail(429, "rate limit"), fail(503, "overloaded"), finish("in the end")])
    conversation = talk(script)
    conversation.send_message("Go.")
    conversation.run()
    assert status(conversation) == "finished"
    assert not of_kind(conversation, "ConversationErrorEvent")


def test_a_refused_key_ends_the_run_with_an_error(talk, model):
    from openhands.sdk.conversation.exceptions import ConversationRunError

    script = model.script([fail(401, "bad key no-key")])
    conversation = talk(script)
    conversation.send_message("Go.")
    with pytest.raises(ConversationRunError):
        conversation.run()
    error = of_kind(conversation, "ConversationErrorEvent")[-1]
    assert error.code == "LLMAuthenticationError"
    assert "no-key" not in error.detail


def test_a_stream_that_is_cut_is_asked_for_again(talk, model):
    script = model.script(
        [
            call("terminal", text="Streamed.", command="echo one"),
            Turn(text="half of it", cuts=True),
            say("whole"),
        ]
    )
    conversation = talk(script, llm={"stream": True})
    conversation.send_message("Stream.")
    conversation.run()
    assert status(conversation) == "finished"
    messages = of_kind(conversation, "MessageEvent")
    assert messages[-1].llm_message.content[0].text == "whole"
    assert len(messages) == 2


def test_an_action_that_is_refused_is_not_executed(talk, model, tmp_path):
    from openhands.sdk.security.confirmation_policy import AlwaysConfirm, NeverConfirm

    touch = f"touch {tmp_path}/made"
    script = model.script(
        [call("terminal", command=touch), call("terminal", command=touch), finish()]
    )
    conversation = talk(script)
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Touch it.")
    conversation.run()
    assert status(conversation) == "waiting_for_confirmation"
    conversation.reject_pending_actions("not that")
    assert not (tmp_path / "made").exists()
    conversation.run()  # the model asks for it again
    assert of_kind(conversation, "UserRejectObservation")[0].rejection_reason == "not that"
    conversation.set_confirmation_policy(NeverConfirm())
    conversation.run()  # which is a yes
    assert (tmp_path / "made").exists()
    assert status(conversation) == "finished"


def test_a_run_is_paused_and_goes_on(talk, model):
    turns = [call("terminal", command="echo first"), Turn(text="later", waits_for="pause")]
    script = model.script([*turns, finish()])
    conversation = talk(script)
    conversation.send_message("Begin.")
    runner = threading.Thread(target=conversation.run)
    runner.start()
    script.wait_for_requests(2)
    conversation.pause()
    model.release("pause")
    runner.join(60)
    assert not runner.is_alive()
    assert status(conversation) in ("paused", "finished")
    conversation.send_message("Go on.")
    conversation.run()
    assert status(conversation) == "finished"


def test_an_interrupt_ends_a_command(talk, model):
    script = model.script([call("terminal", command="echo begun; sleep 600"), finish()])
    seen = threading.Event()
    conversation = talk(
        script,
        callbacks=[lambda event: seen.set() if type(event).__name__ == "ActionEvent" else None],
    )
    if not hasattr(conversation, "interrupt"):
        pytest.skip("this SDK has no interrupt")
    conversation.send_message("Wait long.")
    runner = threading.Thread(target=conversation.run)
    runner.start()
    assert seen.wait(60)
    conversation.interrupt()
    runner.join(60)
    assert not runner.is_alive()
    assert status(conversation) == "paused"
    conversation.send_message("Enough.")
    conversation.run()
    assert status(conversation) == "finished"


def test_a_message_during_a_run_reaches_the_model(talk, model):
    script = model.script([Turn(text="an answer", waits_for="message"), finish("heard")])
    conversation = talk(script)
    conversation.send_message("First.")
    runner = threading.Thread(target=conversation.run)
    runner.start()
    script.wait_for_requests(1)
    conversation.send_message("Second.")
    model.release("message")
    runner.join(60)
    conversation.run()
    assert "Second." in str(script.step_requests()[-1]["body"]["messages"])
    assert status(conversation) == "finished"


def test_a_fork_goes_on_by_itself(talk, model):
    script = model.script([say("one"), say("two"), say("three")])
    conversation = talk(script)
    if not hasattr(conversation, "fork"):
        pytest.skip("this SDK has no forks")
    conversation.send_message("Tell me.")
    conversation.run()
    count = len(conversation.state.events)
    fork = conversation.fork()
    try:
        assert fork.id != conversation.id
        fork.send_message("More.")
        fork.run()
        assert len(fork.state.events) > count
        assert len(conversation.state.events) == count
    finally:
        fork.close()


def test_two_conversations_do_not_meet(talk, model, tmp_path):
    def work(name):
        directory = tmp_path / name
        directory.mkdir()
        write = call("terminal", command=f"echo {name} > own; pwd")
        conversation = talk(model.script([write, finish(name)]), directory)
        conversation.send_message("Write.")
        conversation.run()
        results[name] = text_of(of_kind(conversation, "ObservationEvent")[0])

    results = {}
    workers = [threading.Thread(target=work, args=(name,)) for name in ("red", "blue")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(100)
    assert results == {"red": str(tmp_path / "red"), "blue": str(tmp_path / "blue")}
    assert (tmp_path / "red" / "own").read_text() == "red\n"


def test_a_context_that_overflows_is_condensed(talk, model):
    from openhands.sdk import LLM
    from openhands.sdk.context.condenser import LLMSummarizingCondenser

    turns = [call("terminal", command=f"echo step {n}") for n in range(6)]
    script = model.script([*turns, fail(400, "prompt is too long"), finish("went on")])
    summarizer = LLM(
        model="openai/gpt-4o", api_key="no-key", base_url=script.base_url, usage_id="condenser"
    )
    condenser = LLMSummarizingCondenser(llm=summarizer, max_size=240, keep_first=2)
    conversation = talk(script, agent={"condenser": condenser})
    conversation.send_message("Work on.")
    conversation.run()
    assert status(conversation) == "finished"
    assert of_kind(conversation, "Condensation")[0].summary == "What has been done."
    assert "What has been done." in str(script.step_requests()[-1]["body"]["messages"])


def test_a_secret_is_exported_and_never_shown(talk, model):
    script = model.script(
        [
            call("terminal", command="echo $DEPLOY_TOKEN; test $DEPLOY_TOKEN = s3cr3t-value"),
            finish(),
        ]
    )
    conversation = talk(script)
    conversation.update_secrets({"DEPLOY_TOKEN": "s3cr3t-value"})
    conversation.send_message("Deploy.")
    conversation.run()
    observed = of_kind(conversation, "ObservationEvent")[0]
    assert text_of(observed) == "<secret-hidden>"
    assert observed.observation.exit_code == 0
    assert "s3cr3t-value" not in str(script.requests[-1]["body"]["messages"][-1])


def test_what_it_cost_is_known(talk, model):
    script = model.script([call("terminal", command="true"), finish()])
    conversation = talk(script)
    conversation.send_message("Go.")
    conversation.run()
    metrics = conversation.conversation_stats.get_combined_metrics()
    used = metrics.accumulated_token_usage
    asked = len(script.requests)  # the title's is one of them
    assert (used.prompt_tokens, used.completion_tokens) == (asked * 100, asked * 20)


def test_a_conversation_is_attached_to_again(talk, model, version):
    if version < (1, 12):
        pytest.skip("this SDK deletes no conversation, and has no word against it")
    script = model.script([say("hello"), say("again")])
    conversation = talk(script, delete_on_close=False)
    conversation.send_message("Hi.")
    conversation.run()
    again = talk(script, conversation_id=conversation.id)
    assert kinds(again) == kinds(conversation)
    again.send_message("And?")
    again.run()
    assert status(again) == "finished"


def test_the_other_protocols_work_too(talk, model, tmp_path):
    turns = [call("terminal", text="So.", command="echo spoken"), finish("said")]
    for protocol in ({"model": "openai/gpt-5.6"}, {"model": "anthropic/claude-sonnet-4-5"}):
        script = model.script(turns)
        if protocol["model"].startswith("anthropic"):
            protocol = protocol | {"base_url": script.anthropic_url}
        for stream in (False, True):
            conversation = talk_with(talk, script, protocol | {"stream": stream})
            conversation.send_message("Speak.")
            conversation.run()
            assert status(conversation) == "finished", (protocol, stream)
            script.steps = 0


def talk_with(talk, script, llm):
    if "base_url" not in llm:
        return talk(script, llm=llm)

    class Elsewhere:
        base_url = llm["base_url"]

    return talk(Elsewhere, llm={name: llm[name] for name in llm if name != "base_url"})
