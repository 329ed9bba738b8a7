"""Puts alerts into the outbox: right after the tracker's commit, and again in a scan of the last hours, for whoever was killed in between.

Both may happen any number of times, in any number of processes: the outbox enters a message once for each board.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from config.board import Board
from config.errors import ConfigError, Fault, QueryError, StoreError
from config.load import Config
from pipeline.model import Alert, Event
from pipeline.muting import suppressed
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.regroup import current
from pipeline.route import Route
from pipeline.routes import routes
from pipeline.store import EventFilter, Store
from pipeline.store.query import Query, matches, parsed
from pipeline.wording import alert_message, renewed

log = logging.getLogger(__name__)

_PAGE = 200
_POSTS = 100
"""Posts of an event, the newest, of which one must answer a board's query."""


def checked(boards: Mapping[str, Board], folder: str) -> dict[str, Query]:
    """Return what each board with a query asks for; raise ConfigError for every query that is not understood."""
    faults, queries = [], {}
    for board in boards.values():
        try:
            if board.query:
                queries[board.name] = parsed(board.query)
        except QueryError as error:
            faults.append(Fault(f"{folder}/{board.name}.yaml", "query", str(error)))
    if faults:
        raise ConfigError(faults)
    return queries


class Announcer:
    """Decides which boards are told of an alert, and enters it for them."""

    def __init__(self, store: Store, outbox: Outbox, config: Config) -> None:
        self._store = store
        self._outbox = outbox
        self._config = config
        self._boards = [board for board in config.boards.values() if board.enabled]
        self._queries = checked(config.boards, str(config.folder / "boards"))
        self._max_age = config.settings.deliver.max_age
        self._entered: dict[str, datetime] = {}

    def fresh(self, alerts: Sequence[Alert], now: datetime) -> int:
        """Enter what just rose; return how many were too old to be worth it, as those of imported history.

        A store that is away is logged, for the scan makes up for it.
        """
        timely = [alert for alert in alerts if now - alert.raised_at <= self._max_age] if self._boards else []
        try:
            self._enter(timely, now)
        except StoreError as error:
            log.warning("alerts wait for the next scan: %s", error)
        return len(alerts) - len(timely) if self._boards else 0

    def stale(self, count: int, now: datetime) -> None:
        """Count what was too old, in one entry a day."""
        try:
            if count:
                self._outbox.add_stale(count, now)
        except StoreError as error:
            log.warning("%d stale alerts are not counted: %s", count, error)

    def caught_up(self, now: datetime) -> int:
        """Enter every alert of the last deliver.max_age that was not; return how many this process had not seen yet."""
        if not self._boards:
            return 0
        since = now - self._max_age
        self._entered = {one: at for one, at in self._entered.items() if at >= since}
        unseen = 0
        cursor = ""
        while True:
            page = self._store.alerts(EventFilter(since=since), limit=_PAGE, cursor=cursor)
            new = [alert for alert in page.items if alert.id not in self._entered]
            self._enter(new, now)
            unseen += len(new)
            if not (cursor := page.next):
                return unseen

    def wants(self, board: Board, alert: Alert) -> bool:
        """Return whether a board, on or off, is told of an alert: by its own filters, those of its channels left aside."""
        if not _meant(board, alert):
            return False
        event = current(self._store, alert.event)
        route = self._route(event) if board.departments else None
        return _answering(board, route) and self._asked_for(board, event.id if event else alert.event)

    def as_it_stands(self, message: Message) -> Message:
        """Return the message of an alert as its event stands now; any other as it is."""
        if message.of != "alert" or not message.about:
            return message
        event = current(self._store, message.about)
        return renewed(message, event, self._route(event), self._config) if event else message

    def _enter(self, alerts: Sequence[Alert], now: datetime) -> None:
        # What is muted is asked again at each scan, so that it is told when its mute ends.
        heard = [alert for alert in alerts if not suppressed(self._store, alert, current(self._store, alert.event), now)]
        self._outbox.put_all(self._messages(heard), now)
        self._entered.update((alert.id, alert.raised_at) for alert in heard)

    def _messages(self, alerts: Sequence[Alert]) -> Iterator[tuple[Message, list[Board]]]:
        for alert in alerts:
            boards = [board for board in self._boards if _meant(board, alert)]
            if not boards:
                continue
            event = current(self._store, alert.event)
            route = self._route(event)
            boards = [board for board in boards if _answering(board, route) and self._asked_for(board, event.id if event else alert.event)]
            if boards:
                yield alert_message(alert, event, route, self._config), boards

    def _route(self, event: Event | None) -> Route | None:
        return routes(self._store, [event], self._config)[event.id] if event else None

    def _asked_for(self, board: Board, event: str) -> bool:
        query = self._queries.get(board.name)
        if not query:
            return True
        names = [event, *(member.post for member in self._store.members(event)[:_POSTS])]
        return any(matches(query, judged) for judged in self._store.posts(names).values())


def _meant(board: Board, alert: Alert) -> bool:
    """Whether an alert passes the filters that need nothing but itself."""
    if alert.level > board.floor or (board.topics and not set(board.topics) & set(alert.topics)):
        return False
    paths = ["/".join(place.path) for place in alert.places or ()]
    return not board.places or any(f"{path}/".startswith(f"{place}/") for path in paths for place in board.places)


def _answering(board: Board, route: Route | None) -> bool:
    if not board.departments or route is None:
        return not board.departments
    return bool({party.name for party in (route.lead, *route.cooperating, route.office)} & set(board.departments))
