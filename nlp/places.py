"""Where a matter is: names of places found in texts, namesakes told apart by what stands around them.

One pass of an automaton finds names and traps (刘长春, 兰州拉面) together; the longest wins. What a name means is then decided
by its parents, children and siblings in the same text; a name that stays open goes to the best known of its namesakes, else to
the one in the home province, else to none. Only the most specific level is told: 吉林省吉林市舒兰市 is 舒兰市.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from nlp.assessment import Place
from nlp.gazetteer import ALONE, LONGEST_CUE, NEVER, STILL, Gazetteer, Reading, gazetteer

_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱林郭马罗梁宋郑谢唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田范姚谭廖邹熊陆郝崔邱秦顾侯邵孟段雷钱汤尹黎贺赖龚"
)
_NAME_BEGINS = re.compile(r"(?:^|[^\u4e00-\u9fff]|[士家员长授师生人星手将军者工记任])$")
_SUFFIXES = frozenset("省市区县旗州")
_JOINTS = frozenset(("", " ", "·", "-", "/", "省", "市", "州", "的"))
"""What may stand between a place and one that lies in it."""
_SHORT = 200
"""Characters up to which a text is about the place named first; longer ones are about the place named most."""


class _Hit(NamedTuple):
    """One name in a text and where it stands."""

    start: int
    end: int
    readings: tuple[Reading, ...]


class _Found(NamedTuple):
    """One place decided on; `sure` is 2 where its own full name or its parent says so, 1 for a plain name, 0 for a guess."""

    entry: int
    start: int
    sure: int


def places(texts: Sequence[str], *, home_province: str = "220000", known: Gazetteer | None = None) -> list[tuple[Place, ...]]:
    """Return for each text the places that its matter is at, surest first, most specific level only.

    Texts are best cleaned (nlp.text.clean) beforehand. `home_province` is the GB/T 2260 code of the province whose counties win where
    a name says no more; empty for none.
    """
    gaz = known or gazetteer()
    find = gaz.automaton.find_matches_as_indexes
    home = home_province[:2]
    return [_judged(gaz, text, found, home) if (found := find(text, overlapping=True)) else () for text in texts]


def _judged(gaz: Gazetteer, text: str, found: list[tuple[int, int, int]], home: str) -> tuple[Place, ...]:
    hits = _standing(gaz, text, found)
    if not hits:
        return ()
    decided = _decided(gaz, text, hits, home)
    return _ordered(gaz, decided, by_count=len(text) > _SHORT)


def _standing(gaz: Gazetteer, text: str, found: list[tuple[int, int, int]]) -> list[_Hit]:
    """Keep the longest of overlapping matches, a plain name before a weak one, and drop what its surroundings speak against."""
    if len(found) > 1:
        found = _apart(gaz, found)
    hits: list[_Hit] = []
    alone: list[_Hit] = []
    begins = {start for pattern, start, _ in found if gaz.readings[pattern]}
    for pattern, start, end in found:
        readings = gaz.readings[pattern]
        if not readings:
            continue
        if text[end - 1] == "市" and text.startswith("场", end) and end - start > 2:
            end -= 1
            readings = _named(gaz, text[start:end])
        says = _before(gaz, text, start, end)
        # 唐山市路南区 is no road: what begins with a place is no cue
        if says == STILL and end not in begins:
            says = _after(gaz, text, end)
        if says != NEVER and readings:
            (hits if says == STILL else alone).append(_Hit(start, end, readings))
    return hits or [hit for hit in alone if len(alone) == 1]


def _named(gaz: Gazetteer, name: str) -> tuple[Reading, ...]:
    for pattern, start, end in gaz.automaton.find_matches_as_indexes(name, overlapping=True):
        if start == 0 and end == len(name):
            return gaz.readings[pattern]
    return ()


def _apart(gaz: Gazetteer, found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return matches that do not overlap, in reading order."""
    readings = gaz.readings

    def rank(match: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return what a match is chosen by."""
        means = readings[match[0]]
        doubt = 0 if not means else 2 if all(reading.weak for reading in means) else 1 if gaz.entries[means[0].entry].kind == "county" else 0
        return match[1] - match[2], doubt, match[1]

    kept: list[tuple[int, int, int]] = []
    for match in sorted(found, key=rank):
        if all(match[2] <= other[1] or match[1] >= other[2] for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match[1])


def _before(gaz: Gazetteer, text: str, start: int, end: int) -> int:
    """Tell what stands before a name: NEVER, STILL or ALONE."""
    for length in range(min(LONGEST_CUE, start), 0, -1):
        if (says := gaz.traps.before.get(text[start - length : start])) is not None:
            return says
    borne = start and text[start - 1] in _SURNAMES and text[start:end] in gaz.traps.given
    return NEVER if borne and _NAME_BEGINS.search(text[: start - 1]) else STILL


def _after(gaz: Gazetteer, text: str, end: int) -> int:
    """Tell what stands after a name: NEVER, STILL or ALONE."""
    for length in range(min(LONGEST_CUE, len(text) - end), 0, -1):
        if (says := gaz.traps.after.get(text[end : end + length])) is not None:
            # 白云区米粉厂 is at 白云区; only a short name makes a style of a dish
            return STILL if says == ALONE and text[end - 1] in _SUFFIXES else says
    return STILL


def _decided(gaz: Gazetteer, text: str, hits: list[_Hit], home: str) -> list[_Found]:
    """Choose one meaning for each name: the unmistakable first, for they decide the others."""
    plain = [hit.readings[0].entry for hit in hits if len(hit.readings) == 1 and not hit.readings[0].weak]
    present = set(plain)
    around = present.union(*(gaz.entries[entry].parents for entry in plain)) if plain else present
    decided: list[_Found] = []
    before = _Found(-1, 0, 0)
    before_end = len(text)
    for hit in hits:
        chosen = _chosen(gaz, hit, around, home, right_before=before.entry if text[before_end : hit.start] in _JOINTS else -1)
        if chosen is not None:
            before, before_end = chosen, hit.end
            decided.append(chosen)
            around = around | {chosen.entry, *gaz.entries[chosen.entry].parents}
    return decided


def _chosen(gaz: Gazetteer, hit: _Hit, around: set[int], home: str, *, right_before: int) -> _Found | None:
    entries = gaz.entries
    if right_before >= 0:
        inside = [reading.entry for reading in hit.readings if right_before in entries[reading.entry].parents]
        if inside:
            deepest = inside if len(inside) == 1 else [entry for entry in inside if entries[entry].parents[-1] == right_before] or inside
            return _Found(deepest[0], hit.start, 2)
    open_ = [reading for reading in hit.readings if not reading.weak]
    if len(open_) == 1 and len(hit.readings) == 1:
        full = hit.end - hit.start == len(entries[open_[0].entry].place.path[-1])
        return _Found(open_[0].entry, hit.start, 2 if full else 1)
    heads = {reading.entry for reading in open_}
    told = [(len(around & set(entries[reading.entry].parents)), reading) for reading in open_]
    # a county of the same name as what it lies in is meant only right behind it
    told = [(count, reading) for count, reading in told if count and not heads & set(entries[reading.entry].parents)]
    if told:
        most = max(count for count, _ in told)
        closest = [reading for count, reading in told if count == most]
        if len(closest) == 1:
            return _Found(closest[0].entry, hit.start, 2)
    for reading in open_:
        if reading.best:
            return _Found(reading.entry, hit.start, 0 if entries[reading.entry].kind == "county" else 1)
    at_home = [reading for reading in open_ if home and (entries[reading.entry].place.code or "").startswith(home)]
    return _Found(at_home[0].entry, hit.start, 0) if len(at_home) == 1 else None


def _ordered(gaz: Gazetteer, decided: list[_Found], *, by_count: bool) -> tuple[Place, ...]:
    """Drop what only says where another place lies, and repeats; put the surest first."""
    if len(decided) == 1:
        return (gaz.entries[decided[0].entry].place,)
    above = {parent for found in decided for parent in gaz.entries[found.entry].parents}
    counts = Counter(found.entry for found in decided)
    best: dict[int, tuple[int, int, int]] = {}
    for found in decided:
        if found.entry not in above:
            guess = found.sure == 0
            key = (guess, -counts[found.entry] if by_count else 0, found.start)
            best[found.entry] = min(key, best.get(found.entry, key))
    return tuple(gaz.entries[entry].place for entry in sorted(best, key=best.__getitem__))
