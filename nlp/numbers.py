"""Numbers as people write them: 一百二十余, 两, 廿, 十几, 近百, 3000多, 1.2万, 30-40, 数十.

A number that only says a size (数十, 几百, 多) is found too, with no value.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["exact", "more", "about", "range", "unknown"]
"""exact: as written; more: 余, 多, 超, at least; about: 近, 约; range: the lower bound; unknown: a size without a value."""


class Number(NamedTuple):
    """One number and where it stands; `value` is the least that the words say, None where they say only a size."""

    start: int
    end: int
    value: int | None
    kind: Kind


_DIGITS = {**{sign: number for number, sign in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2, "俩": 2, "仨": 3, "幺": 1}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": 20, "卅": 30}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_SIGNS = frozenset((*_DIGITS, *_UNITS, *_TENS, *_MYRIADS))
_ARABIC = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"
_CHINESE = r"[零〇一二两三四五六七八九十百千万亿廿卅]+|[俩仨]"
_ONE = rf"(?:(?:{_ARABIC})\s?[百千万亿]*|{_CHINESE})"
_NUMBER = re.compile(
    r"(?P<before>将近|接近|大约|约|近|超过|超|逾|至少|不少于|多达|上|成)?\s?"
    rf"(?:(?P<vague>[数几好]+[十百千万亿]+|多|若干|数|几|众|大批|不少|许多|一些|部分)(?=[余多]?[名人位例个]|[十百千万])"
    rf"|(?P<first>{_ONE})(?:\s?(?:-|~|—|–|至|到)\s?(?P<last>{_ONE}))?)"
    r"(?P<after>余|多|几|来)?(?P<scale>[十百千万亿]+)?"
)


def value(text: str) -> int | None:
    """Return what one written number says, such as 一百零三, 1.2万 or 3,000; None where it is none."""
    text = text.strip().replace(",", "").replace(" ", "")
    arabic = re.fullmatch(r"(\d+(?:\.\d+)?)([百千万亿]*)", text)
    if arabic:
        scaled = float(arabic[1])
        for unit in arabic[2]:
            scaled *= _UNITS.get(unit) or _MYRIADS[unit]
        return round(scaled)
    return _chinese(text)


def _chinese(text: str) -> int | None:
    if not text or any(sign not in _SIGNS for sign in text):
        return None
    if len(text) > 1 and all(sign in _DIGITS for sign in text):
        # 二〇二四 is written sign by sign; 七八 is a range, of which the least counts
        return _DIGITS[text[0]] if len(text) == 2 and not {"零", "〇"} & set(text) else int("".join(str(_DIGITS[sign]) for sign in text))
    for sign, myriad in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            above, _, below = text.rpartition(sign)
            more = (_chinese(below) or 0) if below else 0
            if len(below) == 1 and below in _DIGITS:
                more = _DIGITS[below] * myriad // 10  # 一万二 is 12,000
            return (_chinese(above) or 1) * myriad + more
    return _below_myriad(text)


def _below_myriad(text: str) -> int:
    whole = 0
    digit: int | None = None
    unit = 1
    for sign in text:
        if sign in _UNITS:
            unit = _UNITS[sign]
            whole += (1 if digit is None else digit) * unit
            digit = None
        elif sign in _TENS:
            whole, unit = whole + _TENS[sign], 10
        elif digit is None or digit == 0:
            # of two neighbours (七八十) the first, lower one counts
            digit, unit = _DIGITS[sign], 1 if sign in "零〇" or digit == 0 else unit
    return whole + (digit or 0) * (unit // 10 if unit > 10 else 1)  # 一百二 is 120


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers in a text, in order of place."""
    for match in _NUMBER.finditer(text):
        if match["vague"]:
            yield Number(match.start(), match.end(), None, "unknown")
            continue
        least = value(match["first"])
        if least is None:
            continue
        kind: Kind = "exact"
        if match["last"]:
            kind = "range"
        elif match["after"] or match["before"] in ("超过", "超", "逾", "至少", "不少于", "多达", "上", "成"):
            kind = "more"
        elif match["before"]:
            kind = "about"
        scale = match["scale"] if match["after"] else None
        for unit in scale or "":
            least *= _UNITS.get(unit) or _MYRIADS[unit]
        yield Number(match.start(), match.end() if scale or not match["scale"] else match.start("scale"), least, kind)
