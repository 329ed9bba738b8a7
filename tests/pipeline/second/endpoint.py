"""A chat endpoint on this machine that can also fail, stall, drip, ramble, and answer out of order."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.pipeline.loopback import Loopback, opened

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


class Endpoint(Loopback):
    """What it is asked is in `requests`, with the headers; `mode` may also be `fails`, `moves` or `garbles`; `says` is what the model writes."""

    def __init__(self) -> None:
        super().__init__()
        self.says: Callable[[Items], str] = plain
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []

    @property
    def texts(self) -> list[list[str]]:
        """The texts of each request."""
        return [[item["text"] for item in json.loads(body["messages"][-1]["content"])] for _, body in self.requests]

    def noted(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.requests.append((headers, json.loads(body)))

    def answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        said = self.says(json.loads(json.loads(body)["messages"][-1]["content"]))
        answer = b"<html>bad gateway</html>" if self.mode == "garbles" else json.dumps({"choices": [{"message": {"content": said}}]}).encode()
        moved = {"Location": "/elsewhere"} if self.mode == "moves" else {}
        return {"fails": 500, "moves": 302}.get(self.mode, 200), moved, answer


@contextmanager
def served() -> Iterator[Endpoint]:
    """An endpoint that is served until the end of the block."""
    with opened(Endpoint()) as endpoint:
        endpoint.url += "/v1"
        yield endpoint


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now
