"""Measures what is thought of rumors: whether the right known claim is matched, none where there is none, the stance, and the likeness."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from nlp import corpora
from nlp.assessment import Analyst
from nlp.debunks import debunks
from nlp.lexicon import TRAPS, Lexicon, loaded
from nlp.text import cleaned

CLAIMS = Path(__file__).parent / "rumors" / "claims.tsv"
_NONE = "-"


class Spoken(NamedTuple):
    """A text with the claims that it may be said to speak of (none: a near miss) and how."""

    text: str
    claims: tuple[str, ...]
    stance: str


class _Plain(NamedTuple):
    title: str
    text: str
    platform: str


def spoken(path: Path = CLAIMS) -> list[Spoken]:
    """Return the texts on known claims, in order. Raises InputError for a line that does not hold."""
    return list(_spoken(path))


def _spoken(path: Path) -> Iterator[Spoken]:
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 3 or (fields[1] == _NONE) != (fields[2] == _NONE):
            raise InputError(f"{path} line {number}: must be text, claims, stance; - and - for none")
        yield Spoken(fields[0], () if fields[1] == _NONE else tuple(fields[1].split("|")), fields[2])


def claims(judge: Analyst, shared: Path | None = None) -> dict[str, Any]:
    """Return the figures on every second text, which nothing was tuned on; with real texts also the share of them that is matched."""
    texts = spoken()[1::2]
    found = [one.debunk for one in judge.assess([_Plain("", one.text, "") for one in texts])]
    right = [(one, debunk) for one, debunk in zip(texts, found, strict=True) if debunk and debunk.id in one.claims]
    known, missed = sum(bool(one.claims) for one in texts), sum(not one.claims for one in texts)
    wrong = sum(not one.claims and debunk is not None for one, debunk in zip(texts, found, strict=True))
    figures: dict[str, Any] = {
        "n": len(texts),
        "top1": round(len(right) / known, 4),
        "stance": round(sum(debunk.stance == one.stance for one, debunk in right) / max(len(right), 1), 4),
        "false_match": round(wrong / missed, 4),
        "unmatched": round(1 - wrong / missed, 4),
    }
    if shared:
        figures["matched_in_stream"] = _matched([seen.text for seen in corpora.streams(shared)])
    return figures


def microblogs(judge: Analyst, shared: Path) -> dict[str, Any]:
    """Return how well rumors among real microblogs are ranked above the others, among all and among those that name a food."""
    texts = corpora.microblogs(shared)
    scores = np.array([one.rumor.score if one.rumor else 0.0 for one in judge.assess([_Plain("", text, "") for text, _ in texts])])
    truth = np.array([rumor for _, rumor in texts])
    lexicon = Lexicon(term for term in loaded().terms if term.kind in ("foods", TRAPS))
    food = np.array([any(hit.kind == "foods" for hit in hits) for hits in lexicon.found(cleaned([text for text, _ in texts]))])
    return {
        "n": len(texts),
        "rumors": int(truth.sum()),
        "auc": round(area(truth, scores), 4),
        "food": int(food.sum()),
        "food_auc": round(area(truth[food], scores[food]), 4),
    }


def area(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve: how often a true one has a higher score than another; equal ones count half."""
    ranks = np.unique(scores, return_inverse=True)[1]
    below = np.cumsum(np.bincount(ranks[~truth], minlength=ranks.max() + 1))
    equal = np.bincount(ranks[~truth], minlength=ranks.max() + 1)
    wins = below[ranks[truth]] - equal[ranks[truth]] / 2
    return float(wins.sum() / max(truth.sum() * (~truth).sum(), 1))


def _matched(texts: Sequence[str]) -> float:
    """The share of real titles and questions that any claim is matched with: at most so many are wrong."""
    return round(sum(found is not None for found in debunks().matched(cleaned(texts))) / len(texts), 6)
