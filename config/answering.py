"""Whether what is declared of departments, offices and matters fits together, and fits the topics, channels, places and venues there are."""

import csv
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from config.errors import Fault
from config.schema import Department, Matter

_DEPARTMENTS, _MATTERS = "departments.yaml", "matters.yaml"


def unanswered(
    folder: Path,
    departments: Mapping[str, Department],
    matters: Mapping[str, Matter],
    *,
    topics: Container[str],
    channels: Container[str],
    province: str,
) -> Iterator[Fault]:
    """Yield every reference to what nobody declared, everything declared twice, and places outside the province."""
    at = str(folder / _DEPARTMENTS)
    for name, department in departments.items():
        yield from _unknown(at, f"{name}.topics", department.topics, kind="topic", known=topics)
        yield from _unknown(at, f"{name}.channels", department.channels, kind="channel", known=channels)
    yield from _twice(at, "title", ((name, one.title) for name, one in departments.items()))
    yield from _twice(at, "place", ((name, one.place) for name, one in departments.items() if one.place))
    if any(one.place for one in departments.values()):
        yield from _misplaced(folder, departments, province)
    at = str(folder / _MATTERS)
    venues = _venues(folder / "lexicons" / "venues.txt") if any(one.venues for one in matters.values()) else ()
    for name, matter in matters.items():
        yield from _unknown(at, f"{name}.lead", (matter.lead,), kind="department", known=departments)
        yield from _unknown(at, f"{name}.with", matter.cooperating, kind="department", known=departments)
        yield from _unknown(at, f"{name}.topics", matter.topics, kind="topic", known=topics)
        yield from _unknown(at, f"{name}.venues", matter.venues, kind="group of venues", known=venues)
    yield from _twice(at, "title", ((name, one.title) for name, one in matters.items()))
    yield from _conflicting(at, matters)


def _unknown(file: str, key: str, names: Iterable[str], *, kind: str, known: Container[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(file, key, f"no {kind} is called {name}")


def _twice(file: str, key: str, given: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, value in given:
        if first.setdefault(value, name) != name:
            yield Fault(file, f"{name}.{key}", f"{value} is {first[value]}'s already")


def _conflicting(file: str, matters: Mapping[str, Matter]) -> Iterator[Fault]:
    """A word that two matters are told by, where the first always wins: the second would never be told by it."""
    first: dict[str, Matter] = {}
    for name, matter in matters.items():
        for word in matter.words:
            before = first.setdefault(word, matter)
            if before is not matter and not before.topics:
                yield Fault(file, f"{name}.words", f"{word} tells {before.name} already")


def _misplaced(folder: Path, departments: Mapping[str, Department], province: str) -> Iterator[Fault]:
    """Places that no list knows, or that lie elsewhere than in the province."""
    path = folder / "places.csv"
    if not path.is_file():
        yield Fault(str(path), "", "not found; the places of departments are those that it lists")
        return
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    home = next((row.get("path") or "" for row in rows if row.get("code") == province), "")
    known = {row.get("path") for row in rows}
    for name, one in departments.items():
        if one.place and one.place not in known:
            yield Fault(str(folder / _DEPARTMENTS), f"{name}.place", f"places.csv has no {one.place}")
        elif one.place and one.place.split("/")[0] != home:
            yield Fault(str(folder / _DEPARTMENTS), f"{name}.place", f"{one.place} is not in the province of settings.yaml ({home or province})")


def _venues(path: Path) -> set[str]:
    """The groups of the words for venues."""
    if not path.is_file():
        return set()
    lines = (line.split("\t") for line in path.read_text("utf-8", errors="replace").splitlines() if not line.startswith("#"))
    return {fields[1].strip() for fields in lines if len(fields) > 1}
