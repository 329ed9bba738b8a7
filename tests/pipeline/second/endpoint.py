"""A chat endpoint on this machine that can also fail, stall, drip, ramble, and answer out of order."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Items = list[dict[str, Any]]
RELEVANT = "呕吐"


def opinions(items: Items) -> Items:
    return [{"n": item["n"], "relevant": RELEVANT in item["text"], "why": "提到呕吐" if RELEVANT in item["text"] else ""} for item in items]


def plain(items: Items) -> str:
    return json.dumps(opinions(items), ensure_ascii=False)


def backwards(items: Items) -> str:
    return f"<think>[先想一想] [{{}}]</think>好的，判断如下：\n```json\n{json.dumps(opinions(items)[::-1], ensure_ascii=False)}\n```\n以上[供参考]。"


def rambling(items: Items) -> str:
    return "作为一个语言模型，我认为这些[文字]都很有意思 [1, 2] [{]"


class Endpoint:
    """What it is asked is in `requests`, with the headers; `mode` is how it behaves, `says` what the model writes."""

    def __init__(self) -> None:
        self.url = ""
        self.mode = "works"
        self.says: Callable[[Items], str] = plain
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.ended = threading.Event()

    @property
    def texts(self) -> list[list[str]]:
        """The texts of each request."""
        return [[item["text"] for item in json.loads(body["messages"][-1]["content"])] for _, body in self.requests]

    def answered(self, asked: BaseHTTPRequestHandler) -> None:
        body = json.loads(asked.rfile.read(int(asked.headers["Content-Length"])))
        self.requests.append((dict(asked.headers), body))
        if self.mode == "stalls":
            self.ended.wait(20)
            return
        answer = json.dumps({"choices": [{"message": {"content": self.says(json.loads(body["messages"][-1]["content"]))}}]}).encode()
        if self.mode == "garbles":
            answer = b"<html>bad gateway</html>"
        if self.mode == "floods":
            answer = b" " * (3 << 20)
        asked.send_response({"fails": 500, "moves": 302}.get(self.mode, 200))
        if self.mode == "moves":
            asked.send_header("Location", "/elsewhere")
        asked.send_header("Content-Length", str(len(answer)))
        asked.end_headers()
        for at in range(len(answer)) if self.mode == "drips" else ():
            asked.wfile.write(answer[at : at + 1])
            asked.wfile.flush()
            if self.ended.wait(0.1):
                return
        asked.wfile.write(answer)


@contextmanager
def served() -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                endpoint.answered(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now
