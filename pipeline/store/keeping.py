"""Decides what becomes of a post that meets the one already kept, and of a case that is edited: the same for every store."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct, structs

from config.errors import QueryError
from crawlers.post import Engagement, Post
from pipeline.model import STATUS_OF, STATUSES, Case, Edit, Event, Fate, JudgedPost, Note

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOTHING = Engagement()


class Record(Struct, frozen=True):
    """A post as kept: `renewed` is the decision time of the newest sighting, `earlier` the digests that it no longer has."""

    judged: JudgedPost
    renewed: datetime
    earlier: tuple[bytes, ...] = ()


class Meeting(Struct, frozen=True):
    """What comes of a sighting: the record now, whether the tracker must see it, and whether engagement and content changed."""

    record: Record
    fate: Fate
    wakes: bool
    counted: bool
    retold: bool


def met(kept: Record | None, seen: JudgedPost) -> Meeting:
    """Decide the fate of a sighting. One older than what is kept, or one already replaced at the same time, changes nothing."""
    if kept is None:
        counted = seen.post.engagement != _NOTHING
        return Meeting(Record(seen, seen.post.at), Fate.KEPT, wakes=seen.is_tracked, counted=counted, retold=True)
    at, was = seen.post.at, kept.judged
    same = seen.digest == was.digest
    if at < kept.renewed or (at == kept.renewed and not same and seen.digest in kept.earlier):
        return Meeting(kept, Fate.REPEATED, wakes=False, counted=False, retold=False)
    engagement = renewed(was.post.engagement, seen.post.engagement)
    counted = engagement != was.post.engagement
    if same:
        now = structs.replace(was, post=structs.replace(was.post, engagement=engagement)) if counted else was
        wakes = was.is_tracked and grew(was.post.engagement, engagement)
        return Meeting(Record(now, at, kept.earlier), Fate.REPEATED, wakes=wakes, counted=counted, retold=False)
    post = structs.replace(seen.post, engagement=engagement, **_first_time(was.post))
    now = structs.replace(seen, post=post, revision=was.revision + 1)
    earlier = (*(digest for digest in kept.earlier if digest != seen.digest), was.digest)
    wakes = seen.is_tracked or was.is_tracked
    return Meeting(Record(now, at, earlier), Fate.REVISED, wakes=wakes, counted=counted, retold=True)


def _first_time(first: Post) -> dict[str, datetime | None]:
    """The fields by which a revision keeps the decision time of the first."""
    if first.collected_at is not None:
        return {"collected_at": first.collected_at}
    return {"collected_at": None, "published_at": first.published_at}


def renewed(old: Engagement, new: Engagement) -> Engagement:
    """Return the new figures, and the old ones where the new do not say."""
    if new in (_NOTHING, old):
        return old
    return Engagement(*(was if now is None else now for was, now in zip(_figures(old), _figures(new), strict=True)))


def grew(old: Engagement, new: Engagement) -> bool:
    """Return whether any count rose, or the rank became better."""
    *counts, (was_rank, rank) = zip(_figures(old), _figures(new), strict=True)
    risen = any((now or 0) > (was or 0) for was, now in counts)
    return risen or (rank is not None and (was_rank is None or rank < was_rank))


def _figures(engagement: Engagement) -> tuple[int | None, ...]:
    return engagement.reposts, engagement.comments, engagement.likes, engagement.heat, engagement.rank


def edited(event: Event, edit: Edit, now: datetime) -> Case:
    """Return the event's case after the edit. Raises ValueError for a status or phase that there is not."""
    case = event.case
    if edit.status is not None and edit.status not in STATUSES:
        raise ValueError(f"no status is called {edit.status}; there are {', '.join(STATUSES)}")
    if edit.phase is not None and edit.phase not in STATUS_OF:
        raise ValueError(f"no phase is called {edit.phase}; there are {', '.join(STATUS_OF)}")
    status = STATUS_OF[edit.phase] if edit.phase else edit.status or case.status
    within = edit.phase or (case.within if status == case.status else "")
    return Case(
        status=status,
        owner=case.owner if edit.owner is None else edit.owner,
        version=case.version + 1,
        notes=(*case.notes, Note(now, edit.by, edit.note, edit.action)) if edit.note else case.notes,
        within="" if within and Case(status).phase == within else within,
        rated=edit.rated or case.rated,
        assignments=case.assignments if edit.assignments is None else edit.assignments,
        round=edit.round or case.round,
    )


def stood(cursor: str) -> tuple[int, str] | None:
    """Return the time and the id at which a page ended, told by its cursor; None for the beginning. Raises QueryError for what is no cursor."""
    if not cursor:
        return None
    at, slash, after = cursor.partition("/")
    if not slash or not at.lstrip("-").isdecimal() or len(at) > 18:
        raise QueryError(f"{cursor!r} is no cursor of this list; take the one that the last page gave")
    return int(at), after


def milliseconds(at: datetime) -> int:
    """Return the whole milliseconds since 1970 of an aware time."""
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def moment(at: int) -> datetime:
    """Return the time that these milliseconds are."""
    return _EPOCH + timedelta(milliseconds=at)


def storable(judged: JudgedPost) -> JudgedPost:
    """Return the post with U+FFFD in place of every half of a surrogate pair, which no file can hold."""
    if not any(_SURROGATES.search(text) for text in _strings(msgspec.to_builtins(judged, builtin_types=(bytes, datetime)))):
        return judged
    return msgspec.convert(_whole(msgspec.to_builtins(judged, builtin_types=(bytes, datetime))), JudgedPost)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list | tuple) else value
