"""Measures where a matter is, whom it harmed and how alarmed a text is, on cases that say what must be found."""

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

from nlp import cases
from nlp.assessment import Analyst, Assessment
from nlp.cases import LEVELS, AlarmCase, HarmCase, PlaceCase
from nlp.intervals import shared as interval
from nlp.relevance_figures import WORST, plain, shortened

Case = TypeVar("Case", PlaceCase, HarmCase)
_OWN = "written"
_STEPS = {"calm": 0, "doubt": 1, "disgust": 2, "anger": 2, "panic": 2}
"""Disgust, anger and panic differ in kind, not in degree: no order is asked of them."""


def places(judge: Analyst, shared: Path | None = None) -> dict[str, Any]:
    """Return how many texts have exactly the right places, by half; `n` and `right` are those of the last half that can be measured."""
    return _exact(cases.of_places(), judge, shared, found=lambda one: cases.where(one.places), told=lambda codes: ",".join(sorted(codes)) or "-")


def harm(judge: Analyst, shared: Path | None = None) -> dict[str, Any]:
    """Return how many texts have exactly the right numbers, by half; `n` and `right` are those of the last half that can be measured."""
    return _exact(cases.of_harm(), judge, shared, found=lambda one: cases.stated(one.harm), told=_told)


def _told(numbers: cases.Numbers) -> str:
    return "/".join("-" if number is None else str(number) for number in numbers)


def _exact(
    given: Sequence[Case], judge: Analyst, shared: Path | None, *, found: Callable[[Assessment], Any], told: Callable[[Any], str]
) -> dict[str, Any]:
    """Without real texts only the written half can be measured. The worst are of all halves, the last half's first."""
    known = cases.real(shared, frozenset(one.text for one in given if one.half != _OWN)) if shared else {}
    halves: dict[str, dict[str, Any]] = {}
    worst: list[str] = []
    for half in dict.fromkeys(one.half for one in given if shared or one.half == _OWN):
        own = [one for one in given if one.half == half]
        texts = [known.get(one.text, one.text) for one in own]
        rows = [(text, one.wanted, found(judged)) for text, one, judged in zip(texts, own, judge.assess(plain(texts)), strict=True)]
        wrong = [row for row in rows if row[1] != row[2]]
        halves[half] = {"n": len(rows), **interval(len(rows) - len(wrong), len(rows))}
        worst[:0] = [f"{half}: {told(wanted)} → {told(got)} {shortened(text)}" for text, wanted, got in wrong]
    return {**halves[[*halves][-1]], "half": [*halves][-1], "halves": halves, "worst": worst[:WORST]}


def alarm(judge: Analyst) -> dict[str, Any]:
    """Return how many of the held texts lie in the bands of their levels, and which share of their pairs is in order."""
    held = [one for one in cases.of_alarm() if one.half == "held"]
    scores = [one.alarm or 0.0 for one in judge.assess(plain([one.text for one in held]))]
    off = [_off(one, score) for one, score in zip(held, scores, strict=True)]
    pairs = [sorted(pair) for pair in combinations([(_STEPS[one.level], score) for one, score in zip(held, scores, strict=True)], 2)]
    apart = [(low[1], high[1]) for low, high in pairs if low[0] != high[0]]
    far = sorted(range(len(held)), key=lambda at: -off[at])[:WORST]
    return {
        "n": len(held),
        **interval(off.count(0), len(held), "in_band"),
        "pairs_in_order": round(sum(low < high for low, high in apart) / len(apart), 4),
        "levels": {level: _of_level(level, held, scores) for level in LEVELS},
        "worst": [f"{held[at].level} {scores[at]:.2f} {shortened(held[at].text)}" for at in far if off[at]],
    }


def _off(case: AlarmCase, score: float) -> float:
    """How far a score lies outside the band of its level."""
    low, high = LEVELS[case.level]
    return max(low - score, score - high, 0)


def _of_level(level: str, held: Sequence[AlarmCase], scores: Sequence[float]) -> dict[str, Any]:
    own = [(one, score) for one, score in zip(held, scores, strict=True) if one.level == level]
    inside = sum(_off(one, score) == 0 for one, score in own)
    return {"n": len(own), "mean": round(sum(score for _, score in own) / len(own), 4), **interval(inside, len(own), "in_band")}
