"""The server as a backend of V0 starts it: start words, readiness, keys, files, plugins."""

import base64
import io
import json
import os
import re
import stat
import threading
import uuid
import zipfile

import pytest

from server import BINARY, run_once

MODULE = "openhands.runtime.action_execution_server"
PLAIN_USER = ("--username", "tester", "--user-id", "1000")
PREFIXES = {
    "plain": (),
    "python": ("-u", "-m", MODULE),
    "micromamba": ("run", "-n", "openhands", "poetry", "run", "python", "-u", "-m", MODULE),
}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def start_v0(start, work):
    """start_v0("--plugins", …, env={…}): as LocalRuntime does it, for a user that is the caller."""

    def start_server(
        *words, prefix="python", user=PLAIN_USER, env=None, key=None, is_alive=True, **options
    ):
        arguments = ("0", "--working-dir", str(work), *words, *user, "--no-enable-browser")
        settings = {"USER": "tester"} | ({"SESSION_API_KEY": key} if key else {}) | (env or {})
        server = start(*PREFIXES[prefix], *arguments, env=settings, key=None, **options)
        server.key = key
        if is_alive:
            server.log.wait_for(is_event("v0.alive"))
        return server

    return start_server


@pytest.fixture
def v0(start_v0):
    return start_v0()


def is_event(name):
    return lambda line: f" {name} " in line


def run(server, command, **more):
    action = {"action": "run", "args": {"command": command, **more}}
    answer = server.post("/execute_action", {"action": action})
    assert answer.status == 200, answer
    return answer.json()


