"""Downloads: ranges, HEAD, headers, and files that are none; directories and their listings."""

import hashlib
import os
import socket

import pytest

from memory import assert_peak_below
from server import LIMIT_S

MIB = 1 << 20


def download(server, path, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.get(f"/api/file/download?path={path}", headers=names)


@pytest.fixture
def ten(tmp_path):
    path = tmp_path / "ten"
    path.write_bytes(b"0123456789")
    return path


def test_a_large_file_is_downloaded_in_little_memory(server, tmp_path):
    piece = os.urandom(MIB)
    with open(tmp_path / "large", "wb") as file:
        for _ in range(300):
            file.write(piece)
    answer = download(server, tmp_path / "large")
    expected = hashlib.sha256(piece * 300).digest()
    assert hashlib.sha256(answer.body).digest() == expected
    assert_peak_below(server, 30 * MIB)


def test_many_slow_readers_take_little_memory(server, tmp_path):
    (tmp_path / "large").write_bytes(os.urandom(20 * MIB))
    readers = []
    for _ in range(30):
        reader = socket.create_connection(("127.0.0.1", server.port), LIMIT_S)
        target = f"/api/file/download?path={tmp_path}/large"
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nX-Session-API-Key: {server.key}\r\n\r\n"
        reader.sendall(head.encode())
        assert reader.recv(12) == b"HTTP/1.1 200"
        readers.append(reader)
    assert server.get("/alive").status == 200
    assert_peak_below(server, 150 * MIB)
    for reader in readers:
        reader.close()


def test_head_tells_size_time_and_tag(server, ten):
    whole = download(server, ten)
    head = server.request("HEAD", f"/api/file/download?path={ten}")
    assert (head.status, head.body) == (200, b"")
    for name in ("content-length", "last-modified", "etag", "content-disposition", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    assert head.headers["content-length"] == "10"


@pytest.mark.parametrize(
    ("wanted", "content", "given"),
    [
        ("0-2", b"012", "0-2"),
        ("7-", b"789", "7-9"),
        ("-3", b"789", "7-9"),
        ("5-99", b"56789", "5-9"),
    ],
)
def test_a_range_is_returned(server, ten, wanted, content, given):
    answer = download(server, ten, Range=f"bytes={wanted}")
    assert (answer.status, answer.body) == (206, content)
    assert answer.headers["content-range"] == f"bytes {given}/10"


def test_a_range_of_a_changed_file_is_the_whole_file(server, ten):
    tag = download(server, ten).headers["etag"]
    assert download(server, ten, Range="bytes=0-1", If_Range=tag).status == 206
    ten.write_bytes(b"another one")
    answer = download(server, ten, Range="bytes=0-1", If_Range=tag)
    assert (answer.status, answer.body) == (200, b"another one")


def test_a_range_beyond_the_end_is_refused(server, ten):
    answer = download(server, ten, Range="bytes=10-")
    assert answer.status == 416 and answer.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("ten", 400, "Path must be absolute"),
        ("{}/nowhere", 404, "File not found"),
        ("{}/ten/x", 404, "File not found"),
        ("{}/loop", 404, "File not found"),
        ("{}/broken", 404, "File not found"),
        ("{}/a%00b", 404, "File not found"),
        ("{}", 400, "Path is not a file"),
        ("{}/fifo", 400, "Path is not a file"),
        ("/dev/zero", 400, "Path is not a file"),
    ],
)
def test_what_is_no_file_is_refused_without_hanging(server, ten, tmp_path, path, status, detail):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    answer = server.get(f"/api/file/download?path={path.format(tmp_path)}")
    assert (answer.status, answer.json()) == (status, {"detail": detail})


def test_directories_are_made_again_and_again(server, tmp_path):
    for _ in range(2):
        answer = server.post(f"/api/file/create_directory?path={tmp_path}/a/b/c")
        assert (answer.status, answer.json()) == (200, {"success": True})
    assert (tmp_path / "a/b/c").is_dir()
    (tmp_path / "f").write_text("")
    answer = server.post(f"/api/file/create_directory?path={tmp_path}/f/x")
    assert answer.status == 400
    assert answer.json() == {"detail": "Path exists and is not a directory"}


def test_subdirectories_come_in_pages(server, tmp_path):
    names = [f"d{number:03}" for number in range(250)]
    for name in reversed(names):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_text("")
    found, page = [], {}
    while True:
        path = "/api/file/search_subdirs"
        answer = server.query(path, path=tmp_path, limit=100, **page).json()
        found += [item["name"] for item in answer["items"]]
        if answer["next_page_id"] is None:
            break
        page = {"page_id": answer["next_page_id"]}
    assert found == names


def test_home_is_that_of_the_server(server, tmp_path):
    (tmp_path / "Work").mkdir()
    answer = server.get("/api/file/home").json()
    assert answer["home"] == str(tmp_path)
    assert {"label": "Work", "path": str(tmp_path / "Work")} in answer["favorites"]
