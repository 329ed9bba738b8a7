"""Checks a finished report against what is kept: reads everything that it says from the evidence again."""

from collections.abc import Callable, Iterator
from itertools import chain

from msgspec import Struct

from config.errors import InputError
from pipeline.report.content import Report, Said, Sentence, Tally, cells, charts, sentences
from pipeline.report.draft import alert_rows, event_row, heard, numbered, post_rows
from pipeline.report.kept import Kept
from pipeline.report.lost import lost_keys
from pipeline.report.period import TIMED, Period
from pipeline.report.recount import recounted
from pipeline.report.sources import source_rows

Values = Callable[[int], dict[str, int]]
"""Counts the tally at a place again."""


class Unsupported(Struct, frozen=True):
    """What a report says and the evidence does not, and why."""

    said: str
    why: str


def unsupported(report: Report, kept: Kept) -> list[Unsupported]:
    """Return every sentence, chart and line of a list that the evidence does not bear; none for a report that is sound.

    `kept` should be new: what it has read already is not read again.
    """
    fresh: dict[int, dict[str, int]] = {}

    def values(place: int) -> dict[str, int]:
        """Count a tally again, once."""
        one = report.evidence[place]
        assert isinstance(one, Tally)
        if place not in fresh:
            fresh[place] = recounted(one, kept)
        return fresh[place]

    found = []
    for sentence in chain(sentences(report), cells(report)):
        found += [Unsupported(sentence.text, why) for why in _faults(sentence, report, kept, values)]
    found += [Unsupported(sentence.text, "it has no evidence") for sentence in sentences(report) if not sentence.evidence]
    for place, one in enumerate(report.evidence):
        if isinstance(one, Tally) and values(place) != dict(one.values):
            found.append(Unsupported(f"{one.of} {one.where}".strip(), f"the store counts {values(place)}, not {dict(one.values)}"))
    for chart in charts(report):
        tally = report.evidence[chart.by]
        assert isinstance(tally, Tally)
        if tally.by in TIMED and chart.lost != lost_keys(kept.lost(tally.since, tally.until), tally.by):
            found.append(Unsupported(chart.caption, "other times are lost"))
    return found + list(_rows(report, kept))


def _faults(sentence: Sentence, report: Report, kept: Kept, values: Values) -> Iterator[str]:
    for part in sentence.parts:
        if isinstance(part, str):
            if numbered(part):
                yield f"no evidence says the number in {part!r}"
            continue
        try:
            now = _again(part, report, kept, values)
        except (KeyError, IndexError, ValueError, InputError) as error:
            yield str(error)
            continue
        if now != part.text:
            yield f"the evidence says {now!r}, not {part.text!r}"


def _again(part: Said, report: Report, kept: Kept, values: Values) -> str:
    one = report.evidence[part.by]
    if not isinstance(one, Tally):
        return heard(one, part.how, part.key, kept)
    than = values(part.than).get(part.key, 0) if part.than is not None else None
    return heard(one, part.how, part.key, kept, values=values(part.by), than=than)


def _rows(report: Report, kept: Kept) -> Iterator[Unsupported]:
    """Lines of the lists that are not what is kept."""
    this = Period(report.since, report.until)
    if post_rows(kept, (row.id for row in report.posts)) != report.posts:
        yield Unsupported("附件", "the posts are kept otherwise")
    for row in report.events:
        try:
            if event_row(kept, row.id, this) != row:
                yield Unsupported(row.title, "the event is kept otherwise")
        except InputError as error:
            yield Unsupported(row.title, str(error))
    named = {row.name for row in report.sources} if report.kind in ("event", "rebuttal") else ()
    if report.sources and source_rows(kept, this, named) != report.sources:
        yield Unsupported("来源", "the sources are kept otherwise")
    known = alert_rows(kept, this, event=report.id if report.kind in ("event", "rebuttal") else "")
    if any(alert not in known for alert in report.alerts):
        yield Unsupported("预警", "the alerts are kept otherwise")
