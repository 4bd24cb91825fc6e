#!/usr/bin/env python3
"""The MCP server of mcp_server.py over HTTP, well behaved or hostile by path.

Prints its port on the first line, and ends when its input ends.

  /mcp          streamable HTTP with sessions; answers are streams
  /json         without sessions; answers are JSON
  /moved/       a redirect to /mcp
  /away         a redirect to another server
  /status/N     that status, with a body
  /cut          streams of calls end before the answer
  /resume       the same, but the answer comes when the stream is taken up
  /names/NAME   a server with one tool of that name, in JSON
  /garbage      calls are answered with what is no JSON
  /silent       never answers
  /sse          the older transport, with one stream for everything
  /sse-away     the same, with an address elsewhere
  /sse-mute     a stream that never says where to send messages

Beside the tools of mcp_server.py:
  header NAME   the value of a header of the call
  forget        forgets all sessions, then answers
  announce      adds a tool and says so on the stream for what servers say by themselves
  drop          ends the stream of the older transport, without an answer
  goodbyes      how many sessions clients have ended
"""

import argparse
import http.server
import json
import queue
import sys
import threading
import urllib.parse
import uuid

import mcp_server

LIMIT_S = 100
TOOLS = [
    mcp_server.tool("header", "The value of a header", name="string"),
    mcp_server.tool("forget", "Forgets all sessions"),
    mcp_server.tool("announce", "Adds a tool and says so"),
    mcp_server.tool("drop", "Ends the stream"),
    mcp_server.tool("goodbyes", "How many sessions clients have ended"),
]


