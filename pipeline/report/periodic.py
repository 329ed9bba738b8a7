"""Makes the reports of a day, a week or a month: totals against the period before, events, alerts, rumors, sources, and what is to be done."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from pipeline.model import Event
from pipeline.report.advice import advice
from pipeline.report.blocks import alert_name, alert_table, when
from pipeline.report.content import KINDS, Block, Fact, Paragraph, Report, Section, Sentence, Table, Tally
from pipeline.report.draft import Draft, Read, alert_rows, event_row, fact, number, post_rows
from pipeline.report.kept import Kept
from pipeline.report.lost import Lost
from pipeline.report.period import ZONE, Period, before
from pipeline.report.recount import chosen
from pipeline.report.sources import source_rows
from pipeline.report.totals import RELEVANT, SHOWN, Totals

ADVISED = 5
"""Events that something is advised for, the most severe."""
LISTED = 2000
"""Events and posts that a workbook lists."""


def period_report(kept: Kept, kind: str, this: Period) -> Report:
    """Return the report of a period; of an empty one it is a sentence that says so."""
    return _Periodic(kept, kind, this).report()


class _Periodic:
    """One period and what is said of it."""

    def __init__(self, kept: Kept, kind: str, this: Period) -> None:
        self.kept, self.kind, self.this = kept, kind, this
        self.before = before(kind, this)
        self.draft = Draft(kept)
        self.alerts = kept.alerts(this)
        self.lost = kept.lost(this.since, this.until)

    def report(self) -> Report:
        """Return the whole."""
        name = f"{self.kind}/{self.this.since.isoformat()}/{self.this.until.isoformat()}"
        title = self.draft.say("食品安全舆情", KINDS[self.kind], "（", Read(Fact("time", name, "named")), "）")
        is_empty = not (self.kept_posts.values[""] or self.alerts or self.kept.moved(self.this))
        sections = tuple(self.nothing() if is_empty else self.whole())
        ranked = sorted((event.id for event, _ in self.events("")), key=lambda id_: self.rank(id_))[:LISTED]
        events = tuple(event_row(self.kept, id_, self.this) for id_ in ranked)
        return Report(
            kind=self.kind,
            id=f"{self.this.until.astimezone(ZONE):%Y%m%d}",
            office=self.kept.config.settings.office,
            since=self.this.since,
            until=self.this.until,
            title=title,
            sections=sections,
            evidence=tuple(self.draft.evidence),
            posts=post_rows(self.kept, list(dict.fromkeys([*self.draft.cited(), *self.evidence_of(ranked)]))[:LISTED]),
            events=events,
            alerts=alert_rows(self.kept, self.this),
            sources=source_rows(self.kept, self.this),
        )

    def evidence_of(self, events: Sequence[str]) -> Iterator[str]:
        """The posts of the period behind each event: its first, and the one that went furthest."""
        for event in events:
            members = self.kept.members_in(event, self.this.since, self.this.until)
            yield members[0].post
            yield max(members, key=lambda one: (one.reach, one.post)).post

    def rank(self, event: str) -> tuple[int, int, str]:
        """The most severe first, then what gained most."""
        alert = self.kept.leading(event, self.this)
        return alert.level if alert else 9, -len(self.kept.members_in(event, self.this.since, self.this.until)), event

    @cached_property
    def kept_posts(self) -> Tally:
        """All posts of the period."""
        return self.draft.tally("posts", "", self.this)

    def events(self, where: str) -> list[tuple[Event, int]]:
        """The events of one part."""
        return chosen(self.kept, where, self.this)

    def nothing(self) -> Iterator[Section]:
        """The one sentence of an empty period, and the sources, for silence may be illness."""
        draft, alerts, events = self.draft, self.draft.tally("alerts", "", self.this), self.draft.tally("events", "", self.this)
        said = draft.say(
            "自",
            when(self.this.since),
            "至",
            when(self.this.until),
            "，收录帖文 ",
            number(self.kept_posts),
            " 条，事件 ",
            number(events),
            " 件，预警 ",
            number(alerts),
            " 次。",
        )
        yield Section("摘要", (Paragraph((said,)),))
        if self.lost:
            yield Section("信源状况", tuple(self.sick()))

    def whole(self) -> Iterator[Section]:
        """The sections of a period in which there was something."""
        yield Section("摘要", (Paragraph(tuple(self.summary())),))
        yield Section("基本情况", parts=tuple(Totals(self.draft, self.kind, self.this, self.before).parts()))
        yield Section("事件与预警", parts=tuple(self.matters()))
        yield Section("研判", parts=(Section("重点事件", tuple(self.weighed())), Section("传言与辟谣", tuple(self.rumors()))))
        yield Section("信源状况", tuple(self.sick()))
        if advised := tuple(self.advised()):
            yield Section("建议", advised)

    def summary(self) -> Iterator[Sentence]:
        """What a leader reads."""
        draft, posts = self.draft, self.kept_posts
        relevant, alerts = draft.tally("posts", RELEVANT, self.this), draft.tally("alerts", "", self.this)
        yield draft.say("本期自", when(self.this.since), "起，至", when(self.this.until), "（不含）。")
        yield draft.say("收录帖文 ", number(posts), " 条，其中涉及食品安全 ", number(relevant), " 条。")
        events, new = draft.tally("events", "", self.this), draft.tally("events", "new", self.this)
        yield draft.say("有新帖文的事件 ", number(events), " 件，其中新出现 ", number(new), " 件。")
        if self.alerts:
            levels = draft.tally("alerts", "", self.this, "level")
            yield draft.say("发出预警 ", number(alerts), " 次（", Read(levels, "top", "4"), "）。")
            worst = min(self.alerts, key=lambda one: (one.level, -one.posts, one.id))
            name = alert_name(worst)
            said = (fact("alert", name, field) for field in ("level", "title"))
            yield draft.say("最严重的为", next(said), "“", next(said), "”。")
        else:
            yield draft.say("发出预警 ", number(alerts), " 次。")

    def matters(self) -> Iterator[Section]:
        """New events, those that grew and fell, and the alerts."""
        for title, where in (
            ("新出现的事件", "new"),
            ("持续发展的事件", f"grew/{self.before.since.isoformat()}"),
            ("趋于平息的事件", f"fell/{self.before.since.isoformat()}"),
        ):
            yield Section(title, tuple(self.listed(title, where)))
        yield Section("预警", tuple(self.alerted()))

    def listed(self, title: str, where: str) -> Iterator[Block]:
        """How many events of a part there are, and the first of them."""
        draft, count = self.draft, self.draft.tally("events", where, self.this)
        ids = sorted((event.id for event, _ in self.events(where)), key=self.rank)
        yield Paragraph((draft.say(f"{title}共 ", number(count), " 件", "，下表按级别列出一部分，其余见工作簿。" if len(ids) > SHOWN else "。"),))
        if ids:
            yield Table(
                title, ("级别", "事件", "本期帖文", "阶段", "地点"), tuple(self.row(id_) for id_ in ids[:SHOWN]), (0.12, 0.42, 0.14, 0.12, 0.2)
            )

    def row(self, event: str) -> tuple[Sentence, ...]:
        """A line of a table of events."""
        draft, until, alert = self.draft, self.this.until, self.kept.leading(event, self.this)
        level = (fact("alert", alert_name(alert), "level"),) if alert else ()
        then = self.kept.as_of(event, until)
        places = (fact("event", event, "places", until),) if then.places else ()
        gained = draft.tally("members", event, self.this)
        return (
            draft.cell(*level),
            draft.say(fact("event", event, "title", until)),
            draft.say(number(gained)),
            draft.say(fact("event", event, "stage", until)),
            draft.cell(*places),
        )

    def alerted(self) -> Iterator[Block]:
        """The alerts by level, and the first of them."""
        count = self.draft.tally("alerts", "", self.this)
        more = "，下表按级别列出一部分，其余见工作簿。" if len(self.alerts) > SHOWN else "。"
        yield Paragraph((self.draft.say("本期发出预警 ", number(count), " 次", more),))
        if self.alerts:
            ranked = sorted(self.alerts, key=lambda one: (one.level, one.raised_at, one.id))[:SHOWN]
            yield alert_table(self.draft, ranked, "预警")

    def severe(self) -> list[str]:
        """The events that an alert was raised for in the period, the most severe first."""
        return sorted({self.kept.home(alert.event) for alert in self.alerts} - {""}, key=self.rank)[:ADVISED]

    def weighed(self) -> Iterator[Block]:
        """Why the most severe events have their level."""
        draft, until = self.draft, self.this.until
        for place, event in enumerate(self.severe(), start=1):
            alert = self.kept.leading(event, self.this)
            assert alert
            level, title, why = (fact("alert", alert_name(alert), field) for field in ("level", "title", "why"))
            first = next(one.post for one in self.kept.members_in(event, None, until))
            origin = ("首见于", fact("post", first, "source"), "，") if self.kept.post(first) else ()
            yield Paragraph((draft.say("“", title, "”：", level, "，", *origin, "理由：", why, "。"),), f"{place}.")
        if not self.alerts:
            yield Paragraph((draft.say("本期发出预警 ", number(draft.tally("alerts", "", self.this)), " 次，没有需要单列研判的事件。"),))

    def rumors(self) -> Iterator[Block]:
        """Events like rumors, and those of known claims with what was found."""
        draft = self.draft
        like, known = draft.tally("events", "rumor", self.this), draft.tally("events", "debunked", self.this)
        yield Paragraph((draft.say("带谣言特征的事件 ", number(like), " 件，与已有辟谣条目相符的事件 ", number(known), " 件。"),))
        rows = []
        for event, _ in self.events("debunked")[:SHOWN]:
            told = next((one.post for one in self.kept.members_in(event.id, None, self.this.until) if self.known(one.post)), "")
            if told:
                title = draft.say(fact("event", event.id, "title", self.this.until))
                rows.append((title, *(draft.say(fact("post", told, field)) for field in ("claim", "finding", "citation"))))
        if rows:
            yield Table("与辟谣条目相符的事件", ("事件", "所传", "核查结论", "来源"), tuple(rows), (0.22, 0.22, 0.34, 0.22))

    def known(self, post: str) -> bool:
        """Whether a post is kept and speaks of a known claim."""
        judged = self.kept.post(post)
        return bool(judged and judged.assessment.debunk)

    def sick(self) -> Iterator[Block]:
        """The sources that were lost, and what each brought."""
        draft = self.draft
        if not self.lost:
            yield Paragraph((draft.say("本期收录帖文 ", number(self.kept_posts), " 条，采集记录中没有异常信源。"),))
            return
        rows = []
        for one in self.lost[:SHOWN]:
            name = _crawl(one)
            parts = (draft.cell(fact("crawl", name, field)) for field in ("source", "started", "health"))
            rows.append((*parts, draft.cell(*((fact("crawl", name, "why"),) if one.why else ()))))
        yield Table("异常信源", ("信源", "异常采集时间", "情况", "说明"), tuple(rows), (0.25, 0.25, 0.2, 0.3))

    def advised(self) -> Iterator[Block]:
        """What is to be done about the most severe events."""
        draft, until = self.draft, self.this.until
        for event in self.severe():
            told = [one.post for one in self.kept.members_in(event, None, until) if self.known(one.post)]
            yield Paragraph((draft.say("对“", fact("event", event, "title", until), "”："),))
            yield from advice(draft, event, until, alert=self.kept.leading(event, self.this), debunked=told[:1])


def _crawl(one: Lost) -> str:
    return f"{one.source}|{one.crawl.isoformat()}"
