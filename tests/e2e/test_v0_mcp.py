"""The MCP proxy of the V0 contract (v0-action-execution §2.10, §2.11), over raw SSE: what backends
do through it, and what hostile servers and clients may do to it."""

import json
import os
import sys
from pathlib import Path

import pytest
from raw import Raw, head
from server import LIMIT_S

SCRIPT = str(Path(__file__).parent.parent / "support" / "mcp_server.py")
KEY = {"Authorization": "Bearer e2e-session-key"}
ACCEPTED = (202, "Accepted")


def named(name, *args, **env):
    return {"name": name, "command": sys.executable, "args": [SCRIPT, *args], "env": env}


def update(server, *servers):
    answer = server.post("/update_mcp_server", list(servers))
    assert answer.status == 200, answer
    assert answer.json() == {"detail": "MCP server updated successfully", "router_error_log": ""}


class Session(Raw):
    """One SSE stream and what is posted to it."""

    def __init__(self, server, path="/mcp/sse", **options):
        super().__init__(server, **options)
        self.server = server
        self.buffer = b""
        self.number = 0
        self.send(head("GET", path, server.key, **KEY))
        self.status, self.headers = self.read_head()
        assert self.status == 200, (self.status, self.headers)
        self.first = self.read_record()
        self.path = self.first.split("data: ")[1]

    def read_record(self):
        while b"\r\n\r\n" not in self.buffer:
            chunk = self.read_chunk()
            assert chunk, "the stream has ended"
            self.buffer += chunk
        record, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return record.decode()

    def read_message(self):
        while True:
            record = self.read_record()
            if record.startswith("event: message\r\ndata: "):
                return json.loads(record.split("data: ", 1)[1])
            assert record.startswith(": ping"), record

    def post(self, message, path=None):
        headers = KEY | {"Content-Type": "application/json"}
        body = message if isinstance(message, str) else json.dumps(message)
        return self.server.post(path or self.path, body, headers=headers)

    def start(self, method, number=None, **params):
        self.number += 1
        number = self.number if number is None else number
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        answer = self.post(message)
        assert (answer.status, answer.text) == ACCEPTED
        return number

    def notify(self, method, **params):
        answer = self.post({"jsonrpc": "2.0", "method": method, "params": params})
        assert (answer.status, answer.text) == ACCEPTED

    def read_answer_to(self, number):
        """The answer, and what came before it."""
        before = []
        while (message := self.read_message()).get("id") != number:
            before.append(message)
        return message, before

    def ask(self, method, **params):
        return self.read_answer_to(self.start(method, **params))[0]

    def call(self, tool, /, **arguments):
        return self.ask("tools/call", name=tool, arguments=arguments)["result"]

    def text(self, tool, /, **arguments):
        return self.call(tool, **arguments)["content"][0]["text"]

    def names(self, method="tools/list", member="tools"):
        return [entry["name"] for entry in self.ask(method)["result"][member]]


@pytest.fixture
def one(server):
    update(server, named("alpha"))
    with Session(server) as session:
        yield session


@pytest.fixture
def two(server):
    update(server, named("alpha", "--name", "first"), named("beta", "--bare"))
    with Session(server) as session:
        yield session


def test_nothing_is_there_before_the_first_server_is_named(server):
    for method, path in (("GET", "/mcp/sse"), ("GET", "/sse"), ("POST", "/mcp/messages/")):
        answer = server.request(method, path, headers=KEY)
        assert (answer.status, answer.json()) == (404, {"detail": "Not Found"})
    update(server)
    assert server.get("/mcp/sse", headers=KEY).status == 404


def test_the_stream_begins_with_where_to_send_messages(one):
    session_id = one.path.removeprefix("/mcp/messages/?session_id=")
    assert one.first.startswith("event: endpoint\r\ndata: ")
    assert len(session_id) == 32 and int(session_id, 16)
    assert one.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert one.headers["cache-control"] == "no-store"
    assert one.headers["x-accel-buffering"] == "no"


def test_the_root_serves_as_well(one):
    with Session(one.server, "/sse") as session:
        assert session.path.startswith("/messages/?session_id=")
        assert session.text("echo", text="root") == "root"


