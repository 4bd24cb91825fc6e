"""Skills that conversations find on disk: of projects, of users, and public ones."""

import contextlib
import http.client
import json
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from conversations import CONVERSATIONS, Conversation, description, running_model
from model import Call, Turn, call, finish, say

PUBLIC = "https://github.com/OpenHands/extensions"


@pytest.fixture
def model():
    with running_model() as model:
        yield model


@pytest.fixture
def new(start, model, tmp_path):
    """new(context, turns, env): a conversation with this agent_context, on a server of its own."""

    def make(context, turns=(say("hi"),), env=()):
        server = start(env={"OH_PERSISTENCE_DIR": str(tmp_path / "state")} | dict(env))
        script = model.script(list(turns))
        body = description(script, tmp_path / "project", tools=("terminal", "file_editor"))
        body["agent"]["agent_context"] = context
        answer = server.post(CONVERSATIONS, body)
        assert answer.status == 201, answer
        return Conversation(server, answer.json(), script)

    return make


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_skill(folder, name, description):
    write(folder / name / "SKILL.md", f"---\nname: {name}\ndescription: {description}\n---\nText.")


def write_repository(folder, listed):
    for name in ("alpha", "beta"):
        write_skill(folder / "skills", name, f"The public {name}.")
    plugins = [{"name": name, "source": f"./skills/{name}"} for name in listed]
    market = {"name": "default", "owner": {"name": "all"}, "plugins": plugins}
    write(folder / "marketplaces" / "default.json", json.dumps(market))


def git(folder, *args):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", str(folder), *identity, *args], check=True, capture_output=True)


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")


def shown(conversation):
    """What the model is told at first."""
    conversation.send("Go.")
    conversation.run_to_end()
    return json.dumps(conversation.script.step_requests()[0]["body"]["messages"][0])


def test_a_skill_of_the_project_goes_before_one_that_is_given(new, tmp_path):
    write(tmp_path / "project" / ".agents" / "skills" / "style.md", "from the project")
    given = [{"name": "style", "content": "from the client"}]
    told = shown(new({"skills": given, "load_project_skills": True}))
    assert "from the project" in told and "from the client" not in told


def test_what_git_ignores_has_no_rules(new, tmp_path):
    project = tmp_path / "project"
    for folder in ("server", "build"):
        write(project / folder / "AGENTS.md", f"rules of {folder}")
        write(project / folder / "f", "text\n")
    write(project / ".gitignore", "build/\n")
    git(project, "init", "-q")
    view = [
        call("file_editor", command="view", path=str(project / "build" / "f")),
        call("file_editor", command="view", path=str(project / "server" / "f")),
        finish(),
    ]
    conversation = new({"load_project_skills": True}, view)
    conversation.send("Go.")
    conversation.run_to_end()
    texts = json.dumps(conversation.all_events())
    assert "rules of server" in texts and "rules of build" not in texts


def test_public_skills_come_from_a_copy(new, tmp_path):
    write_repository(tmp_path / "copy", ["alpha"])
    told = shown(new({"load_public_skills": True}, env={"EXTENSIONS_PATH": str(tmp_path / "copy")}))
    assert "The public alpha." in told and "The public beta." not in told


def test_without_a_marketplace_all_public_skills_count(new, tmp_path):
    write_repository(tmp_path / "copy", ["alpha"])
    context = {"load_public_skills": True, "marketplace_path": None}
    told = shown(new(context, env={"EXTENSIONS_PATH": str(tmp_path / "copy")}))
    assert "The public alpha." in told and "The public beta." in told


def test_a_marketplace_that_is_not_there_offers_nothing(new, tmp_path):
    write_repository(tmp_path / "copy", ["alpha"])
    context = {"load_public_skills": True, "marketplace_path": "marketplaces/mine.json"}
    told = shown(new(context, env={"EXTENSIONS_PATH": str(tmp_path / "copy")}))
    assert "The public" not in told


def test_a_skill_of_the_users_goes_before_a_public_one(new, tmp_path):
    write_repository(tmp_path / "copy", ["alpha", "beta"])
    write_skill(tmp_path / "state" / "skills", "alpha", "My own alpha.")
    context = {"load_public_skills": True, "load_user_skills": True, "disabled_skills": ["beta"]}
    told = shown(new(context, env={"EXTENSIONS_PATH": str(tmp_path / "copy")}))
    assert "My own alpha." in told and "The public" not in told


def test_a_public_skill_is_invoked(new, tmp_path):
    write_repository(tmp_path / "copy", ["alpha"])
    turns = [Turn(calls=(Call("invoke_skill", {"name": "alpha"}),)), finish()]
    conversation = new(
        {"load_public_skills": True}, turns, env={"EXTENSIONS_PATH": str(tmp_path / "copy")}
    )
    conversation.send("Go.")
    conversation.run_to_end()
    events = conversation.all_events()
    (seen,) = [e["observation"] for e in events if e["kind"] == "ObservationEvent"][:1]
    assert seen["skill_name"] == "alpha"
    assert str(tmp_path / "copy" / "skills" / "alpha") in json.dumps(seen)


def instead(remote):
    """The repository of the world is one of ours."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{remote}.insteadOf",
        "GIT_CONFIG_VALUE_0": PUBLIC,
    }


def test_public_skills_are_cloned_into_the_state_directory(new, tmp_path):
    remote = tmp_path / "remote"
    write_repository(remote, ["alpha"])
    git(remote, "init", "-q", "-b", "main")
    commit(remote)
    told = shown(new({"load_public_skills": True}, env=instead(remote)))
    assert "The public alpha." in told
    assert (tmp_path / "state/cache/skills/public-skills/skills/alpha/SKILL.md").exists()


def test_a_conversation_goes_without_public_skills_that_cannot_be_fetched(new, tmp_path):
    conversation = new({"load_public_skills": True}, env=instead(tmp_path / "nowhere"))
    assert "The public" not in shown(conversation)
    assert conversation.status == "finished"
    assert not Path(tmp_path / "state/cache/skills/public-skills").exists()


def test_the_server_ends_while_a_repository_does_not_answer(new, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = instead(tmp_path) | {
            "GIT_CONFIG_KEY_0": f"url.git://127.0.0.1:{silent.getsockname()[1]}/.insteadOf"
        }
        conversation = new({"load_public_skills": True}, env=env)
        sender = threading.Thread(target=send_in_vain, args=(conversation,))
        sender.start()
        git_client, _ = silent.accept()
        conversation.server.check_end()
        sender.join()
        git_client.close()


def send_in_vain(conversation):
    with contextlib.suppress(AssertionError, OSError, http.client.HTTPException):
        conversation.send("Go.")
