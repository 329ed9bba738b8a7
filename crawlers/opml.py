"""Sources from the list of feeds that a reader program exports (OPML): one declaration for each outline, names made unique."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from msgspec import Struct

from config.errors import InputError
from crawlers.guard import Guard
from crawlers.post import canonical

_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MOST = 16 * 2**20
_LONGEST = 40
_COMMON = {"www", "com", "cn", "net", "org", "feed", "feeds", "rss", "atom", "xml", "index", "rdf", "php", "html", "news", "gov", "edu", "co"}


class Outlined(Struct, frozen=True):
    """One outline: its declaration by name, or the fault for which it is none."""

    title: str
    name: str = ""
    declared: dict[str, Any] = {}
    fault: str = ""


def outlined(content: bytes, *, taken: Collection[str], urls: Mapping[str, str], guard: Guard, checked: str) -> Iterator[Outlined]:
    """Yield every outline of an OPML file that is no folder.

    `taken` are names in use, `urls` the names of declared sources by address. Raises InputError where the file is no OPML.
    """
    names = set(taken)
    known = {canonical(url): name for url, name in urls.items()}
    for outline in _outlines(content):
        given = {key.lower(): value.strip() for key, value in outline.items()}
        url, title = given.get("xmlurl", ""), " ".join((given.get("title") or given.get("text", "")).split())
        if not url and len(outline):
            continue
        if fault := _fault(url, known, guard):
            yield Outlined(title or url, fault=fault)
            continue
        name = _unique(_slug(url), names)
        names.add(name)
        known[canonical(url)] = name
        yield Outlined(title, name, _declared(url, title, checked))


def _outlines(content: bytes) -> Iterator[ElementTree.Element]:
    if len(content) > _MOST:
        raise InputError(f"is larger than {_MOST // 2**20} MiB")
    if _ENTITIES.search(content):
        raise InputError("has a document type or entities, which no list of feeds needs")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without entities there are no bombs
    except (ElementTree.ParseError, LookupError, ValueError, RecursionError) as error:
        raise InputError(f"is no OPML: {error}") from error
    if root.tag.lower() != "opml":
        raise InputError(f"is no OPML: its first element is {root.tag[:40]}")
    return root.iter("outline")


def _fault(url: str, known: Mapping[str, str], guard: Guard) -> str:
    if not url:
        return "has no xmlUrl"
    if why := guard.refusal(url):
        return why
    return f"{url} is declared as {known[canonical(url)]}" if canonical(url) in known else ""


def _declared(url: str, title: str, checked: str) -> dict[str, Any]:
    return {
        "title": title or urlsplit(url).hostname or url,
        "kind": "feed",
        "url": url,
        "category": "news",
        "trust": "media",
        "platform": "news",
        "every": "1h",
        "enabled": False,
        "checked": checked,
    }


def _slug(url: str) -> str:
    """A name from the address: what is its own of host and path."""
    parts = urlsplit(url)
    words = re.findall(r"[a-z0-9]+", f"{parts.hostname or ''} {parts.path} {parts.query}".lower())
    own = list(dict.fromkeys(word for word in words if word not in _COMMON and len(word) < 20))[:4]
    return "-".join(own or ["feed"])[: _LONGEST - 5].strip("-")


def _unique(name: str, names: Collection[str]) -> str:
    number, one = 1, name
    while one in names:
        number += 1
        one = f"{name}-{number}"
    return one
