"""Commands through POST /execute_action (v0-action-execution §2.5, §3, §4)."""

import contextlib
import http.client
import json
import os
import threading

import pytest
from raw import Raw, head
from server import LIMIT_S

BELOW = "[Below is the output of the previous command.]\n"
MOMENT = 0.05  # enough for nothing in particular: replies may come with or without output
TERMINALS = "/api/native/terminals"


@pytest.fixture
def v0(start, tmp_path):
    """v0(**env): a server as a backend starts it, for a user of whom it knows nothing."""

    def start_v0(**env):
        folder = tmp_path / "work"
        folder.mkdir()
        server = start(
            *("-u", "-m", "openhands.runtime.action_execution_server", "0"),
            *("--working-dir", str(folder), "--username", "tester"),
            *("--user-id", str(os.getuid()), "--no-enable-browser"),
            env={"USER": "tester"} | env,
        )
        server.folder = folder
        return server

    return start_v0


def post(server, event):
    return server.post("/execute_action", {"action": event})


def run(server, command, timeout=LIMIT_S, **args):
    event = {"action": "run", "args": {"command": command, **args}, "timeout": timeout}
    answer = post(server, event)
    assert answer.status == 200, answer
    return answer.json()


def metadata(observation):
    return observation["extras"]["metadata"]


def exit_code(observation):
    return metadata(observation)["exit_code"]


def content(server, command, **args):
    observation = run(server, command, **args)
    assert exit_code(observation) == 0, observation
    return observation["content"]


def run_until_shown(server, command, text):
    """Starts a command and calls again until it has shown a text."""
    observation = run(server, command, timeout=MOMENT)
    while text not in observation["content"]:
        assert exit_code(observation) == -1, observation
        observation = run(server, "", timeout=MOMENT)
    return observation


def test_an_observation_has_all_fields_in_their_order(v0):
    server = v0()
    observation = run(server, "echo hello; (exit 3)")
    assert list(observation) == ["message", "observation", "content", "extras", "success"]
    assert observation["message"] == "Command `echo hello; (exit 3)` executed with exit code 3."
    assert observation["observation"] == "run" and observation["content"] == "hello"
    assert observation["success"] is False
    extras = observation["extras"]
    assert list(extras) == ["command", "metadata", "hidden"]
    assert extras["command"] == "echo hello; (exit 3)" and extras["hidden"] is False
    fields = ["exit_code", "pid", "username", "hostname", "working_dir", "py_interpreter_path"]
    assert list(extras["metadata"]) == [*fields, "prefix", "suffix"]
    assert extras["metadata"]["pid"] == -1
    assert extras["metadata"]["working_dir"] == str(server.folder)
    assert extras["metadata"]["suffix"] == "\n[The command completed with exit code 3.]"


def test_the_shell_keeps_its_state(v0):
    server = v0()
    (server.folder / "sub").mkdir()
    assert content(server, "cd sub && export A=1 && alias hi='echo hello' && f() { echo f; }") == ""
    assert content(server, "pwd; echo $A; hi; f") == f"{server.folder}/sub\n1\nhello\nf"
    assert content(server, "alias git") == "alias git='git --no-pager'"


def test_a_long_text_arrives_as_it_is(v0):
    server = v0()
    lines = "".join(f"\t'{i}' \\ $x `{i}` ü世🎉  \n" for i in range(4000))
    content(server, f"cat > file <<'EOF'\n{lines}EOF")
    assert (server.folder / "file").read_text() == lines


def test_several_commands_are_refused(v0):
    observation = run(v0(), "ls -l # all\npwd")
    assert list(observation) == ["message", "observation", "content", "extras"]
    assert observation["observation"] == "error" and observation["extras"] == {"error_id": ""}
    assert observation["message"] == observation["content"] == (
        "ERROR: Cannot execute multiple commands at once.\nPlease run each command separately OR "
        "chain them into a single command via && or ;\nProvided commands:\n"
        "(1) ls -l # all\n(2) pwd"
    )


