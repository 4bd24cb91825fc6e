#!/usr/bin/env python3
"""A small MCP server on stdin and stdout, for tests: well behaved, or hostile as asked.

Options of the start:
  --name NAME       what it calls itself; "test" by default
  --die TEXT        prints TEXT on stderr and ends at once
  --mute            never answers anything
  --refuse TEXT     answers the handshake with an error
  --chatter         prints lines on stdout that are no messages
  --flood           prints on stdout without end, and answers nothing
  --endless         prints one line without end
  --page N          lists give N entries at a time
  --bare            knows tools only: resources and prompts are unknown methods
  --stay            goes on when its input ends
  --starts FILE     appends one line per start
  --version TEXT    the version of the protocol it speaks

The rest is asked for by calls of its tools.
"""

import argparse
import json
import os
import signal
import subprocess
import sys

PROTOCOL = "2025-06-18"
UNKNOWN_METHOD = -32601
INVALID_PARAMS = -32602


def tool(name, description, /, **properties):
    schema = {"type": "object", "properties": {n: {"type": t} for n, t in properties.items()}}
    return {"name": name, "description": description, "inputSchema": schema}


TOOLS = [
    tool("echo", "Gives its text back", text="string"),
    tool("fail", "Fails with a text", text="string"),
    tool("refuse", "Answers with an error of the protocol", text="string"),
    tool("environment", "The value of a variable", name="string"),
    tool("pid", "The id of the server's process"),
    tool("hang", "Never answers"),
    tool("cancelled", "The ids of the requests that were cancelled"),
    tool("exit", "Ends without an answer", code="integer"),
    tool("huge", "A text of that many bytes", bytes="integer"),
    tool("wait", "Answers after the next call has been answered"),
    tool("log", "Logs a text, then answers", text="string"),
    tool("progress", "Reports progress, then answers"),
    tool("garbage", "Prints a line that is no message, then answers"),
    tool("grow", "Adds a tool and says that the list has changed"),
    tool("roots", "Asks the client for its roots, answers with what it said"),
    tool("complain", "Prints a text on stderr", text="string"),
    tool("leave", "Ends, and leaves a child that holds its output"),
    tool("twice", "Answers twice"),
    tool("structured", "Gives structured content"),
]
RESOURCES = [
    {"uri": "test://greeting", "name": "greeting", "mimeType": "text/plain"},
    {"uri": "test://bytes", "name": "bytes", "mimeType": "application/octet-stream"},
]
TEMPLATES = [{"uriTemplate": "test://item/{id}", "name": "item", "mimeType": "text/plain"}]
PROMPTS = [
    {
        "name": "hello",
        "description": "Greets somebody",
        "arguments": [{"name": "who", "description": "Whom", "required": True}],
    }
]


