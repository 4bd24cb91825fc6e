"""Plays a session in a process of its own, against the reference or against ours, and gives back
its normalised results by the names of the steps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import normalise

HERE = Path(__file__).resolve().parent
LIMIT_S = 900


def play(name, base, binary=None):
    """In the new folder `base`; `binary` None: the reference server."""
    base.mkdir(parents=True)
    (base / "home").mkdir()
    folder, output = base / "workspace", base / "results.json"
    done = subprocess.run(
        [sys.executable, HERE / "backend.py", name, folder, output],
        env=environment(base, binary),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
    )
    if not output.exists():
        return {"session": {"raised": done.stdout.decode("utf-8", "replace")[-4000:]}}
    results = json.loads(output.read_text())
    # The interpreter that a `python` of the session's PATH is.
    return normalise.result(results, folder, os.path.abspath(sys.executable))


def environment(base, binary):
    own = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(base / "home"),
        "USER": "root",
        "LANG": "C.UTF-8",
        "TMPDIR": str(base),
        "SKIP_DEPENDENCY_CHECK": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        # A server that is root takes root's home; the caller's own settings are not for it.
        "GIT_CONFIG_GLOBAL": str(base / "home" / ".gitconfig"),
    }
    own |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    if binary is not None:
        own |= {"AES_BIN": str(binary), "PYTHONPATH": str(HERE / "adapter")}
    return own
