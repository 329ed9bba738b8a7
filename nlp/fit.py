"""Fits the numbers of a model to examples: linear weights, the small network, calibration and thresholds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from nlp.features import CHARS, PAIRS, REGISTERS, Block, Features, Floats
from nlp.model import Network, sigmoid

FOLDS = 4
_REGISTERS = 1 + len(REGISTERS)
_TEXT, _CROSS = 2.0, 0.5
"""How strongly the texts' own features and the pairs of groups speak, beside 1 for groups; chosen on 2023-07 … 2024-06."""
_STRENGTH = 1.0
_HIDDEN, _NETWORKS, _TURNS, _DECAY = 64, 3, 10, 0.3
_WEAK = 0.5
"""What an unlabelled text, taken for irrelevant, counts for in fitting."""
_APART = 3.0
"""How strongly registers speak: much, for they stand for shares of relevant texts, and nothing holds these down."""
_CHUNK = 8192


class Batch(NamedTuple):
    """Encoded examples: `truth` and `background` are boolean; `fold` keeps what belongs together together; `stands_for` is how many texts
    of the stream an example stands for, 0 for written ones where there is a stream. `registers` are examples x (written title, *REGISTERS):
    texts written for the project are relevant far more often than the stream's, and these columns take that upon them.
    """

    features: Features
    meant: Floats
    truth: NDArray[np.bool_]
    background: NDArray[np.bool_]
    registers: Floats
    fold: NDArray[np.int64]
    stands_for: Floats

    @property
    def counts(self) -> Floats:
        """What each example counts for in fitting."""
        return np.where(self.background, _WEAK, 1.0).astype(np.float32)


class Linear(NamedTuple):
    """Weights of one output, for features as they are at judging; `registers` is empty and `crosses` is 0 where there are none."""

    chars: Floats
    pairs: Floats
    words: Floats
    groups: Floats
    crosses: Floats
    registers: Floats
    bias: float


def matrix(features: Features, *, crosses: bool) -> sp.csr_matrix:
    """Return the features as the rows of one sparse matrix, scaled for fitting."""
    width = len(features.groups)
    columns = (CHARS, PAIRS, int(features.words.columns.max(initial=0)) + 1)
    text = [_sparse(block, size) * _TEXT for block, size in zip(features[:3], columns, strict=True)]
    groups = features.groups
    blocks = [*text, sp.csr_matrix(groups)]
    if crosses:
        left, right = np.triu_indices(groups.shape[1], 1)
        parts = [sp.csr_matrix(groups[at : at + _CHUNK, left] * groups[at : at + _CHUNK, right]) for at in range(0, width, _CHUNK)]
        blocks.append(sp.vstack(parts) * _CROSS)
    return sp.hstack(blocks, format="csr")


def _sparse(block: Block, size: int) -> sp.csr_matrix:
    weights = np.repeat(block.weights, np.diff(block.starts))
    return sp.csr_matrix((weights, block.columns.astype(np.int64), block.starts), shape=(len(block.starts) - 1, size))


def linear(given: sp.csr_matrix, truth: NDArray[np.bool_], counts: Floats) -> LogisticRegression:
    """Fit one linear output. Columns that no example has are left out of the work: most of the hashed ones."""
    used = np.flatnonzero(given.getnnz(axis=0))
    fitted = LogisticRegression(C=_STRENGTH, max_iter=1000, tol=1e-4).fit(given[:, used], truth, counts)
    whole = np.zeros((1, given.shape[1]), fitted.coef_.dtype)
    whole[0, used] = fitted.coef_[0]
    fitted.coef_, fitted.n_features_in_ = whole, given.shape[1]
    return fitted


def parted(fitted: LogisticRegression, *, words: int, groups: int, crossed: bool) -> Linear:
    """Return the fitted weights by block, the scales of fitting folded in; the registers of `crossed` ones stand last."""
    weights = fitted.coef_[0].astype(np.float32)
    pairs = groups * (groups - 1) // 2 if crossed else 0
    known = weights.shape[0] - CHARS - PAIRS - groups - pairs - (_REGISTERS if crossed else 0)
    edges = np.cumsum([CHARS, PAIRS, known, groups, pairs])
    chars, two, one, group, cross, registers = (part.astype(np.float32) for part in np.split(weights, edges))
    square = np.zeros((groups, groups), np.float32)
    if crossed:
        square[np.triu_indices(groups, 1)] = cross * _CROSS
    whole = np.zeros(words, np.float32)
    whole[:known] = one * _TEXT
    chars, two = np.float32(_TEXT) * chars, np.float32(_TEXT) * two
    return Linear(chars, two, whole, group, square, np.float32(_APART) * registers, float(fitted.intercept_[0]))


