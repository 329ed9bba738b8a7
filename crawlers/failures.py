"""Why a request brought nothing, in the words of a source's health."""

import re

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.encodings import decoded
from crawlers.refusals import notice, status_word

NOT_MODIFIED = "not modified"
TOO_LARGE = "the answer is larger than is taken"
_WORDS: dict[type[Exception], tuple[str, str]] = {
    DownloadTimeoutError: ("timeout", "no answer in time"),
    CannotResolveHostError: ("unreachable", "the name is not known, or stands for a private address"),
    DownloadConnectionRefusedError: ("unreachable", "the connection was refused"),
    DownloadCancelledError: ("unreachable", TOO_LARGE),
    ResponseDataLossError: ("unreachable", "the answer broke off"),
}
_FAILURE = re.compile(r"\[?<twisted\.python\.failure\.Failure ([^>]*)>\]?")


def reason_of(failure: Failure) -> tuple[str, str]:
    """Return the word and the reason; the word NOT_MODIFIED is no failure."""
    error = failure.value
    if isinstance(error, HttpError):
        return _status_reason(error.response.status, error.response.body)
    if isinstance(error, IgnoreRequest):
        why = str(error)
        return ("denied", "robots.txt does not allow it") if "robots.txt" in why else ("unreachable", why)
    for kind, reason in _WORDS.items():
        if isinstance(error, kind):
            return reason
    return "unreachable", _FAILURE.sub(r"\1", f"{type(error).__name__}: {error}")[:300]


def is_final(failure: Failure) -> bool:
    """Return whether asking again would not help: the page is gone, or not for us."""
    error = failure.value
    return (isinstance(error, HttpError) and error.response.status in (404, 410)) or "robots.txt" in str(error)


def _status_reason(status: int, body: bytes) -> tuple[str, str]:
    if status == 304:
        return NOT_MODIFIED, ""
    said = notice(decoded(body[:200_000])[0])
    if said is not None:
        return said[0], f"HTTP {status}; {said[1]}"
    return status_word(status), f"HTTP {status}"
