"""升级: tells the next on duty of alerts that nobody answered in time, each step once; and departments of what they were given, if that was missed.

A step is entered in the ledger before it is told, and marked as told after: of several workers one enters it, and who finds it half way after a
crash tells the same person the same message again, which the outbox enters once.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, structs

from config.load import Config
from pipeline.clocks import Clock
from pipeline.duty import on_duty
from pipeline.model import Alert, Entry, Event
from pipeline.muting import roused
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.store import EventFilter, Store
from pipeline.tell import assignment_messages, escalation_message, unheard
from pipeline.timed import raised, standing, timed

log = logging.getLogger(__name__)

BOOK = "escalations"
DUE, TOLD, NOBODY = "due", "told", "nobody"
_MISSED = timedelta(hours=1)
"""How long back assignments are looked at that no one may have been told of."""
_PAGE = 200


class Escalation(Struct, frozen=True):
    """One step for one alert: to whom, on which board, and when; both are empty where nobody was on duty, the board where he has none. `why` says
    why nobody was told, or who was passed over, and why."""

    alert: str
    event: str
    step: int
    level: int
    title: str
    due: datetime
    at: datetime
    person: str = ""
    board: str = ""
    why: str = ""

    @property
    def id(self) -> str:
        """Return what the ledger calls it."""
        return f"{self.alert}/{self.step}"


class Escalator:
    """What runs every minute, in one worker at a time."""

    def __init__(self, store: Store, outbox: Outbox, config: Config) -> None:
        self._store, self._outbox, self._config = store, outbox, config

    def run(self, now: datetime) -> list[Escalation]:
        """Wake mutes, take every step that is due, and tell; return the steps that were taken by this run."""
        for mute in roused(self._store, now):
            log.warning("mute %s woke: %s", mute.id, mute.ended_why)
        self._hand_over(now)
        taken = []
        for alert, clock, done in self._overdue(now):
            half = done[-1] if done and done[-1][1].state == DUE else None
            step = half or self._entered(alert, clock, [kept for kept, _ in done], now)
            if step:
                taken.append(self._tell(alert, step, clock))
        return taken

    def _overdue(self, now: datetime) -> Iterator[tuple[Alert, Clock, list[tuple[Escalation, Entry]]]]:
        """Alerts whose clock is broken, with the steps that were taken; not those of long ago, as of history that was imported."""
        settings = self._config.settings
        longest = max(settings.handling.clocks.values()) * (settings.handling.steps + 1)
        rows = standing(raised(self._store, now - longest - settings.deliver.max_age))
        clocks = timed(self._store, rows, settings.handling.clocks, now)
        late = [(alert, clocks[alert.id]) for alert, _ in rows if clocks[alert.id].state(now) == "broken"]
        steps = steps_of(self._store, [alert.id for alert, _ in late])
        for alert, clock in late:
            done = steps.get(alert.id, [])
            if done or now - clock.due <= settings.deliver.max_age:
                yield alert, clock, done

    def _entered(self, alert: Alert, clock: Clock, done: Sequence[Escalation], now: datetime) -> tuple[Escalation, Entry] | None:
        """Enter the next step, if it is due; None where it is not, where there is none left, or where another worker has entered it."""
        handling = self._config.settings.handling
        limit = clock.due - clock.started
        due = clock.due if not done else max(clock.due, done[-1].at + limit)
        if len(done) >= handling.steps or now < due:
            return None
        step = Escalation(alert.id, alert.event, len(done) + 1, alert.level, alert.title, due, now)
        step = self._addressed(step, self._message(alert, step, clock))
        entry = Entry(BOOK, step.id, now, DUE, msgspec.json.encode(step))
        return (step, structs.replace(entry, version=1)) if self._store.ledger.write([entry])[0] else None

    def _addressed(self, step: Escalation, message: Message) -> Escalation:
        """Return the step with whom it goes to: whose turn it is, else the next on duty who can be told."""
        people = on_duty(self._config.roster, step.at)
        # The first on duty had the alert itself.
        turn = step.step % len(people) if people else 0
        missed: list[str] = []
        for person in (*people[turn:], *people[:turn]):
            why = unheard(person.title, person.board, message, self._config)
            if not why:
                return structs.replace(step, person=person.title, board=person.board, why="；".join(missed))
            missed.append(why)
        if not people:
            return structs.replace(step, why="当时无人值班")
        return structs.replace(step, person=people[turn].title, board=people[turn].board, why="；".join(missed))

    def _message(self, alert: Alert, step: Escalation, clock: Clock) -> Message:
        return escalation_message(alert, step.step, waited=step.at - clock.started, at=step.at, config=self._config)

    def _tell(self, alert: Alert, step: tuple[Escalation, Entry], clock: Clock) -> Escalation:
        one, entry = step
        message = self._message(alert, one, clock)
        # Asked again, for who takes up a step half done may have other boards.
        why = unheard(one.person, one.board, message, self._config) if one.person else one.why
        if why:
            one = structs.replace(one, why=one.why or why)
            log.warning("nobody is told that alert %s was not answered: %s", alert.id, one.why)
        else:
            self._outbox.put(message, [self._config.boards[one.board]], one.at)
        self._store.ledger.write([structs.replace(entry, state=NOBODY if why else TOLD, body=msgspec.json.encode(one))])
        return one

    def _hand_over(self, now: datetime) -> None:
        cursor = ""
        while True:
            page = self._store.events(EventFilter(status="acknowledged"), limit=_PAGE, cursor=cursor)
            for event in page.items:
                hand_over(self._outbox, event, self._config, now)
            if not (cursor := page.next):
                return


def hand_over(outbox: Outbox, event: Event, config: Config, now: datetime) -> None:
    """Enter for their boards what departments were lately given, or had returned; done again, it changes nothing."""
    for told in assignment_messages(event, config, now - _MISSED):
        outbox.put(told.message, told.boards, told.message.at)


def steps_of(store: Store, alerts: Iterable[str], most: int = 9) -> dict[str, list[tuple[Escalation, Entry]]]:
    """Return the steps that were taken for each alert, in order, with their entries."""
    ids = [f"{alert}/{step}" for alert in alerts for step in range(1, most + 1)]
    found: dict[str, list[tuple[Escalation, Entry]]] = {}
    for entry in sorted(store.ledger.read(BOOK, ids).values(), key=lambda entry: entry.id):
        step = msgspec.json.decode(entry.body, type=Escalation)
        found.setdefault(step.alert, []).append((step, entry))
    return found
