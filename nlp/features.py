"""What a model sees of a text: hashed characters and pairs of words, words, classes of the lexicons, and static word vectors.

Everything is made for a whole batch at once and by arithmetic on arrays. A block of features weighs 1/sqrt(its count in the text), so
that a title and a paragraph are on one scale.
"""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nlp.lexicon import Hit, Lexicon, segmenter_words
from nlp.segment import Segmenter
from nlp.text import cleaned

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

CHARS = 1 << 18
PAIRS = 1 << 17
LONGEST = 3
"""Characters in the longest hashed sequence."""

REGISTERS = ("comment", "long")
"""Ways of writing in which other shares of texts are relevant than among titles: what consumers write on shops, and what is long."""
LONG = 64
"""Characters from which on a text is long."""

UNKNOWN = -1
_OPEN, _CLOSE = "\x02", "\x03"
_EDGES = np.uint32(4)


class Block(NamedTuple):
    """The features of one kind in a batch: `columns[starts[i]:starts[i + 1]]` are those of text i; each weighs `weights[i]`."""

    columns: NDArray[np.uint32] | Ints
    starts: Ints
    weights: Floats

    def times(self, matrix: NDArray[np.float32] | NDArray[np.int8]) -> Floats:
        """Return the sum of the rows of `matrix` that each text has, weighed: one row (or number) a text."""
        picked = matrix[self.columns].astype(np.float32, copy=False)
        return summed(picked, self.starts) * (self.weights if picked.ndim == 1 else self.weights[:, None])


class Features(NamedTuple):
    """All that is known of a batch of texts. `groups` holds, for each text, 1 for each group of the lexicons that it mentions; `registers`
    how much it is of each of REGISTERS, 0 to 1."""

    chars: Block
    pairs: Block
    words: Block
    groups: Floats
    registers: Floats
    texts: Sequence[str]


def summed(values: Floats, starts: Ints) -> Floats:
    """Return the sums of `values[starts[i]:starts[i + 1]]`; 0 where that is empty."""
    return _reduced(np.add, values, starts)


def _reduced(how: np.ufunc, values: Floats | NDArray[np.int8], starts: Ints) -> Floats:
    """`how` over each run. reduceat gives the next value for an empty run, so those are put right."""
    count = len(starts) - 1
    out: Floats = np.zeros((count, *values.shape[1:]), np.float32)
    full = starts[1:] > starts[:-1]
    if full.any():
        out[full] = how.reduceat(values, starts[:-1][full], axis=0)
    return out


def _block(columns: NDArray[np.uint32] | Ints, counts: Ints) -> Block:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return Block(columns, starts, (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32))


