"""The ledger of the store in memory."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from pipeline.model import Entry
from pipeline.store import EVERY_ENTRY, EntryFilter, Page
from pipeline.store.keeping import milliseconds, moment, stood


class MemoryLedger:
    """`pipeline.store.Ledger` in a dictionary."""

    def __init__(self, guard: threading.RLock) -> None:
        self._guard = guard
        self._entries: dict[tuple[str, str], Entry] = {}

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """See Ledger."""
        with self._guard:
            return [self._written(entry) for entry in entries]

    def _written(self, entry: Entry) -> bool:
        was = self._entries.get((entry.book, entry.id))
        if (was.version if was else 0) != entry.version:
            return False
        self.put([structs.replace(entry, version=entry.version + 1)])
        return True

    def read(self, book: str, ids: Sequence[str]) -> dict[str, Entry]:
        """See Ledger."""
        with self._guard:
            return {one: self._entries[book, one] for one in ids if (book, one) in self._entries}

    def page(self, book: str, which: EntryFilter = EVERY_ENTRY, *, limit: int = 50, cursor: str = "") -> Page[Entry]:
        """See Ledger."""
        after = stood(cursor)
        with self._guard:
            found = [
                entry
                for entry in self._entries.values()
                if entry.book == book
                and which.state in (None, entry.state)
                and (which.since is None or milliseconds(entry.at) >= milliseconds(which.since))
                and (which.until is None or milliseconds(entry.at) < milliseconds(which.until))
                and (after is None or (_place(entry) < after if which.newest_first else _place(entry) > after))
            ]
        found.sort(key=_place, reverse=which.newest_first)
        return Page(found[:limit], "{}/{}".format(*_place(found[limit - 1])) if len(found) > limit > 0 else "")

    def tally(self, book: str) -> Mapping[str, int]:
        """See Ledger."""
        with self._guard:
            return dict(Counter(entry.state for entry in self._entries.values() if entry.book == book))

    def strike(self, book: str, ids: Sequence[str]) -> None:
        """See Ledger."""
        with self._guard:
            for one in ids:
                self._entries.pop((book, one), None)

    def names(self) -> Iterable[tuple[str, str]]:
        """Return book and id of every entry."""
        return list(self._entries)

    def put(self, entries: Sequence[Entry]) -> None:
        """Write entries with the versions that they have."""
        for entry in entries:
            self._entries[entry.book, entry.id] = structs.replace(entry, at=moment(milliseconds(entry.at)))


def _place(entry: Entry) -> tuple[int, str]:
    return milliseconds(entry.at), entry.id
