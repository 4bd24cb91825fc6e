"""The smoke test: uses a running server the way a client would, over one address.

    smoke.py URL [KEY] [--no-git]

Needs nothing but the Python standard library. Each check is a sentence; a failing one is printed
and makes the exit status 1.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Client:
    def __init__(self, url, key, has_git):
        self.url, self.key, self.has_git = url, key, has_git

    def ask(self, method, path, body=None, headers=None, key=True):
        headers = dict(headers or {})
        if key and self.key:
            headers["X-Session-API-Key"] = self.key
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def run(self, command, **more):
        status, body = self.ask(
            "POST", "/api/bash/execute_bash_command", {"command": command, **more}
        )
        assert status == 200, (status, body)
        return json.loads(body)


@check
def the_server_says_it_is_alive(client):
    for path in ("/alive", "/health"):
        status, body = client.ask("GET", path, key=False)
        assert (status, json.loads(body)) == (200, {"status": "ok"}), (status, body)


@check
def a_wrong_key_is_refused(client):
    if client.key:
        status, _ = client.ask("GET", "/api/file/home", key=False)
        assert status == 401, status


@check
def a_command_runs_and_its_output_comes_back(client):
    event = client.run("echo out; echo err >&2; exit 3")
    assert (event["stdout"], event["stderr"], event["exit_code"]) == ("out\n", "err\n", 3), event


@check
def a_command_does_not_see_the_key(client):
    if client.key:
        event = client.run("env; cat /proc/1/environ 2>/dev/null || true")
        assert client.key not in (event["stdout"] or ""), "the key is in a child's environment"


@check
def a_daemon_does_not_hold_the_result(client):
    event = client.run("sleep 30 & echo done")
    assert event["stdout"] == "done\n", event


@check
def a_file_goes_up_and_comes_down_unchanged(client):
    content = bytes(range(256)) * 4096
    path = f"/tmp/smoke-{uuid.uuid4().hex}/file.bin"
    boundary = uuid.uuid4().hex
    body = (
        f"--{boundary}\r\n".encode()
        + b'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    quoted = urllib.parse.quote(path)
    status, answer = client.ask(
        "POST",
        f"/api/file/upload?path={quoted}",
        body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert status == 200, (status, answer)
    assert json.loads(answer) == {"success": True, "file_size": len(content)}, answer
    status, answer = client.ask("GET", f"/api/file/download?path={quoted}")
    assert status == 200 and answer == content, (status, len(answer))


@check
def an_archive_of_a_directory_is_a_gzip_stream(client):
    client.run("mkdir -p /tmp/smoke-archive && echo x > /tmp/smoke-archive/f")
    status, answer = client.ask("GET", "/api/file/archive?path=/tmp/smoke-archive&format=tar.gz")
    assert status == 200 and answer[:2] == b"\x1f\x8b", (status, answer[:80])


@check
def git_changes_are_listed(client):
    if client.has_git:
        event = client.run(
            "rm -rf /tmp/smoke-git && git init -q /tmp/smoke-git && echo x > /tmp/smoke-git/new"
        )
        assert event["exit_code"] == 0, event
        status, answer = client.ask("GET", "/api/git/changes?path=/tmp/smoke-git")
        assert json.loads(answer) == [{"status": "ADDED", "path": "new"}], (status, answer)


def run_checks(checks, client):
    failed = 0
    for function in checks:
        try:
            function(client)
        except Exception as error:
            failed += 1
            print(f"FAIL {function.__name__}: {error!r}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    has_git = "--no-git" not in arguments
    words = [word for word in arguments if not word.startswith("--")]
    client = Client(words[0].rstrip("/"), words[1] if len(words) > 1 else None, has_git)
    return run_checks(CHECKS, client)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
