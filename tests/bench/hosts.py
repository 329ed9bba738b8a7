"""A farm of loopback sites in one process: every address of 127.0.0.0/8 is a site of its own, with a list that grows and its articles.

`python -m tests.bench.hosts` prints its port and serves until its input ends. `/count` says how many requests there were.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from functools import lru_cache

from tests.bench.posts import texts

ITEMS = {"fields": 4, "density": 4, "feed": 20, "api": 20}
"""Items on a list; a site adds one every `pace` seconds."""
KINDS = ("fields", "fields", "fields", "fields", "density", "density", "feed", "feed", "api", "api")
"""Ten sites in turn: lists whose articles are read by selectors, lists whose articles are read whole, feeds with texts, JSON."""
LATENCIES = (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
"""Seconds until a site answers, in turn."""
SILENT = 97
"""One site in so many never answers."""
_START = time.time()


def address(number: int) -> str:
    """Return the address of a site."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def kind_of(number: int) -> str:
    """Return what a site is."""
    return KINDS[number % len(KINDS)]


@lru_cache(maxsize=1)
def _texts() -> list[str]:
    return texts(2000, length=400)


def _title(number: int, item: int) -> str:
    return _texts()[(number * 31 + item) % 2000][:24] + f" {item}"


def _at(item: int, pace: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(_START - 30 * pace + item * pace))


def _paragraphs(number: int, item: int) -> list[str]:
    return [_texts()[(number * 31 + item + more) % 2000] for more in range(3)]


def _listing(number: int, items: range, pace: float) -> tuple[str, str]:
    rows = "".join(f'<li><a href="/a/{item}.html">{_title(number, item)}</a><span>{_at(item, pace)} +0000</span></li>' for item in reversed(items))
    menu = "".join(f'<div class="menu"><a href="/m/{entry}">栏目{entry}</a></div>' for entry in range(60))
    return f"<html><head><meta charset='utf-8'><title>站点{number}</title></head><body>{menu}<ul class='news'>{rows}</ul></body></html>", "text/html"


def _feed(number: int, items: range, pace: float) -> tuple[str, str]:
    rows = "".join(
        f"<item><title>{_title(number, item)}</title><link>http://{address(number)}/a/{item}</link><guid isPermaLink='false'>{item}</guid>"
        f"<description>{''.join(_paragraphs(number, item))}</description><pubDate>{_at(item, pace)} +0000</pubDate></item>"
        for item in reversed(items)
    )
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>站点{number}</title>{rows}</channel></rss>", "text/xml"


def _api(number: int, items: range, pace: float) -> tuple[str, str]:
    rows = [{"id": item, "word": _title(number, item), "num": item * 100, "at": _at(item, pace)} for item in reversed(items)]
    return json.dumps({"data": {"list": rows}}, ensure_ascii=False), "application/json"


def _article(number: int, item: int) -> tuple[str, str]:
    side = "".join(f'<li><a href="/a/{entry}.html">{_title(number, entry)}</a></li>' for entry in range(40))
    body = "".join(f"<p>{text}</p>" for text in _paragraphs(number, item))
    head = f"<h1>{_title(number, item)}</h1><div class='meta'><span class='at'>{_at(item, 60)} +0000</span><span class='by'>记者甲</span></div>"
    page = f"<html><head><title>{_title(number, item)}</title></head><body><div class='nav'><ul>{side}</ul></div>{head}"
    return f"{page}<div class='body'>{body}</div></body></html>", "text/html"


_LISTS: dict[str, Callable[[int, range, float], tuple[str, str]]] = {"fields": _listing, "density": _listing, "feed": _feed, "api": _api}


class _Site(asyncio.Protocol):
    """One connection."""

    count = 0
    pace = 120.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._got = transport, b""
        host = transport.get_extra_info("sockname")[0].split(".")
        self._number = int(host[2]) * 250 + int(host[3]) - 1

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path == "/count":
                self._answer("200 OK", "text/plain", str(_Site.count).encode(), "")
                continue
            _Site.count += 1
            if self._number % SILENT == SILENT - 1:
                continue
            wait = LATENCIES[self._number % len(LATENCIES)]
            asyncio.get_running_loop().call_later(wait, self._page, path, head)

    def _page(self, path: str, head: bytes) -> None:
        number, newest = self._number, 30 + int((time.time() - _START) / self.pace + self._number % 17 / 17)
        if path == "/robots.txt":
            self._answer("200 OK", "text/plain", b"User-agent: *\nDisallow: /admin\n", "")
        elif path == "/list":
            etag = f'"{newest}"' if number % 3 else ""
            if etag and f"if-none-match: {etag}".encode() in head.lower():
                self._answer("304 Not Modified", "", b"", etag)
                return
            body, kind = _LISTS[kind_of(number)](number, range(newest - ITEMS[kind_of(number)], newest), self.pace)
            self._answer("200 OK", kind + "; charset=utf-8", body.encode(), etag)
        else:
            body, kind = _article(number, int("".join(filter(str.isdigit, path)) or 0))
            self._answer("200 OK", kind + "; charset=utf-8", body.encode(), "")

    def _answer(self, status: str, kind: str, body: bytes, etag: str) -> None:
        head = f"HTTP/1.1 {status}\r\n" + (f"ETag: {etag}\r\n" if etag else "")
        if not status.startswith("304"):
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self._transport.write(head.encode() + b"\r\n" + body)


async def _serve(pace: float) -> None:
    _Site.pace = pace
    _texts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Site, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) if len(sys.argv) > 1 else 120.0))
