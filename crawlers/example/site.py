"""The example site: a loopback server with a hot list, a feed, a news list and complaints, for the demonstration and for tests."""

import hashlib
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from crawlers.example import pages
from crawlers.example.posts import DAYS, FACES, SHANGHAI, ExamplePost, Face, clock, shown

_ARTICLES: dict[str, Face] = {"news": "listing", "notices": "feed", "complaints": "complaint"}


class Page(NamedTuple):
    """What the site answers: `kind` is its Content-Type, `changed` its Last-Modified."""

    body: bytes
    kind: str
    changed: datetime


class Site:
    """Serves what stands on the site on example day `day` (1, 2 or 3), which may be set while it runs.

    `port` 0 takes a free one; OSError if the port is taken. `requests` is every path asked for and the status of its answer.
    """

    def __init__(self, now: datetime, day: int = 3, *, port: int = 0) -> None:
        self._now = now.astimezone(SHANGHAI)
        self._day = DAYS[0]
        self.day = day
        self.requests: list[tuple[str, int]] = []
        self._server = _Server(("127.0.0.1", port), _Answer)
        self._server.site = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="example-site", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def day(self) -> int:
        """Which example day it is."""
        return self._day

    @day.setter
    def day(self, day: int) -> None:
        """Make it that day; the pages follow at once."""
        if day not in DAYS:
            raise ValueError(f"there is no example day {day}; there are {DAYS}")
        self._day = day

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def clock(self) -> datetime:
        """What time it is on the site: now on day 3, the last minute of the earlier days. Crawl it as of then."""
        return clock(self._day, self._now)

    def close(self) -> None:
        """Stop answering and free the port; may be called twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def posts(self, face: Face | None = None) -> list[ExamplePost]:
        """Return what is on show now, on one face or on all of them."""
        return [post for one in ([face] if face else FACES) for post in shown(one, self._day, self._now)]

    def page(self, target: str) -> Page | None:
        """Return what stands at a path; None where there is nothing."""
        where = urlsplit(target)
        folder, _, name = where.path.strip("/").partition("/")
        match folder, name:
            case "robots.txt", "":
                return Page(pages.robots(), "text/plain", shown("hot", DAYS[0], self._now)[-1].published_at)
            case "hot.json", "":
                return self._face("hot", "application/json", pages.hot(self.posts("hot")))
            case "feed.xml", "":
                return self._face("feed", "application/rss+xml", pages.feed(self.posts("feed"), self.url))
            case "news", "":
                return self._face("listing", "text/html; charset=utf-8", pages.listing(self.posts("listing"), self.clock))
            case "complaints", "":
                return self._face("complaint", "application/json", pages.complaints(self.posts("complaint"), _number(where.query)))
            case "private", "drafts.html":
                return Page("草稿，不对外".encode(), "text/plain; charset=utf-8", self._now)
            case "topic", "":
                word = parse_qs(where.query).get("q", [""])[0]
                return self._article("hot", lambda post: post.written.title == word, "utf-8")
            case (("news" | "notices" | "complaints"), _):
                return self._article(_ARTICLES[folder], lambda post: name == f"{post.key}.html", "gb18030" if folder == "news" else "utf-8")
        return None

    def _face(self, face: Face, kind: str, body: bytes) -> Page:
        return Page(body, kind, max(post.published_at for post in self.posts(face)))

    def _article(self, face: Face, wanted: Callable[[ExamplePost], bool], charset: str) -> Page | None:
        posts = self.posts(face)
        for number, post in enumerate(posts):
            if wanted(post):
                return Page(pages.article(post, posts[number + 1 : number + 4], charset=charset), "text/html", post.published_at)
        return None


def _number(query: str) -> int:
    """Return which page is asked for; the first unless it is a number from 1."""
    number = parse_qs(query).get("page", ["1"])[0]
    return max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 6 else 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about askers who hung up; show everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page."""
        self._answer(whole=True)

    def do_HEAD(self) -> None:
        """Answer without the page."""
        self._answer(whole=False)

    def _answer(self, *, whole: bool) -> None:
        page = self.server.site.page(self.path)
        if page is None:
            self._send(HTTPStatus.NOT_FOUND, b"", {}, whole=whole)
            return
        tag = f'"{hashlib.blake2b(page.body, digest_size=8).hexdigest()}"'
        fields = {"Content-Type": page.kind, "ETag": tag, "Last-Modified": format_datetime(page.changed.astimezone(UTC), usegmt=True)}
        if self._has(tag, page.changed):
            self._send(HTTPStatus.NOT_MODIFIED, b"", fields, whole=False)
        else:
            self._send(HTTPStatus.OK, page.body, fields, whole=whole)

    def _has(self, tag: str, changed: datetime) -> bool:
        """Whether the asker has this very page; its tag goes before its time."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return tag in tags
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        return since.tzinfo is not None and changed.replace(microsecond=0) <= since

    def _send(self, status: HTTPStatus, body: bytes, fields: Mapping[str, str], *, whole: bool) -> None:
        self.server.site.requests.append((self.path, int(status)))
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if whole:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: `requests` of the site has it."""
