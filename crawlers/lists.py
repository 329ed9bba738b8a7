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
_IS_DAY = re.compile(_DAY)


class Listed(Struct, frozen=True):
    """A list as it may be declared: CSS of the items and, within one, of its link and its date; what was found by them."""

    items: str
    link: str
    date: str
    pattern: str
    count: int
    dated: int


def listed(html: str, now: datetime) -> Listed | None:
    """Return the list that is most likely the page's own; None where nothing repeats."""
    groups: dict[str, dict[int, Selector]] = defaultdict(dict)
    for link in Selector(html or "<p/>").css("a[href]")[:_MOST]:
        if len(_text(link)) < _TITLE or (link.attrib["href"].strip().startswith(("javascript:", "#", "mailto:"))):
            continue
        for element in link.xpath("ancestor-or-self::*")[::-1][: _UP + 1]:
            parent = element.xpath("parent::*")
            if element.root.tag in ("body", "html", "main") or not parent:
                break
            groups[f"{_css(parent[0])} > {_css(element)}"][id(element.root)] = element
    found = [one for css, elements in groups.items() if len(elements) >= _FEWEST and (one := _described(css, list(elements.values()), now))]
    return max(found, key=_worth, default=None)


def _worth(one: Listed) -> tuple[float, int, int]:
    # Dates tell a list of articles from a menu; of equals the inner element is the item, and its selector is the shorter one.
    return (one.dated * 3 + one.count, one.dated, -len(one.items))


def _described(css: str, elements: list[Selector], now: datetime) -> Listed | None:
    links: Counter[str] = Counter()
    dates: Counter[str] = Counter()
    addresses = set()
    for element in elements:
        titled = [link for link in element.css("a[href]") if len(_text(link)) >= _TITLE]
        if len({link.attrib["href"] for link in titled}) != 1:
            continue  # an element around several items
        addresses.add(titled[0].attrib["href"])
        is_self = titled[0].root is element.root
        links["" if is_self else _css(titled[0]).split("#")[0]] += 1
        dates.update(_dates(element, now))
    if len(addresses) < max(_FEWEST, len(elements) * 0.8):
        return None
    date, dated = dates.most_common(1)[0] if dates else ("", 0)
    date, dated = (date, dated) if dated * 2 >= len(elements) else ("", 0)
    return Listed(css, links.most_common(1)[0][0], date, _DAY if date == "::text" else "", len(elements), dated)


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
