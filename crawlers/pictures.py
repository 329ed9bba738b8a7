"""The text in a picture, line by line with how sure each is. Needs the extra `ocr`.

Runs in a process of its own (`crawlers.apart`), so that it may take its time: long pictures are cut into pieces between their lines, and what was
read of them until the time is over counts.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crawlers.apart import Unread
from crawlers.beside import Line

_LEAST: Final = (300, 200)
"""Pixels in width and height below which a picture is an ornament."""
_MOST_PIXELS: Final = 40_000_000
_WIDEST: Final = 1280
_TALLEST: Final = 1280
_PIECES: Final = 24
_SURE: Final = 0.6
"""Lines that are read less surely are no text."""

Pixels = NDArray[np.uint8]


class Reader(Protocol):
    """Reads a piece of a picture, an array of rows, columns and three colours."""

    def __call__(self, piece: Pixels) -> Sequence[Line]:
        """Return its lines from top to bottom."""


def pieces(body: bytes, reader: Reader | None = None) -> Iterator[Line]:
    """Yield the lines of a picture from top to bottom. Raises Unread, also where it is too small or too large."""
    read = reader or _rapid()
    for piece in cut(pixels(body)):
        yield from (line for line in read(piece) if line.sure >= _SURE and line.text.strip())


def pixels(body: bytes) -> Pixels:
    """Return a picture's pixels, made no wider than is read. Raises Unread."""
    try:
        picture = Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "WEBP", "BMP"))
        width, height = picture.size
        if width < _LEAST[0] or height < _LEAST[1]:
            raise Unread("is too small to hold a text")
        if width * height > _MOST_PIXELS:
            raise Unread(f"has more than {_MOST_PIXELS // 1_000_000} million pixels")
        shown = picture.convert("RGB")
        if width > _WIDEST:
            shown = shown.resize((_WIDEST, max(1, height * _WIDEST // width)), Image.Resampling.BILINEAR)
        return np.asarray(shown)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, Unread):
            raise
        raise Unread(f"is no picture that can be read: {str(error)[:100]}") from error


def cut(picture: Pixels) -> Iterator[Pixels]:
    """Yield a long picture in pieces, cut where a row of pixels is emptiest, so that no line of text is cut in two."""
    top = 0
    for _ in range(_PIECES):
        rest = picture[top:]
        if len(rest) <= _TALLEST:
            if len(rest):
                yield rest
            return
        last = rest[_TALLEST * 3 // 4 : _TALLEST]
        busy = last.max(axis=(1, 2)).astype(int) - last.min(axis=(1, 2))
        end = _TALLEST * 3 // 4 + int(np.flatnonzero(busy == busy.min())[-1])
        yield rest[:end]
        top += end


def _rapid() -> Reader:
    try:
        from rapidocr import RapidOCR
    except ImportError:
        raise Unread("is not read: that needs `pip install shian[ocr]`") from None

    quiet = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    engine = RapidOCR(params=quiet)

    def read(piece: Pixels) -> list[Line]:
        """Ask the engine, which takes blue first and finds None where nothing stands."""
        found: Any = engine(np.ascontiguousarray(piece[:, :, ::-1]))
        return [Line(text, float(sure)) for text, sure in zip(found.txts or (), found.scores or (), strict=True)]

    return read
