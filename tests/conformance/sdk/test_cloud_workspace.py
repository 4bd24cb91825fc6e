"""OpenHandsCloudWorkspace in local mode: the SDK runs inside the sandbox, beside the server."""

import pytest
from conftest import KEY, SANDBOX_PORT


@pytest.fixture
def cloud(server, tmp_path, monkeypatch):
    from openhands.workspace import OpenHandsCloudWorkspace

    if "local_agent_server_mode" not in OpenHandsCloudWorkspace.model_fields:
        pytest.skip("this SDK has no local mode")
    monkeypatch.setenv("SANDBOX_ID", "sandbox-1")
    monkeypatch.setenv("SESSION_API_KEY", KEY)
    monkeypatch.setenv("OH_SESSION_API_KEYS_0", KEY)
    if server.port != SANDBOX_PORT:
        monkeypatch.setenv("AGENT_SERVER_PORT", str(server.port))
    workspace = OpenHandsCloudWorkspace(
        local_agent_server_mode=True,
        cloud_api_url="https://cloud.invalid",
        cloud_api_key="unused",
        working_dir=str(tmp_path),
    )
    with workspace:
        yield workspace


def test_it_finds_the_server_by_itself(cloud, server):
    assert cloud.host == f"http://localhost:{server.port}"
    assert cloud.alive


def test_it_takes_the_second_name_of_the_key(cloud, monkeypatch, tmp_path):
    monkeypatch.delenv("SESSION_API_KEY")
    again = type(cloud)(
        local_agent_server_mode=True,
        cloud_api_url="https://cloud.invalid",
        cloud_api_key="unused",
        working_dir=str(tmp_path),
    )
    assert again.execute_command("echo in").stdout == "in\n"


def test_it_executes_commands(cloud, tmp_path):
    result = cloud.execute_command("pwd; exit 4", cwd=tmp_path)
    assert (result.exit_code, result.stdout) == (4, f"{tmp_path}\n")


def test_it_moves_files(cloud, tmp_path):
    (tmp_path / "there").write_bytes(b"\x00\xff")
    assert cloud.file_upload(tmp_path / "there", tmp_path / "moved").success
    assert cloud.file_download(tmp_path / "moved", tmp_path / "back").success
    assert (tmp_path / "back").read_bytes() == b"\x00\xff"


def test_it_reads_git(cloud, tmp_path):
    script = """
    set -e; mkdir repo; cd repo; git init -q; echo one > file; git add file
    git -c user.name=A -c user.email=a@example.com commit -q -m one; echo two > file
    """
    made = cloud.execute_command(script, cwd=tmp_path)
    assert made.exit_code == 0, made.stderr
    changes = cloud.git_changes("repo")
    assert [(change.status.value, str(change.path)) for change in changes] == [("UPDATED", "file")]
    diff = cloud.git_diff("repo/file")
    assert (diff.original, diff.modified) == ("one", "two")
