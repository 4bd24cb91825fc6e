"""Our server as the SDK meets it: in a sandbox, with the environment a sandbox gives it."""

import importlib.metadata
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from server import BINARY, Server, free_port, is_free

KEY = "sandbox-session-key"
SANDBOX_PORT = 60000
SANDBOX = {
    "OH_SESSION_API_KEYS_0": KEY,
    "SESSION_API_KEY": KEY,
    "OH_RUNTIME_ID": "runtime-1",
    "OH_VSCODE_PORT": "60001",
    "OH_VSCODE_BASE_PATH": "/vscode",
    "OH_ENABLE_VSCODE": "false",
    "OH_ALLOW_CORS_ORIGINS_0": "https://app.example.com",
    "WORKER_1": "12000",
    "WORKER_2": "12001",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LANG": "C.UTF-8",
}


def pytest_report_header():
    return f"openhands-sdk {importlib.metadata.version('openhands-sdk')}"


@pytest.fixture(scope="session")
def version():
    """The release of the SDK that runs the tests, as a tuple."""
    return tuple(int(part) for part in importlib.metadata.version("openhands-sdk").split("."))


@pytest.fixture(scope="session")
def server():
    """Listens on the port of a sandbox; on another one where that is taken."""
    if not BINARY.is_file():
        pytest.exit(f"{BINARY} does not exist; build it or set ACTIOND_BINARY", 1)
    port = SANDBOX_PORT if is_free(SANDBOX_PORT) else free_port()
    with tempfile.TemporaryDirectory(prefix="actiond-sdk-") as base:
        server = Server([BINARY], base, SANDBOX, port)
        server.start()
        try:
            server.wait_ready()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def project(server):
    """The directory the work happens in."""
    path = server.base / "project"
    path.mkdir()
    return path


@pytest.fixture
def workspace(server, project):
    from openhands.sdk.workspace import RemoteWorkspace

    workspace = RemoteWorkspace(
        host=f"http://127.0.0.1:{server.port}", api_key=KEY, working_dir=str(project)
    )
    with workspace:
        yield workspace
