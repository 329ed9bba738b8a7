"""Static vectors of words and of couples of characters from unlabelled texts: which stand in one text, as PPMI, cut to a few dozen numbers by SVD."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from nlp.features import Floats, couples

SIZE = 128
COUPLE_SIZE = 64
_STRETCH = 2.5 * 127
"""Numbers of a vector of length 1 seldom pass 0.4, so that int8 is used whole."""
_SMOOTH = 0.75
_ROOT = 0.5


class Vectors(NamedTuple):
    """Units (words, or couples of characters as numbers) with their vectors (int8), how many texts hold each, and how many texts there were."""

    units: NDArray[Any]
    numbers: NDArray[np.int8]
    texts: NDArray[np.int64]
    total: int

    @property
    def idf(self) -> Floats:
        """How rare each unit is: log of all texts by texts with it."""
        rare: Floats = np.log(self.total / np.maximum(self.texts, 1)).astype(np.float32)
        return rare


def of_words(texts: Sequence[Sequence[str]], *, least: int = 4) -> Vectors:
    """Return vectors of all words that stand in at least `least` texts, in order; the same texts give the same vectors."""
    counts = Counter(word for words in texts for word in set(words))
    vocabulary = sorted(word for word, count in counts.items() if count >= least)
    ids = {word: at for at, word in enumerate(vocabulary)}
    known = [sorted({ids[word] for word in words if word in ids}) for words in texts]
    columns = np.fromiter(chain.from_iterable(known), np.int64)
    rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, known), np.int64, len(known)))
    return _learned(
        np.array(vocabulary, object), sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), len(ids))), SIZE
    )


def of_couples(texts: Sequence[str], *, least: int = 20) -> Vectors:
    """Return vectors of all couples of characters (`nlp.features.couples`) that stand in at least `least` texts, in order."""
    both, counts = couples(texts)
    units, columns = np.unique(both, return_inverse=True)
    holds = sp.csr_matrix((np.ones(len(both), np.float32), columns, np.concatenate(([0], np.cumsum(counts)))), shape=(len(texts), len(units)))
    holds.sum_duplicates()
    holds.data[:] = 1
    often = np.flatnonzero(np.bincount(holds.indices, minlength=len(units)) >= least)
    return _learned(units[often], holds[:, often], COUPLE_SIZE)


def _learned(units: NDArray[Any], holds: sp.csr_matrix, size: int) -> Vectors:
    """The vectors of units, from which texts hold which."""
    together = (holds.T @ holds).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    u, strengths, _ = randomized_svd(_surprise(together), min(size, len(units) - 1), n_iter=4, random_state=0)
    numbers = u * strengths**_ROOT
    numbers /= np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-9)
    whole = np.clip(np.round(numbers * _STRETCH), -127, 127).astype(np.int8)
    return Vectors(units, whole, np.bincount(holds.indices, minlength=len(units)).astype(np.int64), holds.shape[0])


def _surprise(together: sp.csr_matrix) -> sp.csr_matrix:
    """Positive pointwise mutual information, the frequencies of contexts smoothed."""
    often = np.asarray(together.sum(axis=1)).ravel()
    smooth = often**_SMOOTH
    pairs = together.tocoo()
    expected = np.maximum(often[pairs.row] * smooth[pairs.col] / smooth.sum(), 1e-9)
    value = np.log(np.maximum(pairs.data / expected, 1e-9))
    kept = value > 0
    return sp.csr_matrix((value[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])), shape=together.shape)
