"""Terminals by the native routes: opened, described, typed into, read, closed."""

import base64
import json
import shutil
import signal
import threading
import uuid

import pytest
from terminals import TERMINALS, Terminal

MISSING = f"{TERMINALS}/{'0' * 32}"


@pytest.fixture
def terminal(server):
    """A shell at its first prompt."""
    terminal = Terminal(server)
    terminal.see("$")
    return terminal


def test_a_new_terminal_is_described(server, tmp_path):
    terminal = Terminal(server, name="build", cwd=str(tmp_path), cols=100, rows=30)
    terminal.see("$")
    about = terminal.describe()
    assert about["name"] == "build" and about["id"] == terminal.id
    assert (about["cols"], about["rows"]) == (100, 30)
    assert about["state"] == "prompt" and about["pid"] > 0 and about["restarts"] == 0
    assert about["metadata"]["working_dir"] == str(tmp_path)
    assert about["foreground"]["name"] == "bash" and about["foreground"]["is_raw"]
    assert about["driver"] is None and about["watchers"] == []
    assert about["first_offset"] == 0 < about["next_offset"] and not about["end"]
    assert about["memory"] < 16384 and about["last_command"] is None


def test_terminals_are_listed_oldest_first(server):
    ids = [Terminal(server, name=name).id for name in "abc"]
    items = server.get(TERMINALS).json()["items"]
    assert [item["id"] for item in items] == ids
    assert [item["name"] for item in items] == list("abc")


def test_a_repeated_request_finds_the_same_terminal(server):
    body = {"id": uuid.uuid4().hex, "name": "mine", "cols": 90}
    first = server.post(TERMINALS, body)
    again = server.post(TERMINALS, body)
    assert (first.status, again.status) == (201, 200)
    assert first.json()["pid"] == again.json()["pid"]
    other = server.post(TERMINALS, body | {"cols": 91})
    assert other.status == 409 and body["id"] in other.json()["detail"]


def test_a_closed_terminal_is_gone(server, terminal):
    terminal.run("sleep 1000 & sleep 1000", timeout=0)
    assert terminal.close()["state"] == "closed"
    assert server.get(terminal.path).status == 404
    assert server.get(TERMINALS).json() == {"items": []}


def test_closing_ends_a_program_that_ignores_signals(terminal):
    terminal.run("sh -c \"trap '' HUP TERM INT; echo deaf; while :; do sleep 1; done\"", timeout=0)
    terminal.wait(text="deaf\r\n", **{"from": 0})
    terminal.close()


def test_closing_answers_those_who_wait(server, terminal):
    answers = []

    def ask(method, what, body=None):
        answers.append(server.request(method, f"{terminal.path}/{what}", body))

    asked = [
        threading.Thread(target=ask, args=args)
        for args in (
            ("POST", "run", {"text": "cat"}),
            ("POST", "wait", {"text": "never"}),
            ("GET", "output?from=4000000&wait=60"),
        )
    ]
    asked[0].start()
    terminal.wait(text="cat\r\n", **{"from": 0})
    for thread in asked[1:]:
        thread.start()
    terminal.type("seen\r")
    terminal.wait(text="seen\r\nseen", **{"from": 0})
    terminal.close()
    for thread in asked:
        thread.join()
    states = {answer.status: answer.json() for answer in answers}
    assert set(states) <= {200, 404, 409, 416}


@pytest.mark.parametrize(
    "method, what, body",
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/run", {"text": "true"}),
        ("GET", "/commands", None),
        ("GET", "/commands/1", None),
        ("POST", "/input", {"text": "x"}),
        ("POST", "/signal", {"signal": "INT"}),
        ("POST", "/resize", {"cols": 80, "rows": 24}),
        ("POST", "/take_over", {}),
        ("POST", "/give_back", {}),
        ("POST", "/wait", {"text": "x"}),
        ("GET", "/output", None),
        ("GET", "/screen", None),
        ("GET", "/recording", None),
        ("GET", "/stream", None),
    ],
)
def test_every_route_knows_what_it_does_not_know(server, method, what, body):
    assert server.request(method, MISSING + what, body).status == 404
    assert server.request(method, MISSING + what, body, key=None).status == 401


