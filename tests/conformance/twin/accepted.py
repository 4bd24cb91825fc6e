"""Where our answers differ from the reference on purpose.

A row belongs to one or more cases: the reason, and what ours answers instead, as (step, part of the
answer, value). A difference that no row names fails the case, and so does a row whose difference is
gone.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    reason: str
    ours: tuple


ACCEPTED = {}


def accept(area, names, reason, *ours):
    """One row for each of the cases `names` (separated by blanks) of an area."""
    for name in names.split():
        assert f"{area}.{name}" not in ACCEPTED, f"{area}.{name} has two rows"
        ACCEPTED[f"{area}.{name}"] = Row(reason, ours)


IS_JSON = (0, "content-type", "application/json")
IS_TEXT = (0, "content-type", "text/plain; charset=utf-8")
VARIES = (0, "vary", "Origin")
FILE_HEADERS = (
    (0, "accept-ranges", "bytes"),
    (0, "etag", '"<hex32>"'),
    (0, "last-modified", "<date>"),
)


def output(exit_code, stdout):
    return (
        '{"id":"<hex32>","timestamp":"<time>","command_id":"<hex32>","order":0,'
        f'"exit_code":{exit_code},"stdout":"{stdout}","stderr":null,"kind":"BashOutput"}}'
    )


# --- What the server is ---


def server_info(sha, ref, idle_limit, terminal_limit):
    versions = ("version", "sdk_version", "tools_version", "workspace_version")
    return (
        '{"uptime":<seconds>,"idle_time":<seconds>,"title":"OpenHands Agent Server",'
        + "".join(f'"{name}":"<version>",' for name in versions)
        + f'"build_git_sha":"{sha}","build_git_ref":"{ref}","python_version":"<text>",'
        + '"usable_tools":["terminal","file_editor","task_tracker","glob","grep",'
        + '"apply_patch","planning_file_editor","read_file","write_file","edit","list_directory"],'
        + f'"runtime_idle_timeout_seconds":{idle_limit},'
        + '"conversation_runtime":"local","available_conversation_runtimes":[],'
        + '"capabilities":["conversation_runtime_routes_v1","idempotent_conversation_create_v1"],'
        + '"app_backend_ingress_url":null,'
        + f'"max_foreground_terminal_timeout_seconds":{terminal_limit},'
        + '"docs":"/docs","redoc":"/redoc","resources":<figures>}'
    )


OWN_LISTS = """The tools and capabilities that we have; a capability claimed is a promise. Backends
of V0 look for their figures at the same path."""
accept(
    "server",
    "server_info_lists_versions_and_capabilities root_shows_server_info_without_static_files",
    OWN_LISTS,
    (0, "body", server_info("0123abc", "main", "600.0", "540.0")),
)
accept(
    "init",
    "a_dormant_server_shows_its_info",
    OWN_LISTS,
    (0, "body", server_info("unknown", "unknown", "null", "null")),
)

# --- Routes ---

HEAD_IS_KNOWN = "HEAD tells size, date and entity tag of a file; the reference does not know it."
accept(
    "server",
    "head_on_download_is_refused",
    HEAD_IS_KNOWN,
    *FILE_HEADERS,
    (0, "allow", None),
    (0, "content-disposition", 'attachment; filename="hostname"'),
    (0, "content-type", "application/octet-stream"),
    (0, "status", 200),
)
accept("server", "delete_on_download_is_refused", HEAD_IS_KNOWN, (0, "allow", "GET, HEAD"))

ALL_METHODS = "`allow` names every method of the path, as HTTP wants it, not those of one route."
accept(
    "auth", "the_workspace_session_is_not_readable", ALL_METHODS, (0, "allow", "DELETE, POST")
)
accept("init", "init_by_put_is_refused", ALL_METHODS, (0, "allow", "GET, POST"))

accept(
    "server",
    "static_beside_the_root_path",
    "Every route is there with and without the root path; so is /static, to which / redirects.",
    *FILE_HEADERS,
    (0, "body", "let a = 1;\n"),
    (0, "content-type", "text/javascript; charset=utf-8"),
    (0, "status", 200),
)

OLD_FORM = "Clients 1.10 to 1.13 put the path into the URL; 1.58 has dropped them, we have not."
accept(
    "file",
    "an_upload_with_the_path_in_the_url",
    OLD_FORM,
    (0, "body", '{"success":true,"file_size":1}'),
    (0, "status", 200),
)
accept(
    "file",
    "a_download_with_the_path_in_the_url",
    OLD_FORM,
    *FILE_HEADERS,
    (0, "body", "0123456789"),
    (0, "content-disposition", 'attachment; filename="ten"'),
    (0, "content-type", "application/octet-stream"),
    (0, "status", 200),
)

# --- Mistakes of the client, where the reference fails with 500 ---

NO_FAILURE = "A mistake of the client is a 4xx that says so; the reference fails with 500."
accept(
    "validation",
    "a_body_declared_as_text_plain a_body_declared_as_a_form a_body_declared_as_an_unknown_type"
    " a_body_declared_as_a_broken_type a_body_without_a_type",
    NO_FAILURE,
    (
        0,
        "body",
        '{"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid '
        'dictionary or object to extract fields from","input":null}]}',
    ),
    (0, "status", 422),
    VARIES,
)


def not_json(position):
    return (
        f'{{"detail":[{{"type":"json_invalid","loc":["body",{position}],"msg":"JSON decode error",'
        '"input":{},"ctx":{"error":"Expecting value"}}]}'
    )


for name, position in (("nan_is_not_a_command", 11), ("infinity_is_not_a_timeout", 24)):
    accept(
        "validation", name, NO_FAILURE, (0, "body", not_json(position)), (0, "status", 422), VARIES
    )
accept(
    "cors",
    "cors_for_a_broken_origin",
    NO_FAILURE + " An origin that is no URL is simply not an allowed one.",
    (0, "access-control-allow-credentials", "true"),
    (0, "body", '{"detail":"Directory not found"}'),
    (0, "status", 404),
    VARIES,
)
accept(
    "file",
    "an_upload_with_a_nul",
    NO_FAILURE,
    (0, "body", '{"detail":"embedded null byte"}'),
    (0, "status", 400),
)

# --- What is refused earlier, or more strictly ---

accept(
    "auth",
    "a_multipart_body_without_boundary_comes_before_the_key",
    "The key is checked before an upload is read: nobody without one gets to send gigabytes.",
    (0, "body", '{"detail":"Unauthorized"}'),
    (0, "status", 401),
)
accept(
    "protocol",
    "a_folded_header_is_joined two_equal_lengths_are_one a_length_beside_chunks_is_ignored",
    "Servers that read these differently let requests be smuggled; HTTP allows to refuse them.",
    (0, "body", "Invalid HTTP request received."),
    IS_TEXT,
    (0, "status", 400),
    (0, "vary", None),
)
accept(
    "validation",
    "a_command_of_a_huge_timeout",
    "Seconds that no clock counts to are refused; integers here have 64 bits.",
    (
        0,
        "body",
        '{"detail":[{"type":"string_type","loc":["body","command"],"msg":"Input should be a valid '
        'string","input":5},{"type":"int_parsing_size","loc":["body","timeout"],"msg":"Unable to '
        'parse input string as an integer, exceeded maximum size",'
        '"input":1.2345678901234568e+29}]}',
    ),
)
accept(
    "validation",
    "an_upload_as_a_form",
    "Uploads are multipart; fields of another form are not read, so the file is missing.",
    (
        0,
        "body",
        '{"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required","input":null}]}',
    ),
)

# --- Commands ---

accept(
    "protocol",
    "a_half_closed_request_is_dropped",
    "A client may close its sending half and still wait for the answer.",
    (0, "body", output(0, "ok")),
    IS_JSON,
    (0, "status", 200),
    VARIES,
)
accept(
    "validation",
    "a_lone_surrogate_is_no_command",
    "Half a surrogate pair becomes U+FFFD and the command runs; the reference cannot encode it.",
    (0, "body", output(0, "\N{REPLACEMENT CHARACTER}")),
)
accept(
    "bash",
    "executing_a_command_that_shows_signals_ignored",
    "posix_spawn leaves the two signals ignored that the C library keeps to itself (32 and 33).",
    (0, "body", output(0, "SigIgn:\\t0000000180000000\\n")),
)
accept(
    "bash",
    "a_timeout_lets_a_trap_speak",
    "What a trap prints on the way out is kept; the reference loses it here.",
    (0, "body", output(-1, "trapped")),
)

# --- Files and git ---

accept(
    "file",
    "downloading_a_very_long_path",
    "The texts of errors are bounded.",
    (
        0,
        "body",
        '{"detail":"Internal Server Error","exception":"500: Failed to download file: [Errno 36] '
        "File name too long: '" + "/d" * 495 + '/"}',
    ),
)
accept(
    "archive",
    "a_delta_of_every_kind a_delta_against_head a_delta_of_nothing"
    " a_delta_against_nothing_committed a_delta_without_default_excludes"
    " a_delta_without_text_files a_delta_without_an_anchored_path a_delta_of_a_subdirectory"
    " a_delta_from_above_the_repository a_delta_on_a_detached_head"
    " a_delta_names_the_remote_without_its_password a_delta_of_a_clone"
    " a_delta_of_a_branch_with_odd_name a_delta_keeps_the_real_index a_delta_touches_nothing"
    " a_tarball_of_a_directory a_tarball_without_default_excludes a_tarball_without_a_name"
    " a_tarball_without_a_directory a_tarball_without_an_anchored_path a_tarball_with_two_excludes"
    " a_tarball_of_an_empty_directory a_tarball_that_has_a_manifest a_tarball_of_a_repository"
    " a_tarball_with_a_file_named_build a_tarball_ignores_the_base"
    " a_tarball_with_names_beyond_ascii a_tarball_of_a_repository_names_its_head",
    "Archives are sent while they are made, without a file on disk that could be asked for ranges.",
    (0, "accept-ranges", None),
    (0, "etag", None),
    (0, "last-modified", None),
)

ODD_NAMES = "The reference gives up (400) at a blank in a tracked name and at a changed file type."
for name, path in (("tracked_name_with_a_space", "a b"), ("type", "a.txt")):
    accept(
        "git",
        f"changes_of_a_{name}",
        ODD_NAMES,
        (0, "body", f'[{{"status":"UPDATED","path":"{path}"}}]'),
        (0, "status", 200),
    )
accept(
    "git",
    "changes_of_a_commit_with_odd_names",
    ODD_NAMES,
    (
        1,
        "body",
        '[{"status":"ADDED","path":"a b"},{"status":"ADDED","path":"\\"/303/251\\""}]',
    ),
    (1, "status", 200),
)

# --- Skills ---

accept(
    "skills",
    "with_a_wrong_port",
    "A mistake deep in an object is told with the names around it, not with every step to it.",
    (
        0,
        "body",
        '{"detail":[{"type":"int_type","loc":["body","sandbox_config","port"],'
        '"msg":"Input should be a valid integer","input":"x"}]}',
    ),
)

# --- Sockets ---

REFUSED = ((0, "body", "Invalid WebSocket handshake."), IS_TEXT)
accept(
    "sockets",
    "a_wrong_websocket_version_is_refused an_upgrade_by_post_is_not_a_socket",
    "A refused handshake says why.",
    *REFUSED,
)
accept(
    "sockets",
    "a_missing_websocket_key_is_refused a_short_websocket_key",
    "A handshake needs a key of 16 bytes; the reference takes anything.",
    *REFUSED,
    (0, "connection", None),
    (0, "frames", None),
    (0, "status", 400),
    (0, "upgrade", None),
)
SAYS_WHY = "A broken frame is answered by a close frame that says so, not by a lost connection."
accept(
    "sockets",
    "an_unmasked_frame_is_an_error a_reserved_opcode_is_an_error a_reserved_bit_is_an_error"
    " a_fragmented_ping_is_an_error",
    SAYS_WHY,
    (0, "frames", [["close", "1002", ""]]),
)
accept(
    "sockets",
    "invalid_utf8_in_a_text_is_an_error",
    SAYS_WHY,
    (0, "frames", [["close", "1007", ""]]),
)
