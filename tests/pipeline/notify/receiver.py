"""A real HTTP receiver on this machine that can also refuse, stall, drip, ramble, flood, move and close."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from tests.pipeline.loopback import Loopback, opened


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(Loopback):
    """What came is in `requests`; `answers` are given one after another, the last of them again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    def says(self, *bodies: object, status: int = 200, **headers: str) -> None:
        """Answer with these from now on: bytes as they are, anything else as JSON."""
        written = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers = [(status, written, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()) for body in bodies]

    def noted(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.requests.append(Request(path, headers, body))

    def answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)


def served(tls: ssl.SSLContext | None = None) -> AbstractContextManager[Receiver]:
    """A receiver that is served until the end of the block."""
    return opened(Receiver(), tls)


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
