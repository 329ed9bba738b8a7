"""Tells each period once, whatever ends in the middle: first what is told is entered in the ledger, with its message, then the message goes out.

The entry of a period is called after its start and created only where nobody has one, so of several workers one makes it, and periods tile. It
holds the message until that is in the outbox, so that who goes on after a crash sends the same one.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct, structs

from config.schema import DigestSettings
from pipeline.digest.content import PERIOD, Digest
from pipeline.digest.late import Told, stamp, told
from pipeline.digest.periods import Period, due, newest
from pipeline.model import Entry
from pipeline.notify import Message
from pipeline.store import EntryFilter, Store

log = logging.getLogger(__name__)

BOOK = "digests"
BY_HAND = "digests-by-hand"
_MOST = 400
"""Digests that are looked back at."""


class Reader(Protocol):
    """Who gets digests: a board of recipients, as it is declared."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def empty(self) -> bool:
        """Whether it is told also that there is nothing to tell."""


R = TypeVar("R", bound=Reader)
_R = TypeVar("_R", bound=Reader, contravariant=True)
Put = Callable[[Message, Sequence[R], datetime], None]
"""Puts a message into the outbox for some boards; one that is there already is not put again."""


class Parcel(Struct, frozen=True):
    """A message, and the names of the boards that it is for."""

    message: Message
    to: tuple[str, ...]


class Letter(Struct, frozen=True, omit_defaults=True):
    """The body of an entry: what was told, to which boards, when; and the messages until they are in the outbox."""

    told: Told
    to: tuple[str, ...]
    made_at: datetime
    sent_at: datetime | None = None
    left: tuple[Parcel, ...] = ()


class Writing(Protocol[_R]):
    """How a digest becomes messages."""

    def __call__(self, digest: Digest, name: str, readers: Sequence[_R], *, asked: bool = False) -> list[Parcel]:
        """Return the messages, and whom each is for."""


