"""One HTTP POST to where a channel says and nowhere else: no redirects, no proxy or login of the environment, an answer in time or none.

An error names the host only: a bot's key is part of its address.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import requests

from config.errors import NotifyError
from config.schema import Channel
from pipeline.notify.deadline import within

_LARGEST = 1 << 16
_LONGEST = timedelta(hours=6)


class Answer(msgspec.Struct, frozen=True):
    """An answer of 2xx: its body, at most 64 KiB of it."""

    where: str
    body: bytes


class Poster(msgspec.Struct, frozen=True):
    """How one channel's requests travel; `timeout` in seconds, for the whole of a request and its answer."""

    timeout: float
    proxy: str = ""
    ca: str = ""

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer. Raises NotifyError where there is none, or another than 2xx."""
        where = urlsplit(url).hostname or "?"
        sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Shian", **(headers or {})}
        return within(self.timeout, lambda: self._posted(url, body, sent, where), where=where)

    def _posted(self, url: str, body: bytes, headers: Mapping[str, str], where: str) -> Answer:
        proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else {}
        with requests.Session() as session:
            # Else requests would take proxies, a .netrc's login and other authorities from the environment.
            session.trust_env = False
            try:
                with session.post(
                    url,
                    data=body,
                    headers=headers,
                    timeout=self.timeout,
                    verify=self.ca or True,
                    proxies=proxies,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    return _taken(answer, where)
            except requests.exceptions.InvalidURL:
                raise NotifyError(f"{where}: the address is none", retry=False) from None
            except requests.exceptions.SSLError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise NotifyError(f"{where}: its certificate is not trusted", retry=False) from None
                raise NotifyError(f"{where}: no answer (TLS failed)", retry=True) from None
            except (requests.RequestException, ValueError, OSError) as error:
                # Neither the library's words nor its trace: they quote the address with its key.
                raise NotifyError(f"{where}: no answer ({type(error).__name__})", retry=True) from None


def _taken(answer: requests.Response, where: str) -> Answer:
    status = answer.status_code
    if 200 <= status < 300:
        return Answer(where, _body(answer))
    if 300 <= status < 400:
        raise NotifyError(f"{where}: HTTP {status}, which leads elsewhere and is not followed", retry=False)
    retry = status in (408, 425, 429) or status >= 500
    raise NotifyError(f"{where}: HTTP {status}", retry=retry, after=_after(answer.headers.get("Retry-After", "")) if retry else None)


def _body(answer: requests.Response) -> bytes:
    whole = b""
    for part in answer.iter_content(4096):
        whole += part
        if len(whole) > _LARGEST:
            break
    return whole[:_LARGEST]


def _after(said: str) -> timedelta | None:
    """How long a Retry-After asks to wait, six hours at most; None where it says nothing that can be read."""
    if said.isascii() and said.isdecimal() and len(said) < 10:
        return min(timedelta(seconds=int(said)), _LONGEST)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    wait = at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)
    return min(max(wait, timedelta(0)), _LONGEST)


def poster(channel: Channel, ca: Path | None = None) -> Poster:
    """Return the poster of a channel."""
    return Poster(channel.timeout.total_seconds(), channel.proxy, str(ca) if ca else "")
