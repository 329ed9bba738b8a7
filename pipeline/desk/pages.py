"""The pages that people read and triage by; every one works without a script."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter, FastAPI, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import Conflict, QueryError
from pipeline.desk.answers import answer, is_known, tagged, unless_known
from pipeline.desk.asked import position, reason, sought
from pipeline.desk.board import Row, board, clocked, standing
from pipeline.desk.casework import casework, change, spans
from pipeline.desk.dossier import dossier
from pipeline.desk.here import COOKIE, Here, did, own, signed, visit
from pipeline.desk.intake import intake, watches
from pipeline.desk.joining import told, twinned
from pipeline.desk.render import Renderer
from pipeline.desk.rights import needs
from pipeline.desk.triage import LONGEST_NAME, clash, named, wished
from pipeline.desk.wanted import wanted
from pipeline.faces import ZONE
from pipeline.mute import WAKES
from pipeline.outbox import Outbox
from pipeline.regroup import current
from pipeline.routes import routes
from pipeline.rulebook import failing
from pipeline.store import EventFilter
from pipeline.store.query import parsed

PAGE = 50
YEAR = timedelta(days=365)


def pages(here: Here, renderer: Renderer, app: FastAPI) -> APIRouter:
    """Return the routes of all pages, and /healthz."""
    router = APIRouter(include_in_schema=False)
    _feed(router, here, renderer)
    _event(router, here, renderer)
    _triage(router, here, renderer)
    _search(router, here, renderer)
    _health(router, here, renderer)
    _plain(router, renderer, app)
    return router


def _feed(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.get("/")
    def feed(request: Request, cursor: str = "") -> Response:
        """The alert board; with a cursor, an older part of it that stands still."""
        filters = wanted(request.query_params, here.config, here.now())
        page = board(here.store, filters.which, limit=PAGE, cursor=cursor)
        following = f"/?{urlencode({**filters.written, 'cursor': page.next})}" if page.next else ""
        rows = clocked(here.store, standing(page.items), here.config.settings.handling.clocks, here.now())
        return renderer.page(request, "feed.html", rows=rows, filters=filters, cursor=cursor, following=following, back=_here(request))

    @router.get("/rows.json")
    def rows(request: Request) -> Response:
        """What the script of the feed asks for every two seconds: each row with what tells whether it changed."""
        filters = wanted(request.query_params, here.config, here.now())
        back = f"/?{filters.query}" if filters.query else "/"
        shown = standing(board(here.store, filters.which, limit=PAGE).items)
        found = clocked(here.store, shown, here.config.settings.handling.clocks, now := here.now())
        tag = tagged(" ".join(f"{row.alert.id}:{stamp(row, now)}" for row in found).encode())
        # Most of the time nothing has changed: then no row is drawn.
        drawn = [] if is_known(request, tag) else found
        faces = [{"id": row.alert.id, "stamp": stamp(row, now), "html": renderer.part(request, "row.html", row=row, back=back)} for row in drawn]
        return unless_known(request, msgspec.json.encode({"rows": faces}), tag=tag)


def stamp(row: Row, now: datetime) -> str:
    """Return what changes when a row of the board must be drawn anew."""
    if row.event is None:
        return "gone"
    clock = f"{row.clock.state(now)}-{row.clock.mute}" if row.clock else ""
    return f"{row.event.case.version}-{row.event.posts}-{row.event.stage}-{clock}"


def _event(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.get("/events/{event}")
    def event_(request: Request, event: str, start: int = 0) -> Response:
        """Everything about one event; `start` is the first of its posts to show."""
        found = current(here.store, event)
        if found and found.id != event:
            return RedirectResponse(f"/events/{found.id}", 303)
        if found is None:
            return renderer.page(request, "fault.html", status=404, why="没有这个事件；它可能已并入别的事件，或已清理。")
        shown = dossier(here, found, start=max(start, 0))
        levels = sorted(here.config.settings.alert.levels.items())
        work = casework(here, found, shown.alerts, shown.route)
        values: dict[str, Any] = {"shown": shown, "event": found, "work": work, "levels": levels, "rules": here.config.rules, "back": _here(request)}
        values |= {"spans": spans(here.config), "wakes": WAKES, "joined": told(here.store, event), "twins": twinned(here.store, found)}
        return renderer.page(request, "event.html", **values)


def _triage(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.post("/events/{event}/triage")
    @needs("triage")
    def triage(
        request: Request,
        event: str,
        *,
        version: Annotated[int, Form(ge=0)],
        action: Annotated[str, Form()],
        note: Annotated[str, Form()] = "",
        level: Annotated[str, Form(pattern="^[1-4]?$")] = "",
        departments: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI makes a new one for each request
        department: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "/",
    ) -> Response:
        """Change the case and go back; a stale change gets a page with both sides, on which nothing that was written is lost."""
        was = here.store.event(event)
        if was is None:
            return renderer.page(request, "fault.html", status=404, why="没有这个事件；它可能已并入别的事件，或已清理。")
        given = named(here.config, routes(here.store, [was], here.config)[event], was, departments) if action == "assign" else []
        wish = wished(action, by=signed(request), note=note, level=int(level) if level else None, departments=given, department=department)
        try:
            change(here, request, event, wish, version=version)
        except (KeyError, Conflict) as conflict:
            found = clash(here.store, event, conflict, seen=version, action=action, note=note) if isinstance(conflict, Conflict) else None
            if found is None:
                return renderer.page(request, "fault.html", status=404, why="这个事件刚被清理。您写的是：" + note)
            return renderer.page(request, "conflict.html", status=409, clash=found, wish=wish, back=own(back))
        did(request, "triage", f"event {event}", action)
        return RedirectResponse(own(back), 303)

    @router.post("/me")
    @needs("read")
    def me(name: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/") -> Response:
        """Keep the reader's name in the browser: what the handling log is signed with while there are no users."""
        response = RedirectResponse(own(back), 303)
        response.set_cookie(COOKIE, quote(name.strip()[:LONGEST_NAME]), max_age=int(YEAR.total_seconds()), samesite="strict", httponly=True)
        return response


