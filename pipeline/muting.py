"""Keeps mutes in the ledger, asks them about alerts and events, and records what wakes them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from config.errors import QueryError
from pipeline.handling import HandlingError
from pipeline.model import Alert, Entry, Event
from pipeline.mute import WAKES, Facts, Mute, baseline, covers, facts_of, held, may_cover, muted_by, woken
from pipeline.store import EntryFilter, EventFilter, Store
from pipeline.store.query import parsed

BOOK = "mutes"
_ON, _ENDED = "on", "ended"
_KNOWN = timedelta(days=7)
"""How long back the events are that a mute of many takes as what is known."""
_REMEMBERED = timedelta(days=62)
"""How long after their end mutes are still read: clocks that stood still for them must not be taken as broken."""
_PAGE = 200
NEWEST = 10
"""Relevant posts of an event, the newest, that must all answer the query of a mute."""


def mutes(store: Store, now: datetime, *, ended: bool = True) -> list[Mute]:
    """Return the mutes that hold, and those that ended lately; the one that ends first comes first."""
    which = EntryFilter(since=now - _REMEMBERED) if ended else EntryFilter(state=_ON, since=now)
    found = map(_mute, _entries(store, which))
    return [mute for mute in found if ended or mute.is_on(now)]


def laid(store: Store, mute: Mute, *, longest: timedelta) -> Mute:
    """Keep a new mute, with what it covers today as what is known; return it as it is kept. Raises HandlingError for one that lacks something."""
    mute = structs.replace(mute, why=mute.why.strip(), word=mute.word.strip(), query=mute.query.strip())
    if not mute.by or not mute.why:
        raise HandlingError("静默要有署名和原因")
    if not any((mute.event, mute.topic, mute.place, mute.word, mute.source, mute.query)):
        raise HandlingError("静默要说明静默什么：一个事件，或主题、地点、词、信源、查询")
    try:
        parsed(mute.query)
    except QueryError as error:
        raise HandlingError(f"静默的查询读不懂：{error}") from error
    if not mute.at < mute.until <= mute.at + longest:
        raise HandlingError(f"静默要有截止时间，在现在之后、{_days(longest)}之内")
    if unknown := [one for one in mute.wakes if one not in WAKES]:
        raise HandlingError(f"没有“{unknown[0]}”这种唤醒；有 {'、'.join(WAKES)}")
    if mute.event and (event := store.event(mute.event)):
        mute = baseline(structs.replace(mute, title=event.title), [facts(store, event, [mute])])
    elif mute.event:
        raise HandlingError(f"没有事件 {mute.event}")
    else:
        mute = baseline(mute, list(_known(store, mute, mute.at - _KNOWN)))
    name = "/".join((mute.by, mute.at.isoformat(), mute.event, mute.topic, mute.place, mute.word, mute.source, mute.query))
    mute = structs.replace(mute, id=hashlib.blake2b(name.encode(), digest_size=8).hexdigest())
    store.ledger.write([_entry(mute, 0)])
    return mute


def ended(store: Store, mute: str, *, by: str, why: str, now: datetime) -> Mute | None:
    """End a mute now, and return it; None where there is no such mute, or it has ended already. Without `by` it woke."""
    while entry := store.ledger.read(BOOK, [mute]).get(mute):
        was = _mute(entry)
        if not was.is_on(now):
            return None
        over = structs.replace(was, ended=now, ended_by=by, ended_why=why)
        if store.ledger.write([_entry(over, entry.version)])[0]:
            return over
    return None


def suppressed(store: Store, alert: Alert, event: Event | None, now: datetime) -> Mute | None:
    """Return the mute for which an alert is not to be sent or escalated, None where it is. A mute that it wakes is ended, and that is recorded."""
    holding = mutes(store, now, ended=False)
    if not holding or event is None:
        return None
    holding = [mute for mute in holding if may_cover(mute, event, alert)]
    found = facts(store, event, holding, alert)
    for mute in holding:
        if covers(mute, found) and (why := woken(mute, found)):
            ended(store, mute.id, by="", why=f"{why}：{alert.title}", now=now)
    return muted_by(found, holding, now)


def roused(store: Store, now: datetime) -> list[Mute]:
    """End every mute that something has woken since, alert or none, and return these."""
    over = []
    for mute in mutes(store, now, ended=False):
        for found in _known(store, mute, mute.at):
            if (why := woken(mute, found)) and (done := ended(store, mute.id, by="", why=f"{why}：{found.titles[0]}", now=now)):
                over.append(done)
                break
    return over


def moved(store: Store, event: str, into: str, *, by: str, why: str, now: datetime) -> None:
    """End the mutes of an event that was merged into another: that one is muted only if it was. Done again, it changes nothing."""
    for entry in _entries(store, EntryFilter(state=_ON, since=now)):
        if (mute := _mute(entry)).event == event:
            over = structs.replace(mute, ended=now, ended_by=by, ended_why=why, moved=into)
            store.ledger.write([_entry(over, entry.version)])


def returned(store: Store, event: str, into: str, *, now: datetime) -> None:
    """Have the mutes of an event hold again that ended as it was merged `now` into another."""
    for entry in _entries(store, EntryFilter(state=_ENDED, since=now)):
        if (mute := _mute(entry)).event == event and mute.moved == into:
            back = structs.replace(mute, ended=None, ended_by="", ended_why="", moved="")
            store.ledger.write([_entry(back, entry.version)])


def facts(store: Store, event: Event, mutes: Sequence[Mute], alert: Alert | None = None) -> Facts:
    """Return the facts of an event that some mutes ask for: members are read only if there are mutes, posts only if one has a query."""
    members = store.members(event.id) if mutes else []
    newest = [member.post for member in members if member.assessment.is_relevant][:NEWEST] if any(mute.query for mute in mutes) else []
    return facts_of(event, members, alert, newest=store.posts(newest).values() if newest else ())


def hush(facts: Facts, alert: Alert, known: Iterable[Mute], now: datetime) -> tuple[Mute | None, datetime | None]:
    """Return by what an alert is muted now, and when the last mute that held after it was raised ended."""
    known = list(known)
    past = [mute.end for mute in known if mute.end <= now and mute.end > alert.raised_at and held(mute, facts, alert)]
    return muted_by(facts, known, now), max(past, default=None)


def _known(store: Store, mute: Mute, since: datetime) -> Sequence[Facts]:
    """The facts of all that a mute covers and that was seen since."""
    if mute.event:
        event = store.event(mute.event)
        return [facts(store, event, [mute])] if event else []
    found = []
    cursor = ""
    while True:
        page = store.events(EventFilter(since=since, topic=mute.topic), limit=_PAGE, cursor=cursor)
        for event in page.items:
            # Members are read only of what is covered, or may be for its sources.
            if may_cover(mute, event):
                one = facts(store, event, [mute])
                found += [one] if covers(mute, one) else []
        if not (cursor := page.next):
            return found


def _entries(store: Store, which: EntryFilter) -> Iterator[Entry]:
    cursor = ""
    while True:
        page = store.ledger.page(BOOK, which, limit=_PAGE, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _entry(mute: Mute, version: int) -> Entry:
    return Entry(BOOK, mute.id, mute.until, _ENDED if mute.ended else _ON, msgspec.json.encode(mute), version)


def _mute(entry: Entry) -> Mute:
    return msgspec.json.decode(entry.body, type=Mute)


def _days(span: timedelta) -> str:
    return f" {span.days} 天" if span >= timedelta(days=1) else f" {int(span.total_seconds() // 3600)} 小时"
