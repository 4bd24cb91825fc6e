"""The application server as a child process, and its REST interface as a browser uses it."""

import http.client
import json
import os
import signal
import sys
import urllib.parse

from server import BINARY, Server, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 120
# The application counts requests by address: a second one, so that ours do not slow the webhooks.
OUR_ADDRESS = ("127.0.0.2", 0)


class Application(Server):
    def __init__(self, base, webhooks_url):
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "openhands.app_server.app:app"]
        command += ["--timeout-graceful-shutdown", "1"]
        super().__init__(command, base, settings(base, port, webhooks_url), port)

    def call(self, method, path, body=None, /, **query):
        """The status and the decoded answer."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=LIMIT_S, source_address=OUR_ADDRESS
        )
        text = None if body is None else json.dumps(body)
        where = f"{path}?{urllib.parse.urlencode(query, doseq=True)}" if query else path
        connection.request(method, where, text, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        answer = reply.read()
        connection.close()
        is_json = reply.getheader("Content-Type", "").startswith("application/json")
        return reply.status, json.loads(answer) if is_json else answer

    def get(self, path, /, **query):
        return self.expect_success("GET", path, None, query)

    def post(self, path, body=None):
        return self.expect_success("POST", path, body, {})

    def delete(self, path):
        return self.expect_success("DELETE", path, None, {})

    def expect_success(self, method, path, body, query):
        status, answer = self.call(method, path, body, **query)
        assert status < 300, (method, path, status, answer)
        return answer

    def stop(self):
        """The application leaves its sandboxes behind; they are in its process group."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        return super().stop()


def base_port():
    """Below those of outgoing connections; the application goes up from here to a free one."""
    return 20000 + os.getpid() % 10000


def settings(base, port, webhooks_url):
    sandbox = {
        "OH_WEBHOOKS_0_BASE_URL": webhooks_url,
        # Nothing may wait for this: what a user waits for is sent when it is there.
        "OH_WEBHOOKS_0_FLUSH_DELAY": "3600",
        "OH_PRELOAD_TOOLS": "false",
        "OH_ENABLE_VSCODE": "false",
        "OH_ENABLE_VNC": "false",
    }
    return {
        "RUNTIME": "process",
        "OH_SANDBOX_KIND": "sandbox.IdleIsRunningInjector",
        "OH_SANDBOX_PYTHON_EXECUTABLE": str(BINARY),
        "OH_SANDBOX_BASE_WORKING_DIR": f"{base}/sandboxes",
        "OH_SANDBOX_BASE_PORT": str(base_port()),
        "OH_AGENT_SERVER_ENV": json.dumps(sandbox),
        "OH_PERSISTENCE_DIR": f"{base}/application",
        "OH_SECRET_KEY": "a-secret-of-the-application",
        "OH_WEB_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": HERE,
        "SERVE_FRONTEND": "false",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LANG": "C.UTF-8",
    }
