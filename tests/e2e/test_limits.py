"""Every limit, at the limit and one past it; and what has none stays in constant memory."""

import os
import zlib

import pytest
from raw import CLOSE, FORM_END, REFUSAL, Raw, Socket, ask, head, upload_head
from usage import GROWTH_KIB, memory_kib, without_sanitizer

MIB = 1 << 20
EXECUTE = "/api/bash/execute_bash_command"
HEAD_BYTES = 64 * 1024
HEADERS = 1000
BODY_BYTES = 64 * MIB
MESSAGE_BYTES = 16 * MIB
SOCKETS = 50


def head_of(size):
    text = head("GET", "/alive", X_A="")
    return head("GET", "/alive", X_A="a" * (size - len(text)))


def test_a_head_of_64_kib_is_read(server):
    assert ask(server, head_of(HEAD_BYTES)).status == 200


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_head_one_byte_longer_is_refused(server, is_complete):
    text = head_of(HEAD_BYTES + 1)
    answer = ask(server, text if is_complete else text[:HEAD_BYTES])
    assert (answer.status, answer.body) == (400, REFUSAL)


@pytest.mark.parametrize(("count", "status"), [(HEADERS, 200), (HEADERS + 1, 400)])
def test_a_head_has_at_most_1000_headers(server, count, status):
    fields = {f"X{number}": "" for number in range(count - 1)}  # and Host
    assert ask(server, head("GET", "/alive", **fields)).status == status


def command_of(size):
    """An execute body of exactly this size."""
    start, end = b'{"command":"echo ok #', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


def execute_head(server, **fields):
    return head("POST", EXECUTE, server.key, Content_Type="application/json", **fields)


def test_a_body_of_64_mib_is_read(server):
    body = command_of(BODY_BYTES)
    answer = ask(server, execute_head(server, Content_Length=len(body)), body)
    event = answer.json()
    # So long a command no kernel takes; what counts is that it was understood.
    assert (answer.status, event["exit_code"]) == (200, -1)
    assert "too long" in event["stderr"]


def test_a_body_announced_one_byte_longer_is_413_at_once(server):
    with Raw(server) as connection:
        answer = connection.ask(execute_head(server, Content_Length=BODY_BYTES + 1))
        assert answer.status == 413
        assert answer.json() == {"detail": "Request body is too large"}


