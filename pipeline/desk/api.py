"""The JSON API: what programs, and the desk's own script, read and change."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from config.errors import Conflict
from pipeline.desk import shapes
from pipeline.desk.answers import answer, refusal, unless_known
from pipeline.desk.board import board, clocked
from pipeline.desk.casework import change
from pipeline.desk.here import Here, did, signed_as
from pipeline.desk.rights import needs, readable
from pipeline.desk.triage import clash, named, proposed, wished
from pipeline.desk.wanted import wanted
from pipeline.faces import ZONE, Face, alert_face, event_face, harm_face, note_face, post_face
from pipeline.handling import Assignee, Wish
from pipeline.handling_faces import clock_face
from pipeline.harms import harm_series
from pipeline.masks import hidden
from pipeline.model import Event, JudgedPost
from pipeline.regroup import current
from pipeline.routes import routes
from pipeline.store.query import parsed
from pipeline.timed import clocks_of

PAGE, MOST = 50, 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="how many, 1 to 500")]
Level = Annotated[str, Query(description="the mildest level wanted: 1 (red) to 4 (blue)")]
Topic = Annotated[str, Query(description="name of a topic")]
Status = Annotated[str, Query(description="new, acknowledged, dismissed or closed")]
Since = Annotated[str, Query(description="24h, 7d, a date, or ISO 8601; Asia/Shanghai without an offset")]
Cursor = Annotated[str, Query(description="`next` of the page before")]
Asked = Annotated[str, Query(description="the query language of the search page; empty = everything")]
COLUMNS = ("id", "collected_at", "published_at", "platform", "source", "author", "title", "text", "url", "relevant", "topics")
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": shapes.ErrorShape} for code in (400, 401, 403, 404, 503)}


def api(here: Here) -> APIRouter:
    """Return the routes under /api, for the store and configuration of `here`."""
    router = APIRouter(prefix="/api", responses=_ERRORS)
    _alerts(router, here)
    _events(router, here)
    _posts(router, here)
    _health(router, here)
    return router


def _alerts(router: APIRouter, here: Here) -> None:
    @router.get("/alerts", response_model=shapes.AlertsShape, summary="预警: newest first", tags=["alerts"])
    def alerts(
        request: Request,
        *,
        level: Level = "",
        topic: Topic = "",
        status: Status = "",
        since: Since = "",
        until: Since = "",
        cursor: Cursor = "",
        limit: Limit = PAGE,
    ) -> Response:
        """Every alert, also those that a later one of the same event has overtaken. Answers 304 to a known ETag."""
        page = board(here.store, wanted(request.query_params, here.config, here.now()).which, limit=limit, cursor=cursor)
        events = {row.event.id: row.event for row in page.items if row.event}
        routed = routes(here.store, list(events.values()), here.config)
        rows = clocked(here.store, page.items, here.config.settings.handling.clocks, now := here.now())
        faces = [alert_face(row.alert, row.event, routed.get(row.alert.event), clock=clock_face(row.clock, now)) for row in rows]
        return unless_known(request, msgspec.json.encode(readable(request, {"alerts": faces, "next": page.next})))


def _events(router: APIRouter, here: Here) -> None:
    @router.get("/events", response_model=shapes.EventsShape, summary="事件: newest first", tags=["events"])
    def events(
        request: Request,
        *,
        level: Level = "",
        topic: Topic = "",
        status: Status = "",
        since: Since = "",
        until: Since = "",
        cursor: Cursor = "",
        limit: Limit = PAGE,
    ) -> Response:
        """Every event, by when its last post was seen. Answers 304 to a known ETag."""
        page = here.store.events(wanted(request.query_params, here.config, here.now()).which, limit=limit, cursor=cursor)
        routed = routes(here.store, page.items, here.config)
        clocks = clocks_of(here.store, page.items, here.config.settings.handling.clocks, now := here.now())
        faces = [event_face(event, routed[event.id], clock=clock_face(clocks.get(event.id), now)) for event in page.items]
        return unless_known(request, msgspec.json.encode(readable(request, {"events": faces, "next": page.next})))

    @router.get("/events/{event}", response_model=shapes.WholeEventShape, summary="One 事件 with its handling log", tags=["events"])
    def event_(request: Request, event: str) -> Response:
        """The event as it is now."""
        found = current(here.store, event)
        if found and found.id != event:
            return RedirectResponse(f"/api/events/{found.id}", 307)
        if found is None:
            return refusal(404, "missing", f"no event is called {event}")
        return unless_known(request, msgspec.json.encode(readable(request, _whole(here, found))))

    @router.post(
        "/events/{event}/triage",
        response_model=shapes.WholeEventShape,
        responses={409: {"model": shapes.ErrorShape, "description": "changed by somebody else meanwhile"}},
        summary="Take one step of its handling: acknowledge, dismiss, rate, assign, …, or write a note",
        tags=["events"],
    )
    @needs("triage")
    def triage(request: Request, event: str, body: shapes.TriageShape) -> Response:
        """Change the case if `version` is still current; else 409 with the case as it is now, and nothing is changed.

        A step that is not allowed in this phase gets 409 of kind `forbidden` with the actions that are; one that lacks something 400.
        """
        try:
            changed = change(here, request, event, _wish(request, event, body), version=body.version)
            did(request, "triage", f"event {event}", body.action)
            return answer(readable(request, _whole(here, changed)))
        except KeyError:
            return refusal(404, "missing", f"no event is called {event}")
        except Conflict as conflict:
            found = clash(here.store, event, conflict, seen=body.version, action=body.action, note=body.note)
            more = {"event": _whole(here, found.event), "meanwhile": [note_face(note) for note in found.meanwhile]} if found else {}
            return refusal(409, "conflict", str(conflict), **readable(request, more))

    def _wish(request: Request, event: str, body: shapes.TriageShape) -> Wish:
        found = here.store.event(event) if body.action == "assign" else None
        given: list[Assignee] = []
        if found:
            route = routes(here.store, [found], here.config)[event]
            given = proposed(route, found) if body.departments is None else named(here.config, route, found, body.departments)
        return wished(body.action, by=signed_as(request, body.by), note=body.note, level=body.level, departments=given, department=body.department)


def _whole(here: Here, event: Event) -> Face:
    now = here.now()
    clock = clocks_of(here.store, [event], here.config.settings.handling.clocks, now).get(event.id)
    harm = harm_series(here.store.members(event.id), here.config.sources)
    face = event_face(event, routes(here.store, [event], here.config)[event.id], clock=clock_face(clock, now))
    return {**face, "harm_series": harm_face(harm)}


def _posts(router: APIRouter, here: Here) -> None:
    @router.get("/search", response_model=shapes.PostsShape, summary="Search 帖文: newest first", tags=["posts"])
    def search(
        request: Request,
        *,
        q: Asked = "",
        cursor: Cursor = "",
        limit: Limit = PAGE,
        count: Annotated[bool, Query(description="also say how many there are in all")] = False,
    ) -> Response:
        """Posts whose text answers the query; the count of all of them on request, as it costs another look.

        Who may not read them exactly (`exact`) gets them without numbers of persons.
        """
        query = parsed(q)
        page = here.store.search(query, limit=limit, cursor=cursor)
        total = here.store.count(query) if count else None
        return answer(readable(request, {"posts": [post_face(post) for post in page.items], "next": page.next, "count": total}))

    @router.get("/search.jsonl", summary="All hits as JSON lines", tags=["posts"], response_class=StreamingResponse)
    def search_jsonl(q: Asked = "") -> Response:
        """Every hit, one post a line."""
        lines = (msgspec.json.encode(face) + b"\n" for face in _hits(here, q))
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=_saved("posts.jsonl"))

    @router.get("/search.csv", summary="All hits as CSV", tags=["posts"], response_class=StreamingResponse)
    def search_csv(q: Asked = "") -> Response:
        """Every hit, one post a row, in UTF-8 with a mark for spreadsheets; cells that a spreadsheet would run are quoted with '."""
        return StreamingResponse(_rows(_hits(here, q)), media_type="text/csv; charset=utf-8", headers=_saved("posts.csv"))

    @router.get("/posts/{post}", response_model=shapes.PostShape, summary="One 帖文 by its key", tags=["posts"])
    def post_(request: Request, post: str) -> Response:
        """The post with its judgement."""
        found = here.store.posts([post]).get(post)
        if found is None:
            return refusal(404, "missing", f"no post has the key {post}")
        return unless_known(request, msgspec.json.encode(readable(request, post_face(found))))


