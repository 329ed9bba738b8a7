"""What the pipeline makes: judged posts with their fates, events, cases and alerts."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from crawlers.post import Post
from nlp.assessment import Assessment, Debunk, Place

LEVELS = {1: "Ⅰ红", 2: "Ⅱ橙", 3: "Ⅲ黄", 4: "Ⅳ蓝"}


class Fate(StrEnum):
    """What became of a well-formed post that was to be kept."""

    KEPT = "kept"
    REVISED = "revised"
    REPEATED = "repeated"


class JudgedPost(Struct, frozen=True):
    """A post with its assessment. `digest` is blake2b-128 of title and text: same id, other digest = revised."""

    post: Post
    assessment: Assessment
    digest: bytes
    revision: int = 1

    @property
    def is_tracked(self) -> bool:
        """Whether the tracker must see it: relevant, or uncertain."""
        return self.assessment.is_relevant or self.assessment.is_uncertain


class Member(Struct, frozen=True):
    """That a post belongs to an event, with all that the event's figures are derived from. `near` is the post that it repeats in other words."""

    event: str
    post: str
    at: datetime
    title: str
    platform: str
    source: str
    assessment: Assessment
    reach: int = 0
    rank: int | None = None
    near: str = ""
    bands: tuple[int, ...] = ()


class Note(Struct, frozen=True, omit_defaults=True):
    """One line of an event's handling log; `action` is the step that it tells of, empty where it tells of none (or was written before steps were)."""

    at: datetime
    by: str
    text: str
    action: str = ""


STATUSES = ("new", "acknowledged", "dismissed", "closed")
STATUS_OF = {
    "clue": "new",
    "event": "acknowledged",
    "rated": "acknowledged",
    "assigned": "acknowledged",
    "feedback": "acknowledged",
    "reviewed": "acknowledged",
    "archived": "closed",
    "dismissed": "dismissed",
}
"""阶段: the phases of a case, in order, and the status that each is; what may lead from one to another is in pipeline.handling."""
_FIRST = {status: phase for phase, status in reversed(STATUS_OF.items())}


class Rating(Struct, frozen=True, omit_defaults=True):
    """人工定级: the level that a person gave, and why."""

    level: int
    by: str
    at: datetime
    why: str = ""


class Assignment(Struct, frozen=True, omit_defaults=True):
    """交办: that a department or office was given an event, and what came of it. `part` is lead, with or office; `answered` says that its
    last feedback was not returned. What is withdrawn, or of an earlier `round`, is waited for no more."""

    department: str
    title: str
    at: datetime
    by: str
    part: str = "with"
    clauses: tuple[str, ...] = ()
    round: int = 1
    received: Note | None = None
    feedback: tuple[Note, ...] = ()
    returned: tuple[Note, ...] = ()
    answered: bool = False
    withdrawn: Note | None = None


class Case(Struct, frozen=True, omit_defaults=True):
    """The half of an event that people write: `version` rises with every change, so that a stale one is refused."""

    status: str = "new"
    owner: str = ""
    version: int = 0
    notes: tuple[Note, ...] = ()
    within: str = ""
    """The phase, where the status alone does not tell it."""
    rated: Rating | None = None
    assignments: tuple[Assignment, ...] = ()
    round: int = 1
    """Rises when the case is opened again."""

    @property
    def phase(self) -> str:
        """Return how far its handling is, one of STATUS_OF."""
        return self.within or _FIRST[self.status]

    @property
    def current(self) -> tuple[Assignment, ...]:
        """Return the assignments that count: those of this round that were not withdrawn."""
        return tuple(one for one in self.assignments if one.round == self.round and one.withdrawn is None)


class Edit(Struct, frozen=True):
    """A change to a case; None leaves a field as it is. A `phase` brings its status; `action` names the step in the log."""

    by: str
    status: str | None = None
    owner: str | None = None
    note: str = ""
    action: str = ""
    phase: str | None = None
    rated: Rating | None = None
    assignments: tuple[Assignment, ...] | None = None
    round: int | None = None


class Burst(Struct, frozen=True):
    """突增: that a series, a topic in a place, has more posts than chance and the growth of its sources explain; docs/rules.md says how it is tested.

    `place` is a path, empty where none is said. `baseline` are the posts in the same hours of the weeks before, the latest first. It is a burst
    where `p` is at most `limit`: `alpha`, the chance of a false one in a day, shared by all `series` and hours. `posts` are the latest behind it.
    """

    rule: str
    test: str
    topic: str
    place: tuple[str, ...]
    since: datetime
    until: datetime
    observed: int
    expected: float
    baseline: tuple[int, ...]
    p: float
    alpha: float
    limit: float
    series: int
    posts: tuple[str, ...]


class Event(Struct, frozen=True):
    """事件: one matter, over all its posts. Its id is its first post's. The tracker writes all but `case`."""

    id: str
    title: str
    first_seen: datetime
    last_seen: datetime
    posts: int
    stage: str
    level: int | None
    points: int
    why: tuple[str, ...]
    topics: tuple[str, ...]
    platforms: Mapping[str, int]
    terms: Mapping[str, float]
    places: tuple[Place, ...] | None = None
    rumor: float | None = None
    debunk: Debunk | None = None
    episode: int = 1
    alerted: int | None = None
    """The most severe level alerted in this episode."""
    case: Case = Case()
    lower: tuple[str, ...] = ()
    """What would lower its level."""
    bursts: tuple[Burst, ...] = ()
    """The bursts that posts of it set off in this episode, one a rule."""
    rumor_state: str = "none"
    """none, unknown (a claim that nobody refuted or confirmed), debunked or confirmed."""
    rumor_since: datetime | None = None
    failed: tuple[str, ...] = ()
    """Rules that could not be applied to it."""


class Alert(Struct, frozen=True):
    """预警: the immutable record that an event rose to a level."""

    id: str
    event: str
    raised_at: datetime
    first_seen: datetime
    level: int
    title: str
    why: tuple[str, ...]
    topics: tuple[str, ...]
    platforms: Mapping[str, int]
    posts: int
    episode: int = 1
    places: tuple[Place, ...] | None = None
    rumor: float | None = None
    debunk: Debunk | None = None


def alert_id(event: str, level: int, episode: int) -> str:
    """Return the id of the one alert that this rise can raise."""
    return hashlib.blake2b(f"{event}/{level}/{episode}".encode(), digest_size=16).hexdigest()


class Step(Struct, frozen=True):
    """All that the tracker decided about one batch of pending posts; a store applies it so that doing it again changes nothing.

    `reassessed` are posts whose assessment memory changed; `removed` are events that are no more, with all their members, and `left` are
    events and posts that no longer belong together; `cleared` are the pending ids that are done, cleared last.
    """

    cleared: tuple[str, ...]
    reassessed: tuple[JudgedPost, ...] = ()
    events: tuple[Event, ...] = ()
    members: tuple[Member, ...] = ()
    alerts: tuple[Alert, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


class Entry(Struct, frozen=True):
    """台账条目: one small record that a part of the pipeline keeps for itself in a `book` of the ledger: a delivery, a user, a mute.

    `at` orders the entries of a book, `state` tells them apart, `body` is JSON in UTF-8 and that part's own affair; `version` is how
    often it was written, as the store counts.
    """

    book: str
    id: str
    at: datetime
    state: str = ""
    body: bytes = b"{}"
    version: int = 0


class Lease(Struct, frozen=True):
    """The right to do what must happen once; `fence` rises each time it changes hands."""

    name: str
    holder: str
    fence: int
    until: datetime
