"""The composition root: puts the parts together, and runs the jobs that the command line, the schedule and the desk ask for."""

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TypeVar

from config.errors import ConfigError, Fault, InputError, LeaseLost, StoreError
from config.export import FILE, exports
from config.load import Config, load
from crawlers import files, spool
from crawlers.crew import Crew
from crawlers.post import Broken, Collected, Post
from crawlers.records import Reading
from crawlers.report import CrawlReport, reports
from crawlers.run import crawl
from crawlers.sealing import Sealer
from nlp.analyst import analyst
from nlp.assessment import Analyst
from pipeline import logins, regroup, second
from pipeline.announce import Announcer
from pipeline.declared import checked
from pipeline.erased import mark
from pipeline.escalate import Escalation, Escalator
from pipeline.evidence.folder import Folder
from pipeline.home import Home, author_key
from pipeline.ingest import Intake, Tally, ingest
from pipeline.leases import Turn
from pipeline.model import Alert, Event, Fate, JudgedPost, Lease
from pipeline.outbox import Outbox
from pipeline.regrouper import Regrouper
from pipeline.retention import Purged, purged
from pipeline.second.hearing import Hearing
from pipeline.second.kept import Kept
from pipeline.shards import sharded
from pipeline.sickness import resting
from pipeline.store import EventFilter, Page, Store, opened
from pipeline.store.query import Query
from pipeline.track import Tracker
from pipeline.unwell import Known, SourceNotices

log = logging.getLogger(__name__)

_LOOK = 0.2
"""Seconds between two looks at what somebody else is tracking."""
_WISH = 1.0
"""Seconds between two looks of who keeps the lead at what people want regrouped: few want that, and they can wait so long."""
_PAGE = 200
T = TypeVar("T")


def now() -> datetime:
    """Return the wall clock: the one place that reads it for decisions."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run did."""

    tally: Tally
    events: int
    alerts: int
    seconds: float

    def face(self) -> dict[str, object]:
        """Return the JSON that is promised as the last line of an ingest."""
        tally = self.tally
        return {
            "read": tally.read,
            "kept": tally.fates[Fate.KEPT],
            "revised": tally.fates[Fate.REVISED],
            "repeated": tally.fates[Fate.REPEATED],
            "dropped": dict(sorted(tally.dropped.items())),
            "quarantined": tally.quarantined,
            "events": self.events,
            "alerts": self.alerts,
            "seconds": round(self.seconds, 3),
        }


