"""What a report is made of: sections of sentences, tables and charts, each part that says something bound to the evidence that says it.

A report is made once, as this structure; pages, Word and Excel are renderings of it. A sentence is a row of parts: a plain string is wording of
ours and holds no number; `Said` is what a piece of evidence says, and can be read from it again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

KINDS = {"daily": "日报", "weekly": "周报", "monthly": "月报", "event": "专报", "rebuttal": "辟谣通报"}


class Fact(Struct, frozen=True, tag="fact"):
    """One field of one kept record: a post, event, alert, route, crawl or declared level. What an event says is as of `until`, if given."""

    kind: str
    id: str
    field: str
    until: datetime | None = None


class Tally(Struct, frozen=True, tag="tally"):
    """A count that the store gives again: of posts, members of an event, events or alerts, since <= time < until, whole or `by` a key.

    `where` is a query for posts, an event's id for members, one of new, grew, fell, rumor, debunked (or empty) for events.
    """

    of: str
    where: str
    since: datetime
    until: datetime
    by: str
    values: Mapping[str, int]


Evidence = Fact | Tally


class Said(Struct, frozen=True, tag="said"):
    """What a piece of evidence says: `by` is its place in the report's evidence, `key` and `how` how it is read (`pipeline.report.reading`).

    `than` is the place of a second tally that the first is compared with.
    """

    text: str
    by: int
    key: str = ""
    how: str = "is"
    than: int | None = None


class Sentence(Struct, frozen=True):
    """Wording and what evidence says, in a row."""

    parts: tuple[str | Said, ...]

    @property
    def text(self) -> str:
        """The sentence as it is read."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def evidence(self) -> tuple[int, ...]:
        """The places of its evidence, each once, in order."""
        found: dict[int, None] = {}
        for part in self.parts:
            if isinstance(part, Said):
                found[part.by] = None
                if part.than is not None:
                    found[part.than] = None
        return tuple(found)


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """Sentences that belong together; `ordinal` is the number before it in a list, empty where it is in none."""

    sentences: tuple[Sentence, ...]
    ordinal: str = ""


class Table(Struct, frozen=True, tag="table"):
    """A table whose every cell is a sentence; `widths` are shares of the line."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Sentence, ...], ...]
    widths: tuple[float, ...]


class Chart(Struct, frozen=True, tag="chart"):
    """Bars of one tally: a bar a key, in the order of `keys`. `lost` are the keys of times in which sources were lost: shown hatched."""

    caption: str
    alt: Sentence
    by: int
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    lost: tuple[str, ...] = ()


Block = Paragraph | Table | Chart


class Section(Struct, frozen=True):
    """A part with its title; `parts` are those below it."""

    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple["Section", ...] = ()


class PostRow(Struct, frozen=True):
    """A post in the list of evidence; `number` is what sentences refer to it by."""

    number: int
    id: str
    at: datetime
    published_at: datetime | None
    platform: str
    source: str
    title: str
    text: str
    url: str
    reach: int


class EventRow(Struct, frozen=True):
    """An event in the list of events: its posts before the report's end, and those of its time."""

    id: str
    title: str
    first_seen: datetime
    last_seen: datetime
    posts: int
    gained: int
    level: int | None
    topics: tuple[str, ...]
    places: tuple[str, ...]
    platforms: Mapping[str, int]


class AlertRow(Struct, frozen=True):
    """An alert in the list of alerts."""

    id: str
    event: str
    raised_at: datetime
    level: int
    title: str
    why: tuple[str, ...]
    posts: int


class SourceRow(Struct, frozen=True):
    """A source: its posts in the report's time, and why it was lost, where it was."""

    name: str
    title: str
    posts: int
    lost_since: datetime | None = None
    lost_until: datetime | None = None
    why: str = ""


class Report(Struct, frozen=True):
    """报告: a document about a period [since, until) or about an event up to `until`."""

    kind: str
    id: str
    office: str
    since: datetime
    until: datetime
    title: Sentence
    sections: tuple[Section, ...]
    evidence: tuple[Evidence, ...]
    posts: tuple[PostRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    is_draft: bool = False

    @property
    def number(self) -> str:
        """What the report is called in ids and names of files."""
        return f"{self.kind}-{self.id}"


def walk(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Yield every section, the upper before those below it."""
    for section in sections:
        yield section
        yield from walk(section.parts)


def sentences(report: Report) -> Iterator[Sentence]:
    """Yield every sentence: the title, those of paragraphs, and what a chart says to who cannot see it."""
    yield report.title
    for section in walk(report.sections):
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield from block.sentences
            elif isinstance(block, Chart):
                yield block.alt


def cells(report: Report) -> Iterator[Sentence]:
    """Yield the content of every cell of every table."""
    for section in walk(report.sections):
        for block in section.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    yield from row


def charts(report: Report) -> Iterator[Chart]:
    """Yield every chart."""
    for section in walk(report.sections):
        yield from (block for block in section.blocks if isinstance(block, Chart))
