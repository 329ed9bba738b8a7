"""The commands that move and copy the store: store migrate, store backup, store restore."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from pipeline import home
from pipeline.cli.frame import cli, opened, out
from pipeline.progress import Progress

_JSON = click.option("--json", "as_json", is_flag=True, help="the summary as one JSON object")


@cli.group()
def store() -> None:
    """Move, back up and restore what is kept."""


@store.command()
@click.option("--from", "source", metavar="URL", required=True, help="the store to move, written as in store.url")
@click.option("--to", "target", metavar="URL", required=True, help="the store to fill, which must hold nothing")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="file that says how far the move is; else moving.json in the home")
@_JSON
@click.pass_context
def migrate(context: click.Context, /, *, source: str, target: str, state: Path | None, as_json: bool) -> None:
    """Move everything from one store to another, then check that both hold the same.

    End `shian up` and whatever else uses this home first: nothing may be written meanwhile. After an interruption the same command goes on
    where it was. The settings stay as they are: set store.url when it is done.
    """
    from pipeline.store import opened as made
    from pipeline.store.copies import existing, same
    from pipeline.store.moving import moved

    started = time.monotonic()
    place = home.found(context.obj)
    folder, environ = place.folder, place.environ()
    if same(source, target, folder):
        raise click.UsageError(f"--from and --to name the same store, {source}")
    with closing(existing(source, folder, environ)) as old, closing(made(target, folder, environ)) as new, _Steps() as steps:
        records = moved(old, new, state or folder / "moving.json", names=(source, target), told=steps.at)
    _summed("moved and checked", records, started, as_json=as_json)
    click.echo(f"to use it, set store.url to {target}", err=True)


class _Steps:
    """Says how long each step goes, one after another."""

    def __init__(self) -> None:
        self._what = ""
        self._progress = Progress("")

    def at(self, what: str, count: int) -> None:
        """Say that so many records of this step are done, if it is time to."""
        if what != self._what:
            self._what, self._progress = what, Progress(what, unit="records")
        self._progress.at(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.__exit__(kind, error, trace)


@store.command()
@click.argument("to", metavar="TO")
@_JSON
@click.pass_context
def backup(context: click.Context, /, *, to: str, as_json: bool) -> None:
    """Write a copy of the store, as of this moment, to a new file (Elasticsearch: REPOSITORY/NAME or /FOLDER/NAME); all else may go on meanwhile."""
    from pipeline.store.copies import existing

    started = time.monotonic()
    with opened(context) as app:
        assert app.home
        kept = existing(app.config.settings.store.url, app.home.folder, app.environ)
    with closing(kept):
        _summed("backed up", kept.backup(to), started, as_json=as_json)


@store.command()
@click.argument("source", metavar="FROM")
@click.option("--force", is_flag=True, help="also where the store holds posts: a file is kept as NAME.before-restore, indices are gone")
@_JSON
@click.pass_context
def restore(context: click.Context, /, *, source: str, force: bool, as_json: bool) -> None:
    """Put a backup in the place of the store, once it is found whole.

    End `shian up` and whatever else uses this home first.
    """
    from pipeline.store.copies import restored

    started = time.monotonic()
    with opened(context) as app:
        assert app.home
        held = restored(app.config.settings.store.url, app.home.folder, source, force=force, environ=app.environ)
    _summed("restored", held, started, as_json=as_json)


def _summed(what: str, records: Mapping[str, int], started: float, *, as_json: bool) -> None:
    seconds = time.monotonic() - started
    if as_json:
        out({"records": records, "seconds": round(seconds, 3)})
    else:
        click.echo(f"{what}: {', '.join(f'{count:,} {kind}' for kind, count in records.items())}; {seconds:.1f} s")
