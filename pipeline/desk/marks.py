"""Finds words in a text as it was written, so that they can be shown where they stand."""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

_SENTENCE = frozenset("。！？!?\n；;")


class Piece(Struct, frozen=True):
    """Part of a text; `hit` where it is one of the words."""

    text: str
    hit: bool = False


def pieces(text: str, words: Iterable[str]) -> list[Piece]:
    """Cut the text into pieces, those that are one of `words` being hits; width and case of letters do not count."""
    spans = _spans(text, words)
    cut: list[Piece] = []
    end = 0
    for start, stop in spans:
        if start > end:
            cut.append(Piece(text[end:start]))
        cut.append(Piece(text[start:stop], True))
        end = stop
    if end < len(text):
        cut.append(Piece(text[end:]))
    return cut


def excerpt(text: str, words: Iterable[str], *, width: int = 140) -> list[Piece]:
    """Return the pieces of at most about `width` characters around the first hit, with … where something is left out."""
    words = list(words)
    if len(text) <= width:
        return pieces(text, words)
    spans = _spans(text, words)
    first = spans[0][0] if spans else 0
    start = max(0, min(first - width // 3, len(text) - width))
    # Begin with a sentence where one begins near by: half sentences are hard to read.
    start = next((at for at in range(start, max(start, first)) if at and text[at - 1] in _SENTENCE), start)
    stop = min(len(text), start + width)
    body = pieces(text[start:stop], words)
    return [*([Piece("…")] if start else []), *body, *([Piece("…")] if stop < len(text) else [])]


def _folded(text: str) -> tuple[str, list[int]]:
    """The text folded character by character, and for each folded character where it stood."""
    out: list[str] = []
    at: list[int] = []
    for index, char in enumerate(text):
        fold = unicodedata.normalize("NFKC", char).casefold()
        out.append(fold)
        at.extend([index] * len(fold))
    return "".join(out), at


def _spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand, in order, joined where they overlap or touch."""
    folded, at = _folded(text)
    found: list[tuple[int, int]] = []
    for word in {_folded(word)[0] for word in words if word.strip()}:
        start = folded.find(word)
        while start >= 0:
            found.append((at[start], at[start + len(word) - 1] + 1))
            start = folded.find(word, start + len(word))
    found.sort()
    return _joined(found)


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if not found:
        return []
    joined = [found[0]]
    for _, (start, stop) in pairwise(found):
        if start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined
