"""What an event is about, in one line and a few phrases of its own posts: pure, and drawn anew wherever it is shown."""

from collections.abc import Sequence

from nlp.summary import Brief, brief
from pipeline.model import Event, Member


def brief_of(event: Event, members: Sequence[Member]) -> Brief:
    """Return the line and the key phrases of an event, from its members' summaries (their titles, where they have none)."""
    ordered = sorted(members, key=lambda member: (member.at, member.post))
    return brief((member.assessment.summary or member.title for member in ordered), event.terms)
