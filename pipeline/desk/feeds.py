"""The alerts as an Atom feed, for readers and programs that know nothing of Shian."""

import re
import uuid
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from email.utils import format_datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from pipeline.desk import words
from pipeline.desk.answers import unless_known
from pipeline.desk.board import Row, board
from pipeline.desk.here import Here
from pipeline.desk.wanted import Wanted, wanted
from pipeline.faces import times
from pipeline.masks import masked
from pipeline.platforms import platforms

ATOM = "http://www.w3.org/2005/Atom"
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say."""


def feeds(here: Here) -> APIRouter:
    """Return the route /feed.atom, with the filters of the alert feed as query parameters."""
    router = APIRouter()

    @router.get("/feed.atom", include_in_schema=False)
    def atom_(request: Request) -> Response:
        """The newest fifty."""
        filters = wanted(request.query_params, here.config, here.now())
        page = board(here.store, filters.which, limit=50)
        newest = max((row.alert.raised_at for row in page.items), default=NOTHING_YET)
        body = atom(here, page.items, filters, base=str(request.base_url), newest=newest)
        return unless_known(request, body, media="application/atom+xml; charset=utf-8", modified=format_datetime(newest.astimezone(UTC), usegmt=True))

    return router


def atom(here: Here, rows: list[Row], filters: Wanted, *, base: str, newest: datetime) -> bytes:
    """Return an Atom 1.0 document; entries are alerts, which never change, so their ids and times stay."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "zh-CN"})
    query = f"?{filters.query}" if filters.query else ""
    _put(feed, "id", stable(f"feed:{filters.query}"))
    _put(feed, "title", f"食安预警 — {here.config.settings.office}")
    _put(feed, "updated", times(newest))
    _put(_put(feed, "author"), "name", here.config.settings.office)
    _put(feed, "link", rel="self", type="application/atom+xml", href=f"{base}feed.atom{query}")
    _put(feed, "link", rel="alternate", type="text/html", href=f"{base}{query}")
    for row in rows:
        _entry(feed, row, here, base)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def stable(name: str) -> str:
    """Return an id that is the same for the same name, on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"shian:{name}").urn


def _entry(feed: ET.Element, row: Row, here: Here, base: str) -> None:
    alert = row.alert
    topics = words.topics(alert.topics, here.config)
    entry = _put(feed, "entry")
    _put(entry, "id", stable(f"alert:{alert.id}"))
    _put(entry, "title", f"{words.level(alert.level)} {masked(alert.title)}")
    _put(entry, "updated", times(alert.raised_at))
    _put(entry, "published", times(alert.raised_at))
    _put(entry, "link", rel="alternate", type="text/html", href=f"{base}events/{alert.event}")
    _put(entry, "category", term=f"level-{alert.level}", label=words.level(alert.level))
    for name, title in zip(alert.topics, topics, strict=True):
        _put(entry, "category", term=name, label=title)
    lines = [masked("；".join(alert.why)), "、".join(topics), words.places(alert.places), f"{alert.posts} 帖：{platforms(alert.platforms)}"]
    _put(entry, "summary", "\n".join(line for line in lines if line), type="text")


def _put(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", {key: _FORBIDDEN.sub("", value) for key, value in attributes.items()})
    element.text = _FORBIDDEN.sub("", text) or None
    return element
