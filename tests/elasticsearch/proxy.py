"""A loopback server that stands before a real node, or alone, and misbehaves as it is told."""

import http.client
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

Answer = tuple[int, dict[str, Any]]
_PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


class Proxy:
    """Passes requests on to `target`, unless `instead` answers them. An answer that `lost` says yes to never arrives, though it was carried out.

    Both are asked with the method and path of a request. A context manager; `url` is where it listens.
    """

    def __init__(self, target: str = "") -> None:
        self.target = target
        self.instead: Callable[[str, str], Answer | None] = lambda method, path: None
        self.lost: Callable[[str, str], bool] = lambda method, path: False
        self.headers: dict[str, str] = _PRODUCT
        self.asked: list[tuple[str, str, str]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                proxy.answer(self)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_any  # noqa: N815 - named by the library

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.asked.append((request.command, request.path, request.headers.get("Authorization", "")))
        told = self.instead(request.command, request.path)
        if told is not None:
            status, sent = told[0], json.dumps(told[1]).encode()
            kind = "application/vnd.elasticsearch+json;compatible-with=8"
        elif self.target:
            status, sent, kind = self._passed(request, body)
        else:
            status, sent, kind = 404, b"{}", "application/json"
        if self.lost(request.command, request.path):
            request.close_connection = True
            return
        request.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(sent)), **self.headers}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(sent)

    def _passed(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        where = urlsplit(self.target)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() in ("content-type", "accept")}
            connection.request(request.command, request.path, body, headers)
            found = connection.getresponse()
            return found.status, found.read(), found.headers.get("Content-Type", "application/json")
        finally:
            connection.close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
