"""422 bodies of each kind, content types, and bodies that do not parse."""

from case import Http, case, get, json_body, multipart, part, post, post_json

START = "/api/bash/start_bash_command"
EXECUTE = "/api/bash/execute_bash_command"
SEARCH = "/api/bash/bash_events/search"
UPLOAD = "/api/file/upload"

BODIES = {
    "an_object_without_the_required_field": {},
    "a_null_command": {"command": None},
    "a_numeric_command": {"command": 5},
    "a_boolean_command": {"command": True},
    "a_command_list": {"command": ["ls"]},
    "a_command_object": {"command": {"token": "abc", "name": "x"}},
    "a_text_timeout": {"command": "true", "timeout": "soon"},
    "a_fractional_timeout": {"command": "true", "timeout": 1.5},
    "a_boolean_timeout": {"command": "true", "timeout": []},
    "a_null_timeout": {"command": "true", "timeout": None},
    "a_huge_timeout": b'{"command":5,"timeout":123456789012345678901234567890}',
    "a_numeric_cwd": {"command": "true", "cwd": 5},
    "two_errors_at_once": {"command": 1, "cwd": 2, "timeout": "x"},
    "secrets_beside_the_error": {
        "api_key": "k",
        "SessionId": "s",
        "env": {"A": "b", "C": ["d", {"e": 1}]},
        "headers": {"X": "y"},
        "nested": {"password": "p", "plain": "q", "list": [{"token": 1}]},
    },
    "a_list": ["ls"],
    "a_text": "ls",
    "a_number": 7,
    "null": b"null",
    "true": b"true",
    "an_empty_list": b"[]",
}

BROKEN = {
    "an_open_brace": b"{",
    "a_bare_word": b"{nope}",
    "a_trailing_comma": b'{"command":"x",}',
    "single_quotes": b"{'command':'x'}",
    "a_missing_colon": b'{"command" "x"}',
    "a_missing_value": b'{"command":}',
    "an_open_string": b'{"command":"x',
    "a_control_character": b'{"command":"a\nb"}',
    "a_bad_escape": b'{"command":"\\x"}',
    "a_bad_unicode_escape": b'{"command":"\\u12g4"}',
    "text_after_the_end": b'{"command":"x"} y',
    "two_values": b"{}{}",
    "whitespace_only": b"  \n ",
    "a_lone_minus": b'{"command":-}',
    "a_leading_zero": b'{"timeout":012}',
    "an_open_list": b'{"a":[1,2',
    "a_missing_list_comma": b'{"a":[1 2]}',
    "non_ascii_before_the_error": '{"command":"äöü€😀" x}'.encode(),
    "an_unquoted_key": b'{command:"x"}',
    "a_byte_order_mark": b'\xef\xbb\xbf{"command":"x"}',
}

TYPES = {
    "text_plain": "text/plain",
    "a_form": "application/x-www-form-urlencoded",
    "an_unknown_type": "application/octet-stream",
    "a_broken_type": "json",
}

SEARCHES = {
    "limit_zero": "limit=0",
    "limit_at_the_upper_bound": "limit=100&page_id=x&timestamp__lt=2001-01-01",
    "limit_past_the_upper_bound": "limit=101",
    "a_negative_limit": "limit=-1",
    "a_text_limit": "limit=ten",
    "an_empty_limit": "limit=",
    "a_fractional_limit": "limit=1.5",
    "a_whole_fraction_as_limit": "limit=2.0&timestamp__lt=2001-01-01",
    "a_spaced_limit": "limit=%201%20&timestamp__lt=2001-01-01",
    "a_plus_limit": "limit=%2B1&timestamp__lt=2001-01-01",
    "an_underscored_limit": "limit=1_0&timestamp__lt=2001-01-01",
    "a_huge_limit": "limit=99999999999999999999999",
    "two_limits": "limit=5&limit=0",
    "an_unknown_kind": "kind__eq=BashError",
    "an_empty_kind": "kind__eq=",
    "an_unknown_sort_order": "sort_order=UP",
    "a_lower_case_sort_order": "sort_order=timestamp",
    "a_text_uuid": "command_id__eq=xyz",
    "an_empty_uuid": "command_id__eq=",
    "a_short_uuid": "command_id__eq=1234",
    "a_uuid_with_a_bad_letter": "command_id__eq=g0000000000000000000000000000000",
    "a_uuid_with_bad_groups": "command_id__eq=0000000-00000-0000-0000-000000000000",
    "a_uuid_one_too_long": "command_id__eq=000000000000000000000000000000000",
    "a_dashed_uuid": "command_id__eq=00000000-0000-4000-8000-000000000001",
    "a_braced_uuid": "command_id__eq=%7B00000000-0000-4000-8000-000000000001%7D",
    "a_urn_uuid": "command_id__eq=urn:uuid:00000000-0000-4000-8000-000000000001",
    "a_capital_uuid": "command_id__eq=ABCDEF00-0000-4000-8000-000000000001",
    "a_text_order": "order__gt=x",
    "a_text_time": "timestamp__gte=yesterday",
    "an_empty_time": "timestamp__gte=",
    "a_time_with_month_13": "timestamp__gte=2025-13-01T00:00:00",
    "a_date_alone": "timestamp__lt=2001-01-01",
    "a_time_with_zone": "timestamp__lt=2001-01-01T00:00:00%2B02:00",
    "a_time_with_plus_as_space": "timestamp__lt=2001-01-01T00:00:00+02:00",
    "unix_seconds": "timestamp__lt=1000000000",
    "unix_milliseconds": "timestamp__lt=1000000000000",
    "several_errors": "limit=0&kind__eq=x&command_id__eq=y&timestamp__gte=z&timestamp__lt="
    "&sort_order=q&order__gt=w",
    "an_unknown_parameter": "colour=blue&timestamp__lt=2001-01-01",
    "bad_percent_encoding": "kind__eq=%zz",
    "a_nul": "kind__eq=%00",
    "invalid_utf8": "kind__eq=%ff",
}

