#!/usr/bin/env python3
"""A model for tests of one call: each argument says what the next request gets.

Prints its port on the first line, and ends when its input ends. The last argument is for all
requests that follow.

  ok            an answer, "fine"
  stream        the same, streamed
  cut           a stream that ends in its middle
  empty         an answer without choices
  silent        no answer
  costly        like ok, and the header says what it has cost
  key:KEY       like ok for who has this key; 401 for others
  short         400, because the text is too short to cache
  NNN           that status, with an error of a provider

Any GET is answered without taking a turn: /seen with the requests that came, as JSON, /key with the
key "fresh".
"""

import http.server
import json
import sys
import threading

LIMIT_S = 100
USAGE = {"prompt_tokens": 10, "completion_tokens": 2}
ANSWER = {
    "id": "chatcmpl-1",
    "model": "m",
    "choices": [{"message": {"role": "assistant", "content": "fine"}, "finish_reason": "stop"}],
    "usage": USAGE,
}
TOO_SHORT = "the minimum token count to start caching is 1024"


def piece(content, finish=None):
    choice = {"delta": {"content": content}, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "chatcmpl-1", "choices": [choice]}).encode() + b"\n\n"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    turns = sys.argv[1:]
    seen = []

    def log_message(self, *_):
        pass

    def send(self, status, value, **fields):
        body = json.dumps(value).encode() if not isinstance(value, str) else value.encode()
        self.send_response(status)
        for name, text in fields.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/key":
            self.seen.append({"header": self.headers.get("x-session-api-key", "")})
            self.send(200, " fresh\n")
        else:
            self.send(200, self.seen)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.key = self.headers.get("authorization", "").removeprefix("Bearer ")
        self.seen.append({"body": body, "key": self.key})
        turn = self.turns[0] if len(self.turns) == 1 else self.turns.pop(0)
        name, _, self.argument = turn.partition(":")
        if name.isdigit():
            self.send(int(name), {"error": {"message": f"status {name}", "type": "error"}})
        else:
            getattr(self, "answer_" + name)()

    def answer_ok(self):
        self.send(200, ANSWER)

    def answer_costly(self):
        self.send(200, ANSWER, x_litellm_response_cost="0.25")

    def answer_empty(self):
        self.send(200, ANSWER | {"choices": []})

    def answer_key(self):
        if self.key == self.argument:
            self.answer_ok()
        else:
            self.send(401, {"error": {"message": "token_not_found_in_db"}})

    def answer_short(self):
        self.send(400, {"error": {"message": TOO_SHORT}})

    def answer_silent(self):
        self.close_connection = True
        self.connection.settimeout(LIMIT_S)
        self.connection.recv(1)

    def begin_stream(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(piece("fi"))

    def answer_cut(self):
        self.begin_stream()

    def answer_stream(self):
        self.begin_stream()
        self.wfile.write(piece("ne", "stop"))
        self.wfile.write(b"data: " + json.dumps({"choices": [], "usage": USAGE}).encode())
        self.wfile.write(b"\n\ndata: [DONE]\n\n")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
