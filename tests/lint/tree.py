"""What the lints share: the files of the tree, their text, and the way to report.

A lint is a program with one function `check(tree, report)`; `main(check)` runs it over the folder
given as first argument. A violation is printed as `file:line: what is wrong; what to do`, and one
is enough to end with status 1.
"""

import os
import re
import subprocess
import sys

# Comments, strings and characters of C, in the order in which they must be tried.
C_TEXT = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL | re.VERBOSE
)
FUNCTION_NAME = re.compile(r"(\w+)\s*\(")


class Tree:
    """The files below `top` that git tracks or has not ignored; without git, all of them."""

    def __init__(self, top):
        self.top = top
        self._texts = {}
        self._names = {f for f in self._list() if os.path.isfile(os.path.join(top, f))}
        self.files = sorted(self._names)

    def _list(self):
        command = ["git", "-C", self.top, "ls-files", "-z", "-co", "--exclude-standard"]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                return set(done.stdout.decode().split("\0")) - {""}
        except FileNotFoundError:
            pass
        return self._walk()

    def _walk(self):
        found = set()
        for folder, folders, names in os.walk(self.top):
            folders[:] = [f for f in folders if f not in ("build", "__pycache__", ".git")]
            found.update(os.path.relpath(os.path.join(folder, name), self.top) for name in names)
        return found

    def ending(self, *suffixes, below=""):
        """The files with one of these endings, in folders that start with `below`."""
        return [f for f in self.files if f.endswith(suffixes) and f.startswith(below)]

    def has(self, file):
        return file in self._names

    def text(self, file):
        """The file's text, or None when there is no such file or it is not UTF-8 text."""
        if file not in self._texts:
            self._texts[file] = self._read(file) if self.has(file) else None
        return self._texts[file]

    def _read(self, file):
        with open(os.path.join(self.top, file), "rb") as stream:
            raw = stream.read()
        try:
            return None if b"\0" in raw else raw.decode()
        except UnicodeDecodeError:
            return None

    def lines(self, file):
        """Pairs of line number and line; none for a file that is not text."""
        return list(enumerate((self.text(file) or "").splitlines(), 1))

    def code_lines(self, file):
        """As lines, of a C file whose comments, strings and characters are blank."""
        return list(enumerate(c_code(self.text(file) or "").splitlines(), 1))

    def interpreter(self, file):
        """The first line of a script, "" for other files."""
        first = (self.text(file) or "").split("\n", 1)[0]
        return first if first.startswith("#!") else ""


def c_code(text):
    """C with the contents of comments, strings and characters blanked; all else stays in place."""
    return C_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def c_functions(code_lines):
    """Triples of name, line of the opening brace and line of the closing brace.

    The house style puts both braces into the first column and no other opening brace there.
    """
    functions, opened = [], 0
    for number, line in code_lines:
        if line.rstrip() == "{":
            opened = number
        elif opened and line.rstrip() == "}":
            functions.append((_name_above(code_lines, opened), opened, number))
            opened = 0
    return functions


def _name_above(code_lines, number):
    for _, line in reversed(code_lines[: number - 1]):
        found = FUNCTION_NAME.search(line)
        if found and not line.startswith((" ", "\t")):
            return found.group(1)
    return "?"


class Report:
    """Collects violations."""

    def __init__(self):
        self.violations = []

    def add(self, file, line, wrong, remedy):
        self.violations.append((file, line, wrong, remedy))

    def print(self, stream):
        for file, line, wrong, remedy in sorted(self.violations):
            print(f"{file}:{line}: {wrong}; {remedy}", file=stream)


def main(check):
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} SOURCE_DIRECTORY")
    tree, report = Tree(sys.argv[1]), Report()
    check(tree, report)
    report.print(sys.stdout)
    sys.exit(1 if report.violations else 0)
