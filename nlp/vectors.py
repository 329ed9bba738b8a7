"""Static word vectors from unlabelled texts: which words stand in one text, as PPMI, cut to a few dozen numbers by SVD."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from nlp.features import Floats

SIZE = 128
_STRETCH = 2.5 * 127
"""Numbers of a vector of length 1 seldom pass 0.4, so that int8 is used whole."""
_SMOOTH = 0.75
_ROOT = 0.5


class Vectors(NamedTuple):
    """Words with their vectors (int8), how many texts hold each, and how many texts there were."""

    words: tuple[str, ...]
    numbers: NDArray[np.int8]
    texts: NDArray[np.int64]
    total: int

    @property
    def idf(self) -> Floats:
        """How rare each word is: log of all texts by texts with it."""
        rare: Floats = np.log(self.total / np.maximum(self.texts, 1)).astype(np.float32)
        return rare


def learned(texts: Sequence[Sequence[str]], *, least: int = 4, size: int = SIZE) -> Vectors:
    """Return vectors of all words that stand in at least `least` texts; the same texts give the same vectors."""
    counts = Counter(word for words in texts for word in set(words))
    vocabulary = tuple(sorted(word for word, count in counts.items() if count >= least))
    ids = {word: at for at, word in enumerate(vocabulary)}
    together = _together(texts, ids)
    u, strengths, _ = randomized_svd(_surprise(together), size, n_iter=4, random_state=0)
    numbers = u * strengths**_ROOT
    numbers /= np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-9)
    whole = np.clip(np.round(numbers * _STRETCH), -127, 127).astype(np.int8)
    return Vectors(vocabulary, whole, np.array([counts[word] for word in vocabulary], np.int64), len(texts))


def _together(texts: Sequence[Sequence[str]], ids: dict[str, int]) -> sp.csr_matrix:
    """How many texts hold both of two words."""
    rows, columns = [], []
    for row, words in enumerate(texts):
        known = {ids[word] for word in words if word in ids}
        rows.extend([row] * len(known))
        columns.extend(sorted(known))
    holds = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), len(ids)))
    together = (holds.T @ holds).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    return together


def _surprise(together: sp.csr_matrix) -> sp.csr_matrix:
    """Positive pointwise mutual information, the frequencies of contexts smoothed."""
    often = np.asarray(together.sum(axis=1)).ravel()
    smooth = often**_SMOOTH
    pairs = together.tocoo()
    expected = np.maximum(often[pairs.row] * smooth[pairs.col] / smooth.sum(), 1e-9)
    value = np.log(np.maximum(pairs.data / expected, 1e-9))
    kept = value > 0
    return sp.csr_matrix((value[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])), shape=together.shape)
