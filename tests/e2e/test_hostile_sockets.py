"""WebSocket clients that break the rules are closed with the right code; everybody else goes on."""

import json
import signal

import pytest
from raw import BINARY_FRAME, PING, PONG, TEXT, Raw, Socket, head

CONTINUATION, UNKNOWN_OPCODE, CLOSE = 0, 3, 8
PROTOCOL_ERROR, INVALID_TEXT = 1002, 1007
NOT_FINAL = 0x00


@pytest.fixture
def server(start):
    """Whatever happened, sockets must still work at the end."""
    server = start()
    yield server
    assert server.get("/alive").json() == {"status": "ok"}
    with Socket(server) as socket:
        socket.send_json({"command": "echo intact"})
        while socket.read_event().get("stdout") != "intact\n":
            pass  # commands of the test may still come to their ends


BROKEN = {
    "an_unmasked_frame": dict(payload=b"{}", is_masked=False),
    "a_first_reserved_bit": dict(payload=b"{}", first=0xC0),
    "a_second_reserved_bit": dict(payload=b"{}", first=0xA0),
    "a_third_reserved_bit": dict(payload=b"{}", first=0x90),
    "an_unknown_opcode": dict(payload=b"{}", opcode=UNKNOWN_OPCODE),
    "a_continuation_of_nothing": dict(payload=b"{}", opcode=CONTINUATION),
    "a_ping_of_126_bytes": dict(payload=b"x" * 126, opcode=PING),
    "a_ping_in_parts": dict(payload=b"x", opcode=PING, first=NOT_FINAL),
    "a_size_beyond_63_bits": dict(payload=b"x", size=1 << 63),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_is_a_protocol_error(server, name):
    with Socket(server) as socket:
        socket.send_frame(**BROKEN[name])
        assert socket.read_close() == PROTOCOL_ERROR
        assert socket.read_to_end() == b""


def test_a_new_message_inside_another_is_a_protocol_error(server):
    with Socket(server) as socket:
        socket.send_frame(b'{"comm', first=NOT_FINAL)
        socket.send_frame(b"{}")
        assert socket.read_close() == PROTOCOL_ERROR


@pytest.mark.parametrize("payload", [b"\xff", b'"\xed\xa0\x80"', b"\xc0\xaf", b"caf\xc3"])
def test_text_that_is_no_utf8_is_refused(server, payload):
    with Socket(server) as socket:
        socket.send_frame(payload)
        assert socket.read_close() == INVALID_TEXT


def test_a_message_in_many_parts_with_pings_between_is_one_message(server):
    message = json.dumps({"command": "printf %s ok"}).encode()
    with Socket(server) as socket:
        for at, byte in enumerate(message):
            socket.send_frame(bytes([byte]), 0 if at else TEXT, first=NOT_FINAL)
            socket.send_frame(b"%d" % at, PING)
            assert socket.read_frame() == (PONG, b"%d" % at)
        socket.send_frame(b"", CONTINUATION)
        assert socket.read_event()["command"] == "printf %s ok"
        assert socket.read_event()["stdout"] == "ok"


def test_frames_cut_anywhere_are_understood(server):
    with Socket(server) as socket:
        payload = b'{"command":"echo cut"}'
        for byte in bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload:
            socket.send(bytes([byte]))
            assert server.get("/alive").status == 200
        assert socket.read_event()["command"] == "echo cut"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (dict(payload=b"{"), "JSONDecodeError"),
        (dict(payload=b"[]"), "ValidationError"),
        (dict(payload=b'{"command":1}'), "ValidationError"),
        (dict(payload=b"{}", opcode=BINARY_FRAME), "KeyError"),
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_stays(server, frame, code):
    with Socket(server) as socket:
        socket.send_frame(**frame)
        error = socket.read_event()
        assert (error["kind"], error["code"]) == ("BashError", code)
        socket.send_json({"command": "echo on"})
        assert socket.read_event()["kind"] == "BashCommand"


def test_a_close_is_answered_with_its_code(server):
    with Socket(server) as socket:
        socket.send_frame((1000).to_bytes(2, "big"), CLOSE)
        assert socket.read_close() == 1000
        assert socket.read_to_end() == b""


@pytest.mark.parametrize("message", [b"{", b"[]", b'{"type":"auth"}', b'{"command":"true"}'])
def test_a_first_message_that_proves_nothing_is_4001(server, message):
    with Socket(server, key=None) as socket:
        socket.send_frame(message)
        assert socket.read_close() == 4001


def test_a_binary_first_message_drops_the_connection(server):
    with Socket(server, key=None) as socket:
        socket.send_frame(b"{}", BINARY_FRAME)
        assert socket.is_dropped()


@pytest.mark.parametrize("query", ["session_api_key=", "session_api_key=wrong", "resend_mode=x"])
def test_a_handshake_that_cannot_be_accepted_is_403(server, query):
    key = server.key if "mode" in query else None
    with Socket(server, f"/sockets/bash-events?{query}", key=key) as socket:
        assert socket.status == 403


WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 404),
        (WEBSOCKET, 426),
        (WEBSOCKET | {"Sec_WebSocket_Version": "12"}, 426),
        (WEBSOCKET | {"Sec_WebSocket_Version": "13"}, 400),
        (WEBSOCKET | {"Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "short"}, 400),
    ],
)
def test_what_is_no_handshake_is_refused(server, fields, status):
    with Raw(server) as connection:
        request = head("GET", "/sockets/bash-events", server.key, **fields)
        assert connection.ask(request).status == status


def test_bytes_sent_with_the_handshake_are_the_first_frame(server):
    key = "AAAAAAAAAAAAAAAAAAAAAA=="
    fields = WEBSOCKET | {"Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": key}
    frame = bytes([0x80 | PING, 0x80 | 2]) + bytes(4) + b"hi"
    with Raw(server) as connection:
        connection.send(head("GET", "/sockets/bash-events", server.key, **fields) + frame)
        assert connection.read_head()[0] == 101
        assert connection.file.read(4) == bytes([0x80 | PONG, 2]) + b"hi"


def test_sockets_are_told_that_the_server_goes(start):
    server = start()
    with Socket(server) as socket:
        server.kill(signal.SIGTERM)
        server.expected_exit = -signal.SIGTERM
        assert socket.read_close() == 1012