def test_an_error_of_a_hidden_command_is_a_run(v0):
    observation = run(v0(), "ls\npwd", hidden=True)
    assert observation["observation"] == "run" and observation["success"] is False
    assert observation["extras"]["hidden"] is True and exit_code(observation) == -1
    assert observation["content"].startswith("ERROR: Cannot execute multiple commands")


def test_a_command_is_continued_with_empty_ones(v0):
    server = v0()
    command = "echo one; read -p 'name: ' x; echo Hello $x; (exit 4)"
    first = run_until_shown(server, command, "name:")
    assert first["extras"]["hidden"] is False and metadata(first)["working_dir"] is None
    assert metadata(first)["suffix"].startswith(
        "\n[The command timed out after 0.05 seconds. You may wait longer"
    )
    second = run(server, "", timeout=MOMENT)
    assert second["content"] == "" and metadata(second)["prefix"] == BELOW
    refused = run(server, "ls")
    assert metadata(refused)["suffix"].startswith('\n[Your command "ls" is NOT executed.')
    last = run(server, "John", is_input=True)
    assert last["content"] == "Hello John" and exit_code(last) == 4
    assert metadata(last)["prefix"] == ""
    assert metadata(last)["suffix"] == "\n[The command completed with exit code 4.]"
    over = run(server, "")
    assert over["content"] == "ERROR: No previous running command to retrieve logs from."


def test_silence_ends_a_call_and_not_the_command(v0):
    server = v0(NO_CHANGE_TIMEOUT_SECONDS="1")
    observation = run(server, "read -p 'Enter name: ' name && echo \"Hello $name\"")
    assert metadata(observation)["suffix"].startswith(
        "\n[The command has no new output after 1 seconds. You may wait longer"
    )
    observation = run(server, "John", is_input=True)
    assert observation["content"].endswith("Hello John") and exit_code(observation) == 0


def test_a_blocking_call_bears_silence(v0):
    server = v0(NO_CHANGE_TIMEOUT_SECONDS="0")
    assert content(server, "sleep 0.1; echo done", blocking=True) == "done"


def test_an_interrupt_reaches_the_program(v0):
    server = v0()
    program = "trap 'echo caught; exit 0' INT; echo up; while :; do sleep 0.01; done"
    run_until_shown(server, f'bash -c "{program}"', "up")
    observation = run(server, "C-c", is_input=True)
    assert observation["content"] == "^Ccaught"
    assert metadata(observation)["suffix"] == (
        "\n[The command completed with exit code 0. CTRL+C was sent.]"
    )
    assert observation["extras"]["command"] == "C-c"
    assert content(server, "echo on") == "on"


def test_a_python_prompt_is_talked_to(v0):
    server = v0()
    program = "print('Hi ' + input('who? '), input('age? '))"
    run_until_shown(server, f'python3 -q -c "{program}"', "who?")
    observation = run(server, "Ann", is_input=True, timeout=MOMENT)
    while "age?" not in observation["content"]:
        observation = run(server, "", timeout=MOMENT)
    observation = run(server, "7", is_input=True)
    assert observation["content"].endswith("Hi Ann 7") and exit_code(observation) == 0


def test_a_shell_that_exits_is_followed_by_another(v0):
    server = v0()
    content(server, "cd /usr")
    observation = run(server, "exit 3")
    assert exit_code(observation) == 3
    assert metadata(observation)["suffix"].startswith(
        "\n[The command completed with exit code 3.]\n["
    )
    assert content(server, "pwd; type git").startswith("/usr\ngit is aliased to")


def test_the_end_of_a_very_long_output_is_shown(v0):
    observation = run(v0(), "seq -f 'Line %.0f' 50000")
    assert metadata(observation)["prefix"].startswith(
        "[Previous command outputs are truncated. Showing the last 10"
    )
    assert "Line 40000\n" in observation["content"]
    assert observation["content"].endswith("\nLine 50000")
    assert len(observation["content"]) == 30047


def test_a_hidden_output_is_whole(v0):
    observation = run(v0(), "seq 10000", hidden=True)
    assert observation["content"].split("\n") == [str(i) for i in range(1, 10001)]
    assert observation["extras"]["hidden"] is True


