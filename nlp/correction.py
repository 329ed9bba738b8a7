"""A small correction of the packaged weights by what people decided: for where the real texts that these were fitted on are not at hand.

Fitting anew without those texts would unlearn the stream: words of food alone would do. So the packaged judgement stands, and only the
weights of words and of groups of the lexicons move, as far as the decisions outweigh a strong prior that nothing changes. Topics,
thresholds and the small network stay. What the packaged model misses is seldom shown to anybody, so that this mends false alarms most.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from config.load import SHIPPED
from nlp.analyst import analyst
from nlp.corpora import Example, digest
from nlp.features import Features, Reader
from nlp.fit import quantised
from nlp.lexicon import loaded
from nlp.model import Model, load, logit, save
from nlp.relevance_figures import plain
from nlp.train import features_of

_PRIOR = 10.0
"""How strongly weights are held where they are: the inverse variance of a correction, in logits. Of .3, 1, 3 and 10 the one that costs the
stream nothing and still learns another register, as docs/judgement.md tells."""


def corrected(folder: Path, extra: Sequence[Example], *, words: Path = SHIPPED) -> Model:
    """Correct the packaged model by examples, write it to `folder` and return it as it is read back; `words` holds the lexicons."""
    base, texts = load(), [one.text for one in extra]
    given = _columns(features_of(Reader(loaded(words)), base, texts), len(base.vocabulary))
    shipped = np.array([logit(one.relevant.score) for one in analyst(words).assess(plain(texts))])
    slope = float(base.weights.calibration[0, 0])
    save(_moved(base, fitted(given * slope, shipped, np.array([one.relevant for one in extra])), extra), folder)
    return load(folder)


def fitted(given: sp.csr_matrix, offset: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what each column adds to the logits `offset`, by logistic regression with the prior that it adds nothing."""
    signs = np.where(truth, 1.0, -1.0)
    answer: NDArray[np.float64] = minimize(_loss, np.zeros(given.shape[1]), (given, offset, signs), jac=True, method="L-BFGS-B").x
    return answer


def _loss(moved: NDArray[np.float64], given: sp.csr_matrix, offset: NDArray[np.float64], signs: NDArray[np.float64]) -> tuple[float, Any]:
    """The loss and its slope."""
    margins = signs * (offset + given @ moved)
    slopes = -signs / (1 + np.exp(np.clip(margins, -30, 30)))
    return float(np.logaddexp(0, -margins).sum() + _PRIOR / 2 * moved @ moved), given.T @ slopes + _PRIOR * moved


def _columns(features: Features, words: int) -> sp.csr_matrix:
    """Texts x (words, groups, 1): what is corrected."""
    block = features.words
    heard = sp.csr_matrix((np.repeat(block.weights, np.diff(block.starts)), block.columns, block.starts), shape=(len(block.starts) - 1, words))
    return sp.hstack([heard, sp.csr_matrix(features.groups), np.ones((heard.shape[0], 1))], format="csr")


def _moved(base: Model, moved: NDArray[np.float64], extra: Sequence[Example]) -> Model:
    """The model with its weights of relevance moved."""
    w, known = base.weights, len(base.vocabulary)
    column, scale = quantised([(w.words[:, 0] * w.scales[2, 0] + moved[:known]).astype(np.float32)])
    words, scales, groups, bias = w.words.copy(), w.scales.copy(), w.groups.copy(), w.bias.copy()
    words[:, 0], scales[2, 0] = column[:, 0], scale[0]
    groups[:, 0] += moved[known:-1].astype(np.float32)
    bias[0] += np.float32(moved[-1])
    manifest = {**base.manifest, "corrected": base.digest, "verdicts": len(extra), "verdicts_digest": digest(extra)}
    return replace(base, weights=replace(w, words=words, scales=scales, groups=groups, bias=bias), manifest=manifest)
