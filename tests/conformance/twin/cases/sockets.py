"""/sockets/bash-events, and the handshakes of the other sockets."""

from case import KEY, Crowd, Http, Socket, case, delete, execute

EVENTS = "/sockets/bash-events"
CONVERSATION = "/sockets/events/00000000-0000-4000-8000-000000000001"
RUN = '{"command":"printf out; printf err >&2"}'
CLEAR = delete("/api/bash/bash_events", ignore=("body",))
AUTH = ("text", '{"type":"auth","session_api_key":"%s"}' % KEY)


def talk(name, *script, target=EVENTS, server="keyed", **options):
    return case(name, Socket(target, script, **options), server=server)


def refused(name, target, **options):
    return case(name, Socket(target, **options))


FIRST_FRAMES = {
    "a_wrong_key": '{"type":"auth","session_api_key":"wrong"}',
    "an_empty_key": '{"type":"auth","session_api_key":""}',
    "no_key": '{"type":"auth"}',
    "a_null_key": '{"type":"auth","session_api_key":null}',
    "another_type": '{"type":"hello","session_api_key":"%s"}' % KEY,
    "no_type": '{"session_api_key":"%s"}' % KEY,
    "a_command": RUN,
    "broken_json": "{nope",
    "a_list": '["auth"]',
    "a_text": '"auth"',
    "a_number": "7",
    "nothing": "",
}
LATER_FRAMES = {
    "broken_json": "{nope",
    "nothing": "",
    "a_list": "[1]",
    "a_number": "5",
    "null": "null",
    "an_object_without_command": "{}",
    "a_numeric_command": '{"command":5}',
    "a_text_timeout": '{"command":"true","timeout":"soon"}',
    "two_errors": '{"command":1,"timeout":"x"}',
    "a_secret_in_the_error": '{"api_key":"secret-value","command":7}',
    "an_auth_frame_with_extras": '{"type":"auth","session_api_key":"x","more":1}',
    "another_type": '{"type":"ping"}',
}

