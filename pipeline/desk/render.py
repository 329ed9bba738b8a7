"""Fills templates: everything escaped, the words of the trade as filters, nothing missing left unsaid."""

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.desk import words
from pipeline.desk.here import Here, signed, visit
from pipeline.desk.joining import STATE_WORDS
from pipeline.desk.marks import excerpt, pieces
from pipeline.desk.triage import LONGEST_NAME, LONGEST_NOTE, STATUS_WORDS
from pipeline.desk.wanted import SPANS
from pipeline.faces import times
from pipeline.handling import ACTION_WORDS, PART_WORDS, PHASE_WORDS, PHASES, allowed
from pipeline.masks import masked
from pipeline.model import LEVELS
from pipeline.mute import WAKES
from pipeline.platforms import platform, platforms
from pipeline.users import ROLES

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


class Renderer:
    """The templates of one desk."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.filters.update(_filters(here))
        self._templates.globals.update(
            settings=here.config.settings,
            declared_topics=here.config.topics,
            declared_sources=here.config.sources,
            declared_departments=here.config.departments,
            LEVELS=LEVELS,
            STATUS_WORDS=STATUS_WORDS,
            ACTION_WORDS=ACTION_WORDS,
            PART_WORDS=PART_WORDS,
            PHASE_WORDS=PHASE_WORDS,
            PHASES=PHASES,
            allowed=lambda phase: [turn.action for turn in allowed(phase)],
            STATE_WORDS=STATE_WORDS,
            LONGEST_NAME=LONGEST_NAME,
            LONGEST_NOTE=LONGEST_NOTE,
            SPANS=SPANS,
            ROLES=ROLES,
            # What many people see shows no numbers of persons.
            pieces=lambda text, words: pieces(masked(text), words),
            excerpt=lambda text, words, **size: excerpt(masked(text), words, **size),
            build=build(),
        )

    def part(self, request: Request, name: str, **values: Any) -> str:
        """Return the filled template, as this visitor may see it; each of its forms that changes something proves that it is the desk's."""
        one = visit(request)
        return proving(self._templates.get_template(name).render(visit=one, **values), one.csrf)

    def page(self, request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
        """Return the filled template as an answer; pages are never kept by the browser, for they are stale at once."""
        page = self.part(request, name, me=signed(request), path=request.url.path, query=request.url.query, **values)
        return HTMLResponse(page, status, headers={"cache-control": "no-store"})


_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')


def proving(page: str, csrf: str) -> str:
    """Put the session's token into every form that posts, so that no template can forget it.

    What posts say is escaped before it comes here, so a form is one of our own templates'; and the policy lets it go to this desk only.
    """
    return _FORM.sub(rf'\g<0><input type="hidden" name="csrf" value="{csrf}">', page) if csrf else page


def build() -> str:
    """Return what changes in the addresses of static files when their content does, so that no browser keeps an old one."""
    return hashlib.blake2b(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir())), digest_size=6).hexdigest()


def _filters(here: Here) -> dict[str, Any]:
    sources = here.config.sources
    return {
        "left": lambda clock: words.left(clock, here.now()),
        "running": lambda clock: clock.state(here.now()),
        "masked": masked,
        "clock": lambda at: words.clock(at, here.now()),
        "whole": words.whole,
        "iso": times,
        "level": words.level,
        "status": words.status,
        "platform": platform,
        "platforms": platforms,
        "place": words.place,
        "places": words.places,
        "stance": words.stance,
        "fate": words.fate,
        "wake": lambda name: WAKES.get(name, name),
        "topics": lambda names: words.topics(names, here.config),
        "source": lambda name: sources[name].title if name in sources else name,
        # What a post says its address is may be anything; only web addresses become links.
        "linked": lambda url: url if urlsplit(url).scheme in ("http", "https") else "",
    }
