"""Origins, preflights and the headers that every answer carries."""

from case import Http, case, get, post

SEARCH = "/api/file/search_subdirs?path=/nowhere-at-all"
COOKIE_PATHS = {
    "the_workspace_session": "/api/auth/workspace-session",
    "a_workspace_file": "/api/conversations/3f2b/workspace/a/b.html",
    "a_workspace_root": "/api/conversations/3f2b/workspace",
}


def from_origin(origin, **options):
    return get(SEARCH, headers=(("Origin", origin),), **options)


def preflight(origin, path=SEARCH, method="POST", *headers):
    asked = (("Origin", origin), ("Access-Control-Request-Method", method), *headers)
    return Http("OPTIONS", path, headers=asked, key=None)


ORIGINS = {
    "localhost": "http://localhost",
    "localhost_with_a_port": "http://localhost:3000",
    "localhost_over_https": "https://localhost:3000",
    "an_odd_scheme_on_localhost": "app://localhost",
    "loopback": "http://127.0.0.1:8080",
    "another_loopback_address": "http://127.0.0.2:8080",
    "ipv6_loopback": "http://[::1]:8080",
    "localhost_in_capitals": "http://LOCALHOST:3000",
    "a_name_that_starts_with_localhost": "http://localhost.evil.example",
    "the_docker_host": "http://docker-host.example:5173",
    "a_listed_origin": "https://app.example.com",
    "a_listed_origin_with_a_port": "https://app.example.com:8443",
    "a_listed_origin_with_another_scheme": "http://app.example.com",
    "a_listed_origin_in_capitals": "https://APP.example.com",
    "an_origin_matching_the_pattern": "https://dev.trusted.example",
    "an_origin_matching_a_part_of_the_pattern": "https://dev.trusted.example.evil.example",
    "an_unknown_origin": "https://evil.example",
    "the_null_origin": "null",
    "an_empty_origin": "",
    "a_broken_origin": "http://[::1",
    "no_origin_at_all_but_text": "nonsense",
}

CASES = [
    *[case(f"cors_for_{name}", from_origin(origin)) for name, origin in ORIGINS.items()],
    *[
        case(f"a_preflight_from_{name}", preflight(ORIGINS[name]))
        for name in ("localhost_with_a_port", "a_listed_origin", "an_unknown_origin")
    ],
    *[
        case(f"a_preflight_for_{method.lower()}", preflight("http://localhost", SEARCH, method))
        for method in ("GET", "DELETE", "QUERY", "HEAD", "TRACE", "post", "PURGE")
    ],
    case(
        "a_preflight_mirrors_the_asked_headers",
        preflight(
            "http://localhost",
            SEARCH,
            "GET",
            ("Access-Control-Request-Headers", "X-Session-API-Key,  content-type"),
        ),
    ),
    case(
        "a_preflight_for_a_private_network_fails",
        preflight(
            "http://localhost", SEARCH, "GET", ("Access-Control-Request-Private-Network", "true")
        ),
    ),
    case(
        "a_preflight_names_every_failure",
        preflight(
            "https://evil.example",
            SEARCH,
            "PURGE",
            ("Access-Control-Request-Private-Network", "true"),
        ),
    ),
    case("a_preflight_needs_no_route", preflight("http://localhost", "/nowhere")),
    case("a_preflight_to_a_public_route", preflight("http://localhost", "/alive", "GET")),
    case(
        "options_with_an_origin_alone_is_refused",
        Http("OPTIONS", SEARCH, headers=(("Origin", "http://localhost"),)),
    ),
    case(
        "options_with_a_method_alone_is_refused",
        Http("OPTIONS", SEARCH, headers=(("Access-Control-Request-Method", "GET"),)),
    ),
    case("a_missing_key_still_carries_cors_headers", from_origin("http://localhost", key=None)),
    case(
        "an_unknown_path_still_carries_cors_headers",
        get("/nowhere", headers=(("Origin", "http://localhost"),)),
    ),
    case(
        "a_redirect_still_carries_cors_headers",
        get("/alive/", headers=(("Origin", "http://localhost"),)),
    ),
    case(
        "a_validation_error_still_carries_cors_headers",
        get("/api/file/download", headers=(("Origin", "http://localhost"),)),
    ),
    case(
        "a_public_answer_carries_cors_headers",
        get("/alive", key=None, headers=(("Origin", "https://app.example.com"),)),
    ),
    *[
        case(f"a_preflight_from_any_origin_to_{name}", preflight("https://evil.example", path))
        for name, path in COOKIE_PATHS.items()
    ],
    *[
        case(f"a_preflight_from_null_to_{name}", preflight("null", path))
        for name, path in COOKIE_PATHS.items()
    ],
    case(
        "any_origin_may_use_the_workspace_session",
        post("/api/auth/workspace-session", headers=(("Origin", "https://evil.example"),)),
    ),
    case(
        "the_null_origin_may_not_use_the_workspace_session",
        post("/api/auth/workspace-session", headers=(("Origin", "null"),)),
    ),
    case(
        "a_neighbour_of_a_cookie_path_is_not_a_cookie_path",
        preflight("https://evil.example", "/api/conversations/3f2b/workspaces"),
    ),
    case(
        "a_workspace_path_with_a_slash_inside_the_id_is_not_a_cookie_path",
        preflight("https://evil.example", "/api/conversations/a/b/workspace"),
    ),
    case(
        "the_wildcard_allows_any_origin",
        get("/alive", key=None, headers=(("Origin", "https://evil.example"),)),
        server="open",
    ),
    case(
        "the_wildcard_allows_the_null_origin",
        get("/alive", key=None, headers=(("Origin", "null"),)),
        server="open",
    ),
    case("a_preflight_under_the_wildcard", preflight("https://evil.example"), server="open"),
    case(
        "a_cookie_path_below_the_root_path",
        preflight("https://evil.example", "/runtime/abc/api/auth/workspace-session"),
        server="open",
    ),
    case(
        "the_wildcard_does_not_reach_cookie_paths",
        preflight("null", "/api/auth/workspace-session"),
        server="open",
    ),
]