def characters(texts: Sequence[str]) -> Block:
    """Return the hashed sequences of 1 to LONGEST characters; the edges of the text count as characters in the longer ones."""
    joined = "".join(f"{_OPEN}{text}{_CLOSE}" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 2
    ends = np.cumsum(lengths)
    spread = codes * np.uint32(2654435761)
    runs = np.empty((LONGEST, len(codes)), np.uint32)
    runs[0] = spread
    for size in range(1, LONGEST):
        runs[size] = np.uint32(0)
        here = runs[size - 1, : len(codes) - size] * np.uint32(16777619) ^ spread[size:]
        runs[size, : len(codes) - size] = here ^ (here >> np.uint32(15))
    columns = runs * np.uint32(2246822507)
    columns ^= columns >> np.uint32(13)
    columns &= np.uint32(CHARS - 1)
    # A sequence that would run into the next text, or a single edge, is no feature.
    wanted = np.ones((LONGEST, len(codes)), bool)
    wanted[0] = codes >= _EDGES
    for size in range(1, LONGEST):
        for back in range(1, size + 1):
            wanted[size, ends - back] = False
    order = columns.T[wanted.T]
    counts = np.add.reduceat(wanted.sum(axis=0), ends - lengths).astype(np.int64) if len(texts) else np.zeros(0, np.int64)
    return _block(order, counts)


def word_ids(words: Sequence[Sequence[str]], ids: dict[str, int]) -> tuple[Ints, Ints]:
    """Return the number of every word in a row, UNKNOWN for others, and how many words each text has."""
    counts = np.fromiter(map(len, words), np.int64, len(words))
    flat = np.fromiter(map(ids.get, chain.from_iterable(words), repeat(UNKNOWN)), np.int64, int(counts.sum()))
    return flat, counts


def word_block(flat: Ints, counts: Ints) -> Block:
    """Return the known words of each text."""
    known = flat >= 0
    text = np.repeat(np.arange(len(counts)), counts)
    return _block(flat[known], np.bincount(text[known], minlength=len(counts)).astype(np.int64))


def pair_block(flat: Ints, counts: Ints) -> Block:
    """Return the hashed pairs of neighbouring words, at least one of them known."""
    text = np.repeat(np.arange(len(counts)), counts)
    left, right = flat[:-1], flat[1:]
    wanted = (text[:-1] == text[1:]) & ((left >= 0) | (right >= 0)) if len(flat) else np.zeros(0, bool)
    mixed = ((left + 2) * 1000003 ^ (right + 2) * 7919 * 65537) & 0x7FFFFFFF
    columns = ((mixed ^ (mixed >> 15)) & (PAIRS - 1))[wanted] if len(flat) else flat
    return _block(columns, np.bincount(text[:-1][wanted], minlength=len(counts)).astype(np.int64) if len(flat) else counts)


def group_matrix(hits: Sequence[Sequence[Hit]], columns: dict[str, int]) -> Floats:
    """Return texts x groups: 1 where the text mentions a term of the group; see `group_names`."""
    out: Floats = np.zeros((len(hits), len(columns)), np.float32)
    known: dict[tuple[str, str], tuple[int, ...]] = {}
    places: list[int] = []
    for row, found in enumerate(hits):
        first = row * len(columns)
        for kind, _, _, _, group in found:
            own = known.get((kind, group))
            if own is None:
                own = known[kind, group] = tuple(columns[name] for name in (kind, f"{kind}:{group}") if name in columns)
            for column in own:
                places.append(first + column)
    out.ravel()[places] = 1
    return out


class Read(NamedTuple):
    """Cleaned texts, with the words that each is cut into and the lexicon's terms in it."""

    texts: list[str]
    words: list[list[str]]
    hits: list[list[Hit]]


def encoded(read: Read, ids: dict[str, int], groups: dict[str, int]) -> Features:
    """Return the features of what was read; `ids` number the model's words, `groups` its groups."""
    flat, counts = word_ids(read.words, ids)
    registers = np.zeros((len(read.texts), len(REGISTERS)), np.float32)
    return Features(
        characters(read.texts), pair_block(flat, counts), word_block(flat, counts), group_matrix(read.hits, groups), registers, read.texts
    )


def chosen_rows(features: Features, rows: Ints) -> Features:
    """Return the features of some texts of a batch, in the order of `rows`."""
    chars, pairs, words = (_rows_of(block, rows) for block in features[:3])
    return Features(chars, pairs, words, features.groups[rows], features.registers[rows], [features.texts[row] for row in rows.tolist()])


def _rows_of(block: Block, rows: Ints) -> Block:
    counts = np.diff(block.starts)[rows]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    places = np.arange(starts[-1]) + np.repeat(block.starts[:-1][rows] - starts[:-1], counts)
    return Block(block.columns[places], starts, block.weights[rows])


def couples(texts: Sequence[str]) -> tuple[NDArray[np.uint64], Ints]:
    """Return every two neighbouring characters of each text as one number, and how many each text has."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    within = np.ones(len(codes), bool)
    within[np.cumsum(lengths)[lengths > 0] - 1] = False
    both = (codes << np.uint64(32)) | np.concatenate((codes[1:], codes[:1]))
    return both[within], np.maximum(lengths - 1, 0)


def couple_block(texts: Sequence[str], known: NDArray[np.uint64]) -> Block:
    """Return the couples of each text that are among `known`, which is sorted."""
    both, counts = couples(texts)
    at = np.minimum(np.searchsorted(known, both), len(known) - 1)
    text = np.repeat(np.arange(len(counts)), counts)
    found = known[at] == both
    return _block(at[found].astype(np.int64), np.bincount(text[found], minlength=len(counts)).astype(np.int64))


_AT_ONCE = 64
"""Texts whose vectors are added up at once: few enough to stay in the processor's cache."""


def meanings(units: Block, vectors: NDArray[np.int8], idf: Floats) -> Floats:
    """Return what the units of each text mean together: the mean of their vectors, weighed by rarity, and the greatest of each number.

    `vectors` are units x numbers, 127 standing for 1.
    """
    size = vectors.shape[1]
    out = np.zeros((len(units.starts) - 1, 2 * size), np.float32)
    rare = idf[units.columns]
    totals = np.maximum(summed(rare, units.starts), np.float32(1e-6))
    for at in range(0, len(out), _AT_ONCE):
        starts = units.starts[at : at + _AT_ONCE + 1]
        picked = vectors[units.columns[starts[0] : starts[-1]]]
        weighed = picked * (rare[starts[0] : starts[-1], None] / np.float32(127))
        out[at : at + _AT_ONCE, :size] = summed(weighed, starts - starts[0])
        out[at : at + _AT_ONCE, size:] = _reduced(np.maximum, picked, starts - starts[0]) / np.float32(127)
    out[:, :size] /= totals[:, None]
    return out


def group_names(lexicon: Lexicon) -> tuple[str, ...]:
    """Return the groups that a lexicon tells apart: its classes, and `class:group` for their groups, sorted."""
    return tuple(sorted({term.kind for term in lexicon.terms} | {f"{term.kind}:{term.group}" for term in lexicon.terms if term.group}))


class Reader:
    """Cleans and cuts texts and finds the lexicon's terms in them: the same for fitting and for judging."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._segmenter = Segmenter(segmenter_words(lexicon))

    def read(self, texts: Sequence[str]) -> Read:
        """Return cleaned texts with words and terms."""
        return self.understood(cleaned(texts))

    def tagged(self, text: str) -> list[tuple[str, str]]:
        """Return the words of one clean text with their parts of speech."""
        return self._segmenter.tagged(text) if text else []

    def understood(self, plain: list[str]) -> Read:
        """Return words and terms of texts that are clean."""
        return Read(plain, self._segmenter.cut(plain), self.lexicon.found(plain))