def network(batch: Batch, rows: NDArray[np.bool_]) -> Network:
    """Fit small networks to some rows from several beginnings and return them side by side as one."""
    meant, truth, counts = batch.meant[rows], batch.truth[rows], batch.counts[rows]
    mean, deviation = meant.mean(axis=0), meant.std(axis=0) + np.float32(1e-6)
    given = np.concatenate(((meant - mean) / deviation, batch.features.groups[rows], _APART * batch.registers[rows]), axis=1).astype(np.float32)
    fitted = []
    for seed in range(_NETWORKS):
        one = MLPClassifier((_HIDDEN,), alpha=_DECAY, max_iter=_TURNS, random_state=seed, batch_size=256, n_iter_no_change=_TURNS)
        fitted.append(one.fit(given, truth, sample_weight=counts))
    hidden = np.concatenate([one.coefs_[0] for one in fitted], axis=1).astype(np.float32)
    hidden[-_REGISTERS:] *= _APART
    hidden = np.delete(hidden, len(hidden) - _REGISTERS, axis=0)  # no text to judge is a written title
    hidden_bias = np.concatenate([one.intercepts_[0] for one in fitted]).astype(np.float32)
    out = (np.concatenate([one.coefs_[1][:, 0] for one in fitted]) / len(fitted)).astype(np.float32)
    return Network(mean, deviation, hidden, hidden_bias, out, float(np.mean([one.intercepts_[1][0] for one in fitted])))


def looked(batch: Batch) -> tuple[LogisticRegression, Network]:
    """Fit both looks to a whole batch; background that the first fit takes for relevant is left out of the second."""
    given = _whole(batch)
    first = linear(given, batch.truth, batch.counts)
    kept = ~(batch.background & (first.decision_function(given) > 0))
    first = linear(given[kept], batch.truth[kept], batch.counts[kept])
    return first, network(batch, kept)


def crossed(batch: Batch) -> tuple[Floats, Floats]:
    """Return the logits of both looks for every example, each from a model that was not fitted on its fold."""
    given = _whole(batch)
    first, second = np.zeros((2, len(batch.truth)), np.float32)
    for fold in range(FOLDS):
        out, rest = batch.fold == fold, batch.fold != fold
        first[out] = linear(given[rest], batch.truth[rest], batch.counts[rest]).decision_function(given[out])
        second[out] = network(batch, rest).logits(batch.meant[out], batch.features.groups[out], batch.registers[out, 1:])
    return first, second


def _whole(batch: Batch) -> sp.csr_matrix:
    return sp.hstack([matrix(batch.features, crosses=True), sp.csr_matrix(batch.registers * np.float32(_APART))], format="csr")


def style(batch: Batch) -> tuple[NDArray[np.int8], Floats]:
    """Fit what tells comments from all else by their characters alone; return the weights, and their scale with the offset."""
    given = _sparse(batch.features.chars, CHARS) * _TEXT
    fitted = LogisticRegression(C=_STRENGTH, max_iter=1000, tol=1e-4, class_weight="balanced").fit(given, batch.registers[:, 1] > 0)
    table, scales = quantised([fitted.coef_[0].astype(np.float32) * np.float32(_TEXT)])
    return table[:, 0], np.array([scales[0], fitted.intercept_[0]], np.float32)


def calibration(logits: Floats, truth: NDArray[np.bool_], counts: Floats) -> tuple[float, float]:
    """Return slope and offset that make logits into probabilities."""
    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(logits[:, None], truth, counts)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def best_threshold(scores: Floats, truth: NDArray[np.bool_], counts: Floats) -> float:
    """Return the score from which F1 is greatest, examples counted as often as they stand for."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(np.where(truth, counts, 0)[order])
    taken = np.cumsum(counts[order])
    f1 = 2 * right / (taken + right[-1])
    at = int(f1.argmax())
    following = scores[order][min(at + 1, len(order) - 1)]
    return float((scores[order][at] + following) / 2)


def balanced_threshold(scores: Floats, truth: NDArray[np.bool_], counts: Floats) -> float:
    """Return the score from which as much is taken wrongly as is missed: as steady as F1 near its top is not."""
    order = np.argsort(-scores, kind="stable")
    wrong = np.cumsum(np.where(truth, 0, counts)[order])
    missed = np.where(truth, counts, 0).sum() - np.cumsum(np.where(truth, counts, 0)[order])
    return float(scores[order][np.argmax(wrong >= missed)])


class Topic(NamedTuple):
    """One topic's weights, its calibration and the probability from which it holds."""

    weights: Linear
    slope: float
    offset: float
    threshold: float


def topic(given: sp.csr_matrix, truth: NDArray[np.bool_], rows: Batch, sizes: tuple[int, int]) -> Topic:
    """Fit one topic among relevant examples, whose threshold is for those of the stream; `sizes` are the numbers of words and groups."""
    even, fold, measured = np.ones(len(truth), np.float32), rows.fold, rows.stands_for
    logits = np.zeros(len(truth), np.float32)
    for part in range(FOLDS):
        rest = fold != part
        logits[~rest] = linear(given[rest], truth[rest], even[rest]).decision_function(given[~rest])
    slope, offset = calibration(logits, truth, measured)
    threshold = best_threshold(sigmoid(logits * slope + offset), truth, measured)
    fitted = parted(linear(given, truth, even), words=sizes[0], groups=sizes[1], crossed=False)
    return Topic(fitted, slope, offset, min(max(threshold, 0.2), 0.6))


def quantised(tables: Sequence[Floats]) -> tuple[NDArray[np.int8], Floats]:
    """Return columns side by side as int8, and the scale of each."""
    whole = np.stack(tables, axis=1)
    scales = np.maximum(np.abs(whole).max(axis=0), 1e-9) / 127
    return np.round(whole / scales).astype(np.int8), scales.astype(np.float32)
