"""Harm counts of an event as a series: each stated number with who said it, when, and in which words; what holds, and who says otherwise. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from config.source import Source
from pipeline.model import Member
from pipeline.told import KINDS


class Stated(Struct, frozen=True):
    """A number of people that one post states; `quote` are its words, empty where they were not kept."""

    value: int
    at: datetime
    post: str
    source: str
    trust: str
    quote: str

    @property
    def is_official(self) -> bool:
        """Whether officials say so."""
        return self.trust == "official"


class HarmSeries(Struct, frozen=True):
    """All that was stated of one kind of harm, oldest first; `current` is the newest official number, else the greatest.

    `conflicts` are the other numbers that sources said last, the greatest first.
    """

    kind: str
    current: Stated
    conflicts: tuple[int, ...]
    stated: tuple[Stated, ...]


def harm_series(members: Sequence[Member], sources: Mapping[str, Source]) -> tuple[HarmSeries, ...]:
    """Return the series of each kind (ill, hospitalised, dead) of which any member states a number."""
    found: dict[str, list[Stated]] = {kind: [] for kind in KINDS}
    for member in sorted(members, key=lambda member: (member.at, member.post)):
        for kind, stated in _of(member, sources):
            found[kind].append(stated)
    return tuple(_series(kind, row) for kind, row in found.items() if row)


def _of(member: Member, sources: Mapping[str, Source]) -> Iterator[tuple[str, Stated]]:
    harm = member.assessment.harm
    told = [(kind, getattr(harm, kind)) for kind in KINDS if getattr(harm, kind, None) is not None]
    quotes = harm.quotes if harm and len(harm.quotes) == len(told) else ("",) * len(told)
    trust = sources[member.source].trust if member.source in sources else ""
    for (kind, value), quote in zip(told, quotes, strict=True):
        yield kind, Stated(value, member.at, member.post, member.source, trust, quote)


def _series(kind: str, row: Sequence[Stated]) -> HarmSeries:
    official = [stated for stated in row if stated.is_official]
    current = official[-1] if official else max(row, key=lambda stated: stated.value)
    last = {stated.source: stated.value for stated in row}
    others = {value for source, value in last.items() if not (official and source == current.source)} - {current.value}
    return HarmSeries(kind, current, tuple(sorted(others, reverse=True)), tuple(row))
