"""Texts with what must be found in them: where the matter is, whom it harmed, how alarmed it is. Real texts are named by hash.

Each file holds halves: `written` texts are our own and were used while building, as real ones called `seen`; `unseen` ones were labelled
before anything was measured on them, and are only measured on. Of the texts on alarm, `tune` was looked at, `held` only measured on.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from config.errors import InputError
from nlp.assessment import Harm, Place
from nlp.corpora import key, microblogs, streams

FOLDER = Path(__file__).parent / "eval"
LEVELS = {"calm": (0, 0.1999), "doubt": (0.2, 0.55), "disgust": (0.4, 0.85), "anger": (0.45, 0.95), "panic": (0.55, 1)}
"""The levels of alarm, in order, and the band that each lies in."""

DOUBTFUL = "?"
"""The event of titles of which careful readers would not say alike whether they belong."""

Numbers: TypeAlias = tuple[int | None, int | None, int | None]
"""How many are ill, hospitalised and dead; None where no number is stated."""


class PlaceCase(NamedTuple):
    """`text` is a hash for real texts; `wanted` are codes, paths where there is no code."""

    half: str
    text: str
    wanted: frozenset[str]


class HarmCase(NamedTuple):
    """`text` is a hash for real texts."""

    half: str
    text: str
    wanted: Numbers


class AlarmCase(NamedTuple):
    """A text of our own and its level."""

    half: str
    level: str
    text: str


class EventCase(NamedTuple):
    """One title of a known event: `text` is its hash, `day` the ISO date on which it was first seen; `event` may be DOUBTFUL."""

    half: str
    day: str
    event: str
    text: str


def of_places(path: Path = FOLDER / "places.tsv") -> list[PlaceCase]:
    """Return the cases on places, in order. Raises InputError for a line that does not hold."""
    return [PlaceCase(half, text, frozenset(codes.split(",")) - {""}) for half, text, codes in _rows(path, 3, "half, text, codes")]


def of_harm(path: Path = FOLDER / "harm.tsv") -> list[HarmCase]:
    """Return the cases on harm, in order. Raises InputError for a line that does not hold."""
    rows = _rows(path, 5, "half, text, ill, hospitalised, dead")
    return [HarmCase(half, text, (_number(ill), _number(treated), _number(dead))) for half, text, ill, treated, dead in rows]


def of_alarm(path: Path = FOLDER / "alarm.tsv") -> list[AlarmCase]:
    """Return the cases on alarm, in order. Raises InputError for a line that does not hold."""
    return [AlarmCase(*row) for row in _rows(path, 3, "half, level, text")]


def of_events(path: Path = FOLDER / "events.tsv") -> list[EventCase]:
    """Return the titles of known events, in order. Raises InputError for a line that does not hold."""
    return [EventCase(*row) for row in _rows(path, 4, "half, day, event, hash")]


def floors(path: Path = FOLDER / "floors.json") -> dict[str, dict[str, float]]:
    """Return the figures, by set, below which no model may fall."""
    found: dict[str, dict[str, float]] = json.loads(path.read_text("utf-8"))
    return found


def where(found: tuple[Place, ...] | None) -> frozenset[str]:
    """Return places as the cases name them."""
    return frozenset(place.code or "/".join(place.path) for place in found or ())


def stated(found: Harm | None) -> Numbers:
    """Return the numbers of a harm as the cases have them."""
    return (found.ill, found.hospitalised, found.dead) if found else (None, None, None)


def real(shared: Path, wanted: frozenset[str]) -> dict[str, str]:
    """Return the real texts that hashes name, by hash. Raises InputError where one is not in the folder."""
    texts = (*(seen.text for seen in streams(shared)), *(text for text, _ in microblogs(shared)))
    found = {name: text for text in texts if (name := key(text)) in wanted}
    if missing := len(wanted - found.keys()):
        raise InputError(f"{missing} labelled texts are not in {shared}")
    return found


def _number(given: str) -> int | None:
    return int(given) if given else None


def _rows(path: Path, width: int, what: str) -> Iterator[list[str]]:
    """The rows of a tab-separated file; lines that begin with # say what it is."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != width:
            raise InputError(f"{path} line {number}: must be {what}")
        yield fields
