"""Gets one page that a person asked for by address; crawls never use this."""

import socket
import time
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import requests

from config.errors import SourceError
from crawlers.guard import Guard, is_public

_MOST = 16 * 2**20
_TIMEOUT = (10, 30)
"""Seconds to connect, and between two pieces of the answer."""
_LONGEST = 120.0
"""Seconds for the whole page: a site may send a byte from time to time for ever."""
_REDIRECTS = 5


def fetched(url: str, *, guard: Guard | None = None, agent: str = "shian extract") -> tuple[bytes, str]:
    """Return the page's bytes and its Content-Type. Raises SourceError where it cannot be had, or is larger than 16 MiB.

    With a guard, neither the address nor one that it leads to may be private.
    """
    where = url
    try:
        for _ in range(_REDIRECTS + 1):
            if guard:
                _guarded(where, guard)
            with requests.get(where, timeout=_TIMEOUT, stream=True, headers={"User-Agent": agent}, allow_redirects=guard is None) as answer:
                if guard and answer.is_redirect:
                    where = urljoin(where, answer.headers["Location"])
                    continue
                return _body(answer, url), answer.headers.get("Content-Type", "")
    except requests.RequestException as error:
        raise SourceError(f"{url}: cannot be had: {error}") from error
    raise SourceError(f"{url}: leads on more than {_REDIRECTS} times")


def _body(answer: requests.Response, url: str) -> bytes:
    if answer.status_code != requests.codes.ok:
        raise SourceError(f"{url}: the server answers {answer.status_code}")
    body, until = b"", time.monotonic() + _LONGEST
    for piece in answer.iter_content(65536):
        body += piece
        if len(body) > _MOST:
            raise SourceError(f"{url}: is larger than {_MOST // 2**20} MiB")
        if time.monotonic() > until:
            raise SourceError(f"{url}: is not there after {_LONGEST:.0f} s")
    return body


def _guarded(url: str, guard: Guard) -> None:
    """Refuse a private address, also one that a name stands for; behind a proxy only the proxy knows what a name stands for."""
    if why := guard.refusal(url):
        raise SourceError(f"{url}: address refused: {why}")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in guard.hosts or (parts.scheme in getproxies() and not proxy_bypass(host)):
        return
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{url}: cannot be had: {error}") from error
    if private := sorted(address for address in found if not is_public(address)):
        raise SourceError(f"{url}: address refused: {host} stands for the private address {private[0]}")
