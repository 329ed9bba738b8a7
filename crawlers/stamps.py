"""When an article was published: the time shown at its headline, made exact by what metadata and scripts say."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from crawlers.dates import SHANGHAI, parsed
from crawlers.lines import Line

_FULL: Final = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_CLOCK: Final = re.compile(r"\d{1,2}\s*[:：时]\s*\d{2}")
_LOOSE: Final = re.compile(
    r"(?<![\d.:/-])\d{2}-\d{2}-\d{2}(?![\d-])|(?<![\d-])\d{1,2}-\d{1,2}\s*\d{1,2}:\d{2}|\d{1,2}月\d{1,2}日|(?:刚刚|\d+\s*(?:秒|分钟|小时|天)前|[今昨前]天)|^\d{1,2}-\d{1,2}$"
)
_LABEL: Final = re.compile(r"(?:发布|发表|发稿|更新|录入|添加|成文|刊登)?\s*(?:时间|日期|于)\s*[:：]|发布\s*[:：]|来源\s*[:：]")
_RUN_TOGETHER: Final = re.compile(r"(?<=[-/.]\d\d)(?=\d\d:\d\d)")
_YEAR_APART: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(\d\d/\d\d)\s*(?=\d\d:\d\d)")
_IN_ADDRESS: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_NEAR: Final = 14
_STATED: Final = 20


def published(lines: Sequence[Line], body: Sequence[Line], title: str, *, stated: Iterable[str], url: str, now: datetime) -> datetime | None:
    """Return the time of publication in UTC, or None.

    A whole date shown near the headline is believed first; where it lacks hour or year, `stated` (metadata and scripts,
    the surest first) completes it; then come `stated` alone, vague words such as 前天, and the date in the address.
    """
    latest = now + timedelta(days=2)
    shown = _shown(lines, body, title)
    for text in shown:
        at = parsed(text, now) if _FULL.search(text) else None
        if at is None or at > latest:
            continue
        if _CLOCK.search(text):
            return at
        return next((exact for exact in _told(stated, now, latest) if _day(exact) == _day(at)), at)
    if told := _told(stated, now, latest):
        return told[0]
    inside = (text for line in body[:2] if len(line.text) <= 30 for text in _times(line.text))
    for text in (*shown, *inside):
        if (at := parsed(text, now)) is not None:
            return at
    match = _IN_ADDRESS.search(url)
    return parsed("-".join(match.groups()), now) if match else None


def _told(stated: Iterable[str], now: datetime, latest: datetime) -> list[datetime]:
    found = (parsed(text, now) for text in islice(stated, _STATED))
    return [at for at in found if at is not None and at <= latest]


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).date().isoformat()


def _shown(lines: Sequence[Line], body: Sequence[Line], title: str) -> list[str]:
    """Return the times that stand between headline and body, then just around them; the labelled ones first."""
    top = body[0].place if body else len(lines)
    bottom = body[-1].place if body else top
    heads = [line.place for line in lines if line.place <= top and line.text == title]
    head = heads[-1] if heads else max(0, top - _NEAR)
    spans = [range(head + 1, top), range(max(0, head - 3), head), range(max(0, top - _NEAR), top), range(bottom + 1, bottom + 6)]
    found: list[str] = []
    for span in spans:
        texts = [piece for place in span if 0 <= place < len(lines) for piece in _times(lines[place].text)]
        found.extend(sorted(texts, key=lambda text: not _LABEL.search(text)))
    return found


def _times(text: str) -> Iterable[str]:
    if len(text) > 160:
        return
    plain = _RUN_TOGETHER.sub(" ", _YEAR_APART.sub(r"\1/\2 ", text))
    for pattern in (_FULL, _LOOSE):
        match = pattern.search(plain)
        if match is not None:
            before = plain[max(0, match.start() - 8) : match.start()]
            # The blank keeps a label's colon from being read as part of a number.
            yield (f"{before} " if _LABEL.search(before) else "") + plain[match.start() : match.end() + 20]
            return
