"""The commands that measure and make the model: evaluate, train."""

from pathlib import Path

import click
import msgspec

from pipeline.cli import tables
from pipeline.cli.frame import cli
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
def evaluate(sets: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Measure the judgement on texts that were never fitted; without the real texts, on the written ones."""
    from nlp.evaluate import SETS
    from nlp.evaluate import evaluate as measured

    if unknown := set(sets) - set(SETS):
        raise click.UsageError(f"no set is called {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    figures = measured(sets, shared=data)
    if as_json:
        click.echo(msgspec.json.encode(figures).decode())
        return
    for name, found in figures.items():
        click.echo(name)
        for line in tables.lines(found):
            click.echo(line)


@cli.command()
@_DATA
@click.option("--to", "folder", type=click.Path(path_type=Path), help="folder to write the model to; else the packaged one")
def train(data: Path | None, folder: Path | None) -> None:
    """Fit the model again from the corpora and labels: the same inputs give the same bytes."""
    from nlp.model import PACKAGED
    from nlp.train import train as fitted

    target = folder or PACKAGED
    target.mkdir(parents=True, exist_ok=True)
    with Progress("train"):
        model = fitted(target, shared=data)
    click.echo(f"wrote {target}: model {model.digest[:8]}, relevant from {model.threshold:.2f} on", err=True)
