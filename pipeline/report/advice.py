"""What a report advises: only what routing, the level and a known debunk say, each with its rule."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pipeline.model import Alert
from pipeline.report.blocks import alert_name
from pipeline.report.content import Paragraph
from pipeline.report.draft import Draft, fact


def advice(draft: Draft, event: str, until: datetime, *, alert: Alert | None, debunked: Sequence[str]) -> Iterator[Paragraph]:
    """Yield what is to be done about an event: by whom, by when after `alert`, and what to answer, from posts matched with a known claim."""
    route = draft.kept.route(event, until)
    lines = []
    lead, office = fact("route", event, "lead", until), fact("route", event, "office", until)
    if route.outside:
        lines.append(draft.say("外省事件，由", office, "掌握情况，不作分办。依据：", fact("route", event, "office_why", until), "。"))
    else:
        others = ("，", fact("route", event, "cooperating", until), "配合") if route.cooperating else ()
        lines.append(draft.say("由", lead, "牵头办理", *others, "。依据：", fact("route", event, "lead_why", until), "。"))
        lines.append(draft.say("由", office, "落实属地责任。依据：", fact("route", event, "office_why", until), "。"))
    if alert:
        named = fact("alert", alert_name(alert), "level")
        lines.append(draft.say("自预警发出起 ", fact("level", str(alert.level), "sla"), "内受理。依据：预警分级时限，", named, "。"))
    for post in debunked:
        lines.append(draft.say("以已有核查结论回应：", fact("post", post, "finding"), "。依据：辟谣条目，", fact("post", post, "citation"), "。"))
    yield from (Paragraph((line,), f"{place}.") for place, line in enumerate(lines, start=1))
