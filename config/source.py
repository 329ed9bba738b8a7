"""A source is a declaration with its own assertions: where it is, how it is read, what a healthy crawl yields."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.schema import Declaration, Duration, Name

Category = Literal["hot-list", "news", "regulator", "debunk", "complaint", "forum", "social", "industry", "international", "review"]
Trust = Literal["official", "media", "platform", "person"]

FIELDS = ("text", "id", "title", "url", "author", "published_at", "reposts", "comments", "likes", "heat", "rank")
"""The fields of a post that a source may read."""


class Select(Declaration):
    """One field: where it stands, and what of it counts."""

    at: str = Field(description="CSS with ::text or ::attr() (listing), JMESPath (api), element name (feed)")
    pattern: str = Field("", description="regular expression; its first group, else its match, is kept")
    join: str = Field("", description="put between several matches; empty = first match only")
    base: str = Field("", description="put before the value, such as the address that an id belongs to")


class Detail(Declaration):
    """The article page behind an item of a list."""

    fields: dict[str, str | Select] = Field(default={}, description="read from the page; a field not named is extracted from the whole page")


class Expect(Declaration):
    """What a healthy crawl looks like; what falls outside is a sick source."""

    min_posts: int = Field(1, ge=0, description="fewest items seen by one crawl, new or not")
    max_age: Duration = Field(timedelta(days=30), description="greatest age of the newest item")
    text_rate: float = Field(0.8, ge=0, le=1, description="share of items that have a text")


class Source(Declaration):
    """信源: one place that posts come from."""

    name: Name
    title: str
    kind: Literal["feed", "listing", "api", "import"] = Field(description="import: only files bring its posts")
    url: str = ""
    category: Category
    trust: Trust
    platform: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    every: Duration | None = None
    cron: str = Field("", description="five fields, Asia/Shanghai; instead of every")
    enabled: bool = True
    needs: Literal["none", "cookie", "login", "browser"] = "none"
    checked: str = Field("", description="when and how its selectors were last seen to be true")
    headers: dict[str, str] = Field(default={})
    encoding: str = Field("", description="only where the site itself says a wrong one")
    delay: float | None = Field(None, ge=0, description="seconds between two requests")
    pages: int = Field(1, ge=1, le=100, description="list pages to read; {page} in the url")
    items: str = Field("", description="what is one item: CSS (listing) or JMESPath (api)")
    fields: dict[str, str | Select] = Field(default={})
    detail: Detail | None = None
    skip: tuple[str, ...] = Field((), description="items whose title or text matches one of these expressions are left out")
    refused: str = Field("", description="JMESPath or CSS that is true when the site refuses inside a 200")
    max_age: Duration = Field(timedelta(days=30), description="older items are dropped: too old")
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "import":
            return self
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        if (self.every is None) == (not self.cron):
            raise ValueError("give either every or cron")
        if self.kind in ("listing", "api") and not (self.items and self.fields):
            raise ValueError(f"a {self.kind} source needs items and fields")
        unknown = [name for fields in (self.fields, self.detail.fields if self.detail else {}) for name in fields if name not in FIELDS]
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(unknown)}; a post has {', '.join(FIELDS)}")
        return self