BOOLEANS = ("true", "False", "1", "0", "yes", "NO", "on", "off", "t", "f", "y", "n", "2", "", "ja")

CASES = [
    *[case(f"a_command_of_{name}", post_json(START, body)) for name, body in BODIES.items()],
    *[case(f"a_body_with_{name}", post_json(START, body)) for name, body in BROKEN.items()],
    *[
        case(
            f"a_body_declared_as_{name}",
            post(START, **json_body({"command": "true"}, content_type=content_type)),
        )
        for name, content_type in TYPES.items()
    ],
    case("no_body_at_all", post(START)),
    case("an_empty_body_declared_as_json", post(START, **json_body(b""))),
    case("a_body_without_a_type", Http("POST", START, body=b'{"command":"true"}')),
    case(
        "a_body_declared_with_a_charset",
        post(EXECUTE, **json_body({"command": ""}, content_type="application/json; charset=utf-8")),
    ),
    case(
        "a_body_declared_as_a_json_dialect",
        post(EXECUTE, **json_body({"command": ""}, content_type="application/vnd.api+json")),
    ),
    case(
        "a_body_declared_as_json_in_capitals",
        post(EXECUTE, **json_body({"command": ""}, content_type="Application/JSON")),
    ),
    case("a_body_of_invalid_utf8", post_json(START, b'{"command":"\xff\xfe"}')),
    case("a_body_in_utf16", post_json(EXECUTE, '{"command":"printf x"}'.encode("utf-16"))),
    case("a_numeric_text_timeout_is_a_number", post_json(EXECUTE, {"command": "", "timeout": "7"})),
    case("a_whole_fraction_is_a_number", post_json(EXECUTE, {"command": "", "timeout": 7.0})),
    case("a_true_timeout_is_a_number", post_json(EXECUTE, {"command": "", "timeout": True})),
    case("an_unknown_field_is_ignored", post_json(EXECUTE, {"command": "", "colour": "blue"})),
    case("the_last_of_two_equal_fields_counts", post_json(EXECUTE, b'{"command":1,"command":""}')),
    case("nan_is_not_a_command", post_json(START, b'{"command":NaN}')),
    case("infinity_is_not_a_timeout", post_json(START, b'{"command":"","timeout":Infinity}')),
    case("a_lone_surrogate_is_no_command", post_json(EXECUTE, b'{"command":"printf \\ud800"}')),
    case("a_nul_in_a_command", post_json(EXECUTE, b'{"command":"printf a\\u0000b"}')),
    case("a_deep_body", post_json(START, b'{"command":' + b"[" * 300 + b"]" * 300 + b"}")),
    *[case(f"a_search_with_{name}", get(f"{SEARCH}?{query}")) for name, query in SEARCHES.items()],
    *[
        case(
            f"include_hidden_as_{value or 'nothing'}",
            get(f"/api/file/search_subdirs?path=@dir@&include_hidden={value}"),
            setup="mkdir .hidden shown",
        )
        for value in BOOLEANS
    ],
    case("a_stop_of_no_uuid", post("/api/bash/bash_commands/nonsense/stop")),
    case("a_stop_of_an_encoded_text", post("/api/bash/bash_commands/a%20b%22/stop")),
    case("a_batch_of_numbers", Http("GET", "/api/bash/bash_events/", **json_body([1, None]))),
    case("a_batch_of_an_object", Http("GET", "/api/bash/bash_events/", **json_body({"ids": []}))),
    case("a_batch_without_a_body", get("/api/bash/bash_events/")),
    case("an_upload_without_anything", post(UPLOAD)),
    case("an_upload_without_a_path", post(UPLOAD, **multipart(part(b"x")))),
    case("an_upload_without_a_file", post(f"{UPLOAD}?path=@dir@/a", **multipart())),
    case(
        "an_upload_with_another_field_name",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(part(b"x", name="data"))),
    ),
    case(
        "an_upload_of_a_text_field",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(part(b"x", filename=None))),
    ),
    case("an_upload_as_json", post_json(f"{UPLOAD}?path=@dir@/a", {"file": "x"})),
    case(
        "an_upload_as_a_form",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **json_body(b"file=x", content_type="application/x-www-form-urlencoded"),
        ),
    ),
    case(
        "an_upload_without_a_boundary",
        post(f"{UPLOAD}?path=@dir@/a", **json_body(b"x", content_type="multipart/form-data")),
    ),
    case(
        "an_upload_with_another_boundary",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **json_body(
                multipart(part(b"x"))["body"], content_type="multipart/form-data; boundary=zz"
            ),
        ),
    ),
    case(
        "an_upload_that_is_cut_off",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **json_body(
                multipart(part(b"x" * 50))["body"][:-30],
                content_type="multipart/form-data; boundary=twin-boundary",
            ),
        ),
    ),
    case(
        "an_upload_with_a_nameless_part",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **multipart(b'Content-Disposition: form-data; filename="a"\r\n\r\nx'),
        ),
    ),
    case(
        "an_upload_with_a_part_without_disposition",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(b"Content-Type: text/plain\r\n\r\nx")),
    ),
    case(
        "an_upload_with_garbage_headers",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(b"no colon here\r\n\r\nx")),
    ),
    case(
        "an_upload_with_a_large_text_field",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **multipart(part(b"x" * (1024 * 1024 + 1), "note", None), part(b"y")),
        ),
    ),
    case(
        "an_upload_with_a_text_field_at_the_limit",
        post(
            f"{UPLOAD}?path=@dir@/a",
            **multipart(part(b"x" * (1024 * 1024), "note", None), part(b"y")),
        ),
    ),
    case(
        "an_upload_with_too_many_fields",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(*[part(b"", "n", None)] * 1001, part(b"y"))),
    ),
    case(
        "an_upload_with_too_many_files",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(*[part(b"", "n", "f")] * 1001)),
    ),
    case(
        "an_upload_with_two_files_keeps_the_last",
        post(f"{UPLOAD}?path=@dir@/a", **multipart(part(b"one"), part(b"second"))),
    ),
    case("a_download_without_a_path", get("/api/file/download")),
    case("a_download_with_an_empty_path", get("/api/file/download?path=")),
    case("a_directory_without_a_path", post("/api/file/create_directory")),
    case("an_archive_without_a_path", get("/api/file/archive")),
    case("an_archive_of_an_unknown_format", get("/api/file/archive?path=@dir@&format=zip")),
    case("subdirectories_with_limit_zero", get("/api/file/search_subdirs?path=@dir@&limit=0")),
    case("subdirectories_with_limit_101", get("/api/file/search_subdirs?path=@dir@&limit=101")),
    case("a_trajectory_of_no_uuid", get("/api/file/download-trajectory/nonsense")),
    case("git_changes_without_a_path", get("/api/git/changes")),
    case("a_git_diff_without_a_path", get("/api/git/diff?ref=HEAD")),
    case("git_commits_with_limit_zero", get("/api/git/commits?path=@dir@&limit=0")),
    case("git_commits_with_limit_201", get("/api/git/commits?path=@dir@&limit=201")),
    case("a_commit_of_three_digits", get("/api/git/commits/abc/changes?path=@dir@")),
    case("a_commit_that_is_an_option", get("/api/git/commits/--all/changes?path=@dir@")),
    case("a_commit_of_65_digits", get(f"/api/git/commits/{'a' * 65}/changes?path=@dir@")),
    case("a_diff_of_a_commit_of_letters", get("/api/git/diff?path=@dir@&commit=xyz1")),
    case("a_commit_with_a_line_end", get("/api/git/diff?path=@dir@&commit=abcd%0A")),
    case("errors_of_path_and_query_together", get("/api/git/commits/xyz/changes")),
]
