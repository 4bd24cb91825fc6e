"""Session keys, the workspace cookie and the order of checks."""

from case import KEY, OTHER_KEY, case, delete, get, json_body, post, post_json

SESSION = "/api/auth/workspace-session"
PING = "/api/file/search_subdirs?path=@base@/nowhere"


def with_headers(*headers):
    return get(PING, key=None, headers=headers)


CASES = [
    case("the_first_key_is_accepted", get(PING, key=KEY)),
    case("the_second_key_is_accepted", get(PING, key=OTHER_KEY)),
    case("no_key_is_unauthorised", get(PING, key=None)),
    case("a_wrong_key_is_unauthorised", get(PING, key="wrong")),
    case("an_empty_key_is_unauthorised", get(PING, key="")),
    case("a_longer_key_is_unauthorised", get(PING, key=KEY + "x")),
    case("keys_are_case_sensitive", get(PING, key=KEY.upper())),
    case("header_names_are_case_insensitive", with_headers(("x-SESSION-api-KEY", KEY))),
    case("spaces_around_a_key_are_dropped", with_headers(("X-Session-API-Key", f"  {KEY}  "))),
    case(
        "the_first_of_two_key_headers_counts",
        with_headers(("X-Session-API-Key", "wrong"), ("X-Session-API-Key", KEY)),
    ),
    case(
        "the_last_of_two_key_headers_does_not_count",
        with_headers(("X-Session-API-Key", KEY), ("X-Session-API-Key", "wrong")),
    ),
    case("a_key_with_high_bytes_is_unauthorised", with_headers(("X-Session-API-Key", "k\xe9y"))),
    case("a_bearer_token_is_refused_on_api", with_headers(("Authorization", f"Bearer {KEY}"))),
    case("a_cookie_is_refused_on_api", with_headers(("Cookie", f"oh_workspace_session_key={KEY}"))),
    case("a_key_in_the_query_is_refused_on_api", get(f"{PING}&session_api_key={KEY}", key=None)),
    case("the_key_comes_before_missing_parameters", get("/api/file/download", key=None)),
    case("the_key_comes_before_bounds", get("/api/bash/bash_events/search?limit=0", key=None)),
    case("the_key_comes_before_a_bad_uuid", post("/api/bash/bash_commands/x/stop", key=None)),
    case(
        "malformed_json_comes_before_the_key",
        post_json("/api/bash/start_bash_command", b"{nope", key=None),
    ),
    case(
        "invalid_utf8_comes_before_the_key",
        post_json("/api/bash/start_bash_command", b'{"command":"\xff"}', key=None),
    ),
    case(
        "a_wrong_shape_comes_after_the_key",
        post_json("/api/bash/start_bash_command", {"command": 1}, key=None),
    ),
    case(
        "a_multipart_body_without_boundary_comes_before_the_key",
        post(
            "/api/file/upload?path=/x",
            **json_body(b"x", content_type="multipart/form-data"),
            key=None,
        ),
    ),
    case("an_open_server_needs_no_key", get(PING, key=None), server="open"),
    case("an_open_server_ignores_any_key", get(PING, key="anything"), server="open"),
    case("the_workspace_cookie_holds_the_key", post(SESSION)),
    case("the_workspace_cookie_holds_the_presented_key", post(SESSION, key=OTHER_KEY)),
    case("the_workspace_cookie_needs_a_key", post(SESSION, key=None)),
    case(
        "the_workspace_cookie_is_not_its_own_key",
        post(SESSION, key=None, headers=(("Cookie", f"oh_workspace_session_key={KEY}"),)),
    ),
    case("the_workspace_cookie_is_cleared", delete(SESSION)),
    case("clearing_the_workspace_cookie_needs_a_key", delete(SESSION, key=None)),
    case("the_workspace_session_is_not_readable", get(SESSION)),
    *[
        case(f"the_cookie_for_{name}", post(SESSION, headers=headers))
        for name, headers in {
            "a_remote_host_over_http": (("Host", "box.example"),),
            "a_remote_host_with_port": (("Host", "box.example:80"),),
            "localhost": (("Host", "localhost:8000"),),
            "localhost_in_capitals": (("Host", "LOCALHOST"),),
            "ipv6_loopback": (("Host", "[::1]:8000"),),
            "a_proxy_that_speaks_https": (("Host", "box.example"), ("X-Forwarded-Proto", "https")),
            "two_proxies_https_first": (
                ("Host", "box.example"),
                ("X-Forwarded-Proto", "https, http"),
            ),
            "two_proxies_http_first": (
                ("Host", "box.example"),
                ("X-Forwarded-Proto", "http, https"),
            ),
            "a_forwarded_loopback_host": (
                ("Host", "box.example"),
                ("X-Forwarded-Host", "127.0.0.1:3000, box.example"),
            ),
            "a_forwarded_remote_host": (("X-Forwarded-Host", "box.example"),),
            "https_in_capitals": (("Host", "box.example"), ("X-Forwarded-Proto", "HTTPS")),
            "an_empty_forwarded_proto": (("Host", "box.example"), ("X-Forwarded-Proto", "")),
        }.items()
    ],
    case("an_open_server_puts_no_key_into_the_cookie", post(SESSION, key=None), server="open"),
    case("an_open_server_puts_any_key_into_the_cookie", post(SESSION, key="any"), server="open"),
    case(
        "special_characters_are_quoted_in_the_cookie",
        post(SESSION, key='a b;c"d\\e,f=\xe9'),
        server="open",
    ),
    case("clearing_the_cookie_on_an_open_server", delete(SESSION, key=None), server="open"),
]
