"""Makes the merges and splits that people asked for (`pipeline.regroup`), under the tracker's lease.

Before one is made, all that it changes is written into its entry, so that a crash is a regrouping done again, and undoing puts back what was there.
An event that was merged leaves a redirect (book `redirects`), and its mutes end; undoing brings both back.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from config.load import Config
from pipeline import muting
from pipeline.alert import raised
from pipeline.bursts import kept
from pipeline.cluster import drawn
from pipeline.figures import Figures
from pipeline.measures import Known
from pipeline.model import Alert, Burst, Entry, Event, Lease, Member, Step
from pipeline.regroup import BOOK, MADE, REDIRECTS, REFUSED, UNDONE, UNWANTED, WANTED, Regrouping, read
from pipeline.store import EntryFilter, Store
from pipeline.store.records import WholeEvent

log = logging.getLogger(__name__)


class Regrouper:
    """Makes what was asked for, under the tracker's lease."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config

    def run(self, lease: Lease | None) -> list[Alert]:
        """Make everything that waits, oldest first; return the alerts that are new. Raises LeaseLost where somebody else tracks by now."""
        fresh: list[Alert] = []
        for state, act in ((WANTED, self._make), (UNWANTED, self._undo)):
            while found := self._store.ledger.page(BOOK, EntryFilter(state=state), limit=1).items:
                fresh += act(found[0], lease)
        return fresh

    def _make(self, entry: Entry, lease: Lease | None) -> list[Alert]:
        one = read(entry)
        if not one.before:
            one = structs.replace(one, before=tuple(filter(None, (self._whole(name) for name in _changed(one)))))
            if one.kind == "merge" and one.before:  # also what came while it waited
                one = structs.replace(one, posts=tuple(member.post for member in one.before[0].members))
            why_not = self._why_not(one)
            entry = self._noted(entry, structs.replace(one, why_not=why_not), REFUSED if why_not else WANTED)
            if why_not:
                return []
        moved = set(one.posts)
        groups: dict[str, list[Member]] = {one.event: [], one.into: []}
        for whole in one.before:
            for member in whole.members:
                groups[one.into if member.post in moved else whole.event.id].append(member)
        events = {whole.event.id: whole.event for whole in one.before}
        # What both had already told is not told again.
        told = min((event.alerted for event in events.values() if event.alerted), default=None)
        step = self._step(groups, {name: structs.replace(event, alerted=told) for name, event in events.items()}, told)
        if one.kind == "split":
            step = structs.replace(step, left=tuple((one.event, post) for post in one.posts))
        fresh = self._store.commit(step, lease=lease)
        self._redirect(one.event if one.kind == "merge" else "", one.into, one.at)
        if one.kind == "merge":
            into = events[one.into].title
            muting.moved(self._store, one.event, one.into, by=one.by, why=f"所静默的事件并入“{into}”：{one.reason}", now=one.at)
        self._noted(entry, one, MADE)
        log.info("%s of %s into %s by %s", one.kind, one.event, one.into, one.by)
        return fresh

    def _undo(self, entry: Entry, lease: Lease | None) -> list[Alert]:
        """Put back what was there; what came since stays where it came, and the event that is no more gives its posts back."""
        one = read(entry)
        before = {whole.event.id: whole for whole in one.before}
        homes = {member.post: whole.event.id for whole in one.before for member in whole.members}
        now = {member.post: member for name in (one.event, one.into) for member in self._store.members(name)}
        groups: dict[str, list[Member]] = {name: [] for name in before}
        rest = one.into if one.kind == "merge" else one.event
        for post, member in now.items():
            groups[homes.get(post, rest)].append(member)
        wholes = [self._restored(before[name], members) for name, members in groups.items()]
        events = tuple(whole.event for whole in wholes)
        members = tuple(member for whole in wholes for member in whole.members)
        gone = (one.into,) if one.kind == "split" else ()
        left = tuple((one.into, member.post) for member in members if one.kind == "merge" and member.event == one.event)
        if one.kind == "merge":  # first, so that what is back is muted again
            muting.returned(self._store, one.event, one.into, now=one.at)
        self._store.commit(Step((), events=events, members=members, removed=gone, left=left), lease=lease)
        if one.kind == "merge":
            self._cased(before[one.event].event)
            self._store.ledger.strike(REDIRECTS, [one.event])
        self._noted(entry, one, UNDONE)
        return []

    def _cased(self, event: Event) -> None:
        """Give an event that is back the case that it had."""
        now = self._store.event(event.id)
        if now and now.case != event.case and not now.case.version:
            self._store.put("events", [WholeEvent(structs.replace(now, case=event.case), tuple(reversed(self._store.members(event.id))))])

    def _restored(self, before: WholeEvent, members: Sequence[Member]) -> WholeEvent:
        home = tuple(sorted((structs.replace(member, event=before.event.id) for member in members), key=_order))
        if home == tuple(sorted(before.members, key=_order)):
            return WholeEvent(before.event, home)
        event, _ = self._drawn(before.event, home, bursts=before.event.bursts)
        return WholeEvent(event, home)

    def _step(self, groups: Mapping[str, Sequence[Member]], before: Mapping[str, Event], told: int | None) -> Step:
        """The events that groups of members make; one that has none is no more."""
        events: list[Event] = []
        members: list[Member] = []
        alerts: list[Alert] = []
        bursts = [burst for event in before.values() for burst in event.bursts]
        for name, some in groups.items():
            if some:
                home = tuple(structs.replace(member, event=name) for member in some)
                event, alert = self._drawn(before.get(name), home, name, told, bursts=bursts)
                events.append(event)
                members += home
                alerts += [alert] if alert else []
        removed = tuple(name for name, some in groups.items() if not some and name in before)
        return Step((), events=tuple(events), members=tuple(members), alerts=tuple(alerts), removed=removed)

    def _drawn(
        self, before: Event | None, members: Sequence[Member], name: str = "", told: int | None = None, *, bursts: Sequence[Burst] = ()
    ) -> tuple[Event, Alert | None]:
        config = self._config
        figures = Figures(members, revive=config.settings.track.revive)
        # A burst goes with the post that set it off.
        event = kept(None, drawn(before, figures), [burst for burst in bursts if burst.posts[-1] in figures.members])
        if before is None:
            event = structs.replace(event, id=name, alerted=told)
        known = Known.of(event, figures, config)
        return raised(known, config.rules.values(), config.settings.alert.levels, event.last_seen)

    def _whole(self, name: str) -> WholeEvent | None:
        event = self._store.event(name)
        return WholeEvent(event, tuple(reversed(self._store.members(name)))) if event else None

    def _why_not(self, one: Regrouping) -> str:
        there = {whole.event.id: {member.post for member in whole.members} for whole in one.before}
        if len(there) < len(_changed(one)):
            return "事件已不存在"
        if not set(one.posts) <= there[one.event] or (one.kind == "split" and len(one.posts) == len(there[one.event])):
            return "事件的帖文已经变了"
        return ""

    def _redirect(self, gone: str, into: str, at: datetime) -> None:
        self._store.ledger.strike(REDIRECTS, [into])
        if gone:
            self._store.ledger.strike(REDIRECTS, [gone])
            self._store.ledger.write([Entry(REDIRECTS, gone, at, body=msgspec.json.encode(into))])

    def _noted(self, entry: Entry, one: Regrouping, state: str) -> Entry:
        """Write how far it is; only who has the lease does."""
        written = structs.replace(entry, state=state, body=msgspec.json.encode(one))
        self._store.ledger.write([written])
        return structs.replace(written, version=written.version + 1)


def _changed(one: Regrouping) -> tuple[str, ...]:
    return (one.event, one.into) if one.kind == "merge" else (one.event,)


def _order(member: Member) -> tuple[datetime, str]:
    return member.at, member.post
