"""Finds the list on a page that nobody has declared yet: the element that repeats, with a link and mostly a date in each."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from parsel import Selector

from crawlers.dates import parsed

_TITLE = 6
"""Characters that a link's text has at least to be a headline; less is a menu."""
_FEWEST = 3
_UP = 5
"""How many elements around a link may be the item that it stands in."""
_MOST = 3000
_NAME = re.compile(r"-?[A-Za-z_][\w-]*$")
_PASSING = re.compile(r"\d|^(?:first|last|odd|even|active|current|on|cur|hover|clearfix|cf|fl|fr|left|right)$")
_DAY = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/月]\d{1,2}日?|(?:今天|昨天|前天)|\d+\s*(?:分钟|小时|天)前)(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
_NUMBERED = re.compile(r"\d{4}")
_MENU = re.compile(r"nav|menu|foot|head|crumb|friend|link|share", re.IGNORECASE)
_IS_DAY = re.compile(_DAY)


class Listed(Struct, frozen=True):
    """A list as it may be declared: CSS of the items and, within one, of its title, link and date; what was found by them."""

    items: str
    title: str
    link: str
    date: str
    pattern: str
    count: int
    dated: int
    worth: float


def listed(html: str, now: datetime) -> Listed | None:
    """Return the list that is most likely the page's own; None where nothing repeats."""
    groups: dict[str, dict[int, Selector]] = defaultdict(dict)
    for link in Selector(html or "<p/>").css("a[href]")[:_MOST]:
        if not _is_titled(link):
            continue
        for element in link.xpath("ancestor-or-self::*")[::-1][: _UP + 1]:
            if element.root.tag in ("body", "html", "main"):
                break
            groups[_path(element)][id(element.root)] = element
    found = [one for css, elements in groups.items() if len(elements) >= _FEWEST and (one := _described(css, list(elements.values()), now))]
    # Of equals the outer element is the item: what stands beside the link belongs to it.
    return max(found, key=lambda one: (one.worth, one.dated, -len(one.items)), default=None)


def _described(css: str, elements: list[Selector], now: datetime) -> Listed | None:
    titles: Counter[str] = Counter()
    links: Counter[str] = Counter()
    dates: Counter[str] = Counter()
    addresses = set()
    for element in elements:
        titled = [link for link in element.css("a[href]") if _is_titled(link)]
        if len({link.attrib["href"] for link in titled}) != 1:
            continue  # an element around several items
        link = titled[0]
        addresses.add(link.attrib["href"])
        own = "" if link.root is element.root else _css(link).split("#")[0]
        links[own] += 1
        titles[_title(link, own)] += 1
        dates.update(_dates(element, now))
    count = len(elements)
    if len(addresses) < max(_FEWEST, count * 0.8):
        return None
    date, dated = dates.most_common(1)[0] if dates else ("", 0)
    date, dated = (date, dated) if dated * 2 >= count else ("", 0)
    numbered = sum(bool(_NUMBERED.search(address)) for address in addresses)
    # Dates and numbered addresses tell a list of articles from a menu.
    worth = (dated * 3 + numbered * 2 + count) * (0.2 if _MENU.search(css) else 1)
    return Listed(css, titles.most_common(1)[0][0], links.most_common(1)[0][0], date, _DAY if date == "::text" else "", count, dated, worth)


def _is_titled(link: Selector) -> bool:
    address = link.attrib["href"].strip()
    return max(len(_text(link)), len(link.attrib.get("title", ""))) >= _TITLE and not address.startswith(("javascript:", "#", "mailto:"))


def _title(link: Selector, own: str) -> str:
    """Where the headline stands: in the link's title, which is never cut; in one of the elements in it; in the link itself."""
    if len(link.attrib.get("title", "")) >= len(_text(link)):
        return f"{own}::attr(title)"
    inner = max((one for one in link.xpath("descendant::*[not(*)]") if not _IS_DAY.search(_text(one))), key=lambda one: len(_text(one)), default=None)
    whole = inner is None or len(_text(inner)) < _TITLE or len(_text(inner)) >= len(_text(link))
    return (own or "*") if whole or inner is None else _css(inner)


def _path(element: Selector) -> str:
    """Return an element as CSS, from the nearest one around it that has a name."""
    steps = [_css(element)]
    for around in element.xpath("ancestor::*")[::-1][:_UP]:
        if around.root.tag in ("body", "html"):
            break
        steps.insert(0, _css(around))
        if "." in steps[0] or "#" in steps[0]:
            break
    return " > ".join(steps)


def _dates(element: Selector, now: datetime) -> Iterable[str]:
    """Where in an item a date stands alone; else, whether it stands in any of its texts."""
    for inner in element.xpath("descendant::*[not(*)]"):
        text = _text(inner)
        if inner.root.tag != "a" and len(text) <= 30 and _IS_DAY.search(text) and parsed(text, now):
            yield _css(inner).split("#")[0]
            return
    if any(_IS_DAY.search(text) for text in element.css("::text").getall()):
        yield "::text"


def _css(element: Selector) -> str:
    """Return an element as CSS says it: by its classes that do not change from one to the next, or its id."""
    tag = str(element.root.tag)
    names = [name for name in element.attrib.get("class", "").split() if _NAME.match(name) and not _PASSING.search(name)][:2]
    if names:
        return tag + "".join(f".{name}" for name in names)
    own = element.attrib.get("id", "")
    return f"{tag}#{own}" if _NAME.match(own) and not _PASSING.search(own) else tag


def _text(element: Selector) -> str:
    return " ".join("".join(element.xpath(".//text()").getall()).split())
