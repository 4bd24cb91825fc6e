"""The smoke test of V0: uses a running server as a backend does that has just started it.

    smoke_v0.py URL KEY [--ipython]

Needs nothing but the Python standard library. Each check is a sentence; a failing one is printed
and makes the exit status 1.
"""

import json
import sys

from smoke import Client, run_checks

CHECKS = []
PYTHON = "/openhands/poetry/openhands-ai-5O4_aCHf-py3.12/bin/python"


def check(function):
    CHECKS.append(function)
    return function


def act(client, action, **args):
    body = {"action": {"action": action, "args": args, "timeout": 60}}
    status, answer = client.ask("POST", "/execute_action", body)
    assert status == 200, (status, answer)
    return json.loads(answer)


def run(client, command):
    observation = act(client, "run", command=command)
    metadata = observation["extras"]["metadata"]
    assert metadata["exit_code"] == 0, observation
    return observation["content"]


@check
def the_server_says_it_is_alive(client):
    status, body = client.ask("GET", "/alive", key=False)
    assert (status, json.loads(body)) == (200, {"status": "ok"}), (status, body)


@check
def a_wrong_key_is_refused(client):
    status, body = client.ask("POST", "/execute_action", {}, key=False)
    assert status == 403, (status, body)


@check
def a_command_runs_as_the_user_that_was_added(client):
    assert run(client, "id -un; id -u; pwd") == "openhands\n1000\n/workspace"


@check
def that_user_may_become_root(client):
    assert run(client, "sudo -n id -u 2>/dev/null") == "0"


@check
def the_shell_keeps_its_state(client):
    run(client, "cd /tmp && export WORD=kept")
    assert run(client, 'echo "$WORD $PWD"') == "kept /tmp"
    run(client, "cd /workspace")


@check
def a_file_is_written_edited_and_read(client):
    act(client, "write", path="/workspace/f.txt", content="one\ntwo")
    edited = act(
        client, "edit", command="str_replace", path="/workspace/f.txt", old_str="two", new_str="2"
    )
    assert edited["observation"] == "edit", edited
    assert act(client, "read", path="/workspace/f.txt")["content"] == "one\n2\n"
    assert run(client, "stat -c %U /workspace/f.txt") == "openhands"


@check
def a_cell_of_a_notebook_runs(client):
    if client.has_ipython:
        code = "import os, getpass; print(getpass.getuser(), os.getcwd())"
        content = act(client, "run_ipython", code=code)["content"]
        assert content == (
            "openhands /workspace\n[Jupyter current working directory: /workspace]\n"
            f"[Jupyter Python interpreter: {PYTHON}]"
        ), content


@check
def a_cell_knows_the_skills_of_an_agent(client):
    if client.has_ipython:
        code = "open_file('/workspace/f.txt')"
        content = act(client, "run_ipython", code=code, include_extra=False)["content"]
        assert "[File: /workspace/f.txt (2 lines total)]" in content, content


@check
def a_command_does_not_see_the_key(client):
    assert client.key not in run(client, "env; sudo cat /proc/1/environ | tr '\\0' '\\n'")


def main(arguments):
    words = [word for word in arguments if not word.startswith("--")]
    client = Client(words[0].rstrip("/"), words[1], has_git=True)
    client.has_ipython = "--ipython" in arguments
    return run_checks(CHECKS, client)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
