"""How a digest puts things: the lines that the page and the plain text share. Pure; what strangers wrote is shown without signs that act."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from config.schema import Topic
from crawlers.health import TODO, said
from nlp.assessment import Place
from pipeline.digest.content import PERIOD, Digest, Entry, Sick
from pipeline.masks import masked
from pipeline.model import LEVELS, Alert, Event
from pipeline.platforms import platform
from pipeline.route import Route

_STATES = {"new": "待处置", "acknowledged": "已受理", "dismissed": "已排除", "closed": "已办结"}
_CLAIMS = (("spreads", "传播中"), ("asks", "求证中"), ("refutes", "已辟谣"))
_TITLE, _LINE = 90, 220
"""Characters of a title and of another line of what others wrote."""
_GROUPS = 12
"""Topics or places that are named one by one."""


class Page:
    """One digest in words. `most` events of a part are shown, `few` of open cases and sources."""

    def __init__(
        self, digest: Digest, *, office: str, topics: Mapping[str, Topic], times: Callable[[datetime], str], most: int, desk: str = ""
    ) -> None:
        self._digest, self._topics, self._times, self._desk = digest, topics, times, desk
        self.office, self.most, self.first, self.few = office, most, min(5, most), min(10, most)
        self.is_empty = digest.is_empty
        self.rising = len(digest.rising) + digest.omitted.get("grew", 0)
        self.easing = len(digest.easing) + digest.omitted.get("fell", 0)
        self.late = len(digest.late.events) + digest.late.more
        self.alerts = sorted(digest.alerts, key=lambda alert: (alert.level, alert.raised_at))
        unverified = [("未查证", entry) for entry in digest.unverified]
        told = [(word, entry) for stance, word in _CLAIMS for entry in digest.claims(stance)]
        self.claims = [*told[: len(digest.claims("spreads"))], *unverified, *told[len(digest.claims("spreads")) :]]

    # --- the head

    @property
    def subject(self) -> str:
        """The title of the mail: its day, and what is gravest."""
        counts = "、".join(f"{LEVELS[level]} {count}" for level, count in self._digest.levels.items() if count and level <= 2)
        said = "没有要报的事" if self.is_empty else f"{counts or '无红橙预警'}，新事件 {self._digest.count('new')} 件"
        return f"食品安全舆情每日摘要 {self._times(self._digest.until)[:10]}：{said}"

    @property
    def preheader(self) -> str:
        """What mail programs show beside the title."""
        grave = [plain(entry.event.title, 30) for entry in self._digest.grave[:2]]
        return self.nothing if self.is_empty else "；".join([*grave, *self.points])[:120]

    @property
    def span(self) -> str:
        """The period."""
        return f"{self._times(self._digest.since)} 至 {self._times(self._digest.until)}（不含）"

    @property
    def nothing(self) -> str:
        """The one line where there is nothing to tell."""
        return f"本期没有要报的事：收录帖文 {self._digest.kept} 条，没有相关事件、预警和异常信源。"

    @property
    def notes(self) -> list[str]:
        """What the reader must know of this digest itself."""
        folded = self._digest.folded
        notes = [f"停机期间有 {folded} 期摘要没有发出，并入本期：本期覆盖上期结束以来的全部时间。"] if folded else []
        return notes + (["本件按接收方的主题、地点和部门选送，合计数为全部。"] if self._digest.narrow else [])

    @property
    def totals(self) -> list[tuple[str, int, str]]:
        """The four numbers, each with its change."""
        one, before = self._digest, self._digest.before
        numbers = (
            ("收录帖文", one.kept, before.kept),
            ("相关帖文", one.relevant, before.relevant),
            ("预警", one.count("alerts"), before.alerts),
            ("新事件", one.count("new"), before.new),
        )
        return [(name, now, f"{self._before} {was}，{change(now, was)}") for name, now, was in numbers]

    @property
    def levels(self) -> str:
        """Alerts by level."""
        return "预警按级别：" + "，".join(f"{LEVELS[level]} {count}" for level, count in self._digest.levels.items()) + "。"

    @property
    def points(self) -> list[str]:
        """The further things to know, a line each."""
        one = self._digest
        lines = [] if one.grave else ["本期没有Ⅰ红、Ⅱ橙事件。"]
        spreading, unverified = len(one.claims("spreads")), len(one.unverified)
        if spreading or unverified:
            lines.append(f"谣言：传播中的已知传言 {spreading} 件，未查证 {unverified} 件。")
        if one.open:
            oldest = min(event.first_seen for event in one.open)
            lines.append(f"未办结 {one.count('open')} 件，最久的已 {age(one.until - oldest)}。")
        if one.late:
            lines.append(f"补报：{self.late_words}")
        if one.sources:
            names = "、".join(sick.title for sick in one.sick[:3]) + (" 等" if len(one.sick) > 3 else "")
            lines.append(f"信源异常 {len(one.sick)} 个：{names}。" if one.sick else f"信源 {one.sources} 个全部正常。")
        return lines

    @property
    def late_words(self) -> str:
        """What came late, in numbers."""
        late = self._digest.late
        told = f"涉及 {self.late} 件事件、{len(late.alerts)} 次预警。"
        if late.kept:
            return f"{late.kept} 条帖文属于已报时段，在该期摘要之后才收到；相关 {late.relevant} 条，{told}"
        return f"已报时段里当时没有报的，{told}"

    # --- events

    def about(self, entry: Entry) -> list[str]:
        """What is told of an event below its title."""
        event = entry.event
        lines = [plain(entry.brief.line, _LINE)] if entry.brief.line and entry.brief.line != event.title else []
        platforms = "、".join(map(platform, event.platforms))
        facts = [event.stage, self._numbers(entry), platforms, self._named(event.topics), where(event.places)]
        lines.append(plain(" · ".join(fact for fact in facts if fact), _LINE))
        if event.why:
            lines.append(plain("；".join(event.why), _LINE))
        return lines + ([plain(answers(entry.route), _LINE)] if entry.route else [])

    def short(self, entry: Entry) -> list[str]:
        """What is told of an event to who reads one screen."""
        lead = f"牵头：{entry.route.lead.title}" if entry.route else ""
        facts = [where(entry.event.places), self._numbers(entry), lead]
        lines = [" · ".join(fact for fact in facts if fact), "；".join(entry.event.why)]
        return [plain(line, _LINE) for line in lines if line]

    def _numbers(self, entry: Entry) -> str:
        if entry.late:
            return f"共 {entry.event.posts} 条，补报 {entry.late} 条"
        before = f"（{self._before} {entry.before}，{change(entry.grown, entry.before)}）" if entry.event.first_seen < self._digest.since else ""
        return f"共 {entry.event.posts} 条，本期 {entry.grown} 条{before}"

    def claim(self, entry: Entry) -> list[str]:
        """What is told of the claim that an event speaks of."""
        known = entry.event.debunk
        if known is None:
            return [f"谣言相似度 {entry.event.rumor or 0:.0%}，没有匹配到已知辟谣，未经查证。"]
        return [plain(f"传言：{known.claim}", _LINE), plain(f"查证：{known.finding}", _LINE), plain(f"依据：{known.citation}", _LINE)]

    def raised(self, alert: Alert) -> str:
        """When and why an alert was raised."""
        return plain(f"{self._times(alert.raised_at)} · {'；'.join(alert.why)}", _LINE)

    def case(self, event: Event) -> str:
        """How a case stands, and how old it is."""
        owner = f"（{event.case.owner}）" if event.case.owner else ""
        return plain(f"{_STATES.get(event.case.status, event.case.status)}{owner} · 首见至今 {age(self._digest.until - event.first_seen)}", _LINE)

    def sick(self, one: Sick) -> str:
        """What is wrong with a source, and since when."""
        since = f"，自 {self._times(one.since)}" if one.since else ""
        why = f"；{one.why}" if one.why else ""
        return plain(f"{one.title}（{one.source}）：{said(one.health)}{since}{why}", _LINE) + f"。{TODO.get(one.health, '')}"

    # --- the rest

    @property
    def by_topic(self) -> str:
        """Events of the period by topic."""
        return "主题：" + _listed({self._topics[name].title if name in self._topics else name: n for name, n in self._digest.topics.items()})

    @property
    def by_place(self) -> str:
        """Events of the period by place."""
        return "地点：" + _listed(self._digest.places)

    @property
    def foot(self) -> str:
        """Where more is."""
        return f"数字按帖文的决策时间统计。全部事件、依据和处置见值守台{f' {self._desk}' if self._desk else ''}。"

    @property
    def _before(self) -> str:
        return "前日" if self._digest.until - self._digest.since == PERIOD else "前期"

    def _named(self, topics: Sequence[str]) -> str:
        return "、".join(self._topics[name].title if name in self._topics else name for name in topics)

    def level(self, level: int | None) -> str:
        """Return a level in words."""
        return LEVELS[level] if level else "未达级"

    def plain(self, text: str) -> str:
        """Return a title as it is shown."""
        return plain(text, _TITLE)

    def rest(self, count: int, unit: str) -> str:
        """Say how many are not shown."""
        return f"另有 {count} {unit}，见值守台。"


def plain(text: str, most: int) -> str:
    """Return a text in one line, without numbers of persons, and without signs that are not seen but act, such as those that turn the direction.

    What is cut ends with ….
    """
    seen = "".join(
        " " if sign.isspace() else sign for sign in masked(text) if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co")
    )
    line = " ".join(seen.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def change(now: int, before: int) -> str:
    """Return how a number changed."""
    return f"↑{now - before}" if now > before else f"↓{before - now}" if now < before else "持平"


def age(span: timedelta) -> str:
    """Return a span in days, or in hours below two of them."""
    hours = span // timedelta(hours=1)
    return f"{hours // 24} 天" if hours >= 48 else f"{hours} 小时"


def where(places: Sequence[Place] | None) -> str:
    """Return the places of an event."""
    return "、".join("".join(place.path) for place in (places or ())[:3])


def answers(route: Route) -> str:
    """Return who answers for an event."""
    if route.outside:
        return f"外省：只报{route.lead.title}"
    cooperating = f"；配合：{'、'.join(party.title for party in route.cooperating)}" if route.cooperating else ""
    return f"牵头：{route.lead.title}{cooperating}；属地：{route.office.title}"


def _listed(counts: Mapping[str, int]) -> str:
    shown = "，".join(f"{name} {count} 件" for name, count in list(counts.items())[:_GROUPS])
    more = f"；另有 {len(counts) - _GROUPS} 个，见值守台" if len(counts) > _GROUPS else ""
    return f"{shown}{more}。" if counts else "无。"
