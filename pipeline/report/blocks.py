"""What reports of periods and of events have in common: times, charts, and tables of alerts."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.model import Alert
from pipeline.report.content import Chart, Fact, Table, Tally
from pipeline.report.draft import Draft, Read, fact
from pipeline.report.lost import lost_keys
from pipeline.report.period import TIMED
from pipeline.report.reading import UNITS, short

_BARS = 12
"""Bars of a chart that is not of times."""


def when(at: datetime) -> Read:
    """Return a time that the report is about."""
    return Read(Fact("time", at.isoformat(), "at"))


def alert_name(alert: Alert) -> str:
    """Return what facts name an alert by: its event's id, its own, and when it was raised."""
    return f"{alert.event}/{alert.id}/{alert.raised_at.isoformat()}"


def chart(draft: Draft, tally: Tally, caption: str) -> Chart:
    """Return the bars of a tally: times in their order, anything else the greatest first."""
    kept, timed = draft.kept, tally.by in TIMED
    ranked = sorted(((key, count) for key, count in tally.values.items() if count), key=lambda item: (-item[1], item[0]))
    keys = list(tally.values) if timed else [key for key, _ in ranked[:_BARS]]
    lost = lost_keys(kept.lost(tally.since, tally.until), tally.by) if timed else ()
    told = draft.say(f"{caption}：最多为", Read(tally, "peak"), "，", Read(tally, "most"), f" {UNITS[tally.of]}。")
    return Chart(caption, told, draft.at(tally), tuple(keys), tuple(short(tally.by, key, kept.config) for key in keys), lost)


def alert_table(draft: Draft, alerts: Sequence[Alert], caption: str) -> Table:
    """Return a table of alerts."""
    fields = ("raised_at", "level", "title", "why")
    rows = [tuple(draft.say(fact("alert", alert_name(alert), field)) for field in fields) for alert in alerts]
    return Table(caption, ("时间", "级别", "事件", "理由"), tuple(rows), (0.2, 0.1, 0.25, 0.45))
