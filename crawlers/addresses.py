"""The requests for the pages of a list: where {page} and {keyword} stand, a number and a word are put."""

import json
from typing import NamedTuple
from urllib.parse import quote

from config.source import Source


class ListPage(NamedTuple):
    """What is asked for a page of a list."""

    url: str
    body: str
    headers: dict[str, str]


def list_page(source: Source, page: int, keyword: str = "") -> ListPage:
    """Return what is asked for the list's page of this number, counted from 0, of a search for the keyword."""
    number = str(source.first + page * source.step)
    word = quote(keyword, safe="", encoding=(source.keywords.encoding if source.keywords else "") or "utf-8", errors="replace")
    where = source.more if page and source.more else source.url
    headers = {name: value.replace("{keyword}", word) for name, value in source.headers.items()}
    body = source.body.replace("{page}", number)
    if body:
        is_json = body[0] in "[{"
        headers.setdefault("Content-Type", "application/json" if is_json else "application/x-www-form-urlencoded")
        body = body.replace("{keyword}", json.dumps(keyword, ensure_ascii=False)[1:-1] if is_json else word)
    return ListPage(where.replace("{page}", number).replace("{keyword}", word), body, headers)
