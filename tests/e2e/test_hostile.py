"""Bad HTTP of every kind gets the contract's answer, harms nobody else and loses nothing."""

import json
import os

import pytest
from raw import FORM, FORM_END, REFUSAL, Raw, ask, form_start, head, upload_head

EXECUTE = "/api/bash/execute_bash_command"
START = "/api/bash/start_bash_command"
JSON = {"Content_Type": "application/json"}
ECHO = b'{"command":"echo ok"}'


@pytest.fixture
def server(start):
    """Whatever happened, it must still answer at the end."""
    server = start()
    yield server
    assert server.get("/alive").json() == {"status": "ok"}
    assert server.run("echo intact")["stdout"] == "intact\n"


def post_head(server, size, path=EXECUTE, **headers):
    return head("POST", path, server.key, Content_Length=size, **JSON | headers)


def post(server, body, path=EXECUTE):
    return ask(server, post_head(server, len(body), path), body)


def chunked_head(server, **headers):
    return head("POST", EXECUTE, server.key, Transfer_Encoding="chunked", **JSON | headers)


MALFORMED = {
    "an_object_cut_off": b"{",
    "a_word_cut_off": b"tru",
    "a_raw_nul": b'{"command":"a\x00b"}',
    "two_values": b'{"command":"true"}{}',
    "single_quotes": b"{'command':'true'}",
    "a_trailing_comma": b'{"command":"true",}',
    "a_comment": b'{"command":"true"} // x',
    "deep_nesting": b"[" * 1_000_000,
    "blanks_only": b" " * 100_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_is_422_and_says_where(server, name):
    answer = post(server, MALFORMED[name])
    (item,) = answer.json()["detail"]
    assert (answer.status, item["type"], item["loc"][0]) == (422, "json_invalid", "body")


@pytest.mark.parametrize("body", [b"\xff", b'{"command":"\xc3\x28"}', b'{"\xf5":1}'])
def test_a_body_that_is_no_utf8_is_400(server, body):
    answer = post(server, body)
    assert answer.status == 400
    assert answer.json() == {"detail": "There was an error parsing the body"}


WRONG = {
    "a_number": (b"1", "model_attributes_type", ["body"]),
    "a_list": (b"[]", "model_attributes_type", ["body"]),
    "a_text": (b'"x"', "model_attributes_type", ["body"]),
    "no_command": (b"{}", "missing", ["body", "command"]),
    "a_number_as_command": (b'{"command":1}', "string_type", ["body", "command"]),
    "a_list_as_cwd": (b'{"command":"x","cwd":[]}', "string_type", ["body", "cwd"]),
    "a_word_as_timeout": (b'{"command":"x","timeout":"y"}', "int_parsing", ["body", "timeout"]),
    "half_a_second": (b'{"command":"x","timeout":0.5}', "int_from_float", ["body", "timeout"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_type_is_422_and_names_the_field(server, name):
    body, kind, place = WRONG[name]
    answer = post(server, body)
    assert answer.status == 422
    assert [(item["type"], item["loc"]) for item in answer.json()["detail"]] == [(kind, place)]


@pytest.mark.parametrize("field", ["command", "cwd"])
def test_an_escaped_nul_cannot_reach_a_program(server, field):
    fields = {"command": "echo never"} | {field: "/a\0b"}
    event = post(server, json.dumps(fields).encode()).json()
    assert event["exit_code"] == -1 and event["stdout"] is None
    assert event["stderr"].startswith("Error executing command: ")


def test_a_lone_surrogate_is_repaired(server):
    answer = post(server, b'{"command":"printf %s \\ud800"}')
    assert answer.json()["stdout"] == "\ufffd"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/file/download?path=/etc/hostname%00.png", 404),
        ("/api/file/download?path=etc/hostname", 400),
        ("/api/file/download?path=/etc/../../../nowhere", 404),
        ("/api/file/download?path=/dev/zero", 400),
        ("/api/file/download?path=/", 400),
        ("/api/bash/bash_events/..%2f..%2f..%2fetc%2fpasswd", 404),
        ("/api/bash/bash_events/%00", 404),
        ("/api/bash/bash_events/search?page_id=../../etc/passwd", 200),
        ("/api/bash/bash_events/search?limit=99999999999999999999", 422),
        ("/alive%00", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/alive%zz", 404),
    ],
)
def test_hostile_paths_are_refused(server, path, status):
    answer = server.get(path)
    assert answer.status == status and b"root:" not in answer.body


@pytest.fixture
def static(start, tmp_path):
    """A server with static files, and a secret next to their root."""
    root = tmp_path / "static"
    (root / "deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("outside")
    (root / "page.txt").write_text("inside")
    (root / "deep" / "near").symlink_to("../page.txt")
    (root / "far").symlink_to("../secret")
    (root / "absolute").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return start(env={"OH_STATIC_FILES_PATH": str(root)})


@pytest.mark.parametrize("name", ["page.txt", "deep/near", "deep/../page.txt"])
def test_static_files_below_the_root_are_served(static, name):
    answer = static.get(f"/static/{name}", key=None)
    assert (answer.status, answer.text) == (200, "inside")


@pytest.mark.parametrize(
    "name",
    [
        "../secret", "%2e%2e/secret", "..%2fsecret", "deep/../../secret", "far", "absolute",
        "up/secret", "loop", "pipe", "deep", "page.txt/", "page.txt%00", "/etc/passwd", "%2fetc",
        "..%5csecret", "a" * 300, "x/" * 300,
    ],
)  # fmt: skip
def test_nothing_outside_the_static_root_is_served(static, name):
    answer = ask(static, head("GET", f"/static/{name}"))
    assert (answer.status, answer.json()) == (404, {"detail": "Not Found"})


REFUSED = {
    "garbage": b"\x00\x01\x02\r\n\r\n",
    "no_host": b"GET /alive HTTP/1.1\r\n\r\n",
    "a_nul_in_a_header": b"GET /alive HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a_nul_in_the_target": b"GET /ali\x00ve HTTP/1.1\r\nHost: x\r\n\r\n",
    "a_negative_length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a_huge_length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
    "two_lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
    "a_space_before_a_colon": b"GET /alive HTTP/1.1\r\nHost: x\r\nX-A : 1\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_400_and_the_connection_ends(server, name):
    with Raw(server) as connection:
        answer = connection.ask(REFUSED[name])
        assert (answer.status, answer.body) == (400, REFUSAL)
        assert answer.headers["connection"] == "close"
        assert connection.read_to_end() == b""


def test_a_length_beside_chunks_is_never_smuggled(server):
    smuggled = b"GET /server_info HTTP/1.1\r\nHost: x\r\n\r\n"
    with Raw(server) as connection:
        connection.send(chunked_head(server, Content_Length=4), b"0\r\n\r\n", smuggled)
        assert connection.read_answer().status == 400
        assert connection.read_to_end() == b""


@pytest.mark.parametrize(
    "chunk",
    [b"zz\r\n", b"-1\r\n", b"0x5\r\n", b"\r\n", b" 5\r\n", b"f" * 17 + b"\r\n", b"5\r\nabcdefgh"],
)
def test_bad_chunks_are_400(server, chunk):
    with Raw(server) as connection:
        answer = connection.ask(chunked_head(server), chunk, b"{}\r\n0\r\n\r\n")
        assert (answer.status, answer.body) == (400, REFUSAL)
        assert connection.read_to_end() == b""


def test_a_body_in_chunks_of_one_byte_is_whole(server):
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in ECHO)
    answer = ask(server, chunked_head(server), chunks + b"0\r\n\r\n")
    assert answer.json()["stdout"] == "ok\n"


def send_slowly(server, connection, text):
    """Each byte alone; between two the server serves somebody else."""
    for byte in text:
        connection.send(bytes([byte]))
        assert server.get("/alive").status == 200
        assert connection.is_idle()


def test_a_head_that_comes_byte_by_byte_is_answered(server):
    text = head("GET", "/alive")
    with Raw(server) as connection:
        send_slowly(server, connection, text[:-1])
        assert connection.ask(text[-1:]).status == 200


def test_a_body_that_comes_byte_by_byte_is_answered(server):
    with Raw(server) as connection:
        connection.send(post_head(server, len(ECHO)))
        send_slowly(server, connection, ECHO[:-1])
        assert connection.ask(ECHO[-1:]).json()["stdout"] == "ok\n"


def test_an_upload_that_pauses_arrives_whole(server, tmp_path):
    path, parts = tmp_path / "slow", [os.urandom(100_000) for _ in range(10)]
    with Raw(server) as connection:
        connection.send(upload_head(server, path, 1_000_000))
        for part in parts:
            connection.send(part)
            assert server.run("true")["exit_code"] == 0
            assert connection.is_idle() and not path.exists()
        assert connection.ask(FORM_END).json() == {"success": True, "file_size": 1_000_000}
    assert path.read_bytes() == b"".join(parts)


def test_a_half_closed_client_gets_its_answer(server):
    with Raw(server) as connection:
        connection.send(post_head(server, len(ECHO)), ECHO)
        connection.half_close()
        assert connection.read_answer().json()["stdout"] == "ok\n"
        assert connection.read_to_end() == b""


@pytest.mark.parametrize("is_body", [False, True])
def test_a_request_cut_off_gets_no_answer_and_has_no_effect(server, tmp_path, is_body):
    body = json.dumps({"command": f"touch {tmp_path}/never"}).encode()
    text = post_head(server, len(body) + 1) + body if is_body else post_head(server, 0)[:-2]
    with Raw(server) as connection:
        connection.send(text)
        connection.half_close()
        assert connection.read_to_end() == b""
    assert server.run("ls never")["exit_code"] != 0


def test_pipelined_requests_are_answered_in_order(server):
    texts = [f'{{"command":"echo {number}"}}'.encode() for number in range(20)]
    requests = [post_head(server, len(text)) + text + head("GET", "/alive") for text in texts]
    with Raw(server) as connection:
        connection.send(b"".join(requests))
        for number in range(20):
            assert connection.read_answer().json()["stdout"] == f"{number}\n"
            assert connection.read_answer().json() == {"status": "ok"}


def test_garbage_behind_a_request_does_not_cost_its_answer(server):
    with Raw(server) as connection:
        connection.send(head("GET", "/alive") + b"\x00garbage\r\n\r\n")
        assert connection.read_answer().status == 200
        assert connection.read_answer().status == 400
        assert connection.read_to_end() == b""


def test_a_client_that_expects_continue_is_told_before_it_sends(server):
    with Raw(server) as connection:
        connection.send(post_head(server, len(ECHO), Expect="100-continue"))
        assert connection.read_head()[0] == 100
        assert connection.ask(ECHO).json()["stdout"] == "ok\n"


def test_a_client_that_expects_continue_is_spared_a_useless_body(server):
    with Raw(server) as connection:
        request = head("POST", "/nowhere", Content_Length=1 << 30, Expect="100-continue")
        assert connection.ask(request).status == 404


def test_a_refused_body_is_dropped_and_the_connection_goes_on(server):
    with Raw(server) as connection:
        body = b"x" * 100_000
        assert connection.ask(head("POST", "/nowhere", Content_Length=100_000), body).status == 404
        assert connection.ask(head("GET", "/alive")).status == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data", b"x", 400),
        (FORM, b"", 422),
        (FORM, b"no boundary at all", 400),
        (FORM, form_start("other") + FORM_END, 422),
        (FORM, form_start()[:-2] + b"X" * 70_000, 400),
        ("application/json", b"{}", 422),
    ],
)
def test_a_bad_form_is_refused_and_writes_nothing(server, tmp_path, content_type, body, status):
    target = f"/api/file/upload?path={tmp_path}/new"
    request = head("POST", target, server.key, Content_Type=content_type, Content_Length=len(body))
    assert ask(server, request, body).status == status
    assert not (tmp_path / "new").exists()


def test_an_upload_without_its_last_boundary_writes_nothing(server, tmp_path):
    body = form_start() + b"content"
    target = f"/api/file/upload?path={tmp_path}/new"
    request = head("POST", target, server.key, Content_Type=FORM, Content_Length=len(body))
    assert ask(server, request, body).status in (400, 422)
    assert not (tmp_path / "new").exists()
