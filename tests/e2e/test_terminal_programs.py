"""Programs that take the whole screen, driven by keys as a person would, with the native routes."""

import shlex

import pytest
from terminals import Terminal

VIM = ["vim", "-N", "-u", "NONE", "-i", "NONE", "+set showmode"]


@pytest.fixture
def terminal(server, tmp_path):
    """A shell at its first prompt."""
    terminal = Terminal(server, cwd=str(tmp_path), env={"LANG": "C.UTF-8", "PAGER": "less"})
    terminal.see("$")
    return terminal


def test_a_text_is_written_with_vim(server, tmp_path):
    path = tmp_path / "poem.txt"
    terminal = Terminal(server, argv=[*VIM, str(path)])
    terminal.see("[New]")
    assert terminal.cells()["modes"]["is_alternate"]
    terminal.type("i")
    terminal.see("-- INSERT --")
    terminal.type("roses are réd", "Enter")
    terminal.type("violets", "Escape")
    terminal.see_pattern(r"^roses are réd\nviolets\n~")
    terminal.type("gg0cwlilies", "Escape")
    terminal.see("lilies are réd")
    terminal.type(":wq", "Enter")
    terminal.wait("ended", text="nothing like this")
    assert path.read_text() == "lilies are réd\nviolets\n"
    assert not terminal.cells()["modes"]["is_alternate"]


def test_vim_follows_a_resize_and_leaves_the_screen_as_it_was(terminal, tmp_path):
    (tmp_path / "many").write_text("".join(f"line {i}\n" for i in range(1, 101)))
    terminal.run("echo before")
    terminal.type(shlex.join([*VIM, "many"]), "Enter")
    terminal.type("i")
    terminal.see("-- INSERT --")
    terminal.wait("quiet", quiet_ms=300)  # vim forgets a resize while it learns of its terminal
    terminal.post("resize", cols=40, rows=40)
    terminal.type(None, "Escape")
    terminal.see("line 39\n")
    terminal.type("G")
    terminal.see("line 100\n")
    terminal.type(":q", "Enter")
    terminal.see_pattern(r"before\n\$[^$]*\$ \n*\Z|before\n\$[^$]*\$\n*\Z")
    assert terminal.run("echo after")["output"] == "after\n"


def test_vim_in_a_shell_is_the_foreground_program(terminal):
    terminal.type(shlex.join(VIM), "Enter")
    terminal.see("\n~\n")
    about = terminal.describe()
    assert about["foreground"]["name"] == "vim" and about["is_alternate_screen"]
    assert about["state"] == "running"
    terminal.type(None, "Escape")
    terminal.type(":q!", "Enter")
    terminal.see("$")


def test_less_shows_pages_and_finds(terminal, tmp_path):
    (tmp_path / "many").write_text("".join(f"row {i} of it\n" for i in range(1, 1001)))
    terminal.type("less many", "Enter")
    terminal.see("row 23 of it\n")
    terminal.type(" ")
    terminal.see("row 46 of it\n")
    terminal.type("b")
    terminal.see_pattern(r"\Arow 1 of it\n")
    terminal.type("/row 777", "Enter")
    terminal.see_pattern(r"\Arow 777 of it\n")
    terminal.type(None, "PageUp")
    terminal.see_pattern(r"\Arow 754 of it\n")
    terminal.type("G")
    terminal.see("(END)")
    terminal.type("q")
    terminal.see_pattern(r"less many\n\$")


def test_htop_draws_its_table_and_quits(server):
    terminal = Terminal(server, argv=["htop"], cols=120, rows=40)
    terminal.see("PID")
    terminal.see("F10")
    cells = terminal.cells()
    assert cells["modes"]["is_alternate"]
    assert any("background" in run for line in cells["lines"] for run in line)
    terminal.type(None, "F5")
    terminal.see("F5List")
    terminal.type(None, "F10")
    terminal.wait("ended", text="nothing like this")
    assert not terminal.describe()["is_alternate_screen"]


def test_python_is_talked_to(terminal):
    terminal.type("python3 -q", "Enter")
    terminal.see(">>>")
    terminal.type("def twice(x):", "Enter")
    terminal.see("...")
    terminal.type("    return 2 * x", "Enter")
    terminal.type(None, "Enter")
    at = terminal.type("print('is', twice(21))", "Enter")
    terminal.wait(text="is 42\r\n", **{"from": at})
    terminal.type("import signal; print('pau' + 'sed'); signal.pause()", "Enter")
    terminal.wait(text="paused\r\n", **{"from": at})
    terminal.type(None, "C-c")
    terminal.see("KeyboardInterrupt\n>>>")
    terminal.type(None, "C-d")
    terminal.see_pattern(r">>>\s*\$")


def test_git_log_pages_in_colour(terminal):
    terminal.run(
        "git init -q . && for i in $(seq 1 60); do"
        " git -c user.name=A -c user.email=a@b commit -q --allow-empty -m \"change $i\"; done"
    )
    terminal.type("git log --color=always --format='%C(red)%h%C(reset) %s'", "Enter")
    terminal.see("change 38\n:")  # the page is whole
    reds = [line[0] for line in terminal.cells()["lines"] if line and "foreground" in line[0]]
    assert len(reds) > 20 and all(run["foreground"] == 1 for run in reds)
    terminal.type(" ")
    terminal.see("change 37\n")
    terminal.type("/change 12", "Enter")
    terminal.see("change 12\n")
    terminal.type("q")
    terminal.see_pattern(r"\n\$ ?\n*\Z")
    assert terminal.run("echo back")["output"] == "back\n"


def test_the_shell_is_used_as_by_a_person(terminal):
    terminal.see("$")
    terminal.type("echo wrng", "Left", "Left")
    terminal.type("o", "Enter")
    terminal.see("\nwrong\n")
    terminal.type(None, "Up")
    terminal.type("; echo again", "Enter")
    terminal.see("\nwrong\nagain\n")
    terminal.type("echo re", "C-u")
    terminal.type("sh -c 'echo up; exec cat'", "Enter")
    terminal.see("\nup\n")
    terminal.type(None, "C-z")
    terminal.see("Stopped")
    terminal.type("fg", "Enter")
    terminal.see("fg\nsh -c")
    terminal.type("on", "Enter")  # which it reads when it has the terminal
    terminal.see("\non\non\n")
    terminal.type(None, "C-c")
    terminal.see("^C\n$")
