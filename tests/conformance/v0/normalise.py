"""Gives names to what no two runs have in common: folders, processes, ports, host and user."""

import os
import re
import socket

RULES = [
    (re.compile(r"localhost:\d+"), "localhost:<port>"),
    (re.compile(r"^\[(\d+)\] \d+$", re.M), r"[\1] <pid>"),
    (re.compile(r"(\[\d+\])\+? +(\d{2,7})(?= )"), r"\1 <pid>"),
    (re.compile(r"job (\d+)\[\d+\]"), r"job \1[<pid>]"),
    (re.compile(r"ipykernel_\d+/\d+\.py"), "ipykernel_<pid>/<cell>.py"),
    (re.compile(r"oh_aci_output_[0-9a-f]{32}"), "oh_aci_output_<hex32>"),
    (re.compile(r"Cell In\[\d+\]"), "Cell In[<n>]"),
    (re.compile(r"line \d+(?= of the bash)"), "line <n>"),
]


def result(value, folder, python):
    """The same value with every text normalised; the pid of metadata as known or not."""
    if isinstance(value, dict):
        found = {name: result(one, folder, python) for name, one in value.items()}
        if isinstance(found.get("pid"), int) and found["pid"] > 0:
            found["pid"] = "<pid>"
        if found.get("py_interpreter_path"):
            found["py_interpreter_path"] = "<python>"
        return found
    if isinstance(value, (list, tuple)):
        return [result(one, folder, python) for one in value]
    return text(value, folder, python) if isinstance(value, str) else value


def text(value, folder, python):
    value = value.replace(str(folder.parent), "<base>")
    value = value.replace(python, "<python>")
    value = value.replace(os.path.dirname(os.path.dirname(python)), "<venv>")
    if value == socket.gethostname().split(".")[0]:
        return "<host>"
    for pattern, name in RULES:
        value = pattern.sub(name, value)
    return value
