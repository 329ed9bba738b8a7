"""The pages of the response: mutes with who, why and until when, and the sheet that one shift hands to the next; the same as JSON."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline.clocks import counted
from pipeline.desk import response_shapes as shapes
from pipeline.desk.answers import answer, refusal
from pipeline.desk.casework import spans
from pipeline.desk.here import Here, did, own, signed, signed_as
from pipeline.desk.intake import watches
from pipeline.desk.render import Renderer
from pipeline.desk.rights import needs, readable
from pipeline.desk.shapes import ErrorShape
from pipeline.desk.wanted import moment
from pipeline.handling_faces import mute_face, sheet_face, whole_clock_face
from pipeline.handover import Sheet, begun, sheet
from pipeline.mute import WAKES, Mute
from pipeline.muting import ended, laid, mutes
from pipeline.timed import raised, timed

_WEEK = timedelta(days=7)
Since = Annotated[str, Query(description="24h, 7d, a date, or ISO 8601; Asia/Shanghai without an offset")]


def response_pages(here: Here, renderer: Renderer) -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/mutes")
    def listed(request: Request, query: str = "") -> Response:
        """Every mute that holds, those that ended lately, and the form of a new one, with a query if one is to be muted."""
        now = here.now()
        known = mutes(here.store, now)
        over = sorted((mute for mute in known if not mute.is_on(now)), key=lambda mute: mute.end, reverse=True)
        return renderer.page(
            request, "mutes.html", holding=[mute for mute in known if mute.is_on(now)], over=over, spans=spans(here.config), wakes=WAKES, sought=query
        )

    @router.post("/mutes")
    @needs("mute")
    def add(
        request: Request,
        *,
        hours: Annotated[int, Form(ge=1, le=744)],
        why: Annotated[str, Form(max_length=200)] = "",
        event: Annotated[str, Form()] = "",
        topic: Annotated[str, Form()] = "",
        place: Annotated[str, Form(pattern=r"^(\d\d){0,3}$")] = "",
        word: Annotated[str, Form(max_length=40)] = "",
        source: Annotated[str, Form()] = "",
        query: Annotated[str, Form(max_length=2000)] = "",
        wakes: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI makes a new one for each request
        back: Annotated[str, Form()] = "/mutes",
    ) -> Response:
        """Keep a new mute, and go back."""
        now = here.now()
        until = now + timedelta(hours=hours)
        mute = Mute("", signed(request), why, now, until, event, topic, place, word, source, wakes=tuple(wakes), query=query)
        kept = laid(here.store, mute, longest=here.config.settings.handling.mute)
        did(request, "mute", f"mute {kept.id}", kept.why)
        return RedirectResponse(own(back), 303)

    @router.post("/mutes/{mute}/end")
    @needs("mute")
    def end(request: Request, mute: str, *, why: Annotated[str, Form(max_length=200)] = "", back: Annotated[str, Form()] = "/mutes") -> Response:
        """End a mute now, and go back; one that has ended stays as it is."""
        ended(here.store, mute, by=signed(request), why=why, now=here.now())
        did(request, "mute end", f"mute {mute}", why)
        return RedirectResponse(own(back), 303)

    @router.get("/handover")
    def hand_over(request: Request, since: str = "") -> Response:
        """The sheet of the shift."""
        return renderer.page(request, "handover.html", sheet=_sheet(here, since), asked=since)

    return router


def response_api(here: Here) -> APIRouter:
    """Return the routes under /api."""
    router = APIRouter(prefix="/api", responses={code: {"model": ErrorShape} for code in (400, 404, 503)}, tags=["response"])

    @router.get("/mutes", response_model=shapes.MutesShape, summary="静默 that hold, the one that ends first at the top")
    def listed(
        request: Request, *, whole: Annotated[bool, Query(alias="all", description="also those that ended in the last two months")] = False
    ) -> Response:
        """Mutes with author, reason, end, and what wakes them."""
        now = here.now()
        return answer(readable(request, {"mutes": [mute_face(mute, now) for mute in mutes(here.store, now, ended=whole)]}))

    @router.post("/mutes", response_model=shapes.MuteShape, summary="Mute an event, or a topic at a place, a word, a source, a query")
    @needs("mute")
    def add(request: Request, body: shapes.NewMuteShape) -> Response:
        """Keep a new mute; refused without author, reason and an end that the settings allow."""
        now = here.now()
        fields = body.model_dump(exclude={"by", "hours"})
        mute = Mute("", signed_as(request, body.by), at=now, until=now + timedelta(hours=body.hours), **{**fields, "wakes": tuple(body.wakes)})
        kept = laid(here.store, mute, longest=here.config.settings.handling.mute)
        did(request, "mute", f"mute {kept.id}", kept.why)
        return answer(readable(request, mute_face(kept, now)))

    @router.post("/mutes/{mute}/end", response_model=shapes.MuteShape, summary="End a mute now")
    @needs("mute")
    def end(request: Request, mute: str, body: shapes.EndShape) -> Response:
        """End it before its time; 404 where none that holds is called so."""
        now = here.now()
        over = ended(here.store, mute, by=signed_as(request, body.by), why=body.why, now=now)
        did(request, "mute end", f"mute {mute}", body.why)
        return answer(readable(request, mute_face(over, now))) if over else refusal(404, "missing", f"no mute that holds is called {mute}")

    @router.get("/clocks", response_model=shapes.ClocksShape, summary="时限: alerts answered in time, and not")
    def clocks(request: Request, since: Since = "") -> Response:
        """The clocks of all alerts raised since (7 days, if it is left out), newest first, and how many of each level are in each state."""
        now = here.now()
        found = timed(here.store, raised(here.store, _since(here, since) or now - _WEEK), here.config.settings.handling.clocks, now).values()
        levels = {str(level): states for level, states in counted(found, now).items()}
        return answer(readable(request, {"clocks": [whole_clock_face(clock, now) for clock in found], "levels": levels}))

    @router.get("/handover", response_model=shapes.SheetShape, summary="交接班单")
    def hand_over(request: Request, since: Since = "") -> Response:
        """What one shift hands to the next; since the shift began, if it is left out."""
        return answer(readable(request, sheet_face(_sheet(here, since))))

    return router


def _sheet(here: Here, since: str) -> Sheet:
    now = here.now()
    crawled = [source for source in here.config.sources.values() if source.enabled and source.kind != "import"]
    sick = [(watch.source.title, watch.health) for watch in watches(crawled, here.crawls) if watch.is_sick]
    return sheet(here.store, here.config, since=_since(here, since) or begun(here.config.roster, now), now=now, sick=sick)


def _since(here: Here, since: str) -> datetime | None:
    return moment(since, here.now())
