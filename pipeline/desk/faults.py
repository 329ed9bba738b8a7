"""Says what went wrong: one JSON form for programs, a page with what to do for readers."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from config.errors import QueryError, StoreError
from pipeline.desk.answers import refusal
from pipeline.desk.asked import position
from pipeline.desk.render import Renderer
from pipeline.desk.triage import TriageError
from pipeline.desk.wanted import WantedError
from pipeline.regroup import RegroupError

_WORDS = {404: "没有这一页；它可能已改名或已清理", 405: "这个地址不接受这种请求", 422: "请求不完整"}

_COMES_BACK = "存储暂时用不了；它一恢复，本页就会自己回来。"
_LOOK_AFTER = "存储暂时用不了，刚才的改动可能没有保存；等它恢复，请回到事件核对，没有的话再做一次。"
_AGAIN = "5"
"""Seconds after which a store that was away may be there again."""


def answer_faults(app: FastAPI, renderer: Renderer) -> None:
    """Give every expected failure its answer."""

    def _told(request: Request, status: int, kind: str, why: str, *, advice: str = "", **more: object) -> Response:
        path = request.url.path
        if path.startswith("/api/") or path.endswith((".json", ".atom")) or path == "/healthz":
            return refusal(status, kind, why, **more)
        return renderer.page(request, "fault.html", status=status, why=why, advice=advice)

    @app.exception_handler(QueryError)
    def _query(request: Request, error: QueryError) -> Response:
        return _told(request, 400, "query", str(error), position=position(error))

    @app.exception_handler(WantedError)
    def _wanted(request: Request, error: WantedError) -> Response:
        return _told(request, 400, "filter", str(error))

    @app.exception_handler(TriageError)
    def _triage(request: Request, error: TriageError) -> Response:
        return _told(request, 400, "edit", str(error))

    @app.exception_handler(RegroupError)
    def _regroup(request: Request, error: RegroupError) -> Response:
        return _told(request, 400, "regroup", str(error))

    @app.exception_handler(StoreError)
    def _store(request: Request, error: StoreError) -> Response:
        asks = request.method == "GET"
        answer = _told(request, 503, "store", str(error), advice=_COMES_BACK if asks else _LOOK_AFTER)
        answer.headers["retry-after"] = _AGAIN
        # What was asked for is asked for again by the browser; a change is for its author to make again.
        if asks and answer.media_type == "text/html":
            answer.headers["refresh"] = _AGAIN
        return answer

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
        return _told(request, 422, "request", "; ".join(faults))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return _told(request, error.status_code, "http", _WORDS.get(error.status_code, str(error.detail)))

    # Starlette raises the exception again after this, so that the log has its trace.
    @app.exception_handler(Exception)
    def _broken(request: Request, error: Exception) -> Response:
        return _told(request, 500, "bug", "值守台自身出错；日志里有详情。刚才的改动可能没有保存，请回到上一页核对。")
