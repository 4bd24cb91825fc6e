"""Virtual environments holding the published OpenHands packages, one per release.

They live under build/conformance/<version>, are made once with uv, and count as complete when the
marker file inside says so. Command line: `venvs.py VERSION` prints the path of that interpreter.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TWIN = "1.58.0"
V0 = "v0-0.62.0"
APP = "app-1.11.0"
# Newer, or simply other, releases of the clients: ACTIOND_SDK_VERSIONS=1.60.0,1.59.1
CLIENTS = tuple(os.environ.get("ACTIOND_SDK_VERSIONS", "1.58.2,1.43.1,1.10.0").split(","))

ROOT = Path(__file__).resolve().parents[2] / "build" / "conformance"
PACKAGES = ("openhands-sdk", "openhands-workspace", "openhands-tools", "openhands-agent-server")
OTHERS = ("pytest", "websockets")
# The last backend of the V0 kind, with what its lock file had beside it.
V0_REQUIREMENTS = (
    "openhands-ai==0.62.0",
    "openhands-aci==0.3.2",
    "fastapi==0.116.2",
    "fastmcp==2.12.4",
    "ipykernel==6.29.5",
    "jupyter-client==8.6.3",
    "libtmux==0.46.2",
    "mcp==1.16.0",
    "pydantic==2.11.10",
    "tornado==6.5.1",
    "uvicorn==0.35.0",
    "jupyterlab",
    "notebook",
    "pytest",
)
# The application server; it brings the agent-server whose models it reads our answers with.
APP_REQUIREMENTS = ("openhands-ai==1.11.0", "pytest")
# Requirements that yield, by release. 1.58.2 asks for a certifi of its own week, which an index
# with a delay does not carry yet; the packages under test stay as they are.
OVERRIDES = {"1.58.2": ("certifi",)}
# Without the local price map, importing litellm now and then blocks where there is no internet; the
# packages bring plugins for a pytest of their own.
ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


class Unavailable(Exception):
    """The machine cannot provide an environment; the text says what is missing."""


def ensure(version):
    """Return the interpreter of the environment of one release, made on first use."""
    home = ROOT / version
    marker = home / "complete"
    wanted = "\n".join([*requirements(version), *OVERRIDES.get(version, ())])
    if not marker.is_file() or marker.read_text() != wanted:
        make(home, version)
        marker.write_text(wanted)
    return home / "bin" / "python"


def requirements(version):
    if version == V0:
        return list(V0_REQUIREMENTS)
    if version == APP:
        return list(APP_REQUIREMENTS)
    return [f"{name}=={version}" for name in PACKAGES] + list(OTHERS)


def make(home, version):
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    uv = find_uv()
    run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
    python = str(home / "bin" / "python")
    overrides = home / "overrides.txt"
    overrides.write_text("\n".join(OVERRIDES.get(version, ())))
    install = [uv, "pip", "install", "--quiet", "--python", python, "--override", str(overrides)]
    run([*install, *requirements(version)])


def find_uv():
    found = shutil.which("uv")
    if found:
        return found
    home = ROOT / "uv"
    program = home / "bin" / "uv"
    if not program.is_file():
        run([sys.executable, "-m", "venv", str(home)])
        run([str(home / "bin" / "pip"), "install", "--quiet", "uv"])
    return str(program)


def run(command):
    done = subprocess.run(
        command,
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise Unavailable(f"`{' '.join(command[:4])} ...` failed: {done.stdout.strip()[-400:]}")


if __name__ == "__main__":
    print(ensure(sys.argv[1]))
