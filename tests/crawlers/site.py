"""Loopback sites, each on an address of its own, that answer as a test says, and a home that declares them as sources."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from crawlers.post import Broken, Post
from crawlers.spool import chunks, read


@dataclass
class Reply:
    """What a site answers; `slow` seconds pass between any two bytes."""

    body: bytes | str = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    slow: float = 0
    length: bool = True
    """Whether it says how long it is."""

    @property
    def bytes(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Asked:
    """What a site was asked."""

    path: str
    headers: Message
    body: bytes


class Site:
    """One host. `pages` are its answers by path; all others are 404."""

    def __init__(self, host: str, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Reply | Callable[[Asked], Reply]] = {}
        self.asked: list[Asked] = []
        self.otherwise: Reply | Callable[[Asked], Reply] | None = None
        """What all other paths answer, instead of 404."""
        self._server = ThreadingHTTPServer((host, 0), partial(_Answer, self))
        self._server.daemon_threads = True
        if tls:
            # The handshake is made in the thread of its connection, at the first byte read.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.where = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=partial(self._server.serve_forever, 0.02), daemon=True)
        self._thread.start()

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *args: Any) -> None:
        self._site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        asked = Asked(self.path, self.headers, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self._site.asked.append(asked)
        page = self._site.pages.get(self.path)
        if page is None:
            other = self._site.otherwise if self.path != "/robots.txt" else None
            page = other or Reply("gone", status=404)
        reply = page(asked) if callable(page) else page
        etag = reply.headers.get("ETag")
        if reply.status == 200 and etag and self.headers.get("If-None-Match") == etag:
            reply = Reply(status=304, headers=reply.headers)
        try:
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.type, "Content-Length": str(len(reply.bytes)), **reply.headers}.items():
                if name != "Content-Length" or (reply.status != 304 and reply.length):
                    self.send_header(name, value)
            self.end_headers()
            for byte in reply.bytes if reply.slow else ():
                time.sleep(reply.slow)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            if not reply.slow:
                self.wfile.write(reply.bytes)
            self.close_connection = self.close_connection or not reply.length
        except OSError:
            self.close_connection = True

    do_POST = do_GET  # noqa: N815 - the interface's name

    def log_message(self, *_: Any) -> None:
        pass


class Home:
    """A home whose sources are on loopback sites, one for each source and as quick as can be."""

    def __init__(self, folder: Path, *, timeout: str = "2s", limit: str = "20s") -> None:
        self.folder, self.spool = folder, folder / "spool"
        self.sites: dict[str, Site] = {}
        self.broken: list[Broken] = []
        """What was taken and is no post."""
        self.settings: dict[str, Any] = {"crawl": {"delay": 0, "timeout": timeout, "limit": limit, "contact": "desk@example.org"}}
        for name in ("sources", "topics", "rules", "channels"):
            (folder / name).mkdir()

    def source(self, name: str, kind: str, pages: Mapping[str, Any], /, tls: ssl.SSLContext | None = None, **declared: Any) -> Site:
        """Declare a source with its list at /list, unless it says another url on {site}, and open its site."""
        site = self.sites[name] = Site(f"127.0.0.{len(self.sites) + 10}", tls)
        site.pages.update(pages)
        usual = {
            "title": name,
            "kind": kind,
            "url": f"{'https' if tls else 'http'}://{site.where}/list",
            "every": "10m",
            "category": "news",
            "trust": "media",
            "platform": "news",
        }
        declared |= {name: declared[name].replace("{site}", site.where) for name in ("url", "more") if name in declared}
        (self.folder / "sources" / f"{name}.yaml").write_text(yaml.safe_dump({**usual, **declared}, allow_unicode=True), "utf-8")
        self._settings([*self.settings["crawl"].get("allow_private", []), site.where])
        return site

    def _settings(self, allowed: list[str]) -> None:
        self.settings["crawl"]["allow_private"] = allowed
        (self.folder / "settings.yaml").write_text(yaml.safe_dump(self.settings), "utf-8")

    def taken(self) -> list[Post]:
        """Return what waits in the spool, and empty it."""
        found: list[Post] = []
        for chunk in chunks(self.spool):
            for post in read(chunk):
                if isinstance(post, Broken):
                    self.broken.append(post)
                else:
                    found.append(post)
            chunk.unlink()
        return found

    def close(self) -> None:
        for site in self.sites.values():
            site.close()


@contextmanager
def home_in(folder: Path, **settings: str) -> Iterator[Home]:
    """Make a home, and close its sites in the end."""
    home = Home(folder, **settings)
    try:
        yield home
    finally:
        home.close()
