"""Starting: the banner, the options that do not serve, the start words, what goes wrong."""

import json
import os
import pwd
import shutil
import socket
import subprocess

import pytest
from server import BINARY, environment, run_once

# Whoever runs the tests is there already; nobody is added.
V0_USER = ["--username", pwd.getpwuid(os.getuid()).pw_name, "--user-id", str(os.getuid())]

INFO = """
uptime idle_time title version sdk_version tools_version workspace_version build_git_sha
build_git_ref python_version usable_tools runtime_idle_timeout_seconds conversation_runtime
available_conversation_runtimes capabilities app_backend_ingress_url
max_foreground_terminal_timeout_seconds docs redoc resources
"""
PUBLIC = {"/alive": {"status": "ok"}, "/health": {"status": "ok"}, "/ready": {"status": "ready"}}


def test_the_banner_names_host_port_and_pages(start):
    server = start()
    assert server.out.lines[:4] == [
        f"Starting OpenHands Agent Server on 127.0.0.1:{server.port}",
        f"API docs will be available at http://127.0.0.1:{server.port}/docs",
        "Auto-reload: disabled",
        "DEBUG mode: DISABLED",
    ]


def test_the_banner_stays_plain_when_the_log_is_json(start):
    server = start("--reload", env={"LOG_JSON": "true", "DEBUG": "1"})
    server.stop()
    assert server.out.wait_for_end()[2:5] == [
        "Auto-reload: enabled",
        "DEBUG mode: ENABLED (stack traces will be shown)",
        "",
    ]
    lines = [json.loads(line) for line in server.log.wait_for_end()]
    assert lines and all({"asctime", "levelname", "name", "message"} <= set(line) for line in lines)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_routes_answer_as_soon_as_the_banner_is_out(server, path):
    answer = server.get(path, key=None)
    assert (answer.status, answer.json()) == (200, PUBLIC[path])


def test_server_info_names_the_version_and_promises_nothing_that_is_missing(start):
    server = start(
        env={"OPENHANDS_BUILD_GIT_SHA": "0123abc", "OH_RUNTIME_IDLE_TIMEOUT_SECONDS": "600"}
    )
    info = server.get("/server_info", key=None).json()
    assert list(info) == INFO.split()
    assert info["version"].count(".") == 2 and info["build_git_sha"] == "0123abc"
    assert info["runtime_idle_timeout_seconds"] == 600.0
    assert info["max_foreground_terminal_timeout_seconds"] == 540.0
    assert server.get("/").json().keys() == info.keys()


@pytest.mark.parametrize("value", ["", "soon", "0", "-1"])
def test_an_idle_timeout_that_makes_no_sense_is_none(start, value):
    info = start(env={"OH_RUNTIME_IDLE_TIMEOUT_SECONDS": value}).get("/server_info").json()
    assert info["runtime_idle_timeout_seconds"] is None
    assert info["max_foreground_terminal_timeout_seconds"] is None


def test_help_goes_to_stdout_and_names_every_variable():
    done = run_once("--help")
    assert done.returncode == 0 and done.stderr == ""
    for word in (
        "--host",
        "--port",
        "OH_SESSION_API_KEYS_0",
        "SESSION_API_KEY",
        "OH_WEBHOOKS",
        "--check-config",
    ):
        assert word in done.stdout
    assert done.stdout.startswith("usage: actiond [-h]")


def test_version_is_one_line():
    done = run_once("--version")
    assert (done.returncode, done.stdout) == (0, "actiond 1.58.0\n")


@pytest.mark.parametrize(
    "words",
    [["--nonsense"], ["--port", "x"], ["--port", "65536"], ["--h"], ["--port"], ["-m", "x"]],
)
def test_wrong_words_show_the_usage_and_end_with_2(words):
    done = run_once(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr.startswith("usage: actiond")
        and "actiond: error: " in done.stderr.splitlines()[-1]
    )


def test_the_browser_check_says_what_is_missing():
    done = run_once("--check-browser")
    assert done.returncode == 1 and done.stdout.startswith("Browser check failed: ")


def test_it_answers_to_the_name_backends_start(start, tmp_path):
    link = tmp_path / "openhands-agent-server"
    link.symlink_to(BINARY)
    assert start(program=(str(link),)).get("/alive").status == 200
    assert run_once("--help", program=str(link)).stdout.startswith("usage: openhands-agent-server")


def test_start_words_of_the_v1_server_are_dropped(start):
    server = start("-m", "openhands.agent_server", "--port", "0", "--import-modules", "my.tools")
    assert server.get("/alive").status == 200
    server.log.wait_for(lambda line: "config.no_python" in line)


