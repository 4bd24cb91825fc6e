"""Requests that are not quite HTTP: limits of the head, framing of bodies, cut connections."""

from case import KEY, Raw, case, get, post

ALIVE = b"GET /alive HTTP/1.1\r\nHost: x\r\n"
LAST = b"Connection: close\r\n\r\n"
START = b"POST /api/bash/execute_bash_command HTTP/1.1\r\nHost: x\r\nX-Session-API-Key: "
START += KEY.encode() + b"\r\nContent-Type: application/json\r\nConnection: close\r\n"
BODY = b'{"command":"printf ok"}'

CASES = [
    case("a_minimal_request_is_answered", Raw(ALIVE + LAST)),
    case("http_1_0_is_answered", Raw(b"GET /alive HTTP/1.0\r\n\r\n")),
    case("http_1_1_without_a_host_is_invalid", Raw(b"GET /alive HTTP/1.1\r\n\r\n")),
    case("two_hosts_are_invalid", Raw(ALIVE + b"Host: y\r\n" + LAST)),
    case("http_2_0_is_taken_for_1_1", Raw(b"GET /alive HTTP/2.0\r\nHost: x\r\n\r\n")),
    case("an_http_2_preface_is_not_found", Raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    case("garbage_is_invalid", Raw(b"\x00\x01\x02 garbage\r\n\r\n")),
    case("a_tls_hello_is_invalid", Raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")),
    case("a_request_line_without_a_version_is_invalid", Raw(b"GET /alive\r\nHost: x\r\n\r\n")),
    case(
        "a_request_line_with_two_spaces_is_invalid", Raw(b"GET  /alive HTTP/1.1\r\nHost: x\r\n\r\n")
    ),
    case("a_target_with_a_space_is_invalid", Raw(b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n")),
    case("a_header_without_a_colon_is_invalid", Raw(ALIVE + b"nonsense\r\n" + LAST)),
    case("a_header_name_with_a_space_is_invalid", Raw(ALIVE + b"X y: 1\r\n" + LAST)),
    case("a_space_before_the_colon_is_invalid", Raw(ALIVE + b"X-A : 1\r\n" + LAST)),
    case("a_nul_in_a_header_is_invalid", Raw(ALIVE + b"X-A: a\x00b\r\n" + LAST)),
    case("an_empty_header_name_is_invalid", Raw(ALIVE + b": 1\r\n" + LAST)),
    case("a_folded_header_is_joined", Raw(ALIVE + b"X-A: 1\r\n  2\r\n" + LAST)),
    case(
        "bare_line_feeds_are_understood",
        Raw(b"GET /alive HTTP/1.1\nHost: x\nConnection: close\n\n"),
    ),
    case("an_empty_line_before_the_request_is_invalid", Raw(b"\r\n" + ALIVE + LAST)),
    case("a_relative_target", Raw(b"GET alive HTTP/1.1\r\nHost: x\r\n" + LAST)),
    case("a_star_target", Raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + LAST)),
    case("a_connect_request", Raw(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n" + LAST)),
    case("a_target_with_high_bytes", Raw(b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n" + LAST)),
    case("a_fragment_in_the_target", Raw(b"GET /alive#x HTTP/1.1\r\nHost: x\r\n" + LAST)),
    case("a_head_of_60_kib_is_accepted", get("/alive", key=None, headers=(("X-A", "a" * 61440),))),
    # Without its end, so that the limit is met however the bytes arrive.
    case("a_head_over_64_kib_is_refused", Raw(ALIVE + b"X-A: " + b"a" * 70000)),
    case("a_target_over_64_kib_is_refused", Raw(b"GET /alive?" + b"a" * 70000)),
    case("many_headers_over_64_kib_are_refused", Raw(ALIVE + b"X-A: 0123456789\r\n" * 4100)),
    case(
        "300_headers_are_accepted",
        get("/alive", key=None, headers=tuple((f"X-{i}", "v") for i in range(300))),
    ),
    case("a_length_that_is_no_number_is_invalid", Raw(START + b"Content-Length: x\r\n\r\n")),
    case("a_negative_length_is_invalid", Raw(START + b"Content-Length: -1\r\n\r\n")),
    case(
        "two_different_lengths_are_invalid",
        Raw(START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
    ),
    case(
        "two_equal_lengths_are_one",
        Raw(START + b"Content-Length: 23\r\nContent-Length: 23\r\n\r\n" + BODY),
    ),
    case(
        "a_huge_length_is_invalid", Raw(START + b"Content-Length: 99999999999999999999999\r\n\r\n")
    ),
    case(
        "a_length_beside_chunks_is_ignored",
        Raw(
            START
            + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n"
            + BODY
            + b"\r\n0\r\n\r\n"
        ),
    ),
    case(
        "a_chunked_body_is_read",
        Raw(
            START
            + b"Transfer-Encoding: chunked\r\n\r\n5\r\n"
            + BODY[:5]
            + b"\r\n12;x=y\r\n"
            + BODY[5:]
            + b"\r\n0\r\n\r\n"
        ),
    ),
    case(
        "a_chunked_body_with_trailers_is_read",
        Raw(
            START + b"Transfer-Encoding: chunked\r\n\r\n17\r\n" + BODY + b"\r\n0\r\nX-T: 1\r\n\r\n"
        ),
    ),
    case(
        "a_bad_chunk_size_is_invalid",
        Raw(START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    ),
    case(
        "an_unknown_transfer_encoding_is_refused", Raw(START + b"Transfer-Encoding: gzip\r\n\r\n")
    ),
    case("a_body_on_get_is_ignored", Raw(ALIVE + b"Content-Length: 2\r\n" + LAST + b"{}")),
    case(
        "a_client_that_expects_continue_is_told_so",
        Raw(START + b"Content-Length: 23\r\nExpect: 100-continue\r\n\r\n", BODY),
    ),
    case(
        "a_half_closed_request_is_dropped",
        Raw(START + b"Content-Length: 23\r\n\r\n" + BODY, half_closed=True),
    ),
    case("a_head_cut_off_gets_no_answer", Raw(b"GET /alive HTT", half_closed=True)),
    case(
        "a_body_cut_off_gets_no_result",
        Raw(START + b"Content-Length: 500\r\n\r\n" + BODY, half_closed=True),
    ),
    case(
        "an_upgrade_to_http_2_is_ignored",
        get(
            "/alive",
            key=None,
            headers=(
                ("Connection", "Upgrade, HTTP2-Settings, close"),
                ("Upgrade", "h2c"),
                ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
            ),
        ),
    ),
    case(
        "an_upgrade_to_nothing_known_is_ignored",
        get("/alive", key=None, headers=(("Connection", "Upgrade, close"), ("Upgrade", "foo"))),
    ),
    case(
        "a_large_json_body_is_read",
        post(
            "/api/bash/execute_bash_command",
            headers=(("Content-Type", "application/json"),),
            body=b'{"command":"printf ok #' + b"x" * 100000 + b'"}',
        ),
    ),
]
