"""Measures the judgements on what was never fitted: figures with intervals, calibration, and the worst errors.

Sets: `written` (a tenth of our own texts), `near-misses` (the same of those written with near misses beside them, which are harder) and
`debunks` (our texts on known claims, and near misses) need nothing else; with the folder of real texts `stream-titles`, `stream-questions` (a
weighted sample of everything in the held-out months), `titles-2024h2`, `questions-2024h2` (the given labels of those months, all likely ones,
so harder), `o2o` (shop comments) and `ced` (microblogs, for rumors).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from nlp import corpora, rumor_figures
from nlp.analyst import analyst
from nlp.assessment import Analyst, Assessment
from nlp.corpora import HELD_OUT, Example
from nlp.stream import stream_test
from nlp.topics import TOPICS

Figures: TypeAlias = dict[str, Any]

SETS = ("written", "near-misses", "debunks", "stream-titles", "stream-questions", "titles-2024h2", "questions-2024h2", "o2o", "ced")
_OWN = 3
"""How many sets, the first ones, need no real texts."""
_DRAWS = 200
_BINS = 10
_WORST = 20
_FEWEST = 5
"""A topic counts in the mean when so many texts have it."""


class _Plain(NamedTuple):
    title: str
    text: str
    platform: str


def evaluate(sets: Sequence[str] = (), *, shared: Path | None = None, judge: Analyst | None = None) -> dict[str, Figures]:
    """Return `{set: {figure: value, "n": n}}` for the named sets, else for all that can be measured.

    Raises ValueError for an unknown set, InputError where a set's texts are not at hand.
    """
    if unknown := set(sets) - set(SETS):
        raise ValueError(f"unknown set {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    judge = judge or analyst()
    named = tuple(sets) or (SETS if shared else SETS[:_OWN])
    return {name: _measured(name, shared, judge) for name in named}


def _measured(name: str, shared: Path | None, judge: Analyst) -> Figures:
    if name in ("written", "near-misses"):
        return _relevance([one for one in corpora.written() if one.origin == name and corpora.is_held_out(one)], judge, topics=True)
    if name == "debunks":
        return rumor_figures.claims(judge, shared)
    if shared is None:
        raise InputError(f"{name} needs the folder of real texts")
    if name == "ced":
        return rumor_figures.microblogs(judge, shared)
    if name.startswith("stream-"):
        return _of_stream(name.removeprefix("stream-"), shared, judge)
    if name == "o2o":
        return _relevance(corpora.comments(shared), judge, topics=False)
    origin = name.split("-")[0]
    late = [one for one in corpora.labelled(shared) if one.origin == origin and one.kind == "given" and one.day >= HELD_OUT]
    return _relevance(late, judge, topics=True)


def _of_stream(origin: str, shared: Path, judge: Analyst) -> Figures:
    """Weighted figures: each labelled text stands for as many of the stream as its stratum holds for each that was read."""
    sample = stream_test(shared, origin)
    truth = np.array([example.relevant for example, _ in sample])
    weights = np.array([weight for _, weight in sample])
    taken = np.array([one.is_relevant for one in judge.assess([_Plain("", example.text, "") for example, _ in sample])])
    hit, said, true = (float(weights[rows].sum()) for rows in (truth & taken, taken, truth))
    precision, recall = hit / said if said else 0.0, hit / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return {"n": len(sample), "precision": precision, "recall": recall, "f1": f1, "relevant_in_stream": true}


def _relevance(examples: Sequence[Example], judge: Analyst, *, topics: bool) -> Figures:
    judged = judge.assess([_Plain("", one.text, "") for one in examples])
    truth = np.array([one.relevant for one in examples])
    scores = np.array([one.relevant.score for one in judged])
    taken = np.array([one.is_relevant for one in judged])
    low, high = _interval(truth, taken)
    figures: Figures = {
        "n": len(examples),
        "relevant": int(truth.sum()),
        **_rates(truth, taken),
        "f1_low": low,
        "f1_high": high,
        "average_precision": average_precision(truth, scores),
        "calibration_error": calibration_error(truth, scores),
        "uncertain": round(float(np.mean([one.is_uncertain for one in judged])), 4),
    }
    if topics:
        figures["topics_macro_f1"] = _topics(examples, judged)
    figures["worst"] = _worst(examples, judged)
    return figures


def _rates(truth: NDArray[np.bool_], taken: NDArray[np.bool_]) -> Figures:
    right = int((truth & taken).sum())
    precision, recall = right / max(int(taken.sum()), 1), right / max(int(truth.sum()), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _interval(truth: NDArray[np.bool_], taken: NDArray[np.bool_]) -> tuple[float, float]:
    """The middle 95 % of F1 over resampled sets."""
    draw = np.random.default_rng(0)
    drawn = (draw.integers(0, len(truth), len(truth)) for _ in range(_DRAWS))
    f1 = [_rates(truth[rows], taken[rows])["f1"] for rows in drawn]
    return round(float(np.quantile(f1, 0.025)), 4), round(float(np.quantile(f1, 0.975)), 4)


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the mean of the precisions at every relevant text, ranked by score."""
    ranked = truth[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return round(float(precision[ranked].mean()), 4) if ranked.any() else 0.0


def calibration_error(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return how far, on average, the share that is relevant lies from the score that was given, in bins of ten."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    parts = [(bins == one) for one in range(_BINS)]
    return round(float(sum(abs(truth[part].mean() - scores[part].mean()) * part.mean() for part in parts if part.any())), 4)


def _topics(examples: Sequence[Example], judged: Sequence[Assessment]) -> float:
    """The mean of the topics' F1 on relevant texts, whether or not they were taken as relevant."""
    rows = [(set(one.topics), {topic.name for topic in found.topics}) for one, found in zip(examples, judged, strict=True) if one.relevant]
    each = []
    for name in TOPICS:
        truth = np.array([name in wanted for wanted, _ in rows], bool)
        taken = np.array([name in found for _, found in rows], bool)
        if truth.sum() >= _FEWEST:
            each.append(_rates(truth, taken)["f1"])
    return round(float(np.mean(each)), 4) if each else 0.0


def _worst(examples: Sequence[Example], judged: Sequence[Assessment]) -> list[str]:
    """The texts whose score is farthest from the truth, with sign and score."""
    far = sorted(zip(examples, judged, strict=True), key=lambda pair: -abs(pair[0].relevant - pair[1].relevant.score))
    wrong = [(one, found) for one, found in far if one.relevant != found.is_relevant][:_WORST]
    return [f"{'+' if one.relevant else '-'} {found.relevant.score:.2f} {one.text[:60]}" for one, found in wrong]
