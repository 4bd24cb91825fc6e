"""What lies in a project for agents, as clients get it that pass it on: skills and hooks."""

import dataclasses
import json
import os

import pytest

NOTHING = {"load_public": False, "load_user": False, "load_project": False, "load_org": False}
PROJECT = NOTHING | {"load_project": True}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_repository(folder, *names):
    for name in names:
        write(folder / "skills" / name / "SKILL.md", f"The public {name}.")


def skills(server, **body):
    answer = server.post("/api/skills", body)
    assert answer.status == 200, answer
    return answer.json()


def named(server, **body):
    return {skill["name"]: skill for skill in skills(server, **body)["skills"]}


def hooks(server, project):
    answer = server.post("/api/hooks", {"project_dir": str(project)})
    assert answer.status == 200, answer
    return answer.json()


def test_a_skill_has_all_its_members(server, tmp_path):
    path = tmp_path / "project" / ".agents" / "skills" / "deploy.md"
    write(path, "---\ntriggers: [release, ship it]\ndescription: How to.\n---\nText.")
    found = skills(server, **PROJECT, project_dir=str(tmp_path / "project"))
    assert found["skills"] == [
        {
            "name": "deploy",
            "type": "knowledge",
            "content": "Text.",
            "triggers": ["release", "ship it"],
            "source": str(path),
            "description": "How to.",
            "is_agentskills_format": False,
            "disable_model_invocation": False,
        }
    ]


def test_the_last_tier_of_a_name_counts_in_the_place_of_the_first(start, tmp_path):
    write_repository(tmp_path / "extensions", "alpha", "beta", "gamma")
    write(tmp_path / ".agents" / "skills" / "beta.md", "of the user")
    write(tmp_path / ".agents" / "skills" / "gamma.md", "of the user")
    write(tmp_path / "project" / ".agents" / "skills" / "gamma.md", "of the project")
    server = start(env={"EXTENSIONS_PATH": str(tmp_path / "extensions")})
    found = skills(server, marketplace_path=None, project_dir=str(tmp_path / "project"))
    assert [(skill["name"], skill["content"]) for skill in found["skills"]] == [
        ("alpha", "The public alpha."),
        ("beta", "of the user"),
        ("gamma", "of the project"),
    ]


def test_sources_are_counted_before_names_are_merged(server, tmp_path):
    for folder in (tmp_path, tmp_path / "project"):
        write(folder / ".agents" / "skills" / "same.md", "text")
    urls = [{"name": "WORKER_1", "url": "http://x", "port": 1}]
    body = {"load_public": False, "project_dir": str(tmp_path / "project")}
    found = skills(server, **body, sandbox_config={"exposed_urls": urls})
    assert [skill["name"] for skill in found["skills"]] == ["work_hosts", "same"]
    assert found["sources"] == {
        "sandbox": 1,
        "registered_marketplaces": 0,
        "sdk_base": 1,
        "org": 0,
        "project": 1,
    }


def test_hosts_of_the_sandbox_are_a_skill(server):
    urls = [
        {"name": "WORKER_1", "url": "http://localhost:1", "port": 1},
        {"name": "VSCODE", "url": "http://localhost:2", "port": 2},
        {"name": "WORKER_2", "url": "http://localhost:3", "port": 3},
    ]
    found = named(server, **NOTHING, sandbox_config={"exposed_urls": urls})
    lines = found["work_hosts"]["content"].split("\n")
    assert lines[1:] == ["* http://localhost:1 (port 1)", "* http://localhost:3 (port 3)"]
    assert found["work_hosts"]["source"] is None


def test_a_relative_project_lies_below_the_servers_folder(server, tmp_path):
    write(tmp_path / "project" / "AGENTS.md", "rules")
    for name in ("project", "./project/", "."):
        body = PROJECT | {"project_dir": name}
        assert [skill["content"] for skill in skills(server, **body)["skills"]] == ["rules"], name


