"""The commands that show what is kept: alerts, events, search."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import click

from pipeline import app as root
from pipeline import faces
from pipeline.cli.frame import Moment, cli, opened, out
from pipeline.handling_faces import clock_face
from pipeline.model import LEVELS, Alert
from pipeline.regroup import current
from pipeline.routes import routes
from pipeline.store import EventFilter
from pipeline.store.query import parsed
from pipeline.timed import clocks_of, timed


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--since", type=Moment(), help="from this time on"),
        click.option("--until", type=Moment(), help="before this time"),
        click.option("--level", type=click.IntRange(1, 4), help="this level and more severe ones (1 is red)"),
        click.option("--topic", default="", help="of this topic"),
        click.option("--status", default="", help="of events in this status"),
        click.option("--limit", type=click.IntRange(1), help="so many at most"),
        click.option("--json", "as_json", is_flag=True, help="one JSON object a line"),
    ):
        command = option(command)
    return command


@cli.command()
@_filters
@click.pass_context
def alerts(context: click.Context, /, limit: int | None, as_json: bool, **which: Any) -> None:
    """List alerts, newest first."""
    with opened(context) as app:
        at, limits = root.now(), app.config.settings.handling.clocks
        for one in islice(app.all_alerts(EventFilter(**which)), limit):
            if not as_json:
                click.echo(alert_line(one))
                continue
            event = current(app.store, one.event)
            route = routes(app.store, [event], app.config)[event.id] if event else None
            clock = timed(app.store, [(one, event)], limits, at)[one.id]
            out(faces.alert_face(one, event, route, clock=clock_face(clock, at)))


def alert_line(one: Alert) -> str:
    """Return an alert as one line for a terminal: level, title, why."""
    return f"{LEVELS[one.level]}\t{one.title}\t{'；'.join(one.why)}"


@cli.command()
@_filters
@click.pass_context
def events(context: click.Context, /, limit: int | None, as_json: bool, **which: Any) -> None:
    """List events, newest first."""
    with opened(context) as app:
        at = root.now()
        for event in islice(app.all_events(EventFilter(**which)), limit):
            if as_json:
                clock = clocks_of(app.store, [event], app.config.settings.handling.clocks, at).get(event.id)
                out(faces.event_face(event, routes(app.store, [event], app.config)[event.id], clock=clock_face(clock, at)))
                continue
            level = LEVELS[event.level] if event.level else "—"
            click.echo(f"{level}\t{event.posts}\t{event.stage}\t{event.title}")


@cli.command()
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--count", is_flag=True, help="only how many there are")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def search(context: click.Context, /, *, query: str, limit: int, count: bool, as_json: bool) -> None:
    """Find posts by exact substrings; docs/search.md describes the language. An empty query finds everything."""
    wanted = parsed(query)
    with opened(context) as app:
        if count:
            total = app.store.count(wanted)
            out({"count": total}) if as_json else click.echo(total)
            return
        for judged in islice(app.all_posts(wanted), limit):
            at = judged.post.at.astimezone(faces.ZONE)
            line = judged.post.writing.replace("\n", " ")[:100]
            out(faces.post_face(judged)) if as_json else click.echo(f"{at:%Y-%m-%d %H:%M}\t{judged.post.platform}\t{line}")