class App:
    """The parts of one running Shian. Close it when done; it is its own context manager."""

    def __init__(self, home: Home | None, *, store_url: str = "", environ: Mapping[str, str] = os.environ, asks: bool = True) -> None:
        self.home = home
        self._asks = asks
        self.environ = home.environ(environ) if home else environ
        self.config: Config = load(home.folder if home else None, self.environ)
        checked(self.config)
        self._url, self._is_own = store_url or self.config.settings.store.url, not store_url
        self._erased = ""
        self._wishes = 0.0
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    @cached_property
    def store(self) -> Store:
        """The store that the settings name, opened at first use."""
        return opened(self._url, self.home.folder if self.home else Path.cwd(), self.environ)

    @cached_property
    def analyst(self) -> Analyst:
        """The analyst with this configuration's words, and the home's own model where it has one, loaded at first use."""
        home, config = self.home, self.config
        model = home.model if home else None
        return analyst(config.folder, home_province=config.settings.province, model=model, topics=config.topics)

    @cached_property
    def tracker(self) -> Tracker:
        """The tracker, which keeps what it knows between runs."""
        return Tracker(self.store, self.analyst, self.config, second=self.second)

    @cached_property
    def turn(self) -> Turn:
        """This process's hold on the lease of the tracker."""
        return self.hold("tracker", self.config.settings.track.lease)

    def hold(self, name: str, ttl: timedelta) -> Turn:
        """Return a hold of this process on a lease, not yet taken."""
        return Turn(self.store, name, self._holder, ttl=ttl, now=now)

    @cached_property
    def outbox(self) -> Outbox:
        """What waits to be sent, and what was."""
        return Outbox(self.store.ledger, self.config)

    def escalate(self) -> list[Escalation]:
        """Tell the next on duty of alerts that nobody answered in time; return the steps that were taken."""
        return Escalator(self.store, self.outbox, self.config).run(now())

    @cached_property
    def source_notices(self) -> SourceNotices:
        """What tells boards of sources that fell sick, or are well again."""
        assert self.home
        return SourceNotices(self.store.ledger, self.outbox, self.config, self.home.reports, started=now())

    def see_sources(self) -> list[Known]:
        """Tell boards of the sources of this worker that fell sick, or are well again; return of which."""
        return self.source_notices.run(self.crawled(), now()) if self.home else []

    @cached_property
    def announcer(self) -> Announcer:
        """What puts alerts into the outbox."""
        return Announcer(self.store, self.outbox, self.config)

    @cached_property
    def second(self) -> Hearing | None:
        """The hearing of the user's own model, None where the settings name none; unless this Shian `asks`, it knows old answers only."""
        settings = self.config.settings.second
        adviser = second.opened(settings, self.config.folder)
        kept = Kept(self.home.opinions if self.home else None) if adviser else Kept()
        return Hearing(adviser, kept, settings, asks=self._asks) if adviser else None

    def __enter__(self) -> "App":
        return self

    def __exit__(self, *_: object) -> None:
        if "store" in self.__dict__:
            with suppress(StoreError):  # whoever wants the lease waits until it runs out
                self.turn.given_back()
            self.store.close()

    def reading(self, *, columns: Mapping[str, str], platform: str, source: str, export: str = "", told: Callable[[str], None] = log.info) -> Reading:
        """Return how files brought by hand are read; a declared source gives its platform.

        Files of known exports are recognised, unless all are said to be `export`; `told` hears what they are.
        """
        declared = self.config.sources.get(source)
        if source and not declared:
            raise ConfigError(
                [Fault(str(self.config.folder / "sources"), source, f"no source is called so; there are {', '.join(self.config.sources)}")]
            )
        where = platform or (declared.platform if declared else "")
        key, names = self.config.settings.evidence.key, author_key(self.environ)
        # A rehearsal in another store keeps no evidence.
        sealer = Sealer(bytes.fromhex(key), names) if key and self._is_own and self.home else None
        known = exports(self.config.home, self.environ)
        if export and export not in known:
            raise ConfigError([Fault(str(self.config.folder / FILE), export, f"no export is called so; there are {', '.join(known)}")])
        platforms = {one.name: one.platform for one in self.config.sources.values()}
        first = (now(), columns, where, source, names, sealer)
        return Reading(*first, exports=known, export=export, platforms=platforms, told=told)

    @cached_property
    def evidence(self) -> Folder | None:
        """The folder of sealed evidence; None without a home."""
        return Folder(self.home.folder / self.config.settings.evidence.folder) if self.home else None

    def take(self, found: Iterable[Post | Collected | Broken], *, quarantine: Callable[[Broken], None], seen: Callable[[Tally], None]) -> Tally:
        """Ingest everything; `seen` is told the tally after each batch."""
        tally = Tally()
        intake = Intake(self.store, self.analyst, self.config.sources, quarantine, self.evidence if self._is_own else None)
        for tally in ingest(found, intake, now=now()):
            seen(tally)
        return tally

    def track(self, seen: Callable[[int, Sequence[Alert]], None] = lambda posts, alerts: None) -> list[Alert]:
        """Track until nothing is pending, once somebody else who is tracking lets go; return the alerts that are new by this process."""
        fresh: list[Alert] = []
        try:
            while self._waits():
                if lease := self.turn.taken():
                    fresh += self._tracked(lease, seen)
                else:
                    time.sleep(_LOOK)
        finally:
            self.turn.given_back()
        return fresh

    def lead(self) -> list[Alert]:
        """Track what is pending, unless somebody else leads, and keep the lead: who has it reads nothing again the next time."""
        lease = self.turn.taken()
        return self._tracked(lease) if lease and (self.store.pending(1) or self._is_wish()) else []

    def _is_wish(self) -> bool:
        moment = time.monotonic()
        if moment < self._wishes:
            return False
        self._wishes = moment + _WISH
        return regroup.is_waiting(self.store)

    def _waits(self) -> bool:
        """Whether there is anything that only the tracker may do."""
        return bool(self.store.pending(1)) or regroup.is_waiting(self.store)

    def _tracked(self, lease: Lease, seen: Callable[[int, Sequence[Alert]], None] = lambda posts, alerts: None) -> list[Alert]:
        fresh: list[Alert] = []
        stale = 0

        def told(posts: int, alerts: Sequence[Alert]) -> None:
            """Note what rose, put it into the outbox, and pass it on."""
            nonlocal stale
            fresh.extend(alerts)
            # A replay asks nobody, and tells nobody.
            stale += self.announcer.fresh(alerts, now()) if alerts and self._asks else 0
            seen(posts, alerts)

        if (erased := mark(self.store)) != self._erased:
            self._erased = erased
            self.tracker.forget()
        try:
            with self.turn.renewed():
                if regroup.is_waiting(self.store):
                    self.tracker.forget()
                    told(0, Regrouper(self.store, self.config).run(lease))
                self.tracker.run(told, lease=lease)
        except LeaseLost as lost:
            log.warning("%s", lost)
            self.turn.lost()
        finally:
            self.announcer.stale(stale, now())
        return fresh

    def ingest_files(
        self,
        paths: Sequence[str],
        reading: Reading,
        *,
        quarantine: Callable[[Broken], None],
        seen: Callable[[Tally], None],
        tracked: Callable[[int, Sequence[Alert]], None] = lambda posts, alerts: None,
    ) -> Summary:
        """Take files in and track all that they brought. All are kept before the first is tracked, so that their order does not matter.

        `tracked` is told after each batch of the tracker. Raises InputError in the end if there was a file of which nothing could be read.
        """
        started = time.monotonic()
        before = self.store.sizes()
        unread: list[str] = []
        tally = self.take(chain.from_iterable(_each(path, reading, unread) for path in paths), quarantine=quarantine, seen=seen)
        self.track(tracked)
        if unread:
            raise InputError("\n".join(unread))
        after = self.store.sizes()  # what rose counts whoever tracked it
        return Summary(tally, after["events"] - before["events"], after["alerts"] - before["alerts"], time.monotonic() - started)

    def crawled(self) -> list[str]:
        """Return the sources that this worker crawls: the enabled ones of its shard."""
        enabled = [source.name for source in self.config.sources.values() if source.enabled and source.kind != "import"]
        return sharded(enabled, self.config.settings.shard)

    def resting(self, name: str) -> datetime | None:
        """Return until when a source is left alone because it is sick; None where it may be asked."""
        return resting(self.config.sources[name], reports(self.home.reports, name, latest=True), now()) if self.home else None

    def crawl(self, names: Sequence[str] = (), *, collected_at: datetime | None = None) -> list[CrawlReport]:
        """Crawl sources (those of this worker's shard if none is named) in a process of their own; their posts wait in the spool."""
        assert self.home
        wanted = list(names) or self.crawled()
        return crawl(wanted, self.home.folder, spool=self.home.spool, environ=self.environ, now=collected_at) if wanted else []

    @cached_property
    def crew(self) -> Crew:
        """The lasting process that crawls for this worker, started by the first crawl that is asked of it."""
        assert self.home
        return Crew(self.config, spool=self.home.spool, environ=self.environ, alone=lambda name: self.crawl([name])[0])

    def take_in(self, seen: Callable[[Tally], None] = lambda tally: None) -> Tally | None:
        """Ingest some of the chunks that crawls have left in the spool, and remove each once it is kept; None if there is none to take."""
        assert self.home
        with spool.claimed(self.home.spool) as chunks:
            if not chunks:
                return None
            tally = self.take(chain.from_iterable(map(spool.read, chunks)), quarantine=self.home.quarantine, seen=seen)
            for chunk in chunks:
                chunk.unlink(missing_ok=True)
        return tally

    def drain(self, seen: Callable[[Tally], None] = lambda tally: None) -> list[Alert]:
        """Ingest and track what crawls have left in the spool. Return the new alerts."""
        whole = Tally()

        def told(so_far: Tally) -> None:
            """Tell the tally with what was taken before."""
            seen(whole + so_far)

        while tally := self.take_in(told):
            whole += tally
        return self.track() if whole.read else []

    def purge(self) -> int:
        """Remove what is older than the settings keep; return how many posts."""
        keep = self.config.settings.store
        self.purge_people()
        self.outbox.purge(now() - self.config.settings.deliver.keep)
        logins.tidy(self.store, self.config.settings.people, now())
        return self.store.purge(relevant_before=now() - keep.keep, irrelevant_before=now() - keep.keep_irrelevant)

    def purge_people(self) -> Purged:
        """Remove evidence that is too old or of no use any more, and erase anew what was erased and came back."""
        assert self.home
        assert self.evidence
        return purged(self.store, self.evidence, self.home.folder / "quarantine", self.config.settings, now=now)

    def all_alerts(self, which: EventFilter) -> Iterator[Alert]:
        """Yield alerts, newest first."""
        return _paged(lambda cursor: self.store.alerts(which, limit=_PAGE, cursor=cursor))

    def all_events(self, which: EventFilter) -> Iterator[Event]:
        """Yield events, newest first."""
        return _paged(lambda cursor: self.store.events(which, limit=_PAGE, cursor=cursor))

    def all_posts(self, query: Query) -> Iterator[JudgedPost]:
        """Yield the posts that answer a query, newest first."""
        return _paged(lambda cursor: self.store.search(query, limit=_PAGE, cursor=cursor))


def _paged(page_at: Callable[[str], Page[T]]) -> Iterator[T]:
    cursor = ""
    while True:
        page = page_at(cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _each(path: str, reading: Reading, unread: list[str]) -> Iterator[Post | Collected | Broken]:
    """A file's posts; one that cannot be read is remembered, so that the others are taken all the same."""
    try:
        yield from files.read(path, reading)
    except InputError as error:
        unread.append(str(error))
