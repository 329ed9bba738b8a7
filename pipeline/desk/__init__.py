"""The desk 值守台: alert feed, triage, events, search and health as pages, the same as a JSON API, and a feed for readers of feeds."""

from collections.abc import Callable, Sequence
from datetime import datetime

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from config.load import Config
from crawlers.report import CrawlReport, reports
from nlp.assessment import Analyst
from pipeline.desk.account import account
from pipeline.desk.api import api
from pipeline.desk.auth import Gate
from pipeline.desk.documents import report_pages
from pipeline.desk.faults import Told, answer_faults
from pipeline.desk.feeds import feeds
from pipeline.desk.here import Here
from pipeline.desk.joining import joining_api, joining_pages
from pipeline.desk.login import login
from pipeline.desk.outbox import outbox_pages
from pipeline.desk.pages import pages
from pipeline.desk.render import STATIC, Renderer
from pipeline.desk.response import response_api, response_pages
from pipeline.desk.rights import rightly
from pipeline.desk.safety import Safety, bindable, is_loopback
from pipeline.logins import Logins
from pipeline.passwords import Passwords
from pipeline.store import Store

__all__ = ["bindable", "desk"]


def desk(
    store: Store,
    config: Config,
    analyst: Analyst | None = None,
    *,
    now: Callable[[], datetime],
    crawls: Callable[[str], Sequence[CrawlReport]] | None = None,
    passwords: Passwords | None = None,
) -> FastAPI:
    """Return the desk as an ASGI application.

    `now` is the clock (aware). `crawls` returns the reports of a source's crawls, the oldest first; without it they are read from home.
    Raises ConfigError where the settings would show a desk without users to other machines.
    """
    settings = config.settings.desk
    logins = Logins(store, config.settings.people, now=now, passwords=passwords)
    bindable(settings, logins.users.any)
    here = Here(store, config, analyst, now, crawls or _crawls(config))
    renderer = Renderer(here)
    app = FastAPI(
        title="食安 Shian",
        summary="Alerts, events and posts of the desk",
        description="Times carry an offset; every error is `{error, kind}`. See the page /api for the same as a plain list.",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(rightly)],
    )
    routers = (joining_api(here), response_api(here), joining_pages(here), outbox_pages(here, renderer), response_pages(here, renderer))
    own = (*routers, report_pages(here, renderer), login(here, renderer, logins), account(here, renderer, logins))
    for router in (api(here), feeds(here), *own, pages(here, renderer, app)):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    told = Told(renderer)
    answer_faults(app, told)
    local = all(is_loopback(host) for host in (settings.host, *settings.hosts))
    app.add_middleware(Gate, store=store, logins=logins, now=now, local=local, told=told)
    # Outermost, so that its headers are on errors too.
    app.add_middleware(Safety, hosts=(settings.host, *settings.hosts), https=settings.https)
    return app


def _crawls(config: Config) -> Callable[[str], Sequence[CrawlReport]]:
    home = config.home
    return (lambda source: reports(home / "reports", source)) if home else (lambda _: ())