def test_a_chunked_body_one_byte_longer_is_413(server):
    with Raw(server) as connection:
        connection.send(execute_head(server, Transfer_Encoding="chunked"))
        piece = b"%x\r\n" % MIB + b" " * MIB + b"\r\n"
        for _ in range(BODY_BYTES // MIB):
            connection.send(piece)
        assert connection.is_idle()
        connection.send(b"1\r\n \r\n")
        assert connection.read_answer().status == 413
    assert server.get("/alive").status == 200


def test_a_message_of_16_mib_is_read(server):
    with Socket(server) as socket:
        socket.send_frame(b" " * MESSAGE_BYTES)
        assert socket.read_event()["code"] == "JSONDecodeError"


def test_a_message_one_byte_longer_closes_with_1009(server):
    with Socket(server) as socket:
        socket.send_frame(b" ", size=MESSAGE_BYTES + 1)
        assert socket.read_close() == 1009


def test_a_message_in_parts_one_byte_longer_closes_with_1009(server):
    with Socket(server) as socket:
        socket.send_frame(b" " * MESSAGE_BYTES, first=0)
        socket.send_frame(b" ", opcode=0)
        assert socket.read_close() == 1009


@without_sanitizer
def test_a_stranger_cannot_make_the_server_parse_megabytes(server):
    """As values, each of these bytes would take a hundred."""
    body = b"[" + b"1," * (16 * MIB) + b"1]"

    def post():
        fields = {"Content_Type": "application/json", "Content_Length": len(body)}
        return ask(server, head("POST", EXECUTE, "wrong", **fields), body).status

    grown_kib, status = growth_kib(server, post)
    assert status == 401 and grown_kib < 128 * 1024


@without_sanitizer
def test_a_stranger_cannot_make_a_socket_parse_megabytes(server):
    def prove():
        with Socket(server, key=None) as socket:
            socket.send_frame(b"[" + b"1," * (4 * MIB) + b"1]")
            return socket.read_close()

    grown_kib, code = growth_kib(server, prove)
    assert code == 4001 and grown_kib < 256 * 1024


def test_a_malformed_body_of_a_stranger_is_422_up_to_1_mib(server):
    for size, status in ((MIB, 422), (MIB + 1, 401)):
        fields = {"Content_Type": "application/json", "Content_Length": size}
        request = head("POST", EXECUTE, "wrong", **fields)
        assert ask(server, request, b"x" * size).status == status


def test_50_sockets_are_served_and_the_next_is_told_to_come_later(server):
    sockets = [Socket(server) for _ in range(SOCKETS)]
    with Socket(server) as late:
        assert late.status == 101
        reason = b"Too many bash event connections"
        assert late.read_frame() == (CLOSE, (1013).to_bytes(2, "big") + reason)
    server.run("echo all")
    for socket in sockets:
        assert socket.read_event()["command"] == "echo all"
        assert socket.read_event()["stdout"] == "all\n"
        socket.close()
    with Socket(server) as again:
        again.send_json({"command": "echo room"})
        assert again.read_event()["command"] == "echo room"


@pytest.mark.parametrize(("limit", "status"), [(1, 200), (100, 200), (0, 422), (101, 422)])
def test_a_page_has_1_to_100_events(server, limit, status):
    assert server.query("/api/bash/bash_events/search", limit=limit).status == status


@pytest.fixture
def big(tmp_path):
    """512 MiB that must not stay behind in the folders pytest keeps."""
    path = tmp_path / "big"
    yield path
    path.unlink(missing_ok=True)


def upload(server, path, block, count):
    """Streams `count` blocks; gives the checksum of all."""
    checksum = 0
    with Raw(server) as connection:
        connection.send(upload_head(server, path, len(block) * count))
        for _ in range(count):
            checksum = zlib.crc32(block, checksum)
            connection.send(block)
        answer = connection.ask(FORM_END)
    assert answer.json() == {"success": True, "file_size": len(block) * count}
    return checksum


def download(server, path):
    checksum = 0
    with Raw(server) as connection:
        connection.send(head("GET", f"/api/file/download?path={path}", server.key))
        status, headers = connection.read_head()
        assert status == 200
        for _ in range(int(headers["content-length"]) // MIB):
            checksum = zlib.crc32(connection.file.read(MIB), checksum)
    return checksum


def growth_kib(server, act):
    """By how much the highest use of memory exceeds what was used before."""
    before = memory_kib(server, "VmRSS")
    result = act()
    return memory_kib(server, "VmHWM") - before, result


@without_sanitizer
def test_512_mib_go_up_and_down_in_constant_memory(server, big):
    block = os.urandom(MIB)
    up_kib, sent = growth_kib(server, lambda: upload(server, big, block, 512))
    down_kib, received = growth_kib(server, lambda: download(server, big))
    assert sent == received
    assert max(up_kib, down_kib) < GROWTH_KIB, (up_kib, down_kib)


@without_sanitizer
def test_a_download_that_is_not_read_costs_no_memory(server, big):
    big.write_bytes(bytes(256 * MIB))

    def stall():
        request = head("GET", f"/api/file/download?path={big}", server.key)
        stalled = [Raw(server, receive_bytes=4096) for _ in range(8)]
        for connection in stalled:
            connection.send(request)
            assert connection.read_head()[0] == 200
        for _ in range(100):
            assert server.get("/alive").status == 200
        for connection in stalled:
            connection.reset()

    assert growth_kib(server, stall)[0] < GROWTH_KIB


@without_sanitizer
def test_an_archive_of_48_mib_is_made_in_constant_memory(server, tmp_path, big):
    folder = tmp_path / "tree"
    folder.mkdir()
    big.write_bytes(os.urandom(48 * MIB))
    big.rename(folder / "big")

    def read():
        with Raw(server) as connection:
            target = f"/api/file/archive?format=tar.gz&path={folder}"
            connection.send(head("GET", target, server.key))
            assert connection.read_head()[0] == 200
            return sum(map(len, iter(connection.read_chunk, b"")))

    grown_kib, size = growth_kib(server, read)
    (folder / "big").unlink()
    assert size > MIB and grown_kib < GROWTH_KIB
