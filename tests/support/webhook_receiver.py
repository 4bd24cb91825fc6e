#!/usr/bin/env python3
"""Receives webhooks for tests, well or badly, as it is told.

Prints its port on the first line, and ends when its input ends. Whatever is posted is kept, but for
what is posted to /control, a JSON object:

  answers      statuses of the next posts, in order
  retry_after  a header of every 429
  refuse       posts with this text in their body get 422
  hold         the number of the next posts that get no answer before ...
  release      ... this is true
  always       the status of posts without one of these
  forget       true: nothing has been posted so far

GET /seen?count=N waits until N posts have come, and gives all of them with path, headers, body,
status, and how many were under way at the same path. Tests in Python use a Receiver of their own.
"""

import contextlib
import http.server
import json
import sys
import threading
import urllib.parse

LIMIT_S = 100


class Receiver(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.changed = threading.Condition()
        self.posts = []
        self.underway = {}
        self.answers = []
        self.retry_after = None
        self.refuse = None
        self.hold = 0
        self.always = 200

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # clients that leave are what tests are about

    def control(self, order):
        with self.changed:
            self.answers += order.get("answers", [])
            self.retry_after = order.get("retry_after", self.retry_after)
            self.refuse = order.get("refuse", self.refuse)
            self.hold += order.get("hold", 0)
            self.always = order.get("always", self.always)
            if order.get("release"):
                self.hold = 0
                for post in self.posts:
                    post["is_held"] = False
            if order.get("forget"):
                self.posts = []
            self.changed.notify_all()

    def status_of(self, body):
        if self.refuse and self.refuse in body:
            return 422
        return self.answers.pop(0) if self.answers else self.always

    def take(self, path, headers, body):
        with self.changed:
            self.underway[path] = self.underway.get(path, 0) + 1
            post = {
                "path": path,
                "headers": {name.lower(): value for name, value in headers.items()},
                "body": json.loads(body),
                "underway": self.underway[path],
                "is_held": self.hold > 0,
                "status": self.status_of(body),
            }
            self.hold -= 1 if self.hold > 0 else 0
            self.posts.append(post)
            self.changed.notify_all()
            self.changed.wait_for(lambda: not post["is_held"], LIMIT_S)
            self.underway[path] -= 1
            return post["status"]

    # --- what has come

    def seen(self, count):
        with self.changed:
            self.changed.wait_for(lambda: len(self.posts) >= count, LIMIT_S)
            return list(self.posts)

    def accepted(self, part):
        return [
            post["body"] for post in self.posts if part in post["path"] and post["status"] == 200
        ]

    def infos(self):
        return self.accepted("/conversations")

    def events(self):
        return [event for body in self.accepted("/events/") for event in body]

    def wait_until(self, is_so):
        with self.changed:
            assert self.changed.wait_for(is_so, LIMIT_S), self.posts

    def wait_for(self, is_wanted):
        """Until there is such an event."""
        self.wait_until(lambda: any(map(is_wanted, self.events())))

    def wait_for_ids(self, ids):
        """Until all these events have come."""
        self.wait_until(lambda: set(ids) <= {event["id"] for event in self.events()})

    def wait_for_posts(self, count):
        self.wait_until(lambda: len(self.posts) >= count)
        return self.posts

    def wait_for_infos(self, count):
        self.wait_until(lambda: len(self.infos()) >= count)
        return self.infos()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429 and self.server.retry_after is not None:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/control":
            self.server.control(json.loads(body))
            self.answer(200, {})
        else:
            self.answer(self.server.take(self.path, self.headers, body), {"success": True})

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        self.answer(200, self.server.seen(int(query.get("count", ["0"])[0])))


@contextlib.contextmanager
def running_receiver():
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    yield receiver
    receiver.control({"release": True})
    receiver.shutdown()
    receiver.server_close()


def main():
    with running_receiver() as receiver:
        print(receiver.server_address[1], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
