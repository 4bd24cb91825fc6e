"""A server with the words and actions of V0 backends: how long each takes, and what it needs."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from peer import Server
from table import timed

PLUGINS = ("agent_skills", "jupyter")


class Backend(Server):
    """A server with V0's start words. `python` is the interpreter for its notebooks, if any; with
    `hides_skills` they do not find the reference's package, and have the skills that we bring."""

    def __init__(self, name, command, python, plugins=(), hides_skills=False):
        super().__init__(name, command)
        words = [str(self.port), "--working-dir", self.home.name, "--username", "root"]
        words += ["--user-id", "0", "--no-enable-browser"]
        self.command = [*command, *words, *(["--plugins", *plugins] if plugins else [])]
        self.settings = {
            "LOCAL_RUNTIME_MODE": "1",
            "USER": "root",
            "NO_CHANGE_TIMEOUT_SECONDS": "120",
        }
        if python:
            packages = next(python.parent.parent.glob("lib/python3*/site-packages"))
            self.settings["OPENHANDS_REPO_PATH"] = self.settings["PYTHONPATH"] = str(packages)
            self.settings["PATH"] = f"{python.parent}:{os.environ['PATH']}"
        if hides_skills:
            package = Path(self.home.name) / "hidden" / "openhands"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text("raise ImportError('hidden')\n")
            self.settings["PYTHONPATH"] = str(package.parent)

    def act(self, connection, action, timeout=None, **args):
        body = {"action": {"action": action, "args": args}}
        if timeout is not None:
            body["action"]["timeout"] = timeout
        status, answer = connection.post("/execute_action", body)
        assert status == 200, bytes(answer[:300])
        return json.loads(bytes(answer))


def measure_actions(server, runs, files):
    """Commands, files and edits over /execute_action; milliseconds of each."""
    path = f"{server.home.name}/file.txt"
    found = {}
    with server.connect() as connection:
        found["run"] = timed(lambda: server.act(connection, "run", command="true"), runs)
        server.act(connection, "write", path=path, content="a line\n" * 100 + "mark 0")
        found["write"] = timed(
            lambda: server.act(connection, "write", path=path + ".2", content="x\n" * 50), files
        )
        found["read"] = timed(lambda: server.act(connection, "read", path=path), files)
        found["view"] = timed(
            lambda: server.act(connection, "edit", path=path, command="view"), files
        )
        count = iter(range(files + 10))

        def replace():
            n = next(count)
            answer = server.act(connection, "edit", path=path, command="str_replace",
                                old_str=f"mark {n}\n", new_str=f"mark {n + 1}\n")
            assert "has been edited" in answer["content"], answer["content"]

        found["replace"] = timed(replace, files)
    return found


def measure_cells(server, count):
    """Milliseconds of each print, and how many came without their output."""
    lost = 0
    with server.connect() as connection:

        def run_cell():
            nonlocal lost
            answer = server.act(connection, "run_ipython", code="print('out')")
            lost += not answer["content"].startswith("out")

        return timed(run_cell, count, 1), lost


def measure_kernel(python, count):
    """The kernel alone with its published client: start, cells, and memory with the same skills."""
    script = """
import json, sys, time
from jupyter_client.manager import start_new_kernel
begun = time.perf_counter()
manager, client = start_new_kernel()
ready, times = (time.perf_counter() - begun) * 1e3, []
for _ in range(int(sys.argv[1])):
    begun = time.perf_counter()
    client.execute_interactive("print('out')", output_hook=lambda message: None)
    times.append((time.perf_counter() - begun) * 1e3)
resident = open(f"/proc/{manager.provisioner.process.pid}/status").read().split("VmRSS:")[1]
client.stop_channels()
manager.shutdown_kernel(now=True)
print(json.dumps({"ready": ready, "cells": times, "resident": int(resident.split()[0]) / 1024}))
"""
    command = [python, "-c", script, str(count)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def measure_plugins(name, words, python, count, hides_skills=False):
    found = {}
    with Backend(name, words, python, PLUGINS, hides_skills) as server:
        found["ready_plugins"] = server.ready_ms
        found["cells"], found["lost"] = measure_cells(server, count)
        found["resident_plugins"] = server.resident_mb()
        found["all_plugins"] = server.resident_mb() + server.others_mb()
    found["left"] = server.left_mb
    return found


def floor_of_files(count):
    """A small file read, and one replaced by another, on the disk that servers work on."""
    with tempfile.TemporaryDirectory(prefix="actiond-bench-") as folder:
        path, part = Path(folder) / "file", Path(folder) / "part"
        path.write_bytes(b"x\n" * 50)

        def replace():
            part.write_bytes(b"x\n" * 50)
            part.rename(path)

        reads, replaced = timed(path.read_bytes, count), timed(replace, count)
    return {"read": reads, "view": reads, "write": replaced, "replace": replaced}
