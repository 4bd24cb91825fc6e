"""The SDK's RemoteWorkspace does a day's work on our server. The tests follow each other: what one
builds, the next one uses."""

import hashlib
import os
import time

import pytest
from conftest import KEY
from project import CREATE, FILES, MAKEFILE, PAGES

MEBIBYTE = 1024 * 1024


def test_a_running_server_is_alive(workspace):
    assert workspace.alive


def test_a_server_that_is_not_there_is_not_alive():
    from openhands.sdk.workspace import RemoteWorkspace
    from server import free_port

    absent = RemoteWorkspace(host=f"http://127.0.0.1:{free_port()}", working_dir="/")
    assert not absent.alive


def test_a_wrong_key_gets_an_error_and_no_output(server, project):
    from openhands.sdk.workspace import RemoteWorkspace

    stranger = RemoteWorkspace(
        host=f"http://127.0.0.1:{server.port}", api_key="wrong", working_dir=str(project)
    )
    result = stranger.execute_command("echo reached")
    assert result.exit_code == -1
    assert "401" in result.stderr
    assert not result.stdout


def test_a_command_returns_its_output_and_exit_code(workspace):
    result = workspace.execute_command("echo out; echo err >&2; exit 3")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "out\n", "err\n")
    assert not result.timeout_occurred


def test_a_command_runs_in_the_directory_it_names(workspace, project):
    result = workspace.execute_command("pwd", cwd=project)
    assert result.stdout == f"{project}\n"


def test_a_command_does_not_see_the_keys(workspace):
    result = workspace.execute_command(f"env | grep -e {KEY} -e SESSION_API_KEY")
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_command_sees_the_worker_ports(workspace):
    assert workspace.execute_command("echo $WORKER_1 $WORKER_2").stdout == "12000 12001\n"


def test_text_of_every_script_comes_back_unharmed(workspace):
    text = "tabs\there, quotes ' \" `, $HOME, äöü, 漢字, 😀\n"
    assert workspace.execute_command(f"cat <<'END'\n{text}END\n").stdout == text


def test_an_upload_arrives(workspace, project, tmp_path):
    makefile = tmp_path / "Makefile"
    makefile.write_text(MAKEFILE)
    result = workspace.file_upload(makefile, project / "Makefile")
    assert result.success, result.error
    assert (project / "Makefile").read_text() == MAKEFILE


def test_an_upload_creates_directories_and_replaces_files(workspace, project, tmp_path):
    source = tmp_path / "note.txt"
    target = project.parent / "elsewhere" / "deep" / "two words.txt"
    for text in ("a longer first version", "second"):
        source.write_text(text)
        result = workspace.file_upload(source, target)
        assert result.success, result.error
        assert target.read_text() == text


def test_a_large_upload_arrives_whole(workspace, project, tmp_path):
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(32 * MEBIBYTE))
    target = project.parent / "large.bin"
    result = workspace.file_upload(source, target)
    assert result.success, result.error
    assert sha256(target) == sha256(source)
    target.unlink()


def test_a_repository_of_some_thousand_files_is_created(workspace, project):
    result = workspace.execute_command(CREATE, cwd=project, timeout=120)
    assert result.exit_code == 0, result.stderr
    assert int(result.stdout) == FILES


def test_the_project_builds(workspace, project):
    result = workspace.execute_command("make -j2", cwd=project, timeout=120)
    assert result.exit_code == 0, result.stderr
    assert "-o program" in result.stdout


def test_the_tests_of_the_project_pass(workspace, project):
    result = workspace.execute_command("make test", cwd=project, timeout=60)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith("1 passed\n")


def test_a_broken_build_reports_the_compiler_s_words(workspace, project):
    command = (
        "echo 'int broken(' > src/unit_1.c; make; status=$?; git checkout -q src; exit $status"
    )
    result = workspace.execute_command(command, cwd=project, timeout=60)
    assert result.exit_code == 2
    assert "src/unit_1.c:1" in result.stderr


