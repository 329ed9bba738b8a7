"""The words and times that pages show: Chinese for what programs call by names, and Asia/Shanghai for every time."""

from collections.abc import Sequence
from datetime import datetime

from config.load import Config
from nlp.assessment import Place
from pipeline.clocks import Clock
from pipeline.desk.triage import STATUS_WORDS
from pipeline.faces import ZONE
from pipeline.tell import spoken
from pipeline.words import level, place, stance

__all__ = ["clock", "fate", "left", "level", "place", "places", "stance", "status", "topics", "whole"]

FATES = {"kept": "新增", "revised": "修订", "repeated": "重复", "quarantined": "隔离"}


def status(name: str) -> str:
    """Return what readers call the state of a case."""
    return STATUS_WORDS.get(name, name)


def fate(name: str) -> str:
    """Return what readers call a fate; of what was dropped, with its reason."""
    return f"弃用：{name.removeprefix('dropped:').strip()}" if name.startswith("dropped:") else FATES.get(name, name)


def places(all_: Sequence[Place] | None) -> str:
    """Return the surest place, and how many there are beside it."""
    if not all_:
        return ""
    return place(all_[0]) + (f" 等 {len(all_)} 地" if len(all_) > 1 else "")


def topics(names: Sequence[str], config: Config) -> list[str]:
    """Return the titles of topics, as declared."""
    return [config.topics[name].title if name in config.topics else name for name in names]


def clock(at: datetime | None, now: datetime) -> str:
    """Return a time in Asia/Shanghai to the minute; the year only where it is not this year's, the date only where it is not today's."""
    if at is None:
        return "时间不明"
    local, today = at.astimezone(ZONE), now.astimezone(ZONE)
    if local.date() == today.date():
        return f"今天 {local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"


def left(clock: Clock, now: datetime) -> str:
    """Return what is left of a time limit, or how it went, such as 余 25 分钟, 超 2 小时, 按时, 超时 1 小时后才办."""
    state, span = clock.state(now), clock.left(now)
    match state:
        case "off":
            return clock.why
        case "running":
            return f"余 {spoken(span)}"
        case "broken":
            return f"超时 {spoken(-span)}"
        case "kept":
            return "按时"
    return f"超时 {spoken(-span)} 才办"


def whole(at: datetime) -> str:
    """Return a time in Asia/Shanghai to the second, for tooltips."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}（北京时间）"
