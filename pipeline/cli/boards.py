"""The commands for boards: board list, board try."""

from collections.abc import Mapping
from datetime import datetime

import click

from config.board import Board
from config.schema import Channel
from pipeline import app as root
from pipeline.cli.frame import Moment, cli, opened, out
from pipeline.cli.lists import alert_line
from pipeline.model import LEVELS
from pipeline.store import EventFilter


@cli.group()
def board() -> None:
    """See who is told what, and try it on what was."""


@board.command("list")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def listed(context: click.Context, /, *, as_json: bool) -> None:
    """List the boards: name, on or off, who, channels and what keeps a message from them, every filter that holds, hours."""
    with opened(context) as app:
        for one in app.config.boards.values():
            if as_json:
                out(one.model_dump(mode="json"))
            else:
                fields = (one.name, "on" if one.enabled else "off", one.title, _ways(one, app.config.channels), _filters(one), _hours(one))
                click.echo("\t".join(field or "–" for field in fields))


@board.command("try")
@click.argument("name")
@click.option("--since", type=Moment(), help="alerts from this time on")
@click.option("--until", type=Moment(), help="alerts before this time")
@click.pass_context
def tried(context: click.Context, /, *, name: str, since: datetime | None, until: datetime | None) -> None:
    """Print the alerts that a board, on or off, would have been told of; nothing is sent."""
    with opened(context) as app:
        if name not in app.config.boards:
            raise click.UsageError(f"no board is called {name}; there are {', '.join(app.config.boards) or 'none'}")
        one = app.config.boards[name]
        told = 0
        for alert in app.all_alerts(EventFilter(since=since, until=until or root.now(), level=one.floor)):
            if app.announcer.wants(one, alert):
                told += 1
                click.echo(alert_line(alert))
        click.echo(f"{name} would have been told of {told} alerts", err=True)


def _ways(one: Board, channels: Mapping[str, Channel]) -> str:
    """The channels, with what keeps a message from them."""
    shown = []
    for name in one.channels:
        channel = channels[name]
        held = [LEVELS[channel.floor] + " 起"] if channel.floor < one.floor else []
        held += [] if channel.enabled else ["off"]
        shown.append(f"{name} ({', '.join(held)})" if held else name)
    return (", " if one.ways == "first" else " + ").join(shown)


def _filters(one: Board) -> str:
    given = [f"{key}: {', '.join(value)}" for key in ("topics", "places", "departments") if (value := getattr(one, key))]
    return "; ".join([f"{LEVELS[one.floor]} 起", *given, *([f"query: {one.query}"] if one.query else []), *(["digest"] if one.digest else [])])


def _hours(one: Board) -> str:
    hours = [f"at {', '.join(one.at)}" if one.at else "at once", *([f"quiet {one.quiet}"] if one.quiet else [])]
    return "; ".join([*hours, *([f"{LEVELS[one.breaks]} breaks through"] if one.breaks and len(hours) + len(one.at) > 1 else [])])
