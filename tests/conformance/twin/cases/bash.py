"""The routes below /api/bash."""

from case import (
    Finished,
    Http,
    Local,
    case,
    delete,
    execute,
    get,
    json_body,
    post,
    post_json,
    save,
    start,
)

EVENTS = "/api/bash/bash_events"
SEARCH = EVENTS + "/search"
CLEAR = delete(EVENTS, ignore=("body",))
COUNT = delete(EVENTS)
THREE = (
    CLEAR,
    start("printf one", "first"),
    Finished("@first@"),
    start("printf two >&2", "second"),
)
THREE += (Finished("@second@"), start("exit 3", "third"), Finished("@third@"))


def batch(*ids):
    return Http("GET", EVENTS + "/", **json_body(list(ids)))


def stop(command):
    return post(f"/api/bash/bash_commands/{command}/stop")


COMMANDS = {
    "a_command_that_prints": "printf hello",
    "a_command_that_prints_on_both_streams": "printf out; printf err >&2",
    "a_command_that_fails": "exit 42",
    "a_command_that_is_unknown": "no-such-command-here 2>/dev/null",
    "an_empty_command": "",
    "a_command_of_spaces": "   ",
    "a_command_with_a_syntax_error": "if 2>/dev/null",
    "a_command_over_several_lines": "a=1\nb=2\nprintf $a$b\n",
    "a_heredoc": "cat <<EOF\n  kept \ttab\nEOF\n",
    "a_command_with_quotes": "printf '%s' \"a'b\\\"c\"",
    "a_command_with_unicode": "printf 'äöü€😀'",
    "a_command_with_escapes": "printf 'a\\tb\\r\\nc\\033[1md\\001'",
    "a_command_that_prints_a_nul": "printf 'a\\000b'",
    "a_command_that_prints_invalid_utf8": "printf 'a\\377\\376b\\303'",
    "a_command_that_prints_surrogates": "printf '\\355\\240\\200'",
    "a_command_that_prints_cut_characters": "printf '\\342\\202 \\360\\237\\230 x'",
    "a_command_killed_by_a_signal": "kill -9 $$",
    "a_command_terminated_by_itself": "kill -TERM $$",
    "a_shell_that_is_sh": "printf %s $0",
    "a_command_without_newline": "printf 'no newline'",
    "a_command_that_prints_only_newlines": "printf '\\n\\n'",
    "a_command_that_leads_its_process_group": "test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = $$",
    "a_command_that_leads_its_session": "test \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$",
    "a_command_that_is_told_about_agents": 'printf %s "$AI_AGENT"',
    "a_command_that_looks_for_the_keys": "env | grep -c -e SESSION_API_KEY -e twin-key; true",
    "a_command_that_reads_its_input": "cat; printf done",
    "a_command_that_lists_its_descriptors": "ls /proc/self/fd | wc -l | tr -d ' \\n'",
    "a_command_that_shows_signals_ignored": "grep SigIgn /proc/self/status",
    "a_command_that_shows_signals_blocked": "grep SigBlk /proc/self/status",
    "a_command_that_shows_its_umask": "umask",
    "a_large_output": "head -c 300000 /dev/zero | tr '\\0' a",
}

