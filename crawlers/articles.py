"""The article behind an item: what its declared selectors say, and for the rest what the page as a whole yields."""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module

from msgspec import Struct, structs
from parsel import Selector

from config.source import Select, Source, at
from crawlers.encodings import decoded
from crawlers.grids import tables_in
from crawlers.items import Item, line, picked, plain, published
from crawlers.refusals import is_no_text, notice
from crawlers.samples import Sample
from crawlers.sampling import samples_of

_CUT = ("…", "...", "..")
_SHORT = 200
"""Characters of text below which an article's page may be something else."""
_NAMED = 8
_MOST = 2 * 2**20
"""Bytes of an article's page, beyond which it is none."""


class Page(Struct, frozen=True):
    """What an article's page says; empty where it does not."""

    text: str = ""
    title: str = ""
    author: str = ""
    author_id: str = ""
    published_at: datetime | None = None
    samples: tuple[Sample, ...] = ()
    """Failed samples in tables of the page."""

    def over(self, item: Item) -> Item:
        """Return the item with this in its place: its text, and what the list left out or cut."""
        is_cut = not item.title or item.title.endswith(_CUT)
        return structs.replace(
            item,
            text=self.text or item.text,
            title=(self.title or item.title) if is_cut else item.title,
            author=item.author or self.author,
            author_id=item.author_id or self.author_id,
            published_at=_surer(item.published_at, self.published_at),
        )


def _surer(listed: datetime | None, written: datetime | None) -> datetime | None:
    """The list's time, unless it names but the day and the page says when."""
    if listed is None or (written is not None and abs(written - listed).days < 1 and listed.second == listed.minute == 0):
        return written or listed
    return listed


def article_of(body: bytes, header: str, source: Source, *, url: str, now: datetime) -> Page:
    """Return what the page says: declared fields first, the others extracted. ValueError where it is no page of text, or a huge one."""
    if is_no_text(body):
        raise ValueError(f"is no page of text ({header or 'no Content-Type'})")
    if len(body) > _MOST:
        raise ValueError(f"is larger than {_MOST // 2**20} MiB")
    text, _ = decoded(body, header=header, declared=source.encoding)
    fields = source.detail.fields if source.detail else {}
    tree = Selector(text or "<p/>")
    declared = {name: picked(matches, fields[name]) for name, matches in css_fields(tree, fields).items()}
    page = Page(
        text=plain(declared.get("text", "")),
        title=line(declared.get("title", "")),
        author=line(declared.get("author", "")),
        author_id=line(declared.get("author_id", "")),
        published_at=published(declared.get("published_at", ""), now),
        samples=tuple(samples_of(tables_in(tree))) if "不合格" in text else (),
    )
    if page.text and page.title and page.published_at is not None:
        return page
    whole = _extracted(text, url)
    return structs.replace(
        page,
        text=page.text or whole.text,
        title=page.title or whole.title,
        author=page.author or whole.author,
        published_at=page.published_at or whole.published_at,
    )


def refusal(page: Page | None, item: Item, text: str) -> tuple[str, str] | None:
    """Return the word and the reason where a page in place of an article says no: it says little, and not what the list calls it."""
    name = "".join(item.title.removesuffix("…").rstrip(".").split())[:_NAMED]
    if (page and len(page.text) >= _SHORT) or (name and name in "".join(plain(text).split())):
        return None
    return notice(text)


def css_fields(element: Selector, fields: Mapping[str, str | Select]) -> dict[str, list[str]]:
    """Return every match of each field; an element stands for its markup, ::text and ::attr() for what they say."""
    return {name: element.css(at(field)).getall() for name, field in fields.items()}


def text_of(item: Item, source: Source) -> tuple[str, bool]:
    """Return the text of the item's post, and whether it has the text that its source leads to expect.

    Where none is declared the title is the text; elsewhere it stands in for a missing one.
    """
    expects = source.kind == "feed" or source.detail is not None or "text" in source.fields
    return item.text or item.title, bool(item.text) if expects else bool(item.title)


def _extracted(text: str, url: str) -> Page:
    # Imported here: the extractor is large, and most crawls find nothing new.
    article = import_module("crawlers.extract").extract(text, url)
    if article is None:
        return Page()
    return Page(text=article.text or "", title=article.title or "", author=article.author or "", published_at=article.published_at)
