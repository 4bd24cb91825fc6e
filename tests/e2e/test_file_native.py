"""The file routes of our own: read, write, list, change, find, search."""

import hashlib
import os
import socket
import urllib.parse

import pytest

from server import LIMIT_S

FILES = "/api/native/files"
MIB = 1 << 20


def put(server, path, content, **parameters):
    query = urllib.parse.urlencode({"path": path} | parameters)
    return server.request("PUT", f"{FILES}?{query}", content)


def query(server, name, **parameters):
    return server.query(f"{FILES}/{name}" if name else FILES, **parameters)


def test_a_written_file_is_read_back(server, tmp_path):
    content = bytes(range(256)) * 1000
    answer = put(server, tmp_path / "a/b", content, create_parents=True, fsync=True, hash=True)
    written = answer.json()
    assert answer.status == 200
    assert (written["size"], written["is_new"]) == (len(content), True)
    assert written["sha256"] == hashlib.sha256(content).hexdigest()
    read = query(server, "", path=tmp_path / "a/b")
    assert read.body == content and read.headers["etag"] == f'"{written["etag"]}"'
    assert query(server, "", path=tmp_path / "a/b", **{"from": 254, "limit": 4}).body == (
        b"\xfe\xff\x00\x01"
    )


def test_a_file_that_has_not_changed_is_not_sent_again(server, tmp_path):
    tag = put(server, tmp_path / "f", b"x").json()["etag"]
    answer = server.get(f"{FILES}?path={tmp_path}/f", headers={"If-None-Match": f'"{tag}"'})
    assert (answer.status, answer.body) == (304, b"")
    head = server.request("HEAD", f"{FILES}?path={tmp_path}/f")
    assert (head.status, head.headers["etag"]) == (200, f'"{tag}"')


def test_a_lost_update_is_noticed(server, tmp_path):
    first = put(server, tmp_path / "f", b"one").json()["etag"]
    assert put(server, tmp_path / "f", b"two", if_match=first).status == 200
    answer = put(server, tmp_path / "f", b"six", if_match=first)
    assert answer.status == 409 and "has changed" in answer.json()["detail"]
    assert put(server, tmp_path / "f", b"six", only_new=True).status == 409
    assert (tmp_path / "f").read_bytes() == b"two"


def test_content_with_another_hash_is_not_written(server, tmp_path):
    good = hashlib.sha256(b"good").hexdigest()
    assert put(server, tmp_path / "f", b"bad!", sha256=good).status == 422
    assert os.listdir(tmp_path) == []
    assert put(server, tmp_path / "f", b"good", sha256=good).status == 200
    assert put(server, tmp_path / "f", b"good", sha256="xyz").status == 422


def test_an_early_error_comes_before_the_whole_body(server, tmp_path):
    with socket.create_connection(("127.0.0.1", server.port), LIMIT_S) as sender:
        target = f"{FILES}?path={tmp_path}"
        sender.sendall(
            f"PUT {target} HTTP/1.1\r\nHost: x\r\nX-Session-API-Key: {server.key}\r\n"
            f"Content-Length: {10 * MIB}\r\n\r\n".encode()
            + b"x" * MIB
        )
        assert b"400 Bad Request" in sender.recv(65536)


def test_a_put_that_breaks_off_leaves_nothing(start, tmp_path):
    server = start()
    (tmp_path / "d").mkdir()
    with socket.create_connection(("127.0.0.1", server.port), LIMIT_S) as sender:
        sender.sendall(
            f"PUT {FILES}?path={tmp_path}/d/f HTTP/1.1\r\nHost: x\r\n"
            f"X-Session-API-Key: {server.key}\r\nContent-Length: {10 * MIB}\r\n\r\n".encode()
            + b"x" * 2 * MIB
        )
    assert server.get("/alive").status == 200
    server.stop()
    assert os.listdir(tmp_path / "d") == []


PART = f"{FILES}/parts/0123456789abcdef0123456789abcdef"
PART_LIMIT = 8 * MIB


def put_part(server, path, offset, content):
    query = urllib.parse.urlencode({"path": path, "offset": offset})
    return server.request("PUT", f"{PART}?{query}", content)


def test_an_upload_goes_on_where_it_was_cut_off(start, tmp_path):
    content = os.urandom(3 * MIB)
    target = tmp_path / "f"
    server = start()
    assert put_part(server, target, 0, content[:MIB]).json()["size"] == MIB
    server.stop()
    server = start()
    arrived = server.query(PART, path=target).json()["size"]
    assert arrived == MIB and not target.exists()
    assert put_part(server, target, arrived, content[arrived:]).status == 200
    assert put_part(server, target, 0, content[:MIB]).status == 200  # a repeated one
    commit = {"path": str(target), "size": len(content)}
    commit["sha256"] = hashlib.sha256(content).hexdigest()
    for _ in range(2):
        answer = server.post(f"{PART}/commit", commit)
        assert (answer.status, answer.json()["size"]) == (200, len(content))
    assert target.read_bytes() == content
    assert server.query(PART, path=target).status == 404


def test_a_part_has_a_largest_size(server, tmp_path):
    assert put_part(server, tmp_path / "f", 0, b"x" * PART_LIMIT).status == 200
    assert put_part(server, tmp_path / "f", 0, b"x" * (PART_LIMIT + 1)).status == 413
    assert put_part(server, tmp_path / "f", PART_LIMIT + 1, b"x").status == 409
    assert server.request("DELETE", f"{PART}?path={tmp_path}/f").status == 200
    assert os.listdir(tmp_path) == []


def test_lines_are_read_in_pages(server, tmp_path):
    (tmp_path / "f").write_text("".join(f"line {number}\n" for number in range(1, 2501)))
    text, line = "", 1
    while line is not None:
        page = query(server, "lines", path=tmp_path / "f", **{"from": line}).json()
        text, line = text + page["text"], page["next"]
    assert text == (tmp_path / "f").read_text()


