"""Words that do not belong here: unsafe functions, sleeps, loose ends, paths of one machine.

Also: each magic number is given once, and `goto` goes forward to `out` only.
"""

import re

from tree import c_functions, main

UNSAFE = re.compile(
    r"\b(strcpy|strcat|sprintf|strtok|atoi|strncpy|localtime|gmtime|sleep|usleep|nanosleep)\s*\("
)
# Of a program under test a sleep is welcome, so only what the test itself does counts.
TEST_SLEEP = re.compile(r"\btime\.sleep\s*\(|\bfrom time import\b.*\bsleep\b|\basyncio\.sleep\s*\(")
SHELL_SLEEP = re.compile(r"^\s*(do\s+|while\s+|&&\s*)?sleep\s")
TEST_SLEEP_ALLOWED = ("tests/bench/", "tests/lint/")

LOOSE_END = re.compile(r"\b(TODO|FIXME|XXX)\b")
ISSUE_NUMBER = re.compile(r"#\d+")
UNFINISHED = re.compile(r"\bnot (yet )?implemented\b", re.IGNORECASE)
NOT_IMPLEMENTED_STATUS = "501"

MACHINE_PATH = re.compile(r"(?<![\w.@$%~*/}\])-])/(work/|root/|home/\w)")
# The home of the image's unprivileged user, and the one that tests make up.
KNOWN_PATHS = ("/home/openhands", "/home/x")

MAGIC = re.compile(r"^#define\s+(MAGIC_\w+)\s+(0[xX][0-9a-fA-F]+)")
GOTO = re.compile(r"\bgoto\s+(\w+)\s*;")
OUT_LABEL = re.compile(r"^\s*out:")

# Where these words are the subject.
SPEAKS_OF_WORDS = "tests/lint/"
# Bytes that make a parser fail are nobody's prose.
CORPUS = "tests/fuzz/corpus/"


def check_functions(tree, report, file):
    for number, line in tree.code_lines(file):
        for name in UNSAFE.findall(line):
            report.add(file, number, f"calls {name}", "use str, buf, clock or a timer")


def check_goto(tree, report, file):
    lines = tree.code_lines(file)
    for _, opened, closed in c_functions(lines):
        body = lines[opened - 1 : closed]
        labels = [number for number, line in body if OUT_LABEL.match(line)]
        for number, line in body:
            for label in GOTO.findall(line):
                if label != "out" or not any(target > number for target in labels):
                    report.add(file, number, f"goto {label}", "go forward to `out` or not at all")


def is_shell(tree, file):
    return file.endswith(".sh") or re.search(r"\b(ba|da)?sh\b", tree.interpreter(file)) is not None


def check_sleep(tree, report, file):
    if file.startswith(TEST_SLEEP_ALLOWED):
        return
    form = SHELL_SLEEP if is_shell(tree, file) else TEST_SLEEP
    for number, line in tree.lines(file):
        if form.search(line):
            report.add(file, number, "a test sleeps", "wait for the event itself")


def check_prose(tree, report, file):
    for number, line in tree.lines(file):
        if LOOSE_END.search(line) and not ISSUE_NUMBER.search(line):
            report.add(file, number, "a loose end", "finish it or add the number of its issue")
        if UNFINISHED.search(line) and NOT_IMPLEMENTED_STATUS not in line:
            report.add(file, number, "says it is not implemented", "finish it or take it out")
        for found in MACHINE_PATH.finditer(line):
            if not line.startswith(KNOWN_PATHS, found.start()):
                wrong = f"the path {found.group()}... exists on one machine"
                report.add(file, number, wrong, "make it relative or an option")


def check_magics(tree, report):
    owners = {}
    for file in tree.ending(".c", ".h"):
        for number, line in tree.lines(file):
            found = MAGIC.match(line)
            if not found:
                continue
            value = int(found.group(2), 16)
            if value in owners:
                wrong = f"{found.group(1)} has the value of {owners[value]}"
                report.add(file, number, wrong, "choose a number of its own")
            owners.setdefault(value, found.group(1))


def check(tree, report):
    for file in tree.ending(".c", ".h"):
        check_functions(tree, report, file)
        check_goto(tree, report, file)
    check_magics(tree, report)
    for file in tree.files:
        if file.startswith("tests/") and not file.endswith((".c", ".h")):
            check_sleep(tree, report, file)
        if not file.startswith((SPEAKS_OF_WORDS, CORPUS)):
            check_prose(tree, report, file)


if __name__ == "__main__":
    main(check)
