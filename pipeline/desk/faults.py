"""Says what went wrong: one JSON form for programs, a page with what to do for readers."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from config.errors import QueryError, StoreError
from pipeline.desk.answers import refusal
from pipeline.desk.asked import position
from pipeline.desk.here import Forbidden
from pipeline.desk.render import Renderer
from pipeline.desk.wanted import WantedError
from pipeline.handling import HandlingError, Refused
from pipeline.regroup import RegroupError
from pipeline.users import ROLES

_WORDS = {404: "没有这一页；它可能已改名或已清理", 405: "这个地址不接受这种请求", 422: "请求不完整"}

_COMES_BACK = "存储暂时用不了；它一恢复，本页就会自己回来。"
_LOOK_AFTER = "存储暂时用不了，刚才的改动可能没有保存；等它恢复，请回到事件核对，没有的话再做一次。"
_AGAIN = "5"
"""Seconds after which a store that was away may be there again."""


def speaks_json(path: str) -> bool:
    """Return whether programs ask for this address, rather than readers."""
    return path.startswith("/api/") or path.endswith((".json", ".jsonl", ".csv", ".atom")) or path == "/healthz"


class Told:
    """Says a failure to whoever asked: as JSON to programs, as a page to readers."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def __call__(self, request: Request, status: int, kind: str, why: str, *, advice: str = "", **more: object) -> Response:
        """Return the answer; `advice` is for readers, `more` for programs."""
        if speaks_json(request.url.path):
            return refusal(status, kind, why, **more)
        return self._renderer.page(request, "fault.html", status=status, why=why, advice=advice)

    def store(self, request: Request, error: StoreError) -> Response:
        """Say that the store is away."""
        asks = request.method == "GET"
        answer = self(request, 503, "store", str(error), advice=_COMES_BACK if asks else _LOOK_AFTER)
        answer.headers["retry-after"] = _AGAIN
        # What was asked for is asked for again by the browser; a change is for its author to make again.
        if asks and answer.media_type == "text/html":
            answer.headers["refresh"] = _AGAIN
        return answer


def answer_faults(app: FastAPI, told: Told) -> None:
    """Give every expected failure its answer."""

    @app.exception_handler(QueryError)
    def _query(request: Request, error: QueryError) -> Response:
        return told(request, 400, "query", str(error), position=position(error))

    @app.exception_handler(WantedError)
    def _wanted(request: Request, error: WantedError) -> Response:
        return told(request, 400, "filter", str(error))

    @app.exception_handler(HandlingError)
    def _handling(request: Request, error: HandlingError) -> Response:
        if isinstance(error, Refused):
            return told(request, 409, "forbidden", str(error), allowed=error.allowed)
        return told(request, 400, "edit", str(error))

    @app.exception_handler(RegroupError)
    def _regroup(request: Request, error: RegroupError) -> Response:
        return told(request, 400, "regroup", str(error))

    @app.exception_handler(StoreError)
    def _store(request: Request, error: StoreError) -> Response:
        return told.store(request, error)

    @app.exception_handler(Forbidden)
    def _forbidden(request: Request, error: Forbidden) -> Response:
        role = error.role
        why = error.why or (f"这一步需要“{ROLES[role]}”（{role}）或以上的角色" if role in ROLES else "这一步没有开放给任何角色")
        return told(request, 403, "role", why, needs=role)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
        return told(request, 422, "request", "; ".join(faults))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return told(request, error.status_code, "http", _WORDS.get(error.status_code, str(error.detail)))

    # Starlette raises the exception again after this, so that the log has its trace.
    @app.exception_handler(Exception)
    def _broken(request: Request, error: Exception) -> Response:
        return told(request, 500, "bug", "值守台自身出错；日志里有详情。刚才的改动可能没有保存，请回到上一页核对。")
