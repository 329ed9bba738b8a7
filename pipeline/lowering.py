"""From points to a level, and what would lower it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from config.schema import Level, Rule
from pipeline.model import LEVELS

_CORRECTED = {"ill": "患病数", "hospitalised": "住院数", "dead": "死亡数"}
"""Numbers of people, which may be corrected."""
_SETTLED = frozenset({"relevance", "quiet"})
"""Measures that only go one way: what a post says is not unsaid, so a rule that lowers for them cannot come to hold any more."""


class Reason(Struct, frozen=True):
    """Points that one rule gave, below zero where it lowers, and why; none where it `failed`."""

    rule: str
    points: int
    text: str
    failed: bool = False


def level_of(points: int, levels: Mapping[Level, int]) -> Level | None:
    """Return the most severe level that the points reach, if any."""
    return min((level for level, least in levels.items() if points >= least), default=None)


def lowers(why: Sequence[Reason], rules: Iterable[Rule], levels: Mapping[Level, int]) -> tuple[str, ...]:
    """Return what would lower an event whose points are these: below how many it falls, and each rule that alone makes the difference.

    Empty where it has no level.
    """
    points = sum(reason.points for reason in why)
    level = level_of(points, levels)
    if level is None:
        return ()
    least = levels[level]
    first = f"{least} 分以下降为{_named(level_of(least - 1, levels))}（现 {points} 分）"
    return (first, *_alone({reason.rule: reason.points for reason in why}, rules, levels))


def _alone(given: Mapping[str, int], rules: Iterable[Rule], levels: Mapping[Level, int]) -> Iterator[str]:
    """What would lower it by itself: a rule that no longer gives, or one that lowers."""
    points = sum(given.values())
    level = level_of(points, levels)
    for rule in rules:
        has = given.get(rule.name, 0)
        would = min(*rule.steps.values(), 0)
        after = level_of(points - has + would, levels)
        if after == level:
            continue
        if has > 0:
            what = f"{_CORRECTED[rule.measure]}更正为 0" if rule.measure in _CORRECTED else f"不计“{rule.title}”"
            yield f"若{what}（少 {has} 分）则降为{_named(after)}"
        elif would < has and rule.measure not in _SETTLED:
            yield f"若“{rule.title}”成立（少 {has - would} 分）则降为{_named(after)}"


def _named(level: Level | None) -> str:
    return LEVELS[level] if level else "不预警"
