"""The page of what is sent: how many deliveries are in each state, those that need a person with their reasons, and the button to send again."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import InputError
from pipeline.delivery import HELD, PARKED, STATES, WAITING
from pipeline.desk.here import Here, signed
from pipeline.desk.render import Renderer
from pipeline.desk.rights import needs
from pipeline.desk.triage import TriageError
from pipeline.outbox import Outbox

STATE_WORDS = dict(zip(STATES, ("等时段", "待发", "发送中", "已发", "搁置", "过期", "已汇总", "已被新消息取代"), strict=True))
PAGE = 50


def outbox_pages(here: Here, renderer: Renderer) -> APIRouter:
    """Return the routes of the outbox."""
    router = APIRouter(include_in_schema=False)
    outbox = Outbox(here.store.ledger, here.config)

    @router.get("/outbox")
    def listed(request: Request, state: str = PARKED, cursor: str = "") -> Response:
        """The deliveries of one state, the parked ones if none is asked for."""
        tally = outbox.tally()
        wanted = state if state in STATES else PARKED
        names = [name for name in sorted(outbox.states()) if name.partition("/")[0] == wanted]
        shown = [(name, outbox.listed(name, limit=PAGE, cursor=cursor if len(names) == 1 else "")) for name in names]
        boards = here.config.boards
        return renderer.page(
            request, "outbox.html", tally=tally, wanted=wanted, shown=shown, boards=boards, words=STATE_WORDS, states=STATES, waits=(HELD, WAITING)
        )

    @router.post("/outbox/{one}/{action}")
    @needs("resend")
    def change(request: Request, one: str, action: str, state: Annotated[str, Form()] = PARKED) -> Response:
        """Send it again, or keep it from being sent; then back to the list."""
        try:
            if action == "resend":
                outbox.resend(one, here.now())
            elif action == "park":
                outbox.park(one, here.now(), why=f"由{signed(request)}停发")
            else:
                raise TriageError(f"没有“{action}”这种处置")
        except InputError as error:
            return renderer.page(request, "fault.html", status=409, why="这条推送现在不能这样处置，请回到列表再看一次。", advice=str(error))
        return RedirectResponse(f"/outbox?state={state if state in STATES else PARKED}", 303)

    return router