def form(name, content, field="file"):
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    body = b"--edge\r\n" + head.encode() + b"\r\n" + content + b"\r\n--edge--\r\n"
    return {"body": body, "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}


def zip_of(**files):
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return bytes_.getvalue()


def upload(server, query, name, content):
    return server.post(f"/upload_file?{query}", **form(name, content))


# Start


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_start_word_of_a_backend_serves(start_v0, work, prefix):
    server = start_v0(prefix=prefix)
    assert server.get("/alive").json() == {"status": "ok"}
    observation = run(server, "pwd")
    assert observation["content"] == str(work)
    assert observation["extras"]["metadata"]["exit_code"] == 0


@pytest.mark.parametrize(
    "words, text",
    [
        (["--plugins", "jupyter", "nonesuch"], "Plugin nonesuch not found"),
        (
            ["--no-enable-browser", "--browsergym-eval-env", "browsergym/x", "y"],
            "Browser environment is not enabled in config, but browsergym_eval_env is set",
        ),
    ],
)
def test_what_cannot_be_had_ends_the_start(words, text, tmp_path):
    result = run_once("-u", "-m", MODULE, "0", *words, cwd=tmp_path)
    assert result.returncode != 0
    assert text in result.stderr


@pytest.mark.parametrize(
    "variable", ["RUNTIME_MAX_MEMORY_GB", "INIT_PLUGIN_TIMEOUT", "NO_CHANGE_TIMEOUT_SECONDS"]
)
def test_a_number_that_is_none_ends_the_server(start_v0, variable):
    server = start_v0(env={variable: "many"}, is_alive=False)
    server.accepted_errors = ("server.failed",)
    server.expected_exit = 1
    assert server.wait() == 1
    server.log.wait_for(lambda line: "server.failed" in line and variable in line)


def test_a_folder_that_cannot_be_entered_ends_the_server(start_v0):
    server = start_v0("--working-dir", "/proc/nowhere", is_alive=False)
    server.accepted_errors = ("server.failed",)
    server.expected_exit = 1
    assert server.wait() == 1


def test_a_slow_bashrc_holds_up_actions_alone(start_v0, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    (tmp_path / ".bashrc").write_text(f"read line < {gate}; echo \"$line\" > /dev/null\n")
    server = start_v0()
    assert server.get("/alive").status == 200
    contents = []
    thread = threading.Thread(target=lambda: contents.append(run(server, "echo up")["content"]))
    thread.start()
    gate.write_text("open\n")  # waits for its reader
    thread.join()
    assert contents == ["up"]


def test_git_has_no_pager_in_the_main_shell(v0):
    assert "alias git='git --no-pager'" in run(v0, "alias git")["content"]


def test_a_server_without_start_words_serves_both(server):
    observation = run(server, "echo $((6 * 7))")
    assert observation["content"] == "42"
    assert server.run("echo v1")["stdout"] == "v1\n"


def test_the_folder_is_made_for_the_group_whatever_the_umask(start_v0, work):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    folder = work / "a" / "b"
    old = os.umask(0o077)
    try:
        server = start_v0(
            "--working-dir", str(folder), user=("--username", "root", "--user-id", "0")
        )
    finally:
        os.umask(old)
    server.log.wait_for(is_event("v0.ready"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o775
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o775


def test_a_running_command_does_not_outlive_the_server(v0, work):
    observation = run(v0, "sleep 1000 & echo started", timeout=20)
    assert "started" in observation["content"]
    v0.stop()  # the fixture looks for what is left behind


# Keys


def test_v0_routes_refuse_with_403(start_v0):
    server = start_v0(key="v0-key")
    for method, path in [
        ("POST", "/execute_action"),
        ("POST", "/list_files"),
        ("POST", "/upload_file"),
        ("GET", "/download_files?path=/tmp"),
        ("GET", "/vscode/connection_token"),
        ("GET", "/no/such/path"),
        ("GET", "/execute_action"),
    ]:
        answer = server.request(method, path, key="wrong")
        assert (answer.status, answer.json()) == (403, {"detail": "Invalid API Key"}), path
    assert server.get("/no/such/path").status == 404
    assert server.get("/execute_action").status == 405


def test_v1_routes_keep_their_own_refusal(start_v0):
    server = start_v0(key="v0-key")
    answer = server.get("/api/bash/bash_events/search", key="wrong")
    assert (answer.status, answer.json()) == (401, {"detail": "Unauthorized"})


def test_alive_and_server_info_need_no_key(start_v0):
    server = start_v0(key="v0-key")
    assert server.get("/alive", key=None).status == 200
    assert server.get("/server_info", key=None).status == 200


def test_the_key_is_not_in_the_shell(start_v0):
    server = start_v0(key="v0-key")
    assert run(server, "env | grep -c v0-key")["content"] == "0"


# Server info


def test_server_info_tells_what_the_server_takes(v0):
    info = v0.get("/server_info").json()
    assert isinstance(info["uptime"], float) and isinstance(info["idle_time"], float)
    resources = info["resources"]
    assert list(resources) == ["cpu_percent", "memory", "disk", "io"]
    assert list(resources["memory"]) == ["rss", "vms", "percent"]
    assert list(resources["disk"]) == ["total", "used", "free", "percent"]
    assert list(resources["io"]) == ["read_bytes", "write_bytes"]
    assert isinstance(resources["cpu_percent"], float) and resources["cpu_percent"] >= 0
    assert 0 < resources["memory"]["rss"] < resources["memory"]["vms"]
    assert 0 < resources["memory"]["percent"] < 100
    disk = resources["disk"]
    assert 0 < disk["used"] + disk["free"] <= disk["total"]
    assert "version" in info and "capabilities" in info  # of V1


def test_the_memory_monitor_logs_samples(start_v0):
    server = start_v0(env={"RUNTIME_MEMORY_MONITOR": "true"})
    line = server.log.wait_for(lambda line: "[Memory usage] MEM " in line)
    assert float(line.split("MEM ")[1].split()[0]) > 0


# Lists of files


def test_a_folder_is_listed_directories_first(v0, work):
    for name in ["b", "A", "a-b"]:
        (work / name).mkdir()
    for name in ["z.txt", ".hidden", "Y.txt"]:
        (work / name).write_text("")
    (work / "link").symlink_to("b")
    (work / "broken").symlink_to("nowhere")
    expected = ["a-b/", "A/", "b/", "link/", ".hidden", "Y.txt", "z.txt"]
    for body in [{}, {"path": None}, {"path": str(work)}, {"path": "b/.."}]:
        answer = v0.post("/list_files", body)
        assert (answer.status, answer.json()) == (200, expected), body


def test_a_relative_path_means_the_first_folder(v0, work):
    (work / "sub").mkdir()
    (work / "sub" / "f").write_text("")
    run(v0, "cd /")
    assert v0.post("/list_files", {"path": "sub"}).json() == ["f"]


def test_what_is_no_folder_is_an_empty_list(v0, work):
    (work / "f").write_text("")
    for path in ["missing", "f", "/nowhere/at/all", "a\0b", "x" * 5000]:
        answer = v0.post("/list_files", {"path": path})
        assert (answer.status, answer.json()) == (200, []), path


@pytest.mark.parametrize("body", ["", "no json", "[]", '{"path": 5}'])
def test_a_list_that_was_not_asked_for_well_is_a_500(v0, body):
    answer = v0.post("/list_files", body)
    detail = "An unexpected error occurred. Please try again later."
    assert (answer.status, answer.json()) == (500, {"detail": detail})
    v0.accepted_errors = ("v0.unexpected",)


# Uploads


def test_a_file_is_uploaded_into_a_new_folder(v0, work):
    folder = work / "new" / "deep"
    answer = upload(v0, f"destination={folder}", "f.txt", b"content")
    assert answer.status == 200
    assert list(answer.json().items()) == [
        ("filename", "f.txt"),
        ("destination", str(folder)),
        ("recursive", False),
    ]
    assert (folder / "f.txt").read_bytes() == b"content"
    upload(v0, f"destination={folder}", "f.txt", b"other")
    assert (folder / "f.txt").read_bytes() == b"other"


@pytest.mark.parametrize("recursive", ["true", "YES", "1", "false"])
def test_a_zip_is_unpacked_and_not_kept(v0, work, recursive):
    content = zip_of(**{"d/a": "alpha", "d/e/b": "beta"})
    answer = upload(v0, f"destination={work}&recursive={recursive}", "d.zip", content)
    assert answer.status == 200
    assert answer.json()["recursive"] == (recursive != "false")
    assert (work / "d/a").read_text() == "alpha"
    assert (work / "d/e/b").read_text() == "beta"
    assert os.listdir(work) == ["d"]


def test_a_zip_does_not_leave_its_folder(v0, work):
    folder = work / "in"
    content = zip_of(**{"../out": "x", "a/../../out": "x", "/tmp/actiond-out": "x", "good": "x"})
    answer = upload(v0, f"destination={folder}&recursive=true", "d.zip", content)
    assert answer.status == 200
    assert os.listdir(work) == ["in"]
    assert os.listdir(folder) == ["good"]
    assert not os.path.exists("/tmp/actiond-out")


def test_a_name_with_slashes_is_reduced_to_its_end(v0, work):
    assert upload(v0, f"destination={work}/in", "../../out", b"x").status == 200
    assert os.listdir(work / "in") == ["out"]


@pytest.mark.parametrize(
    "query, name, detail",
    [
        ("destination=relative", "f", "400: Destination must be an absolute path"),
        ("destination={work}&recursive=true", "f", "400: Recursive uploads must be zip files"),
        ("destination={work}", "f.zip", "{work}/f.zip is not a zip file"),
        ("destination={work}/f", "x", "[Errno 20] Not a directory: '{work}/f/x'"),
        ("destination={work}/f/g", "x", "[Errno 20] Not a directory: '{work}/f/g'"),
    ],
)
def test_an_upload_that_fails_is_a_500_with_its_text(v0, work, query, name, detail):
    (work / "f").write_text("")
    answer = upload(v0, query.format(work=work), name, b"PK no zip")
    assert (answer.status, answer.json()) == (500, {"detail": detail.format(work=work)})
    assert os.listdir(work) == ["f"]


def test_what_does_not_validate_is_listed_in_one_text(v0):
    answer = upload(v0, "recursive=maybe", "f", b"")
    assert answer.status == 422
    body = answer.json()
    assert body["detail"] == "Invalid request parameters"
    assert "'type': 'bool_parsing', 'loc': ('query', 'recursive')" in body["errors"]
    answer = v0.post("/upload_file", **form("f", b"", field="other"))
    assert "'type': 'missing', 'loc': ('body', 'file')" in answer.json()["errors"]


def test_a_large_upload_needs_no_memory(v0, work):
    content = os.urandom(1 << 20) * 48
    before = v0.get("/server_info").json()["resources"]["memory"]["rss"]
    assert upload(v0, f"destination={work}", "large", content).status == 200
    after = v0.get("/server_info").json()["resources"]["memory"]["rss"]
    assert after - before < len(content) / 2
    assert (work / "large").read_bytes() == content


# Downloads


def test_a_folder_is_downloaded_as_a_stored_zip(v0, work):
    (work / "d").mkdir()
    (work / "d" / "f").write_text("text")
    (work / ".hidden").write_bytes(b"x" * 3_000_000)
    (work / "empty").mkdir()
    answer = v0.query("/download_files", path=work)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="work.zip"'
    assert int(answer.headers["content-length"]) == len(answer.body)
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [".hidden", "d/f"]
    assert archive.read("d/f") == b"text"
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())


def test_a_file_is_downloaded_as_an_empty_zip(v0, work):
    (work / "f").write_text("text")
    answer = v0.query("/download_files", path=work / "f")
    assert (answer.status, len(answer.body)) == (200, 22)


@pytest.mark.parametrize(
    "path, detail",
    [
        ("relative", "400: Path must be an absolute path"),
        ("/nowhere/at/all", "404: File not found"),
    ],
)
def test_a_download_that_fails_is_a_500_with_its_text(v0, path, detail):
    answer = v0.query("/download_files", path=path)
    assert (answer.status, answer.json()) == (500, {"detail": detail})


def test_a_download_without_a_path_does_not_validate(v0):
    answer = v0.get("/download_files")
    assert answer.status == 422
    assert answer.json() == {
        "detail": "Invalid request parameters",
        "errors": "[{'type': 'missing', 'loc': ('query', 'path'), 'msg': 'Field required', "
        "'input': None}]",
    }


# VS Code


@pytest.fixture
def editor(tmp_path):
    """A program in the place of openvscode-server that tells how it was called, and serves when it
    is told to."""
    root = tmp_path / "editor"
    (root / "bin").mkdir(parents=True)
    os.mkfifo(root / "go")
    program = root / "bin" / "openvscode-server"
    program.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$@" > {root}/words\n'
        f"cat /dev/stdin > {root}/token\n"
        f"read line < {root}/go\n"
        "echo Web UI available at http://localhost\n"
        "exec sleep 1000\n"
    )
    program.chmod(0o755)
    return root


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        return listener.getsockname()[1]


def editor_settings(editor, work, **more):
    return {
        "OPENVSCODE_SERVER_ROOT": str(editor),
        "VSCODE_PORT": str(free_port()),
        "RUNTIME_USERNAME": "tester",
        "SU_TO_USER": "false",
        "WORKSPACE_BASE": str(work),
        "WORKSPACE_MOUNT_PATH_IN_SANDBOX": str(work),
    } | more


def test_alive_waits_for_the_plugins(start_v0, editor, work):
    server = start_v0("--plugins", "vscode", env=editor_settings(editor, work), is_alive=False)
    with open(editor / "go", "w") as gate:  # opens when the program waits there
        answer = server.get("/alive")
        assert answer.status == 503
        assert answer.json()["waiting_for"] in ("shell", "vscode")
        assert server.get("/ready").status == 503
        gate.write("go\n")
    server.log.wait_for(is_event("vscode.ready"))
    assert server.get("/alive").status == 200


def test_vscode_is_started_as_it_was_asked_for(start_v0, editor, work):
    settings = editor_settings(editor, work, OPENVSCODE_SERVER_BASE_PATH="base/")
    server = start_v0("--plugins", "vscode", env=settings, is_alive=False)
    (editor / "go").write_text("go\n")
    server.log.wait_for(is_event("v0.ready"))
    token = server.get("/vscode/connection_token").json()["token"]
    assert str(uuid.UUID(token)) == token
    words = (editor / "words").read_text().split("\n")
    assert words[: words.index("--port") + 2] == [
        "--host",
        "0.0.0.0",
        "--connection-token-file",
        "/dev/stdin",
        "--port",
        settings["VSCODE_PORT"],
    ]
    assert words[words.index("--server-base-path") + 1] == "/base"
    assert token not in words
    assert (editor / "token").read_text() == token
    assert json.loads((work / ".vscode/settings.json").read_text()) == {
        "workbench.colorTheme": "Default Dark Modern",
        "workbench.startupEditor": "none",
        "chat.commandCenter.enabled": False,
    }
    assert stat.S_IMODE((work / ".vscode/settings.json").stat().st_mode) == 0o666
    assert server.get("/api/vscode/status").json() == {"running": True, "enabled": True}
    url = server.get("/api/vscode/url?base_url=https://x/&workspace_dir=/w%20s").json()["url"]
    assert url == f"https://x/base/?tkn={token}&folder=/w%20s"


def test_a_token_is_told_where_nothing_is_installed(start_v0, work, tmp_path):
    server = start_v0("--plugins", "vscode", env=editor_settings(tmp_path / "none", work))
    server.log.wait_for(is_event("v0.ready"))
    assert uuid.UUID(server.get("/vscode/connection_token").json()["token"])
    assert server.get("/api/vscode/status").json()["running"] is False


@pytest.mark.parametrize("change", [{"VSCODE_PORT": "none"}, {"RUNTIME_USERNAME": "other"}])
def test_no_token_is_told_where_it_is_disabled(start_v0, editor, work, change):
    settings = editor_settings(editor, work) | change
    server = start_v0("--plugins", "vscode", env=settings)
    server.log.wait_for(is_event("v0.ready"))
    assert server.get("/vscode/connection_token").json() == {"token": None}


def test_plugins_that_take_too_long_end_the_server(start_v0, editor, work):
    settings = editor_settings(editor, work, INIT_PLUGIN_TIMEOUT="1")
    server = start_v0("--plugins", "vscode", env=settings, is_alive=False)
    server.accepted_errors = ("server.failed",)
    server.expected_exit = 1
    assert server.wait() == 1
    server.log.wait_for(lambda line: "vscode is not ready after 1 s" in line)


def test_v1_starts_vscode_with_its_key(start, editor):
    port = free_port()
    server = start(env={"OPENVSCODE_SERVER_ROOT": str(editor), "OH_VSCODE_PORT": str(port)})
    (editor / "go").write_text("go\n")
    server.log.wait_for(is_event("vscode.ready"))
    assert server.get("/api/vscode/status").json() == {"running": True, "enabled": True}
    url = server.get("/api/vscode/url").json()["url"]
    assert url == f"http://localhost:{port}/?tkn={server.key}&folder=workspace"
    assert (editor / "token").read_text() == server.key


def test_v1_tells_that_vscode_is_disabled(start):
    server = start(env={"OH_ENABLE_VSCODE": "false"})
    assert server.get("/api/vscode/status").json() == {
        "running": False,
        "enabled": False,
        "message": "VSCode is disabled in configuration",
    }
    answer = server.get("/api/vscode/url")
    assert answer.status == 503
    assert "Set enable_vscode=true" in answer.json()["exception"]


def test_v1_has_no_url_where_vscode_is_not_installed(server):
    if os.path.exists("/openhands/.openvscode-server/bin/openvscode-server"):
        pytest.skip("VS Code is installed")
    assert server.get("/api/vscode/url").json() == {"url": None}
    assert server.get("/api/vscode/status").json() == {"running": False, "enabled": True}


# File viewer


@pytest.fixture
def view(start_v0):
    """view(path): what the second listener answers."""
    server = start_v0()
    line = server.log.wait_for(is_event("v0.viewer"))
    viewer_port = int(re.search(r"port=(\d+)", line)[1])
    assert server.port < viewer_port <= min(server.port + 1024, 65535)

    def get(path):
        own_port, server.port = server.port, viewer_port
        try:
            return server.get(path)
        finally:
            server.port = own_port

    return get


def test_the_viewer_says_that_it_runs(view):
    assert view("/").json() == {"status": "File viewer server is running"}


def test_an_image_is_shown_as_a_page(view, work):
    (work / 'a"b.PNG').write_bytes(PNG)
    answer = view(f"/view?path={work}/a%22b.PNG")
    assert answer.status == 200
    assert "<title>File Viewer - a&quot;b.PNG</title>" in answer.text
    encoded = base64.b64encode(PNG).decode()
    assert f'<img src="data:image/png;base64,{encoded}" alt="a&quot;b.PNG">' in answer.text


def test_a_pdf_is_drawn_by_its_page(view, work):
    (work / "f.pdf").write_bytes(b"%PDF-1.4")
    answer = view(f"/view?path={work}/f.pdf")
    assert answer.status == 200
    assert "<title>File Viewer - f.pdf</title>" in answer.text
    assert base64.b64encode(b"%PDF-1.4").decode() in answer.text


@pytest.mark.parametrize(
    "path, status, page",
    [
        ("relative", 400, "<h1>Error: Path must be absolute</h1><p>relative</p>"),
        ("/no/<b>", 404, "<h1>Error: File not found</h1><p>/no/&lt;b&gt;</p>"),
        ("/tmp", 400, "<h1>Error: Path is a directory</h1><p>/tmp</p>"),
        (
            "/etc/hostname",
            500,
            "<h1>Error viewing file</h1><p>/etc/hostname</p><p>Unsupported file extension: . "
            "Supported extensions are: .pdf, .png, .jpg, .jpeg, .gif</p>",
        ),
    ],
)
def test_what_cannot_be_viewed_is_said_on_a_page(view, path, status, page):
    answer = view(f"/view?path={path}")
    assert (answer.status, answer.text) == (status, page)


def test_the_program_is_found_by_any_name(start_v0, tmp_path):
    link = tmp_path / "micromamba"
    link.symlink_to(BINARY)
    server = start_v0(prefix="micromamba", program=(str(link),))
    assert server.get("/alive").status == 200
