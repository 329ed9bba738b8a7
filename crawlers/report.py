"""What became of one crawl of one source, and the word for its health."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from config.source import Expect

HEALTH = {
    "ok": "正常",
    "fault": "自身故障",
    "blocked": "被拒绝（403、412、418、429 或验证页）",
    "suspended": "站点暂停",
    "denied": "robots 不允许",
    "timeout": "超时",
    "unreachable": "无法访问",
    "changed": "页面改版",
    "empty": "列表为空",
    "few": "条目过少",
    "stale": "内容陈旧",
    "no-text": "缺少正文",
    "unread": "附件无法读取",
}
"""The words for a source's health, worst named first when several hold, and what the desk shows."""

_MOST_ERRORS = 20
_LONGEST = 2**20
_KEPT = 500


class CrawlReport(Struct, frozen=True, omit_defaults=True):
    """One crawl. items = new + unchanged + all dropped; `new` counts posts written, changed ones among them."""

    source: str
    started: datetime
    ended: datetime
    requests: int = 0
    not_modified: int = 0
    items: int = 0
    new: int = 0
    unchanged: int = 0
    dropped: dict[str, int] = {}
    errors: list[tuple[str, str]] = []
    """Address and reason, the first twenty."""
    health: str = "ok"
    why: str = ""
    newest: datetime | None = None
    """The newest time of an item that this crawl saw."""
    texts: tuple[int, int] = (0, 0)
    """Of the items that were read: how many had a text, and how many there were."""
    searches: int = 0
    """Of a search: for how many words it was asked."""
    attached: tuple[int, int] = (0, 0)
    """Of the attachments of articles: how many were read, and how many there were."""


class Tally:
    """Counts one crawl while it runs."""

    def __init__(self, source: str, started: datetime) -> None:
        self.source, self.started = source, started
        self.not_modified = self.items = self.new = self.unchanged = 0
        self.dropped: Counter[str] = Counter()
        self.errors: list[tuple[str, str]] = []
        self.newest: datetime | None = None
        self.texts: Counter[bool] = Counter()
        """Of the items that were read: how many had a text, how many none."""
        self.attached: Counter[bool] = Counter()
        """Of attachments: how many were read, how many not."""
        self.articles = 0
        self.searches = self.answered = 0
        """Of a search: for how many words it was asked, and how many of them it answered, if only that there is nothing."""
        self.is_stopped = False
        """Whether nothing more can be taken, as on a full disk."""
        self._words: list[tuple[str, str]] = []
        self._misses: list[tuple[str, str]] = []
        self._article_words: Counter[str] = Counter()
        self._is_open = False

    def fail(self, word: str, url: str, why: str) -> None:
        """Note that the source itself could not be read."""
        self._words.append((word, why))
        self.note(url, why)

    def miss(self, word: str, url: str, why: str) -> None:
        """Note that one of several searches could not be read; the source is ill when none of them could, or when it refuses."""
        if word == "blocked":
            self.fail(word, url, why)
            return
        self._misses.append((word, why))
        self.note(url, why)

    def fail_article(self, word: str, url: str, why: str, *, is_final: bool) -> None:
        """Note that an article could not be read; the source is ill when most of them cannot."""
        self._article_words[word] += 1
        self._is_open = self._is_open or not is_final
        self.note(url, why)

    def leave_open(self) -> None:
        """Note that something is to be asked again, so that the list is read in full next time."""
        self._is_open = True

    def note(self, url: str, why: str) -> None:
        """Keep an error for the report."""
        if len(self.errors) < _MOST_ERRORS:
            self.errors.append((url, why))

    def saw(self, published_at: datetime | None) -> None:
        """Note the time of an item, new or not."""
        if published_at is not None and (self.newest is None or published_at > self.newest):
            self.newest = published_at

    @property
    def is_refused(self) -> bool:
        """Whether the site has said no so often that it should be left alone."""
        return self._article_words["blocked"] >= 3 or any(word == "blocked" for word, _ in self._words)

    @property
    def is_whole(self) -> bool:
        """Whether everything listed was read, or never will be."""
        return not self._words and not self._is_open

    def report(self, expect: Expect, *, ended: datetime, requests: int, newest: datetime | None) -> CrawlReport:
        """Return the report; `newest` is the newest time that earlier crawls saw."""
        word, why = self._health(expect, ended, max((at for at in (newest, self.newest) if at), default=None))
        return CrawlReport(
            source=self.source,
            started=self.started,
            ended=ended,
            requests=requests,
            not_modified=self.not_modified,
            items=self.items,
            new=self.new,
            unchanged=self.unchanged,
            dropped=dict(self.dropped),
            errors=self.errors,
            health=word,
            why=why,
            newest=self.newest,
            texts=(self.texts[True], self.texts.total()),
            searches=self.searches,
            attached=(self.attached[True], self.attached.total()),
        )

    def _health(self, expect: Expect, now: datetime, newest: datetime | None) -> tuple[str, str]:
        if failures := self._words or ([] if self.answered else self._misses):
            return min(failures, key=lambda failure: list(HEALTH).index(failure[0]))
        if self._article_words.total() * 2 > self.articles:
            word, count = self._article_words.most_common(1)[0]
            return word, f"{count} of {self.articles} articles"
        if not self.not_modified and self.items < expect.min_posts:
            return ("few" if self.items else "empty"), f"{self.items} items, expected at least {expect.min_posts}"
        with_text, judged = self.texts[True], self.texts.total()
        if judged and with_text < expect.text_rate * judged:
            return "no-text", f"{with_text} of {judged} items have a text"
        if newest is not None and now - newest > expect.max_age:
            return "stale", f"the newest item is of {newest:%Y-%m-%d}"
        if self.attached[False] > self.attached[True]:
            return "unread", f"{self.attached[False]} of {self.attached.total()} attachments could not be read"
        return "ok", ""


def append(folder: Path, report: CrawlReport) -> None:
    """Add the report to the source's file, in which the last few hundred are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.source}.jsonl"
    with path.open("ab") as lines:
        lines.write(msgspec.json.encode(report) + b"\n")
    if path.stat().st_size > _LONGEST:
        kept = path.with_suffix(".new")
        kept.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[-_KEPT:]))
        kept.replace(path)


def reports(folder: Path, source: str) -> list[CrawlReport]:
    """Return the source's reports, the oldest first; lines that are none are left out."""
    path = folder / f"{source}.jsonl"
    found = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            found.append(msgspec.json.decode(line, type=CrawlReport))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return found
