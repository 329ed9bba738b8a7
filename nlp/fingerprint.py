"""Fingerprints: whether two texts are the same, or nearly so.

Texts are given as `nlp.text.cleaned` leaves them. What is compared is their words: punctuation, blanks and case do not count
for likeness, only for `exact`.
"""

import re
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from nlp.assessment import Fingerprint

BANDS = 20
ROWS = 3
NEAR = 0.5
"""Likeness from which two texts are held for the same in other words."""

_SEED = 20240517
_BATCH = 1000
_NO_WORD = re.compile(r"[\W_]+")

Words32 = NDArray[np.uint32]
Words64 = NDArray[np.uint64]


def fingerprints(texts: Sequence[str], *, bands: bool = True) -> list[Fingerprint]:
    """Return one fingerprint a cleaned text; without `bands` only the exact one, which is much quicker.

    Bands are signed 64-bit numbers, the same on every machine and in every run; a text without any word has none.
    """
    exact = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    if not bands:
        return [Fingerprint(digest) for digest in exact]
    found: list[Fingerprint] = []
    for start in range(0, len(texts), _BATCH):
        whole = _bands(texts[start : start + _BATCH])
        found.extend(Fingerprint(digest, row) for digest, row in zip(exact[start : start + _BATCH], whole, strict=True))
    return found


def likeness(a: str, b: str) -> float:
    """Return how alike two cleaned texts are, 0..1: the Jaccard index of their character pairs. Texts without words are alike only if equal."""
    mine, yours = _pairs(a), _pairs(b)
    if not mine or not yours:
        return float(a == b)
    shared = len(mine & yours)
    return shared / (len(mine) + len(yours) - shared)


def _words(text: str) -> str:
    return _NO_WORD.sub("", text).lower()


def _pairs(text: str) -> set[str]:
    words = _words(text)
    return {words[at : at + 2] for at in range(max(1, len(words) - 1))} if words else set()


@cache
def _permutations() -> tuple[Words32, Words32]:
    """Sixty times `a * x + b` modulo 2**32, with odd `a`, each a permutation of the numbers that pairs are hashed to."""
    chance = np.random.Generator(np.random.PCG64(_SEED))
    factors = chance.integers(0, 2**32, BANDS * ROWS, dtype=np.uint32) | np.uint32(1)
    return factors, chance.integers(0, 2**32, BANDS * ROWS, dtype=np.uint32)


def _bands(texts: Sequence[str]) -> list[tuple[int, ...]]:
    words = [_words(text) for text in texts]
    found: list[tuple[int, ...]] = [()] * len(texts)
    spoken = [at for at, word in enumerate(words) if word]
    if spoken:
        rows = _hashed_bands(_least(*_hashed_pairs([words[at] for at in spoken])))
        for at, row in zip(spoken, rows.tolist(), strict=True):
            found[at] = tuple(row)
    return found


def _hashed_pairs(words: list[str]) -> tuple[Words32, NDArray[np.intp]]:
    """The hashed character pairs of all texts in one row, and where each text's begin.

    A text of one character has the pair of it and nothing: every text has at least one pair, and none crosses into its neighbour.
    """
    padded = [word if len(word) > 1 else word + "\0" for word in words]
    points = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, padded), dtype=np.intp, count=len(padded))
    pairs = _mixed(points[:-1] * np.uint32(0x9E3779B1) ^ _mixed(points[1:]))
    ends = np.cumsum(lengths)
    within = np.ones(len(pairs), dtype=bool)
    within[ends[:-1] - 1] = False
    starts = np.zeros(len(padded), dtype=np.intp)
    np.cumsum(lengths[:-1] - 1, out=starts[1:])
    return pairs[within], starts


def _mixed(numbers: Words32) -> Words32:
    """Spread the bits of 32-bit numbers (the finish of MurmurHash3)."""
    numbers = (numbers ^ (numbers >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    numbers = (numbers ^ (numbers >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return numbers ^ (numbers >> np.uint32(16))


def _least(pairs: Words32, starts: NDArray[np.intp]) -> Words32:
    """The least value of each text under each permutation, one text a row."""
    factors, shifts = _permutations()
    least = np.empty((len(factors), len(starts)), dtype=np.uint32)
    space = np.empty_like(pairs)
    for at, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
        np.multiply(pairs, factor, out=space)
        np.add(space, shift, out=space)
        np.minimum.reduceat(space, starts, out=least[at])
    return np.ascontiguousarray(least.T)


def _hashed_bands(least: Words32) -> NDArray[np.int64]:
    """Each band's rows as one signed 64-bit number; the band's own number is in it, so that bands do not mix."""
    rows = least.reshape(len(least), BANDS, ROWS).astype(np.uint64)
    whole = np.arange(1, BANDS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for row in range(ROWS):
        whole = (whole ^ rows[:, :, row]) * np.uint64(0xFF51AFD7ED558CCD)
        whole = whole ^ (whole >> np.uint64(32))
    return whole.view(np.int64)
