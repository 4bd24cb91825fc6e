"""The routes of a server that exist below each conversation: commands with a history of their own,
files, git and the editor, all in its working directory."""

import json
import os
import subprocess
import urllib.parse
import uuid

import pytest
from conversations import running_model, start_conversation
from model import say
from raw import FORM_END, ask, upload_head

UNKNOWN = "11111111-2222-4333-8444-555555555555"
INSIDE = "must be inside the conversation workspace"


@pytest.fixture
def new(server):
    with running_model() as model:
        yield lambda **more: start_conversation(server, model.script([say("hello")]), **more)


def folder(conversation):
    return conversation.server.cwd / "project"


def execute(conversation, command, **more):
    answer = conversation.post("/bash/execute_bash_command", {"command": command, **more})
    assert answer.status == 200, answer
    return answer.json()


def history(conversation):
    return conversation.get("/bash/bash_events/search")["items"]


def ask_scoped(conversation, route, /, method="GET", **parameters):
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    return conversation.server.request(method, conversation.path + route + query)


def upload(conversation, path, content):
    route = f"{conversation.path}/file/upload?path={path}"
    request = upload_head(conversation.server, "", len(content))
    request = request.replace(b"/api/file/upload?path=", route.encode())
    return ask(conversation.server, request, content, FORM_END)


# --- whose they are


@pytest.mark.parametrize(
    "path",
    ["bash/bash_events/search", "git/changes?path=/", "vscode/status", "file/download?path=/"],
)
def test_a_conversation_that_is_not_there(server, path):
    answer = server.get(f"/api/conversations/{UNKNOWN}/{path}")
    assert (answer.status, answer.json()["detail"]) == (404, f"Conversation not found: {UNKNOWN}")
    answer = server.get(f"/api/conversations/nope/{path}")
    assert answer.status == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "runtime_conversation_id"]
    assert server.get(f"/api/conversations/{UNKNOWN}/{path}", key=None).status == 401


# --- commands


def test_a_command_runs_in_the_working_directory(new):
    conversation = new()
    assert execute(conversation, "pwd")["stdout"].strip() == str(folder(conversation))
    (folder(conversation) / "below").mkdir()
    below = str(folder(conversation) / "below")
    assert execute(conversation, "pwd", cwd=below)["stdout"].strip() == below


@pytest.mark.parametrize("cwd", ["/", "..", "."])
def test_a_command_elsewhere_is_refused(new, cwd):
    answer = new().post("/bash/execute_bash_command", {"command": "pwd", "cwd": cwd})
    assert (answer.status, answer.json()["detail"]) == (422, "cwd " + INSIDE)


def test_each_conversation_has_a_history_of_its_own(new):
    one, other = new(), new()
    output = execute(one, "echo one")
    assert history(other) == []
    assert one.server.get("/api/bash/bash_events/search").json()["items"] == []
    assert [event["kind"] for event in history(one)] == ["BashCommand", "BashOutput"]
    assert one.get("/bash/bash_events/" + output["id"]) == output
    assert ask_scoped(other, "/bash/bash_events/" + output["id"]).status == 404
    answer = one.server.request("GET", one.path + "/bash/bash_events/", [output["id"]])
    assert answer.json() == [output]
    answer = one.server.request("DELETE", one.path + "/bash/bash_events")
    assert answer.json() == {"cleared_count": 2} and history(one) == []


def test_a_command_is_started_and_stopped(new):
    conversation = new()
    answer = conversation.post("/bash/start_bash_command", {"command": "exec tail -f /dev/null"})
    stop = f"/bash/bash_commands/{answer.json()['id']}/stop"
    assert conversation.post(stop).json() == {"success": True}
    assert conversation.server.post("/api" + stop).status == 404
    assert history(conversation)[-1]["exit_code"] is not None


def test_the_history_is_there_when_the_conversation_comes_back(new):
    conversation = new()
    execute(conversation, "echo kept")
    before = history(conversation)
    conversation.server.post("/api/conversations/prepare-for-sandbox-pause")
    assert history(conversation) == before
    assert list((conversation.server.cwd / "workspace").rglob("*/bash_events"))


def test_a_command_ends_with_its_conversation(new, tmp_path):
    conversation = new()
    lock = tmp_path / "lock"
    lock.write_text("")
    conversation.post("/bash/start_bash_command", {"command": f"flock {lock} tail -f /dev/null"})
    conversation.server.request("DELETE", conversation.path)
    subprocess.run(["flock", str(lock), "true"], check=True, timeout=60)
    assert ask_scoped(conversation, "/bash/bash_events/search").status == 404


