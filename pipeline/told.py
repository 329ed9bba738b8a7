"""What the members of an event say of people harmed, and of whether what goes round is true; kept up as they come. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime

from nlp.stance import settled
from pipeline.model import Member

KINDS = ("ill", "hospitalised", "dead")
LIKE_A_RUMOR = 0.5
"""Likeness to a rumor from which a post is a claim that must be looked into."""
_TRUSTED = ("official", "media")

When = tuple[datetime, str]
Trust = Callable[[str], str]
"""The trust class of a source, by its name."""


def claims(member: Member) -> bool:
    """Whether a post is put like a rumor, or spreads or asks about a known claim; what refutes is none."""
    thought = member.assessment
    if thought.debunk:
        return thought.debunk.stance != "refutes"
    return thought.rumor is not None and thought.rumor.score >= LIKE_A_RUMOR


def refutes(member: Member) -> bool:
    """Whether a post says that what goes round is untrue."""
    thought = member.assessment
    return thought.debunk.stance == "refutes" if thought.debunk else settled(member.title)


def speaks(member: Member) -> bool:
    """Whether a post says by itself that something may be wrong: it is relevant without what others said, tells of harm, or is put like a rumor."""
    thought = member.assessment
    own = bool(thought.second) or (thought.is_relevant and not thought.recalled)
    harm = thought.harm
    return own or bool(harm and (harm.symptoms or harm.ill or harm.hospitalised or harm.dead)) or claims(member)


class Told:
    """What was told, by source: the same whatever order it came in."""

    def __init__(self) -> None:
        self.speaks = False
        self.vulnerable: set[str] = set()
        self._latest: dict[str, dict[str, tuple[When, int]]] = {kind: {} for kind in KINDS}
        self._greatest: dict[str, list[tuple[When, int]]] = {kind: [] for kind in KINDS}
        self._claimed: When | None = None
        self._refuted: dict[str, When] = {}
        self._refuting: dict[str, int] = {}
        self._reported: dict[str, When] = {}

    def put(self, member: Member) -> None:
        """Take in a new member."""
        when, source, harm = (member.at, member.post), member.source, member.assessment.harm
        self.speaks = self.speaks or speaks(member)
        if harm:
            for kind in KINDS:
                if (value := getattr(harm, kind)) is not None:
                    self._state(kind, source, (when, value))
            if harm.symptoms or any(getattr(harm, kind) for kind in KINDS):
                self.vulnerable.update(harm.vulnerable)
        if claims(member):
            self._claimed = min(when, self._claimed or when)
        elif refutes(member):
            self._refuted[source] = min(when, self._refuted.get(source, when))
            self._refuting[source] = self._refuting.get(source, 0) + 1
        else:
            self._reported[source] = min(when, self._reported.get(source, when))

    def _state(self, kind: str, source: str, stated: tuple[When, int]) -> None:
        """Keep the latest of each source, and of all what nobody later exceeded: from any time on, the first of these is the greatest."""
        latest, greatest = self._latest[kind], self._greatest[kind]
        latest[source] = max(stated, latest.get(source, stated))
        place = bisect_left(greatest, stated)
        if place < len(greatest) and greatest[place][1] >= stated[1]:
            return
        start = place
        while start and greatest[start - 1][1] <= stated[1]:
            start -= 1
        greatest[start:place] = [stated]

    def current(self, kind: str, trust: Trust) -> int:
        """Return the number that holds: what officials said last, or a greater one said since; without them the greatest. 0 where none is said."""
        greatest = self._greatest[kind]
        official = max((stated for source, stated in self._latest[kind].items() if trust(source) == "official"), default=None)
        if official is None:
            return greatest[0][1] if greatest else 0
        since = bisect_left(greatest, official)
        return max(official[1], greatest[since][1] if since < len(greatest) else 0)

    def refuting(self, trust: Trust) -> int:
        """Return how many posts of officials and media say that it is untrue."""
        return sum(count for source, count in self._refuting.items() if trust(source) in _TRUSTED)

    def state(self, trust: Trust) -> tuple[str, datetime | None]:
        """Return none, unknown, debunked or confirmed, and since when.

        Where a claim goes round, it is debunked once officials or media refute it, confirmed once officials report the matter and refute
        nothing, else unknown. Where nothing is claimed, what is refuted all the same is debunked.
        """
        refuted = min(_trusted(self._refuted, trust, _TRUSTED), default=None)
        if refuted:
            return "debunked", refuted[0]
        if self._claimed is None:
            return "none", None
        confirmed = min(_trusted(self._reported, trust, ("official",)), default=None)
        if confirmed:
            return "confirmed", max(confirmed, self._claimed)[0]
        return "unknown", self._claimed[0]


def _trusted(times: dict[str, When], trust: Trust, classes: tuple[str, ...]) -> Iterator[When]:
    return (when for source, when in times.items() if trust(source) in classes)
