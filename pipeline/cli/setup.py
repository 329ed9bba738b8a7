"""The commands that begin with: init, check, doctor."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import click

from config.debunk import library
from config.export import exports
from config.load import load
from pipeline import app as root
from pipeline import home, tell
from pipeline.cli.frame import cli
from pipeline.declared import checked
from pipeline.duty import gaps
from pipeline.faces import ZONE, shown
from pipeline.health import findings

_AHEAD = timedelta(days=14)
"""How far ahead it is looked for hours in which nobody is on duty."""


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a home folder: the shipped configuration to edit, and its keys."""
    home.made(folder)
    click.echo(f"made {folder}: edit what you like, run `shian --home {folder} check`, then `shian --home {folder} up`", err=True)


@cli.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Print every fault of the configuration, each with file and key."""
    place = chosen(context.obj)
    environ = place.environ() if place else os.environ
    config = load(place.folder if place else None, environ)
    known = library(config.folder, environ)
    exports(config.folder, environ)
    checked(config)
    enabled = sum(source.enabled and source.kind != "import" for source in config.sources.values())
    click.echo(
        f"{config.folder}: {len(config.sources)} sources ({enabled} crawled), {len(config.topics)} topics, {len(config.rules)} rules,"
        f" {len(known.claims)} known claims: no fault",
        err=True,
    )
    at = root.now()
    for name, watch in config.watches.items():
        if watch.until < at.astimezone(ZONE).date():
            click.echo(f"{config.folder / 'watches.yaml'}: {name} is over since {watch.until}: nothing is searched for it", err=True)
    for gap in gaps(config.roster, at, at + _AHEAD) if not config.roster.is_empty else ():
        click.echo(f"{config.folder / 'roster.yaml'}: nobody is on duty from {shown(gap.since)} to {shown(gap.until)}", err=True)
    for why in tell.deaf(config, at):
        click.echo(f"{config.folder / 'roster.yaml'}: {why}", err=True)


@cli.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Say what is wrong with this installation and home, and what to do."""
    sick = False
    for finding in findings(chosen(context.obj)):
        sick |= bool(finding.todo)
        click.echo(f"{'✗' if finding.todo else '✓'} {finding.what}")
        if finding.todo:
            click.echo(f"  → {finding.todo}")
    sys.exit(1 if sick else 0)


def chosen(named: str | None) -> home.Home | None:
    """Return the home if one was named or is the working folder; None stands for the packaged configuration."""
    if named or os.environ.get("SHIAN_HOME") or (Path.cwd() / "settings.yaml").is_file():
        return home.found(named)
    return None
