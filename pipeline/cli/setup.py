"""The commands that begin with: init, check, doctor."""

import os
from pathlib import Path

import click

from config.load import load
from pipeline import alert, home
from pipeline.cli.frame import cli


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
    named = context.obj or os.environ.get("SHIAN_HOME") or (Path.cwd() / "settings.yaml").is_file()
    place = home.found(context.obj) if named else None
    config = load(place.folder if place else None, place.environ() if place else os.environ)
    alert.checked(config.rules, str(config.folder / "rules"))
    enabled = sum(source.enabled and source.kind != "import" for source in config.sources.values())
    click.echo(
        f"{config.folder}: {len(config.sources)} sources ({enabled} crawled), {len(config.topics)} topics, {len(config.rules)} rules: no fault",
        err=True,
    )