def test_a_final_slash_too_many_or_too_few_is_redirected(one):
    for path, right in (("/mcp/sse/", "/mcp/sse"), ("/sse/", "/sse")):
        answer = one.server.get(path, headers=KEY)
        assert (answer.status, answer.headers["location"]) == (307, one.server.url + right)
    answer = one.server.post("/mcp/messages", headers=KEY)
    assert answer.headers["location"] == one.server.url + "/mcp/messages/"


def test_the_key_is_needed_twice(one):
    server, bad = one.server, {"Authorization": "Bearer wrong"}
    for path in ("/mcp/sse", "/sse"):
        assert server.get(path, headers=KEY, key=None).status == 403
        for headers in ({}, bad):
            answer = server.get(path, headers=headers)
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Bearer error=")
            assert answer.json()["error"] == "invalid_token"
    assert server.post(one.path, headers=bad).status == 401
    assert server.post("/update_mcp_server", [], key="wrong").status == 403


def test_without_keys_nobody_needs_one(start):
    server = start(key=None)
    update(server, named("alpha"))
    with Raw(server) as connection:
        connection.send(head("GET", "/mcp/sse"))
        assert connection.read_head()[0] == 200


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18"])
def test_the_handshake_takes_the_clients_version(one, version):
    result = one.ask("initialize", protocolVersion=version, capabilities={})["result"]
    assert result["protocolVersion"] == version
    assert result["capabilities"]["tools"] == {"listChanged": True}
    assert result["serverInfo"]["name"]
    assert one.ask("ping")["result"] == {}


def test_an_unknown_version_gets_the_newest(one):
    result = one.ask("initialize", protocolVersion="1999-01-01")["result"]
    assert result["protocolVersion"] == "2025-06-18"


def test_one_servers_names_stay_as_they_are(one):
    assert one.names()[:2] == ["echo", "fail"]
    assert one.text("echo", text="h\u00e9\n\U0001f600") == "h\u00e9\n\U0001f600"
    assert one.names("resources/list", "resources") == ["greeting", "bytes"]
    read = one.ask("resources/read", uri="test://greeting")["result"]["contents"]
    assert read == [{"uri": "test://greeting", "mimeType": "text/plain", "text": "good day"}]
    got = one.ask("prompts/get", name="hello", arguments={"who": "Eve"})["result"]
    assert got["messages"][0]["content"]["text"] == "Say hello to Eve"


def test_two_servers_names_say_whose_they_are(two):
    names = two.names()
    assert names[0] == "alpha_echo" and names[-1] == "beta_structured"
    assert two.text("alpha_echo", text="a") == "a"
    assert two.text("beta_echo", text="b") == "b"
    assert two.names("prompts/list", "prompts") == ["alpha_hello"]
    got = two.ask("prompts/get", name="alpha_hello", arguments={"who": "Eve"})["result"]
    assert got["messages"][0]["content"]["text"] == "Say hello to Eve"


def test_two_servers_resources_say_whose_they_are(two):
    resources = two.ask("resources/list")["result"]["resources"]
    assert resources[0]["uri"] == "test://alpha/greeting"
    assert resources[0]["name"] == "alpha_greeting"
    templates = two.ask("resources/templates/list")["result"]["resourceTemplates"]
    assert templates[0]["uriTemplate"] == "test://alpha/item/{id}"
    read = two.ask("resources/read", uri="test://alpha/item/7")["result"]["contents"][0]
    assert (read["uri"], read["text"]) == ("test://alpha/item/7", "item 7")


def test_what_nobody_has_is_told(two):
    assert two.call("echo") == {
        "content": [{"type": "text", "text": "Unknown tool: echo"}],
        "isError": True,
    }
    error = two.ask("resources/read", uri="test://greeting")["error"]
    assert error == {"code": 0, "message": "Unknown resource: 'test://greeting'"}
    assert two.ask("prompts/get", name="hello")["error"]["message"] == "Unknown prompt: hello"
    assert two.ask("tools/guess")["error"]["code"] == -32601
    assert two.ask("tools/call", arguments={})["error"]["code"] == -32602


def test_failures_of_tools_are_results(one):
    failed = {"content": [{"type": "text", "text": "no"}], "isError": True}
    assert one.call("fail", text="no") == failed
    assert one.call("refuse", text="no") == failed


def test_results_are_passed_on_whole(one):
    result = one.call("structured")
    assert result["structuredContent"] == {"n": 1} and result["_meta"] == {"k": "v"}
    assert len(one.text("huge", bytes=3_000_000)) == 3_000_000


