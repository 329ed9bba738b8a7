"""What happens to every post that comes in, from top to bottom: is it sound, is it new, what is it about, keep it.

Nothing is decided here about events: what is relevant or uncertain is kept as pending, and `pipeline.track` goes on with it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from config.source import Source
from crawlers.post import Broken, Collected, Post, digest
from crawlers.records import ZONE
from nlp.assessment import Analyst, Assessment
from pipeline.erased import erased_of
from pipeline.evidence.folder import Folder
from pipeline.model import Fate, JudgedPost
from pipeline.store import FateCount, Store

log = logging.getLogger(__name__)

BATCH = 2048
"""Posts judged and kept at once: one model call and one commit."""


@dataclass(slots=True)
class Tally:
    """What became of the posts: read = kept + revised + repeated + all dropped + quarantined."""

    read: int = 0
    quarantined: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.read + other.read, self.quarantined + other.quarantined, self.fates + other.fates, self.dropped + other.dropped)


@dataclass(frozen=True, slots=True)
class Intake:
    """The parts that ingesting works with. `quarantine` keeps what is broken where a person sees it; without `evidence`, none is kept."""

    store: Store
    analyst: Analyst
    sources: Mapping[str, Source]
    quarantine: Callable[[Broken], None]
    evidence: Folder | None = None


def ingest(found: Iterable[Post | Collected | Broken], intake: Intake, *, now: datetime) -> Iterator[Tally]:
    """Take everything in, batch by batch; yield the tally so far after each. Stopping between two batches loses nothing that was counted."""
    tally = Tally()
    found = iter(found)
    while batch := list(islice(found, BATCH)):
        _take(batch, intake, tally, now)
        yield tally


def _take(batch: Sequence[Post | Collected | Broken], intake: Intake, tally: Tally, now: datetime) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()

    # 1. What is no post waits in quarantine, with its place and reason.
    posts: list[Post] = []
    sealed: dict[tuple[str, bytes], bytes] = {}
    for item in batch:
        if isinstance(item, Broken):
            intake.quarantine(item)
        elif isinstance(item, Collected):
            posts.append(item.post)
            sealed[item.post.id, digest(item.post)] = item.sealed
        else:
            posts.append(item)

    # 2. What nobody would want is dropped, for one of few reasons; so is what a person had erased.
    wanted: list[Post] = []
    erased = erased_of(intake.store, posts)
    for post in posts:
        reason = "erased on request" if post.id in erased else drop_reason(post, intake.sources.get(post.source), now)
        if reason:
            tally.dropped[reason] += 1
            counts[_day(post), post.source, f"dropped: {reason}"] += 1
        else:
            wanted.append(post)

    # 3. Each is judged, and 4. kept, its evidence first where it matters; the store knows whether it has been here before.
    judged = _judged(wanted, intake)
    if intake.evidence and sealed:
        intake.evidence.keep(
            [(one, sealed[one.post.id, one.digest]) for one in judged if one.is_tracked and (one.post.id, one.digest) in sealed], now
        )
    for one, fate in zip(judged, intake.store.keep(judged), strict=True):
        tally.fates[fate] += 1
        counts[_day(one.post), one.post.source, fate] += 1
        log.debug("post %s source=%s outcome=%s", one.post.id, one.post.source, fate)

    # 5. The fates are counted, so that a source that falls silent is seen.
    tally.read += len(batch)
    tally.quarantined += len(batch) - len(posts) + len(wanted) - len(judged)
    intake.store.add_fates(FateCount(day, source, fate, posts) for (day, source, fate), posts in counts.items())


def drop_reason(post: Post, source: Source | None, now: datetime) -> str:
    """Return why a sound post is not kept, empty if it is. The age limit is for what was collected, not for history brought by hand."""
    if not post.writing.strip():
        return "no text"
    if max(at for at in (post.published_at, post.collected_at) if at) > now + timedelta(days=1):
        return "from the future"
    if source and post.published_at and post.collected_at and post.collected_at - post.published_at > source.max_age:
        return "too old for its source"
    return ""


def _judged(posts: Sequence[Post], intake: Intake) -> list[JudgedPost]:
    try:
        assessments: Sequence[Assessment | None] = intake.analyst.assess(posts)
    except Exception:
        # One of them breaks the analyst; find it, so that it waits alone and the others go on.
        log.exception("a batch could not be judged; judging its posts one by one")
        assessments = [_judged_alone(post, intake) for post in posts]
    return [JudgedPost(post, assessment, digest(post)) for post, assessment in zip(posts, assessments, strict=True) if assessment]


def _judged_alone(post: Post, intake: Intake) -> Assessment | None:
    try:
        return intake.analyst.assess([post])[0]
    except Exception as error:
        log.exception("post %s could not be judged", post.id)
        intake.quarantine(Broken(f"post {post.id}", f"could not be judged: {error!r}", post.writing))
        return None


def _day(post: Post) -> str:
    return post.at.astimezone(ZONE).date().isoformat()
