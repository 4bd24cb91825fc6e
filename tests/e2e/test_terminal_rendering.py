"""What our screen makes of a list of sequences, beside what tmux makes of them.

Each case gets a window of its own in a tmux server of the test. The program in it prints the bytes
and then asks its terminal for its state: when the answer comes, tmux has taken in all of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from server import BINARY

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance" / "terminal"))

from cases import ACCEPTED, COLS, ROWS, TABLE, steps  # noqa: E402

RENDER = BINARY.parent / "tests" / "screen_render"
SETTINGS = "set -g status off\nset -g history-limit 1000\n"
# Arguments: a name, then files, printed one after the other.
PROGRAM = r"""
name=$1
shift
stty raw -echo
number=0
for file; do
    cat "$file"
    printf '\033[5n'
    dd bs=1 count=4 >/dev/null 2>&1
    tmux wait-for -S "$name-shown-$number"
    tmux wait-for "$name-go-$number"
    number=$((number + 1))
done
"""


class Tmux:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        self.environment.pop("TMUX", None)
        (folder / "settings").write_text(SETTINGS)
        (folder / "program").write_text(PROGRAM)
        self.run("new-session", "-d", "-s", "first", "cat")
        self.server = os.pidfd_open(*self.numbers("first", "#{pid}"))

    def run(self, *words):
        command = ["tmux", "-u", "-S", self.folder / "socket", "-f", self.folder / "settings"]
        done = subprocess.run(
            [*command, *words], env=self.environment, stdout=subprocess.PIPE, timeout=60, check=True
        )
        return done.stdout

    def numbers(self, name, form):
        return [int(word) for word in self.run("display-message", "-p", "-t", name, form).split()]

    def close(self):
        self.run("kill-server")
        os.waitid(os.P_PIDFD, self.server, os.WEXITED)  # we are its reaper
        os.close(self.server)

    def show(self, name, parts):
        """Feeds the parts; returns the text with styles, the cursor, and which screen it is."""
        files = [str(part) for part in parts if not isinstance(part, tuple)]
        words = ["sh", str(self.folder / "program"), name, *files]
        self.run("new-session", "-d", "-x", str(COLS), "-y", str(ROWS), "-s", name, *words)
        number = 0
        for part in parts:
            if isinstance(part, tuple):
                self.run("resize-window", "-t", name, "-x", str(part[0]), "-y", str(part[1]))
                self.run("wait-for", "-S", f"{name}-go-{number - 1}")
            else:
                self.run("wait-for", f"{name}-shown-{number}")
                number += 1
        text = self.run("capture-pane", "-p", "-e", "-N", "-S", "-", "-t", name)
        form = "#{cursor_y} #{cursor_x} #{alternate_on} #{pane_width} #{pane_height}"
        state = self.numbers(name, form)
        self.run("kill-session", "-t", name)
        return text, state


@pytest.fixture(scope="module")
def tmux(tmp_path_factory):
    server = Tmux(tmp_path_factory.mktemp("tmux"))
    yield server
    server.close()


def render(size, parts):
    words = [f"{part[0]}x{part[1]}" if isinstance(part, tuple) else part for part in parts]
    done = subprocess.run(
        [RENDER, f"{size[0]}x{size[1]}", *words], stdout=subprocess.PIPE, timeout=60, check=True
    )
    return json.loads(done.stdout)


def row_of(runs):
    """Pieces of one style, without default blanks at the end."""
    pieces = []
    for run in runs:
        style = {key: run[key] for key in run if key not in ("text", "width", "cell_width")}
        if pieces and pieces[-1][1] == style:
            pieces[-1][0] += run["text"]
        else:
            pieces.append([run["text"], style])
    while pieces and not pieces[-1][1] and not pieces[-1][0].strip(" "):
        pieces.pop()
    if pieces and not pieces[-1][1]:
        pieces[-1][0] = pieces[-1][0].rstrip(" ")
    return pieces


def rows_of(lines):
    rows = [row_of(runs) for runs in lines]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def ours(parts):
    cells = render((COLS, ROWS), parts)
    scrollback = cells["scrollback_rows"]
    return {
        "scrollback": [row_of(runs) for runs in cells["lines"][:scrollback]],
        "rows": rows_of(cells["lines"][scrollback:]),
        "cursor": (cells["cursor"]["row"], cells["cursor"]["col"]),
        "alternate": cells["modes"]["is_alternate"],
    }


def theirs(tmux, name, parts, folder):
    text, (row, col, alternate, cols, rows) = tmux.show(name, parts)
    shown = folder / "tmux"
    lines = text.removesuffix(b"\n").split(b"\n")
    # Styles go on from line to line; line drawing is in G1. A full row must not wrap.
    shown.write_bytes(b"\033)0" + b"\r\n".join(lines))
    cells = render((cols + 1, len(lines)), [shown])
    return {
        "scrollback": [row_of(runs) for runs in cells["lines"][:-rows]],
        "rows": rows_of(cells["lines"][-rows:]),
        "cursor": (row, min(col, cols - 1)),
        "alternate": alternate == 1,
    }


@pytest.mark.parametrize("case", TABLE, ids=[case[0] for case in TABLE])
def test_a_screen_shows_what_tmux_shows(case, tmux, tmp_path):
    parts = []
    for number, step in enumerate(steps(case)):
        if isinstance(step, bytes):
            path = tmp_path / str(number)
            path.write_bytes(step)
            step = path
        parts.append(step)
    name = f"case-{TABLE.index(case)}"
    mine, other = ours(parts), theirs(tmux, name, parts, tmp_path)
    differing = sorted(key for key in mine if mine[key] != other[key])
    accepted, _ = ACCEPTED.get(case[0], ([], ""))
    assert differing == sorted(accepted), f"{mine}\n{other}"


def test_every_accepted_difference_has_a_case_and_a_reason():
    names = {case[0] for case in TABLE}
    assert len(names) == len(TABLE)
    for name, (parts, reason) in ACCEPTED.items():
        assert name in names and parts and reason