def test_the_old_member_for_an_organization_is_ignored(server):
    old = {"repository": "o/r", "provider": "github", "org_repo_url": "file:///x", "org_name": "o"}
    found = skills(server, **NOTHING | {"load_org": True}, org_config=old, org_configs=None)
    assert found["skills"] == [] and found["sources"]["org"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"load_user": "perhaps"},
        {"project_dir": 5},
        {"sandbox_config": "x"},
        {"sandbox_config": {"exposed_urls": [{"name": "WORKER_1"}]}},
    ],
)
def test_a_wrong_body_is_refused(server, body):
    assert server.post("/api/skills", NOTHING | body).status == 422


@pytest.fixture
def slow_git(tmp_path):
    """A git that waits until it is told to go on, and then fails."""
    ends = []
    for name in ("asked", "answered"):
        os.mkfifo(tmp_path / name)
        ends.append(os.open(tmp_path / name, os.O_RDWR))
    script = f"#!/bin/sh\necho > {tmp_path}/asked\nread line < {tmp_path}/answered\nexit 1\n"
    write(tmp_path / "bin" / "git", script)
    (tmp_path / "bin" / "git").chmod(0o755)
    yield SlowGit({"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}, *ends)
    for end in ends:
        os.close(end)


@dataclasses.dataclass
class SlowGit:
    env: dict
    asked: int
    answered: int

    def wait_for(self):
        os.read(self.asked, 1)

    def go_on(self):
        os.write(self.answered, b"\n")


def test_other_requests_go_on_while_public_skills_are_fetched(slow_git, start):
    server = start(env=slow_git.env)
    connection = server.connect()
    server.send(connection, "POST", "/api/skills", NOTHING | {"load_public": True})
    slow_git.wait_for()
    assert server.get("/alive").status == 200
    assert named(server, **NOTHING) == {}
    slow_git.go_on()
    answer = server.receive(connection)
    connection.close()
    assert answer.status == 200 and answer.json()["sources"]["sdk_base"] == 0


def test_a_client_may_leave_while_public_skills_are_fetched(slow_git, start):
    server = start(env=slow_git.env)
    connection = server.connect()
    server.send(connection, "POST", "/api/skills", NOTHING | {"load_public": True})
    slow_git.wait_for()
    connection.close()
    slow_git.go_on()
    assert named(server, **NOTHING) == {}


def test_hooks_of_a_project_have_all_their_members(server, tmp_path):
    config = {"PreToolUse": [{"matcher": "terminal", "hooks": [{"command": "check"}]}]}
    write(tmp_path / ".openhands" / "hooks.json", json.dumps(config))
    found = hooks(server, tmp_path)["hook_config"]
    assert list(found) == [
        "pre_tool_use",
        "post_tool_use",
        "user_prompt_submit",
        "session_start",
        "session_end",
        "stop",
    ]
    (matcher,) = found["pre_tool_use"]
    assert matcher["matcher"] == "terminal"
    assert matcher["hooks"] == [
        {
            "type": "command",
            "name": None,
            "command": "check",
            "prompt": None,
            "system_prompt": None,
            "tools": [],
            "timeout": 60,
            "max_iterations": 3,
            "async": False,
        }
    ]


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"Stop": []}', '{"Never": []}'])
def test_a_project_without_proper_hooks_has_none(server, tmp_path, text):
    if text is not None:
        write(tmp_path / ".openhands" / "hooks.json", text)
    assert hooks(server, tmp_path) == {"hook_config": None}


@pytest.mark.parametrize("path", ["/api/skills", "/api/hooks"])
def test_the_key_is_needed(server, path):
    assert server.post(path, NOTHING, key=None).status == 401


def test_the_documents_describe_the_routes(server):
    paths = server.get("/openapi.json").json()["paths"]
    assert list(paths["/api/skills"]) == ["post"] and list(paths["/api/hooks"]) == ["post"]
