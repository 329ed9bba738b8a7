"""A real HTTP server on this machine that takes what is posted, and can stall, close, drip and flood; what it answers is its subclass's affair."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


class Loopback:
    """`mode` is how it behaves: `works`, `stalls`, `closes`, `drips`, `floods`, or what a subclass adds."""

    def __init__(self) -> None:
        self.url = ""
        self.mode = "works"
        self.ended = threading.Event()

    def noted(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Keep what came."""
        raise NotImplementedError

    def answer(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the answer; not asked where it stalls or closes."""
        raise NotImplementedError

    def answered(self, asked: BaseHTTPRequestHandler) -> None:
        came = (asked.path, dict(asked.headers), asked.rfile.read(int(asked.headers["Content-Length"])))
        self.noted(*came)
        if self.mode == "stalls":
            self.ended.wait(20)
        if self.mode in ("stalls", "closes"):
            asked.close_connection = True
            return
        status, headers, said = self.answer(came[2])
        if self.mode == "floods":
            said = b" " * (3 << 20)
        asked.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(said))}.items():
            asked.send_header(name, value)
        asked.end_headers()
        for at in range(len(said)) if self.mode == "drips" else ():
            asked.wfile.write(said[at : at + 1])
            asked.wfile.flush()
            if self.ended.wait(0.1):
                return
        asked.wfile.write(said)


L = TypeVar("L", bound=Loopback)


@contextmanager
def opened(loopback: L, tls: ssl.SSLContext | None = None) -> Iterator[L]:
    """Serve until the end of the block, at the `url` that it is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                loopback.answered(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    loopback.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
