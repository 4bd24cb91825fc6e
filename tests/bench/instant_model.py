"""A model that answers at once: what a name in the address says, and nothing is looked at.

    /steps-50-a/v1    fifty calls of the terminal with `:`, then the end
    /steps-0-b/v1     the end
    /holds-c/v1       a call of the terminal that lasts

Runs in a process of its own. As a program it prints its port; for each name on its input it prints
the milliseconds from each answer to the next request.
"""

import asyncio
import json
import sys
import time


def answer(number, call=None, text=None):
    message = {"role": "assistant", "content": text}
    if call:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        made = {"id": f"call_{number}", "type": "function", "function": function}
        message["tool_calls"] = [made]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    body = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1700000000}
    data = json.dumps(body | {"model": "gpt-4o", "choices": [choice], "usage": usage}).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


class Name:
    def __init__(self, name):
        kind, _, rest = name.partition("-")
        self.holds = kind == "holds"
        self.steps = 0 if self.holds else int(rest.partition("-")[0])
        self.asked = 0
        self.answered_at = None
        self.gaps = []

    def take(self):
        now = time.perf_counter()
        if self.answered_at is not None:
            self.gaps.append((now - self.answered_at) * 1e3)
        self.asked += 1
        if self.holds:
            return answer(self.asked, ("terminal", {"command": "sleep 1000"}))
        if self.asked <= self.steps:
            return answer(self.asked, ("terminal", {"command": ":"}))
        return answer(self.asked, text="done")


names = {}


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            size = head.lower().partition("content-length:")[2].partition("\r\n")[0]
            await reader.readexactly(int(size or 0))
            name = head.split(" ", 2)[1].split("/")[1]
            asked = names.setdefault(name, Name(name))
            writer.write(asked.take())
            asked.answered_at = time.perf_counter()
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while name := (await reader.readline()).decode().strip():
        print(json.dumps(names[name].gaps), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
