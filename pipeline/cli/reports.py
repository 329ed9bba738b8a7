"""The commands that make documents: report daily, weekly, monthly, event, rebuttal."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from crawlers.report import CrawlReport, reports
from pipeline import app as root
from pipeline.app import App
from pipeline.cli.frame import Moment, cli, opened
from pipeline.delivery import delivery_id
from pipeline.report.content import Report
from pipeline.report.kept import Kept
from pipeline.report.period import period
from pipeline.report.rendered import BINARY, FORMATS, rendered

_SENDABLE = ("webhook", "email")
"""Kinds of channels that hold a whole document."""


@cli.group()
def report() -> None:
    """Make a document about a period or an event: HTML, Word, Excel or JSON."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--at", type=Moment(), help="as of this time; else now"),
        click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="else what --out ends with, else html"),
        click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="file to write; else stdout"),
    ):
        command = option(command)
    return click.pass_context(command)


@report.command()
@_options
def daily(context: click.Context, /, **how: Any) -> None:
    """Make the report 日报 of the 24 hours before --at, else before the last time of digest.at."""
    _periodic(context, "daily", **how)


@report.command()
@_options
def weekly(context: click.Context, /, **how: Any) -> None:
    """Make the report 周报 of the last week, Monday to Monday, that ended by --at."""
    _periodic(context, "weekly", **how)


@report.command()
@_options
def monthly(context: click.Context, /, **how: Any) -> None:
    """Make the report 月报 of the last month that ended by --at."""
    _periodic(context, "monthly", **how)


@report.command()
@click.argument("event", metavar="ID")
@_options
def event(context: click.Context, /, *, event: str, at: datetime | None, format_: str | None, out: Path | None) -> None:
    """Make the report 专报 of one event as of --at."""
    from pipeline.report.event import event_report

    chosen = _format(format_, out)
    with opened(context) as app:
        _write(event_report(_kept(app), event, _whole(at)), chosen, out, app)


@report.command()
@click.argument("event", metavar="ID")
@click.option("--send", "channel", metavar="CHANNEL", help="enter the draft in the outbox for this channel, a webhook or e-mail")
@_options
def rebuttal(context: click.Context, /, *, event: str, channel: str | None, at: datetime | None, format_: str | None, out: Path | None) -> None:
    """Draft a rebuttal 辟谣通报 of what an event claims, from the known debunk that its posts were matched with."""
    from pipeline.report.rebuttal import rebuttal as drafted

    chosen = _format(format_, out)
    with opened(context) as app:
        fit = [one.name for one in app.config.channels.values() if one.enabled and one.kind in _SENDABLE]
        if channel is not None and channel not in fit:
            raise click.UsageError(f"{channel} is no channel that is on and that a rebuttal can be sent by; there are {', '.join(fit) or 'none'}")
        made = drafted(_kept(app), event, _whole(at))
        if channel is None or out:
            _write(made, chosen, out, app)
        if channel is not None:
            _send(made, channel, app)


def _send(made: Report, channel: str, app: App) -> None:
    from pipeline.report.page import page
    from pipeline.report.rebuttal import outgoing, partner_board

    # What somebody sends now is not stale, as of whatever time it was drafted.
    message = structs.replace(outgoing(made, page(made, app.config)), at=root.now())
    partner = partner_board(app.config.channels[channel])
    one = delivery_id(message.id, partner.name)
    if kept := app.outbox.read(one):
        click.echo(f"{channel}: {message.id} was entered before, and is {kept.state}; `shian outbox resend {one}` sends it again", err=True)
        return
    app.outbox.put(message, [partner], message.at)
    click.echo(f"{channel}: {message.id} is entered as {one}; `shian deliver`, a part of `shian up`, sends it", err=True)


def _periodic(context: click.Context, kind: str, *, at: datetime | None, format_: str | None, out: Path | None) -> None:
    from pipeline.report.periodic import period_report

    chosen = _format(format_, out)
    with opened(context) as app:
        this = period(kind, at, now=root.now(), clock=app.config.settings.digest.at)
        _write(period_report(_kept(app), kind, this), chosen, out, app)


def _kept(app: App) -> Kept:
    folder = app.home.reports if app.home else None

    def crawls(source: str) -> list[CrawlReport]:
        """Return the reports of a source's crawls by this home."""
        return reports(folder, source) if folder else []

    return Kept(app.store, app.config, crawls)


def _whole(at: datetime | None) -> datetime:
    """A time in whole seconds, as search compares them."""
    return (at or root.now()).replace(microsecond=0)


def _format(asked: str | None, out: Path | None) -> str:
    chosen = asked or (out.suffix[1:].lower() if out and out.suffix[1:].lower() in FORMATS else "html")
    if chosen in BINARY and out is None:
        raise click.UsageError(f"{chosen} is a file: say where with --out FILE.{chosen}")
    return chosen


def _write(made: Report, format_: str, out: Path | None, app: App) -> None:
    written = rendered(made, format_, app.config)
    if out is None:
        sys.stdout.buffer.write(written)
        return
    out.write_bytes(written)
    click.echo(f"wrote {out}: {made.title.text}", err=True)
