"""What people do to a case: the words for it, the change that it makes, and what a stale one is shown."""

from collections.abc import Sequence

from msgspec import Struct

from config.errors import Conflict
from config.load import Config
from pipeline.handling import ACTION_WORDS, Assignee, HandlingError, Wish
from pipeline.model import Event, Note
from pipeline.route import Route
from pipeline.store import Store

STATUS_WORDS = {"new": "待处置", "acknowledged": "已受理", "dismissed": "已排除", "closed": "已办结"}
ANYBODY = "值班员"
LONGEST_NOTE, LONGEST_NAME = 2000, 40


class TriageError(HandlingError):
    """A form of the desk that asks for what cannot be; the message is for the one who sent it."""


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


def wished(action: str, *, by: str, note: str = "", level: int | None = None, departments: Sequence[Assignee] = (), department: str = "") -> Wish:
    """Return what somebody wants done, signed and trimmed. Raises HandlingError for an action that there is not, and for a text that is too long."""
    note = note.strip()
    if action not in ACTION_WORDS:
        raise HandlingError(f"没有“{action}”这种处置")
    if len(note) > LONGEST_NOTE:
        raise HandlingError(f"记录太长：{len(note)} 字，最多 {LONGEST_NOTE} 字")
    return Wish(action, by.strip()[:LONGEST_NAME] or ANYBODY, note, level, tuple(departments), department)


def proposed(route: Route, event: Event) -> list[Assignee]:
    """Return whom the route would give the event to, and who does not have it yet: the lead, those that cooperate, the office."""
    parties = ((route.lead, "lead"), *((party, "with") for party in route.cooperating), (route.office, "office"))
    found = {one.department: None for one in event.case.current}
    fresh: dict[str, Assignee] = {}
    for party, part in parties:
        if party.name and party.name not in found:
            fresh.setdefault(party.name, Assignee(party.name, party.title, part, party.clauses))
    return list(fresh.values())


def named(config: Config, route: Route, event: Event, names: Sequence[str]) -> list[Assignee]:
    """Return the departments of these names as the route has them; who is not on it cooperates. Raises HandlingError for one that nobody declared."""
    on_route = {one.name: one for one in proposed(route, event)}
    found = []
    for name in dict.fromkeys(names):
        declared = config.departments.get(name)
        if declared is None:
            raise HandlingError(f"没有部门叫“{name}”；部门写在 departments.yaml 里")
        found.append(on_route.get(name) or Assignee(name, declared.title))
    return found


def clash(store: Store, event: str, conflict: Conflict, *, seen: int, action: str, note: str) -> Clash | None:
    """Return what a stale edit is answered with; None if the event is gone. `seen` is the version that was edited."""
    current = store.event(event)
    if current is None:
        return None
    notes = current.case.notes
    return Clash(current, notes[-max(conflict.version - seen, 1) :], action, note)
