"""Fits the weights of the rumor cues to texts written for the project; `python -m nlp.rumor_fit` writes them anew.

Logistic regression with a prior: a cue that is declared to speak for a rumor adds 1 for every time, one against takes 1 away, until the
texts say otherwise, and its sign stays. How long a text is must say nothing, so texts that are no rumors are also joined, and sentences of
rumors also stand alone. No text of others is read here.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from config.errors import InputError
from nlp import corpora
from nlp import rumor_cues as cues
from nlp.debunks import debunks
from nlp.rumor import NAMES, WEIGHTS, Weights, counted
from nlp.rumor_figures import spoken
from nlp.text import cleaned, sentences

TEXTS = Path(__file__).parent / "rumors" / "texts.tsv"
_PRIOR = 0.3
"""How strongly the prior holds: of 0.1, 0.3, 1, 3, 10 the likeliest in cross-validation on these texts."""
_LEAST, _MOST = 0.05, 2.0
"""What a cue adds or takes away at least, and at most: no single one decides."""
_KINDS = {"rumor-post": 0.3, "debunk-post": 0.3, "post": 0.3, "article": 0.3, "comment": 0.3, "question": 0.3, "noisy": 0.3, "title": 0.5}
"""What a text of the relevance corpora counts for, beside 1 for those written for this; of the titles one in _TITLES is taken."""
_TITLES = 8
_CLAIM, _JOINED, _SENTENCE = 0.4, 0.5, 0.7
_ODDS = 0.5
"""What all rumors weigh beside all others: a score of one half is for what is likelier a rumor among two others."""
_SHORTEST = 9
"""Characters of the shortest sentence that stands alone."""


class Example(NamedTuple):
    """One text, whether it is a rumor, and what it counts for."""

    text: str
    rumor: bool
    counts: float


def examples() -> list[Example]:
    """Return all that is fitted. Raises InputError for a line that does not hold."""
    own = [Example(text, rumor, 1.0) for text, rumor in written()]
    claims = [Example(one.text, one.stance == "spreads", _CLAIM) for one in spoken()]
    corpus = [
        Example(one.text, one.kind == "rumor-post", _KINDS[one.kind])
        for one in corpora.written()
        if one.kind in _KINDS and (one.kind != "title" or int(corpora.key(one.text)[:8], 16) % _TITLES == 0)
    ]
    return [*own, *claims, *corpus, *_joined(own), *_joined(corpus), *_alone(own)]


def written(path: Path = TEXTS) -> list[tuple[str, bool]]:
    """Return the texts written for this, each with whether it is a rumor."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    for number, row in enumerate(rows, start=2):
        if len(row) != 2 or row[1] not in ("0", "1"):
            raise InputError(f"{path} line {number}: must be text, rumor 0 or 1")
    return [(text, rumor == "1") for text, rumor in rows]


def fitted(given: Sequence[Example]) -> Weights:
    """Return the likeliest weights under the prior; all rumors together weigh _ODDS of what the others do."""
    plain = cleaned([one.text for one in given])
    found = [counted(text, debunk) for text, debunk in zip(plain, debunks().matched(plain), strict=True)]
    seen = np.array([[one.get(name, 0.0) for name in NAMES] for one in found])
    signs = np.array([1.0] * len(cues.SPEAKS_FOR) + [-1.0] * len(cues.SPEAKS_AGAINST) + [float(sign) for sign in cues.COMPUTED.values()])
    best = _likeliest(seen, np.array([1.0 if one.rumor else -1.0 for one in given]), _balanced(given), signs)
    rounded = [round(float(value), 3) for value in best]
    return Weights(rounded[0], dict(zip(NAMES, rounded[1:], strict=True)))


def write(path: Path = WEIGHTS) -> None:
    """Fit and write the weights."""
    weights = fitted(examples())
    path.write_text(json.dumps({"base": weights.base, "cues": weights.cues}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _likeliest(seen: NDArray[np.float64], truth: NDArray[np.float64], counts: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.float64]:
    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return how unlikely the texts are, and its slope."""
        margin = truth * (seen @ weights[1:] + weights[0])
        slope = -counts * truth / (1 + np.exp(margin))
        off = weights[1:] - signs
        value = float((counts * np.logaddexp(0, -margin)).sum() + _PRIOR * (off**2).sum())
        return value, np.concatenate(([slope.sum()], seen.T @ slope + 2 * _PRIOR * off))

    bounds = [(None, None), *((_LEAST, _MOST) if sign > 0 else (-_MOST, -_LEAST) for sign in signs)]
    found: NDArray[np.float64] = minimize(loss, np.concatenate(([0.0], signs)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _balanced(given: Sequence[Example]) -> NDArray[np.float64]:
    counts, rumor = np.array([one.counts for one in given]), np.array([one.rumor for one in given])
    counts = np.where(rumor, _ODDS * counts * counts[~rumor].sum() / counts[rumor].sum(), counts)
    balanced: NDArray[np.float64] = counts / counts.mean()
    return balanced


def _joined(given: Sequence[Example]) -> Iterator[Example]:
    """Every three texts that are no rumors, in the order of their hashes, as one."""
    others = sorted((one.text for one in given if not one.rumor), key=corpora.key)
    for at in range(0, len(others) - 2, 3):
        yield Example(" ".join(others[at : at + 3]), False, _JOINED)


def _alone(given: Sequence[Example]) -> Iterator[Example]:
    """The last sentence of each rumor that has several."""
    for one in given:
        parts = [part for part in sentences(one.text) if len(part) >= _SHORTEST]
        if one.rumor and len(parts) > 1:
            yield Example(parts[-1], True, _SENTENCE)


if __name__ == "__main__":
    write()
