"""Keys, the workspace cookie, and the order in which a request is refused."""

import http.cookies

import pytest

COOKIE = "oh_workspace_session_key"
SESSION = "/api/auth/workspace-session"
UNAUTHORIZED = (401, {"detail": "Unauthorized"})


def outcome(answer):
    return answer.status, answer.json()


def test_every_configured_key_is_accepted(start):
    server = start(env={"OH_SESSION_API_KEYS_1": "second"})
    for key in (server.key, "second"):
        assert server.post(SESSION, key=key).status == 204


@pytest.mark.parametrize(
    "key", [None, "", "wrong", "E2E-SESSION-KEY", "e2e-session-keyx", "e2e-session-ke"]
)
def test_other_keys_are_refused(server, key):
    answer = server.post(SESSION, key=key)
    assert outcome(answer) == UNAUTHORIZED and "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer e2e-session-key"},
        {"Cookie": f"{COOKIE}=e2e-session-key"},
        {"X-Init-API-Key": "e2e-session-key"},
    ],
)
def test_other_ways_to_present_a_key_are_refused(server, headers):
    assert outcome(server.post(SESSION, key=None, headers=headers)) == UNAUTHORIZED
    assert (
        outcome(server.post(f"{SESSION}?session_api_key=e2e-session-key", key=None)) == UNAUTHORIZED
    )


def test_a_server_without_keys_is_open(start):
    server = start(key=None)
    assert server.post(SESSION).status == 204
    assert server.post(SESSION, key="anything").status == 204


def test_the_plain_variable_is_a_key_too(start):
    server = start(env={"SESSION_API_KEY": "plain"}, key=None)
    assert server.post(SESSION, key="plain").status == 204
    assert server.post(SESSION, key=None).status == 401


def test_routing_comes_before_the_key(server):
    assert server.get("/api/nowhere", key=None).status == 404
    assert server.get(SESSION, key=None).status == 405
    assert server.post(f"{SESSION}/", key=None).status == 307


def test_the_cookie_holds_the_presented_key(server):
    answer = server.post(SESSION)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["set-cookie"] == (
        f"{COOKIE}={server.key}; HttpOnly; Max-Age=315360000; Path=/api/conversations; "
        "SameSite=none; Secure; Partitioned"
    )


def test_the_cookie_is_cleared(server):
    answer = server.request("DELETE", SESSION)
    assert answer.status == 204
    assert answer.headers["set-cookie"].startswith(f'{COOKIE}=""; HttpOnly; Max-Age=0; ')


def test_the_cookie_of_a_remote_host_is_secure_only_behind_https(server):
    plain = server.post(SESSION, headers={"Host": "box.example"}).headers["set-cookie"]
    behind = server.post(
        SESSION, headers={"Host": "box.example", "X-Forwarded-Proto": "https, http"}
    )
    assert plain.endswith("SameSite=none")
    assert behind.headers["set-cookie"].endswith("SameSite=none; Secure; Partitioned")


def test_special_characters_survive_in_the_cookie(start):
    key = 'a b;c"d\\e,f=g'
    server = start(key=key)
    pair = server.post(SESSION).headers["set-cookie"].partition("; HttpOnly")[0]
    parsed = http.cookies.SimpleCookie(pair)
    assert parsed[COOKIE].value == key


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"X-Session-API-Key": "e2e-session-key"}),
        ("", {"Cookie": f"{COOKIE}=e2e-session-key"}),
        ("", {"Cookie": f'a=b; {COOKIE}="e2e-session-key"'}),
        ("?session_api_key=e2e-session-key", {}),
        ("?session_api_key=e2e%2Dsession%2Dkey", {}),
    ],
)
def test_a_stream_takes_its_key_where_a_browser_can_put_it(server, query, headers):
    connection = server.connect()
    path = f"/api/bash/bash_events/stream{query}"
    server.send(connection, "GET", path, headers=headers, key=None)
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("?session_api_key=", {}),
        ("?session_api_key=wrong", {}),
        ("", {"Cookie": f"{COOKIE}=wrong"}),
        ("?session_api_key=e2e-session-key", {"X-Session-API-Key": "wrong"}),
    ],
)
def test_a_stream_refuses_other_keys(server, query, headers):
    answer = server.get(f"/api/bash/bash_events/stream{query}", headers=headers, key=None)
    assert outcome(answer) == UNAUTHORIZED
