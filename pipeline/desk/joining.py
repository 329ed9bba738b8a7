"""Merging, splitting and undoing on the desk: as forms of the event's page, and in the JSON API. The tracker makes what is asked for here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import regroup, twinning
from pipeline.desk import joining_shapes as shapes
from pipeline.desk.answers import answer
from pipeline.desk.here import Here, did, signed, signed_as
from pipeline.desk.rights import needs
from pipeline.desk.shapes import ErrorShape
from pipeline.faces import Face, times
from pipeline.model import Event
from pipeline.regroup import Regrouping
from pipeline.store import Store

STATE_WORDS = {"wanted": "等待", "made": "已做", "unwanted": "正在撤销", "undone": "已撤销", "refused": "未做"}


class Told(Struct, frozen=True):
    """A regrouping as the page of one of its events shows it."""

    state: str
    made: Regrouping
    here: str

    @property
    def line(self) -> str:
        """In one line, what was done to the event whose page this is."""
        one = self.made
        if one.kind == "merge":
            return f"并入本事件 {len(one.posts)} 帖" if one.into == self.here else "并入另一事件"
        return f"拆出 {len(one.posts)} 帖" if one.event == self.here else f"拆自另一事件 {len(one.posts)} 帖"

    @property
    def other(self) -> str:
        """The other event."""
        return self.made.event if self.made.into == self.here else self.made.into


def told(store: Store, event: str) -> Sequence[Told]:
    """Return the regroupings of an event, newest first."""
    return [Told(state, one, event) for state, one in regroup.regroupings(store, event)]


class Twinned(Struct, frozen=True):
    """Another event that may be one matter, as the page of an event shows it; the smaller one would go to the greater."""

    event: Event
    why: str
    at: datetime
    smaller: str
    greater: str


def twinned(store: Store, event: Event) -> Sequence[Twinned]:
    """Return what may be one matter with an event, the latest first."""
    found = []
    for one in twinning.noted(store, event.id):
        if other := store.event(one.other):
            greater, smaller = sorted((event, other), key=lambda one: (-one.posts, one.first_seen, one.id))
            found.append(Twinned(other, one.why, one.at, smaller.id, greater.id))
    return found


def face(state: str, one: Regrouping) -> Face:
    """Return a regrouping for programs."""
    return {
        "id": one.id,
        "kind": one.kind,
        "event": one.event,
        "into": one.into,
        "posts": list(one.posts),
        "by": one.by,
        "reason": one.reason,
        "at": times(one.at),
        "state": state,
        "undone_by": one.undone_by,
        "why_not": one.why_not,
    }


def joining_pages(here: Here) -> APIRouter:
    """Return the routes of the forms."""
    router = APIRouter(include_in_schema=False)

    @router.post("/events/{event}/merge")
    @needs("merge")
    def merge(request: Request, event: str, *, into: Annotated[str, Form()], reason: Annotated[str, Form()] = "") -> Response:
        """Ask that the event be merged into another, named by its id or its address."""
        name = into.strip().rstrip("/").rpartition("/")[2].partition("?")[0]
        one = regroup.merge(here.store, event, name, by=signed(request), reason=reason, now=here.now())
        did(request, "merge", f"event {event}", f"merge {one.into}")
        return RedirectResponse(f"/events/{one.event}#joined", 303)

    @router.post("/events/{event}/split")
    @needs("merge")
    def split(request: Request, event: str, *, post: Annotated[list[str] | None, Form()] = None, reason: Annotated[str, Form()] = "") -> Response:
        """Ask that the ticked posts leave the event."""
        regroup.split(here.store, event, post or (), by=signed(request), reason=reason, now=here.now())
        did(request, "merge", f"event {event}", "split")
        return RedirectResponse(f"/events/{event}#joined", 303)

    @router.post("/events/{event}/undo")
    @needs("merge")
    def undo(request: Request, event: str, *, which: Annotated[str, Form()]) -> Response:
        """Ask that a regrouping be undone."""
        regroup.undo(here.store, which, by=signed(request))
        did(request, "merge", f"event {event}", f"undo {which}")
        return RedirectResponse(f"/events/{event}#joined", 303)

    @router.post("/events/{event}/apart")
    @needs("merge")
    def apart(request: Request, event: str, *, other: Annotated[str, Form()]) -> Response:
        """Say that two events which may be one matter are two."""
        if twinning.apart(here.store, event, other, by=signed(request)):
            did(request, "merge", f"event {event}", f"apart {other}")
        return RedirectResponse(f"/events/{event}#joined", 303)

    return router


def joining_api(here: Here) -> APIRouter:
    """Return the routes for programs."""
    router = APIRouter(prefix="/api", tags=["events"], responses={400: {"model": ErrorShape}})

    @router.get("/events/{event}/regroupings", response_model=shapes.RegroupingsShape, summary="Merges and splits of one 事件: newest first")
    def listed(event: str) -> Response:
        """What was asked for, and whether it is made."""
        return answer({"regroupings": [face(state, one) for state, one in regroup.regroupings(here.store, event)]})

    @router.get("/events/{event}/twins", response_model=shapes.TwinsShape, summary="What may be one matter with an 事件: latest first")
    def twins(event: str) -> Response:
        """Nothing is merged by itself: merge it, or leave it."""
        found = twinning.noted(here.store, event)
        return answer({"twins": [{"event": one.other, "why": one.why, "at": times(one.at)} for one in found]})

    @router.post("/events/{event}/merge", response_model=shapes.RegroupingShape, status_code=202, summary="Merge an 事件 into another")
    @needs("merge")
    def merge(request: Request, event: str, wish: shapes.MergeShape) -> Response:
        """The tracker makes it within seconds; the merged event then leads to the other."""
        by = signed_as(request, wish.by)
        one = regroup.merge(here.store, event, wish.into, by=by, reason=wish.reason, now=here.now())
        did(request, "merge", f"event {event}", f"merge {one.into}")
        return answer(face("wanted", one), status=202)

    @router.post("/events/{event}/split", response_model=shapes.RegroupingShape, status_code=202, summary="Let posts leave an 事件")
    @needs("merge")
    def split(request: Request, event: str, wish: shapes.SplitShape) -> Response:
        """The tracker makes it within seconds; the posts, named by their keys, are then the event `into`."""
        by = signed_as(request, wish.by)
        one = regroup.split(here.store, event, wish.posts, by=by, reason=wish.reason, now=here.now())
        did(request, "merge", f"event {event}", "split")
        return answer(face("wanted", one), status=202)

    @router.post("/regroupings/{which}/undo", response_model=shapes.UndoneShape, status_code=202, summary="Undo a merge or split")
    @needs("merge")
    def undo(request: Request, which: str) -> Response:
        """The tracker puts back what was there; what came since stays."""
        regroup.undo(here.store, which, by=signed(request))
        return answer({"id": which, "state": "unwanted"}, status=202)

    return router
