"""The application server of a release, with sandboxes that are ours, and a model with a script."""

import importlib.metadata
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from application import Application  # noqa: E402
from conversation import Conversation  # noqa: E402
from model import Model  # noqa: E402
from server import BINARY  # noqa: E402
from tap import Tap  # noqa: E402

LLM = {"model": "openai/gpt-4o", "api_key": "no-key", "num_retries": 1}


def pytest_report_header():
    return f"openhands-ai {importlib.metadata.version('openhands-ai')}"


@pytest.fixture(scope="session")
def model():
    model = Model().start()
    yield model
    model.stop()


@pytest.fixture(scope="session")
def tap():
    tap = Tap().start()
    yield tap
    tap.stop()


@pytest.fixture(scope="session")
def application(tap):
    if not BINARY.is_file():
        pytest.exit(f"{BINARY} does not exist; build it or set ACTIOND_BINARY", 1)
    with tempfile.TemporaryDirectory(prefix="actiond-app-", ignore_cleanup_errors=True) as base:
        application = Application(base, tap.url)
        tap.application_port = application.port
        application.start()
        try:
            application.wait_ready()
            yield application
        finally:
            application.stop()


@pytest.fixture(autouse=True)
def nothing_is_refused(application, tap):
    """Whatever a test does: the application takes each webhook, and understands each answer."""
    said = len(application.output)
    yield
    assert [(hook.path, hook.status, hook.answer) for hook in tap.refused()] == []
    assert [line for line in application.output[said:] if "validation error" in line] == []


@pytest.fixture
def start(application, tap, model):
    """start(script): a conversation whose model follows the script, when it is ready."""

    def start(script, text="Do it.", confirmation_mode=False, **request):
        llm = LLM | {"base_url": script.base_url}
        settings = {
            "agent_settings_diff": {"llm": llm},
            "conversation_settings_diff": {"confirmation_mode": confirmation_mode},
        }
        application.post("/api/v1/settings", settings)
        if text:
            content = [{"type": "text", "text": text}]
            request["initial_message"] = {"role": "user", "content": content, "run": True}
        tasks = application.post("/api/v1/app-conversations/stream-start", request)
        assert tasks[-1]["status"] == "READY", tasks[-1]["detail"]
        return Conversation(application, tap, tasks[-1])

    return start


@pytest.fixture(scope="session")
def sandbox():
    """Where the conversations of most tests are; the first one that starts makes it."""
    return {}


@pytest.fixture
def begin(start, sandbox):
    """As start, in the sandbox that is there already."""

    def begin(script, *arguments, **request):
        conversation = start(script, *arguments, **(sandbox | request))
        sandbox["sandbox_id"] = conversation.sandbox_id
        return conversation

    return begin
