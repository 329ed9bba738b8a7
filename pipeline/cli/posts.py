"""The commands that posts go through: assess, ingest, replay."""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import click

from crawlers.post import Broken
from crawlers.records import FIELDS
from pipeline import faces, home
from pipeline.app import App
from pipeline.cli.frame import cli, opened, out
from pipeline.model import Alert
from pipeline.progress import Progress

_ASSESSED = 512
"""Posts that `assess` judges at once."""


@cli.command()
@click.option("--context", "earlier", metavar="FILE", help="earlier posts, whose words are remembered")
@click.pass_context
def assess(context: click.Context, earlier: str | None) -> None:
    """Judge the posts on stdin, one JSON object a line; write one judgement a line, in the same order."""
    from pipeline.assess import judged_lines, remembered

    place = home.found(context.obj) if context.obj or os.environ.get("SHIAN_HOME") else None
    with App(place) as app:
        memory = remembered(app, earlier) if earlier else None
        for face in judged_lines(sys.stdin.buffer, app.analyst, memory, size=_ASSESSED):
            out(face)


def _mapped(context: click.Context, parameter: click.Parameter, pairs: Sequence[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not column or field not in FIELDS:
            raise click.BadParameter(f"{pair!r}: write FIELD=COLUMN, a field being one of {', '.join(FIELDS)}")
        columns[field] = column
    return columns


def _file_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.argument("paths", metavar="FILE...", nargs=-1, required=True),
        click.option(
            "--map", "columns", metavar="FIELD=COLUMN", multiple=True, callback=_mapped, help="which column holds a field, by name or number from 1"
        ),
        click.option("--platform", default="", help="of posts that name none"),
        click.option("--export", default="", metavar="NAME", help="what program wrote the files, where that is not recognised; --map wins"),
        click.option("--source", default="", help="declared source whose class and trust the posts have"),
    ):
        command = option(command)
    return command


@cli.command()
@_file_options
@click.option("--json", "as_json", is_flag=True, help="the summary as JSON")
@click.pass_context
def ingest(
    context: click.Context, /, *, paths: Sequence[str], columns: dict[str, str], platform: str, source: str, export: str, as_json: bool
) -> None:
    """Take posts from CSV, TSV or JSONL files, plain or .gz, or - for stdin; track them."""
    with opened(context) as app, Progress("ingest") as progress:
        reading = app.reading(columns=columns, platform=platform, source=source, export=export, told=_said)
        quarantine = app.home.quarantine if app.home else _told
        summary = app.ingest_files(
            paths, reading, quarantine=quarantine, seen=lambda tally: progress.at(tally.read, f"{tally.quarantined} quarantined")
        )
    _summed(summary.face(), as_json)


@cli.command()
@_file_options
@click.option("--json", "as_json", is_flag=True, help="kept for likeness with ingest; a replay is always JSON")
@click.pass_context
def replay(
    context: click.Context, /, *, paths: Sequence[str], columns: dict[str, str], platform: str, source: str, export: str, as_json: bool
) -> None:
    """Run files as a stream on its own clock, in a store of its own; write every alert as it would have been raised."""
    place = home.found(context.obj) if context.obj or os.environ.get("SHIAN_HOME") else None
    with tempfile.TemporaryDirectory(prefix="shian-replay-") as folder, App(place, store_url=f"sqlite:///{folder}/replay.db", asks=False) as app:
        reading = app.reading(columns=columns, platform=platform, source=source, export=export, told=_said)
        with Progress("replay") as progress:
            summary = app.ingest_files(paths, reading, quarantine=_told, seen=lambda tally: progress.at(tally.read), tracked=_rose)
    out({**summary.face(), "summary": True})


def _rose(_: int, alerts: Sequence[Alert]) -> None:
    for one in alerts:
        out(faces.alert_face(one, None))


def _said(line: str) -> None:
    click.echo(line, err=True)


def _told(broken: Broken) -> None:
    click.echo(f"{broken.where}: {broken.why}", err=True)


def _summed(face: dict[str, Any], as_json: bool) -> None:
    if as_json:
        out(face)
    else:
        dropped = ", ".join(f"{count} {reason}" for reason, count in face["dropped"].items()) or "0"
        click.echo(
            f"read {face['read']:,}: kept {face['kept']:,}, revised {face['revised']:,}, repeated {face['repeated']:,}, dropped {dropped}, "
            f"quarantined {face['quarantined']:,}; new events {face['events']}, new alerts {face['alerts']}; {face['seconds']:.1f} s"
        )
