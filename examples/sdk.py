"""The OpenHands SDK's remote workspace against actiond.

pip install openhands-sdk; ./run & python examples/sdk.py
"""

import os

from openhands.sdk.workspace import RemoteWorkspace

workspace = RemoteWorkspace(
    host=os.environ.get("ACTIOND_URL", "http://localhost:60000"),
    api_key=os.environ.get("SESSION_API_KEY"),
    working_dir="/tmp",
)
print("alive:", workspace.alive)
result = workspace.execute_command("echo hello from $(uname -s); exit 3", timeout=10)
print(f"exit {result.exit_code}: {result.stdout!r}")
