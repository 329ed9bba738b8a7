"""Measures how well posts become events, on known events of which every title is named; pure.

A title that is marked doubtful counts nowhere. What an event holds beside the titles of one known event are strangers, be they of another known
event or of none, and each counts against it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nlp.cases import DOUBTFUL, EventCase

_MOST = 3
"""Events that one known event may be split in."""
WORST = 12


class Placed(NamedTuple):
    """What a replay made of its posts: the event of each text that is in one, by the text's key, and the days on which each event was alerted."""

    events: Mapping[str, str]
    alerted: Mapping[str, Sequence[str]]


class _Known(NamedTuple):
    """One known event: the keys of its titles, and the first day of them."""

    name: str
    titles: frozenset[str]
    day: str


def figures(cases: Iterable[EventCase], placed: Placed) -> dict[str, Any]:
    """Return the figures of each half of the known events, `held` at the top; with what was split and mixed worst."""
    by_name: defaultdict[tuple[str, str], list[EventCase]] = defaultdict(list)
    doubtful = set()
    for case in cases:
        if case.event == DOUBTFUL:
            doubtful.add(case.text)
        else:
            by_name[case.half, case.event].append(case)
    members = Counter(event for text, event in placed.events.items() if text not in doubtful)
    halves: dict[str, list[_Known]] = {}
    for (half, name), own in by_name.items():
        halves.setdefault(half, []).append(_Known(name, frozenset(one.text for one in own), min(one.day for one in own)))
    found = {half: _of_half(known, placed, members) for half, known in sorted(halves.items())}
    worst = sorted((line for half, known in halves.items() for line in _worst(half, known, placed, members)), reverse=True)
    return {**found["held"], "halves": found, "worst": [line for _, line in worst[:WORST]]}


def _of_half(known: Sequence[_Known], placed: Placed, members: Mapping[str, int]) -> dict[str, Any]:
    """Figures of one half: over the titles that are in some event, and (`_all`) with those that relevance missed, each taken as alone."""
    titles = sum(len(one.titles) for one in known)
    pieces = {one.name: _pieces(one, placed) for one in known}
    inside = sum(pieces[one.name].total() for one in known)
    same = sum(_pairs(count) for one in known for count in pieces[one.name].values())
    # Pairs of a title and a stranger. Two known events mixed are met from either side: each has the other for a stranger.
    mixed = sum(count * (members[event] - count) for one in known for event, count in pieces[one.name].items())
    wanted = sum(_pairs(pieces[one.name].total()) for one in known)
    every = sum(_pairs(len(one.titles)) for one in known)
    precision, recall, whole = _share(same, same + mixed), _share(same, wanted), _share(same, every)
    pure = sum(count * count / members[event] for one in known for event, count in pieces[one.name].items())
    together = sum(count * count / pieces[one.name].total() for one in known for count in pieces[one.name].values())
    overall = sum(count * count / len(one.titles) for one in known for count in pieces[one.name].values())
    alone = titles - inside
    return {
        "n": len(known),
        "titles": titles,
        "missed": alone,
        "precision": precision,
        "recall": recall,
        "f1": _f1(precision, recall),
        "f1_all": _f1(precision, whole),
        "b3_f1": _f1(_share(pure, inside), _share(together, inside)),
        "b3_f1_all": _f1(_share(pure + alone, titles), _share(overall + sum(_alone(one, placed) for one in known), titles)),
        "pieces": max(len(found) for found in pieces.values()),
        "split": sum(len(found) > _MOST for found in pieces.values()),
        "first_day": _share(sum(_in_time(one, placed) for one in known), len(known)),
        "ever": _share(sum(any(placed.alerted.get(event) for event in pieces[one.name]) for one in known), len(known)),
    }


def _pieces(known: _Known, placed: Placed) -> Counter[str]:
    """How many titles of a known event are in each event."""
    return Counter(placed.events[text] for text in known.titles if text in placed.events)


def _alone(known: _Known, placed: Placed) -> float:
    missed = sum(text not in placed.events for text in known.titles)
    return missed / len(known.titles)


def _in_time(known: _Known, placed: Placed) -> bool:
    """Whether an event that holds a title of it was alerted on its first day."""
    return any(known.day in placed.alerted.get(event, ()) for event in _pieces(known, placed))


def _worst(half: str, known: Sequence[_Known], placed: Placed, members: Mapping[str, int]) -> Iterable[tuple[int, str]]:
    """Known events by the pairs of theirs that are wrong, each with a line that says how."""
    for one in known:
        pieces = _pieces(one, placed)
        apart = _pairs(pieces.total()) - sum(map(_pairs, pieces.values()))
        mixed = sum(count * (members[event] - count) for event, count in pieces.items())
        if apart or mixed:
            parts = " ".join(f"{count}/{members[event]}" for event, count in pieces.most_common(6))
            yield apart + mixed, f"{half}: {one.name}: {apart} pairs apart, {mixed} mixed; its titles of each event: {parts}"


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 1.0


def _f1(precision: float, recall: float) -> float:
    return round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0
