"""What a session is made of.

A session is a server of its own, with its plugins and its environment. A step is an action, or a
call of the runtime's interface (files copied in and out, listings). Its name reads as a sentence
and is unique.
"""

import dataclasses

ACT, CALL = "act", "call"


@dataclasses.dataclass(frozen=True)
class Step:
    name: str
    way: str
    kind: str
    args: dict
    timeout: float | None = None
    blocking: bool = False


@dataclasses.dataclass(frozen=True)
class Session:
    name: str
    steps: tuple
    plugins: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)


def run(name, command, /, timeout=None, blocking=False, **args):
    return Step(name, ACT, "run", {"command": command} | args, timeout, blocking)


def typed(name, text, timeout=None):
    return run(name, text, timeout, is_input=True)


def cell(name, code, /, timeout=None, **args):
    return Step(name, ACT, "run_ipython", {"code": code} | args, timeout)


def read(name, path, /, **args):
    return Step(name, ACT, "read", {"path": path} | args)


def view(name, path, /, **args):
    return read(name, path, impl_source="oh_aci", **args)


def write(name, path, content, /, **args):
    return Step(name, ACT, "write", {"path": path, "content": content} | args)


def edit(name, command, path, /, **args):
    return Step(name, ACT, "edit", {"path": path, "command": command} | args)


def other(name, kind, /, **args):
    return Step(name, ACT, kind, args)


def call(name, kind, /, **args):
    return Step(name, CALL, kind, args)
