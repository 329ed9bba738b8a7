"""Dates as Chinese sites write them, read against the time at which they were seen."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_YEARS = range(1970, 2101)
_AHEAD = timedelta(minutes=10)
"""How far a site's clock may be ahead of ours before a date without a year is last year's."""

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number}
_ZONES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "cst": 8,
    "hkt": 8,
    "jst": 9,
    "kst": 9,
    "sgt": 8,
    "aest": 10,
    "aedt": 11,
    "bst": 1,
    "cet": 1,
    "cest": 2,
    "est": -5,
    "edt": -4,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
"""Hours from UTC; CST is China's here, never America's."""

_UNITS = {"秒": "seconds", "分": "minutes", "小时": "hours", "时": "hours", "天": "days", "周": "weeks", "星期": "weeks"}
_UNITS |= {
    "second": "seconds",
    "sec": "seconds",
    "minute": "minutes",
    "min": "minutes",
    "hour": "hours",
    "hr": "hours",
    "day": "days",
    "week": "weeks",
}
_DAYS = {"今": 0, "今天": 0, "今日": 0, "昨": 1, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2, "大前天": 3, "today": 0, "yesterday": 1}
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}

_PART = r"(?P<part>凌晨|清晨|早上|早晨|早|晨|上午|中午|正午|下午|傍晚|晚上|晚间|深夜|夜间|夜|晚|am|pm)?"
_ZONE = (
    r"(?P<zone>(?:utc|gmt)[+-]\d{1,2}(?::?\d{2})?(?![\d:-])|[+-]\d{2}(?::?\d{2})?(?![\d:-])|(?:" + "|".join(sorted(_ZONES, reverse=True)) + r")\b)?"
)
_CLOCK = (
    _PART + r"[\s,]*(?P<hour>\d{1,2})(?:\s*:\s*(?P<minute>\d{1,2})(?:\s*:\s*(?P<second>\d{1,2})(?:[.,]\d+)?)?"
    r"|[时点](?:(?P<half>半)|整|(?P<minute2>\d{1,2})分?(?:(?P<second2>\d{1,2})秒)?)?)(?!\d)\s*(?P<after>[ap]m\b)?\s*" + _ZONE
)
_THEN = rf"(?:[\s,t|·()周一二三四五六日天星期]*?{_CLOCK})?"
_NUMBER = r"(?:\d+(?:\.\d+)?|半|[一两二三四五六七八九十]+)"

_DATE = re.compile(r"(?<!\d)(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*日?" + _THEN)
_SHORT_YEAR = re.compile(r"(?<![\d.:/-])(?P<year>\d{2})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d.:/-])" + _THEN)
_COMPACT = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?!\d)\s*" + _ZONE
)
_NO_YEAR = re.compile(
    r"(?:(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?|(?<![\d./-])(?P<month2>\d{1,2})[-/](?P<day2>\d{1,2})(?![\d./-]))" + _THEN
)
_MONTH_NAME = "(?P<name>" + "|".join(_MONTHS) + r")[a-z]*\.?"
_RFC = re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH_NAME},?[\s-]+(?P<year>\d{{4}})(?!\d)(?:[\s,at]*{_CLOCK})?")
_CTIME = re.compile(rf"\b{_MONTH_NAME}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s+(?P<year>\d{{4}})(?!\d)")
_ENGLISH = re.compile(rf"\b{_MONTH_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)(?:[\s,at]*{_CLOCK})?")
_CHINESE = re.compile(r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日")
_NOW = re.compile(r"刚刚|刚才|\bjust now\b")
_STEP = rf"({_NUMBER})\s*个?(半)?\s*(秒|分|小时|时|天|周|星期|月|年|(?:second|sec|minute|min|hour|hr|day|week|month|year)s?)钟?"
_AGO = re.compile(rf"(?P<steps>(?:{_STEP}\s*)+)(?:之|以)?(?:前|\bago\b)" + _THEN)
_DAY = re.compile(r"(?P<word>今天|今日|昨天|昨日|大前天|前天|前日|\btoday\b|\byesterday\b|[今昨](?=[早晚晨夜]))" + _THEN)
_WEEKDAY = re.compile(r"(?P<week>[上本这])?个?(?:星期|礼拜|周)(?P<weekday>[一二三四五六日天])(?!(?!上午|下午|中午|凌晨|早|晚)[一-龥])" + _THEN)
_EPOCH = re.compile(r"^(?:/date\()?(?P<seconds>[1-9]\d{9})(?P<fraction>\d{3}|\d{6}|\.\d+)?(?:[+-]\d{4})?(?:\)/)?$")
_ONLY_TIME = re.compile(rf"^\D*?{_CLOCK}$")


def parsed(text: str, now: datetime) -> datetime | None:
    """Return the moment that a site means, in UTC; None where it says none, or an impossible one.

    Without a year it is the last such day, without a time midnight, without an offset Asia/Shanghai. `now` is aware.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text[:300]).lower().split())
    here = now.astimezone(SHANGHAI)
    for pattern, read in _readers():
        match = pattern.search(plain)
        if match is None:
            continue
        try:
            at = read(match, here)
            return at.astimezone(UTC) if at is not None and at.year in _YEARS else None
        except (ValueError, OverflowError):
            return None
    return None


