"""Gets one page that a person asked for by address; crawls never use this."""

import requests

from config.errors import SourceError

_MOST = 16 * 2**20
_TIMEOUT = (10, 30)
"""Seconds to connect, and between two pieces of the answer."""


def fetched(url: str) -> tuple[bytes, str]:
    """Return the page's bytes and its Content-Type. Raises SourceError where it cannot be had, or is larger than 16 MiB."""
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True, headers={"User-Agent": "shian extract"}) as answer:
            if answer.status_code != requests.codes.ok:
                raise SourceError(f"{url}: the server answers {answer.status_code}")
            body = b""
            for piece in answer.iter_content(65536):
                body += piece
                if len(body) > _MOST:
                    raise SourceError(f"{url}: is larger than {_MOST // 2**20} MiB")
            return body, answer.headers.get("Content-Type", "")
    except requests.RequestException as error:
        raise SourceError(f"{url}: cannot be had: {error}") from error