def _health(router: APIRouter, here: Here) -> None:
    @router.get("/health", response_model=shapes.HealthShape, summary="Sizes, and fates by day and source", tags=["health"])
    def health(days: Annotated[int, Query(ge=1, le=90, description="of fates, today among them")] = 7) -> Response:
        """How many records there are, and what became of the posts of the last days."""
        since = (here.now().astimezone(ZONE) - timedelta(days=days - 1)).date().isoformat()
        return answer(
            {
                "status": "ok",
                "store": dict(here.store.sizes()),
                "model": here.analyst.version if here.analyst else None,
                "fates": here.store.fates(since),
            }
        )


def _hits(here: Here, asked: str) -> Iterator[Face]:
    """Every hit, as files that go from hand to hand have it: without numbers of persons.

    The first page is read at once, so that a wrong query is refused before anything is sent.
    """
    query = parsed(asked)
    page = here.store.search(query, limit=MOST)

    def _following() -> Iterator[JudgedPost]:
        now = page
        yield from now.items
        while now.next:
            now = here.store.search(query, limit=MOST, cursor=now.next)
            yield from now.items

    return (hidden(post_face(post)) for post in _following())


def _rows(posts: Iterator[Face]) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf"
    for post in posts:
        writer.writerow(_cells(post))
        if out.tell() > 65536:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cells(face: Face) -> list[str]:
    judgement = face["judgement"]
    shown = {**face, "relevant": judgement["relevant"]["is"], "topics": " ".join(topic["name"] for topic in judgement["topics"])}
    cells = ["" if shown[name] is None else str(shown[name]) for name in COLUMNS]
    return [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]


def _saved(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