def _readers() -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime | None]]]:
    """The forms, the surest first: what an earlier one finds is not looked at by a later one."""
    yield _EPOCH, _from_epoch
    yield _DATE, _from_date
    yield _CHINESE, _from_chinese
    yield _COMPACT, _from_date
    yield _RFC, _from_date
    yield _CTIME, _from_date
    yield _ENGLISH, _from_date
    yield _SHORT_YEAR, _from_date
    yield _NOW, lambda _, now: now
    yield _AGO, _from_ago
    yield _DAY, _from_day
    yield _NO_YEAR, _from_no_year
    yield _WEEKDAY, _from_weekday
    yield _ONLY_TIME, _from_time


def _from_epoch(match: re.Match[str], _: datetime) -> datetime:
    return datetime.fromtimestamp(int(match["seconds"]), UTC) + timedelta(seconds=_fraction(match["fraction"] or ""))


def _fraction(digits: str) -> float:
    if digits.startswith("."):
        return float(digits)
    return int(digits) / 10 ** len(digits) if digits else 0.0


def _from_date(match: re.Match[str], _: datetime) -> datetime:
    found = match.groupdict()
    month = _MONTHS[found["name"]] if "name" in found else int(found["month"])
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    return _joined(date(year, month, int(found["day"])), found)


def _from_chinese(match: re.Match[str], _: datetime) -> datetime:
    year = int("".join(str(_DIGITS[digit]) for digit in match[1]))
    return _joined(date(year, int(_number(match[2])), int(_number(match[3]))), {})


def _from_ago(match: re.Match[str], now: datetime) -> datetime:
    at, in_days = now, True
    for number, half, unit in re.findall(_STEP, match["steps"]):
        count = _number(number) + (0.5 if half else 0)
        word = unit.rstrip("s") if unit.isascii() else unit
        if word in ("月", "month", "年", "year"):
            at = _months_before(at, round(count * (12 if word in ("年", "year") else 1)))
        else:
            at -= timedelta(**{_UNITS[word]: count})
            in_days = in_days and _UNITS[word] in ("days", "weeks")
    return _joined(at.date(), match.groupdict()) if match["hour"] and in_days else at


def _from_day(match: re.Match[str], now: datetime) -> datetime:
    return _joined(now.date() - timedelta(days=_DAYS[match["word"]]), match.groupdict())


def _from_no_year(match: re.Match[str], now: datetime) -> datetime | None:
    found = match.groupdict()
    month, day = int(found["month"] or found["month2"]), int(found["day"] or found["day2"])
    for year in (now.year + 1, now.year, now.year - 1):
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
            continue
        at = _joined(date(year, month, day), found)
        if at <= now + _AHEAD:
            return at
    return None


def _from_weekday(match: re.Match[str], now: datetime) -> datetime:
    wanted = "一二三四五六日".find(match["weekday"].replace("天", "日"))
    monday = now.date() - timedelta(days=now.weekday())
    if match["week"]:
        return _joined(monday + timedelta(days=wanted - (7 if match["week"] == "上" else 0)), match.groupdict())
    at = _joined(monday + timedelta(days=wanted), match.groupdict())
    return at if at <= now + _AHEAD else at - timedelta(days=7)


def _from_time(match: re.Match[str], now: datetime) -> datetime:
    at = _joined(now.date(), match.groupdict())
    return at if at <= now + _AHEAD else at - timedelta(days=1)


def _joined(day: date, found: dict[str, str | None]) -> datetime:
    """Put day, time and offset together; ValueError where there is no such time."""
    hour = int(found.get("hour") or 0)
    minute = int(found.get("minute") or found.get("minute2") or (30 if found.get("half") else 0))
    second = int(found.get("second") or found.get("second2") or 0)
    hour = _on_24(hour, found.get("part") or found.get("after") or "")
    if hour == 24 and (found.get("part") or not minute):
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute, 59 if second == 60 else second), _offset(found.get("zone") or ""))


def _on_24(hour: int, part: str) -> int:
    if not part or hour > 12:
        return hour
    if part in ("pm", "下午", "傍晚"):
        return hour if hour == 12 else hour + 12
    if part in ("晚上", "晚间", "晚", "深夜", "夜间", "夜"):
        return hour + 12 if hour > 4 else hour
    if part in ("中午", "正午"):
        return hour + 12 if hour < 10 else hour
    return 0 if hour == 12 and part in ("am", "凌晨", "清晨") else hour


def _offset(zone: str) -> timezone | ZoneInfo:
    if not zone:
        return SHANGHAI
    match = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if match is None:
        return timezone(timedelta(hours=_ZONES[zone]))
    hours = int(match[2])
    offset = timedelta(hours=hours, minutes=int(match[3] or 0))
    return timezone(-offset if match[1] == "-" else offset)


def _months_before(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def _number(word: str) -> float:
    if word == "半":
        return 0.5
    if word[0].isdigit() and word.isascii():
        return float(word)
    tens, ten, ones = word.partition("十")
    if not ten:
        return _DIGITS[word]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