@pytest.mark.parametrize(
    "body",
    [
        {"cols": 0},
        {"rows": 1001},
        {"shell": "fish"},
        {"argv": []},
        {"argv": [""]},
        {"argv": ["a\0b"]},
        {"env": {"A=B": "x"}},
        {"env": {"A": "x\0"}},
        {"cwd": "a\0b"},
        {"name": "x" * 128},
        {"log_bytes": 4095},
        {"scrollback": -1},
        {"id": "no"},
        {"unknown": 1},
    ],
)
def test_a_body_that_is_wrong_is_refused(server, body):
    assert server.post(TERMINALS, body).status == 422
    assert server.get(TERMINALS).json() == {"items": []}


@pytest.mark.parametrize(
    "body", [{"cwd": "/nowhere"}, {"argv": ["/nowhere/program"]}, {"user": "nobody-like-this"}]
)
def test_what_cannot_be_started_is_an_error_that_names_it(server, body):
    answer = server.post(TERMINALS, body)
    assert answer.status in (400, 403, 404, 422), answer
    assert next(iter(body.values()))[0][:3] in answer.json()["detail"]
    assert server.get(TERMINALS).json() == {"items": []}


def test_variables_and_folder_reach_the_shell(server, tmp_path):
    terminal = Terminal(server, env={"COLOUR": "gr ün", "PS1": "x"}, cwd=str(tmp_path))
    ran = terminal.run('printf "%s|%s|%s" "$COLOUR" "$PWD" "$TERM"')
    assert ran["output"].strip() == f"gr ün|{tmp_path}|xterm-256color"


def test_no_key_of_the_server_reaches_the_shell(server, terminal):
    assert server.key not in terminal.run("env; cat /proc/$PPID/environ")["output"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "posix"])
def test_commands_run_in_each_kind_of_shell(server, shell):
    if shell == "zsh" and shutil.which(shell) is None:
        pytest.skip("no zsh")
    terminal = Terminal(server, shell=shell, init=None)
    terminal.run("cd /tmp; value=kept")
    ran = terminal.run('printf "%s %s\\n" "$PWD" "$value"; (exit 7)')
    assert (ran["output"], ran["exit_code"]) == ("/tmp kept\n", 7)


def test_a_program_runs_without_a_shell(server):
    terminal = Terminal(server, argv=["cat", "-v"])
    terminal.type("typed", "Enter", "C-d")
    terminal.wait("ended", text="never")
    assert terminal.output().body == b"typed\r\ntyped\r\n"
    about = terminal.describe()
    assert about["state"] == "dead" and about["pid"] is None and about["end"]
    ran = server.post(f"{terminal.path}/run", {"text": "true"})
    assert ran.status == 409 and "not a shell" in ran.json()["detail"]


def test_a_shell_that_ends_is_replaced_in_its_folder(terminal):
    terminal.run("cd /tmp")
    ran = terminal.run("exit 3")
    assert (ran["outcome"], ran["exit_code"]) == ("shell_ended", 3)
    assert "exit code 3" in ran["message"]
    assert terminal.run("pwd")["output"] == "/tmp\n"
    assert terminal.describe()["restarts"] == 1


def test_a_shell_that_is_not_to_be_replaced_ends_the_terminal(server):
    terminal = Terminal(server, restart=False)
    assert terminal.run("exit 3")["outcome"] == "shell_ended"
    terminal.wait("ended", text="never")
    assert server.post(f"{terminal.path}/run", {"text": "true"}).status == 410
    assert server.post(f"{terminal.path}/input", {"text": "x"}).status == 410


# Commands


def test_a_command_gives_output_status_and_metadata(terminal, tmp_path):
    ran = terminal.run(f"cd {tmp_path}; printf '\\033[31mred\\033[0m\\n'; false", raw=True)
    assert ran["output"] == "red\n" and ran["exit_code"] == 1
    assert (ran["state"], ran["outcome"], ran["message"]) == ("finished", "completed", None)
    assert ran["metadata"]["working_dir"] == str(tmp_path)
    assert ran["raw"] == {"encoding": "utf-8", "data": "\x1b[31mred\x1b[0m\r\n"}
    assert ran["output_cut_bytes"] == ran["output_cut_lines"] == 0
    there = terminal.output(**{"from": ran["from"]}, limit=ran["to"] - ran["from"])
    assert there.body == b"\x1b[31mred\x1b[0m\r\n"


def test_bytes_that_are_no_text_come_as_base64(terminal):
    ran = terminal.run("printf '\\xff\\xfe'", raw=True)
    assert ran["raw"]["encoding"] == "base64"
    assert base64.b64decode(ran["raw"]["data"]) == b"\xff\xfe"