def test_a_static_command_has_a_shell_of_its_own(v0):
    server = v0()
    content(server, "cd /usr; A=1")
    assert content(server, "pwd; echo [$A]", is_static=True) == f"{server.folder}\n[]"
    assert content(server, "pwd", is_static=True, cwd="/usr/bin", hidden=True) == "/usr/bin"
    assert exit_code(run(server, "exit 5", is_static=True)) == 5
    assert content(server, "pwd; echo $A") == "/usr\n1"
    missing = run(server, "pwd", is_static=True, cwd="/nowhere")
    assert missing["observation"] == "error" and "/nowhere" in missing["content"]


def test_a_static_command_ends_with_its_call(v0):
    server = v0()
    observation = run(server, "echo $$; sleep 1000", is_static=True, timeout=1)
    assert exit_code(observation) == -1
    shell = observation["content"] or "99999999"  # a busy machine may not have come that far
    assert content(server, f"while kill -0 {shell} 2>/dev/null; do :; done", blocking=True) == ""


class Gate:
    """A command that says when it has started and goes on when it may."""

    def __init__(self, server):
        self.started = server.folder / "started"
        self.go = server.folder / "go"
        os.mkfifo(self.started)
        os.mkfifo(self.go)
        self.command = "echo x > started; read x < go; echo first >> log"

    def wait(self):
        self.started.read_text()

    def open(self):
        self.go.write_text("x\n")


def test_one_action_runs_at_a_time(v0):
    server = v0()
    gate = Gate(server)
    first = threading.Thread(target=run, args=(server, gate.command))
    first.start()
    gate.wait()
    answers = []
    command = "echo second >> log; cat log"
    second = threading.Thread(
        target=lambda: answers.append(content(server, command, is_static=True))
    )
    second.start()
    assert server.get("/alive").status == 200
    gate.open()
    first.join()
    second.join()
    assert answers == ["first\nsecond"]


def test_a_command_goes_on_when_its_client_leaves(v0):
    server = v0()
    gate = Gate(server)
    body = json.dumps({"action": {"action": "run", "args": {"command": gate.command}}})
    with Raw(server) as client:
        sent = head("POST", "/execute_action", server.key, Content_Length=len(body))
        client.send(sent + body.encode())
        gate.wait()
        client.reset()
    answers = []
    second = threading.Thread(target=lambda: answers.append(content(server, "cat log")))
    second.start()
    gate.open()
    second.join()
    assert answers == ["first"]


def test_a_person_watches_and_takes_over(v0):
    server = v0()
    content(server, "echo from-the-agent")
    (terminal,) = server.get(TERMINALS).json()["items"]
    assert terminal["driver"] == "agent"
    path = f"{TERMINALS}/{terminal['id']}"
    assert "from-the-agent" in server.query(f"{path}/output", format="raw").text
    assert server.post(f"{path}/take_over", {"who": "ann"}).status == 200
    refused = run(server, "echo no")
    assert refused["observation"] == "error" and "ann" in refused["content"]
    assert server.post(f"{path}/give_back", {"who": "ann"}).status == 200
    assert content(server, "echo yes") == "yes"


def test_a_command_waits_for_that_of_a_person(v0):
    server = v0()
    content(server, "true")
    (terminal,) = server.get(TERMINALS).json()["items"]
    path = f"{TERMINALS}/{terminal['id']}"
    server.post(f"{path}/take_over", {"who": "ann"})
    typed = server.post(f"{path}/input", {"who": "ann", "text": "echo begun; read x\r"})
    assert typed.status == 200, typed
    shown = {"pattern": "begun\r", "from": terminal["next_offset"], "timeout": LIMIT_S}
    assert server.post(f"{path}/wait", shown).json()["outcome"] == "matched"
    server.post(f"{path}/give_back", {"who": "ann"})
    refused = run(server, "echo no")
    assert metadata(refused)["suffix"].startswith('\n[Your command "echo no" is NOT executed.')
    assert exit_code(run(server, "C-c")) == 130
    assert content(server, "echo yes") == "yes"


