"""Which files an article links that a source wants read, and which pictures of it may hold a text."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from parsel import Selector

from config.source import Attachments
from crawlers.items import address
from crawlers.post import canonical

_ENDING = re.compile(r"\.([a-z]{3,4})(?:\s*[\])）】]?\s*)$", re.IGNORECASE)


def linked(page: Selector, url: str, wanted: Attachments) -> list[str]:
    """Return the addresses of the attachments of the page at `url`, in its order, each once, at most `wanted.max`."""
    found: dict[str, str] = {}
    for link in page.css("a[href]"):
        where = address(link.attrib["href"], url)
        names = (urlsplit(where).path, urlsplit(where).query, link.attrib.get("title", ""), link.attrib.get("download", ""), _text(link))
        if where and _is_one(names, wanted.formats):
            found.setdefault(canonical(where), where)
    return list(found.values())[: wanted.max]


def _is_one(names: Sequence[str], formats: Sequence[str]) -> bool:
    """The address says best what it is; a name that ends otherwise there is no attachment, whatever the link is called."""
    endings = [ending[1].lower() for ending in (_ENDING.search(unquote(name).strip()) for name in names) if ending]
    known = [ending for ending in endings if ending in ("xls", "xlsx", "pdf", "doc", "docx", "zip", "rar", "jpg", "png")]
    return bool(known) and known[0] in formats


def _text(link: Selector) -> str:
    return "".join(link.xpath(".//text()").getall())[:300].strip()


_ORNAMENT = re.compile(
    r"logo|icon|avatar|qr-?code|ewm|banner|share|loading|blank|spacer|button|header|footer|emoji|\.(?:gif|svg)(?:$|\?)", re.IGNORECASE
)
_SOURCES = ("data-original", "data-src", "data-actualsrc", "src")
_LEAST = 200


def pictured(page: Selector, url: str, *, within: str, most: int) -> list[str]:
    """Return the addresses of the first pictures that are no ornaments, inside what `within`, a selector, finds; empty = anywhere."""
    found: dict[str, None] = {}
    for image in (page.css(within) if within else page).css("img"):
        where = address(next((image.attrib[name] for name in _SOURCES if image.attrib.get(name)), ""), url)
        sizes = [image.attrib.get(name, "").removesuffix("px") for name in ("width", "height")]
        is_small = any(size.isascii() and size.isdigit() and int(size[:9]) < _LEAST for size in sizes)
        if where and not is_small and not _ORNAMENT.search(urlsplit(where).path):
            found[where] = None
    return list(found)[:most]