def test_a_timeout_leaves_the_command_running(terminal):
    ran = terminal.run("printf be''gun; read -r line; printf \"$line\"", timeout=0)
    assert ran["state"] in ("waiting", "running")
    assert (ran["outcome"], ran["exit_code"], ran["to"]) == (None, None, None)
    terminal.wait(text="begun", **{"from": 0})
    assert terminal.get("commands/1").json()["output"].rstrip() == "begun"
    terminal.type("more", "Enter")
    ran = terminal.get("commands/1", timeout=60).json()
    assert ran["state"] == "finished" and ran["output"].startswith("begun")
    assert ran["output"].rstrip().endswith("more")


def test_a_second_command_is_refused_while_one_runs(server, terminal):
    terminal.run("cat", timeout=0)
    answer = server.post(f"{terminal.path}/run", {"text": "true"})
    assert answer.status == 409 and "running" in answer.json()["detail"]


def test_the_last_commands_are_kept(server, terminal):
    for i in range(10):
        terminal.run(f": {i}")
    items = terminal.get("commands").json()["items"]
    assert [item["number"] for item in items] == list(range(3, 11))
    assert [item["text"] for item in items] == [f": {i}" for i in range(2, 10)]
    assert terminal.describe()["last_command"] == 10
    assert server.get(f"{terminal.path}/commands/2").status == 404
    assert server.get(f"{terminal.path}/commands/11").status == 404
    assert server.get(f"{terminal.path}/commands/x").status == 404


def test_of_a_long_text_the_beginning_is_shown(terminal):
    text = "true " + "ä" * 50000
    ran = terminal.run(text)
    assert ran["is_text_cut"] and text.startswith(ran["text"]) and len(ran["text"]) > 100


def test_a_command_with_a_nul_byte_is_refused(server, terminal):
    answer = server.post(f"{terminal.path}/run", {"text": "printf 'a\0b'"})
    assert answer.status in (400, 422) and "NUL" in answer.json()["detail"]


def test_the_newest_part_of_a_long_output_is_answered(terminal):
    ran = terminal.run("seq 100000", limit=1000)
    assert ran["output"].endswith("99999\n100000\n")
    assert ran["output_cut_bytes"] == ran["output_from"] - ran["from"] > 0
    assert ran["output_to"] - ran["output_from"] == 1000


def test_output_that_the_log_has_dropped_is_counted(server):
    terminal = Terminal(server, log_bytes=4096)
    ran = terminal.run("seq 100000")
    assert ran["output"].endswith("99999\n100000\n")
    assert 4096 <= ran["to"] - ran["output_from"] < 16384
    assert ran["output_cut_bytes"] == ran["output_from"] - ran["from"]


# Typing


def test_text_and_keys_are_typed_in_order(server):
    terminal = Terminal(server, argv=["cat", "-v"])
    terminal.post("input", text="a", paste="b", keys=["c", "Tab", "F1", "Enter"])
    terminal.wait(text="abc\t^[OP\r\n", **{"from": 0})


def test_a_key_that_is_none_is_named_and_nothing_is_typed(server, terminal):
    answer = server.post(f"{terminal.path}/input", {"text": "rm -rf /", "keys": ["Bang"]})
    assert answer.status == 422 and "'Bang'" in answer.json()["detail"]
    assert terminal.run("echo clean")["output"] == "clean\n"
    assert "rm -rf" not in terminal.screen()


def test_a_pasted_text_stands_in_brackets(server):
    terminal = Terminal(server, argv=["sh", "-c", "printf '\\033[?2004h'; exec cat -v"])
    terminal.wait(text="\x1b[?2004h", **{"from": 0})
    terminal.post("input", paste="x\x1b[201~y", keys=["Enter"])
    terminal.see("^[[200~xy^[[201~")


def test_input_that_nobody_reads_is_refused_after_a_while(server, terminal):
    terminal.run("stty raw -echo; printf ready; sleep 1000", timeout=0)
    terminal.wait(pattern="ready$", **{"from": 0})
    piece = {"text": "x" * 1000000}
    answers = [server.post(f"{terminal.path}/input", piece).status for _ in range(30)]
    assert answers[0] == 200 and answers[-1] == 429


def test_too_much_input_at_once_is_refused(server, terminal):
    answer = server.post(f"{terminal.path}/input", {"text": "x" * ((1 << 20) + 1)})
    assert answer.status == 413


