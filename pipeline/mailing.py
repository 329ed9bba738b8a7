"""Puts the daily digest together from the parts of one running Shian: what it reads, who gets it, and what is sent."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from config.board import Board
from pipeline import digest as digests
from pipeline.app import App
from pipeline.digest.content import Digest
from pipeline.digest.health import told_sick
from pipeline.digest.late import Told, late
from pipeline.digest.sending import Letter, Parcel, Sender
from pipeline.digest.written import written
from pipeline.faces import shown
from pipeline.model import Event
from pipeline.notify import Message
from pipeline.route import Route
from pipeline.routes import routes

_HELD = timedelta(minutes=2)
"""The lease under which digests are made; it is renewed while one is."""
_LONGEST = timedelta(days=180)
_SPARE = timedelta(days=2)
"""How long before its end posts may be purged of a day that is still looked back at: none."""


def made(app: App, until: datetime, *, since: datetime | None = None, folded: int = 0, history: Sequence[Told] = ()) -> Digest:
    """Return the digest of a period with all that it tells: events, who answers, sick sources, and what is late after `history`."""
    store, config = app.store, app.config
    tardy = late(store, history, config=config)
    whole = digests.digest(store, until, since=since, config=config)
    sick, sources = told_sick(store, config.sources, whole.until, here=app.crawled(), folder=app.home.reports if app.home else None)
    return structs.replace(whole, sick=sick, sources=sources, late=tardy, folded=folded)


def readers(app: App) -> list[Board]:
    """Return the boards that get digests."""
    return [board for board in app.config.boards.values() if board.enabled and board.digest]


def sender(app: App) -> Sender[Board]:
    """Return what tells each period once."""
    keep = app.config.settings.store
    return Sender(
        app.store,
        readers(app),
        app.outbox.put,
        make=lambda period, history: made(app, period.until, since=period.since, folded=period.folded, history=history),
        write=lambda digest, name, boards, *, asked=False: parcels(app, digest, name, boards, asked=asked),
        settings=app.config.settings.digest,
        max_age=app.config.settings.deliver.max_age,
        back=max(timedelta(0), min(_LONGEST, keep.keep, keep.keep_irrelevant) - _SPARE),
    )


def send_due(app: App, now: Callable[[], datetime]) -> list[Letter]:
    """Send what is due, unless another worker does; return what was told by this call."""
    turn = app.hold("digest", _HELD)
    if not turn.taken():
        return []
    try:
        with turn.renewed():
            return sender(app).run(now())
    finally:
        turn.given_back()


def parcels(app: App, digest: Digest, name: str, boards: Sequence[Board], *, asked: bool = False) -> list[Parcel]:
    """Return the messages of a digest: one for all who read the whole, one for each other choice of topics, places and departments."""
    chosen: dict[tuple[tuple[str, ...], ...], list[Board]] = {}
    for board in boards:
        chosen.setdefault((board.topics, board.places, board.departments), []).append(board)
    ways = routes(app.store, digest.open, app.config) if any(board.departments for board in boards) else {}
    found = []
    for choice, some in chosen.items():
        own = digest.narrowed(wanted(some[0]), ways) if any(choice) else digest
        to = tuple(board.name for board in some if asked or board.empty or not own.is_empty)
        mail = written(own, office=app.config.settings.office, topics=app.config.topics, times=shown, desk=app.config.settings.desk.url)
        suffix = f"-{hashlib.blake2b(repr(choice).encode(), digest_size=4).hexdigest()}" if any(choice) else ""
        if to:
            found.append(
                Parcel(
                    Message(
                        id=name + suffix,
                        of="digest",
                        title=mail.subject,
                        text=mail.text,
                        html=mail.html,
                        at=digest.until,
                        link=app.config.settings.desk.url,
                    ),
                    to,
                )
            )
    return found


def wanted(board: Board) -> Callable[[Event, Route | None], bool]:
    """Return whether an event is for a board by its topics, places and departments."""

    def chooses(event: Event, route: Route | None) -> bool:
        """Whether it is."""
        if board.topics and not set(board.topics) & set(event.topics):
            return False
        if board.places and not any(_within(place.path, board.places) for place in event.places or ()):
            return False
        if not board.departments:
            return True
        parties = (route.lead, *route.cooperating, route.office) if route else ()
        return any(party.name in board.departments for party in parties)

    return chooses


def _within(path: Sequence[str], places: Sequence[str]) -> bool:
    return any("/".join(path[: place.count("/") + 1]) == place for place in places)
