"""The article of any page: title, time, author, text and what the page counts, without a rule written for its site.

The text is read twice, quickly (`crawlers.density`); only where the two readings disagree is `trafilatura` asked, which is slow.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Final

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser

from crawlers.density import container, joined, likeness, squeezed, stretch, trimmed, weight
from crawlers.embedded import Said
from crawlers.encodings import decoded
from crawlers.headline import headline, is_site
from crawlers.lines import Line, Lines
from crawlers.markup import page
from crawlers.post import Engagement
from crawlers.sites import places_of
from crawlers.stamps import published

_LEAST: Final = 40
"""Letters from which a text is believed to be an article."""

_FEWEST: Final = 12
"""The same, where the page says when it was published: a notice may be one sentence."""

_SHORT: Final = 120
"""Below so many letters, a script may hold the article."""

_MOST_LINES: Final = 20_000
"""Lines of a page, beyond which it is no article: to look for one in it would take minutes."""

_LONGEST_TEXT: Final = 200_000
_AGREE: Final = 0.75
_SLOW: Final = 200_000
_BYLINE: Final = re.compile(r"(?:作者|撰文|文/|采写|(?:本报|通讯员|见习|特约)?记者)\s*[:：|｜丨/]?\s*([^\s|｜：:，。,;；()（）【】\d]{2,15})")
_COUNTS: Final = {
    "comments": re.compile(r"(\d[\d,]*)\s*条?(?:评论|跟帖|跟贴|回帖|回复)|(?:评论|跟帖|跟贴)\s*[（(:：]?\s*(\d[\d,]*)"),
    "likes": re.compile(r"(?:点赞|赞|推荐)\s*[（(:：]?\s*(\d[\d,]*)[）)]?$|(\d[\d,]*)\s*人?点赞"),
    "reposts": re.compile(r"(?:转发|分享)\s*[（(:：]?\s*(\d[\d,]*)[）)]?$|(\d[\d,]*)\s*次转发"),
    "heat": re.compile(
        r"(?:阅读|浏览|点击|访问|播放)(?:次数|量|数|人次)?\s*[（(:：]?\s*(\d[\d,]*)|(\d[\d,]*)\s*(?:次?阅读|次浏览|人参与|次播放)|参与\s*(\d[\d,]*)"
    ),
}


class Article(Struct, frozen=True):
    """What a page says; `published_at` is UTC or None, `text` has a line for each paragraph."""

    title: str
    published_at: datetime | None
    author: str
    text: str
    engagement: Engagement = Engagement()


def extract(html: bytes | str, url: str = "", *, header: str = "", now: datetime | None = None) -> Article | None:
    """Return the article of a page, or None where it holds none; never raises on whatever is given.

    `header` is the Content-Type of the answer; `now` (aware) is when the page was seen, for times such as 3小时前.
    """
    tree = page(html if isinstance(html, str) else decoded(html, header=header)[0])
    root = tree.root
    if root is None:
        return None
    said = Said(tree)
    address = url or said.url
    whole = Lines(root)
    if len(whole.lines) > _MOST_LINES:
        return None
    body = _read(whole, said.named, address, tree)
    if _length(body) < _LEAST:
        unhidden = Lines(root, aside=False)
        if _length(again := _read(unhidden, said.named, address, tree)) > 2 * _length(body):
            whole, body = unhidden, again
    shown = body
    if _length(body) < _SHORT and (kept := said.script_body()):
        fragment = page(kept).root
        inside = trimmed(Lines(fragment, aside=False).lines, said.named) if fragment is not None else []
        if _length(inside) > 2 * _length(body):
            body, shown = inside, []
    if _length(body) < _FEWEST or (shown and _is_index(whole, shown)):
        return None
    article = _article(whole, shown, said, text=joined(body)[:_LONGEST_TEXT], url=address, now=now or datetime.now(UTC))
    return article if _length(body) >= _LEAST or article.published_at is not None else None


def _read(whole: Lines, named: str, url: str, tree: LexborHTMLParser) -> list[Line]:
    """Return the lines of the body: from the site's own place, else where text is dense."""
    title = headline(whole.lines, [], (), named)
    for place in places_of(url):
        found = (block for block in whole.blocks if place in block.name.split() and not block.aside)
        for block in islice(found, 3):
            body = trimmed(whole.within(block), title)
            if _length(body) >= _LEAST:
                return body
    weights = [weight(line) for line in whole.lines]
    block_of, run = (trimmed(lines, title) for lines in (container(whole, weights), stretch(whole.lines, weights)))
    if likeness(block_of, run) >= _AGREE or not block_of or not run:
        return block_of or run
    return _nearer(tree, block_of, run)


