"""Counts again what a tally says, from the store alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from pipeline.model import Event, Member
from pipeline.report.content import Tally
from pipeline.report.kept import Kept
from pipeline.report.period import TIMED, Period, key_of, steps
from pipeline.store.meaning import All, Named, Node, Query, Tag, fold, tag
from pipeline.store.query import parsed

RUMOR = 0.5
"""Likeness from which a post counts as like a rumor."""


def recounted(tally: Tally, kept: Kept) -> dict[str, int]:
    """Return what the store gives now for the tally's question; its own values say only which keys are asked for."""
    return counted(kept, tally.of, tally.where, Period(tally.since, tally.until), by=tally.by, keys=tally.values)


def counted(kept: Kept, of: str, where: str, this: Period, *, by: str = "", keys: Iterable[str] = ()) -> dict[str, int]:
    """Return a number for each key; hours and days have all their keys, posts those that are asked for, others those that occur."""
    match of:
        case "posts":
            return _posts(kept, where, this, by=by, keys=keys)
        case "members":
            found = Counter(key for one in kept.members_in(where, this.since, this.until) for key in _of_member(one, by))
        case "events":
            found = Counter(key for event, _ in chosen(kept, where, this) for key in _of_event(event, by))
        case "alerts":
            found = Counter({"": len(kept.alerts(this))} if not by else (str(one.level) for one in kept.alerts(this)))
        case _:
            raise ValueError(f"nothing counts {of}")
    if by in TIMED:
        return {key: found[key] for key in (key_of(at, by) for at in steps(this.since, this.until, by))}
    return dict(sorted(found.items())) if by else {"": found[""]}


def _posts(kept: Kept, where: str, this: Period, *, by: str, keys: Iterable[str]) -> dict[str, int]:
    """Posts by key: a search each, over the step of a time or with one more filter."""
    if by in TIMED:
        step = timedelta(hours=1) if by == "hour" else timedelta(days=1)
        begins = steps(this.since, this.until, by)
        return {key_of(at, by): kept.store.count(_query(where, max(at, this.since), min(at + step, this.until))) for at in begins}
    if by:
        return {key: kept.store.count(_query(where, this.since, this.until, _filter(by, key))) for key in keys}
    return {"": kept.store.count(_query(where, this.since, this.until))}


def _query(where: str, since: datetime, until: datetime, also: Node | None = None) -> Query:
    nodes = tuple(node for node in (parsed(where).where, also) if node is not None)
    return Query(All(nodes) if nodes else None, since, until)


def _filter(by: str, key: str) -> Node:
    """What `by:key` means in a query, whatever signs a key has."""
    return Named(fold(key)) if by == "place" else Tag(by, tag(by, key).partition(":")[2])


def _of_member(member: Member, by: str) -> list[str]:
    match by:
        case "":
            return [""]
        case "hour" | "day":
            return [key_of(member.at, by)]
        case "platform" | "source":
            return [str(getattr(member, by))]
        case "stance":
            return [member.assessment.debunk.stance] if member.assessment.debunk else []
        case "place":
            return ["/".join(place.path) for place in member.assessment.places or ()]
        case "near":
            return [""] if member.near else []
        case "rumor":
            return [""] if member.assessment.rumor and member.assessment.rumor.score >= RUMOR else []
    raise ValueError(f"members are not counted by {by}")


def _of_event(event: Event, by: str) -> list[str]:
    match by:
        case "":
            return [""]
        case "topic":
            return list(event.topics)
        case "place":
            return sorted({"/".join(place.path[:2]) for place in event.places or ()})
    raise ValueError(f"events are not counted by {by}")


def chosen(kept: Kept, where: str, this: Period) -> list[tuple[Event, int]]:
    """Return the events of a period that `where` names, with what each gained in it.

    Empty: all that gained posts; new: that began in it; grew, fell: older ones that gained as much as in the period before or more, and
    once alerted ones that gained less (`/` and when the period before began behind it); rumor, debunked: with a post by then that is like
    a rumor, or speaks of a known claim.
    """
    moved = kept.moved(this)
    name, _, since = where.partition("/")
    if name in ("grew", "fell"):
        return _older(kept, name, this, Period(datetime.fromisoformat(since), this.since))
    tests: dict[str, Callable[[Event], bool]] = {
        "": lambda event: True,
        "new": lambda event: event.first_seen >= this.since,
        "rumor": lambda event: (event.rumor or 0) >= RUMOR and any(_of_member(one, "rumor") for one in kept.members_in(event.id, None, this.until)),
        "debunked": lambda event: event.debunk is not None and any(one.assessment.debunk for one in kept.members_in(event.id, None, this.until)),
    }
    return [(event, gained) for event, gained in moved.values() if tests[name](event)]


def _older(kept: Kept, name: str, this: Period, before: Period) -> list[tuple[Event, int]]:
    moved, earlier = kept.moved(this), kept.moved(before)
    both: Mapping[str, tuple[Event, int]] = {**earlier, **moved}
    found = []
    for id_, (event, _) in sorted(both.items()):
        gained, had = (part[id_][1] if id_ in part else 0 for part in (moved, earlier))
        if event.first_seen >= this.since or (gained < had) != (name == "fell"):
            continue
        if name == "grew" or kept.alerts_of(event.id, this.until):
            found.append((event, gained))
    return found
