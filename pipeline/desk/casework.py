"""The handling of one event at the desk: what its page shows of it, and how it is changed."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct
from starlette.requests import Request

from config.errors import Conflict
from config.load import Config
from pipeline.clocks import Clock, feedback_clocks
from pipeline.desk.here import Here
from pipeline.desk.rights import demand_role
from pipeline.desk.triage import proposed
from pipeline.escalate import Escalation, hand_over, steps_of
from pipeline.handling import Assignee, Turn, Wish, allowed, role_of, turned
from pipeline.model import Alert, Event
from pipeline.mute import Mute, covers, may_cover
from pipeline.muting import facts, mutes
from pipeline.outbox import Outbox
from pipeline.route import Route
from pipeline.timed import clocks_of

_SPANS = {"2": "2 小时", "8": "8 小时", "24": "1 天", "72": "3 天", "168": "7 天"}


class Casework(Struct, frozen=True):
    """The clock of the alert that stands and those of departments by name, the steps that are allowed now by action, who could be given the
    event (those of its route first), what it was escalated to, and the mutes that cover it."""

    clock: Clock | None
    waiting: dict[str, Clock]
    may: dict[str, Turn]
    proposed: tuple[Assignee, ...]
    others: tuple[Assignee, ...]
    escalations: tuple[tuple[Escalation, str], ...]
    mutes: tuple[Mute, ...]
    moved: tuple[Mute, ...]
    """Mutes of events that were merged into this one."""


def casework(here: Here, event: Event, alerts: Sequence[Alert], route: Route) -> Casework:
    """Read what the handling of an event needs; `alerts` are its own."""
    now, handling = here.now(), here.config.settings.handling
    clocks = clocks_of(here.store, [event], handling.clocks, now)
    on_route = proposed(route, event)
    has = {one.name for one in on_route} | {one.department for one in event.case.current}
    told = dict.fromkeys((*(alert.id for alert in alerts), *(clock.alert for clock in clocks.values())))
    steps = steps_of(here.store, told)
    known = mutes(here.store, now)
    holding = [mute for mute in known if mute.is_on(now) and may_cover(mute, event)]
    found = facts(here.store, event, holding)
    return Casework(
        clock=clocks.get(event.id),
        waiting={clock.department: clock for clock in feedback_clocks(event, handling.feedback)},
        may={turn.action: turn for turn in allowed(event.case.phase)},
        proposed=tuple(on_route),
        others=tuple(Assignee(one.name, one.title) for one in here.config.departments.values() if one.name not in has),
        escalations=tuple(
            sorted(((step, entry.state) for taken in steps.values() for step, entry in taken), key=lambda one: one[0].at, reverse=True)
        ),
        mutes=tuple(mute for mute in holding if covers(mute, found)),
        moved=tuple(mute for mute in known if mute.moved == event.id),
    )


def change(here: Here, request: Request, event: str, wish: Wish, *, version: int) -> Event:
    """Change the case as the table of steps has it, if `version` is still current, and enter for departments what they are to be told.

    Raises KeyError where there is no such event, Conflict for a stale version, HandlingError for a step that is not allowed or lacks something,
    Forbidden for one that needs a greater role.
    """
    found = here.store.event(event)
    if found is None:
        raise KeyError(event)
    if found.case.version != version:
        raise Conflict(event, found.case.version)
    if role := role_of(found.case, wish.action):
        demand_role(request, role)
    now = here.now()
    changed = here.store.triage(event, turned(found.case, wish, now), version=version, now=now)
    if wish.action in ("assign", "return"):
        hand_over(Outbox(here.store.ledger, here.config), changed, here.config, now)
    return changed


def spans(config: Config) -> dict[str, str]:
    """Return for how many hours the desk offers to mute, with their words: no more than the settings allow."""
    return {hours: word for hours, word in _SPANS.items() if timedelta(hours=int(hours)) <= config.settings.handling.mute}
