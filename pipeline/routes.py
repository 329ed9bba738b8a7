"""Reads what routing needs of events: the post that each began with, and what its members are called."""

from collections.abc import Mapping, Sequence

from config.load import Config
from pipeline.model import Event, JudgedPost, Member
from pipeline.route import Route, routed
from pipeline.store import Store

_MOST = 300
"""Members of an event that are read, the newest."""


def routes(store: Store, events: Sequence[Event], config: Config) -> Mapping[str, Route]:
    """Return who answers for each event, by its id. An event's first post bears its id, so these are read at once."""
    firsts = store.posts([event.id for event in events])
    return {event.id: routed(event, texts_of(event, firsts.get(event.id), _members(store, event)), config) for event in events}


def texts_of(event: Event, first: JudgedPost | None, members: Sequence[Member]) -> list[str]:
    """Return the texts that an event is routed by: its first post's whole, then a line of each of the newest members."""
    whole = first.post.writing if first else event.title
    # Of an event of one post all is read already.
    newest = [member for member in members[:_MOST] if member.post != event.id] if event.posts > 1 else []
    return [whole, *(f"{member.title}\n{member.assessment.summary or ''}" for member in newest)]


def _members(store: Store, event: Event) -> Sequence[Member]:
    return store.members(event.id) if event.posts > 1 else ()
