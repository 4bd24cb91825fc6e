#!/usr/bin/env python3
"""An HTTP server for tests of clients, well behaved or hostile by path; also a proxy.

Prints its port on the first line, and ends when its input ends. With --tls CERTIFICATE KEY it
speaks TLS. A request for another server is relayed, as a proxy does it, and the answer says so in
the header "x-proxy"; CONNECT makes a tunnel.

  /echo         what came, as JSON
  /count        how many connections there were
  /bytes/N      N bytes, as fast as they are read
  /status/N     that status, with a body
  /empty        204
  /stream       one chunk, and the second after a request for /release
  /interim      an early hint before the answer
  /redirect/N   N redirects, then /echo
  /away?URL     a redirect to there
  /cut          less than was announced
  /garbage      no HTTP
  /reset        ends the connection without an answer
  /silent       never answers
  /stall        one chunk, then nothing more
  /large-head   a head of 128 KiB
"""

import argparse
import http.server
import json
import socket
import ssl
import struct
import sys
import threading
import urllib.parse

LIMIT_S = 100


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    connections = 0
    released = threading.Event()

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        pass  # clients that leave are what tests are about


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, text):
        self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def begin_chunks(self):
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def wait_for_end(self):
        self.connection.settimeout(LIMIT_S)
        self.close_connection = True
        self.connection.recv(1)

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("http://"):
            self.relay()
            return
        name, _, rest = self.path[1:].partition("/")
        name = name.partition("?")[0].replace("-", "_")
        getattr(self, "answer_" + name)(rest)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def answer_echo(self, rest):
        echo = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.body.decode(),
        }
        self.send(200, json.dumps(echo).encode(), x_first="1", X_First="2", x_empty="")

    def answer_count(self, rest):
        self.send(200, str(self.server.connections).encode())

    def answer_bytes(self, rest):
        self.send(200, b"x" * int(rest))

    def answer_status(self, rest):
        self.send(int(rest), b"status " + rest.encode())

    def answer_empty(self, rest):
        self.send(204)

    def answer_stream(self, rest):
        self.begin_chunks()
        self.chunk("one")
        self.server.released.wait(LIMIT_S)
        self.chunk("two")
        self.wfile.write(b"0\r\n\r\n")

    def answer_release(self, rest):
        self.server.released.set()
        self.send(200, b"released")

    def answer_interim(self, rest):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nx-hint: 1\r\n\r\n")
        self.send(200, b"final", x_final="1")

    def answer_redirect(self, rest):
        left = int(rest)
        self.send(307, b"not this", location=f"/redirect/{left - 1}" if left > 1 else "/echo")

    def answer_away(self, rest):
        self.send(302, location=urllib.parse.unquote(self.path.partition("?")[2]))

    def answer_cut(self, rest):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789")
        self.close_connection = True

    def answer_garbage(self, rest):
        self.wfile.write(b"\x00\x01this is no HTTP\r\n\r\n")
        self.close_connection = True

    def answer_reset(self, rest):
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def answer_silent(self, rest):
        self.wait_for_end()

    def answer_stall(self, rest):
        self.begin_chunks()
        self.chunk("one")
        self.wait_for_end()

    def answer_large_head(self, rest):
        self.send(200, **{f"x_{i}": "v" * 1024 for i in range(128)})

    def relay(self):
        target = urllib.parse.urlsplit(self.path)
        connection = http.client.HTTPConnection(target.hostname, target.port)
        connection.request(self.command, target.path, self.body, dict(self.headers))
        answer = connection.getresponse()
        self.send(answer.status, answer.read(), x_proxy=self.path)

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        there = socket.create_connection((host, int(port)))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\nx-tunnel: 1\r\n\r\n")
        back = threading.Thread(target=copy, args=(there, self.connection), daemon=True)
        back.start()
        copy(self.connection, there)
        back.join()
        self.close_connection = True


def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def serve(server):
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    options = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    serve(server)


if __name__ == "__main__":
    main()
