"""A model that follows a script: an HTTP server that speaks the three protocols of language models,
streamed or not, and answers each request with the next turn of a script.

    model = Model().start()
    script = model.script([say("hi")], title="A title")
    script.base_url                 # of chat and responses; anthropic_url of the third
    script.requests                 # bodies that came, with path, headers and time
    model.release("gate")           # lets turns go on that wait for it

The first part of a request's path names its script, so that conversations do not meet. A request
without tools is no step of an agent: it asks for a title, a summary or the verdict of a hook, and
gets `title`, `summary` or `verdict` (a text or a turn). A script that is over repeats its last
turn. As a program, `model.py` serves the scripts of a JSON file until its input ends, and prints
its address first.
"""

import dataclasses
import http.server
import json
import sys
import threading
import time


@dataclasses.dataclass(frozen=True)
class Call:
    name: str
    arguments: object  # a dict, or the text that the model sends
    id: str = ""


@dataclasses.dataclass(frozen=True)
class Turn:
    """What the model does with one request."""

    text: str = ""
    calls: tuple = ()
    reasoning: str = ""
    status: int = 200
    error: str = ""  # of a status that is no success
    waits_for: str = ""  # a gate, before the answer; with `pieces`, in the middle of it
    cuts: bool = False  # the stream ends in its middle
    pieces: int = 2  # of a stream's text
    usage: tuple = (100, 20)
    finish: str = ""  # a reason of its own


def say(text, **options):
    return Turn(text=text, **options)


def call(name, text="", **arguments):
    return Turn(text=text, calls=(Call(name, arguments),))


def calls(*made, text=""):
    return Turn(text=text, calls=made)


def finish(message="done"):
    return call("finish", message=message)


def fail(status, error):
    return Turn(status=status, error=error)


class Script:
    def __init__(self, model, name, turns, title, summary, verdict):
        self.model, self.name = model, name
        self.turns, self.title, self.summary = list(turns), title, summary
        self.verdict = verdict
        self.requests = []
        self.steps = 0
        self.answers = 0
        self.lock = threading.Condition()

    @property
    def base_url(self):
        return f"{self.anthropic_url}/v1"

    @property
    def anthropic_url(self):
        return f"http://127.0.0.1:{self.model.port}/{self.name}"

    def take(self, request):
        """The turn for a request, and its number among all answers."""
        with self.lock:
            self.requests.append(request)
            self.answers += 1
            self.lock.notify_all()
            if not request["body"].get("tools"):
                return self.side_turn(request["body"]), self.answers
            turn = self.turns[min(self.steps, len(self.turns) - 1)]
            self.steps += 1
            return turn, self.answers

    def side_turn(self, body):
        text = json.dumps(body)
        if "event_type" in text:
            return self.verdict if isinstance(self.verdict, Turn) else say(self.verdict)
        wants_summary = "<EVENT>" in text
        return say(self.summary if wants_summary else self.title)

    def wait_for_requests(self, count, timeout=60):
        """Returns once that many requests came."""
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")

    def step_requests(self):
        return [request for request in self.requests if request["body"].get("tools")]


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # The usual five are not enough for many conversations; who is turned away knocks again after
    # seconds, and in the end after a minute.
    request_queue_size = 1024


