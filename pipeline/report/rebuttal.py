"""Drafts the 辟谣通报 of an event from the known debunk that its posts were matched with; without one there is nothing to draft."""

import hashlib
from collections import Counter
from datetime import datetime

from config.board import Board
from config.errors import InputError
from config.schema import Channel
from pipeline.model import Member
from pipeline.notify import Message
from pipeline.report.blocks import when
from pipeline.report.content import Paragraph, Report, Section
from pipeline.report.draft import Draft, Read, event_row, fact, number, post_rows
from pipeline.report.kept import Kept
from pipeline.report.period import ZONE, Period
from pipeline.report.plain import plain


def rebuttal(kept: Kept, event: str, until: datetime) -> Report:
    """Return the draft. Raises InputError where no post of the event was matched with a known claim by then."""
    event, until = kept.event(event).id, until.astimezone(ZONE)
    then = kept.as_of(event, until)
    known = _known(kept, kept.members_in(event, None, until))
    if not known:
        raise InputError(f"{event}: none of its posts was matched with a known debunk, so there is nothing to draft a rebuttal from")
    draft, span, post = Draft(kept), Period(then.first_seen, until), known[0].post
    claim, finding, citation = (fact("post", post, field) for field in ("claim", "finding", "citation"))
    platforms, stances = (draft.tally("members", event, span, by) for by in ("platform", "stance"))
    spread = (
        draft.say("近期网上出现“", claim, "”的说法，例如“", fact("post", post, "title"), "”。"),
        draft.say(
            "相关帖文最早采集于", fact("event", event, "first_seen", until), "，截至", when(until), "收录 ",
            number(draft.tally("members", event, span)), " 条，见于：", Read(platforms, "top", "6"), "。",
        ),
        draft.say("其中对该说法：", Read(stances, "top", "3"), "。"),
    )  # fmt: skip
    sections = (
        Section("传言", (Paragraph(spread),)),
        Section("核查结论", (Paragraph((draft.say(finding, "。"),)),)),
        Section("依据", (Paragraph((draft.say(citation, "。"),)),)),
    )
    return Report(
        kind="rebuttal",
        id=event,
        office=kept.config.settings.office,
        since=span.since,
        until=until,
        title=draft.say("关于“", claim, "”的辟谣通报"),
        sections=sections,
        evidence=tuple(draft.evidence),
        posts=post_rows(kept, list(dict.fromkeys([*draft.cited(), *(one.post for one in known)]))[:50]),
        events=(event_row(kept, event, span),),
        is_draft=True,
    )


def _known(kept: Kept, members: list[Member]) -> list[Member]:
    """The posts that speak of the claim that most of them speak of, those that spread it first, as they are kept."""
    found = []
    for one in members:
        judged = kept.post(one.post)
        if judged and judged.assessment.debunk and judged.assessment.debunk == one.assessment.debunk:
            found.append((judged.assessment.debunk, one))
    if not found:
        return []
    counts = Counter(debunk.id for debunk, _ in found)
    claim = max(counts, key=lambda id_: (counts[id_], id_))
    ranked = [(debunk.stance != "spreads", one.at, one.post, one) for debunk, one in found if debunk.id == claim]
    return [one for *_, one in sorted(ranked, key=lambda row: row[:3])]


def outgoing(report: Report, page: str) -> Message:
    """Return the message that partners get; `page` is the report as HTML.

    Its id follows from the event and from what was found, whenever it is sent, so that a partner gets it once; one that has not gone gives way to
    a later one of the same event.
    """
    found = "\n".join(
        sentence.text for section in report.sections[1:] for block in section.blocks if isinstance(block, Paragraph) for sentence in block.sentences
    )
    return Message(
        id=f"rebuttal-{report.id}-{hashlib.blake2b(found.encode(), digest_size=8).hexdigest()}",
        of="rebuttal",
        title=f"{report.title.text}（草稿）" if report.is_draft else report.title.text,
        text=plain(report),
        html=page,
        at=report.until,
        about=report.id,
    )


def partner_board(channel: Channel) -> Board:
    """Return the recipient that a partner's channel is in the outbox: told at once, at every hour."""
    return Board(name=f"to-{channel.name}"[:40], title=channel.title, channels=(channel.name,), breaks=4)
