"""Which lines of a page are the article: two fast readings of where text is dense, and the cutting of what frames it.

One reading takes the block of the page (`container`) that holds most text for the fewest links, the other the stretch of lines (`stretch`),
whatever blocks they stand in. Where both agree the answer is sure.
"""

import re
from collections.abc import Sequence
from typing import Final

from crawlers.boilerplate import ends, is_about, is_aside, is_tags
from crawlers.lines import Block, Line, Lines

_STOPS: Final = re.compile(r"[，。！？；：、,!?;…”」]")
_FULL_STOP: Final = re.compile(r"[。！？…；!?]")
_REMAINDER: Final = 0.4
"""The article may be cut where at most this share of its text would follow."""

_LINKED_REMAINDER: Final = 0.75
"""The same, where what follows is full of links."""


def weight(line: Line) -> float:
    """Say how much a line speaks for an article (above 0) or for what is around articles."""
    length = len(line.text)
    free = length - line.linked
    if line.block.aside:
        return -min(length, 30) / 2
    if line.linked > 0.5 * length:
        return -min(line.linked, 40) * 1.5 - 4
    if ends(line.text):
        return -20.0
    if is_about(line.text):
        return -4.0
    stops = len(_STOPS.findall(line.text))
    if free >= 16 and stops:
        return free + 6.0 * min(stops, 20)
    if line.block.tag == "p" or line.is_heading or _cell(line.block) is not None:
        return free / 2
    return free / 2 if free >= 16 else -3.0


def container(whole: Lines, weights: Sequence[float]) -> list[Line]:
    """Return the lines of the block whose text outweighs everything else most; the innermost one of equals."""
    for block in whole.blocks:
        block.total = 0.0
    for line, heavy in zip(whole.lines, weights, strict=True):
        line.block.total += heavy
    best: Block | None = None
    for block in reversed(whole.blocks):
        if block.parent is not None:
            block.parent.total += block.total
        # Children come after their parents, so that here a block's own total is whole.
        if not block.aside and block.total > 0 and (best is None or block.total > best.total):
            best = block
    return [] if best is None else whole.within(best)


def stretch(lines: Sequence[Line], weights: Sequence[float]) -> list[Line]:
    """Return the run of lines with the greatest sum of weights."""
    best, best_from, best_to = 0.0, 0, 0
    running, start = 0.0, 0
    for place, heavy in enumerate(weights):
        if running <= 0:
            running, start = 0.0, place
        running += heavy
        if running > best:
            best, best_from, best_to = running, start, place + 1
    return list(lines[best_from:best_to])


def trimmed(lines: Sequence[Line], title: str) -> list[Line]:
    """Return the lines without what frames the article: above it title, time and source, below it editors, disclaimers, further reading."""
    kept = [line for line in lines if not line.block.aside and squeezed(line.text)]
    kept = kept[_beginning(kept, title) :]
    kept = kept[: _end(kept)]
    kept = kept[_title_in_pieces(kept, title) :]
    kept = [line for line in kept if not _is_odd(line)]
    while kept and (is_about(kept[0].text) or is_aside(kept[0].text) or (kept[0].block.tag == "h1" and len(kept) > 1)):
        kept.pop(0)
    while kept and (ends(kept[-1].text) or is_tags(kept[-1].text)):
        kept.pop()
    return kept


def _beginning(lines: Sequence[Line], title: str) -> int:
    """Find the first line after the title, and after what is said about the article, if that is near the top."""
    total = sum(len(line.text) for line in lines)
    read, beginning = 0, 0
    short = squeezed(title)
    for place, line in enumerate(lines):
        # Crumbs of a site may be long, a text before its own title never is.
        if read > max(120, total // 5) or place > 60:
            break
        if short and _is_title(line, short, place):
            beginning, read = place + 1, 0
            continue
        if place == beginning and (is_about(line.text) or line.linked > 0.5 * len(line.text) or ends(line.text)):
            beginning = place + 1
            continue
        if is_about(line.text) and read < 60 and place - beginning < 8 and re.search(r"\d{4}.\d|来源|字号|浏览", line.text):
            beginning, read = place + 1, 0
            continue
        read += len(line.text)
    return beginning


def _is_title(line: Line, short: str, place: int) -> bool:
    """Tell whether the line is the title, perhaps with a badge such as 原创 before it."""
    text = squeezed(line.text)
    return text.endswith(short) and len(text) <= len(short) + 4 and (line.is_heading or place < 12)


def _end(lines: Sequence[Line]) -> int:
    """Find the line from which on nothing is the article's."""
    lengths = [len(line.text) - line.linked if line.linked <= 0.5 * len(line.text) else 0 for line in lines]
    total = sum(lengths)
    before = 0
    for place, line in enumerate(lines):
        if before and ends(line.text):
            rest = (total - before) / total
            if rest <= _REMAINDER or (before >= 80 and rest <= _LINKED_REMAINDER and _links_follow(lines[place + 1 : place + 13])):
                return place
        before += lengths[place]
    return len(lines)


def _links_follow(lines: Sequence[Line]) -> bool:
    return 4 * sum(line.linked > 0.5 * len(line.text) for line in lines) >= len(lines) > 0


def _title_in_pieces(lines: Sequence[Line], title: str) -> int:
    """Count the first lines that together are the title, as notices of offices break it."""
    wanted, read = squeezed(title), ""
    for place, line in enumerate(lines[:6]):
        read += squeezed(line.text)
        if wanted and read == wanted:
            return place + 1
    return 0


def _is_odd(line: Line) -> bool:
    if is_aside(line.text):
        return True
    if line.linked < 0.8 * len(line.text.replace(" ", "")):
        return ends(line.text) and len(line.text) < 60
    return len(line.text) < 30 or not _FULL_STOP.search(line.text)


def squeezed(text: str) -> str:
    """Return the text's letters and digits, to compare what sites punctuate differently."""
    return re.sub(r"\W+", "", text)


def joined(lines: Sequence[Line]) -> str:
    """Return the lines as a text; the cells of a table's row stand on one line."""
    rows: list[str] = []
    last: Block | None = None
    for line in lines:
        cell = _cell(line.block)
        if cell is not None and last is not None and cell is not last and cell.parent is last.parent and len(line.text) <= 60:
            rows[-1] = f"{rows[-1]} {line.text}"
        else:
            rows.append(line.text)
        last = cell
    return "\n".join(rows)


def _cell(block: Block) -> Block | None:
    """Return the cell of a table that the block is, or is at most two steps inside of."""
    at: Block | None = block
    for _ in range(3):
        if at is None:
            return None
        if at.tag in ("td", "th"):
            return at
        at = at.parent
    return None


def likeness(one: Sequence[Line], other: Sequence[Line]) -> float:
    """Say how much of the longer of two readings both hold, 0 to 1."""
    first, second = ({line.place: len(line.text) for line in lines} for lines in (one, other))
    both = sum(length for place, length in first.items() if place in second)
    return both / max(sum(first.values()), sum(second.values()), 1)
