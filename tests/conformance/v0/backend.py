"""The unmodified OpenHands V0 backend at work: a LocalRuntime that runs the actions of one session
and writes down what came of each.

    backend.py SESSION FOLDER OUTPUT

With AES_BIN in the environment the server it starts is that program (adapter/sitecustomize.py),
else the reference server. FOLDER is the workspace. OUTPUT gets a JSON object: name to result.
"""

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path

import calls
import sessions
import steps
import workspace
from openhands.core.config import OpenHandsConfig
from openhands.events import EventStream
from openhands.events.action import Action
from openhands.events.serialization import event_from_dict, event_to_dict
from openhands.llm.llm_registry import LLMRegistry
from openhands.runtime.impl.local.local_runtime import LocalRuntime
from openhands.runtime.plugins import ALL_PLUGINS
from openhands.storage import get_file_store

ENVELOPE = ("observation", "message", "content", "extras", "success")


def make_runtime(session, folder):
    config = OpenHandsConfig()
    config.workspace_base = str(folder)
    config.workspace_mount_path_in_sandbox = str(folder)
    config.enable_browser = False
    config.sandbox.keep_runtime_alive = False
    config.sandbox.timeout = 120
    config.file_store_path = str(folder.parent / "store")
    store = get_file_store("local", config.file_store_path)
    return LocalRuntime(
        config=config,
        event_stream=EventStream(session.name, store),
        llm_registry=LLMRegistry(config),
        sid=session.name,
        plugins=[ALL_PLUGINS[name]() for name in session.plugins],
        headless_mode=True,
    )


class Player:
    """One session against one runtime. `@folder@` stands for the workspace in every text."""

    def __init__(self, runtime, folder):
        self.runtime = runtime
        self.folder = folder

    def fill(self, value):
        if isinstance(value, str):
            return value.replace("@folder@", str(self.folder))
        if isinstance(value, dict):
            return {name: self.fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        return value

    def play(self, step):
        try:
            return {steps.ACT: self.act, steps.CALL: self.call}[step.way](step)
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"}

    def act(self, step):
        action = event_from_dict({"action": step.kind, "args": self.fill(step.args)})
        assert isinstance(action, Action)
        if step.timeout is not None:
            action.set_hard_timeout(step.timeout, blocking=step.blocking)
        observation = event_to_dict(self.runtime.run_action(action))
        return {name: observation[name] for name in ENVELOPE if name in observation}

    def call(self, step):
        return {"value": calls.CALLS[step.kind](self, **self.fill(step.args))}


def main(name, folder, output):
    session = sessions.SESSIONS[name]
    folder = Path(folder)
    os.environ.update(session.environment)
    workspace.prepare(folder)
    runtime = make_runtime(session, folder)
    results = {}
    try:
        asyncio.run(runtime.connect())
        player = Player(runtime, folder)
        for step in session.steps:
            results[step.name] = player.play(step)
            print(step.name, file=sys.stderr, flush=True)
    except Exception:
        results["session"] = {"raised": traceback.format_exc()}
    finally:
        runtime.close()
    Path(output).write_text(json.dumps(results, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
