"""The commands that work on schedule or round the clock: crawl, extract, purge, up and its parts."""

import signal
import sys
import threading
from pathlib import Path

import click

from config.errors import ConfigError, Fault, InputError
from pipeline import app as root
from pipeline import faces
from pipeline.cli.frame import cli, opened, out
from pipeline.progress import Progress


@cli.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="each source's report as JSON")
@click.pass_context
def crawl(context: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Crawl sources now (all enabled ones of this shard if none is named), and take in what they bring."""
    with opened(context) as app:
        unknown = [name for name in names if name not in app.config.sources or app.config.sources[name].kind == "import"]
        if unknown:
            raise ConfigError([Fault(str(app.config.folder / "sources"), name, "is no source that can be crawled") for name in unknown])
        reports = app.crawl(names)
        with Progress("ingest") as progress:
            app.drain(lambda tally: progress.at(tally.read))
        for report in reports:
            if as_json:
                out(report)
            else:
                click.echo(f"{report.source}\t{report.health}\t{report.items} items, {report.new} new")


@cli.command()
@click.argument("page", metavar="FILE|URL")
@click.option("--url", default="", help="the address that a file came from")
@click.option("--ocr", is_flag=True, help="read the text in its pictures too, or in FILE if it is one; needs shian[ocr]")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def extract(page: str, url: str, ocr: bool, as_json: bool) -> None:
    """Print what would be collected from an article page, attachment or picture: title, time, author, text, engagement, failed samples."""
    from crawlers.fetch import fetched
    from crawlers.preview import previewed

    if page.startswith(("http://", "https://")):
        body, header = fetched(page)
        url = url or page
    else:
        try:
            body, header = Path(page).read_bytes(), ""
        except OSError as error:
            raise InputError(f"{page}: {error.strerror}") from error
    try:
        found = previewed(body, url, header, now=root.now(), fetch=(lambda where: fetched(where)[0]) if ocr else None)
    except InputError as error:
        raise InputError(f"{page}: {error}") from error
    if found is None:
        raise InputError(f"{page}: no article found")
    for fault in found.faults:
        click.echo(f"a picture or attachment {fault}", err=True)
    face = faces.article_face(found.article, found.samples)
    if as_json:
        out(face)
    else:
        click.echo(f"{face['title']}\n{face['published_at'] or ''} {face['author']}\n\n{face['text']}")


@cli.command()
@click.pass_context
def purge(context: click.Context) -> None:
    """Remove posts older than the settings keep."""
    with opened(context) as app:
        click.echo(f"removed {app.purge()} posts", err=True)


@cli.command()
@click.pass_context
def up(context: click.Context) -> None:
    """Run everything: crawls on schedule, ingest, delivery, and the desk; what dies is started again."""
    from pipeline.up import supervised
    from pipeline.users import Users

    with opened(context) as app:
        assert app.home
        sys.exit(supervised(app.home, app.config, lambda: Users(app.store.ledger).any()))


@cli.command()
@click.pass_context
def schedule(context: click.Context) -> None:
    """Run only the crawls and jobs on their schedule."""
    from pipeline.schedule import run

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that its crawls end with it

    with opened(context) as app:
        click.echo(f"shard {app.config.settings.shard} crawls {', '.join(app.crawled()) or 'no source'}", err=True)
        run(app)


@cli.command()
@click.pass_context
def work(context: click.Context) -> None:
    """Run only the ingest: take in what crawls leave in the spool, as it comes."""
    from pipeline.work import run

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the lease of the tracker is given back

    with opened(context) as app:
        run(app)


@cli.command()
@click.pass_context
def deliver(context: click.Context) -> None:
    """Run only the delivery: send what waits in the outbox, as it comes, unless another worker does."""
    from pipeline.deliver import run

    told = threading.Event()
    # Between two steps, so that what is written down as begun is begun; then the lease is given back.
    signal.signal(signal.SIGTERM, lambda *_: told.set())

    with opened(context) as app:
        run(app, told.is_set)
    sys.exit(143)


@cli.command()
@click.pass_context
def desk(context: click.Context) -> None:
    """Run only the desk."""
    from pipeline.serve import run

    with opened(context) as app:
        run(app)
