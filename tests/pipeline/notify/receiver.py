"""A real HTTP receiver on this machine that can also refuse, stall, drip, ramble, flood, move and close."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """What came is in `requests`; `answers` are given one after another, the last of them again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.mode = "works"
        self.ended = threading.Event()

    def says(self, *bodies: object, status: int = 200, **headers: str) -> None:
        """Answer with these from now on: bytes as they are, anything else as JSON."""
        written = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers = [(status, written, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()) for body in bodies]

    def answered(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        self.requests.append(Request(asked.path, dict(asked.headers), body))
        if self.mode == "stalls":
            self.ended.wait(20)
        if self.mode in ("stalls", "closes"):
            asked.close_connection = True
            return
        status, headers, said = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if self.mode == "floods":
            said = b" " * (3 << 20)
        asked.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(said))}.items():
            asked.send_header(name, value)
        asked.end_headers()
        for at in range(len(said)) if self.mode == "drips" else ():
            asked.wfile.write(said[at : at + 1])
            if self.ended.wait(0.1):
                return
        asked.wfile.write(said)


@contextmanager
def served(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                receiver.answered(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def rambling(greeting: bytes, *, pause: float = 0) -> Iterator[int]:
    """A listener that says one thing, if need be byte by byte, and nothing else."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as line:
                for at in range(len(greeting)):
                    line.sendall(greeting[at : at + 1])
                    if pause and ended.wait(pause):
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join(5)