class Model:
    def __init__(self):
        self.scripts = {}
        self.gates = {}
        self.server = Web(("127.0.0.1", 0), Handler)
        self.server.model = self

    @property
    def port(self):
        return self.server.server_address[1]

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def script(
        self,
        turns,
        name=None,
        title="A title",
        summary="What has been done.",
        verdict='{"decision": "allow", "reason": "It is fine."}',
    ):
        name = name or f"script-{len(self.scripts)}"
        self.scripts[name] = Script(self, name, turns, title, summary, verdict)
        return self.scripts[name]

    def gate(self, name):
        return self.gates.setdefault(name, threading.Event())

    def release(self, name):
        self.gate(name).set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer_error(404, "there is nothing to get here")

    def do_POST(self):
        model = self.server.model
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        name, _, path = self.path.lstrip("/").partition("/")
        script = model.scripts.get(name)
        if script is None:
            self.answer_error(404, f"there is no script {name!r}")
            return
        request = {"time": time.monotonic(), "path": path, "body": body}
        turn, number = script.take(request | {"headers": dict(self.headers)})
        protocol = PROTOCOLS[path.rpartition("/")[2]](turn, number, body)
        if turn.waits_for and not body.get("stream"):
            model.gate(turn.waits_for).wait()
        if turn.status != 200:
            self.answer_error(turn.status, turn.error)
        elif body.get("stream"):
            self.answer_stream(protocol, model, turn)
        else:
            self.answer_json(200, protocol.whole())

    def answer_error(self, status, text):
        self.answer_json(status, {"error": {"message": text, "type": "error", "code": status}})

    def answer_json(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_stream(self, protocol, model, turn):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunks = list(protocol.chunks())
        for at, (event, value) in enumerate(chunks):
            if at == len(chunks) // 2 and turn.waits_for:
                model.gate(turn.waits_for).wait()
            if at == len(chunks) // 2 and turn.cuts:
                self.close_connection = True
                self.write_chunk(b"")
                return
            text = value if isinstance(value, str) else json.dumps(value)
            head = f"event: {event}\n" if event else ""
            self.write_chunk(f"{head}data: {text}\n\n".encode())
        self.write_chunk(b"")

    def write_chunk(self, data):
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:  # whoever asked has gone
            self.close_connection = True


class Protocol:
    """One answer in one protocol: whole, or as the (event, data) pairs of a stream."""

    def __init__(self, turn, number, body):
        self.turn, self.number, self.model = turn, number, body.get("model", "")
        self.calls = [
            (
                made.id or f"call_{number}_{at}",
                made.name,
                made.arguments if isinstance(made.arguments, str) else json.dumps(made.arguments),
            )
            for at, made in enumerate(turn.calls)
        ]

    def pieces(self, text):
        size = max(1, -(-len(text) // self.turn.pieces))
        return [text[at : at + size] for at in range(0, len(text), size)]


class Chat(Protocol):
    @property
    def head(self):
        return {"id": f"chatcmpl-{self.number}", "created": 1700000000, "model": self.model}

    @property
    def finish_reason(self):
        return self.turn.finish or ("tool_calls" if self.calls else "stop")

    @property
    def usage(self):
        prompt, completion = self.turn.usage
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    def whole(self):
        message = {"role": "assistant", "content": self.turn.text or None}
        if self.turn.reasoning:
            message["reasoning_content"] = self.turn.reasoning
        if self.calls:
            message["tool_calls"] = [
                {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
                for id, name, arguments in self.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return self.head | {
            "object": "chat.completion",
            "choices": [choice],
            "usage": self.usage,
        }

    def chunk(self, delta, finish_reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return "", self.head | {"object": "chat.completion.chunk", "choices": [choice]}

    def chunks(self):
        yield self.chunk({"role": "assistant", "content": ""})
        for piece in self.pieces(self.turn.reasoning):
            yield self.chunk({"reasoning_content": piece})
        for piece in self.pieces(self.turn.text):
            yield self.chunk({"content": piece})
        for at, (id, name, arguments) in enumerate(self.calls):
            opening = {"index": at, "id": id, "type": "function"}
            opening["function"] = {"name": name, "arguments": ""}
            yield self.chunk({"tool_calls": [opening]})
            for piece in self.pieces(arguments):
                delta = {"index": at, "function": {"arguments": piece}}
                yield self.chunk({"tool_calls": [delta]})
        yield self.chunk({}, self.finish_reason)
        tail = self.head | {"object": "chat.completion.chunk", "choices": []}
        yield "", tail | {"usage": self.usage}
        yield "", "[DONE]"


class Responses(Protocol):
    @property
    def items(self):
        if self.turn.reasoning:
            yield {
                "type": "reasoning",
                "id": f"rs_{self.number}",
                "summary": [{"type": "summary_text", "text": self.turn.reasoning}],
                "encrypted_content": "sealed",
            }
        if self.turn.text:
            part = {"type": "output_text", "text": self.turn.text, "annotations": []}
            yield {
                "type": "message",
                "id": f"msg_{self.number}",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        for id, name, arguments in self.calls:
            yield {
                "type": "function_call",
                "id": f"fc_{id}",
                "call_id": id,
                "name": name,
                "arguments": arguments,
                "status": "completed",
            }

    def whole(self):
        prompt, completion = self.turn.usage
        return {
            "id": f"resp_{self.number}",
            "object": "response",
            "created_at": 1700000000,
            "model": self.model,
            "status": "completed",
            "output": list(self.items),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "temperature": None,
            "top_p": None,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "usage": {
                "input_tokens": prompt,
                "output_tokens": completion,
                "total_tokens": prompt + completion,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }

    def chunks(self):
        events = [("response.created", {"response": self.whole() | {"status": "in_progress"}})]
        for at, item in enumerate(self.items):
            place = {"output_index": at, "item_id": item["id"]}
            events.append(("response.output_item.added", place | {"item": item}))
            if item["type"] == "message":
                for piece in self.pieces(self.turn.text):
                    delta = place | {"content_index": 0, "delta": piece, "logprobs": []}
                    events.append(("response.output_text.delta", delta))
            events.append(("response.output_item.done", place | {"item": item}))
        events.append(("response.completed", {"response": self.whole()}))
        for number, (kind, value) in enumerate(events):
            yield kind, {"type": kind, "sequence_number": number} | value


class Anthropic(Protocol):
    @property
    def blocks(self):
        if self.turn.reasoning:
            yield {"type": "thinking", "thinking": self.turn.reasoning, "signature": "signed"}
        if self.turn.text:
            yield {"type": "text", "text": self.turn.text}
        for id, name, arguments in self.calls:
            yield {"type": "tool_use", "id": id, "name": name, "input": json.loads(arguments)}

    @property
    def head(self):
        prompt, completion = self.turn.usage
        return {
            "id": f"msg_{self.number}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "usage": {"input_tokens": prompt, "output_tokens": completion},
        }

    @property
    def stop_reason(self):
        return self.turn.finish or ("tool_use" if self.calls else "end_turn")

    def whole(self):
        tail = {"stop_reason": self.stop_reason, "stop_sequence": None}
        return self.head | {"content": list(self.blocks)} | tail

    def chunks(self):
        unfinished = {"content": [], "stop_reason": None, "stop_sequence": None}
        yield self.event("message_start", message=self.head | unfinished)
        for at, block in enumerate(self.blocks):
            yield from self.block_events(at, block)
        tail = {"stop_reason": self.stop_reason, "stop_sequence": None}
        usage = {"output_tokens": self.turn.usage[1]}
        yield self.event("message_delta", delta=tail, usage=usage)
        yield self.event("message_stop")

    def block_events(self, at, block):
        kind = block["type"]
        empty = {"text": {"text": ""}, "thinking": {"thinking": ""}, "tool_use": {"input": {}}}
        opening = {name: block[name] for name in ("type", "id", "name") if name in block}
        yield self.event("content_block_start", index=at, content_block=opening | empty[kind])
        if kind == "tool_use":
            deltas = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in self.pieces(json.dumps(block["input"]))
            ]
        else:
            deltas = [{"type": f"{kind}_delta", kind: piece} for piece in self.pieces(block[kind])]
        if kind == "thinking":
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        for delta in deltas:
            yield self.event("content_block_delta", index=at, delta=delta)
        yield self.event("content_block_stop", index=at)

    @staticmethod
    def event(kind, **members):
        return kind, {"type": kind} | members


PROTOCOLS = {"completions": Chat, "responses": Responses, "messages": Anthropic}


def turn_of(value):
    made = tuple(Call(**item) for item in value.get("calls", ()))
    return Turn(**(value | {"calls": made}))


def main(path):
    model = Model().start()
    with open(path, encoding="utf-8") as file:
        for name, turns in json.load(file).items():
            model.script([turn_of(turn) for turn in turns], name=name)
    print(f"http://127.0.0.1:{model.port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
