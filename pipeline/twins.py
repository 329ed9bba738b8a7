"""Tells whether two live events have turned out to be one matter, now that one of them got a post. Pure.

Either half the posts of the smaller one would by now be put into the other, or posts call both by their names; long ones do not count
there, for they tell of many matters. What the events are by now decides, and nothing else, so that a tracker that starts here decides as one
that has run for ever.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pipeline.cluster import FOLLOWED, Live
from pipeline.likeness import CORE, Said, names, tells
from pipeline.model import Event, Member

_FEW = 8
"""An event of so many posts or fewer may go where most of its posts belong."""
_AGREED = 2
"""Words that each of them must share with the other event, however near in time: a same city is one, a name two."""
_CALLED = 4
"""Posts that each of two events must have before posts that call both by name say that they are one."""
_BRIDGES = 2
"""Such posts that are needed."""
_LATEST = 50
"""Posts of each event, the latest of one window, that are asked for both names."""
_SHOWN = 3
"""Words that a reason names."""


class Twin(NamedTuple):
    """That `event` is the same matter as `into`, the one of more posts, and why."""

    event: str
    into: str
    why: str


def twins(live: Live, post: str) -> list[Twin]:
    """Return the events that turned out to be twins of the event which got a post; the one of most posts first."""
    own = live.events[live.placed(post)]
    newest = live.figures[own.id].members[post]
    said, at = live.said(newest.assessment), newest.at
    mine, found = said.pop(own.id, ()), []
    for name, theirs in said.items():
        other = live.events[name]
        if not any(map(tells, theirs)) or live.gap(other, at) > live.window or _elsewhere(own, other):
            continue
        greater, smaller = sorted((own, other), key=lambda one: (-one.posts, one.first_seen, one.id))
        if why := _moved(live, smaller, greater) or (_bridged(live, greater, smaller, at) if _bridge(mine, theirs) else ""):
            found.append(Twin(smaller.id, greater.id, why))
    return sorted(found, key=lambda twin: (-live.events[twin.into].posts, twin.into, twin.event))


def _elsewhere(one: Event, other: Event) -> bool:
    """Whether both say where they are, and it is nowhere near each other; other than for posts, abroad counts too."""
    first, second = ({place.path[:1] for place in event.places or ()} for event in (one, other))
    return bool(first and second) and not first & second


def _moved(live: Live, smaller: Event, greater: Event) -> str:
    """Why the smaller event belongs to the greater one: half of its posts or more would be put there now."""
    if smaller.posts > _FEW or greater.posts < FOLLOWED:
        return ""
    members = live.figures[smaller.id].members.values()
    alike = [member for member in members if _belongs(live, member, greater)]
    if 2 * len(alike) < len(members) or not alike:
        return ""
    words = [word for member in alike for word in _told(live, member, greater)]
    return f"{len(members)} 条中 {len(alike)} 条说的就是这件事（{'、'.join(list(dict.fromkeys(words))[:_SHOWN])}）"


def _belongs(live: Live, member: Member, event: Event) -> bool:
    """Whether a post would be put into an event now; what says much must share two words, for a name or a city alone is soon the same."""
    shared = sum(map(tells, live.common(member.assessment, event)))
    return (shared >= _AGREED or _says_little(member)) and live.belongs(member.assessment, event, member.at, least=_AGREED)


def _says_little(member: Member) -> bool:
    return len(member.assessment.terms) <= CORE


def _told(live: Live, member: Member, event: Event) -> Iterable[str]:
    return (one.word for one in live.common(member.assessment, event) if tells(one))


def _bridged(live: Live, greater: Event, smaller: Event, at: datetime) -> str:
    """Why two events of some posts are one: so many posts of either call both by their names."""
    if smaller.posts < _CALLED:
        return ""
    latest = [member for event in (greater, smaller) for member in live.figures[event.id].since(at - live.window)[-_LATEST:] if _says_little(member)]
    called = [found for member in latest if (found := _bridge(live.common(member.assessment, greater), live.common(member.assessment, smaller)))]
    if len(called) < _BRIDGES:
        return ""
    return f"{len(called)} 条帖文同时说到{'和'.join(f'“{word}”' for word in called[-1])}"


def _bridge(one: Sequence[Said], other: Sequence[Said]) -> tuple[str, ...]:
    """Return a name of each of two events, or two names that both have, by which a post calls them; empty where it does not."""
    first, second = names(one), names(other)
    ours, theirs = ([word for word in some if word not in rest] for some, rest in ((first, second), (second, first)))
    if ours and theirs:
        return ours[0], theirs[0]
    both = tuple(word for word in first if word in second)
    return both[:2] if len(both) > 1 else ()