@pytest.mark.parametrize("value", ["INT", "SIGINT", int(signal.SIGINT)])
def test_a_signal_reaches_the_program_in_the_foreground(terminal, value):
    terminal.run("sh -c 'printf be; echo gun; exec sleep 1000'", timeout=0)
    terminal.wait(text="begun\r\n", **{"from": 0})
    terminal.post("signal", signal=value)
    assert terminal.get("commands/1", timeout=60).json()["exit_code"] == 130


@pytest.mark.parametrize("value", ["NONE", 0, 65, None, [], "int"])
def test_a_signal_that_is_none_is_refused(terminal, value):
    terminal.post("signal", 422, signal=value)


def test_a_resize_reaches_the_program(terminal):
    about = terminal.post("resize", cols=132, rows=50)
    assert (about["cols"], about["rows"]) == (132, 50)
    assert terminal.run("stty size")["output"] == "50 132\n"


@pytest.mark.parametrize("size", [(0, 24), (80, 1001), (-1, 5)])
def test_a_size_out_of_range_is_refused(terminal, size):
    terminal.post("resize", 422, cols=size[0], rows=size[1])


# Reading


def test_output_is_read_by_offset(terminal):
    ran = terminal.run("printf 0123456789")
    answer = terminal.output(**{"from": ran["from"] + 2}, limit=3)
    assert answer.body == b"234"
    assert answer.headers["x-offset"] == str(ran["from"] + 2)
    assert answer.headers["x-next-offset"] == str(ran["from"] + 5)
    assert answer.headers["x-end"] == "false"
    piece = terminal.output(**{"from": ran["from"]}, limit=4, format="json").json()
    assert piece == {
        "offset": ran["from"],
        "next_offset": ran["from"] + 4,
        "end": False,
        "encoding": "utf-8",
        "data": "0123",
    }


def test_output_beyond_the_end_is_out_of_range(server, terminal):
    assert server.get(f"{terminal.path}/output?from=1000000000").status == 416


def test_a_reader_waits_for_the_first_byte(server):
    terminal = Terminal(server, argv=["cat"])
    terminal.type("one\r")
    first = terminal.output(wait=60)
    assert first.body.startswith(b"o")


def test_dropped_output_shows_in_the_offset(server):
    terminal = Terminal(server, log_bytes=4096)
    terminal.run("seq 100000")
    answer = terminal.output(**{"from": 10}, limit=10)
    assert int(answer.headers["x-offset"]) == terminal.describe()["first_offset"] > 10


def test_spilled_output_is_kept_and_leaves_nothing_behind(server, tmp_path):
    terminal = Terminal(server, log_bytes=4096, spill=True)
    ran = terminal.run("seq 100000")
    expected = "".join(f"{i}\r\n" for i in range(1, 100001)).encode()
    answer = terminal.output(**{"from": ran["from"]}, limit=len(expected))
    assert answer.body == expected
    assert terminal.describe()["memory"] < 32768
    assert not list(tmp_path.rglob("terminal-*"))


# Waiting


def test_a_pattern_in_the_output_is_awaited(terminal):
    at = terminal.type("printf '%s-%s\\n' wait 42", "Enter")
    found = terminal.wait(pattern="wait-(\\d+)", **{"from": at})
    assert found["match"] == "wait-42" and found["to"] - found["from"] == 7
    assert terminal.output(**{"from": found["from"]}, limit=7).body == b"wait-42"


def test_what_was_printed_before_is_found_by_its_offset_only(terminal):
    terminal.run("echo past")
    terminal.wait(text="past\r\n", **{"from": 0})
    assert terminal.wait("timeout", text="past\r\n", timeout=0.01)["match"] is None


def test_a_match_that_arrives_in_parts_is_found(server):
    terminal = Terminal(server, argv=["cat"])
    for letter in "split":
        terminal.type(letter)
    terminal.wait(text="split", **{"from": 0})


def test_case_may_be_ignored(terminal):
    terminal.run("echo LOUD")
    terminal.wait(text="loud\r", ignore_case=True, **{"from": 0})


def test_a_text_on_the_screen_is_awaited(terminal):
    terminal.type("clear; printf '\\033[5;3Hab\\033[5;5Hcd'; cat", "Enter")
    terminal.see("  abcd\n")


def test_a_pattern_is_awaited_on_the_screen(terminal):
    terminal.run("echo one; echo two")
    terminal.see_pattern("(?m)^one\\ntwo$")


def test_quiet_is_awaited(terminal):
    terminal.run("for i in 1 2 3; do echo $i; done; cat", timeout=0)
    found = terminal.wait("quiet", quiet_ms=50)
    assert found["match"] is None and found["from"] is None
    assert terminal.output().body.endswith(b"3\r\n")


