"""The words and times that pages show: Chinese for what programs call by names, and Asia/Shanghai for every time."""

from collections.abc import Sequence
from datetime import datetime

from config.load import Config
from nlp.assessment import Place
from pipeline.desk.triage import STATUS_WORDS
from pipeline.faces import ZONE
from pipeline.model import LEVELS

FATES = {"kept": "新增", "revised": "修订", "repeated": "重复", "quarantined": "隔离"}
STANCES = {"spreads": "传播", "refutes": "辟谣", "asks": "询问"}


def level(number: int | None) -> str:
    """Return the level in words, such as Ⅱ橙."""
    return "未达预警" if number is None else LEVELS.get(number, str(number))


def status(name: str) -> str:
    """Return what readers call the state of a case."""
    return STATUS_WORDS.get(name, name)


def fate(name: str) -> str:
    """Return what readers call a fate; of what was dropped, with its reason."""
    return f"弃用：{name.removeprefix('dropped:').strip()}" if name.startswith("dropped:") else FATES.get(name, name)


def stance(name: str) -> str:
    """Return what readers call a stance towards a claim."""
    return STANCES.get(name, name)


def place(one: Place) -> str:
    """Return a place as people write it, such as 吉林省吉林市舒兰市."""
    return "".join(one.path)


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


def whole(at: datetime) -> str:
    """Return a time in Asia/Shanghai to the second, for tooltips."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}（北京时间）"
