"""Uploads: streamed, atomic, in constant memory, and nothing left behind when they fail."""

import hashlib
import os
import shutil
import socket
import subprocess

import pytest

from memory import assert_peak_below
from server import BINARY, LIMIT_S

BOUNDARY = "e2e-boundary"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'.encode()
)
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
MIB = 1 << 20


def upload(server, path, content, **options):
    body = HEAD + content + TAIL
    return server.post(f"/api/file/upload?path={path}", body, headers=TYPE, **options)


def open_upload(server, path, length):
    """A socket on which the head of an upload of that many bytes has been sent."""
    sender = socket.create_connection(("127.0.0.1", server.port), LIMIT_S)
    total = len(HEAD) + length + len(TAIL)
    sender.sendall(
        f"POST /api/file/upload?path={path} HTTP/1.1\r\nHost: x\r\nContent-Length: {total}\r\n"
        f"X-Session-API-Key: {server.key}\r\nContent-Type: {TYPE['Content-Type']}\r\n"
        "Connection: close\r\n\r\n".encode()
        + HEAD
    )
    return sender


def read_all(sender):
    answer = b""
    while chunk := sender.recv(65536):
        answer += chunk
    return answer


def test_an_upload_arrives_byte_for_byte(server, tmp_path):
    content = bytes(range(256)) * 5000 + b"\r\n--e2e-boundar"
    answer = upload(server, tmp_path / "a/b", content)
    assert (answer.status, answer.json()) == (200, {"success": True, "file_size": len(content)})
    assert (tmp_path / "a/b").read_bytes() == content


def test_a_large_upload_takes_little_memory(server, tmp_path):
    piece = os.urandom(MIB)
    count = 300
    with open_upload(server, tmp_path / "large", count * MIB) as sender:
        for _ in range(count):
            sender.sendall(piece)
        sender.sendall(TAIL)
        assert f'"file_size":{count * MIB}'.encode() in read_all(sender)
    found = hashlib.sha256((tmp_path / "large").read_bytes()).digest()
    assert found == hashlib.sha256(piece * count).digest()
    assert_peak_below(server, 30 * MIB)


def test_a_reader_sees_the_old_file_until_the_upload_is_complete(server, tmp_path):
    target = tmp_path / "f"
    target.write_bytes(b"old")
    with open_upload(server, target, 2 * MIB) as sender:
        sender.sendall(b"x" * MIB)
        assert server.get("/alive").status == 200
        assert target.read_bytes() == b"old" and os.listdir(tmp_path) == ["f"]
        sender.sendall(b"x" * MIB + TAIL)
        assert b" 200 " in read_all(sender)
    assert target.read_bytes() == b"x" * 2 * MIB


def test_an_upload_that_breaks_off_leaves_nothing(start, tmp_path):
    server = start()
    (tmp_path / "d").mkdir()
    for half_closes in (False, True):
        with open_upload(server, tmp_path / "d/f", 10 * MIB) as sender:
            sender.sendall(b"x" * 3 * MIB)
            if half_closes:
                sender.shutdown(socket.SHUT_WR)
                assert b" 400 " in read_all(sender)
    assert server.get("/alive").status == 200
    server.stop()  # and with it every job
    assert os.listdir(tmp_path / "d") == []


def test_an_upload_under_way_does_not_hold_up_the_stop(start, tmp_path):
    server = start()
    (tmp_path / "d").mkdir()
    with open_upload(server, tmp_path / "d/f", 10 * MIB) as sender:
        sender.sendall(b"x" * MIB)
        server.stop()
    assert os.listdir(tmp_path / "d") == []


def test_many_uploads_at_once_do_not_mix(server, tmp_path):
    senders = [open_upload(server, tmp_path / f"f{i}", 64 * 1024) for i in range(20)]
    for round in range(64):
        for i, sender in enumerate(senders):
            sender.sendall(bytes([i]) * 1024)
    for sender in senders:
        sender.sendall(TAIL)
    for i, sender in enumerate(senders):
        assert b" 200 " in read_all(sender)
        sender.close()
        assert (tmp_path / f"f{i}").read_bytes() == bytes([i]) * 64 * 1024


def test_a_chunked_upload_is_taken(server, tmp_path):
    def pieces():
        yield HEAD
        yield b"one "
        yield b"two" + TAIL

    connection = server.connect()
    headers = TYPE | {"X-Session-API-Key": server.key}
    target = f"/api/file/upload?path={tmp_path}/f"
    connection.request("POST", target, pieces(), headers, encode_chunked=True)
    assert server.receive(connection).json() == {"success": True, "file_size": 7}
    connection.close()
    assert (tmp_path / "f").read_bytes() == b"one two"


@pytest.mark.parametrize("form", ["upload//{}", "upload/{}"])
def test_older_clients_put_the_path_into_the_url(server, tmp_path, form):
    target = str(tmp_path / "f")
    path = form.format(target.lstrip("/") if "//" in form else target)
    field = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="destination_path"\r\n\r\n'
        f"{target}\r\n"
    ).encode()
    answer = server.post(f"/api/file/{path}", field + HEAD + b"old" + TAIL, headers=TYPE)
    assert answer.json() == {"success": True, "file_size": 3}
    assert server.get(f"/api/file/download//{target.lstrip('/')}").body == b"old"


def test_an_upload_goes_through_a_link_and_keeps_the_mode(server, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(0o750)
    (tmp_path / "link").symlink_to("target")
    assert upload(server, tmp_path / "link", b"new").status == 200
    assert (tmp_path / "link").is_symlink() and target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("name", ["fifo", "/dev/null"])
def test_what_is_no_file_is_refused_without_hanging(server, tmp_path, name):
    os.mkfifo(tmp_path / "fifo")
    answer = upload(server, tmp_path / name, b"x")
    assert answer.status in (400, 500) and b"not a regular file" in answer.body


def test_a_full_disk_is_507_with_a_clear_text(start, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"']
    probe = [*mount, str(folder), "true"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    server = start(program=(*mount, str(folder), str(BINARY)))
    answer = upload(server, folder / "f", b"x" * 3 * MIB)
    assert answer.status == 507 and "No space left on device" in answer.json()["exception"]
    assert server.query("/api/native/files/list", path=folder).json()["items"] == []
    answer = server.request("PUT", f"/api/native/files?path={folder}/f", b"x" * 3 * MIB)
    assert answer.status == 507
    assert upload(server, folder / "f", b"x").status == 200
