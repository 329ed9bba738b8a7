"""Tells boards, once, that a source fell sick, and once that it is well again.

What is known of a source is an entry in the ledger, written before it is told and marked after: who finds it half way after a crash puts the same
message again, which the outbox enters once. A source that falls sick again and again is told of at most twice in six hours, and what is told last
is how it is.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from config.load import Config
from config.source import Source
from crawlers.health import SILENT, TODO, said
from crawlers.report import reports
from pipeline.batches import batched
from pipeline.hours import ZONE
from pipeline.model import Entry
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.sickness import State, state
from pipeline.store import EntryFilter, Ledger

BOOK = "sources"
SICK, WELL, DUE = "sick", "well", "due"
REST = timedelta(hours=6)
"""After it was told that a source is sick, so long passes before that is told anew."""
APART = timedelta(minutes=10)
"""Between two messages about sources: what comes in between is told together, as when the network is away."""
_SETTLED = timedelta(hours=1)
"""After its start a process says of no source that it is silent: it was silent itself."""
_NAMES = 3
_PAGE = 500


class Known(Struct, frozen=True, omit_defaults=True):
    """What was told last of a source: the word, why, since when; in which message; and when it was last told that it is sick."""

    source: str
    title: str
    word: str
    why: str = ""
    since: datetime | None = None
    missed: int = 0
    again: datetime | None = None
    message: str = ""
    fell: datetime | None = None


class SourceNotices:
    """信源通知: what runs every minute, in one worker of a shard at a time, over the sources that this worker crawls."""

    def __init__(self, ledger: Ledger, outbox: Outbox, config: Config, folder: Path, *, started: datetime) -> None:
        self._ledger, self._outbox, self._config, self._folder, self._started = ledger, outbox, config, folder, started
        self._boards = [board for board in config.boards.values() if board.enabled and board.sources]

    def run(self, names: Sequence[str], now: datetime) -> list[Known]:
        """Tell what changed of these sources; return what this run told of."""
        if not self._boards:
            return []
        entries = {one: entry for some in batched(names, _PAGE) for one, entry in self._ledger.read(BOOK, some).items()}
        told = self._finished([entry for entry in entries.values() if entry.state.endswith(DUE)])
        newest = self._ledger.page(BOOK, EntryFilter(newest_first=True), limit=1).items
        if newest and now - newest[0].at < APART:
            return told
        changed = [new for name in names if (new := self._changed(self._config.sources[name], entries.get(name), now))]
        one = _message_id(changed)
        due = [structs.replace(entry, body=msgspec.json.encode(structs.replace(read(entry), message=one))) for entry in changed]
        written = self._ledger.write(due) if due else []
        kept = [structs.replace(entry, version=entry.version + 1) for entry, done in zip(due, written, strict=True) if done]
        return told + self._finished(kept)

    def _changed(self, source: Source, entry: Entry | None, now: datetime) -> Entry | None:
        """The entry of a source of which something is to be told; None where it is as it was told."""
        found = state(source, reports(self._folder, source.name, latest=True), now)
        was, known = entry.state.partition("/")[0] if entry else WELL, read(entry) if entry else None
        new = _next(was, known.fell if known else None, found, patience=source.expect.patience, now=now, settled=now - self._started >= _SETTLED)
        if new is None:
            return None
        fell = now if new == SICK else known.fell if known else None
        since = found.since if new == SICK else known.since if known else None
        body = Known(source.name, source.title, found.word, found.why, since, found.missed, found.again, fell=fell)
        return Entry(BOOK, source.name, now, f"{new}/{DUE}", msgspec.json.encode(body), entry.version if entry else 0)

    def _finished(self, due: Sequence[Entry]) -> list[Known]:
        """Put what is written down as changed into the outbox, a message for all that changed together, and mark it as told."""
        for one in sorted({read(entry).message for entry in due}):
            together = [entry for entry in due if read(entry).message == one]
            self._outbox.put(notice(one, together, self._config), self._boards, together[0].at)
            self._ledger.write([structs.replace(entry, state=entry.state.partition("/")[0]) for entry in together])
        return [read(entry) for entry in due]


def _next(was: str, fell: datetime | None, found: State, *, patience: int, now: datetime, settled: bool) -> str | None:
    """What is to be told of a source: that it is sick, that it is well, or nothing."""
    if was == SICK:
        return WELL if found.word == "ok" else None
    if not found.is_sick or (fell and now - fell < REST):
        return None
    return SICK if (settled if found.word == SILENT else found.missed >= patience) else None


def read(entry: Entry) -> Known:
    """Return what an entry says."""
    return msgspec.json.decode(entry.body, type=Known)


def notice(one: str, entries: Sequence[Entry], config: Config) -> Message:
    """Return what boards are told of the sources that these entries are of."""
    found = {kind: sorted(_of(entries, kind), key=lambda known: known.source) for kind in (SICK, WELL)}
    titles = (f"{len(some)} 个信源{word}：{_names(some)}" for word, some in (("异常", found[SICK]), ("恢复", found[WELL])) if some)
    lines = [*(line for known in found[SICK] for line in _ill(known)), *(f"{_called(known)}：恢复正常{_since(known)}" for known in found[WELL])]
    address = config.settings.desk.url.rstrip("/")
    at = max(entry.at for entry in entries)
    return Message(id=one, of="notice", title="；".join(titles), text="\n".join(lines), at=at, link=f"{address}/health" if address else "")


def _ill(known: Known) -> Iterator[str]:
    times = f"，连续 {known.missed} 次" if known.missed > 1 else ""
    since = f"，自 {known.since.astimezone(ZONE):%m-%d %H:%M}" if known.since else ""
    yield f"{_called(known)}：{said(known.word)}{times}{since}" + (f"；{known.why}" if known.why and known.word != SILENT else "")
    again = f"下次再试不早于 {known.again.astimezone(ZONE):%m-%d %H:%M}。" if known.again else ""
    yield f"  {TODO.get(known.word, '')}{again}"


def _since(known: Known) -> str:
    return f"（异常自 {known.since.astimezone(ZONE):%m-%d %H:%M}）" if known.since else ""


def _called(known: Known) -> str:
    return f"{known.title}（{known.source}）"


def _names(some: Sequence[Known]) -> str:
    return "、".join(known.title for known in some[:_NAMES]) + (" 等" if len(some) > _NAMES else "")


def _of(entries: Iterable[Entry], kind: str) -> list[Known]:
    return [read(entry) for entry in entries if entry.state.partition("/")[0] == kind]


def _message_id(changed: Sequence[Entry]) -> str:
    """The id of the one message about all these changes; the same changes at the same time have the same."""
    whole = "/".join(sorted(f"{entry.id} {entry.state} {entry.version} {entry.at.timestamp():.3f}" for entry in changed))
    return "sources-" + hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()
