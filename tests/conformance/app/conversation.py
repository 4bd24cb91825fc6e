"""A conversation that the application has started, seen from both of its ends: what the application
tells a browser, and the sandbox's own interface, whose address and key the browser is given."""

import http.client
import json
import threading
import time
import urllib.parse
import uuid

from application import LIMIT_S

POLL_S = 0.5
ENDS = ("finished", "error", "stuck", "paused", "waiting_for_confirmation")


class Conversation:
    def __init__(self, application, tap, task):
        self.application, self.tap = application, tap
        self.id = task["app_conversation_id"]
        self.sandbox_id = task["sandbox_id"]
        self.path = f"/api/v1/app-conversations/{self.id}"

    # --- the application's side

    def look(self):
        (found,) = self.application.get("/api/v1/app-conversations", ids=self.id)
        return found

    def status(self):
        return self.look()["execution_status"]

    def send(self, text, run=True):
        content = [{"type": "text", "text": text}]
        return self.application.post(f"{self.path}/send-message", {"content": content, "run": run})

    def delete(self):
        self.tap.deleted.add(uuid.UUID(self.id))
        self.application.delete(self.path)

    def history(self):
        """All events that the application has kept, in its order."""
        path, page, events = f"/api/v1/conversation/{self.id}/events/search", None, []
        while True:
            query = {"limit": 100} | ({"page_id": page} if page else {})
            answer = self.application.get(path, **query)
            events += answer["items"]
            page = answer["next_page_id"]
            if not page:
                return events

    def wait_for_end(self, runs=1):
        """The application has taken in that so many runs are over."""
        self.tap.wait_for(self.id, lambda events: ended_runs(events) >= runs, f"end of run {runs}")

    def wait_for_status(self, status):
        self.tap.wait_for(self.id, lambda events: status in statuses(events), status)

    def wait_for_title(self, title):
        """The application fetches it every three seconds and tells nobody: it can only be asked."""
        deadline = time.monotonic() + LIMIT_S
        pause = threading.Event()
        while self.look()["title"] != title:
            assert time.monotonic() < deadline, self.look()["title"]
            pause.wait(POLL_S)

    # --- the sandbox's side

    def ask(self, method, path="", body=None):
        seen = self.look()
        url = urllib.parse.urlparse(seen["conversation_url"])
        connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=LIMIT_S)
        headers = {"X-Session-API-Key": seen["session_api_key"], "Content-Type": "application/json"}
        connection.request(method, url.path + path, json.dumps(body or {}), headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        connection.close()
        assert reply.status < 300, (method, path, reply.status, answer)
        return answer

    def stored(self):
        """The ids of all events, as the sandbox has them."""
        return [event["id"] for event in self.ask("GET", "/events/search?limit=100")["items"]]

    def directory(self):
        """The sandbox's own: the conversation is told to work in "."."""
        return f"{self.application.base}/sandboxes/{self.sandbox_id}"


def statuses(events):
    return [event["value"] for event in events if event.get("key") == "execution_status"]


def ended_runs(events):
    return sum(status in ENDS for status in statuses(events))


def of_kind(events, kind):
    return [event for event in events if event["kind"] == kind]


def text_of(event):
    """The text of an observation or a message."""
    content = (event.get("observation") or event.get("llm_message"))["content"]
    return "".join(part["text"] for part in content if part["type"] == "text")
