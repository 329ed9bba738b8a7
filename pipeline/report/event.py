"""Makes the 舆情专报 of one event: what happened, how it grew, where, whom it harmed, its level with reasons, and who is to do what by when."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from config.errors import InputError
from nlp.summary import brief
from pipeline.model import Member
from pipeline.report.advice import advice
from pipeline.report.blocks import alert_name, alert_table, chart, when
from pipeline.report.content import Block, Paragraph, Report, Section, Sentence, Tally
from pipeline.report.draft import Draft, Read, alert_rows, event_row, fact, number, post_rows, quote
from pipeline.report.kept import Kept
from pipeline.report.period import ZONE, Period, steps
from pipeline.report.sources import source_rows
from pipeline.store.meaning import fold

LISTED = 5000
"""Posts of the event that the list of evidence holds."""
_HOURLY = timedelta(days=3)
_QUOTED = 5
_MICROSECOND = timedelta(microseconds=1)


def event_report(kept: Kept, event: str, until: datetime) -> Report:
    """Return the report of an event as of a time. Raises InputError where there is none, or nothing of it is kept from before."""
    return _Event(kept, event, until.astimezone(ZONE)).report()


class _Event:
    """One event and what is said of it."""

    def __init__(self, kept: Kept, event: str, until: datetime) -> None:
        self.kept, self.id, self.until = kept, kept.event(event).id, until
        self.event = kept.as_of(self.id, until)
        self.members = kept.members_in(self.id, None, until)
        self.alerts = kept.alerts_of(self.id, until)
        self.draft = Draft(kept)
        self.span = Period(self.event.first_seen, until)
        kept.fetch([one.post for one in self.members])
        if not any(kept.post(one.post) for one in self.members):
            raise InputError(f"{event}: no post of this event is kept any more")

    def report(self) -> Report:
        """Return the whole."""
        draft = self.draft
        title = draft.say("关于“", self.of("title"), "”的舆情专报")
        sections = (
            Section("摘要", (Paragraph(tuple(self.summary())),)),
            Section(
                "基本情况",
                parts=(
                    Section("事件经过", tuple(self.course())),
                    Section("传播情况", tuple(self.spread())),
                    Section("涉及地域", tuple(self.places())),
                ),
            ),
            Section("研判", parts=tuple(part for part in self.judged() if part.blocks)),
            Section("建议", tuple(self.advised())),
        )
        listed = [*draft.cited(), *(one.post for one in self.members)]
        whole = Period(self.span.since, self.until)
        return Report(
            kind="event",
            id=self.id,
            office=self.kept.config.settings.office,
            since=self.span.since,
            until=self.until,
            title=title,
            sections=sections,
            evidence=tuple(draft.evidence),
            posts=post_rows(self.kept, list(dict.fromkeys(listed))[:LISTED]),
            events=(event_row(self.kept, self.id, whole),),
            alerts=alert_rows(self.kept, whole, event=self.id),
            sources=source_rows(self.kept, whole, {one.source for one in self.members}),
        )

    def advised(self) -> Iterator[Block]:
        """What is to be done."""
        last = self.alerts[-1] if self.alerts else None
        return advice(self.draft, self.id, self.until, alert=last, debunked=[one.post for one in self.debunked()][:1])

    def of(self, field: str) -> Read:
        """Return a field of the event as of the report's time."""
        return fact("event", self.id, field, self.until)

    def count(self, by: str = "") -> Tally:
        """Return how many of its posts came by then."""
        return self.draft.tally("members", self.id, self.span, by)

    def first(self) -> Member:
        """Return the earliest post that is still kept."""
        return next(one for one in self.members if self.kept.post(one.post))

    def debunked(self) -> list[Member]:
        """Return the posts that speak of the event's known claim, those that spread it first."""
        known = [one for one in self.members if one.assessment.debunk and self.kept.post(one.post)]
        known = [one for one in known if (judged := self.kept.post(one.post)) and judged.assessment.debunk == one.assessment.debunk]
        return sorted(known, key=lambda one: (one.assessment.debunk is None or one.assessment.debunk.stance != "spreads", one.at, one.post))

    def summary(self) -> Iterator[Sentence]:
        """What a leader reads."""
        first, draft = self.first().post, self.draft
        yield draft.say(fact("post", first, "at"), "，", fact("post", first, "platform"), "出现“", fact("post", first, "title"), "”的帖文。")
        platforms = self.count("platform")
        yield draft.say(
            "截至", when(self.until), "，收录相关帖文 ", number(self.count()), " 条，见于 ", Read(platforms, "kinds"), " 个平台，处于",
            self.of("stage"), "阶段。",
        )  # fmt: skip
        if self.alerts:
            name = alert_name(self.alerts[-1])
            yield draft.say("已达", fact("alert", name, "level"), "预警，", fact("alert", name, "raised_at"), "发出。")
        else:
            lowest = max(self.kept.config.settings.alert.levels)
            yield draft.say(
                "未达预警级别：", self.of("points"), " 分，", fact("level", str(lowest), "name"), "为 ", fact("level", str(lowest), "points"), " 分。"
            )
        route = fact("route", self.id, "lead", self.until)
        yield draft.say("按职责分工由", route, "牵头，属地为", fact("route", self.id, "office", self.until), "。")

    def course(self) -> Iterator[Block]:
        """How it went, in the words of its posts."""
        draft, first = self.draft, self.first().post
        sentences = [
            draft.say(
                "首条帖文发布于", fact("post", first, "platform"), "（", fact("post", first, "source"), "），采集于", fact("post", first, "at"), "。"
            )
        ]
        if (told := self.telling()) and told[0] != first:
            sentences.append(draft.say("主要内容为：“", quote(*told), "”。"))
        last = next(one for one in reversed(self.members) if self.kept.post(one.post)).post
        if last != first:
            sentences.append(draft.say("最近的帖文采集于", fact("post", last, "at"), "：“", fact("post", last, "title"), "”。"))
        yield Paragraph(tuple(sentences))

    def telling(self) -> tuple[str, str] | None:
        """The line that says most of the event, and the post that it stands in."""
        lines = [(one.assessment.summary or one.title, one.post) for one in self.members]
        line = brief((text for text, _ in lines), self.event.terms).line
        return next(((post, line) for text, post in lines if text == line and stands(self.kept, post, line)), None)

    def spread(self) -> Iterator[Block]:
        """Where it was said, how often, and when most."""
        draft, platforms = self.draft, self.count("platform")
        yield Paragraph((draft.say("各平台帖文：", Read(platforms, "top", "6"), "。"), *self.furthest()))
        by = "hour" if self.event.last_seen - self.span.since <= _HOURLY else "day"
        shown = Period(self.span.since, min(self.until, self.event.last_seen + _MICROSECOND))
        tally = draft.tally("members", self.id, shown, by)
        peak = draft.say("帖文最多的时段为", Read(tally, "peak"), "，共 ", Read(tally, "most"), " 条。")
        near = self.count("near")
        repeats = [draft.say("其中近似转述 ", number(near), " 条。")] if near.values.get("") else []
        yield Paragraph((peak, *repeats))
        if len(steps(shown.since, shown.until, by)) > 1:
            yield chart(draft, tally, "每小时帖文数" if by == "hour" else "每日帖文数")
        if len(platforms.values) > 1:
            yield chart(draft, platforms, "各平台帖文数")

    def furthest(self) -> Iterator[Sentence]:
        """The post that went furthest."""
        best = max(self.members, key=lambda one: (one.reach, one.post))
        if best.reach and self.kept.post(best.post):
            name = best.post
            yield self.draft.say(
                "传播最广的帖文见于",
                fact("post", name, "source"),
                "，互动量 ",
                fact("post", name, "reach"),
                "：“",
                fact("post", name, "title"),
                "”。",
            )

    def places(self) -> Iterator[Block]:
        """Where the matter is."""
        places = self.count("place")
        if places.values:
            yield Paragraph((self.draft.say("帖文提及地点：", Read(places, "top", "5"), "。"),))
        else:
            yield Paragraph((self.draft.say("收录的 ", number(self.count()), " 条帖文均未识别出地点。"),))

    def judged(self) -> Iterator[Section]:
        """Level, course, harm and rumor."""
        yield Section("级别与理由", tuple(self.levels()))
        yield Section("走势", (Paragraph((self.draft.say("按帖文增长判断，事件处于", self.of("stage"), "阶段。"),)),))
        yield Section("受影响人群", (Paragraph(tuple(self.harmed())),))
        yield Section("传言与辟谣", (Paragraph(tuple(self.rumor())),))

    def levels(self) -> Iterator[Block]:
        """Each alert with its reasons."""
        draft = self.draft
        if not self.alerts:
            yield Paragraph((draft.say("截至", when(self.until), "共 ", self.of("points"), " 分，没有发出预警。"),))
            return
        name = alert_name(self.alerts[-1])
        level_, why = (fact("alert", name, field) for field in ("level", "why"))
        yield Paragraph((draft.say("最近的预警为", level_, "，理由：", why, "。"),))
        if len(self.alerts) > 1:
            yield alert_table(draft, self.alerts, "历次预警")

    def harmed(self) -> Iterator[Sentence]:
        """Numbers of people only as they stand in a post: the official ones first, then the latest."""
        told = [(one.post, words) for one in reversed(self.members) if one.assessment.harm for words in one.assessment.harm.quotes]
        standing = [pair for pair in told if stands(self.kept, *pair)]
        standing.sort(key=lambda pair: not self.is_official(pair[0]))
        seen: dict[str, str] = {}
        for post, words in standing:
            seen.setdefault(words, post)
        for words, post in list(seen.items())[:_QUOTED]:
            yield self.draft.say(fact("post", post, "source"), "的帖文称“", quote(post, words), "”。")
        for field, wording in (("vulnerable", "涉及重点人群："), ("symptoms", "提及症状：")):
            named = (one.post for one in self.members if one.assessment.harm and getattr(one.assessment.harm, field))
            if post := next(
                (one for one in named if (judged := self.kept.post(one)) and judged.assessment.harm and getattr(judged.assessment.harm, field)), ""
            ):
                yield self.draft.say(wording, fact("post", post, field), "。")
        if not standing:
            yield self.draft.say("收录的 ", number(self.count()), " 条帖文均未写明受害人数。")

    def is_official(self, post: str) -> bool:
        """Whether a post comes from an official source."""
        judged = self.kept.post(post)
        source = self.kept.config.sources.get(judged.post.source) if judged else None
        return source is not None and source.trust == "official"

    def rumor(self) -> Iterator[Sentence]:
        """What is known of the claim; that nothing is known is said too."""
        draft, known = self.draft, self.debunked()
        if known:
            post = known[0].post
            yield draft.say("帖文与已有辟谣条目相符，所传为“", fact("post", post, "claim"), "”。")
            yield draft.say("核查结论：", fact("post", post, "finding"), "（", fact("post", post, "citation"), "）。")
            yield draft.say("对该说法的态度：", Read(self.count("stance"), "top", "3"), "。")
            return
        like = self.count("rumor")
        if like.values.get(""):
            yield draft.say("有 ", number(like), " 条帖文带有谣言特征，尚未匹配到辟谣条目，真伪未知。")
        else:
            yield draft.say("收录的 ", number(self.count()), " 条帖文未匹配到辟谣条目，不据此认定真伪。")


def stands(kept: Kept, post: str, words: str) -> bool:
    """Return whether words stand in a post as it is kept now."""
    judged = kept.post(post)
    return bool(judged and fold(words) and fold(words) in fold(f"{judged.post.title}\n{judged.post.text}"))
