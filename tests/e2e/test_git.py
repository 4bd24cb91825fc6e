"""Git over HTTP: what changed, one file before and after, commits."""

import contextlib
import os
import select
import subprocess
import threading
import urllib.parse

import pytest
from server import LIMIT_S

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "Test"),
            ("EMAIL", "test@example.com"),
            ("DATE", "2024-05-06T07:08:09+02:00"),
        )
    },
}
REPOSITORY = """
git init -q -b main .; printf 'one\\ntwo\\n' > a; mkdir sub; echo s > sub/s; echo gone > gone
git add .; git commit -qm first
"""


def sh(directory, script):
    done = subprocess.run(
        ["sh", "-ec", script],
        cwd=directory,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    directory = tmp_path / "r"
    directory.mkdir()
    sh(directory, REPOSITORY)
    return directory


def ask(server, route, **parameters):
    return server.get(f"{route}?{urllib.parse.urlencode(parameters)}")


def changes(server, path, **more):
    answer = ask(server, "/api/git/changes", path=path, **more)
    assert answer.status == 200, answer
    return [f"{change['status'][0]} {change['path']}" for change in answer.json()]


def test_changes_are_listed_by_name(server, repository):
    sh(repository, "echo x > a; rm gone; git mv sub/s sub/t; touch new")
    assert changes(server, repository) == ["U a", "D gone", "A new", "D sub/s", "A sub/t"]


def test_names_with_spaces_stay_whole(server, repository):
    sh(repository, "touch ' a b '; git add .; git commit -qm odd; echo x > ' a b '")
    assert changes(server, repository) == ["U  a b "]


def test_names_beyond_ascii_are_quoted_in_v1_and_real_in_native(server, repository):
    sh(repository, "touch é.txt zz")
    assert changes(server, repository) == ['A "/303/251.txt"', "A zz"]
    native = ask(server, "/api/native/git/changes", path=repository).json()
    assert native == {
        "is_repository": True,
        "changes": [
            {"status": "added", "path": "zz", "repository": None},
            {"status": "added", "path": "é.txt", "repository": None},
        ],
    }


def test_nested_repositories_are_listed_with_their_directory(server, tmp_path):
    sh(tmp_path, "for d in x y; do mkdir $d; (cd $d; git init -q .; touch f); done")
    assert changes(server, tmp_path) == ["A x/f", "A y/f"]
    native = ask(server, "/api/native/git/changes", path=tmp_path).json()
    assert [change["repository"] for change in native["changes"]] == ["x", "y"]


def test_a_relative_path_begins_at_the_servers_directory(server, repository):
    sh(repository, "touch new")
    assert changes(server, "r") == ["A new"]


def test_a_diff_has_two_sides(server, repository):
    sh(repository, "printf 'one\\nTWO\\n' > a; rm gone")
    assert ask(server, "/api/git/diff", path=repository / "a").json() == {
        "modified": "one\nTWO",
        "original": "one\ntwo",
    }
    assert ask(server, "/api/git/diff", path=repository / "gone").json() == {
        "modified": "",
        "original": "gone",
    }


def test_commits_and_what_they_changed(server, repository):
    sh(repository, "echo three >> a; git commit -qam 'second: ä'")
    oid, first = sh(repository, "git log --format=%H").split()
    page = ask(server, "/api/git/commits", path=repository, limit=1).json()
    assert page == {
        "commits": [
            {
                "sha": oid,
                "short_sha": oid[:7],
                "subject": "second: ä",
                "author": "Test",
                "timestamp": "2024-05-06T07:08:09+02:00",
            }
        ],
        "has_more": True,
    }
    changed = ask(server, f"/api/git/commits/{oid}/changes", path=repository).json()
    assert changed == [{"status": "UPDATED", "path": "a"}]
    added = ask(server, f"/api/git/commits/{first[:8]}/changes", path=repository / "sub").json()
    assert [change["path"] for change in added] == ["a", "gone", "sub/s"]
    diff = ask(server, "/api/git/diff", path=repository / "a", commit=oid).json()
    assert diff == {"modified": "one\ntwo\nthree", "original": "one\ntwo"}


def test_what_is_no_repository_is_empty(server, tmp_path):
    (tmp_path / "f").touch()
    for path in (tmp_path, tmp_path / "f", tmp_path / "missing"):
        assert ask(server, "/api/git/changes", path=path).json() == []
        assert ask(server, "/api/git/commits", path=path).json() == {
            "commits": [],
            "has_more": False,
        }
        assert ask(server, "/api/git/commits/abcd/changes", path=path).json() == []
    assert ask(server, "/api/git/diff", path=tmp_path / "f").json() == {
        "modified": None,
        "original": None,
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_repository_of_somebody_else_is_empty(server, repository):
    sh(repository, "touch new")
    os.chown(repository, 12345, 12345)
    os.chown(repository / ".git", 12345, 12345)
    assert changes(server, repository) == []
    assert ask(server, "/api/git/diff", path=repository / "a").json() == {
        "modified": None,
        "original": None,
    }
    assert ask(server, "/api/git/commits", path=repository).json()["commits"] == []


REFUSALS = [
    (
        "changes?path=@&ref=nonsense",
        "Git command failed: git --no-pager rev-parse --verify 'nonsense^{commit}'",
    ),
    (
        "changes?path=@&ref=--help",
        "Git command failed: git --no-pager rev-parse --verify '--help^{commit}'",
    ),
    ("diff?path=@/a&ref=HEAD&commit=abcd", "'ref' and 'commit' are mutually exclusive"),
    ("diff?path=@/nowhere", "File does not exist: @/nowhere"),
    (
        "commits/deadbeef/changes?path=@",
        "Git command failed: git --no-pager rev-parse --verify 'deadbeef^{commit}'",
    ),
]


@pytest.mark.parametrize(("target", "text"), REFUSALS)
def test_what_git_refuses_is_told(server, repository, target, text):
    answer = server.get("/api/git/" + target.replace("@", str(repository)))
    assert answer.status == 400
    assert answer.json() == {"detail": text.replace("@", str(repository))}


PATTERN = "^[0-9a-fA-F]{4,64}$"


@pytest.mark.parametrize("sha", ["abc", "--all", "a" * 65, "abcd%0A", "xyz1"])
def test_a_commit_is_hexadecimal(server, sha):
    for target, place in (
        (f"/api/git/commits/{sha}/changes?path=/", ["path", "sha"]),
        (f"/api/git/diff?path=/&commit={sha}", ["query", "commit"]),
    ):
        answer = server.get(target)
        assert answer.status == 422
        (item,) = answer.json()["detail"]
        assert (item["type"], item["loc"], item["ctx"]) == (
            "string_pattern_mismatch",
            place,
            {"pattern": PATTERN},
        )


def test_mistakes_in_path_and_query_are_listed_together(server):
    items = server.get("/api/git/commits/xyz/changes").json()["detail"]
    assert [item["loc"] for item in items] == [["path", "sha"], ["query", "path"]]


@pytest.mark.parametrize("limit", ["0", "201", "x"])
def test_the_number_of_commits_is_limited(server, limit):
    assert ask(server, "/api/git/commits", path="/", limit=limit).status == 422


def test_a_nul_byte_is_an_unexpected_failure(server):
    server.accepted_errors = ("http.unexpected",)
    for target in (
        "changes?path=/tmp/%00",
        "changes?path=/&ref=%00",
        "diff?path=a%00b",
        "commits?path=%00",
    ):
        answer = server.get("/api/git/" + target)
        assert answer.status == 500
        assert answer.json()["exception"] == "embedded null byte"


def test_nobody_asks_without_a_key(server, repository):
    for target in (
        "git/changes",
        "git/diff",
        "git/commits",
        "git/commits/abcd/changes",
        "native/git/changes",
    ):
        assert server.get(f"/api/{target}?path={repository}", key=None).status == 401


def test_a_locked_index_does_not_matter_and_is_left_alone(server, repository):
    lock = repository / ".git" / "index.lock"
    lock.touch()
    sh(repository, "echo x > a")
    assert changes(server, repository) == ["U a"]
    assert lock.exists()


def test_a_large_number_of_changes_is_listed(server, repository):
    sh(repository, "mkdir many; cd many; seq -f 'file-%g' 20000 | xargs touch")
    assert len(changes(server, repository)) == 20000


class Gate:
    """Holds each `git status` in a repository until it is opened: git asks a hook what changed, and
    the hook waits at a named pipe."""

    def __init__(self, repository):
        self.pipe = repository / ".git" / "gate"
        self.arrivals = repository / ".git" / "arrivals"
        os.mkfifo(self.pipe)
        os.mkfifo(self.arrivals)
        hook = repository / ".git" / "hold"
        hook.write_text(
            f"#!/bin/sh\necho x > '{self.arrivals}'\nread line < '{self.pipe}'\nprintf '/'\n"
        )
        hook.chmod(0o755)
        sh(repository, f"git config core.fsmonitor '{hook}'")
        self.ends = [os.open(path, os.O_RDWR) for path in (self.pipe, self.arrivals)]

    def wait_for(self, count):
        """Returns when so many hooks wait."""
        while count > 0:
            came = select.select([self.ends[1]], [], [], LIMIT_S)[0]
            assert came, f"{count} more should have come"
            count -= len(os.read(self.ends[1], count * 2)) // 2

    def open(self, count):
        os.write(self.ends[0], b"x\n" * count)

    def close(self):
        for end in self.ends:
            os.close(end)


@pytest.fixture
def gate(repository):
    gate = Gate(repository)
    yield gate
    gate.close()


def ask_in_thread(server, repository, answers):
    def run():
        with contextlib.suppress(OSError):
            answers.append(ask(server, "/api/git/changes", path=repository).status)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_git_that_hangs_holds_up_nobody_else(server, repository, gate):
    answers = []
    threads = [ask_in_thread(server, repository, answers) for _ in range(8)]
    gate.wait_for(4)  # the others wait for a place
    assert server.get("/alive").status == 200
    assert server.get("/api/file/home").status == 200
    gate.open(8)
    for thread in threads:
        thread.join(LIMIT_S)
    assert answers == [200] * 8


def test_a_client_that_leaves_gives_up_its_place(server, repository, gate):
    answers = []
    threads = [ask_in_thread(server, repository, answers) for _ in range(4)]
    gate.wait_for(4)
    for _ in range(20):
        with contextlib.closing(server.connect()) as connection:
            server.send(connection, "GET", f"/api/git/changes?path={repository}", None, None, ...)
    other = repository.parent / "other"
    other.mkdir()
    sh(other, "git init -q .; touch new")
    threads.append(ask_in_thread(server, other, answers))
    gate.open(4)  # not enough for the 20 that left
    for thread in threads:
        thread.join(LIMIT_S)
    assert answers == [200] * 5


def test_the_server_stops_while_git_hangs(start, repository, gate):
    server = start(env={"ACTIOND_DRAIN_TIMEOUT_SECONDS": "0"})
    thread = ask_in_thread(server, repository, [])
    gate.wait_for(1)
    server.stop()
    thread.join(LIMIT_S)


def test_git_sees_no_key_of_the_server(server, repository):
    seen = repository / ".git" / "seen"
    hook = repository / ".git" / "spy"
    hook.write_text(f"#!/bin/sh\nenv > '{seen}'\nprintf '/'\n")
    hook.chmod(0o755)
    sh(repository, f"git config core.fsmonitor '{hook}'")
    changes(server, repository)
    text = seen.read_text()
    assert server.key not in text
    assert "GIT_TERMINAL_PROMPT=0" in text
