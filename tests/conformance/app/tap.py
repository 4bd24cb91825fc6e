"""Stands between a sandbox and the application: hands each webhook on as it came, and keeps it with
its answer. So a test can wait for what the application has taken in, which itself can only be
asked again and again.
"""

import dataclasses
import http.client
import http.server
import json
import threading
import uuid

LIMIT_S = 120


@dataclasses.dataclass(frozen=True)
class Webhook:
    path: str
    headers: dict
    body: object
    status: int
    answer: str

    @property
    def conversation(self):
        """The id of the conversation that it is about."""
        name = self.path.rpartition("/")[2]
        return uuid.UUID(self.body["id"] if name == "conversations" else name)

    @property
    def events(self):
        return self.body if isinstance(self.body, list) else []


class Tap:
    def __init__(self):
        self.webhooks = []
        self.came = threading.Condition()
        self.deleted = set()  # conversations whose sandbox the application has forgotten
        self.application_port = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.tap = self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/v1/webhooks"

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def keep(self, webhook):
        with self.came:
            self.webhooks.append(webhook)
            self.came.notify_all()

    def of(self, conversation):
        """What the application has been sent about a conversation, refused or not."""
        wanted = uuid.UUID(conversation)
        return [hook for hook in list(self.webhooks) if hook.conversation == wanted]

    def events(self, conversation, kind=None):
        taken = [event for hook in self.of(conversation) for event in hook.events]
        return [event for event in taken if kind in (None, event["kind"])]

    def infos(self, conversation):
        return [hook.body for hook in self.of(conversation) if isinstance(hook.body, dict)]

    def refused(self):
        return [hook for hook in self.webhooks if not self.is_expected(hook)]

    def is_expected(self, hook):
        """429 only puts it off: no more than ten requests a second are let in."""
        is_late = hook.status == 401 and hook.conversation in self.deleted
        return hook.status in (200, 429) or is_late

    def wait_for(self, conversation, is_enough, what):
        """Returns once `is_enough` holds for the events that came."""
        with self.came:
            if not self.came.wait_for(lambda: is_enough(self.events(conversation)), LIMIT_S):
                kinds = [event["kind"] for event in self.events(conversation)]
                raise TimeoutError(f"no {what}; what came: {kinds}")

    def wait_for_info(self, conversation, status):
        def has_come():
            return status in [info["execution_status"] for info in self.infos(conversation)]

        with self.came:
            if not self.came.wait_for(has_come, LIMIT_S):
                raise TimeoutError(f"nothing says that the conversation is {status}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.answer(*self.hand_on(body))
        except OSError:  # the application or the sandbox has gone
            self.close_connection = True

    def hand_on(self, body):
        """The application's answer and its text."""
        tap = self.server.tap
        onward = http.client.HTTPConnection("127.0.0.1", tap.application_port, timeout=LIMIT_S)
        onward.request("POST", self.path, body, dict(self.headers))
        reply = onward.getresponse()
        text = reply.read()
        headers = dict(self.headers)
        tap.keep(Webhook(self.path, headers, json.loads(body), reply.status, text.decode()))
        return reply, text

    def answer(self, reply, text):
        self.send_response(reply.status)
        for name in ("Content-Type", "Retry-After"):
            if reply.getheader(name):
                self.send_header(name, reply.getheader(name))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
