"""The references of sentences: [1] leads to a post in the list of evidence, [A1] to a count or record in the list of bases."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from pipeline.report.content import Chart, Evidence, Fact, Report, Sentence, Table, Tally
from pipeline.report.period import PERIODS, ZONE

ORDINALS = "一二三四五六七八九十"
_OWN = ("time", "setting")
"""What a report is about by definition has no reference."""


class Basis(Struct, frozen=True):
    """One line of the list of bases: what was counted or which record was read."""

    number: int
    what: str
    again: str
    said: str


class Marks:
    """Numbers what a report refers to: posts as its list of evidence does, everything else in the order of mention."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._posts = {row.id: row.number for row in report.posts}
        self._bases: dict[tuple[str, ...], int] = {}
        self._titles = {row.id: row.title for row in report.events}
        self.bases: list[Basis] = []
        for one in report.evidence:
            key = self._key(one)
            if not (isinstance(one, Fact) and one.kind in ("post", *_OWN)) and key not in self._bases:
                self._bases[key] = len(self._bases) + 1
                self.bases.append(Basis(len(self._bases), *(self._event(key[1]) if key[0] == "event" else _told(one))))

    def of(self, places: Iterable[int]) -> list[tuple[str, str]]:
        """Return the marks of pieces of evidence as (label, anchor): each once, posts first."""
        posts, bases = set(), set()
        for place in places:
            one = self._report.evidence[place]
            if isinstance(one, Fact) and one.kind == "post":
                posts.add(self._posts.get(one.id, 0))
            elif key_number := self._bases.get(self._key(one)):
                bases.add(key_number)
        return [(f"[{n}]", f"post-{n}") for n in sorted(posts - {0})] + _shortened(sorted(bases))

    def sentence(self, sentence: Sentence) -> list[tuple[str, str]]:
        """Return the marks of a sentence."""
        return self.of(sentence.evidence)

    def block(self, block: Table | Chart) -> list[tuple[str, str]]:
        """Return the marks of a table or chart: of its bases only, for its posts are many."""
        places = (block.by,) if isinstance(block, Chart) else tuple(place for row in block.rows for cell in row for place in cell.evidence)
        return [mark for mark in self.of(places) if mark[1].startswith("basis")]

    def _key(self, one: Evidence) -> tuple[str, ...]:
        """In a report of many events, all that is read of one is one basis."""
        if self._report.kind in PERIODS:
            if isinstance(one, Tally) and one.of == "members":
                return "event", one.where
            if isinstance(one, Fact) and one.kind in ("event", "alert", "route"):
                return "event", one.id.partition("/")[0]
        return _key(one)

    def _event(self, event: str) -> tuple[str, str, str]:
        title = self._titles.get(event, "")
        return (f"事件“{title}”：记录、成员帖、预警与分办" if title else "事件：记录、成员帖、预警与分办"), f"/events/{event}", ""

    def text(self, sentence: Sentence, *, posts_only: bool = False) -> str:
        """Return the marks of a sentence in a row."""
        return "".join(label for label, anchor in self.sentence(sentence) if not posts_only or anchor.startswith("post"))


def _shortened(numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Marks of bases; three and more in a row become one, such as [A3–A7]."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    found = []
    for run in runs:
        if len(run) > 2:
            found.append((f"[A{run[0]}–A{run[-1]}]", f"basis-{run[0]}"))
        else:
            found += [(f"[A{number}]", f"basis-{number}") for number in run]
    return found


def _key(one: Evidence) -> tuple[str, ...]:
    """What tells bases apart."""
    if isinstance(one, Tally):
        return ("tally", one.of, one.where, one.since.isoformat(), one.until.isoformat(), one.by)
    return ("fact", one.kind, one.id)


_WORDS = {"posts": "帖文", "members": "事件成员帖", "events": "事件", "alerts": "预警"}
_BY = {
    "day": "按日", "hour": "按小时", "topic": "按主题", "platform": "按平台", "place": "按地点", "source": "按信源", "level": "按级别",
    "stance": "按立场", "near": "近似转述", "rumor": "带谣言特征",
}  # fmt: skip
_EVENTS = {"": "", "new": "新出现的", "grew": "增多的", "fell": "减少的", "rumor": "带谣言特征的", "debunked": "与辟谣条目相符的"}


def _told(one: Evidence) -> tuple[str, str, str]:
    """What a basis is, how it is had again, and what it says."""
    if isinstance(one, Fact):
        return _record(one)
    said = str(one.values.get("", 0)) if one.by in ("", "near", "rumor") else f"{sum(one.values.values())}（{len(one.values)} 项）"
    since, until = (f"{at.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}".removesuffix(":00") for at in (one.since, one.until))
    span = f"--since {since} --until {until}"
    by = f"，{_BY[one.by]}" if one.by else ""
    match one.of:
        case "posts":
            return f"帖文数，检索式“{one.where or '全部'}”{by}", f"shian search '{f'{one.where} since:{since} until:{until}'.strip()}' --count", said
        case "alerts":
            return f"预警数{by}", f"shian alerts {span}", said
        case "members":
            return f"事件成员帖数{by}", f"/events/{one.where}，{since} 至 {until}", said
    return f"{_EVENTS[one.where.partition('/')[0]]}事件数{by}", f"shian events {span}", said


def _record(one: Fact) -> tuple[str, str, str]:
    match one.kind:
        case "event":
            return "事件记录", f"/events/{one.id}", ""
        case "alert":
            event, name, _ = one.id.split("/")
            return "预警记录", f"/events/{event}，预警 {name}", ""
        case "route":
            return "分办（departments.yaml、matters.yaml）", f"/events/{one.id}", ""
        case "crawl":
            source, _, started = one.id.partition("|")
            return "采集记录", f"reports/{source}.jsonl，{started}", ""
        case "level":
            return f"预警分级设置，{one.id} 级", "settings.yaml alert.levels 与分级时限", ""
    return one.kind, one.id, ""


def ordinal(report: Report, place: int) -> str:
    """Return the number of a section; the summary has none."""
    summaries = sum(section.title == "摘要" for section in report.sections)
    return "" if place < summaries else f"{ORDINALS[place - summaries]}、"
