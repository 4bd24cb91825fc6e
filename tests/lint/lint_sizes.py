"""Functions, files and lines stay small enough to be read at once."""

import ast

from tree import c_functions, main

FUNCTION_LINES = 70
FILE_LINES = 800
HEADER_LINES = 150
LINE_COLUMNS = 100


def is_python(tree, file):
    return file.endswith(".py") or "python" in tree.interpreter(file)


def python_functions(text):
    """As c_functions: name, first line and last line."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return [(node.name, node.lineno, node.end_lineno) for node in nodes]


def check_functions(report, file, functions):
    for name, first, last in functions:
        count = last - first + 1
        if count > FUNCTION_LINES:
            wrong = f"{name} has {count} lines, more than {FUNCTION_LINES}"
            report.add(file, first, wrong, "split it")


def check_lines(tree, report, file):
    lines = tree.lines(file)
    limit = HEADER_LINES if file.endswith(".h") else FILE_LINES
    if len(lines) > limit:
        report.add(file, limit + 1, f"{len(lines)} lines, more than {limit}", "split the module")
    for number, line in lines:
        if len(line) > LINE_COLUMNS:
            wrong = f"{len(line)} columns, more than {LINE_COLUMNS}"
            report.add(file, number, wrong, "break the line")


def check(tree, report):
    for file in tree.files:
        if file.endswith((".c", ".h")):
            check_functions(report, file, c_functions(tree.code_lines(file)))
        elif is_python(tree, file):
            check_functions(report, file, python_functions(tree.text(file)))
        else:
            continue
        check_lines(tree, report, file)


if __name__ == "__main__":
    main(check)
