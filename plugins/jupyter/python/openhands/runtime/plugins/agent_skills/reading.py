"""One open file, and the window through which it is read."""

import os

WINDOW = 100


class State:
    """What is remembered between cells."""

    path = None
    line = 1


def complain(text):
    print(f"ERROR: {text}")


def read_lines(path):
    """At least one line; a line feed at the end begins none. What is no text is shown as such."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().removesuffix("\n").split("\n")


def fit(first, last, size, total):
    """The window; at either end of the file as large as asked for, and against that end."""
    if first <= 1:
        return 1, min(size, total)
    if last >= total:
        return max(1, total - size + 1), total
    return first, last


def centred(line, size, total):
    half = max(1, size // 2)
    return fit(line - half, line + half, size, total)


def render(lines, first, last):
    above, below = first - 1, len(lines) - last
    yield f"({above} more lines above)" if above > 0 else "(this is the beginning of the file)"
    for number in range(first, last + 1):
        yield f"{number}|{lines[number - 1]}"
    yield f"({below} more lines below)" if below > 0 else "(this is the end of the file)"


def show(lines, first, last):
    print(f"[File: {State.path} ({len(lines)} lines total)]")
    print("\n".join(render(lines, first, last)))


def is_line(number, lines):
    return isinstance(number, int) and 1 <= number <= len(lines)


def read_open_file():
    if State.path is None:
        complain("No file open. Use the open_file function first.")
        return None
    return read_lines(State.path)


def open_file(path, line_number=1, context_lines=WINDOW):
    """Open a file and show a window of it around a line.

    Args:
        path: the file; best an absolute path
        line_number: the line to show in the middle
        context_lines: the size of the window, 100 at most
    """
    if not os.path.isfile(path):
        return complain(f"File {path} not found.")
    lines = read_lines(path)
    State.path = os.path.abspath(path)
    if not is_line(line_number, lines):
        return complain(f"Line number must be between 1 and {len(lines)}")
    State.line = line_number
    size = WINDOW if context_lines is None or context_lines < 1 else min(context_lines, WINDOW)
    first, last = centred(line_number, size, len(lines))
    show(lines, first, last)
    if last < len(lines):
        print(f"[Use `scroll_down` to view the next {WINDOW} lines of the file!]")


def goto_line(line_number):
    """Show the window around a line of the open file."""
    lines = read_open_file()
    if lines is None:
        return
    if not is_line(line_number, lines):
        return complain(f"Line number must be between 1 and {len(lines)}.")
    State.line = line_number
    show(lines, *centred(line_number, WINDOW, len(lines)))


def scroll(distance):
    lines = read_open_file()
    if lines is None:
        return
    State.line = max(1, min(State.line + distance, len(lines)))
    show(lines, *fit(State.line, State.line + WINDOW, WINDOW, len(lines)))


def scroll_down():
    """Show the next 100 lines of the open file."""
    scroll(WINDOW)


def scroll_up():
    """Show the 100 lines before."""
    scroll(-WINDOW)