def test_git_changes_are_listed(workspace, project, version):
    skip_before_git(version)
    changes = workspace.execute_command(
        "echo '# Changed' > docs/page_7.md; rm docs/page_8.md; echo new > docs/new.md", cwd=project
    )
    assert changes.exit_code == 0, changes.stderr
    found = [(change.status.value, str(change.path)) for change in workspace.git_changes(".")]
    assert found == [
        ("ADDED", "docs/new.md"),
        ("UPDATED", "docs/page_7.md"),
        ("DELETED", "docs/page_8.md"),
    ]


def test_a_git_diff_shows_both_sides(workspace, version):
    skip_before_git(version)
    diff = workspace.git_diff("docs/page_7.md")
    assert (diff.original, diff.modified) == ("# Page 7", "# Changed")


def test_changes_of_a_few_thousand_files_are_listed(workspace, project, version):
    skip_before_git(version)
    command = "for f in docs/page_*.md; do echo more >> $f; done"
    assert workspace.execute_command(command, cwd=project).exit_code == 0
    assert len(workspace.git_changes(".")) == PAGES + 1
    workspace.execute_command("git checkout -q .; git clean -fdq", cwd=project)
    assert workspace.git_changes(".") == []


def test_an_artefact_of_100_mb_is_fetched(workspace, project, tmp_path):
    command = "head -c 100000000 /dev/urandom > artefact.bin; sha256sum < artefact.bin"
    made = workspace.execute_command(command, cwd=project, timeout=60)
    result = workspace.file_download(project / "artefact.bin", tmp_path / "artefact.bin")
    assert result.success, result.error
    assert result.file_size == 100_000_000
    assert sha256(tmp_path / "artefact.bin") == made.stdout.split()[0]


def test_a_missing_file_is_not_fetched(workspace, project, tmp_path):
    result = workspace.file_download(project / "nowhere", tmp_path / "nowhere")
    assert not result.success
    assert "404" in result.error
    assert not (tmp_path / "nowhere").exists()


def test_a_command_that_prints_50_mb_loses_nothing(workspace, version):
    result = workspace.execute_command("seq -f '%049.0f' 1 1000000", timeout=120)
    expected = "".join(f"{number:049d}\n" for number in range(1, 1_000_001))
    assert result.exit_code == 0, result.stderr[-500:]
    if version < (1, 11):
        # This client asks for all output at every poll and adds it up.
        assert result.stdout.endswith(expected)
    else:
        assert result.stdout == expected


def test_a_command_that_takes_too_long_is_ended(workspace, project):
    command = "exec 9>held; flock 9; echo begun; sleep 600; sleep 600"
    before = time.monotonic()
    result = workspace.execute_command(command, cwd=project, timeout=1)
    assert result.exit_code == -1
    assert time.monotonic() - before < 5
    # The lock is free when the last process of the command has gone.
    assert workspace.execute_command("flock held true", cwd=project, timeout=5).exit_code == 0


def test_a_daemon_does_not_hold_the_result(workspace, project):
    command = "sleep 600 & echo $! > daemon.pid; echo started"
    before = time.monotonic()
    result = workspace.execute_command(command, cwd=project, timeout=30)
    assert (result.exit_code, result.stdout) == (0, "started\n")
    assert time.monotonic() - before < 5
    running = workspace.execute_command(
        "kill -0 $(cat daemon.pid) && kill $(cat daemon.pid)", cwd=project
    )
    assert running.exit_code == 0, running.stderr


def test_a_started_command_is_followed_and_stopped(workspace, version):
    if not hasattr(workspace, "stop_command"):
        pytest.skip(f"the SDK {version} cannot start commands without waiting")
    command = workspace.start_command("sleep 600", timeout=700)
    workspace.stop_command(command)
    assert workspace.get_command_output(command)["exit_code"] == -15


def test_the_server_says_what_it_is(workspace):
    if not hasattr(workspace, "get_server_info"):
        pytest.skip("this SDK does not ask")
    assert workspace.get_server_info()["title"] == "OpenHands Agent Server"


def skip_before_git(version):
    if version < (1, 20):
        pytest.skip("the git calls of this SDK build a broken URL and never reach a server")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