class Refusal(Exception):
    """An answer of the protocol that is an error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def text_result(text, is_error=False):
    return {"content": [{"type": "text", "text": text}], "isError": is_error}


class Server:
    def __init__(self, options):
        self.options = options
        self.tools = list(TOOLS)
        self.waiting = None
        self.cancelled = []
        self.asked = {}

    def send(self, message):
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()

    def answer(self, number, result):
        self.send({"id": number, "result": result})

    def notify(self, method, **params):
        self.send({"method": method, "params": params})

    def handle(self, message):
        if "method" not in message:
            number = self.asked.pop(message["id"])
            outcome = message.get("result", message.get("error"))
            self.answer(number, text_result(json.dumps(outcome)))
        elif "id" not in message:
            if message["method"] == "notifications/cancelled":
                self.cancelled.append(message["params"]["requestId"])
        else:
            self.handle_request(message)

    def handle_request(self, message):
        number, params = message["id"], message.get("params") or {}
        try:
            result = self.find(message["method"])(number, params)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": str(refusal)}
            self.send({"id": number, "error": error})
            return
        if result is not None:
            self.answer(number, result)
        if self.waiting is not None and result is not None:
            self.answer(self.waiting, text_result("second"))
            self.waiting = None

    def find(self, method):
        known = {
            "initialize": self.initialize,
            "ping": lambda number, params: {},
            "tools/list": self.list_tools,
            "tools/call": self.call_tool,
        }
        if not self.options.bare:
            known |= {
                "resources/list": self.list_resources,
                "resources/templates/list": self.list_templates,
                "resources/read": self.read_resource,
                "prompts/list": self.list_prompts,
                "prompts/get": self.get_prompt,
                "logging/setLevel": lambda number, params: {},
            }
        if method not in known:
            raise Refusal(UNKNOWN_METHOD, "Method not found")
        return known[method]

    def initialize(self, number, params):
        if self.options.refuse:
            raise Refusal(-32000, self.options.refuse)
        capabilities = {"tools": {"listChanged": True}}
        if not self.options.bare:
            capabilities |= {"resources": {}, "prompts": {}, "logging": {}}
        return {
            "protocolVersion": self.options.version,
            "capabilities": capabilities,
            "serverInfo": {"name": self.options.name, "version": "1.0"},
        }

    def page(self, name, entries, params):
        size = self.options.page or len(entries)
        start = int(params.get("cursor") or 0)
        result = {name: entries[start : start + size]}
        if start + size < len(entries):
            result["nextCursor"] = str(start + size)
        return result

    def list_tools(self, number, params):
        return self.page("tools", self.tools, params)

    def list_resources(self, number, params):
        return self.page("resources", RESOURCES, params)

    def list_templates(self, number, params):
        return self.page("resourceTemplates", TEMPLATES, params)

    def list_prompts(self, number, params):
        return self.page("prompts", PROMPTS, params)

    def read_resource(self, number, params):
        uri = params["uri"]
        if uri == "test://greeting":
            contents = {"uri": uri, "mimeType": "text/plain", "text": "good day"}
        elif uri == "test://bytes":
            contents = {"uri": uri, "mimeType": "application/octet-stream", "blob": "AAEC"}
        elif uri.startswith("test://item/"):
            contents = {"uri": uri, "mimeType": "text/plain", "text": f"item {uri[12:]}"}
        else:
            raise Refusal(-32002, f"no resource {uri}")
        return {"contents": [contents]}

    def get_prompt(self, number, params):
        if params["name"] != "hello":
            raise Refusal(INVALID_PARAMS, f"no prompt {params['name']}")
        text = f"Say hello to {params['arguments']['who']}"
        return {"messages": [{"role": "user", "content": {"type": "text", "text": text}}]}

    def call_tool(self, number, params):
        name, arguments = params["name"], params.get("arguments") or {}
        if name not in [t["name"] for t in self.tools]:
            raise Refusal(INVALID_PARAMS, f"no tool {name}")
        call = getattr(self, "tool_" + name, None)
        return call(number, params, **arguments) if call else text_result(name)

    def tool_echo(self, number, params, text=""):
        return text_result(text)

    def tool_fail(self, number, params, text=""):
        return text_result(text, True)

    def tool_refuse(self, number, params, text=""):
        raise Refusal(-32001, text)

    def tool_environment(self, number, params, name):
        return text_result(os.environ.get(name, "(unset)"))

    def tool_pid(self, number, params):
        return text_result(str(os.getpid()))

    def tool_hang(self, number, params):
        return None

    def tool_cancelled(self, number, params):
        return text_result(json.dumps(self.cancelled))

    def tool_exit(self, number, params, code=0):
        os._exit(code)

    def tool_huge(self, number, params, bytes):
        return text_result("x" * bytes)

    def tool_wait(self, number, params):
        self.waiting = number

    def tool_log(self, number, params, text=""):
        self.notify("notifications/message", level="info", data=text)
        return text_result("logged")

    def tool_progress(self, number, params):
        token = (params.get("_meta") or {}).get("progressToken")
        if token is not None:
            self.notify("notifications/progress", progressToken=token, progress=1, total=2)
        return text_result("done")

    def tool_garbage(self, number, params):
        sys.stdout.write("this is no message\n[1, 2\n\n\x01\x02{}\n")
        return text_result("after garbage")

    def tool_grow(self, number, params):
        self.tools.append(tool("grown", "Was not there before"))
        self.notify("notifications/tools/list_changed")
        return text_result("grown")

    def tool_roots(self, number, params):
        self.asked["roots"] = number
        self.send({"id": "roots", "method": "roots/list"})

    def tool_complain(self, number, params, text=""):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
        return text_result("complained")

    def tool_leave(self, number, params):
        code = "import signal; signal.pause()"
        subprocess.Popen([sys.executable, "-c", code])
        os._exit(0)

    def tool_twice(self, number, params):
        self.answer(number, text_result("once"))
        return text_result("once more")

    def tool_structured(self, number, params):
        return text_result('{"n": 1}') | {"structuredContent": {"n": 1}, "_meta": {"k": "v"}}


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="test")
    parser.add_argument("--die")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--refuse")
    parser.add_argument("--chatter", action="store_true")
    parser.add_argument("--flood", action="store_true")
    parser.add_argument("--endless", action="store_true")
    parser.add_argument("--page", type=int)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--starts")
    parser.add_argument("--version", default=PROTOCOL)
    return parser.parse_args()


def misbehave(options):
    """What needs no conversation."""
    if options.die:
        sys.exit(options.die)
    while options.flood:
        print('{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"more"}}')
    while options.endless:
        sys.stdout.write("x" * 65536)
    if options.chatter:
        print("Server starting...\n{not json}\n[]\n42", flush=True)


def main():
    options = read_options()
    if options.starts:
        with open(options.starts, "a") as file:
            file.write("start\n")
    if options.stay:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    misbehave(options)
    server = Server(options)
    for line in sys.stdin:
        if not options.mute:
            server.handle(json.loads(line))
    if options.stay:
        signal.pause()


if __name__ == "__main__":
    main()
