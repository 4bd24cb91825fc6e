#!/usr/bin/env python3
"""A notebook kernel for tests: takes ipykernel's words, speaks ZeroMQ's protocol by itself, and
does what the code of a cell asks it to do wrong. Only the standard library is needed.

Each cell is one line, a verb and its text:

    say TEXT            prints it
    say_late TEXT       replies first, then prints
    say_forged TEXT     prints it with a wrong signature
    never_idle TEXT     prints, replies, and does not say that it is idle again
    wait                until it is interrupted
    wait_on             ignores interrupts
    die N, kill N       exits with a status, ends by a signal
    leave N             exits with a status right after the cell
    told                prints the code it was told before, but for cells

FAKE_KERNEL in the environment: `mute` starts and never answers; `deaf` does not publish the first
announcement; `broken` prints a line and exits.
"""

import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import sys

MORE, LONG, COMMAND = 1, 2, 4
DELIMITER = b"<IDS|MSG>"
INTERRUPT = {signal.SIGINT}


class Peer:
    """One connection of ZMTP 3.0 without security."""

    def __init__(self, listener, kind):
        self.stream, _ = listener.accept()
        self.stream.sendall(
            b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
        )
        self.take(64)
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
        self.send_frame(ready, COMMAND)
        self.receive_frame()

    def take(self, count):
        data = b""
        while len(data) < count:
            piece = self.stream.recv(count - len(data))
            if not piece:
                sys.exit(0)
            data += piece
        return data

    def receive_frame(self):
        flags = self.take(1)[0]
        size = struct.unpack(">Q", self.take(8))[0] if flags & LONG else self.take(1)[0]
        return flags, self.take(size)

    def receive(self):
        parts = []
        while True:
            flags, body = self.receive_frame()
            if flags & COMMAND:
                continue
            parts.append(body)
            if not flags & MORE:
                return parts

    def send_frame(self, body, flags):
        if len(body) > 255:
            self.stream.sendall(bytes([flags | LONG]) + struct.pack(">Q", len(body)) + body)
        else:
            self.stream.sendall(bytes([flags, len(body)]) + body)

    def send(self, parts):
        for part in parts[:-1]:
            self.send_frame(part, MORE)
        self.send_frame(parts[-1], 0)


class Kernel:
    def __init__(self, connection):
        self.key = connection["key"].encode()
        self.listeners = [
            self.listen(f"{connection['ip']}-{connection[name]}")
            for name in ("iopub_port", "shell_port")
        ]
        self.is_deaf = os.environ.get("FAKE_KERNEL") == "deaf"
        self.told = []

    def listen(self, path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        return listener

    def accept(self):
        self.broadcast = Peer(self.listeners[0], b"PUB")
        self.shell = Peer(self.listeners[1], b"ROUTER")

    def sign(self, parts):
        return hmac.new(self.key, b"".join(parts), hashlib.sha256).hexdigest().encode()

    def pack(self, kind, parent, content, is_forged=False):
        header = {"msg_id": "1", "msg_type": kind, "version": "5.3"}
        parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
        return [DELIMITER, b"0" * 64 if is_forged else self.sign(parts), *parts]

    def publish(self, kind, parent, content, is_forged=False):
        self.broadcast.send([b"topic", *self.pack(kind, parent, content, is_forged)])

    def say(self, parent, text, is_forged=False):
        self.publish("stream", parent, {"name": "stdout", "text": text}, is_forged)

    def status(self, parent, state):
        self.publish("status", parent, {"execution_state": state})

    def reply(self, parent, kind):
        self.shell.send(self.pack(kind, parent, {"status": "ok"}))

    def serve(self):
        while True:
            parts = self.shell.receive()
            at = parts.index(DELIMITER)
            assert hmac.compare_digest(parts[at + 1], self.sign(parts[at + 2 : at + 6]))
            header, _, _, content = (json.loads(part) for part in parts[at + 2 : at + 6])
            if header["msg_type"] == "kernel_info_request":
                self.describe(header)
            else:
                self.execute(header, content)

    def describe(self, header):
        if not self.is_deaf:
            self.status(header, "busy")
            self.status(header, "idle")
        self.is_deaf = False
        self.reply(header, "kernel_info_reply")

    def execute(self, header, content):
        self.status(header, "busy")
        verb, _, text = content["code"].partition(" ")
        is_late, is_idle = verb == "say_late", verb != "never_idle"
        if is_late:
            self.reply(header, "execute_reply")
        self.run(header, content, verb, text)
        if not is_late:
            self.reply(header, "execute_reply")
        if is_idle:
            self.status(header, "idle")
        if verb == "leave":
            os._exit(int(text))

    def run(self, header, content, verb, text):
        if verb in ("say", "say_late", "never_idle"):
            self.say(header, text)
        elif verb == "say_forged":
            self.say(header, text, is_forged=True)
        elif verb == "wait":
            signal.sigwait(INTERRUPT)
        elif verb == "wait_on":
            while True:
                signal.sigwait(INTERRUPT)
        elif verb == "die":
            os._exit(int(text))
        elif verb == "kill":
            self.say(header, "last words")
            os.kill(os.getpid(), int(text))
        elif verb == "told":
            self.say(header, "\n".join(self.told))
        else:
            self.told.append(content["code"])
            if "sys.executable" in content["code"]:
                self.say(header, "/opt/fake/python\n")


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPT)  # it waits until it is asked for
    words = sys.argv
    assert words[1:3] == ["-m", "ipykernel_launcher"]
    mode = os.environ.get("FAKE_KERNEL")
    if mode == "broken":
        print("No module named ipykernel_launcher", file=sys.stderr)
        sys.exit(1)
    with open(words[words.index("-f") + 1], encoding="utf-8") as file:
        kernel = Kernel(json.load(file))
    line = next(word for word in words if word.startswith("--IPKernelApp.exec_lines="))
    exec(line.partition("=")[2])
    if mode == "mute":
        signal.pause()
    kernel.accept()
    kernel.serve()


if __name__ == "__main__":
    main()