def _nearer(tree: LexborHTMLParser, one: list[Line], other: list[Line]) -> list[Line]:
    """Choose the reading that is more like trafilatura's."""
    # Imported here: it takes half a second, and most pages are read without it.
    from trafilatura import extract as slowly

    tree.strip_tags(["script", "style", "noscript", "svg", "iframe"])
    html = tree.html or ""
    judge = squeezed((slowly(html, fast=True, include_comments=False) if len(html) <= _SLOW else "") or "")

    def agreement(lines: list[Line]) -> float:
        """Return how far a reading agrees with the other."""
        pieces = [squeezed(line.text) for line in lines]
        both = sum(len(piece) for piece in pieces if piece in judge)
        return 2 * both / (sum(map(len, pieces)) + len(judge) + 1)

    return max(one, other, key=agreement)


def _length(lines: Sequence[Line]) -> int:
    return sum(len(squeezed(line.text)) for line in lines)


def _is_index(whole: Lines, body: Sequence[Line]) -> bool:
    """Tell whether the page is a list of others: more of what stands there are links than text."""
    between = whole.lines[body[0].place : body[-1].place + 1]
    linked = sum(line.linked for line in between)
    return linked > sum(len(line.text) for line in between) - linked


def _article(whole: Lines, body: Sequence[Line], said: Said, *, text: str, url: str, now: datetime) -> Article:
    title = headline(whole.lines, body, said.titles, said.named)
    stated = chain(said.times, said.script_times())
    return Article(
        title=title,
        published_at=published(whole.lines, body, title, stated=stated, url=url, now=now),
        author=_author(whole.lines, body, said),
        text=text,
        engagement=_engagement(whole.lines, body),
    )


def _author(lines: Sequence[Line], body: Sequence[Line], said: Said) -> str:
    top = body[0].place if body else len(lines)
    for line in lines[max(0, top - 12) : top + 2]:
        match = _BYLINE.search(line.text) if len(line.text) <= 90 else None
        if match is not None:
            return match[1]
    for name in said.authors:
        if 2 <= len(name) <= 20 and "@" not in name and not name.isdigit() and not is_site(name) and name not in said.named:
            return name.strip()
    return ""


def _engagement(lines: Sequence[Line], body: Sequence[Line]) -> Engagement:
    """Read what stands in short lines around the body; the first number of each kind counts."""
    if not body:
        return Engagement()
    top, bottom = body[0].place, body[-1].place
    counts = _counted(lines[max(0, top - 14) : top])
    below = lines[bottom + 1 : bottom + 30]
    # Below the number of comments stand the comments, with numbers of their own.
    talk = next((place + 2 for place, line in enumerate(below) if _COUNTS["comments"].search(line.text)), len(below))
    return Engagement(**{**_counted(below[:talk]), **counts})


def _counted(lines: Sequence[Line]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines:
        for kind, pattern in _COUNTS.items():
            match = pattern.search(line.text) if len(line.text) <= 70 and kind not in counts else None
            if match is not None:
                counts[kind] = int(next(group for group in match.groups() if group).replace(",", "")[:12])
    return counts