CASES = [
    *[case(f"executing_{name}", execute(text)) for name, text in COMMANDS.items()],
    case("a_command_runs_in_its_directory", execute("pwd", cwd="@dir@")),
    case("a_relative_directory_counts_from_the_server", execute("pwd", cwd="home")),
    case("an_empty_directory_is_the_server_s", execute("pwd", cwd="")),
    case("no_directory_is_the_server_s", execute("pwd")),
    case("a_missing_directory_is_an_output", execute("pwd", cwd="@dir@/nowhere")),
    case("a_file_as_directory_is_an_output", execute("pwd", cwd="@dir@/f"), setup="touch f"),
    case("a_directory_with_a_nul_is_an_output", execute("pwd", cwd="/tmp\0x")),
    case("a_timeout_ends_with_minus_one", execute("printf before; sleep 20", timeout=1)),
    case(
        "a_timeout_lets_a_trap_speak",
        execute("trap 'printf trapped; exit 5' TERM; sleep 20 & wait", timeout=1),
    ),
    case(
        "a_timeout_ends_who_ignores_it", execute("trap '' TERM; printf deaf; sleep 20", timeout=1)
    ),
    case("a_timeout_of_zero", execute("sleep 20", timeout=0)),
    case("a_negative_timeout", execute("sleep 20", timeout=-5)),
    case(
        "a_timeout_reaches_the_whole_group",
        execute("exec 9>held; flock 9; sleep 321 & wait", cwd="@dir@", timeout=1),
        Local("flock -w 5 held echo gone"),
    ),
    case(
        "a_started_command_is_answered_at_once",
        start("sleep 0.1; printf late"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@"),
    ),
    case("a_started_command_repeats_its_fields", start("true", cwd="@dir@", timeout=7)),
    case(
        "a_start_in_a_missing_directory_is_an_output",
        start("true", cwd="@dir@/nowhere"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@&kind__eq=BashOutput"),
    ),
    case(
        "output_over_a_mebibyte_comes_in_pieces",
        start("head -c 2200000 /dev/zero | tr '\\0' a; head -c 1048577 /dev/zero | tr '\\0' b >&2"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@"),
    ),
    case("clearing_an_empty_store", CLEAR, COUNT),
    case("clearing_counts_commands_and_outputs", *THREE, COUNT, COUNT),
    case("a_search_lists_in_order", *THREE, get(SEARCH)),
    case("a_search_lists_newest_first", *THREE, get(f"{SEARCH}?sort_order=TIMESTAMP_DESC")),
    case("a_search_finds_commands", *THREE, get(f"{SEARCH}?kind__eq=BashCommand")),
    case("a_search_finds_outputs", *THREE, get(f"{SEARCH}?kind__eq=BashOutput")),
    case(
        "a_search_by_command_finds_outputs_only", *THREE, get(f"{SEARCH}?command_id__eq=@second@")
    ),
    case(
        "a_search_by_command_and_kind_command_finds_nothing",
        *THREE,
        get(f"{SEARCH}?command_id__eq=@second@&kind__eq=BashCommand"),
    ),
    case("a_search_by_an_unknown_command", *THREE, get(f"{SEARCH}?command_id__eq={'0' * 32}")),
    case("a_search_past_an_order_keeps_commands", *THREE, get(f"{SEARCH}?order__gt=0")),
    case(
        "a_search_past_a_negative_order", *THREE, get(f"{SEARCH}?order__gt=-1&kind__eq=BashOutput")
    ),
    case("a_search_from_the_future", *THREE, get(f"{SEARCH}?timestamp__gte=2999-01-01T00:00:00Z")),
    case("a_search_until_the_past", *THREE, get(f"{SEARCH}?timestamp__lt=2001-01-01T00:00:00Z")),
    case(
        "a_search_between_two_times",
        *THREE,
        get(f"{SEARCH}?timestamp__gte=2001-01-01&timestamp__lt=2999-01-01"),
    ),
    case(
        "pages_follow_each_other",
        *THREE,
        Http("GET", f"{SEARCH}?limit=2", key="twin-key-one", save=save(page="next_page_id")),
        Http("GET", f"{SEARCH}?limit=2&page_id=@page@", save=save(page="next_page_id")),
        Http("GET", f"{SEARCH}?limit=2&page_id=@page@"),
    ),
    case(
        "pages_follow_each_other_backwards",
        *THREE,
        Http("GET", f"{SEARCH}?limit=5&sort_order=TIMESTAMP_DESC", save=save(page="next_page_id")),
        Http("GET", f"{SEARCH}?limit=5&sort_order=TIMESTAMP_DESC&page_id=@page@"),
    ),
    case(
        "a_page_counts_what_passed_the_filters",
        *THREE,
        get(f"{SEARCH}?limit=3&kind__eq=BashOutput"),
    ),
    case("an_unknown_page_starts_over", *THREE, get(f"{SEARCH}?limit=1&page_id=nonsense")),
    case("an_empty_page_id_starts_over", *THREE, get(f"{SEARCH}?limit=1&page_id=")),
    case("one_command_by_id", *THREE, get(f"{EVENTS}/@first@")),
    case("one_event_by_an_unknown_id", get(f"{EVENTS}/{'0' * 32}")),
    case("one_event_by_a_text", get(f"{EVENTS}/nonsense")),
    case("one_event_by_traversal", get(f"{EVENTS}/..%2f..%2fetc%2fpasswd")),
    case("one_event_by_a_pattern", *THREE, get(f"{EVENTS}/*")),
    case("one_event_by_a_part_of_its_id", CLEAR, get(f"{EVENTS}/abc")),
    case("a_batch_keeps_the_order", *THREE, batch("@third@", "nope", "@first@")),
    case("a_batch_of_nothing", batch()),
    case("a_batch_with_repeats", *THREE, batch("@first@", "@first@")),
    case("stopping_an_unknown_command", stop("00000000-0000-4000-8000-000000000001")),
    case(
        "stopping_a_running_command",
        start("printf begun; echo > ready; sleep 60", cwd="@dir@"),
        Local("cat ready"),
        stop("@command@"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@"),
        setup="mkfifo ready",
    ),
    case(
        "stopping_a_command_with_a_trap",
        start("trap 'printf trapped; exit 7' TERM; echo > ready; sleep 60 & wait", cwd="@dir@"),
        Local("cat ready"),
        stop("@command@"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@"),
        setup="mkfifo ready",
    ),
    case(
        "stopping_a_deaf_command",
        start("trap '' TERM; echo > ready; sleep 60; sleep 60", cwd="@dir@"),
        Local("cat ready"),
        stop("@command@"),
        Finished("@command@"),
        get(f"{SEARCH}?command_id__eq=@command@"),
        setup="mkfifo ready",
    ),
    case("stopping_a_finished_command", start("true"), Finished("@command@"), stop("@command@")),
    case("stopping_twice", start("sleep 60"), stop("@command@"), stop("@command@")),
    case(
        "stopping_by_the_id_of_an_output",
        start("true"),
        Finished("@command@"),
        Http("GET", f"{SEARCH}?command_id__eq=@command@", save=(("output", "items.0.id"),)),
        stop("@output@"),
        get(f"{EVENTS}/@output@"),
    ),
    case("stopping_in_capitals", start("sleep 60"), stop("%7B@command@%7D")),
]
