"""Finding text in files, and files by their names."""

import os

from .reading import State, complain

MAX_FILES = 100


def walk(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            yield parent, name


def matches(path, term):
    """Numbers and texts of the lines that hold the term."""
    with open(path, encoding="utf-8", errors="ignore") as file:
        for number, line in enumerate(file, 1):
            if term in line:
                yield number, line.strip()


def search_dir(search_term, dir_path="./"):
    """Search for a term in all files of a folder and below it."""
    if not os.path.isdir(dir_path):
        return complain(f"Directory {dir_path} not found")
    found = []
    for parent, name in walk(dir_path):
        path = os.path.join(parent, name)
        # A broken link or a socket has no lines; what is secret to us has none either.
        if not name.startswith(".") and os.path.isfile(path) and os.access(path, os.R_OK):
            found += [(path, *match) for match in matches(path, search_term)]
    if not found:
        return print(f'No matches found for "{search_term}" in {dir_path}')
    files = len({path for path, _, _ in found})
    if files > MAX_FILES:
        return print(
            f'More than {files} files matched for "{search_term}" in {dir_path}. '
            "Please narrow your search."
        )
    print(f'[Found {len(found)} matches for "{search_term}" in {dir_path}]')
    for path, number, text in found:
        print(f"{path} (Line {number}): {text}")
    print(f'[End of matches for "{search_term}" in {dir_path}]')


def search_file(search_term, file_path=None):
    """Search for a term in a file, by default the one that is open."""
    path = State.path if file_path is None else file_path
    if path is None:
        return complain("No file specified or open. Use the open_file function first.")
    if not os.path.isfile(path):
        return complain(f"File {path} not found.")
    found = list(matches(path, search_term))
    if not found:
        return print(f'[No matches found for "{search_term}" in {path}]')
    print(f'[Found {len(found)} matches for "{search_term}" in {path}]')
    for number, text in found:
        print(f"Line {number}: {text}")
    print(f'[End of matches for "{search_term}" in {path}]')


def find_file(file_name, dir_path="./"):
    """Find the files whose names hold a text, in a folder and below it."""
    if not os.path.isdir(dir_path):
        return complain(f"Directory {dir_path} not found")
    found = [os.path.join(parent, name) for parent, name in walk(dir_path) if file_name in name]
    if not found:
        return print(f'[No matches found for "{file_name}" in {dir_path}]')
    print(f'[Found {len(found)} matches for "{file_name}" in {dir_path}]')
    for path in found:
        print(path)
    print(f'[End of matches for "{file_name}" in {dir_path}]')