def test_lists_in_pages_are_put_together(server):
    update(server, named("alpha", "--page", "2"), named("beta", "--page", "5"))
    with Session(server) as session:
        names = session.names()
        assert len(names) == len(set(names)) and len(names) % 2 == 0
        assert [n[6:] for n in names if n.startswith("alpha_")] == [
            n[5:] for n in names if n.startswith("beta_")
        ]


def test_a_server_stays_warm_between_sessions(one):
    pid = one.text("pid")
    with Session(one.server) as other:
        assert other.text("pid") == pid


def test_children_get_no_key_and_little_else(start):
    server = start(env={"SOMETHING": "else"})
    update(server, named("alpha", GIVEN="v"))
    with Session(server) as session:
        assert session.text("environment", name="GIVEN") == "v"
        assert session.text("environment", name="PATH") == os.environ["PATH"]
        for name in ("OH_SESSION_API_KEYS_0", "SESSION_API_KEY", "SOMETHING"):
            assert session.text("environment", name=name) == "(unset)"


def test_an_update_replaces_servers_under_open_sessions(two):
    kept = two.text("alpha_pid")
    update(two.server, named("alpha", "--name", "first"), named("gamma", "--bare"))
    changed = [two.read_message()["method"] for _ in range(3)]
    assert changed[0] == "notifications/tools/list_changed"
    assert {name.split("_")[0] for name in two.names()} == {"alpha", "gamma"}
    assert two.text("alpha_pid") == kept
    assert two.text("beta_echo") == "Unknown tool: beta_echo"


def test_an_update_that_takes_a_server_away_ends_its_calls(one):
    one.text("echo")
    number = one.start("tools/call", name="hang", arguments={})
    update(one.server)
    answer, _ = one.read_answer_to(number)
    assert answer["result"]["isError"] is True
    assert one.ask("tools/list")["result"] == {"tools": []}


def test_going_from_two_servers_to_one_changes_its_names(two):
    update(two.server, named("alpha", "--name", "first"))
    assert two.read_answer_to(two.start("tools/list"))[0]["result"]["tools"][0]["name"] == "echo"


@pytest.mark.parametrize(
    "broken",
    [
        named("bad", "--die", "out of order"),
        named("bad", "--refuse", "out of order"),
        {"name": "bad", "command": "/nowhere/out-of-order"},
    ],
)
def test_a_server_that_cannot_start_does_not_break_others(server, broken):
    update(server, named("good"), broken)
    with Session(server) as session:
        assert {name.split("_")[0] for name in session.names()} == {"good"}
        assert session.text("good_echo", text="x") == "x"
        result = session.call("bad_echo")
        assert result["isError"] and "Client failed to connect: " in result["content"][0]["text"]
        assert "out-of-order" in str(result) or "out of order" in str(result)


def test_the_only_server_that_cannot_start_fails_the_list(server):
    update(server, named("bad", "--die", "out of order"))
    with Session(server) as session:
        error = session.ask("tools/list")["error"]
        assert error["code"] == 0
        assert error["message"].startswith("Client failed to connect: Connection closed")


def test_a_server_that_ends_in_the_middle_is_started_again(one):
    first = one.text("pid")
    assert one.text("exit", code=3).startswith("Connection closed")
    assert one.text("pid") != first


def test_a_server_that_prints_garbage_works(server):
    update(server, named("alpha", "--chatter"))
    with Session(server) as session:
        assert session.text("garbage") == "after garbage"


def test_a_hanging_call_holds_nobody_up(one):
    one.start("tools/call", name="hang", arguments={})
    assert one.text("echo", text="x") == "x"
    with Session(one.server) as other:
        assert other.text("echo", text="y") == "y"


def test_answers_come_in_the_order_of_the_server(one):
    waiting = one.start("tools/call", name="wait", arguments={})
    quick = one.start("tools/call", name="echo", arguments={"text": "x"})
    assert [one.read_message()["id"], one.read_message()["id"]] == [quick, waiting]


def test_ids_may_be_texts_and_belong_to_their_session(one):
    with Session(one.server) as other:
        one.start("tools/call", number="1", name="echo", arguments={"text": "one"})
        other.start("tools/call", number="1", name="echo", arguments={"text": "other"})
        for session, text in ((one, "one"), (other, "other")):
            message = session.read_message()
            assert message["id"] == "1"
            assert message["result"]["content"][0]["text"] == text


