"""The page on which a report is made, and the reports as files: each is made anew when it is asked for."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from config.errors import InputError
from pipeline.desk.here import Here
from pipeline.desk.render import Renderer
from pipeline.desk.wanted import moment
from pipeline.report.content import Report
from pipeline.report.event import event_report
from pipeline.report.kept import Kept
from pipeline.report.period import PERIODS, period
from pipeline.report.periodic import period_report
from pipeline.report.rebuttal import rebuttal
from pipeline.report.rendered import FORMATS, filename, rendered

_NONE = "没有这种报告；有 日报、周报、月报，格式有 html、docx、xlsx、json。"


def report_pages(here: Here, renderer: Renderer) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/reports")
    def reports(request: Request) -> Response:
        """The page: which period, until when, in which format."""
        return renderer.page(request, "reports.html", formats=FORMATS)

    @router.get("/reports/make")
    def make(request: Request, kind: str = "daily", at: str = "", format: str = "docx") -> Response:
        """The report of a period, as a file."""
        if kind not in PERIODS or format not in FORMATS:
            return renderer.page(request, "fault.html", status=404, why=_NONE)
        this = period(kind, moment(at.strip(), here.now()), now=here.now(), clock=here.config.settings.digest.at)
        return _file(here, period_report(_kept(here), kind, this), format)

    @router.get("/events/{event}/report.{format}")
    def event_(request: Request, event: str, format: str) -> Response:
        """The report of an event as of now."""
        return _of_event(request, event, format)

    @router.get("/events/{event}/rebuttal.{format}")
    def rebuttal_(request: Request, event: str, format: str) -> Response:
        """The draft of a rebuttal as of now."""
        return _of_event(request, event, format, drafts=True)

    def _of_event(request: Request, event: str, format_: str, *, drafts: bool = False) -> Response:
        if format_ not in FORMATS:
            return renderer.page(request, "fault.html", status=404, why=_NONE)
        now = here.now().replace(microsecond=0)
        try:
            made = (rebuttal if drafts else event_report)(_kept(here), event, now)
        except InputError:
            why = "没有与这个事件相符的辟谣条目，不能起草辟谣通报。" if drafts else "没有这个事件，或它的帖文已清理，不能成文。"
            return renderer.page(request, "fault.html", status=404, why=why)
        return _file(here, made, format_)

    return router


def _kept(here: Here) -> Kept:
    return Kept(here.store, here.config, here.crawls)


def _file(here: Here, made: Report, format_: str) -> Response:
    # Saved, not shown: the desk's own policy lets no page bring its styles with it.
    told = {"content-disposition": f'attachment; filename="{filename(made, format_)}"', "cache-control": "no-store"}
    return Response(rendered(made, format_, here.config), media_type=FORMATS[format_], headers=told)
