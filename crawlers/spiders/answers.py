"""What an answer of a site says at first sight, before anything is read on it."""

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.refusals import entitled, is_no_text, led_away


def header_of(response: Response, name: str) -> str:
    """Return one header of an answer, empty where it has none."""
    return (response.headers.get(name) or b"").decode("latin-1")


def elsewhere(response: Response) -> tuple[str, str] | None:
    """Return the word and the reason where redirects led to a login or a verification."""
    before: list[str] = response.meta.get("redirect_urls", [])
    return led_away(before[0], response.url) if before else None


def said_no(response: Response, text: str) -> tuple[str, str] | None:
    """Return what a list's answer says at first sight: that it is elsewhere, no text at all, or a page that its title calls by its name."""
    if is_no_text(response.body):
        return "wrong", f"the answer is no text ({header_of(response, 'Content-Type') or 'no Content-Type'})"
    return elsewhere(response) or entitled(text)


def request_of(failure: Failure) -> Request:
    """Return the request that failed: Scrapy puts it there."""
    request: Request = failure.request  # type: ignore[attr-defined]
    return request
