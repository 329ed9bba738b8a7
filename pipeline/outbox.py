"""发件箱: what is to be sent, and what became of it, in the ledger's book `deliveries`. Puts in, lists, parks and sends again; sends nothing itself.

A message is entered once for each board, whoever puts it and however often: its id is made of both. `pipeline.deliver` sends.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from config.board import Board
from config.errors import InputError
from config.load import Config
from config.schema import Channel
from pipeline import delivery
from pipeline.delivery import BOOK, HELD, OVER, PARKED, STALE, WAITING, Delivery, Kept, delivery_id
from pipeline.hours import ZONE, due
from pipeline.notify import Message
from pipeline.store import EntryFilter, Ledger, Page

_PAGE = 500
_TRIES = 20


class Outbox:
    """What waits to be sent, and what was."""

    def __init__(self, ledger: Ledger, config: Config) -> None:
        self._ledger = ledger
        self._channels = config.channels
        self._max_age = config.settings.deliver.max_age

    def put(self, message: Message, boards: Sequence[Board], at: datetime) -> None:
        """Enter the message for each board that is on, as of the wall clock `at`: once, however often it is put.

        It goes at once, or when the board's hours say. One whose time is longer ago than deliver.max_age is entered as stale, and not sent.
        Filters of boards are the caller's affair (`pipeline.announce`), those of their channels are applied here. Raises StoreError.
        """
        self.put_all([(message, boards)], at)

    def put_all(self, messages: Iterable[tuple[Message, Sequence[Board]]], at: datetime) -> None:
        """Enter several, as `put` does."""
        entered = {one.id: one for message, boards in messages for board in boards if board.enabled for one in self._entered(message, board, at)}
        if entered:
            self._ledger.write([delivery.written(one) for one in entered.values()])

    def _entered(self, message: Message, board: Board, at: datetime) -> Iterator[Kept]:
        when = due(board, at, level=message.level, collects=message.of == "alert")
        state, since = (HELD, when) if when > at else (WAITING, message.at)
        for ways in self.ways(board, message):
            lane = "" if board.ways == "first" else ways[0]
            whole = Delivery(message=message, board=board.name, channels=ways, due=message.at, lane=lane)
            kept = Kept(delivery_id(message.id, board.name, lane), WAITING, at, whole)
            held = structs.replace(kept, state=state, at=when, delivery=structs.replace(whole, due=since))
            yield delivery.staled(kept, at, self._max_age) or held

    def ways(self, board: Board, message: Message) -> list[tuple[str, ...]]:
        """Return the channels that a message goes through to a board: each tuple is a delivery of its own, with its channels in order."""
        names = [name for name in board.channels if name in self._channels and takes(self._channels[name], message)]
        return [tuple(names)] if board.ways == "first" and names else [(name,) for name in names]

    def entered(self, kept: Kept) -> Kept:
        """Enter a delivery unless it is there; return the one that is."""
        if all(self.write([kept])):
            return structs.replace(kept, version=1)
        return self.read(kept.id) or kept

    def write(self, kept: Sequence[Kept]) -> list[bool]:
        """Write each over the version that was read; return for each whether it was."""
        return self._ledger.write([delivery.written(one) for one in kept]) if kept else []

    def sending(self) -> list[Kept]:
        """Return what is being sent, or was when its sender ended."""
        return self._page(delivery.SENDING, until=None, limit=_PAGE).items

    def read(self, one: str) -> Kept | None:
        """Return one delivery."""
        found = self._ledger.read(BOOK, [one]).get(one)
        return delivery.read(found) if found else None

    def waiting(self, channel: str, now: datetime, *, limit: int) -> list[Kept]:
        """Return what may go through a channel by now: those that waited longest, and where there are more, those that waited least."""
        state, until = f"{WAITING}/{channel}", now + timedelta(milliseconds=1)
        page = self._ledger.page(BOOK, EntryFilter(state=state, until=until), limit=limit)
        more = self._ledger.page(BOOK, EntryFilter(state=state, until=until, newest_first=True), limit=limit).items if page.next else []
        return [delivery.read(entry) for entry in {entry.id: entry for entry in (*page.items, *more)}.values()]

    def held(self, board: str, now: datetime) -> list[Kept]:
        """Return what was held for a board until now or before."""
        return self._page(f"{HELD}/{board}", until=now, limit=_PAGE).items

    def listed(self, state: str, *, limit: int = 50, cursor: str = "") -> Page[Kept]:
        """Return the deliveries of a state, the newest first; for held and waiting ones `state` says also which: `waiting/duty-wecom`."""
        page = self._ledger.page(BOOK, EntryFilter(state=state or None, newest_first=True), limit=limit, cursor=cursor)
        return Page([delivery.read(entry) for entry in page.items], page.next)

    def all(self, state: str = "") -> Iterator[Kept]:
        """Yield the deliveries of a state, else of every state, the newest of each first."""
        wanted = [name for one in ([state] if state else delivery.STATES) for name in sorted(self.states()) if name.partition("/")[0] == one]
        for name in wanted:
            cursor = ""
            while True:
                page = self.listed(name, limit=_PAGE, cursor=cursor)
                yield from page.items
                if not (cursor := page.next):
                    break

    def _page(self, state: str, *, until: datetime | None, limit: int) -> Page[Kept]:
        # Times are kept in milliseconds, and `until` is not among them.
        page = self._ledger.page(BOOK, EntryFilter(state=state, until=until + timedelta(milliseconds=1) if until else None), limit=limit)
        return Page([delivery.read(entry) for entry in page.items], page.next)

    def states(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state, held and waiting ones by board and by channel."""
        return self._ledger.tally(BOOK)

    def tally(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state, in the order of their lives."""
        found: Counter[str] = Counter()
        for state, count in self.states().items():
            found[state.partition("/")[0]] += count
        return {state: found[state] for state in delivery.STATES if found[state]}

    def resend(self, one: str, now: datetime) -> Kept:
        """Have a delivery sent again, with the same message id, whatever became of it. Raises InputError where there is none, or it is being sent."""
        kept = self._known(one)
        if kept.state == delivery.SENDING:
            raise InputError(f"{one} is being sent just now")
        if not kept.delivery.channels:
            raise InputError(f"{one} is a summary, and cannot be sent")
        return self._changed(delivery.resent(kept, now))

    def park(self, one: str, now: datetime, *, why: str) -> Kept:
        """Keep a delivery from being sent. Raises InputError where there is none, or it has gone."""
        kept = self._known(one)
        if kept.state not in (HELD, WAITING):
            raise InputError(f"{one} does not wait: it is {kept.state}")
        return self._changed(delivery.parked(kept, why, now))

    def _known(self, one: str) -> Kept:
        kept = self.read(one)
        if kept is None:
            raise InputError(f"no delivery is called {one}")
        return kept

    def _changed(self, kept: Kept) -> Kept:
        if not all(self.write([kept])):
            raise InputError(f"{kept.id} was changed by somebody else just now; look again")
        return kept

    def add_stale(self, count: int, now: datetime) -> None:
        """Count alerts that were too old to be sent when they were raised, in one entry a day: as many as a file of history brings."""
        day = f"{now.astimezone(ZONE):%Y-%m-%d}"
        for _ in range(_TRIES):
            found = self._ledger.read(BOOK, [f"stale-{day}"]).get(f"stale-{day}")
            kept = delivery.read(found) if found else None
            whole = count + (kept.delivery.count if kept else 0)
            title = f"{whole} 条预警过期，没有推送"
            message = Message(id=f"stale-{day}", of="notice", title=title, text="它们说的事早于 deliver.max_age，如导入的历史。", at=now)
            summary = Delivery(message=message, board="", channels=(), due=now, why=title, count=whole)
            if all(self.write([Kept(message.id, STALE, now, summary, kept.version if kept else 0)])):
                return

    def purge(self, before: datetime) -> int:
        """Remove deliveries that were over, or parked, before a time; return how many."""
        gone = 0
        for state in (*OVER, PARKED):
            while found := self._page(state, until=before, limit=_PAGE).items:
                self._ledger.strike(BOOK, [one.id for one in found])
                gone += len(found)
        return gone


def takes(channel: Channel, message: Message) -> bool:
    """Return whether a channel is on, and its own filters let the message through; what has no level or topics passes these."""
    if not channel.enabled or (message.level or 1) > channel.floor:
        return False
    return not channel.topics or not message.topics or bool(set(channel.topics) & set(message.topics))
