"""How commands and shells end in a terminal when they do not end well: the right code, the right
bytes, a word of what happened, and a terminal that goes on."""

import hashlib
import os
import shutil

import pytest
from memory import MIB, assert_peak_below
from terminals import Terminal


@pytest.fixture
def terminal(server):
    return Terminal(server)


def expect(ran, output, exit_code, outcome="completed"):
    assert (ran["output"], ran["exit_code"], ran["outcome"]) == (output, exit_code, outcome)


def goes_on(terminal):
    ran = terminal.run("echo works; (exit 3)", raw=True)
    expect(ran, "works\n", 3)
    assert ran["raw"]["data"] == "works\r\n"


# Programs


def test_a_job_in_the_background_does_not_hold_the_end(terminal):
    ran = terminal.run("sleep 1000 & echo begun")
    assert ran["output"].startswith(f"[1] {ran['metadata']['background_pid']}\n")
    assert ran["output"].endswith("begun\n") and ran["exit_code"] == 0
    goes_on(terminal)


def test_output_behind_the_end_is_not_the_commands(terminal, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    ran = terminal.run(f"(read x < {gate}; echo late) & disown; echo done")
    assert ran["output"].endswith("done\n") and "late" not in ran["output"]
    gate.write_text("open\n")
    terminal.wait(text="late\r\n", **{"from": ran["to"]})
    goes_on(terminal)


def test_a_daemon_does_not_hold_the_end_and_ends_with_the_server(terminal, tmp_path):
    ran = terminal.run(f"setsid --wait sh -c 'setsid sleep 1000 & echo $! > {tmp_path}/pid'")
    expect(ran, "", 0)
    assert terminal.run(f"kill -0 $(cat {tmp_path}/pid)")["exit_code"] == 0


def test_nul_bytes_are_output(terminal):
    ran = terminal.run("printf 'a\\0b\\n'", raw=True)
    assert ran["raw"]["data"] == "a\0b\r\n" and ran["exit_code"] == 0


def test_a_character_that_comes_in_pieces_is_whole(terminal):
    ran = terminal.run("for byte in e2 82 ac 0a; do printf \"\\\\x$byte\"; done")
    expect(ran, "€\n", 0)


def test_a_line_of_a_hundred_megabytes_ends(server, terminal):
    ran = terminal.run("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end")
    assert ran["output"].endswith("xxx\nend\n") and ran["exit_code"] == 0
    assert ran["to"] - ran["from"] == 100_000_000 + len("\r\nend\r\n")
    assert ran["output_cut_bytes"] == ran["output_from"] - ran["from"] > 90_000_000
    assert_peak_below(server, 64 * MIB)
    goes_on(terminal)


def test_a_script_of_a_hundred_kilobytes_arrives_byte_for_byte(terminal):
    lines = [f"\t{i} 'it''s' \"$HOME\" `date` \\ ! € 漢字 é 🧪  " for i in range(2000)]
    text = "\n".join(lines) + "\n"
    assert len(text.encode()) > 100_000
    ran = terminal.run(f"sha256sum << 'END'\n{text}END")
    expect(ran, hashlib.sha256(text.encode()).hexdigest() + "  -\n", 0)


def test_a_stopped_program_is_a_job(terminal):
    terminal.run("sh -c 'echo be\"gun\"; exec sleep 1000'", timeout=0)
    terminal.wait(text="begun\r\n", **{"from": 0})
    terminal.post("signal", signal="STOP")
    ran = terminal.get("commands/1", timeout=60).json()
    assert ran["exit_code"] == 147 and "Stopped" in ran["output"]
    goes_on(terminal)


def test_a_stopped_shell_is_continued(terminal):
    expect(terminal.run("kill -STOP $$; echo on"), "on\n", 0)


def test_a_program_that_does_not_hear_is_killed(terminal):
    terminal.run("sh -c \"trap '' TERM INT HUP; echo deaf; while :; do read x; done\"", timeout=0)
    start = terminal.wait(text="deaf\r\n", **{"from": 0})["next_offset"]
    terminal.post("signal", signal="TERM")
    terminal.type("heard", "Enter")
    terminal.wait(text="heard", **{"from": start})
    terminal.post("signal", signal="KILL")
    ran = terminal.get("commands/1", timeout=60).json()
    assert ran["exit_code"] == 137
    goes_on(terminal)


def test_raw_mode_does_not_outlive_its_command(terminal):
    terminal.run("stty raw -echo")
    goes_on(terminal)


def test_a_program_that_dies_in_the_alternate_screen_leaves_it(terminal):
    terminal.run("clear; echo before")
    ran = terminal.run("sh -c 'printf \"\\033[?1049h\\033[?25l\\033[?1003hf\\165ll\"; kill -9 $$'")
    assert ran["exit_code"] == 137
    cells = terminal.cells()
    assert not cells["modes"]["is_alternate"] and cells["cursor"]["is_visible"]
    assert "before" in terminal.screen() and "full" not in terminal.screen()
    goes_on(terminal)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs another user")
def test_a_fork_bomb_is_stopped_by_its_limit(terminal):
    bomb = "ulimit -u 50; bomb() { bomb | bomb & }; bomb; read x"
    user = "setpriv --reuid=65533 --clear-groups"
    terminal.run(f"{user} bash -c '{bomb}'", timeout=0)
    terminal.see("Resource temporarily unavailable")
    goes_on(Terminal(terminal.server))
    terminal.close()


# Shells

ENDINGS = {
    "exit 3": ("exit\n", 3, "ended with exit code 3"),
    "trap 'echo bye' EXIT; exit 5": ("exit\nbye\n", 5, "ended with exit code 5"),
    "exec true": ("", 0, "ended with exit code 0"),
    "exec sh -c 'echo last; exit 6'": ("last\n", 6, "ended with exit code 6"),
    "kill -9 $$": ("", 137, "ended by signal 9"),
    "set -e; false": ("", 1, "ended with exit code 1"),
    "echo a; kill -TERM $$; exec kill -HUP $$": ("a\n", 129, "ended by signal 1"),
}


@pytest.mark.parametrize("text", ENDINGS)
def test_another_shell_takes_over_where_one_has_ended(terminal, text):
    output, exit_code, message = ENDINGS[text]
    terminal.run("cd /usr/lib")
    ran = terminal.run(text)
    expect(ran, output, exit_code, "shell_ended")
    assert message in ran["message"] and "takes over in '/usr/lib'" in ran["message"]
    expect(terminal.run("pwd"), "/usr/lib\n", 0)
    goes_on(terminal)


def test_what_takes_the_place_of_the_shell_is_told(server, terminal):
    ran = terminal.run("exec python3 -iqc 0")
    assert (ran["outcome"], ran["exit_code"]) == ("shell_replaced", None)
    assert "replaced by 'python3'" in ran["message"]
    answer = server.post(f"{terminal.path}/run", {"text": "true"})
    assert answer.status == 409 and "python3" in answer.json()["detail"]
    start = terminal.type("exit()", "Enter")
    terminal.wait(text="$ ", **{"from": start})
    goes_on(terminal)


def test_an_interrupt_leaves_an_open_quote(terminal):
    start = terminal.type("echo 'open", "Enter")
    terminal.wait(text="> ", **{"from": start})
    goes_on(terminal)