@pytest.mark.parametrize(
    "prefix", [[], ["-u", "-m"], ["run", "-n", "openhands", "poetry", "run", "python", "-u", "-m"]]
)
def test_start_words_of_the_v0_server_serve_as_well(start, prefix, tmp_path):
    words = [*prefix, "openhands.runtime.action_execution_server"] if prefix else []
    tail = ["--working-dir", str(tmp_path), "--plugins", "agent_skills", *V0_USER]
    server = start(*words, "0", *tail, "--no-enable-browser", key=None, host=None)
    server.log.wait_for(lambda line: "v0.alive" in line)
    assert server.host == "0.0.0.0" and server.get("/alive").status == 200


def test_a_blank_key_means_no_key_to_the_v0_server(start, tmp_path):
    words = ["0", "--working-dir", str(tmp_path), *V0_USER]
    server = start(*words, env={"SESSION_API_KEY": ""}, key=None, host=None)
    server.log.wait_for(lambda line: "v0.alive" in line)
    assert server.get("/alive").status == 200
    server.log.wait_for(lambda line: "config.blank_key" in line)


def test_without_keys_only_this_machine_reaches_the_server(start):
    assert start(key=None, host=None).host == "127.0.0.1"


def test_with_a_key_everybody_reaches_the_server(start):
    assert start(host=None).host == "0.0.0.0"


def test_an_open_server_on_all_addresses_is_warned_about(start):
    server = start(key=None, host="0.0.0.0")
    server.log.wait_for(lambda line: "config.open_server" in line)


def test_it_listens_on_ipv6_as_well(start):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = start(host="[::1]")
    with socket.create_connection(("::1", server.port)) as connection:
        connection.sendall(b"GET /alive HTTP/1.0\r\n\r\n")
        assert connection.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_a_port_in_use_ends_with_1_and_a_reason():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_once("--host", "127.0.0.1", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1 and "Address already in use" in done.stderr.splitlines()[-1]


def test_an_address_nobody_has_ends_with_1_and_a_reason():
    done = run_once("--host", "192.0.2.1", "--port", "0")
    assert done.returncode == 1 and "192.0.2.1" in done.stderr.splitlines()[-1]


def test_closed_standard_streams_do_not_stop_it(tmp_path):
    """Its log and banner have nowhere to go, and no socket may take their numbers by accident."""
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$0" --port 0 <&- >&- 2>&-', str(BINARY)],
        env=environment({}, tmp_path),
        cwd=tmp_path,
    )
    streams = wait_for_listener(process.pid)
    process.terminate()
    assert process.wait(60) == -15
    assert not any("socket" in stream for stream in streams), streams


def wait_for_listener(pid):
    """Where the first three descriptors lead, once the server listens."""
    for _ in range(100_000):
        sockets = [read_link(pid, fd) for fd in list_fds(pid)]
        if any("socket" in name for name in sockets):
            return [read_link(pid, fd) for fd in ("0", "1", "2")]
        os.sched_yield()
    raise AssertionError("the server does not listen")


def list_fds(pid):
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except PermissionError:
        pytest.skip("only root sees the descriptors of a protected process")


def read_link(pid, fd):
    try:
        return os.readlink(f"/proc/{pid}/fd/{fd}")
    except FileNotFoundError:
        return ""


def test_the_documents_are_made_of_the_routes(server):
    document = server.get("/openapi.json", key=None).json()
    assert document["info"] == {"title": "OpenHands Agent Server", "version": "1.58.0"}
    assert "/alive" in document["paths"] and "/api/init" in document["paths"]
    assert document["paths"]["/api/init"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ] == {"$ref": "#/components/schemas/InitRequest"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_pages_need_no_other_server(server, path):
    for method in ("GET", "HEAD"):
        answer = server.request(method, path, key=None)
        assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    text = server.get(path).text
    assert "http://" not in text and "https://" not in text and "src=" not in text


def test_static_files_are_served_and_the_root_leads_to_them(start, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<h1>front</h1>")
    server = start(env={"OH_STATIC_FILES_PATH": str(tmp_path / "static")}, key=None)
    answer = server.get("/")
    assert (answer.status, answer.headers["location"]) == (302, "/static/index.html")
    assert server.get("/static/index.html").text == "<h1>front</h1>"
    shutil.rmtree(tmp_path / "static")
    assert server.get("/static/index.html").status == 404


def test_the_path_of_the_web_url_is_accepted_as_a_prefix(start):
    server = start(env={"OH_WEB_URL": "https://proxy.example/runtime/abc/"})
    assert server.get("/runtime/abc/alive").status == server.get("/alive").status == 200
    assert server.get("/runtime/abcd/alive").status == 404
    assert server.get("/openapi.json").json()["servers"] == [{"url": "/runtime/abc"}]
