"""How evidence is read: what a fact or a tally says, in the words in which a report may say it."""

from collections.abc import Mapping
from datetime import datetime

from config.load import Config
from pipeline.model import LEVELS
from pipeline.platforms import platform
from pipeline.report.content import Tally
from pipeline.words import stance

UNITS = {"posts": "条", "members": "条", "events": "件", "alerts": "次"}
PERCENT_FROM = 10
"""A share of less than this would say more than it knows."""


def read(tally: Tally, values: Mapping[str, int], *, how: str, key: str, config: Config, than: int | None = None) -> str:
    """Return what a tally says. `how` is

    is: the number of `key`; change: that it rose or fell against `than`; kinds: how many keys have any; top: the `key` greatest, each with
    its number; peak: which key has most; most: how many that has; label: what `key` is called.

    Raises ValueError for a way of reading that there is not.
    """
    unit = UNITS[tally.of]
    ranked = sorted(((name, count) for name, count in values.items() if count), key=lambda pair: (-pair[1], pair[0]))
    match how:
        case "is":
            return str(values.get(key, 0))
        case "change":
            return changed(values.get(key, 0), than or 0, unit)
        case "kinds":
            return str(len(ranked))
        case "top":
            return "、".join(f"{label(tally.by, name, config)} {count} {unit}" for name, count in ranked[: int(key)])
        case "peak" if ranked:
            return label(tally.by, ranked[0][0], config)
        case "most":
            return str(ranked[0][1] if ranked else 0)
        case "label":
            return label(tally.by, key, config)
    raise ValueError(f"a tally of {tally.of} by {tally.by or 'nothing'} cannot be read as {how}")


def changed(now: int, before: int, unit: str) -> str:
    """Return how a number differs from the one before, such as 增加 12 条（24.0%）; without a share where the one before was small."""
    if now == before:
        return "持平"
    share = f"（{abs(now - before) / before:.1%}）" if before >= PERCENT_FROM else ""
    return f"{'增加' if now > before else '减少'} {abs(now - before)} {unit}{share}"


def short(by: str, key: str, config: Config) -> str:
    """Return what stands under a bar: an hour without its month."""
    return label(by, key, config).partition("月")[2] if by == "hour" else label(by, key, config)


def label(by: str, key: str, config: Config) -> str:
    """Return what readers call a key."""
    match by:
        case "day":
            day = datetime.fromisoformat(key)
            return f"{day.month}月{day.day}日"
        case "hour":
            hour = datetime.fromisoformat(f"{key}:00")
            return f"{hour.month}月{hour.day}日{hour.hour}时"
        case "platform":
            return platform(key)
        case "topic":
            return config.topics[key].title if key in config.topics else key
        case "source":
            return config.sources[key].title if key in config.sources else key or "来源不明"
        case "stance":
            return stance(key)
        case "level":
            return LEVELS.get(int(key), key)
        case "place":
            return key.replace("/", "")
    return key
