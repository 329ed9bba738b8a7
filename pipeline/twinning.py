"""Keeps which events may be one matter, for people to merge them or to say that they are not.

Nothing is merged here: of the pairs found in five years of hot titles about one in eight is wrong, more than a desk wants to take apart again. The
tracker notes what it finds in the ledger (book `twins`), an entry for each of the two events, by which their pages find it.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from pipeline import regroup
from pipeline.model import Entry
from pipeline.store import EntryFilter, Store
from pipeline.twins import Twin

BOOK = "twins"
_MOST = 5
"""Twins of one event that are shown, the latest."""


class Noted(Struct, frozen=True):
    """疑似同一事件: that this event and the one named may be one matter, since when and why; `apart` names who said that they are not."""

    other: str
    why: str
    at: datetime
    apart: str = ""


def note(store: Store, found: Iterable[tuple[Twin, datetime]]) -> None:
    """Keep what was found, with when; what is known already stays as it was."""
    entries: dict[str, Entry] = {}
    for twin, at in found:
        for one, other in ((twin.event, twin.into), (twin.into, twin.event)):
            name = f"{one}/{other}"
            entries.setdefault(name, Entry(BOOK, name, at, one, msgspec.json.encode(Noted(other, twin.why, at))))
    if entries:
        store.ledger.write(list(entries.values()))


def noted(store: Store, event: str) -> list[Noted]:
    """Return what may be one matter with an event, the latest first: events that are still there, and that nobody keeps apart from it."""
    entries = store.ledger.page(BOOK, EntryFilter(state=event, newest_first=True)).items
    found = [one for one in (_read(entry) for entry in entries) if not one.apart and store.event(one.other)]
    if not found:
        return []
    kept = {
        frozenset((one.event, one.into))
        for state, one in regroup.regroupings(store, event)
        if state in (regroup.WANTED, regroup.UNDONE if one.kind == "merge" else regroup.MADE)
    }
    return [one for one in found if frozenset((event, one.other)) not in kept][:_MOST]


def apart(store: Store, event: str, other: str, *, by: str) -> bool:
    """Keep that two events are two matters, for good; return whether they were noted to be one."""
    names = [f"{event}/{other}", f"{other}/{event}"]
    entries = store.ledger.read(BOOK, names)
    store.ledger.write([structs.replace(entry, body=msgspec.json.encode(structs.replace(_read(entry), apart=by))) for entry in entries.values()])
    return bool(entries)


def _read(entry: Entry) -> Noted:
    return msgspec.json.decode(entry.body, type=Noted)