def test_status_tells_links_apart(server, tmp_path):
    (tmp_path / "f").write_bytes(b"1234")
    (tmp_path / "f").chmod(0o640)
    (tmp_path / "link").symlink_to("f")
    found = query(server, "stat", path=tmp_path / "link").json()
    assert (found["kind"], found["size"], found["mode"]) == ("file", 4, "0640")
    found = query(server, "stat", path=tmp_path / "link", follow=False).json()
    assert (found["kind"], found["target"]) == ("link", "f")
    assert query(server, "stat", path=tmp_path / "x").status == 404


def test_a_directory_is_listed_in_pages(server, tmp_path):
    for name in ("b", "a", ".hidden", "c"):
        (tmp_path / name).write_text(name)
    page = query(server, "list", path=tmp_path, limit=2).json()
    assert [item["name"] for item in page["items"]] == ["a", "b"]
    assert (page["total"], page["next_page_id"]) == (3, "c")
    page = query(server, "list", path=tmp_path, limit=2, page_id="c").json()
    assert [item["name"] for item in page["items"]] == ["c"] and page["next_page_id"] is None
    page = query(server, "list", path=tmp_path, include_hidden=True, sort="size").json()
    assert page["items"][0]["name"] == ".hidden"


def test_files_are_moved_copied_and_removed(server, tmp_path):
    (tmp_path / "t/sub").mkdir(parents=True)
    (tmp_path / "t/sub/f").write_text("x")
    names = {"from": str(tmp_path / "t"), "to": str(tmp_path / "u")}
    assert server.post(f"{FILES}/copy", names).json()["files"] == 1
    assert server.post(f"{FILES}/copy", names).status == 409
    moved = {"from": str(tmp_path / "u/sub"), "to": str(tmp_path / "v/w"), "create_parents": True}
    assert server.post(f"{FILES}/move", moved).status == 200
    assert (tmp_path / "v/w/f").read_text() == "x"
    assert server.request("DELETE", f"{FILES}?path={tmp_path}/t").status == 409
    answer = server.request("DELETE", f"{FILES}?path={tmp_path}/t&recursive=true")
    assert answer.json() == {"path": str(tmp_path / "t"), "removed": 3}
    assert server.request("DELETE", f"{FILES}?path={tmp_path}/t").status == 404
    made = {"path": str(tmp_path / "n/m")}
    assert server.post(f"{FILES}/directories", made).status == 200
    assert server.post(f"{FILES}/directories", made).status == 200
    assert server.post(f"{FILES}/directories", made | {"create_parents": False}).status == 409


def test_files_are_found_by_pattern(server, tmp_path):
    for name in ("a.c", "src/b.c", "src/.git/c.c", "src/x/d.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = query(server, "glob", root=tmp_path, pattern="**/*.{c,h}").json()
    assert [item["path"] for item in found["items"]] == ["a.c", "src/b.c", "src/x/d.h"]
    assert (found["is_truncated"], found["stopped_by"]) == (False, None)
    found = query(server, "glob", root=tmp_path, pattern="**/*.c", limit=1).json()
    assert (len(found["items"]), found["stopped_by"]) == (1, "limit")
    assert query(server, "glob", root=tmp_path, pattern="../*").status == 400


def test_lines_are_found_by_expression(server, tmp_path):
    (tmp_path / "f").write_text("zero\none\ntwo\nthree\n")
    (tmp_path / "binary").write_bytes(b"one\0")
    found = query(server, "grep", root=tmp_path, pattern="^t", context=1).json()
    assert found["matches"] == [
        {
            "path": "f",
            "line": line,
            "column": 1,
            "text": text,
            "is_cut": False,
            "before": [before],
            "after": after,
        }
        for line, text, before, after in [(3, "two", "one", ["three"]), (4, "three", "two", [])]
    ]
    assert (found["files"], found["skipped"]) == (1, 1)
    assert query(server, "grep", root=tmp_path, pattern="(").status == 400


def test_a_search_ends_when_its_client_leaves(start, tmp_path):
    server = start()
    with open(tmp_path / "f", "w") as file:
        file.write("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 2_000_000)
    for _ in range(20):  # more than may run at a time
        with socket.create_connection(("127.0.0.1", server.port), LIMIT_S) as client:
            target = f"{FILES}/grep?root={tmp_path}&pattern=a%2Ba%2Ba%2Bb&timeout=600"
            head = f"GET {target} HTTP/1.1\r\nHost: x\r\nX-Session-API-Key: {server.key}\r\n\r\n"
            client.sendall(head.encode())
    server.stop()  # waits for every thread, none of which needs its ten minutes


@pytest.mark.parametrize("name", ["", "stat", "list", "lines"])
@pytest.mark.parametrize(
    ("path", "status"),
    [("relative", 400), ("/a\0b", 400), ("/" + "n" * 300, 400), ("/nowhere", 404), (None, 422)],
)
def test_bad_paths_are_clear_errors(server, name, path, status):
    parameters = {} if path is None else {"path": path}
    answer = query(server, name, **parameters)
    assert answer.status == status and answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "/stat", "/list", "/lines", "/glob", "/grep"])
def test_nothing_is_read_without_the_key(server, name):
    assert server.get(f"{FILES}{name}?path=/&root=/&pattern=x", key=None).status == 401


def test_a_fifo_is_refused_without_hanging(server, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for name in ("", "lines"):
        assert query(server, name, path=tmp_path / "fifo").status == 400
    assert put(server, tmp_path / "fifo", b"x").status == 400
    found = query(server, "grep", root=tmp_path, pattern="x").json()
    assert found["matches"] == []