def test_who_waits_for_a_command_is_told_when_the_conversation_goes(new, tmp_path):
    conversation = new()
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    server = conversation.server
    connection = server.connect()
    command = {"command": f"echo > {begun}; exec tail -f /dev/null"}
    server.send(connection, "POST", conversation.path + "/bash/execute_bash_command", command)
    begun.read_text()
    server.request("DELETE", conversation.path)
    answer = server.receive(connection)
    connection.close()
    assert answer.status == 200 and answer.json()["exit_code"] not in (0, None)


# --- files


def test_files_go_up_and_come_down(new):
    conversation = new()
    path = folder(conversation) / "made" / "file"
    assert upload(conversation, path, b"content").json() == {"success": True, "file_size": 7}
    answer = ask_scoped(conversation, "/file/download", path=str(path))
    assert (answer.status, answer.body) == (200, b"content")
    below = str(folder(conversation) / "below")
    answer = ask_scoped(conversation, "/file/create_directory", "POST", path=below)
    assert answer.json() == {"success": True} and (folder(conversation) / "below").is_dir()
    answer = ask_scoped(conversation, "/file/archive", path=below, format="tar.gz")
    assert answer.status == 200 and answer.body[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("path", ["/etc/passwd", "relative", "", "/{}/../other"])
@pytest.mark.parametrize("route", ["file/download", "file/archive", "git/changes", "git/commits"])
def test_what_lies_elsewhere_is_refused(new, route, path):
    conversation = new()
    path = path.replace("/{}", str(folder(conversation)))
    answer = ask_scoped(conversation, "/" + route, path=path)
    assert (answer.status, answer.json()["detail"]) == (422, "path " + INSIDE)


def test_a_link_that_leads_out_is_refused(new, tmp_path):
    conversation = new()
    (folder(conversation) / "out").symlink_to("/etc")
    path = str(folder(conversation) / "out" / "passwd")
    assert ask_scoped(conversation, "/file/download", path=path).status == 422


def test_an_upload_elsewhere_is_refused_and_the_connection_goes_on(new):
    conversation = new()
    answer = upload(conversation, "/etc/nothing", b"x" * 3_000_000)
    assert (answer.status, answer.json()["detail"]) == (422, "path " + INSIDE)


def test_a_trajectory_is_that_of_the_conversation(new):
    conversation = new()
    route = "/file/download-trajectory/"
    answer = ask_scoped(conversation, route + conversation.id)
    assert answer.status == 200 and answer.body[:2] == b"PK"
    answer = ask_scoped(conversation, route + str(uuid.uuid4()))
    text = "Trajectory must belong to the selected conversation"
    assert (answer.status, answer.json()["detail"]) == (422, text)
    answer = ask_scoped(conversation, route + "nope")
    assert (answer.status, answer.json()["detail"]) == (422, "Invalid trajectory conversation id")


# --- git and the editor


def test_git_tells_of_the_working_directory(new):
    conversation = new()
    path = folder(conversation)
    execute(conversation, "git init -q . && echo text > file && git add file")
    execute(conversation, "git -c user.name=me -c user.email=me@x commit -q -m first")
    (path / "more").write_text("more")
    parameters = {"path": str(path)}
    for route in ("git/changes", "git/commits"):
        own = ask_scoped(conversation, "/" + route, **parameters)
        assert own.status == 200 and own.json()
        assert own.body == conversation.server.query("/api/" + route, **parameters).body
    (commit,) = ask_scoped(conversation, "/git/commits", **parameters).json()["commits"]
    route = f"/git/commits/{commit['sha']}/changes"
    assert "file" in json.dumps(ask_scoped(conversation, route, **parameters).json())
    diff = ask_scoped(conversation, "/git/diff", path=str(path / "more"))
    assert diff.status == 200 and diff.json()["modified"] == "more"


def test_the_editor_answers_for_the_conversation(new):
    conversation = new()
    own = ask_scoped(conversation, "/vscode/status")
    assert own.body == conversation.server.get("/api/vscode/status").body
    answer = ask_scoped(conversation, "/vscode/url", workspace_dir="/")
    assert (answer.status, answer.json()["detail"]) == (422, "workspace_dir " + INSIDE)
    own = ask_scoped(conversation, "/vscode/url")
    assert own.body == conversation.server.get("/api/vscode/url").body


def test_requests_count_as_activity(new):
    conversation = new()
    execute(conversation, "true")
    assert conversation.server.get("/server_info").json()["idle_time"] < 60
