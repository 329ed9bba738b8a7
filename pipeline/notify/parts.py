"""Cuts a text that is too long for one message into parts, at the end of a line, else of a sentence, else between two characters."""

import json
import unicodedata
from collections.abc import Callable, Iterator

Size = Callable[[str], int]
"""The size of a text; the size of two texts together is the sum of theirs."""
_ENDS = "。！？；!?;，,、 "
_JOINERS = "\u200d\ufe0e\ufe0f"
_LOOK = 400
"""Characters before a limit among which the end of a sentence is looked for."""


def utf8(text: str) -> int:
    """Return the bytes that a text has."""
    return len(text.encode())


def in_json(text: str) -> int:
    """Return the bytes that a text has inside JSON, where quotes and ends of lines take two."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def parts(text: str, limit: int, size: Size, *, most: int, rest: str) -> list[str]:
    """Return the text in parts of `limit` at most; where it needs more than `most` of them, the last ends with `rest` instead.

    Nothing but blanks and ends of lines at the cuts is lost. There is one part at least, which may be empty.
    """
    pieces: list[str] = []
    left = text.strip("\n")
    while left and len(pieces) < most:
        end = _end(left, limit, size)
        pieces.append(left[:end].rstrip())
        left = left[end:].lstrip("\n")
    if left:
        pieces[-1] = pieces[-1][: _end(pieces[-1], limit - size(rest), size)].rstrip() + rest
    return pieces or [""]


def _end(text: str, limit: int, size: Size) -> int:
    """Where the first part of a text ends: as late as possible, at least after one character."""
    reach = _reach(text, limit, size)
    if reach == len(text):
        return reach
    line = text.rfind("\n", 0, reach + 1)
    # A line that is too long for a part of its own begins in this one, lest this one be nearly empty.
    following = text[line + 1 :].partition("\n")[0]
    if line > reach // 2 or (line > 0 and _reach(following, limit, size) == len(following)):
        return line
    for at in range(reach, max(reach - _LOOK, reach // 2), -1):
        if text[at - 1] in _ENDS:
            return at
    return next((at for at in _before(reach) if not _joined(text[at - 1], text[at])), reach)


def _reach(text: str, limit: int, size: Size) -> int:
    total = 0
    for at, sign in enumerate(text):
        total += size(sign)
        if total > limit:
            return max(at, 1)
    return len(text)


def _before(reach: int) -> Iterator[int]:
    yield from range(reach, max(reach - 32, 0), -1)


def _joined(before: str, after: str) -> bool:
    """Whether two code points are shown as one character: accents, skin tones, families, flags."""
    return (
        after in _JOINERS
        or before == "\u200d"
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
    )
