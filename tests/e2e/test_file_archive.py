"""Archives: streamed without a file on the disk, in constant memory, complete or visibly not."""

import gzip
import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import urllib.parse
import zipfile

import pytest

from memory import assert_peak_below
from server import BINARY, LIMIT_S

MIB = 1 << 20
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com",
}


def sh(folder, script):
    subprocess.run(["sh", "-ec", script], cwd=folder, env=os.environ | GIT, check=True)


def archive(server, path, **parameters):
    return server.query("/api/file/archive", path=path, **parameters)


def test_a_tarball_holds_the_tree_under_its_name(server, tmp_path):
    sh(tmp_path, "mkdir -p r/sub r/empty r/build; echo a >r/a; echo b >r/sub/b; ln -s a r/link")
    answer = archive(server, tmp_path / "r", format="tar.gz")
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["content-disposition"] == 'attachment; filename="r.tar.gz"'
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        names = ["r", "r/a", "r/archive_manifest.json", "r/empty", "r/sub", "r/sub/b"]
        assert sorted(tar.getnames()) == names
        manifest = json.load(tar.extractfile("r/archive_manifest.json"))
        assert (manifest["file_count"], manifest["total_bytes"]) == (2, 4)


def test_a_patch_makes_the_base_into_the_tree(server, tmp_path):
    sh(tmp_path, "git init -qb main r; cd r; echo a >a; git add a; git commit -qm first; echo b >a")
    (tmp_path / "r/bin").write_bytes(bytes(range(256)))
    answer = archive(server, tmp_path / "r", base_ref="HEAD")
    assert answer.headers["content-type"] == "text/x-patch; charset=utf-8"
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path / "r", text=True)
    assert answer.headers["x-archive-base-commit"] == head.strip()
    assert answer.headers["x-archive-base-ref"] == "HEAD"
    assert answer.headers["x-archive-branch"] == "main"
    assert urllib.parse.unquote(answer.headers["x-archive-repo-root"]) == str(tmp_path / "r")
    (tmp_path / "patch").write_bytes(answer.body)
    sh(tmp_path, "git clone -q r c; cd c; git apply ../patch; cmp a ../r/a; cmp bin ../r/bin")


def test_a_patch_of_nothing_is_empty(server, tmp_path):
    sh(tmp_path, "git init -qb main r; cd r; echo a >a; git add a; git commit -qm first")
    answer = archive(server, tmp_path / "r", base_ref="HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_a_large_patch_passes_whole(server, tmp_path):
    sh(tmp_path, "git init -qb main r; head -c 6000000 /dev/urandom >r/big")
    answer = archive(server, tmp_path / "r")
    (tmp_path / "patch").write_bytes(answer.body)
    sh(tmp_path, "git init -q c; cd c; git apply ../patch; cmp big ../r/big")


def test_a_large_tarball_takes_little_memory_and_no_disk(start, tmp_path):
    server = start(env={"TMPDIR": str(tmp_path / "tmp")})
    (tmp_path / "tmp").mkdir()
    (tmp_path / "r").mkdir()
    with open(tmp_path / "r/big", "wb") as file:
        for _ in range(200):
            file.write(os.urandom(4096) + b"x" * (MIB - 4096))
    before = sorted(os.listdir(tmp_path))
    connection = server.connect()
    server.send(connection, "GET", f"/api/file/archive?path={tmp_path}/r&format=tar.gz")
    response = connection.getresponse()
    response.read(1)
    assert sorted(os.listdir(tmp_path)) == before and os.listdir(tmp_path / "tmp") == []
    rest = response.read()
    connection.close()
    assert rest.startswith(b"\x8b")
    assert_peak_below(server, 30 * MIB)


def test_a_client_that_leaves_ends_the_archive(start, tmp_path):
    server = start()
    (tmp_path / "r").mkdir()
    (tmp_path / "r/big").write_bytes(os.urandom(64 * MIB))
    for _ in range(5):
        client = socket.create_connection(("127.0.0.1", server.port), LIMIT_S)
        client.sendall(
            f"GET /api/file/archive?path={tmp_path}/r&format=tar.gz HTTP/1.1\r\nHost: x\r\n"
            f"X-Session-API-Key: {server.key}\r\n\r\n".encode()
        )
        assert client.recv(12) == b"HTTP/1.1 200"
        client.close()
    assert archive(server, tmp_path / "nowhere").status == 404
    server.stop()  # waits for every thread


@pytest.mark.parametrize(
    ("path", "parameters", "status", "detail"),
    [
        ("r", {}, 400, "Path must be absolute"),
        ("{}/nowhere", {}, 404, "Directory not found"),
        ("{}/nowhere\0", {}, 404, "Directory not found"),
        ("{}/f", {}, 400, "Path is not a directory"),
        ("{}/r", {"base_ref": "--output=x"}, 400, "base_ref must not start with '-'"),
        ("{}/r", {"base_ref": "x"}, 400, "Not a git repository: Not a git repository: {}/r"),
    ],
)
def test_what_cannot_be_archived_is_said(server, tmp_path, path, parameters, status, detail):
    sh(tmp_path, "mkdir r; touch f")
    answer = archive(server, path.format(tmp_path), **parameters)
    assert (answer.status, answer.json()["detail"]) == (status, detail.format(tmp_path))


def start_with_failing_diff(start, folder, printed):
    """A server whose git prints so many bytes of a patch and then fails."""
    (folder / "bin").mkdir()
    program = folder / "bin/git"
    program.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" diff "*) head -c {printed} /dev/zero; exit 3 ;; esac\n'
        'PATH=${PATH#*:} exec git "$@"\n'
    )
    program.chmod(0o755)
    sh(folder, "git init -qb main r; echo x >r/f")
    return start(env={"PATH": f"{folder}/bin:{os.environ['PATH']}"})


def test_a_patch_that_fails_before_its_first_byte_is_an_error(start, tmp_path):
    server = start_with_failing_diff(start, tmp_path, 0)
    answer = archive(server, tmp_path / "r")
    text = "500: Failed to generate git delta: Failed to generate git delta"
    assert (answer.status, answer.json()["exception"]) == (500, text)


def test_a_patch_that_fails_later_is_seen_to_be_incomplete(start, tmp_path):
    server = start_with_failing_diff(start, tmp_path, 3 * MIB)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        archive(server, tmp_path / "r")
    assert server.get("/alive").status == 200


def test_a_tarball_needs_no_repository_and_no_git(start, tmp_path):
    server = start(env={"PATH": "/nowhere"})
    sh(tmp_path, "git init -q r; echo x >r/f")
    answer = archive(server, tmp_path / "r", format="tar.gz")
    assert answer.status == 200 and gzip.decompress(answer.body)
    assert archive(server, tmp_path / "r").status == 400


def test_without_its_loadable_part_only_archives_fail(start, tmp_path):
    (tmp_path / "bin").mkdir()
    program = shutil.copy(BINARY, tmp_path / "bin")
    sh(tmp_path, "git init -q r; echo x >r/f")
    server = start(program=(program,))
    answer = archive(server, tmp_path / "r", format="tar.gz")
    if answer.status == 200:
        pytest.skip("the part is installed on this machine")
    text = "500: Failed to archive directory: actiond_archive.so is not installed"
    assert answer.status == 500 and answer.json()["exception"].startswith(text)
    assert archive(server, tmp_path / "r").status == 200  # a patch needs git alone


def test_a_trajectory_has_no_secrets(start, tmp_path):
    name = "0123456789abcdef0123456789abcdef"
    server = start(env={"OH_CONVERSATIONS_PATH": str(tmp_path / "conversations")})
    folder = tmp_path / "conversations" / name
    (folder / "events").mkdir(parents=True)
    (folder / "acp").mkdir()
    (folder / "acp/token").write_text("sk-1")
    (folder / "base_state.json").write_text('{"llm":{"api_key":"sk-2","model":"m"}}')
    (folder / "events/event-00000.json").write_text('{"value": "gAAAAAsk-3"}')
    (folder / "base_state.json.tmp").write_text("sk-4")
    answer = server.get(f"/api/file/download-trajectory/{name}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archived:
        names = ["", "base_state.json", "events/", "events/event-00000.json"]
        assert archived.namelist() == [f"{name}/{entry}" for entry in names]
        assert archived.testzip() is None
        state = json.loads(archived.read(f"{name}/base_state.json"))
        assert state == {"llm": {"api_key": "**********", "model": "m"}}
        assert all(b"sk-" not in archived.read(entry) for entry in archived.namelist())
    assert sorted(os.listdir(tmp_path / "conversations")) == [name]


def test_an_unknown_trajectory_is_not_found(server):
    answer = server.get("/api/file/download-trajectory/00000000-0000-4000-8000-000000000001")
    assert (answer.status, answer.json()) == (404, {"detail": "Conversation not found"})
