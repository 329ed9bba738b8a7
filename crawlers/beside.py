"""What stands beside an article's text, read in a process of its own: tables of failed samples in its files, text in its pictures."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from crawlers.apart import heard
from crawlers.grids import Grid
from crawlers.samples import Sample
from crawlers.sampling import samples_of

LITTLE: Final = 200
"""Characters of text below which an article's pictures may be what it says."""
MOST_PICTURES, PICTURE_BYTES = 3, 4 * 2**20
_LONGEST: Final = 8000
_SHEET_SECONDS, _SHEET_MEMORY = 30, 1024
_PICTURE_SECONDS, _PICTURE_MEMORY = 60, 4096
"""Limits of the process that reads one file; its memory is MiB of addresses, of which a part is in use."""


class Line(Struct, frozen=True):
    """A line of text in a picture, and how sure its reading is, 0 to 1."""

    text: str
    sure: float


def samples_in(body: bytes) -> tuple[list[Sample], str]:
    """Return the failed samples in a file, and why it was read no further, if so. Blocks for 30 s at most, once its turn has come."""
    found = heard("sheets", body, seconds=_SHEET_SECONDS, memory=_SHEET_MEMORY)
    return samples_of([msgspec.json.decode(line, type=Grid) for line in found.lines]), found.fault


def words_in(body: bytes) -> tuple[str, str]:
    """Return the text of a picture, marked as such with how sure it is, and why it was read no further. Blocks for 60 s at most."""
    found = heard("pictures", body, seconds=_PICTURE_SECONDS, memory=_PICTURE_MEMORY)
    return marked([msgspec.json.decode(line, type=Line) for line in found.lines], is_whole=not found.fault), found.fault


def marked(lines: Sequence[Line], *, is_whole: bool = True) -> str:
    """Return the lines under a mark that says that a machine read them from a picture; empty without lines."""
    if not lines:
        return ""
    letters = sum(len(line.text) for line in lines)
    sure = sum(line.sure * len(line.text) for line in lines) / letters
    mark = f"【图片文字，机器识读，可信度{sure:.2f}{'' if is_whole else '，未读完'}】"
    return "\n".join([mark, *(line.text for line in lines)])[:_LONGEST]
