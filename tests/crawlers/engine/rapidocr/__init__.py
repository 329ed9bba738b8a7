"""A small reader in the place of the large one: it knows the signs that tests draw, by their pixels, and speaks as RapidOCR does.

A sign is ten by fourteen squares of four pixels; what is no sign that was drawn is read as ?, and that not surely.
"""

from types import SimpleNamespace

import numpy as np

SIGNS = "食物中毒致癌请转发大家不要吃这种面条"
SIDE, HIGH, WIDE = 4, 14, 10


def pattern(sign: str) -> np.ndarray:
    """The squares of a sign: its code point in bits, with a full row above and below and a full column before."""
    bits = np.array([int(bit) for bit in f"{ord(sign):040b}"] * 3, np.uint8).reshape(12, WIDE)
    bits[:, 0] = 1
    return np.vstack([np.ones((1, WIDE), np.uint8), bits, np.ones((1, WIDE), np.uint8)])


KNOWN = {pattern(sign).tobytes(): sign for sign in SIGNS}


def drawn(lines: list[str], *, gap: int = 24, wide: int = 720) -> np.ndarray:
    """A picture of the lines, black on white, from top to bottom."""
    picture = np.full(((HIGH * SIDE + gap) * len(lines) + gap, wide, 3), 255, np.uint8)
    for number, line in enumerate(lines):
        top = gap + number * (HIGH * SIDE + gap)
        for place, sign in enumerate(line):
            left = 24 + place * (WIDE + 1) * SIDE
            squares = np.kron(pattern(sign), np.ones((SIDE, SIDE), np.uint8))
            picture[top : top + HIGH * SIDE, left : left + WIDE * SIDE][squares == 1] = 0
    return picture


class RapidOCR:
    """As much of the engine as is used."""

    def __init__(self, params: dict[str, object]) -> None:
        assert params["Global.log_level"] == "critical"

    def __call__(self, picture: np.ndarray) -> SimpleNamespace:
        dark = picture[:, :, 0] < 128
        rows = np.flatnonzero(np.diff(np.r_[0, dark.any(1), 0]))
        texts, scores = [], []
        for top, bottom in zip(rows[::2], rows[1::2], strict=True):
            columns = np.flatnonzero(dark[top:bottom].any(0))
            texts.append("".join(_read(dark[top:bottom, left:]) for left in range(columns[0], columns[-1], (WIDE + 1) * SIDE)))
            scores.append(0.95 if bottom - top == HIGH * SIDE and "?" not in texts[-1] else 0.3)
        return SimpleNamespace(txts=tuple(texts) or None, scores=tuple(scores) or None)


def _read(dark: np.ndarray) -> str:
    squares = dark[SIDE // 2 :: SIDE, SIDE // 2 :: SIDE][:HIGH, :WIDE].astype(np.uint8)
    return KNOWN.get(squares.tobytes(), "?")