def test_keys_are_not_in_the_environment(v0):
    server = v0()
    assert server.key not in content(server, "env; cat /proc/$PPID/environ 2>/dev/null || true")


def test_the_environment_is_the_same_for_each_command(v0):
    server = v0()
    assert content(server, "env") == content(server, "env")


def test_a_server_that_stops_ends_what_runs(v0):
    server = v0()
    os.mkfifo(server.folder / "started")
    command = "echo x > started; trap '' TERM HUP; sleep 1000"

    def run_to_the_end():
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            run(server, command, blocking=True)

    thread = threading.Thread(target=run_to_the_end)
    thread.start()
    (server.folder / "started").read_text()
    server.stop()
    thread.join()


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ({}, "Unknown event type: {}"),
        ({"a": [None, "b's"]}, "Unknown event type: {'a': [None, \"b's\"]}"),
        ({"observation": "run", "content": ""}, "400: Invalid action type"),
        ({"action": "think", "args": {}}, "'ActionExecutor' object has no attribute 'think'"),
        ({"action": "run", "args": {"command": "ls"}, "source": "x"},
         "'x' is not a valid EventSource"),
        ({"action": "run", "args": {}},
         "action={'action': 'run', 'args': {}} has the wrong arguments: CmdRunAction.__init__() "
         "missing 1 required positional argument: 'command'"),
        ({"action": "write"},
         "action={'action': 'write'} has the wrong arguments: FileWriteAction.__init__() missing 2 "
         "required positional arguments: 'path' and 'content'"),
        ({"action": "run", "args": {"command": 1}}, "the argument 'command' must be a string"),
        ({"action": "run", "args": {"command": "ls"}, "timeout": "soon"},
         "could not convert the timeout to a number: 'soon'"),
    ],
)  # fmt: skip
def test_a_wrong_action_is_an_internal_error(server, event, detail):
    answer = post(server, event)
    assert answer.status == 500
    assert answer.json() == {"detail": f"Internal server error: {detail}"}


def test_an_unknown_action_is_an_internal_error(server):
    detail = post(server, {"action": "dance", "args": {}}).json()["detail"]
    assert detail.startswith(
        "Internal server error: 'action['action']='dance'' is not defined. Available actions: "
    )


@pytest.mark.parametrize(
    ("body", "item"),
    [
        ("", "'type': 'missing', 'loc': ('body',), 'msg': 'Field required', 'input': None"),
        ("{", "'type': 'json_invalid', 'loc': ('body', 1), 'msg': 'JSON decode error'"),
        ("[1]", "'type': 'model_attributes_type', 'loc': ('body',)"),
        ("{}", "'type': 'missing', 'loc': ('body', 'action'), 'msg': 'Field required'"),
        ('{"action": 1}', "'type': 'dict_type', 'loc': ('body', 'action')"),
    ],
)
def test_a_body_without_action_is_refused(server, body, item):
    answer = server.post("/execute_action", body, headers={"Content-Type": "application/json"})
    assert answer.status == 422
    assert answer.json()["detail"] == "Invalid request parameters"
    assert answer.json()["errors"].startswith("[{" + item), answer.json()["errors"]


def test_unknown_arguments_are_ignored(server):
    args = {"command": "echo on", "keep_prompt": True, "thought": "", "new": {"a": 1}}
    answer = post(server, {"action": "run", "args": args, "id": 7, "source": "agent"})
    assert answer.status == 200 and answer.json()["content"] == "on"


def test_a_key_is_needed(server):
    answer = server.post("/execute_action", {"action": {}}, key="wrong")
    assert answer.status == 403 and answer.json() == {"detail": "Invalid API Key"}


def test_browsing_is_disabled(server):
    for event in ({"action": "browse", "args": {"url": "http://x"}},
                  {"action": "browse_interactive", "args": {"browser_actions": "noop()"}}):
        observation = post(server, event).json()
        assert observation["observation"] == "error"
        assert observation["content"] == "Browser functionality is not supported or disabled."