def test_a_busy_terminal_is_not_quiet(terminal):
    terminal.run("while :; do printf .; sleep 0.01; done", timeout=0)
    terminal.wait("timeout", quiet_ms=20000, timeout=0.5)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"pattern": "("},
        {"text": "a", "pattern": "b"},
        {"quiet_ms": 10, "text": "a"},
        {"quiet_ms": 0},
        {"text": "a", "on": "paper"},
        {"text": "a", "timeout": -1},
        {"pattern": "x" * 5000},
    ],
)
def test_a_wait_that_makes_no_sense_is_refused(terminal, body):
    terminal.post("wait", 422, **{k: v for k, v in body.items()})


def test_a_pattern_without_end_is_refused_and_the_server_lives(terminal):
    terminal.run("printf 'a%.0s' {1..5000}; echo b")
    answer = terminal.server.post(
        f"{terminal.path}/wait", {"pattern": "(a+)+$c", "from": 0, "timeout": 0.1}
    )
    assert answer.status in (200, 422)
    assert terminal.run("echo alive")["output"] == "alive\n"


# The screen


def test_the_screen_is_text(terminal):
    terminal.run("clear; printf 'one\\n\\n  two\\n'")
    assert terminal.screen().startswith("one\n\n  two\n$")
    assert "x-offset" in terminal.get("screen").headers


def test_the_screen_is_cells_with_styles(terminal):
    terminal.run("clear; printf '\\033[1;31mred\\033[0m plain\\n'")
    cells = terminal.cells()
    assert (cells["cols"], cells["rows"]) == (80, 24)
    red, plain = cells["lines"][0]
    assert (red["text"], plain["text"]) == ("red", " plain")
    assert red["bold"] and red["foreground"] == 1 and "foreground" not in plain


def test_the_screen_is_a_picture(terminal):
    terminal.run("clear; printf '\\033[31m<red>\\033[0m\\n'")
    answer = terminal.get("screen", format="svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.startswith("<svg") and "&lt;red&gt;" in answer.text


def test_rows_above_the_screen_are_shown_when_asked_for(terminal):
    terminal.run("seq 100")
    assert "\n70\n" not in terminal.screen()
    lines = terminal.screen(scrollback=1000).split("\n")
    assert "1" in lines and lines.index("100") - lines.index("1") == 99


# Recordings


def recording(terminal):
    answer = terminal.get("recording")
    assert answer.headers["content-type"] == "application/x-asciicast"
    header, *lines = answer.text.splitlines()
    return json.loads(header), [json.loads(line) for line in lines]


def test_a_recording_has_sizes_and_everything_printed(server):
    terminal = Terminal(server, name="film", cols=90, rows=20)
    terminal.run("printf 'äöü €'")
    terminal.post("resize", cols=100, rows=25)
    terminal.run("echo after")
    header, lines = recording(terminal)
    assert (header["version"], header["width"], header["height"]) == (2, 90, 20)
    assert header["title"] == "film"
    assert [line[2] for line in lines if line[1] == "r"] == ["100x25"]
    printed = "".join(line[2] for line in lines if line[1] == "o")
    assert printed.encode() == terminal.output().body
    times = [line[0] for line in lines]
    assert times == sorted(times) and times[0] >= 0


@pytest.mark.parametrize("words", [["cat"], ["play", "--speed", "1000"]])
def test_asciinema_plays_a_recording(server, tmp_path, words):
    """In a terminal, which it asks for."""
    terminal = Terminal(server)
    terminal.run("printf '\\033[1;32mgreen\\033[0m äöü\\n'; seq 1000")
    terminal.post("resize", cols=100, rows=25)
    terminal.run("echo last")
    film = tmp_path / "film.cast"
    film.write_bytes(terminal.get("recording").body)
    player = Terminal(server, argv=["asciinema", *words, str(film)], cols=100, rows=25)
    player.wait("ended", text="nothing like this")
    assert terminal.output().body in player.output().body
    assert player.screen() == terminal.screen()


def test_a_long_recording_is_sent_in_pieces(server):
    terminal = Terminal(server, log_bytes=8 << 20)
    terminal.run("head -c 4000000 /dev/zero | tr '\\0' x; echo")
    _, lines = recording(terminal)
    assert sum(line[2].count("x") for line in lines if line[1] == "o") >= 4000000
