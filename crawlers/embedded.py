"""What pages say beside their visible text: metadata, JSON-LD, and articles kept in the variables of scripts."""

import html
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from selectolax.lexbor import LexborHTMLParser

_TITLES: Final = ("articletitle", "og:title", "twitter:title", "title", "headline", "contenttitle")
_TIMES: Final = [
    "article:published_time",
    "og:published_time",
    "og:release_date",
    "pubdate",
    "publishdate",
    "publish_date",
    "pubtime",
    "publish_time",
    "publish-time",
    "publishtime",
    "firstpublishedtime",
    "datepublished",
    "dateupdate",
    "og:time",
    "weibo:article:create_at",
    "bytedance:published_time",
    "release_date",
    "dc.date",
    "dc.date.issued",
    "apub:time",
    "date",
    "createdate",
    "createtime",
]
_AUTHORS: Final = ("author", "article:author", "og:article:author", "dc.creator", "mediaid")
_LITERAL: Final = r"""(?:"((?:[^"\\\n]++|\\.)*+)"|'((?:[^'\\\n]++|\\.)*+)')"""
_BODY_KEY: Final = re.compile(
    r"""(?<![\w$])["']?(?:content|articleBody|article_content|contentHtml|content_html|contentNoencode|content_noencode|htmlContent|body|bodyHtml|cnt_html|detail|text|article|newsContent|data)["']?\s*+[:=]\s*+(?:(?:JSON\.parse|decodeURIComponent|JsDecode)\(\s*+)?"""
    + _LITERAL
)
_TIME_KEY: Final = re.compile(
    r"""(?<![\w$])["']?(?:datePublished|pubDate|publishTime|publish_time|publishDate|publish_date|pubTime|pub_time|ptime|newsTime|createTime|create_time|ct|time|publishedAt|svrDate|oriCreateTime)["']?\s*+[:=]\s*+["']?("""
    r"""\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}[^"'<>,;]{0,20}|1\d{9}(?:\d{3})?)(?=["',;\s}])"""
)
_CHINESE: Final = re.compile("[一-鿿]")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
_PLAIN: Final = {"n": "\n", "r": "\n", "t": " ", "b": "", "f": ""}
_SCRIPTS: Final = 2_000_000


class Said:
    """What a page says of itself: titles, times and authors, the surest first."""

    __slots__ = ("_kept", "_scripts", "authors", "named", "times", "titles", "url")

    def __init__(self, tree: LexborHTMLParser) -> None:
        meta: dict[str, str] = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            key = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
            meta.setdefault("".join(key.lower().split()), attributes.get("content") or "")
        self._scripts: list[str] = []
        linked: list[dict[str, object]] = []
        for node in tree.css("script"):
            text = node.text()
            if (node.attributes.get("type") or "").lower() == "application/ld+json":
                linked.extend(_linked(text))
            elif len(text) > 40:
                self._scripts.append(text)
        # Some sites keep the article's HTML in a hidden textarea, search engines' data keep it as plain text.
        self._kept = [node.text()[:_SCRIPTS] for node in tree.css("textarea")[:20]] + _strings(linked, "articleBody")
        name = tree.css_first("title")
        self.named = name.text() if name is not None else ""
        self.titles = [meta[key] for key in _TITLES if meta.get(key)] + _strings(linked, "headline", "title")
        self.times = [meta[key] for key in _TIMES if meta.get(key)] + _strings(linked, "datePublished", "pubDate", "upDate")
        self.times += [node.attributes.get("datetime") or "" for node in tree.css("time[datetime]")[:1]]
        self.authors = [meta[key] for key in _AUTHORS if meta.get(key)] + _strings(linked, "author")
        address = tree.css_first("link[rel=canonical]")
        self.url = (address.attributes.get("href") if address is not None else "") or meta.get("og:url", "") or meta.get("url", "")

    def script_times(self) -> Iterator[str]:
        """Yield the times that variables of scripts hold, in their order."""
        for text in self._scripts:
            for found in _TIME_KEY.finditer(text[:_SCRIPTS]):
                yield found[1]

    def script_body(self) -> str:
        """Return the longest Chinese text or HTML that a script, a textarea or JSON-LD holds, or nothing."""
        best, most = "", 80
        for text in self._kept:
            count = len(_CHINESE.findall(text))
            if count > most:
                best, most = text, count
        for text in self._scripts:
            for found in _BODY_KEY.finditer(text[:_SCRIPTS]):
                literal = found[1] or found[2] or ""
                if len(literal) < 80:
                    continue
                plain = unescaped(literal)
                count = len(_CHINESE.findall(plain))
                if count > most:
                    best, most = plain, count
        return best


def unescaped(literal: str) -> str:
    """Return the text of a literal of JavaScript, once more where it is JSON in a string, and its HTML entities resolved."""
    for _ in range(2):
        if "\\" not in literal:
            break
        literal = _ESCAPE.sub(_one, literal)
    return html.unescape(literal) if "&lt;" in literal or "&#" in literal else literal


def _one(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if not code:
        return _PLAIN.get(match[3], match[3])
    number = int(code, 16)
    return "" if 0xD800 <= number < 0xE000 else chr(number)


def _linked(text: str) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON-LD block; a broken one has none."""
    try:
        found = msgspec.json.decode(re.sub(r"[\n\r\t]", " ", text[:_SCRIPTS]).encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            graph = one.get("@graph")
            yield from (inner for inner in graph if isinstance(inner, dict)) if isinstance(graph, list) else (one,)


def _strings(found: list[dict[str, object]], *keys: str) -> list[str]:
    strings: list[str] = []
    for key in keys:
        for one in found:
            value = one.get(key)
            value = value[0] if isinstance(value, list) and value else value
            value = value.get("name") if isinstance(value, dict) else value
            if isinstance(value, str) and value:
                strings.append(value)
    return strings
