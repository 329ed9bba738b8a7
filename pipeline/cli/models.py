"""The commands that measure and make the model: evaluate, train."""

import os
from pathlib import Path

import click
import msgspec

from config.errors import InputError, ModelError
from pipeline import home
from pipeline.app import App
from pipeline.cli import tables
from pipeline.cli.frame import cli, opened
from pipeline.progress import Progress

_DATA = click.option(
    "--data",
    envvar="SHIAN_DATA",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="folder of the real texts that the labels name (else SHIAN_DATA)",
)


@cli.command()
@click.argument("sets", metavar="[SET]...", nargs=-1)
@_DATA
@click.option("--json", "as_json", is_flag=True, help="as one JSON object")
@click.pass_context
def evaluate(context: click.Context, sets: tuple[str, ...], data: Path | None, *, as_json: bool) -> None:
    """Measure the judgement on texts that were never fitted; without the real texts, on the written ones."""
    from nlp.evaluate import SETS
    from nlp.evaluate import evaluate as measured
    from pipeline.recalled import SETS as RECALLED
    from pipeline.recalled import recalled
    from pipeline.replayed import SETS as REPLAYED
    from pipeline.replayed import replayed

    every = (*SETS, *RECALLED, *REPLAYED)
    if unknown := set(sets) - set(every):
        raise click.UsageError(f"no set is called {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    own = tuple(name for name in sets if name in SETS)
    wanted = sets or ((*RECALLED, *REPLAYED) if data else ())
    known, streams = (tuple(name for name in wanted if name in some) for some in (RECALLED, REPLAYED))
    if (known or streams) and not data:
        raise InputError(f"{(*known, *streams)[0]} needs the folder of real texts")
    place = home.found(context.obj) if context.obj or os.environ.get("SHIAN_HOME") else None
    with App(place) as app:
        figures = measured(own, shared=data, judge=app.analyst) if own or not sets else {}
        figures |= recalled(known, data, app.analyst, app.config.settings.track.memory) if known and data else {}
        figures |= {name: replayed(name, data, app.analyst, app.config) for name in streams if data}
    if as_json:
        click.echo(msgspec.json.encode(figures).decode())
        return
    for name, found in figures.items():
        click.echo(name)
        for line in tables.lines(found):
            click.echo(line)


@cli.command()
@_DATA
@click.option("--verdicts", is_flag=True, help="fit the home's own model to what was acknowledged and dismissed at its desk")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="folder to write the model to; else the packaged one, or the home's own")
@click.pass_context
def train(context: click.Context, data: Path | None, *, verdicts: bool, folder: Path | None) -> None:
    """Fit the model again from the corpora and labels: the same inputs give the same bytes."""
    from nlp.model import PACKAGED
    from nlp.train import train as fitted

    if verdicts:
        _refitted(context, data, folder)
        return
    if data is None and folder is None:
        raise click.UsageError("without the real texts (--data) the packaged model would be made far worse; name another folder with --to")
    target = folder or PACKAGED
    target.mkdir(parents=True, exist_ok=True)
    with Progress("train"):
        model = fitted(target, shared=data)
    click.echo(f"wrote {target}: model {model.digest[:8]}, relevant from {model.threshold:.2f} on", err=True)


_CORRECTED = """no real texts (--data): the packaged model is kept, and only what its words and groups weigh is corrected.
What it misses, topics and thresholds stay as they are, and what this costs on real texts cannot be measured here."""


def _refitted(context: click.Context, data: Path | None, folder: Path | None) -> None:
    """Fit to the verdicts, print the figures before and after, and say whether the model was taken."""
    from pipeline.refit import refit

    with opened(context) as app, Progress("train"):
        assert app.home
        target = folder or app.home.models
        if data is None:
            click.echo(_CORRECTED, err=True)
        done = refit(app, target, shared=data)
    for line in tables.compared(done.before, done.after):
        click.echo(line)
    if done.faults:
        raise ModelError("\n".join(("nothing was written, for the model would judge worse:", *done.faults)))
    click.echo(f"wrote {target}: fitted to {done.fitted} posts, measured on {done.held} others; start `shian up` again to use it", err=True)
