"""The totals of a period against the one before: posts, events and alerts, over time, and by topic, platform and place."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.report.blocks import chart
from pipeline.report.content import Block, Section, Sentence, Table, Tally
from pipeline.report.draft import Draft, Read, change, number
from pipeline.report.period import Period
from pipeline.report.recount import chosen

SHOWN = 15
"""Rows of a table; all are in the workbook."""
RELEVANT = "is:relevant"


class Totals:
    """What is counted of a period."""

    def __init__(self, draft: Draft, kind: str, this: Period, before: Period) -> None:
        self.draft, self.kind, self.this, self.before = draft, kind, this, before

    def both(self, of: str, where: str, by: str = "", keys: Sequence[str] = ()) -> tuple[Tally, Tally]:
        """Count something in this period and in the one before."""
        draft = self.draft
        return draft.tally(of, where, self.this, by, keys=keys), draft.tally(of, where, self.before, by, keys=keys)

    def parts(self) -> Iterator[Section]:
        """Totals against the period before, over time, and by topic, platform and place."""
        yield Section("总量与环比", tuple(self.totals()))
        topics, earlier = self.both("posts", RELEVANT, "topic", list(self.draft.kept.config.topics))
        yield from _section("主题", self.by("各主题帖文", "主题", topics, earlier))
        declared = {source.platform for source in self.draft.kept.config.sources.values() if source.platform}
        seen = {name for event, _ in chosen(self.draft.kept, "", self.this) for name in event.platforms if name}
        platforms, earlier = self.both("posts", RELEVANT, "platform", sorted(declared | seen))
        yield from _section("平台", self.by("各平台帖文", "平台", platforms, earlier))
        places, earlier = self.both("events", "", "place")
        yield from _section("地域", self.by("各地事件", "地点", places, earlier))

    def totals(self) -> Iterator[Block]:
        """A line for each total."""
        rows = []
        for wording, of, where in (
            ("收录帖文", "posts", ""),
            ("涉及食品安全的帖文", "posts", RELEVANT),
            ("有新帖文的事件", "events", ""),
            ("新出现的事件", "events", "new"),
            ("预警", "alerts", ""),
        ):
            now, earlier = self.both(of, where)
            rows.append((Sentence((wording,)), *(self.draft.say(one) for one in (number(now), number(earlier), change(now, earlier)))))
        yield Table("总量与环比", ("指标", "本期", "上期", "变化"), tuple(rows), (0.36, 0.16, 0.16, 0.32))
        by = "hour" if self.kind == "daily" else "day"
        tally = self.draft.tally("posts", RELEVANT, self.this, by)
        if any(tally.values.values()):
            yield chart(self.draft, tally, "每小时涉及食品安全的帖文数" if by == "hour" else "每日涉及食品安全的帖文数")

    def by(self, caption: str, word: str, now: Tally, earlier: Tally) -> Iterator[Block]:
        """The greatest keys of a count against the period before, as a chart and a table."""
        keys = sorted((key for key in now.values if now.values[key] or earlier.values.get(key)), key=lambda key: (-now.values[key], key))[:SHOWN]
        if not keys:
            return
        if sum(1 for key in keys if now.values[key]) > 1 and now.by == "platform":
            yield chart(self.draft, now, f"{caption}数")
        rows = tuple(
            tuple(self.draft.say(one) for one in (Read(now, "label", key), number(now, key), number(earlier, key), change(now, earlier, key)))
            for key in keys
        )
        yield Table(caption, (word, "本期", "上期", "变化"), rows, (0.36, 0.16, 0.16, 0.32))


def _section(title: str, blocks: Iterable[Block]) -> Iterator[Section]:
    """The section, unless there is nothing in it."""
    if found := tuple(blocks):
        yield Section(title, found)
