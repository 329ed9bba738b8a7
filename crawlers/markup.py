"""Parses mark-up within bounds: what would make a parser slow is left out before it sees it."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

LONGEST: Final = 4_000_000
"""Characters of a page that are looked at; the rest is cut."""

DEPTH: Final = 400
"""How deep elements may stand in each other."""

_FLAT: Final = 6_000
_LONG: Final = 10_000
_ATTRIBUTES: Final = 3_000
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_LONG_TAG: Final = re.compile(r"<([a-zA-Z]+)[^<>]{10000,}")
_SHALLOW: Final = re.compile("(?:a|area|base|br|col|dd|dt|embed|hr|i|img|input|li|link|meta|option|p|param|source|t[dhr]|track|wbr)$", re.I)
"""Elements that are empty or that a following one closes, so that they do not stand in each other."""


def page(html: str) -> LexborHTMLParser:
    """Parse a page, at most the first LONGEST characters of it, and of it no more than can be parsed in bounded time."""
    html = html[:LONGEST]
    if max(map(len, html.split(">"))) > _LONG:
        html = _LONG_TAG.sub(_without_attributes, html)
    if html.count("<") > _FLAT:
        html = _flattened(html)
    return LexborHTMLParser(html)


def _without_attributes(match: re.Match[str]) -> str:
    """A parser compares every attribute with all others of its element."""
    return match[0] if sum(map(match[0].count, " \n\t/")) < _ATTRIBUTES or "base64," in match[0] else f"<{match[1]}"


def _flattened(html: str) -> str:
    """Leave out elements that stand deeper than DEPTH: a parser looks through all open elements at each new one."""
    depth = 0

    def kept(match: re.Match[str]) -> str:
        """Return what stays of a match."""
        nonlocal depth
        if _SHALLOW.match(match[2]):
            return match[0]
        depth = max(depth + (-1 if match[1] else 1), 0)
        return match[0] if depth <= DEPTH else " <i "

    return _TAG.sub(kept, html)
