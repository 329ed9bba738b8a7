"""The commands that make new sources, always switched off: from a page's address, and from the list of feeds of a reader program."""

from functools import partial
from pathlib import Path
from typing import Any

import click
import yaml

from config.errors import ConfigError, Fault, InputError
from config.load import checked
from config.source import Source
from crawlers.fetch import fetched
from crawlers.guard import Guard
from crawlers.items import Item
from crawlers.opml import Outlined, outlined
from crawlers.station import Station
from pipeline import app as root
from pipeline.app import App
from pipeline.cli.frame import opened, out
from pipeline.cli.sources import listed, sources
from pipeline.faces import times

_SHOWN = 5
_HEAD = "# yaml-language-server: $schema=../schemas/source.json\n# From {file}. Try it with `shian sources try`, then remove `enabled: false`.\n"


@sources.command()
@click.argument("url")
@click.option("--write", "name", metavar="NAME", help="put it into the home's sources/NAME.yaml, switched off")
@click.pass_context
def add(context: click.Context, url: str, name: str | None) -> None:
    """Propose a source for a page: its feed, else the list on it. The declaration is on stdout, what it would collect on stderr."""
    from crawlers.proposal import proposed

    with opened(context) as app:
        if name:
            _free(app, name)
        agent = Station(app.config, app.config.folder / "spool").user_agent
        get = partial(fetched, guard=Guard(app.config.settings.crawl.allow_private), agent=agent)
        proposal = proposed(url, get, root.now())
        dated = sum(item.published_at is not None for item in proposal.items)
        click.echo(f"{len(proposal.items)} items, {dated} with a time; the first of them:", err=True)
        for line in listed(map(_sample, proposal.items[:_SHOWN])):
            click.echo(line, err=True)
        click.echo(proposal.yaml, nl=False)
        if name:
            path = _written(app, name, proposal.yaml, proposal.declared)
            click.echo(f"written to {path}, switched off: try it with `shian sources try {name}`", err=True)


@sources.command("import")
@click.argument("path", metavar="FILE.opml", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def import_(context: click.Context, path: Path, as_json: bool) -> None:
    """Make a source of each feed in a reader program's list (OPML), switched off; what is none is named."""
    with opened(context) as app:
        try:
            found = list(_outlined(app, path.read_bytes(), path.name))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        for one in found:
            if one.name:
                content = yaml.safe_dump(one.declared, allow_unicode=True, sort_keys=False)
                _written(app, one.name, _HEAD.format(file=path.name) + content, one.declared)
            _told(one, as_json)
    made = sum(bool(one.name) for one in found)
    click.echo(f"{path}: {made} sources made, switched off; {len(found) - made} outlines left out", err=True)
    if not made:
        raise InputError(f"{path}: no source was made of it")


def _outlined(app: App, content: bytes, file: str) -> list[Outlined]:
    declared = app.config.sources
    urls = {source.url: name for name, source in declared.items() if source.url}
    guard = Guard(app.config.settings.crawl.allow_private)
    said = f"{root.now():%Y-%m-%d}, from {file}; not asked yet"
    return list(outlined(content, taken=list(declared), urls=urls, guard=guard, checked=said))


def _told(one: Outlined, as_json: bool) -> None:
    if as_json:
        out({"name": one.name or None, "title": one.title, "url": one.declared.get("url", ""), "fault": one.fault or None})
    elif one.name:
        click.echo(f"{one.name}\t{one.title}\t{one.declared['url']}")
    else:
        click.echo(f"{one.title or 'an outline'}: {one.fault}", err=True)


def _free(app: App, name: str) -> None:
    if name in app.config.sources:
        raise ConfigError([Fault(str(app.config.folder / "sources" / f"{name}.yaml"), "", "is there already; choose another name")])


def _written(app: App, name: str, content: str, declared: dict[str, Any]) -> Path:
    """Write a declaration that holds; an existing file is never written over."""
    path = app.config.folder / "sources" / f"{name}.yaml"
    faults: list[Fault] = []
    checked(Source, {"name": name, **declared}, path, faults)
    if faults:
        raise ConfigError(faults)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    return path


def _sample(item: Item) -> dict[str, Any]:
    at = times(item.published_at) if item.published_at else None
    return {"title": item.title, "published_at": at, "url": item.url, "text": item.text}
