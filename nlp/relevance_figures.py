"""Measures what is taken as relevant: precision and recall with intervals, calibration, reliability, and the worst errors."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nlp import topic_figures
from nlp.assessment import Assessment
from nlp.corpora import Example
from nlp.intervals import drawn_again

Figures: TypeAlias = dict[str, Any]
Truth: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.float64]

WORST = 20
_BINS = 10


class Plain(NamedTuple):
    """A text to be judged by itself."""

    title: str
    text: str
    platform: str


def plain(texts: Sequence[str], platform: str = "") -> list[Plain]:
    """Return texts as an analyst takes them."""
    return [Plain("", text, platform) for text in texts]


def texts_of(examples: Sequence[Example], platform: str = "") -> list[Plain]:
    """Return the texts of examples as an analyst takes them."""
    return plain([one.text for one in examples], platform)


def relevance(examples: Sequence[Example], judged: Sequence[Assessment], *, topics: bool, weights: Sequence[float] = ()) -> Figures:
    """Return the figures of labelled texts; with `weights` each stands for so many of a stream, and `kind` is the stratum that it was drawn from."""
    truth = np.array([one.relevant for one in examples], bool)
    scores = np.array([one.relevant.score for one in judged], float)
    taken = np.array([one.is_relevant for one in judged], bool)
    counts = np.array(weights or [1.0] * len(examples))
    strata = np.unique([one.kind if weights else "" for one in examples], return_inverse=True)[1]
    figures: Figures = {
        "n": len(examples),
        "relevant": int(truth.sum()),
        **({"relevant_in_stream": round(float(counts[truth].sum()), 1)} if weights else {}),
        **{name: round(value, 4) for name, value in rates(truth, taken, counts).items()},
        **drawn_again(strata, lambda times: rates(truth, taken, counts * times)),
        "average_precision": average_precision(truth, scores, counts),
        "calibration_error": calibration_error(truth, scores, counts),
        "uncertain": round(float(np.average([one.is_uncertain for one in judged], weights=counts)), 4),
    }
    if topics:
        figures |= topic_figures.topics(examples, judged)
    return {**figures, "reliability": reliability(truth, scores, counts), "worst": _worst(examples, judged)}


def rates(truth: Truth, taken: Truth, counts: Numbers) -> dict[str, float]:
    """Return precision, recall and F1, each text counted as often as `counts` says."""
    hit, said, true = (float(counts @ rows) for rows in (truth & taken, taken, truth))
    precision, recall = hit / said if said else 0.0, hit / true if true else 0.0
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall) if hit else 0.0}


def average_precision(truth: Truth, scores: Numbers, counts: Numbers) -> float:
    """Return the mean of the precisions at every relevant text, ranked by score."""
    order = np.argsort(-scores, kind="stable")
    ranked, weighed = truth[order], counts[order]
    precision = np.cumsum(weighed * ranked) / np.cumsum(weighed)
    return round(float(np.average(precision[ranked], weights=weighed[ranked])), 4) if ranked.any() else 0.0


def calibration_error(truth: Truth, scores: Numbers, counts: Numbers) -> float:
    """Return how far, on average, the share that is relevant lies from the score that was given, in bins of ten."""
    off = [(counts[part] @ truth[part] - counts[part] @ scores[part]) for part in _binned(scores)]
    return round(float(np.abs(off).sum() / counts.sum()), 4)


def reliability(truth: Truth, scores: Numbers, counts: Numbers) -> dict[str, Figures]:
    """Return for each tenth of the scale how many texts have such a score, their mean score, and the share of them that is relevant."""
    table: dict[str, Figures] = {}
    for at, part in enumerate(_binned(scores)):
        row: Figures = {"n": int(part.sum()), "mean_score": None, "relevant": None}
        if part.any():
            row["mean_score"] = round(float(np.average(scores[part], weights=counts[part])), 4)
            row["relevant"] = round(float(np.average(truth[part], weights=counts[part])), 4)
        table[f"{at / _BINS:.1f}-{(at + 1) / _BINS:.1f}"] = row
    return table


def _binned(scores: Numbers) -> list[Truth]:
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [bins == one for one in range(_BINS)]


def _worst(examples: Sequence[Example], judged: Sequence[Assessment]) -> list[str]:
    """The texts whose score is farthest from the truth, with sign and score."""
    far = sorted(zip(examples, judged, strict=True), key=lambda pair: -abs(pair[0].relevant - pair[1].relevant.score))
    wrong = [(one, found) for one, found in far if one.relevant != found.is_relevant][:WORST]
    return [f"{'+' if one.relevant else '-'} {found.relevant.score:.2f} {shortened(one.text)}" for one, found in wrong]


def shortened(text: str) -> str:
    """Return the beginning of a text, in one line."""
    return " ".join(text[:60].split())
