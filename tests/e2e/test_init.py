"""A server of a warm pool: dormant until it is given its keys, once."""

import pytest
from server import LIMIT_S
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

INIT = "/api/init"
SESSION = "/api/auth/workspace-session"


@pytest.fixture
def dormant(start):
    return start(env={"OH_DEFERRED_INIT": "true", "OH_SECRET_KEY": "init-key"})


def init(server, body, key="init-key"):
    return server.post(INIT, body, headers={} if key is None else {"X-Init-API-Key": key}, key=None)


def state(server):
    return server.get(INIT, key=None).json()


def test_an_ordinary_server_has_no_init(server):
    answer = server.get(INIT, key=None)
    text = "server is not running with deferred_init=True; the /api/init endpoint is not available"
    assert (answer.status, answer.json()) == (404, {"detail": text})
    assert init(server, {}, key=server.key).json() == {"detail": text}
    assert init(server, {}, key="wrong").status == 401


def test_a_dormant_server_answers_its_public_routes_only(dormant):
    assert state(dormant) == {"state": "dormant", "error": None}
    for path in ("/alive", "/health", "/ready", "/server_info"):
        assert dormant.get(path, key=None).status == 200
    for key in (None, dormant.key):
        answer = dormant.post(SESSION, key=key)
        assert (answer.status, answer.json()) == (
            503,
            {
                "detail": "Internal Server Error",
                "exception": "503: server is in deferred-init state 'dormant'; "
                "call POST /api/init first",
            },
        )


@pytest.mark.parametrize("headers", [{}, {"X-Session-API-Key": "e2e-session-key"}])
def test_a_dormant_server_refuses_sockets(dormant, headers):
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"ws://127.0.0.1:{dormant.port}/sockets/bash-events", additional_headers=headers)
    assert (refusal.value.response.status_code, refusal.value.response.body) == (403, b"")


def test_a_socket_opens_with_a_delivered_key(dormant):
    assert init(dormant, {"session_api_keys": ["new"]}).status == 200
    with connect(
        f"ws://127.0.0.1:{dormant.port}/sockets/bash-events?session_api_key=new"
    ) as socket:
        socket.send('{"command": "printf awake"}')
        assert any("awake" in (socket.recv(LIMIT_S)) for _ in range(2))


@pytest.mark.parametrize("key", [None, "", "wrong", "e2e-session-key"])
def test_init_needs_the_secret_key(dormant, key):
    assert init(dormant, {}, key=key).status == 401
    assert init(dormant, {"colour": "blue"}, key=key).status == 401
    assert state(dormant)["state"] == "dormant"


@pytest.mark.parametrize(
    ("body", "type"),
    [
        ({"colour": "blue"}, "extra_forbidden"),
        ({"session_api_keys": "abc"}, "list_type"),
        ({"max_concurrent_runs": 0}, "greater_than_equal"),
        ({"env": {"A": 1}}, "string_type"),
        ({"bash_events_dir": 5}, "path_type"),
        ({"webhooks": [{}]}, "missing"),
        ([], "model_attributes_type"),
    ],
)
def test_a_bad_body_leaves_the_server_dormant(dormant, body, type):
    answer = init(dormant, body)
    assert answer.status == 422 and answer.json()["detail"][0]["type"] == type
    assert state(dormant) == {"state": "dormant", "error": None}


def test_an_empty_key_is_refused_in_words(dormant):
    answer = init(dormant, {"session_api_keys": ["a", ""]})
    assert (answer.status, answer.json()) == (
        422,
        {"detail": "session_api_keys cannot contain empty keys"},
    )


def test_a_value_nobody_can_use_fails_and_may_be_tried_again(dormant):
    dormant.accepted_errors = ("init.failed",)
    answer = init(dormant, {"max_concurrent_runs": 2**60})
    assert answer.status == 500 and answer.json()["exception"].startswith("500: RuntimeError: ")
    assert state(dormant)["state"] == "dormant" and state(dormant)["error"].startswith(
        "RuntimeError: "
    )
    assert init(dormant, {}).json() == {"state": "ready", "error": None}


def test_init_replaces_keys_and_secret(dormant):
    answer = init(dormant, {"session_api_keys": ["new-1", "new-2"], "secret_key": "new-secret"})
    assert (answer.status, answer.json()) == (200, {"state": "ready", "error": None})
    assert (
        dormant.post(SESSION, key="new-1").status
        == dormant.post(SESSION, key="new-2").status
        == 204
    )
    assert dormant.post(SESSION, key="e2e-session-key").status == 401
    assert init(dormant, {}, key="init-key").status == 401
    again = init(dormant, {}, key="new-secret")
    assert (again.status, again.json()) == (400, {"detail": "server already in state: ready"})


def test_init_keeps_what_is_not_given(dormant):
    assert init(dormant, {"session_api_keys": None, "web_url": None}).status == 200
    assert dormant.post(SESSION).status == 204


def test_init_moves_the_store_of_commands(dormant, tmp_path):
    assert init(dormant, {"bash_events_dir": str(tmp_path / "late")}).status == 200
    dormant.run("true")
    assert (
        any((tmp_path / "late").iterdir()) and not (tmp_path / "workspace" / "bash_events").exists()
    )


def test_init_moves_the_root_path(dormant):
    assert init(dormant, {"web_url": "https://proxy.example/late/"}).status == 200
    assert dormant.get("/late/alive").status == dormant.get("/alive").status == 200


def test_the_delivered_environment_reaches_commands_without_keys(dormant):
    env = {
        "WORKER_1": "12000",
        "SESSION_API_KEY": "delivered-key",
        "OH_SECRET_KEY": "delivered-key",
    }
    assert init(dormant, {"session_api_keys": ["new"], "env": env}).status == 200
    dormant.key = "new"
    assert (
        dormant.run("echo $WORKER_1; env | grep -c delivered-key || true")["stdout"] == "12000\n0\n"
    )


def test_a_server_without_a_secret_key_may_be_woken_by_anybody(start):
    server = start(env={"OH_DEFERRED_INIT": "1"}, key=None)
    assert init(server, {"session_api_keys": ["first", "second"]}, key=None).status == 200
    assert init(server, {}, key="first").status == 400  # the first session key stands in


def test_a_blank_secret_key_lets_nobody_in(start):
    server = start(env={"OH_DEFERRED_INIT": "1", "OH_SECRET_KEY": " "}, key=None)
    for key in (None, "", " ", "x"):
        assert init(server, {}, key=key).status == 401
