"""The gazetteer: every place that has a name here, what it lies in, and the words that only look like one."""

import csv
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from config.errors import ConfigError, Fault
from config.load import SHIPPED
from nlp.assessment import Place
from nlp.kept import by_content

LONGEST_CUE = 6
NEVER, STILL, ALONE = range(3)
"""What a cue beside a name says: no place; a place all the same; a place only if the text names no other."""
_SAYS = {"never": NEVER, "still": STILL, "alone": ALONE}


class Entry(NamedTuple):
    """One place and where it lies: `parents` are entries from the province down, without itself."""

    place: Place
    kind: str
    parents: tuple[int, ...]


class Reading(NamedTuple):
    """One place that a name may mean: `weak` needs its parent right before it; `best` wins where nothing else decides."""

    entry: int
    weak: bool
    best: bool


class Traps(NamedTuple):
    """What makes a name none: whole phrases, cues after and before it, and names that people bear (after a surname: 刘长春)."""

    phrases: list[str]
    after: dict[str, int]
    before: dict[str, int]
    given: set[str]


class Gazetteer(NamedTuple):
    """Entries, and an automaton over names and traps; `readings[i]` is what pattern i may mean, nothing for a trap."""

    entries: tuple[Entry, ...]
    patterns: tuple[str, ...]
    readings: tuple[tuple[Reading, ...], ...]
    automaton: ahocorasick_rs.AhoCorasick
    traps: Traps


def gazetteer(folder: Path = SHIPPED) -> Gazetteer:
    """Read places.csv and place-traps.csv of a configuration folder, once.

    Raises ConfigError with every line that cannot be read.
    """
    return _gazetteer(folder)


@by_content("places.csv", "place-traps.csv")
def _gazetteer(folder: Path) -> Gazetteer:
    entries, names = _entries(folder / "places.csv")
    traps = _traps(folder / "place-traps.csv")
    readings: dict[str, tuple[Reading, ...]] = dict.fromkeys(traps.phrases, ())
    readings |= names
    patterns = tuple(readings)
    automaton = ahocorasick_rs.AhoCorasick(patterns, matchkind=ahocorasick_rs.MatchKind.Standard)
    return Gazetteer(entries, patterns, tuple(readings.values()), automaton, traps)


def _entries(path: Path) -> tuple[tuple[Entry, ...], dict[str, tuple[Reading, ...]]]:
    rows = _rows(path)
    where = {row["path"]: number for number, row in enumerate(rows)}
    entries: list[Entry] = []
    names: dict[str, tuple[Reading, ...]] = {}
    for number, row in enumerate(rows):
        steps = tuple(row["path"].split("/"))
        parents = tuple(where[above] for above in ("/".join(steps[:depth]) for depth in range(1, len(steps))))
        place = Place(steps, row["code"] or None, foreign=row["kind"] == "foreign")
        entries.append(Entry(place, row["kind"], parents))
        for name in row["names"].split():
            reading = Reading(number, weak=name.endswith("?"), best=name.endswith("!"))
            plain = name.rstrip("?!")
            names[plain] = (*names.get(plain, ()), reading)
    return tuple(entries), names


def _rows(path: Path) -> list[dict[str, str]]:
    rows = _table(path)
    known = {row["path"] for row in rows}
    faults = [
        Fault(str(path), row["path"], "nothing is declared for what it lies in")
        for row in rows
        if "/" in row["path"] and row["path"].rpartition("/")[0] not in known
    ]
    if faults:
        raise ConfigError(faults)
    return rows


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    broken = [row for row in rows if None in row or None in row.values()]
    if broken or not rows:
        raise ConfigError([Fault(str(path), next(iter(row.values()), ""), "has more or fewer fields than the first line") for row in broken or [{}]])
    return rows


def _traps(path: Path) -> Traps:
    traps = Traps([], {}, {}, set())
    faults: list[Fault] = []
    for row in _table(path):
        left, tilde, right = row["cue"].partition("~")
        if row["says"] == "given" and not tilde:
            traps.given.add(left)
        elif row["says"] not in _SAYS or (tilde and not 0 < len(left + right) <= LONGEST_CUE):
            faults.append(Fault(str(path), row["cue"], f"says never, still, alone or given, beside ~ at most {LONGEST_CUE} characters"))
        elif not tilde:
            traps.phrases.append(left)
        elif left:
            traps.before[left] = _SAYS[row["says"]]
        else:
            traps.after[right] = _SAYS[row["says"]]
    if faults:
        raise ConfigError(faults)
    return traps
