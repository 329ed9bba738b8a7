"""Reads lists in HTML, also where they come inside a JSON answer."""

import json
from datetime import datetime

from msgspec import structs
from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from crawlers.articles import css_fields
from crawlers.items import Item, item_of, plain
from crawlers.refusals import notice
from crawlers.spiders.api import answer, searched
from crawlers.spiders.base import MOST_ITEMS, SourceSpider, Unreadable


class ListingSpider(SourceSpider):
    """Reads the items of a list by their CSS."""

    def items_of(self, text: str, url: str, *, now: datetime, first: int) -> list[Item]:
        """Return the list's items. Raises Unreadable where the page refuses, or its layout has changed."""
        page = self._inside(text) if self.source.inside else text
        selector = Selector(page or "<p/>")
        if self.source.refused and selector.css(self.source.refused):
            raise Unreadable("blocked", "the site refuses inside its answer")
        elements = selector.xpath(f"({HTMLTranslator().css_to_xpath(self.source.items)})[position() <= {MOST_ITEMS + 1}]")
        if not elements:
            if not plain(page):
                return []
            if not self.source.inside and _is_json(page):
                raise Unreadable(*(notice(page) or ("wrong", "the answer is JSON, and no page")))
            word, why = notice(page) or ("changed", f"nothing on the page is {self.source.items!r}")
            raise Unreadable(word, why)
        return [
            structs.replace(
                item_of(css_fields(element, self.source.fields), self.source, url=url, now=now, position=first + number), record=element.get()
            )
            for number, element in enumerate(elements)
        ]

    def _inside(self, text: str) -> str:
        found = searched(self.source.inside, answer(text))
        if not isinstance(found, str):
            raise Unreadable("changed", f"the answer has no {self.source.inside}")
        return found


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
