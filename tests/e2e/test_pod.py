"""A pod of a Kubernetes remote-runtime service, started the way such a service starts it."""

import pytest
from server import BINARY

KEY = "pod-key-0123456789"
POD = {
    "OH_SESSION_API_KEYS_0": KEY,
    "SESSION_API_KEY": KEY,
    "OH_RUNTIME_ID": "rt-abc",
    "OH_VSCODE_BASE_PATH": "/rt-abc/vscode",
    "OH_VSCODE_PORT": "60001",
    "WORKER_1": "12000",
    "WORKER_2": "12001",
    "OH_ALLOW_CORS_ORIGINS_0": "https://app.example.com",
    "OH_WEBHOOKS_0_BASE_URL": "https://app.example.com/api/v1/webhooks",
}


@pytest.fixture
def pod(start, tmp_path):
    link = tmp_path / "openhands-agent-server"
    link.symlink_to(BINARY)
    return start("--port", "0", env=POD, key=KEY, host=None, program=(str(link),))


def test_the_keys_make_it_listen_for_everybody(pod):
    assert pod.host == "0.0.0.0"


def test_probes_need_no_key(pod):
    assert pod.get("/alive", key=None).status == pod.get("/health", key=None).status == 200


def test_the_key_is_needed_for_everything_else(pod):
    assert pod.post("/api/auth/workspace-session", key=None).status == 401
    assert pod.post("/api/auth/workspace-session").status == 204


def test_commands_see_the_pod_but_not_its_key(pod):
    out = pod.run('echo "$WORKER_1 $WORKER_2 $OH_RUNTIME_ID $OH_VSCODE_PORT"; env')["stdout"]
    assert out.startswith("12000 12001 rt-abc 60001\n")
    assert KEY not in out and "SESSION_API_KEY" not in out
    assert "OH_INTERNAL_SERVER_URL=http://127.0.0.1:" in out and "AI_AGENT=openhands\n" in out


def test_the_application_may_call_from_a_browser(pod):
    origin = "https://app.example.com"
    answer = pod.get("/alive", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    other = pod.get("/alive", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
