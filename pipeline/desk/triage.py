"""What people do to a case: the words for it, the edit that it makes, and what a stale edit is shown."""

from msgspec import Struct

from config.errors import Conflict
from pipeline.model import Edit, Event, Note
from pipeline.store import Store

STATUS_WORDS = {"new": "待处置", "acknowledged": "已受理", "dismissed": "已排除", "closed": "已办结"}
ACTIONS = {"acknowledge": "acknowledged", "dismiss": "dismissed", "close": "closed", "reopen": "new", "note": None}
ACTION_WORDS = {"acknowledge": "受理", "dismiss": "排除", "close": "办结", "reopen": "重新打开", "note": "记录"}
ANYBODY = "值班员"
LONGEST_NOTE, LONGEST_NAME = 2000, 40


class TriageError(ValueError):
    """An edit that says nothing, or something that no case can be; the message is for the one who made it."""


class Clash(Struct, frozen=True):
    """A stale edit: the case as it is now, the latest lines of its log (those written meanwhile are among them), and what was wanted."""

    event: Event
    meanwhile: tuple[Note, ...]
    action: str
    note: str

    @property
    def others(self) -> str:
        """In one line, what somebody else made of the case."""
        case = self.event.case
        return STATUS_WORDS.get(case.status, case.status) + (f"（{case.owner}）" if case.owner else "")


def edit(action: str, *, by: str, note: str = "") -> Edit:
    """Return the edit that an action makes; the log gets a line for each change of status. Raises TriageError."""
    by, note = by.strip()[:LONGEST_NAME] or ANYBODY, note.strip()
    if action not in ACTIONS:
        raise TriageError(f"没有“{action}”这种处置")
    if len(note) > LONGEST_NOTE:
        raise TriageError(f"记录太长：{len(note)} 字，最多 {LONGEST_NOTE} 字")
    if action == "note":
        if not note:
            raise TriageError("记录不能为空")
        return Edit(by=by, note=note)
    said = f"{ACTION_WORDS[action]}：{note}" if note else ACTION_WORDS[action]
    return Edit(by=by, status=ACTIONS[action], owner=by if action == "acknowledge" else None, note=said)


def clash(store: Store, event: str, conflict: Conflict, *, seen: int, action: str, note: str) -> Clash | None:
    """Return what a stale edit is answered with; None if the event is gone. `seen` is the version that was edited."""
    current = store.event(event)
    if current is None:
        return None
    notes = current.case.notes
    return Clash(current, notes[-max(conflict.version - seen, 1) :], action, note)
