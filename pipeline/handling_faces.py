"""The JSON of the handling of events: clocks, mutes, escalations, and the sheet that one shift hands to the next."""

from datetime import datetime

from pipeline.clocks import Clock
from pipeline.escalate import Escalation
from pipeline.faces import Face, alert_face, event_face, note_face, optional, times
from pipeline.handover import Sheet
from pipeline.model import LEVELS
from pipeline.mute import Mute


def clock_face(clock: Clock | None, now: datetime) -> Face | None:
    """Return a clock as lists have it: what changes only when something happens, and not from second to second."""
    if clock is None:
        return None
    return {
        "level": clock.level,
        "started": times(clock.started),
        "due": times(clock.due),
        "stopped": optional(clock.stopped),
        "state": clock.state(now),
        "why": clock.why,
        "mute": clock.mute,
    }


def whole_clock_face(clock: Clock, now: datetime) -> Face:
    """Return a clock with what it is of, and the seconds that are left (negative: by how much it is or was overdue)."""
    of = {"alert": clock.alert, "event": clock.event, "department": clock.department, "title": clock.title}
    return {**of, **(clock_face(clock, now) or {}), "left": int(clock.left(now).total_seconds())}


def mute_face(mute: Mute, now: datetime) -> Face:
    """Return a mute: what it is of, who laid it and why, when it ends, what wakes it, and how it ended."""
    return {
        "id": mute.id,
        "on": mute.is_on(now),
        **{name: getattr(mute, name) for name in ("event", "title", "topic", "place", "word", "source", "query", "by", "why")},
        "at": times(mute.at),
        "until": times(mute.until),
        "wakes": list(mute.wakes),
        "level": mute.level if mute.level <= len(LEVELS) else None,
        "dead": mute.dead,
        "places": list(mute.places),
        "ended": optional(mute.ended),
        "ended_by": mute.ended_by,
        "ended_why": mute.ended_why,
        "moved": mute.moved,
    }


def escalation_face(step: Escalation, state: str) -> Face:
    """Return one step of escalation; `state` is told, nobody (could be told) or due (on its way)."""
    return {
        **{name: getattr(step, name) for name in ("alert", "event", "step", "level", "title", "person", "board", "why")},
        "due": times(step.due),
        "at": times(step.at),
        "state": state,
    }


def sheet_face(sheet: Sheet) -> Face:
    """Return the sheet that one shift hands to the next."""
    now = sheet.now
    return {
        "since": times(sheet.since),
        "at": times(now),
        "on_duty": [person.title for person in sheet.on_duty],
        "next": [person.title for person in sheet.next],
        "open": [event_face(one.event, clock=clock_face(one.clock, now)) for one in sheet.open],
        "clocks": [whole_clock_face(clock, now) for clock in sheet.clocks],
        "escalations": [escalation_face(step, state) for step, state in sheet.escalations],
        "mutes": [mute_face(mute, now) for mute in sheet.mutes],
        "parked": sheet.parked,
        "sick": [{"source": name, "why": why} for name, why in sheet.sick],
        "alerts": [alert_face(alert, event) for alert, event in sheet.alerts],
        "changes": [{"event": change.event, "title": change.title, **note_face(change.note)} for change in sheet.changes],
    }