class Sender(Generic[R]):
    """Makes and sends what is due. `make` reads a period's digest; `write` makes the messages of it for some boards, each with an id that begins
    with the name given, the same for the same boards; for boards that want nothing where there is nothing to tell, only if told so by `asked`."""

    def __init__(
        self,
        store: Store,
        readers: Sequence[R],
        put: "Put[R]",
        *,
        make: Callable[[Period, Sequence[Told]], Digest],
        write: "Writing[R]",
        settings: DigestSettings,
        max_age: timedelta,
        back: timedelta,
    ) -> None:
        self._ledger = store.ledger
        self._readers, self._put = readers, put
        self._make, self._write = make, write
        self._at, self._max_age, self._back = settings.at, max_age, back

    def run(self, now: datetime) -> list[Letter]:
        """Send what was made and not sent, then what is due; return what was told by this call. Where nobody reads digests, nothing is told."""
        if not self._readers:
            return []
        done = [self._sent(entry, now) for entry in self._unsent()]
        last = self._last()
        periods = due(last.at if last else None, now, at=self._at, max_age=self._max_age)
        history = self._history(now) if periods else []
        for period in periods:
            entry = self._entered(period, history, now)
            if not entry:
                log.info("another worker tells the period from %s", period.since)
                break
            done.append(self._sent(entry, now))
            history.append(done[-1].told)
        return done

    def ended(self, now: datetime) -> datetime:
        """Return when the last digest ended that was told, else should have been."""
        last = self._last()
        return last.at if last else newest(now, self._at)

    def until(self, since: datetime, now: datetime) -> list[Told]:
        """Return what was told before a period that begins at a time, the oldest first; nothing where no digest ended then."""
        before = [one for one in self._history(now) if one.until <= since]
        return before if before and before[-1].until == since else []

    def _entered(self, period: Period, history: Sequence[Told], now: datetime) -> Entry | None:
        """The entry of a new period, with its message; None where somebody was quicker."""
        digest = self._make(period, history)
        parcels = self._write(digest, named(period), self._readers)
        letter = Letter(told(digest), tuple(name for parcel in parcels for name in parcel.to), now, left=tuple(parcels))
        entry = Entry(BOOK, stamp(period.since), period.until, "made", msgspec.json.encode(letter))
        return structs.replace(entry, version=1) if self._ledger.write([entry])[0] else None

    def _sent(self, entry: Entry, now: datetime) -> Letter:
        """Put the messages of an entry into the outbox, then say in the entry that they are there."""
        letter = _letter(entry)
        for parcel in letter.left:
            self._handed(parcel, now)
        letter = structs.replace(letter, left=(), sent_at=now)
        # If this is not written, another worker put them as well, which puts nothing twice.
        self._ledger.write([structs.replace(entry, state="sent" if letter.to else "empty", body=msgspec.json.encode(letter))])
        return letter

    def _handed(self, parcel: Parcel, now: datetime) -> None:
        message = parcel.message
        # One that waited here through a long outage was told to nobody: it is not stale, for no later digest tells the same.
        fresh = message if now - message.at <= self._max_age else structs.replace(message, at=now)
        readers = [reader for reader in self._readers if reader.name in parcel.to]
        if readers:
            self._put(fresh, readers, now)

    def _last(self) -> Entry | None:
        return next(iter(self._ledger.page(BOOK, EntryFilter(newest_first=True), limit=1).items), None)

    def _unsent(self) -> list[Entry]:
        return self._ledger.page(BOOK, EntryFilter(state="made"), limit=_MOST).items

    def _history(self, now: datetime) -> list[Told]:
        """What was told, the oldest first, as far back as nothing is purged; the last one at least."""
        since = now - self._back
        items = self._ledger.page(BOOK, EntryFilter(newest_first=True), limit=_MOST).items
        return [_letter(entry).told for entry in reversed(items[:1] + [entry for entry in items[1:] if entry.at >= since])]

    # --- by hand

    def by_hand(self, until: datetime, *, to: Sequence[R], again: bool, now: datetime) -> list[Parcel]:
        """Send the digest of the period that ends at a time to those who had none of it, or `again`, marked, to all; return what was sent.

        Nothing that is told by the schedule changes by it.
        """
        entry = self._of(until)
        period = Period(_letter(entry).told.since, until) if entry else Period(until - PERIOD, until)
        name = named(period)
        notes = self._notes(name)
        had = {to for _, to in notes} | set(_letter(entry).to if entry else ())
        number = max((number for number, _ in notes), default=1) + 1 if again else 1
        readers = [reader for reader in to if again or reader.name not in had]
        parcels = self._write(self._make(period, ()), name, readers, asked=True) if readers else []
        if again:
            parcels = [_marked(parcel, number) for parcel in parcels]
        for parcel in parcels:
            # What somebody asks for now is not stale, however old its period is.
            message = structs.replace(parcel.message, at=now)
            self._put(message, [reader for reader in readers if reader.name in parcel.to], now)
            self._ledger.write([_note(name, number, board, now) for board in parcel.to])
        return parcels

    def _of(self, until: datetime) -> Entry | None:
        found = self._ledger.page(BOOK, EntryFilter(since=until, until=until + timedelta(seconds=1)), limit=1).items
        return found[0] if found else None

    def _notes(self, name: str) -> list[tuple[int, str]]:
        """Each time that a digest was sent by hand: its number, and to whom."""
        items = self._ledger.page(BY_HAND, EntryFilter(state=name), limit=1000).items
        return [msgspec.json.decode(entry.body, type=tuple[int, str]) for entry in items]


def _note(name: str, number: int, board: str, now: datetime) -> Entry:
    return Entry(BY_HAND, f"{name}/{number}/{board}", now, name, msgspec.json.encode((number, board)))


def _marked(parcel: Parcel, number: int) -> Parcel:
    """A message that is sent once more, which says so."""
    message = parcel.message
    return Parcel(structs.replace(message, id=f"{message.id}.{number}", title=f"【重发】{message.title}"), parcel.to)


def named(period: Period) -> str:
    """Return the id of the message of a period."""
    return f"digest-{stamp(period.since)}-{stamp(period.until)}"


def _letter(entry: Entry) -> Letter:
    return msgspec.json.decode(entry.body, type=Letter)
