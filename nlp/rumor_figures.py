"""Measures what is thought of rumors: whether the right known claim is matched, none where there is none, the stance, and the likeness."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from nlp import corpora
from nlp.assessment import Analyst, Debunk
from nlp.debunks import debunks
from nlp.intervals import shared as interval
from nlp.lexicon import TRAPS, Lexicon, loaded
from nlp.relevance_figures import WORST, plain, shortened
from nlp.text import cleaned

CLAIMS = Path(__file__).parent / "rumors" / "claims.tsv"
_NONE = "-"


class Spoken(NamedTuple):
    """A text with the claims that it may be said to speak of (none: a near miss) and how; `held` ones were never tuned on."""

    text: str
    claims: tuple[str, ...]
    stance: str
    held: bool


def spoken(path: Path = CLAIMS) -> list[Spoken]:
    """Return the texts on known claims, in order. Raises InputError for a line that does not hold."""
    return list(_spoken(path))


def _spoken(path: Path) -> Iterator[Spoken]:
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 4 or (fields[1] == _NONE) != (fields[2] == _NONE) or fields[3] not in ("tuned", "held"):
            raise InputError(f"{path} line {number}: must be text, claims, stance, tuned or held; - and - for none")
        yield Spoken(fields[0], () if fields[1] == _NONE else tuple(fields[1].split("|")), fields[2], fields[3] == "held")


def claims(judge: Analyst, shared: Path | None = None) -> dict[str, Any]:
    """Return the figures on the texts that nothing was tuned on; with real texts also the share of them that is matched."""
    texts = [one for one in spoken() if one.held]
    found = [one.debunk for one in judge.assess(plain([one.text for one in texts]))]
    pairs = list(zip(texts, found, strict=True))
    right = [(one, debunk) for one, debunk in pairs if debunk and debunk.id in one.claims]
    known, missed = sum(bool(one.claims) for one in texts), sum(not one.claims for one in texts)
    wrong = sum(not one.claims and debunk is not None for one, debunk in pairs)
    figures: dict[str, Any] = {
        "n": len(texts),
        **interval(len(right), known, "top1"),
        **interval(sum(debunk.stance == one.stance for one, debunk in right), len(right), "stance"),
        "false_match": round(wrong / missed, 4),
        **interval(missed - wrong, missed, "unmatched"),
    }
    if shared:
        figures["matched_in_stream"] = _matched([seen.text for seen in corpora.streams(shared)])
    return {**figures, "worst": [line for pair in pairs if (line := _wrong(*pair))][:WORST]}


def _wrong(one: Spoken, debunk: Debunk | None) -> str:
    """What was to be found in a text and what was, empty where both agree."""
    if (debunk.id in one.claims and debunk.stance == one.stance) if debunk else not one.claims:
        return ""
    wanted = f"{'|'.join(one.claims)} {one.stance}" if one.claims else _NONE
    return f"{wanted} → {f'{debunk.id} {debunk.stance}' if debunk else _NONE} {shortened(one.text)}"


def microblogs(judge: Analyst, shared: Path) -> dict[str, Any]:
    """Return how well rumors among real microblogs are ranked above the others, among all and among those that name a food."""
    texts = corpora.microblogs(shared)
    scores = np.array([one.rumor.score if one.rumor else 0.0 for one in judge.assess(plain([text for text, _ in texts]))])
    truth = np.array([rumor for _, rumor in texts])
    lexicon = Lexicon(term for term in loaded().terms if term.kind in ("foods", TRAPS))
    food = np.array([any(hit.kind == "foods" for hit in hits) for hits in lexicon.found(cleaned([text for text, _ in texts]))])
    return {
        "n": len(texts),
        "rumors": int(truth.sum()),
        "auc": round(area(truth, scores), 4),
        "food": int(food.sum()),
        "food_auc": round(area(truth[food], scores[food]), 4),
        "worst": [f"{'+' if truth[at] else '-'} {scores[at]:.2f} {shortened(texts[at][0])}" for at in np.argsort(-np.abs(truth - scores))[:WORST]],
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