def _search(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.get("/search")
    def search(request: Request, q: str = "", cursor: str = "") -> Response:
        """Hits with their words marked; a wrong query with the place where it is wrong; without one, how to write one."""
        values: dict[str, Any] = {"q": q, "page": None, "count": 0, "words": [], "wrong": "", "at": None, "following": "", "cursor": cursor}
        if "q" not in request.query_params:
            return renderer.page(request, "search.html", **values)
        try:
            query = parsed(q)
        except QueryError as error:
            values.update(wrong=reason(error), at=position(error))
            return renderer.page(request, "search.html", status=400, **values)
        page = here.store.search(query, limit=PAGE, cursor=cursor)
        following = f"/search?{urlencode({'q': q, 'cursor': page.next})}" if page.next else ""
        values.update(page=page, count=here.store.count(query), words=sought(query), following=following)
        return renderer.page(request, "search.html", **values)


def _health(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.get("/health")
    def health(request: Request) -> Response:
        """What is broken, what is silent, what came in."""
        today = here.now().astimezone(ZONE).date()
        counts = here.store.fates((today - timedelta(days=6)).isoformat())
        crawled = [source for source in here.config.sources.values() if source.enabled and source.kind != "import"]
        return renderer.page(
            request,
            "health.html",
            sizes=here.store.sizes(),
            table=intake(counts, today, sources=[source.name for source in crawled]),
            watches=watches(crawled, here.crawls, here.now()),
            model=here.analyst.version if here.analyst else "",
            failing=failing(here.store.events(EventFilter(), limit=200).items),
            sent=Outbox(here.store.ledger, here.config).tally(),
        )

    @router.get("/healthz")
    def healthz(request: Request) -> Response:
        """For Docker: 200 while the store answers, else the 503 of any StoreError. How much is kept is not for strangers."""
        sizes = dict(here.store.sizes())
        return answer({"status": "ok", "store": sizes} if visit(request).may("read") else {"status": "ok"})


def _plain(router: APIRouter, renderer: Renderer, app: FastAPI) -> None:
    @router.get("/api")
    def reference(request: Request) -> Response:
        """What /openapi.json says, as a page that needs nothing from elsewhere."""
        return renderer.page(request, "api.html", schema=app.openapi())


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