CASES = [
    talk("a_key_in_the_header_opens", ("text", RUN), ("until_exit",), key=KEY),
    talk(
        "a_key_in_the_query_opens",
        ("text", RUN),
        ("until_exit",),
        target=f"{EVENTS}?session_api_key={KEY}",
    ),
    talk("a_key_in_the_first_frame_opens", AUTH, ("text", RUN), ("until_exit",)),
    talk(
        "an_auth_frame_may_have_more_fields",
        ("text", '{"type":"auth","session_api_key":"%s","more":1}' % KEY),
        ("text", RUN),
        ("until_exit",),
    ),
    refused("a_wrong_key_in_the_header_is_refused", EVENTS, key="wrong"),
    refused("an_empty_key_in_the_header_is_refused", EVENTS, key=""),
    refused("a_wrong_key_in_the_query_is_refused", f"{EVENTS}?session_api_key=wrong"),
    refused("an_empty_key_in_the_query_is_refused", f"{EVENTS}?session_api_key="),
    refused("a_wrong_query_beats_a_good_header", f"{EVENTS}?session_api_key=wrong", key=KEY),
    refused("an_empty_query_beats_a_good_header", f"{EVENTS}?session_api_key=", key=KEY),
    talk(
        "a_good_query_beats_a_wrong_header",
        ("text", RUN),
        ("until_exit",),
        target=f"{EVENTS}?session_api_key={KEY}",
        key="wrong",
    ),
    talk(
        "a_cookie_does_not_open",
        ("text", RUN),
        ("until_end",),
        headers=(("Cookie", f"oh_workspace_session_key={KEY}"),),
    ),
    talk(
        "a_bearer_token_does_not_open",
        ("text", RUN),
        ("until_end",),
        headers=(("Authorization", f"Bearer {KEY}"),),
    ),
    *[
        talk(f"a_first_frame_with_{name}_closes", ("text", text), ("until_end",))
        for name, text in FIRST_FRAMES.items()
    ],
    talk("a_binary_first_frame_drops", ("binary", AUTH[1].encode()), ("until_end",)),
    *[
        talk(f"a_later_frame_with_{name}", ("text", text), ("receive", 1), key=KEY)
        for name, text in LATER_FRAMES.items()
    ],
    talk("a_later_binary_frame", ("binary", RUN.encode()), ("receive", 1), key=KEY),
    talk("a_redundant_auth_frame_is_ignored", AUTH, ("text", RUN), ("until_exit",), key=KEY),
    talk(
        "a_redundant_wrong_auth_frame_is_ignored",
        ("text", '{"type":"auth","session_api_key":"wrong"}'),
        ("text", RUN),
        ("until_exit",),
        key=KEY,
    ),
    talk(
        "an_error_keeps_the_socket_open",
        ("text", "{"),
        ("receive", 1),
        ("text", RUN),
        ("until_exit",),
        key=KEY,
    ),
    talk("a_ping_is_answered", ("ping", b"abc"), ("receive", 1), key=KEY),
    talk(
        "a_command_over_rest_is_broadcast",
        ("http", execute("printf rest")),
        ("until_exit",),
        key=KEY,
    ),
    talk(
        "a_command_in_a_missing_directory",
        ("text", '{"command":"true","cwd":"/nowhere-at-all"}'),
        ("until_exit",),
        key=KEY,
    ),
    case(
        "everything_is_sent_again_when_asked",
        CLEAR,
        execute("printf one"),
        execute("printf two"),
        Socket(f"{EVENTS}?resend_mode=all", (("receive", 4),), key=KEY),
    ),
    case(
        "everything_is_sent_again_by_the_old_name",
        CLEAR,
        execute("printf one"),
        Socket(f"{EVENTS}?resend_all=true", (("receive", 2),), key=KEY),
    ),
    case(
        "nothing_is_sent_again_by_default",
        CLEAR,
        execute("printf one"),
        Socket(EVENTS, (("text", RUN), ("until_exit",)), key=KEY),
    ),
    case(
        "the_new_name_beats_the_old_one",
        CLEAR,
        execute("printf one"),
        Socket(f"{EVENTS}?resend_mode=all&resend_all=false", (("receive", 2),), key=KEY),
    ),
    refused("an_unknown_resend_mode_is_refused", f"{EVENTS}?resend_mode=since", key=KEY),
    refused("an_empty_resend_mode_is_refused", f"{EVENTS}?resend_mode=", key=KEY),
    refused("a_bad_resend_all_is_refused", f"{EVENTS}?resend_all=maybe", key=KEY),
    refused("an_unknown_socket_path_is_refused", "/sockets/nothing", key=KEY),
    refused("a_socket_outside_of_sockets_is_refused", "/alive", key=KEY),
    refused("a_socket_on_an_api_path_is_refused", "/api/file/home", key=KEY),
    refused("a_socket_with_a_slash_is_refused", f"{EVENTS}/", key=KEY),
    refused("a_conversation_socket_of_no_uuid_is_refused", "/sockets/events/nonsense", key=KEY),
    refused(
        "a_wrong_websocket_version_is_refused",
        EVENTS,
        key=KEY,
        headers=(("Sec-WebSocket-Version", "8"),),
    ),
    refused(
        "a_missing_websocket_key_is_refused", EVENTS, key=KEY, headers=(("Sec-WebSocket-Key", ""),)
    ),
    refused("a_short_websocket_key", EVENTS, key=KEY, headers=(("Sec-WebSocket-Key", "YWJj"),)),
    refused(
        "an_offered_subprotocol_is_not_chosen",
        EVENTS,
        key=KEY,
        headers=(("Sec-WebSocket-Protocol", "chat, superchat"),),
    ),
    talk(
        "an_origin_does_not_matter",
        ("text", RUN),
        ("until_exit",),
        key=KEY,
        headers=(("Origin", "https://evil.example"),),
    ),
    case(
        "an_upgrade_by_post_is_not_a_socket",
        Http(
            "POST",
            EVENTS,
            headers=(
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ),
        ),
    ),
    talk("an_open_server_opens_without_a_key", ("text", RUN), ("until_exit",), server="open"),
    talk(
        "an_open_server_ignores_a_wrong_key",
        ("text", RUN),
        ("until_exit",),
        server="open",
        target=f"{EVENTS}?session_api_key=wrong",
    ),
    talk(
        "an_open_server_ignores_an_auth_frame", AUTH, ("text", RUN), ("until_exit",), server="open"
    ),
    talk(
        "a_socket_below_the_root_path",
        ("text", RUN),
        ("until_exit",),
        server="open",
        target="/runtime/abc" + EVENTS,
    ),
    talk("an_unmasked_frame_is_an_error", ("bytes", b"\x81\x02{}"), ("until_end",), key=KEY),
    talk("a_reserved_opcode_is_an_error", ("bytes", b"\x83\x80\0\0\0\0"), ("until_end",), key=KEY),
    talk("a_reserved_bit_is_an_error", ("bytes", b"\xb1\x80\0\0\0\0"), ("until_end",), key=KEY),
    talk("a_fragmented_ping_is_an_error", ("bytes", b"\x09\x80\0\0\0\0"), ("until_end",), key=KEY),
    talk("invalid_utf8_in_a_text_is_an_error", ("text", b"\xff\xfe"), ("until_end",), key=KEY),
    talk(
        "a_fragmented_text_is_joined",
        ("bytes", b"\x01\x8c\0\0\0\0" + RUN[:12].encode()),
        ("bytes", b"\x80" + bytes([0x80 + len(RUN) - 12]) + b"\0\0\0\0" + RUN[12:].encode()),
        ("until_exit",),
        key=KEY,
    ),
    talk("a_close_is_answered", ("bytes", b"\x88\x82\0\0\0\0\x03\xe8"), ("until_end",), key=KEY),
    talk(
        "a_close_without_a_code_is_answered",
        ("bytes", b"\x88\x80\0\0\0\0"),
        ("until_end",),
        key=KEY,
    ),
    # Below the limit by one and at it: other connections of this run are closed by now.
    case("the_fiftieth_subscriber_is_served", Crowd(EVENTS, 49)),
    case("the_fifty_first_subscriber_is_refused", Crowd(EVENTS, 50)),
]