def test_logs_and_progress_reach_the_session_that_asked(one):
    with Session(one.server) as other:
        other.text("echo")
        number = one.start("tools/call", name="log", arguments={"text": "look"})
        _, before = one.read_answer_to(number)
        assert before[0]["params"] == {"level": "info", "data": "look"}
        meta = {"progressToken": "mine"}
        number = one.start("tools/call", name="progress", arguments={}, _meta=meta)
        _, before = one.read_answer_to(number)
        assert before[0]["params"] == {"progressToken": "mine", "progress": 1, "total": 2}
        _, before = other.read_answer_to(other.start("ping"))
        assert before == []


def test_changes_of_a_servers_list_reach_everybody(one):
    with Session(one.server) as other:
        assert one.text("grow") == "grown"
        assert other.read_message()["method"] == "notifications/tools/list_changed"
        assert "grown" in other.names()


def test_a_cancelled_call_is_not_answered_and_the_server_is_told(one):
    one.text("echo")
    number = one.start("tools/call", name="hang", arguments={})
    one.notify("notifications/cancelled", requestId=number)
    assert len(json.loads(one.text("cancelled"))) == 1


def test_a_client_that_leaves_cancels_its_calls(one):
    one.text("echo")
    other = Session(one.server)
    other.start("tools/call", name="hang", arguments={})
    other.text("echo")
    other.reset()
    while json.loads(one.text("cancelled")) == []:
        pass
    assert one.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, other.path).status == 404


BAD_MESSAGES = (
    "",
    "{",
    "[]",
    "42",
    "{}",
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"method":5}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}',
    '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
)


def test_what_is_no_message_is_refused(one):
    for text in BAD_MESSAGES:
        answer = one.post(text)
        assert (answer.status, answer.text) == (400, "Could not parse message"), text
    assert one.ask("ping")["result"] == {}


@pytest.mark.parametrize(
    "query, status, text",
    [
        ("", 400, "session_id is required"),
        ("?session_id=zz", 400, "Invalid session ID"),
        ("?session_id=" + "0" * 32, 404, "Could not find session"),
    ],
)
def test_messages_of_no_session_are_refused(one, query, status, text):
    answer = one.post("{}", "/mcp/messages/" + query)
    assert (answer.status, answer.text) == (status, text)


def test_messages_say_that_they_are_json(one):
    answer = one.server.post(one.path, "{}", headers=KEY | {"Content-Type": "text/plain"})
    assert (answer.status, answer.text) == (400, "Invalid Content-Type header")


def test_an_update_is_a_list_of_servers(server):
    answer = server.post("/update_mcp_server", {"name": "x"})
    assert answer.status == 400
    assert answer.json() == {"detail": "Request must be a list of MCP tools to sync"}


def test_an_update_that_cannot_be_read_changes_nothing(one):
    one.server.accepted_errors = ("unexpected",)
    for servers in ('[{"name":"a b","command":"c"}]', "[1]", "[", '[{"name":"x"}]'):
        answer = one.server.post("/update_mcp_server", servers)
        detail = "An unexpected error occurred. Please try again later."
        assert (answer.status, answer.json()) == (500, {"detail": detail})
    assert one.text("echo", text="still") == "still"


def test_a_client_that_does_not_read_is_cut_off_and_others_go_on(one):
    with Session(one.server, receive_bytes=4096) as slow:
        for _ in range(40):
            slow.start("tools/call", name="huge", arguments={"bytes": 4_000_000})
        one.server.log.wait_for(lambda line: "mcp.session_cut" in line)
        assert one.text("echo", text="x") == "x"


def test_requests_beyond_the_limit_are_refused(one):
    one.text("echo")
    for _ in range(256):
        one.start("tools/call", name="hang", arguments={})
    error = one.ask("tools/call", name="echo", arguments={})["error"]
    assert error["message"] == "Too many requests are being answered"


def test_sessions_beyond_the_limit_are_refused(server):
    update(server, named("alpha"))
    sessions = [Session(server) for _ in range(256)]
    answer = server.get("/mcp/sse", headers=KEY)
    assert (answer.status, answer.json()) == (503, {"detail": "Too many MCP sessions"})
    for session in sessions:
        session.close()


def test_everything_ends_with_the_server(one):
    one.text("echo")
    one.start("tools/call", name="hang", arguments={})
    one.server.stop()
    one.socket.settimeout(LIMIT_S)
    one.read_to_end()
