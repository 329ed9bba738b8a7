"""Fits the numbers of a model to examples: linear weights, the small network, calibration and thresholds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from nlp.features import CHARS, PAIRS, Block, Features, Floats, meanings
from nlp.model import Network, sigmoid

FOLDS = 4
_TEXT, _CROSS = 2.0, 0.5
"""How strongly the texts' own features and the pairs of groups speak, beside 1 for groups; chosen on 2023-07 … 2024-06."""
_STRENGTH = 1.0
_HIDDEN, _NETWORKS, _TURNS, _DECAY = 64, 2, 10, 0.3
_WEAK = 0.5
"""What an unlabelled text, taken for irrelevant, counts for in fitting."""
_CHUNK = 8192


class Batch(NamedTuple):
    """Encoded examples: `truth` and `background` are boolean; `fold` keeps what belongs together together; `stands_for` is how many texts
    of the stream an example stands for."""

    features: Features
    meant: Floats
    truth: NDArray[np.bool_]
    background: NDArray[np.bool_]
    fold: NDArray[np.int64]
    stands_for: Floats


class Linear(NamedTuple):
    """Weights of one output, for features as they are at judging; `crosses` is empty where there are none."""

    chars: Floats
    pairs: Floats
    words: Floats
    groups: Floats
    crosses: Floats
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
    """Fit one linear output."""
    return LogisticRegression(C=_STRENGTH, max_iter=300, tol=1e-3).fit(given, truth, counts)


def parted(fitted: LogisticRegression, *, words: int, groups: int) -> Linear:
    """Return the fitted weights by block, the scales of fitting folded in."""
    weights = fitted.coef_[0].astype(np.float32)
    known = weights.shape[0] - CHARS - PAIRS - groups
    pairs = groups * (groups - 1) // 2
    crossed = known > words
    known -= pairs if crossed else 0
    edges = np.cumsum([CHARS, PAIRS, known, groups])
    chars, two, one, group, cross = (part.astype(np.float32) for part in np.split(weights, edges))
    square = np.zeros((groups, groups), np.float32)
    if crossed:
        square[np.triu_indices(groups, 1)] = cross * _CROSS
    whole = np.zeros(words, np.float32)
    whole[:known] = one * _TEXT
    chars, two = np.float32(_TEXT) * chars, np.float32(_TEXT) * two
    return Linear(chars, two, whole, group, square, float(fitted.intercept_[0]))


def network(meant: Floats, groups: Floats, truth: NDArray[np.bool_]) -> Network:
    """Fit small networks from several beginnings and return them side by side as one."""
    mean, deviation = meant.mean(axis=0), meant.std(axis=0) + np.float32(1e-6)
    given = np.concatenate(((meant - mean) / deviation, groups), axis=1).astype(np.float32)
    fitted = []
    for seed in range(_NETWORKS):
        one = MLPClassifier((_HIDDEN,), alpha=_DECAY, max_iter=_TURNS, random_state=seed, batch_size=256, n_iter_no_change=_TURNS)
        fitted.append(one.fit(given, truth))
    hidden = np.concatenate([one.coefs_[0] for one in fitted], axis=1).astype(np.float32)
    hidden_bias = np.concatenate([one.intercepts_[0] for one in fitted]).astype(np.float32)
    out = (np.concatenate([one.coefs_[1][:, 0] for one in fitted]) / len(fitted)).astype(np.float32)
    return Network(mean, deviation, hidden, hidden_bias, out, float(np.mean([one.intercepts_[1][0] for one in fitted])))


def looked(batch: Batch) -> tuple[LogisticRegression, Network, sp.csr_matrix]:
    """Fit both looks to a whole batch; background that the first fit takes for relevant is left out of the second."""
    given = matrix(batch.features, crosses=True)
    counts = np.where(batch.background, _WEAK, 1.0).astype(np.float32)
    first = linear(given, batch.truth, counts)
    kept = ~(batch.background & (first.decision_function(given) > 0))
    first = linear(given[kept], batch.truth[kept], counts[kept])
    # The network knows no weights of examples: every second background text stands for its weight.
    kept &= ~batch.background | (np.arange(len(kept)) % 2 == 0)
    return first, network(batch.meant[kept], batch.features.groups[kept], batch.truth[kept]), given


def crossed(batch: Batch) -> tuple[Floats, Floats]:
    """Return the logits of both looks for every example, each from a model that was not fitted on its fold."""
    given = matrix(batch.features, crosses=True)
    counts = np.where(batch.background, _WEAK, 1.0).astype(np.float32)
    first, second = np.zeros((2, len(batch.truth)), np.float32)
    for fold in range(FOLDS):
        out, rest = batch.fold == fold, batch.fold != fold
        fitted = linear(given[rest], batch.truth[rest], counts[rest])
        first[out] = fitted.decision_function(given[out])
        rest &= ~batch.background | (np.arange(len(rest)) % 2 == 0)
        net = network(batch.meant[rest], batch.features.groups[rest], batch.truth[rest])
        second[out] = net.logits(batch.meant[out], batch.features.groups[out])
    return first, second


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


class Topic(NamedTuple):
    """One topic's weights, its calibration and the probability from which it holds."""

    weights: Linear
    slope: float
    offset: float
    threshold: float


def topic(given: sp.csr_matrix, truth: NDArray[np.bool_], fold: NDArray[np.int64], sizes: tuple[int, int]) -> Topic:
    """Fit one topic among relevant examples; `sizes` are the numbers of words and groups."""
    even = np.ones(len(truth), np.float32)
    logits = np.zeros(len(truth), np.float32)
    for part in range(FOLDS):
        rest = fold != part
        logits[~rest] = linear(given[rest], truth[rest], even[rest]).decision_function(given[~rest])
    slope, offset = calibration(logits, truth, even)
    threshold = best_threshold(sigmoid(logits * slope + offset), truth, even)
    return Topic(parted(linear(given, truth, even), words=sizes[0], groups=sizes[1]), slope, offset, min(max(threshold, 0.2), 0.6))


def quantised(tables: Sequence[Floats]) -> tuple[NDArray[np.int8], Floats]:
    """Return columns side by side as int8, and the scale of each."""
    whole = np.stack(tables, axis=1)
    scales = np.maximum(np.abs(whole).max(axis=0), 1e-9) / 127
    return np.round(whole / scales).astype(np.int8), scales.astype(np.float32)


def meant_by(features: Features, vectors: NDArray[np.int8], idf: Floats) -> Floats:
    """Return the meanings of a batch of any size, without holding all its vectors at once."""
    words, parts = features.words, []
    for at in range(0, len(words.starts) - 1, _CHUNK):
        starts = words.starts[at : at + _CHUNK + 1]
        part = Block(words.columns[starts[0] : starts[-1]], starts - starts[0], words.weights[at : at + _CHUNK])
        parts.append(meanings(part, vectors, idf))
    return np.concatenate(parts)
