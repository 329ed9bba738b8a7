"""A source is a declaration with its own assertions: where it is, how it is read, what a healthy crawl yields."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.schema import Declaration, Duration, Name, SearchWord

Category = Literal["hot-list", "news", "regulator", "debunk", "complaint", "forum", "social", "industry", "international", "review"]
Trust = Literal["official", "media", "platform", "person"]
Encoding = Literal["", "utf-8", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-1252"]

FIELDS = ("text", "id", "title", "url", "author", "author_id", "published_at", "reposts", "comments", "likes", "heat", "rank")
"""The fields of a post that a source may read."""


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


class Select(Declaration):
    """One field: where it stands, and what of it counts."""

    at: str = Field(
        min_length=1,
        description="listing: CSS, of an element all its text unless ::text or ::attr(); api: JMESPath; feed: element name, such as summary",
    )
    pattern: Pattern = Field("", description="regular expression; its first group, else its match, is kept")
    join: str = Field("", description="put between several matches; empty = first match only")
    order: Literal["ymd", "dmy", "mdy"] = Field("ymd", description="published_at: how a date of figures alone is written")
    base: str = Field("", description="put before the value, such as the address that an id belongs to")


Fields = dict[str, str | Select]
"""Fields of a post; a bare word is what `at` would be."""


class Detail(Declaration):
    """The article page behind an item of a list, asked once for each address."""

    fields: Fields = Field(default={}, description="CSS, read from the page; a field not named is extracted from the whole page")


class Keywords(Declaration):
    """搜索词: where the words of a search come from. `config.keywords` says which they are."""

    topics: int = Field(0, ge=0, le=100, description="so many words of each topic, the strongest first")
    watches: bool = Field(False, description="the words of watches.yaml, four times as often as one of a topic")
    words: tuple[SearchWord, ...] = Field((), description="these as they stand, twice as often as one of a topic")
    places: tuple[str, ...] = Field(
        (), description="words of topics are asked for with each of these; home: the own province; prefectures: each of its"
    )
    encoding: Encoding = Field("", description="how a word is written into an address; empty = utf-8")


_SIZE = re.compile(r"([1-9]\d{0,5}) ?(KiB|MiB)")


def _size(value: object) -> object:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is no size; write a whole number and KiB or MiB, such as 5 MiB")
    return int(found[1]) * {"KiB": 2**10, "MiB": 2**20}[found[2]]


Size = Annotated[int, BeforeValidator(_size, json_schema_input_type=str)]
"""Bytes, written as `5 MiB`."""


class Attachments(Declaration):
    """附件: files that an article links, asked with it; tables of failed samples in them are read."""

    formats: tuple[Literal["xls", "xlsx", "pdf", "docx", "zip"], ...] = Field(
        ("xls", "xlsx", "pdf", "docx", "zip"), min_length=1, description="endings of the files that are asked"
    )
    max: int = Field(5, ge=1, le=20, description="files of one article")
    max_bytes: Size = Field(5 * 2**20, le=8 * 2**20, description="of one file, at most 8 MiB")


class Expect(Declaration):
    """What a healthy crawl looks like; what falls outside is a sick source."""

    min_posts: int = Field(1, ge=0, description="fewest items seen by one crawl, new or not")
    max_age: Duration = Field(timedelta(days=30), description="greatest age of the newest item")
    text_rate: float = Field(0.8, ge=0, le=1, description="share of items that have a text, or a title where no text is declared")


class Source(Declaration):
    """信源: one place that posts come from."""

    name: Name
    title: str
    kind: Literal["feed", "listing", "api", "import"] = Field(description="import: only files bring its posts")
    url: str = Field("", description="the list; {page} stands for the page's number, {keyword} for the word that is searched")
    more: str = Field("", description="address of the second page on, with {page}, where it is written otherwise than the first")
    first: int = Field(1, ge=0, description="number of the first page")
    step: int = Field(1, ge=1, description="what {page} grows by; the page's size where a site counts items, not pages")
    pages: int = Field(1, ge=1, le=100, description="list pages to read; reading ends early where a page brings nothing new")
    body: str = Field("", description="sent by POST, as JSON where it begins with a bracket, else as a form; {page} and {keyword} as in the url")
    keywords: Keywords | None = Field(None, description="of a search: the words that it asks for in turn")
    searches_per_day: int = Field(0, ge=0, le=5000, description="of a search: how many words are asked for in a day, spread over its crawls")
    category: Category
    trust: Trust
    platform: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    every: Duration | None = None
    cron: str = Field("", description="five fields, Asia/Shanghai; instead of every")
    enabled: bool = True
    needs: Literal["none", "cookie", "login", "browser"] = "none"
    checked: str = Field("", description="when and how its selectors were last seen to be true")
    headers: dict[str, str] = Field(default={})
    encoding: Encoding = Field("", description="only where the site itself says a wrong one")
    delay: float | None = Field(None, ge=0, description="seconds between two requests")
    inside: str = Field("", description="listing: JMESPath of the HTML, where it comes inside a JSON answer")
    cut: Pattern = Field("", description="api: regular expression; its first group is the JSON, where that stands inside a page or a script")
    items: str = Field("", description="what is one item: CSS (listing) or JMESPath (api)")
    fields: Fields = Field(default={}, description="read from each item; a hot list without rank counts its items")
    detail: Detail | None = None
    attachments: Attachments | None = Field(None, description="read the files that articles link; needs detail")
    ocr: bool | None = Field(None, description="read text in pictures of articles that have little text; not given = crawl.ocr")
    skip: tuple[Pattern, ...] = Field((), description="items whose title or text matches one of these expressions are left out")
    refused: str = Field("", description="JMESPath (api) or CSS that finds something when the site refuses inside a 200")
    max_age: Duration = Field(timedelta(days=30), description="older items are dropped: too old")
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "import":
            return self
        if any(url and not url.startswith(("http://", "https://")) for url in (self.url, self.more)) or not self.url:
            raise ValueError("url must begin with http:// or https://")
        if (self.every is None) == (not self.cron):
            raise ValueError("give either every or cron")
        if self.inside and self.kind != "listing":
            raise ValueError("only a listing is read from the inside of a JSON answer")
        if self.detail is None and (self.attachments or self.ocr):
            raise ValueError("attachments and pictures are those of an article: they need detail")
        if self.cut and self.kind != "api":
            raise ValueError("only an api is cut out of a page")
        if self.kind in ("listing", "api") and not (self.items and self.fields):
            raise ValueError(f"a {self.kind} source needs items and fields")
        if self.pages > 1 and not any("{page}" in where for where in (self.more, self.url, self.body)):
            raise ValueError("more than one page needs {page} in url, more or body")
        unknown = [name for fields in (self.fields, self.detail.fields if self.detail else {}) for name in fields if name not in FIELDS]
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(unknown)}; a post has {', '.join(FIELDS)}")
        faults = [*self._unsearchable(), *self._unreadable()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unsearchable(self) -> Iterator[str]:
        """Say what a search lacks, or what is no search has of one."""
        declared = self.keywords
        if declared is None:
            if self.searches_per_day or "{keyword}" in self.url + self.more + self.body:
                yield "a search needs keywords, which say where its words come from"
            return
        if "{keyword}" not in self.url + self.body or (self.more and "{keyword}" not in self.more + self.body):
            yield "keywords need {keyword} in url or body, and in more where there is one"
        if not (declared.topics or declared.watches or declared.words):
            yield "keywords: say topics, watches or words"
        if self.every is None:
            yield "a search needs every, not cron: its words are spread over the day"
        elif self.searches_per_day * self.every < timedelta(days=1):
            yield "searches_per_day: there are more crawls in a day than searches; make every longer"

    def _unreadable(self) -> Iterator[str]:
        """Say which expressions the spiders could not use."""
        own = [("items", self.items), ("refused", self.refused)]
        own += [(f"fields.{name}", at(field)) for name, field in self.fields.items()]
        page = [(f"detail.fields.{name}", at(field)) for name, field in self.detail.fields.items()] if self.detail else []
        if self.kind == "feed":
            own = [("refused", self.refused)]
        css, jmespath = (page, own) if self.kind == "api" else ([*own, *page], [("inside", self.inside)])
        for key, expression in css:
            if fault := _css_fault(expression):
                yield f"{key}: {fault}"
        for key, expression in jmespath:
            if fault := _jmespath_fault(expression):
                yield f"{key}: {fault}"


def at(field: str | Select) -> str:
    """Return where a declared field stands."""
    return field if isinstance(field, str) else field.at


# The two parsers are imported where they are needed: most commands never read a source.
def _css_fault(expression: str) -> str:
    from cssselect.parser import SelectorError
    from parsel.csstranslator import HTMLTranslator

    try:
        HTMLTranslator().css_to_xpath(expression or "*")
    except SelectorError as error:
        return f"{expression!r} is no CSS selector: {error}"
    return ""


def _jmespath_fault(expression: str) -> str:
    from jmespath import compile as compiled
    from jmespath.exceptions import JMESPathError

    try:
        compiled(expression or "@")
    except JMESPathError as error:
        return f"{expression!r} is no JMESPath: {str(error).splitlines()[0]}"
    return ""