class Session(mcp_server.Server):
    """One session: what it sends goes to `sink`, what it says by itself to `events`."""

    def __init__(self, options, web):
        super().__init__(options)
        self.web = web
        self.tools += TOOLS
        self.events = queue.Queue()
        self.local = threading.local()

    def send(self, message):
        self.local.sink({"jsonrpc": "2.0", **message})

    def receive(self, message, sink, headers):
        self.local.sink = sink
        self.local.headers = headers
        self.handle(message)

    def tool_header(self, number, params, name):
        return mcp_server.text_result(self.local.headers.get(name, "(none)"))

    def tool_forget(self, number, params):
        self.web.sessions.clear()
        return mcp_server.text_result("forgotten")

    def tool_announce(self, number, params):
        self.tools.append(mcp_server.tool("announced", "Was not there before"))
        self.events.put({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        return mcp_server.text_result("announced")

    def tool_drop(self, number, params):
        self.events.put(None)

    def tool_goodbyes(self, number, params):
        return mcp_server.text_result(f"goodbyes: {self.web.goodbyes}")


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    options = argparse.Namespace(
        name="test", refuse=None, page=None, bare=True, version=mcp_server.PROTOCOL
    )

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.sessions = {}
        self.goodbyes = 0
        self.kept = {}  # answers for streams that are taken up

    def open_session(self):
        name = uuid.uuid4().hex
        self.sessions[name] = Session(self.options, self)
        return name

    def handle_error(self, request, client_address):
        pass  # clients that leave are what tests are about


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self, session=None):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("connection", "close")
        if session:
            self.send_header("mcp-session-id", session)
        self.end_headers()
        self.close_connection = True

    def event(self, data, name="message", number=None):
        text = f"id: {number}\r\n" if number else ""
        self.wfile.write(f"{text}event: {name}\r\ndata: {data}\r\n\r\n".encode())
        self.wfile.flush()

    def wait_for_end(self):
        self.connection.settimeout(LIMIT_S)
        self.close_connection = True
        self.connection.recv(1)

    def route(self):
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = urllib.parse.urlsplit(self.path).path.split("/")
        getattr(self, "serve_" + parts[1].replace("-", "_"))(*parts[2:])

    do_GET = do_POST = do_DELETE = route

    def serve_status(self, status):
        self.reply(int(status), b"no entry")

    def serve_moved(self, rest):
        self.reply(307, location="/mcp")

    def serve_away(self):
        self.reply(307, location="http://example.invalid/mcp")

    def serve_silent(self):
        self.wait_for_end()

    def serve_mcp(self):
        self.serve_streamable(self.answer_stream)

    def serve_cut(self):
        self.serve_streamable(self.answer_cut)

    def serve_resume(self):
        self.serve_streamable(self.answer_resumable)

    def serve_garbage(self):
        self.serve_streamable(self.answer_garbage)

    def serve_json(self):
        if self.command != "POST":
            self.reply(405)
            return
        if not self.server.sessions:
            self.server.open_session()
        session = next(iter(self.server.sessions.values()))
        self.answer_json(None, session, json.loads(self.body))

    def serve_names(self, name):
        session = Session(self.server.options, self.server)
        session.tools = [mcp_server.tool(name, "The only one")]
        self.answer_json(None, session, json.loads(self.body))

    def serve_streamable(self, answer):
        """Finds or opens the session, then answers."""
        name = self.headers.get("mcp-session-id")
        if name is None and self.command == "POST":
            name = self.server.open_session()
            self.answer_stream(name, self.server.sessions[name], json.loads(self.body))
        elif name not in self.server.sessions:
            self.reply(404, b"Session not found")
        elif self.command == "DELETE":
            self.server.goodbyes += 1
            self.reply(200)
        elif self.command == "GET":
            self.stream_events(self.server.sessions[name])
        else:
            assert self.headers["mcp-protocol-version"] == mcp_server.PROTOCOL
            message = json.loads(self.body)
            is_call = message.get("method") == "tools/call"
            (answer if is_call else self.answer_stream)(
                name, self.server.sessions[name], message
            )

    def stream_events(self, session):
        last = self.headers.get("last-event-id")
        self.begin_stream()
        if last in self.server.kept:
            self.event(self.server.kept.pop(last), number="after")
            return
        self.stream_events_of(session)

    def collect(self, session, message):
        sent = []
        session.receive(message, sent.append, self.headers)
        return sent

    def answer_json(self, name, session, message):
        sent = self.collect(session, message)
        if not sent:
            self.reply(202)
            return
        body = json.dumps(sent if len(sent) > 1 else sent[0]).encode()
        self.reply(200, body, content_type="application/json")

    def answer_stream(self, name, session, message):
        if "id" not in message:
            self.collect(session, message)
            self.reply(202)
            return
        self.begin_stream(name if message.get("method") == "initialize" else None)
        self.wfile.write(b": hello\r\n\r\n")
        session.receive(message, lambda m: self.event(json.dumps(m)), self.headers)
        if message.get("params", {}).get("name") == "hang":
            self.wait_for_end()

    def answer_cut(self, name, session, message):
        self.begin_stream()
        self.wfile.write(b'event: message\r\ndata: {"jsonrpc":"2.0",')

    def answer_resumable(self, name, session, message):
        self.begin_stream()
        self.server.kept["first"] = json.dumps(self.collect(session, message)[-1])
        self.event("", number="first")

    def answer_garbage(self, name, session, message):
        self.reply(200, b'{"jsonrpc": "2.0", "id"', content_type="application/json")

    def serve_sse(self):
        self.stream_session("messages?session=")

    def serve_sse_away(self):
        self.stream_session("http://example.invalid/messages?session=")

    def serve_sse_mute(self):
        self.begin_stream()
        self.wait_for_end()

    def stream_session(self, endpoint):
        if self.command != "GET":
            self.reply(405)
            return
        name = self.server.open_session()
        self.begin_stream()
        self.event(endpoint + name, "endpoint")
        self.stream_events_of(self.server.sessions[name])

    def stream_events_of(self, session):
        while (message := session.events.get()) is not None:
            self.event(json.dumps(message))

    def serve_messages(self):
        """Answers come with the stream."""
        name = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["session"][0]
        session = self.server.sessions.get(name)
        if session is None:
            self.reply(404, b"Session not found")
            return
        self.reply(202, b"Accepted")
        session.receive(json.loads(self.body), session.events.put, self.headers)


def main():
    server = Web()
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
