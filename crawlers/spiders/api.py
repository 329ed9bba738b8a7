"""Reads lists that come as JSON."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from msgspec import structs

from config.source import at
from crawlers.items import Item, item_of
from crawlers.refusals import notice
from crawlers.spiders.base import MOST_ITEMS, SourceSpider, Unreadable

# Both are matched with what has no blanks around it: a page of nothing else would take hours.
_CALLBACK = re.compile(r"(?:/\*.*?\*/)?\s*[\w$.]+\s*\((.*)\)", re.DOTALL)
_ANTI_HIJACK = re.compile(r"(?:\)\]\}',?|while\s*\(1\);|for\s*\(;;\);)\s*")
_SHORT = 2000
"""Characters of an answer that may be nothing but a refusal."""


class ApiSpider(SourceSpider):
    """Reads the items of an answer by their JMESPath."""

    def items_of(self, text: str, url: str, *, now: datetime, first: int) -> list[Item]:
        """Return the answer's items. Raises Unreadable where it refuses, or is made otherwise than declared."""
        whole = answer(self._cut(text))
        if self.source.refused and (said := searched(self.source.refused, whole)):
            word = (notice(json.dumps(whole, ensure_ascii=False)) or ("blocked",))[0]
            raise Unreadable(word, f"the site refuses inside its answer: {said!r:.100}")
        items = searched(self.source.items, whole)
        if not isinstance(items, list):
            no = notice(json.dumps(whole, ensure_ascii=False)) if len(text) < _SHORT else None
            raise Unreadable(*(no or ("changed", f"the answer has no list at {self.source.items!r}")))
        return [
            structs.replace(
                item_of(
                    {name: strings(searched(at(field), one)) for name, field in self.source.fields.items()},
                    self.source,
                    url=url,
                    now=now,
                    position=first + number,
                ),
                record=json.dumps(one, ensure_ascii=False),
            )
            for number, one in enumerate(items[: MOST_ITEMS + 1])
        ]

    def _cut(self, text: str) -> str:
        """The JSON that stands inside a page, where it does."""
        if not self.source.cut:
            return text
        found = re.search(self.source.cut, text, re.DOTALL)
        if found is None:
            word, why = notice(text) or ("changed", f"nothing on the page is {self.source.cut!r}")
            raise Unreadable(word, why)
        return found[1] if found.re.groups else found[0]


def answer(text: str) -> Any:
    """Return what a JSON answer holds, without a callback around it. Raises Unreadable."""
    bare = _ANTI_HIJACK.sub("", text.strip("\ufeff \t\r\n"), count=1)
    called = _CALLBACK.fullmatch(bare.rstrip(" \t\r\n;"))
    try:
        return json.loads(called[1] if called else bare)
    except (ValueError, RecursionError) as error:
        word, why = notice(text) or ("wrong" if text.strip() else "empty", f"the answer is no JSON: {error}"[:200])
        raise Unreadable(word, why) from None


def searched(expression: str, value: Any) -> Any:
    """Return what the JMESPath finds; None where a function does not fit what is there."""
    try:
        return _compiled(expression).search(value)
    except JMESPathError:
        return None


_compiled = lru_cache(maxsize=1024)(jmespath.compile)


def strings(value: Any) -> list[str]:
    """Return a value as texts: numbers as they are written, lists one by one, tables not at all."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int):
        return [str(value)]
    if isinstance(value, float):
        return [str(int(value)) if value.is_integer() else str(value)]
    if isinstance(value, Iterable) and not isinstance(value, dict):
        return [text for one in value for text in strings(one)]
    return []
