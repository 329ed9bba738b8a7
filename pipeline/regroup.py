"""Merges and splits of events by people: asked for by anybody, made by the tracker alone (`pipeline.regrouper`), and undone as long as no later one
built on them.

What is asked for waits in the ledger (book `regroupings`); beside it stands an entry for each of its two events, by which their pages find it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct, structs

from config.errors import ShianError
from pipeline.model import Entry, Event
from pipeline.store import EntryFilter, Store
from pipeline.store.records import WholeEvent

BOOK, BY_EVENT, REDIRECTS = "regroupings", "regroupings-by-event", "redirects"
WANTED, MADE, UNWANTED, UNDONE, REFUSED = "wanted", "made", "unwanted", "undone", "refused"
_LONGEST = 20
"""Redirects that are followed: a merge of a merge of a merge."""
_TEXT = msgspec.json.Decoder(str)


class RegroupError(ShianError):
    """A merge or split that cannot be; the message is for the one who asked."""


class Regrouping(Struct, frozen=True):
    """归并 or 拆分: that posts of `event` go to the event `into`. `before` are the events that it changes, as they were."""

    id: str
    kind: Literal["merge", "split"]
    event: str
    into: str
    posts: tuple[str, ...]
    by: str
    reason: str
    at: datetime
    before: tuple[WholeEvent, ...] = ()
    undone_by: str = ""
    why_not: str = ""


def merge(store: Store, event: str, into: str, *, by: str, reason: str, now: datetime) -> Regrouping:
    """Ask that an event be merged into another. Raises RegroupError where one of them is not there, KeyError never."""
    into = resolved(store, into)
    if event == into:
        raise RegroupError("不能把事件并入它自己")
    for one in (event, into):
        if store.event(one) is None:
            raise RegroupError(f"没有事件 {one}")
    posts = tuple(member.post for member in reversed(store.members(event)))
    return _asked(store, Regrouping(_id(event, into, now), "merge", event, into, posts, by, reason, now))


def split(store: Store, event: str, posts: Iterable[str], *, by: str, reason: str, now: datetime) -> Regrouping:
    """Ask that posts leave an event and make one of their own. Raises RegroupError where they are none of it, or all of it."""
    members = {member.post: member for member in reversed(store.members(event))}
    if not members:
        raise RegroupError(f"没有事件 {event}")
    wanted = set(posts)
    picked = tuple(post for post in members if post in wanted)
    if not picked or len(picked) != len(wanted):
        raise RegroupError("请选择这个事件的帖文")
    if len(picked) == len(members):
        raise RegroupError("不能把全部帖文拆出去：那还是同一个事件")
    # An event is called by its first post; the event that is split keeps its own name.
    name = next((post for post in picked if post != event and store.event(post) is None), "") or _id(event, picked[0], now)
    return _asked(store, Regrouping(_id(event, name, now), "split", event, name, picked, by, reason, now))


def undo(store: Store, which: str, *, by: str) -> None:
    """Ask that a regrouping be undone. Raises RegroupError where it is not made, or where a later one built on it."""
    entry = store.ledger.read(BOOK, [which]).get(which)
    if entry is None or entry.state != MADE:
        raise RegroupError("没有这次归并或拆分，或它已撤销")
    one = read(entry)
    others = (other for name in (one.event, one.into) for other in regroupings(store, name))
    if any(other.at > one.at and state in (MADE, WANTED) for state, other in others):
        raise RegroupError("此后又有归并或拆分动了这些事件；请先撤销后来的")
    entry = structs.replace(entry, state=UNWANTED, body=msgspec.json.encode(structs.replace(one, undone_by=by)))
    if store.ledger.write([entry]) != [True]:
        raise RegroupError("有人刚动过它，请再看一次")


def regrouping(store: Store, which: str) -> tuple[str, Regrouping] | None:
    """Return one regrouping with its state."""
    entry = store.ledger.read(BOOK, [which]).get(which)
    return (entry.state, read(entry)) if entry else None


def regroupings(store: Store, event: str = "") -> list[tuple[str, Regrouping]]:
    """Return what was asked for, newest first, each with its state; of one event, if it is named."""
    if event:
        names = [_TEXT.decode(entry.body) for entry in _entries(store, BY_EVENT, EntryFilter(state=event, newest_first=True))]
        found = store.ledger.read(BOOK, names)
        entries = [found[name] for name in names if name in found]
    else:
        entries = list(_entries(store, BOOK, EntryFilter(newest_first=True)))
    return [(entry.state, read(entry)) for entry in entries]


def resolved(store: Store, event: str) -> str:
    """Return the event that an id leads to by now: itself, or the one that it was merged into."""
    for _ in range(_LONGEST):
        entry = store.ledger.read(REDIRECTS, [event]).get(event)
        if entry is None:
            break
        event = _TEXT.decode(entry.body)
    return event


def current(store: Store, event: str) -> Event | None:
    """Return the event of an id, or the one that it was merged into."""
    found = store.event(event)
    if found is None and (into := resolved(store, event)) != event:
        return store.event(into)
    return found


def is_waiting(store: Store) -> bool:
    """Return whether the tracker has something to regroup."""
    tally = store.ledger.tally(BOOK)
    return WANTED in tally or UNWANTED in tally


def _asked(store: Store, one: Regrouping) -> Regrouping:
    if not one.reason.strip():
        raise RegroupError("请写明理由")
    if any(other.event == one.event and state in (WANTED, UNWANTED) for state, other in regroupings(store, one.event)):
        raise RegroupError("这个事件还有一次归并或拆分在等待；请稍候")
    # These first: one that leads to nothing is passed over, and none is missing.
    store.ledger.write([Entry(BY_EVENT, f"{one.id}/{name}", one.at, name, msgspec.json.encode(one.id)) for name in (one.event, one.into)])
    store.ledger.write([Entry(BOOK, one.id, one.at, WANTED, msgspec.json.encode(one))])
    return one


def _entries(store: Store, book: str, which: EntryFilter) -> Iterator[Entry]:
    cursor = ""
    while True:
        page = store.ledger.page(book, which, limit=200, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _id(event: str, into: str, now: datetime) -> str:
    return hashlib.blake2b(f"{event}/{into}/{now.isoformat()}".encode(), digest_size=16).hexdigest()


def read(entry: Entry) -> Regrouping:
    """Return what an entry of the book says."""
    return msgspec.json.decode(entry.body, type=Regrouping)
