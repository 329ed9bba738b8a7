"""Writes a digest as a mail: one HTML page with its styles in each element and nothing from outside, and the same in plain text.

Both show as much of each part as keeps the page below the size at which mail programs clip it; what is left out is counted.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from config.schema import Topic
from pipeline.digest.content import Digest
from pipeline.digest.words import Page

LARGEST = 98_000
"""Bytes of the page: Gmail shows 102 KB of a mail and hides the rest."""
_STEPS = (40, 25, 15, 8, 4, 2, 1)
"""Events of each part, the first that fits."""

Times = Callable[[datetime], str]


class Mail(Struct, frozen=True):
    """A digest as it is sent."""

    subject: str
    html: str
    text: str


def written(digest: Digest, *, office: str, topics: Mapping[str, Topic], times: Times, desk: str = "") -> Mail:
    """Return the mail of a digest; `times` writes a time, `desk` is the address of the desk, if people know one.

    Where there is nothing to tell, it says so in one line.
    """
    html = ""
    for most in _STEPS:
        page = Page(digest, office=office, topics=topics, times=times, most=most, desk=desk)
        html = _rendered("digest.html", digest, page)
        if len(html.encode()) <= LARGEST:
            break
    return Mail(page.subject, html, _rendered("digest.txt", digest, page))


def html(digest: Digest, *, office: str, topics: Mapping[str, Topic], times: Times) -> str:
    """Return the page."""
    return written(digest, office=office, topics=topics, times=times).html


def text(digest: Digest, *, office: str, topics: Mapping[str, Topic], times: Times) -> str:
    """Return the plain text."""
    return written(digest, office=office, topics=topics, times=times).text


def _rendered(name: str, digest: Digest, page: Page) -> str:
    lines = _templates().get_template(name).render(digest=digest, page=page).splitlines()
    # Loops leave blank lines behind; one is enough.
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line.strip() or before.strip()) + "\n"


@lru_cache(1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
