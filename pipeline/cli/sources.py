"""The commands about sources: what they are and how they do, one tried, one proposed from an address, many from a reader's list."""

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click
from msgspec import structs

from config.keywords import searches_a_day
from crawlers.post import Post
from crawlers.report import HEALTH, reports
from crawlers.trial import Trial, tried
from pipeline import app as root
from pipeline.cli.frame import cli, opened, out
from pipeline.faces import ZONE, times

_SHOWN = 5
"""Items of which a person wants to see that they are right."""
_SIGNS = {True: "✓", False: "✗", None: "—"}


@cli.group(invoke_without_command=True)
@click.option("--sick", is_flag=True, help="only those whose last crawl was not well")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def sources(context: click.Context, sick: bool, as_json: bool) -> None:
    """List the sources: name, on or off, last health, needs, title, how sure its declaration is, searches a day; try, add and import them."""
    if context.invoked_subcommand:
        return
    with opened(context) as app:
        assert app.home
        for name, source in app.config.sources.items():
            found = reports(app.home.reports, name) if app.home.reports.is_dir() else []
            last = found[-1] if found else None
            health = last.health if last else None
            if sick and health in (None, "ok"):
                continue
            words = len(app.config.keywords(source, root.now().astimezone(ZONE).date()))
            searches = searches_a_day(source, words)
            if as_json:
                out(
                    {
                        "name": name,
                        "title": source.title,
                        "kind": source.kind,
                        "category": source.category,
                        "trust": source.trust,
                        "needs": source.needs,
                        "enabled": source.enabled,
                        "checked": source.checked,
                        "searches_per_day": searches,
                        "keywords": words,
                        "health": health,
                        "why": last.why if last else "",
                        "last": last.ended if last else None,
                    }
                )
                continue
            state = "on" if source.enabled else "off"
            said = HEALTH[health] if health else "—"
            asked = f"\t{searches} searches a day for {words} words" if source.keywords else ""
            click.echo(f"{name}\t{state}\t{said}\t{source.needs}\t{source.title}\t{source.checked or '—'}{asked}")


@sources.command("try")
@click.argument("name")
@click.option("--keyword", default="", metavar="WORD", help="of a search: ask for this word only")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@click.pass_context
def try_(context: click.Context, name: str, keyword: str, as_json: bool) -> None:
    """Crawl a source, on or off, without keeping anything; print what it found, and what of it is not as its declaration expects."""
    with opened(context) as app:
        assert app.home
        face = _face(tried(name, app.home.folder, app.environ, keyword=" ".join(keyword.split())))
    if as_json:
        out(face)
    else:
        _shown(face)
    if face["health"] != "ok":
        sys.exit(1)


def _face(trial: Trial) -> dict[str, Any]:
    report = trial.report
    return {
        "source": report.source,
        "title": trial.source.title,
        "health": report.health,
        "why": report.why,
        "requests": report.requests,
        "searches": report.searches,
        "items": report.items,
        "posts": len(trial.posts),
        "dropped": report.dropped,
        "newest": _time(report.newest),
        "bounds": [structs.asdict(bound) for bound in trial.bounds],
        "sample": [_sample(post) for post in trial.posts[:_SHOWN]],
        "errors": [{"url": url, "why": why} for url, why in report.errors],
        "seconds": (report.ended - report.started).total_seconds(),
    }


def _sample(post: Post) -> dict[str, Any]:
    return {"title": post.title, "published_at": _time(post.published_at), "url": post.url, "text": post.text, "keyword": post.keyword}


def _time(at: datetime | None) -> str | None:
    return times(at) if at else None


def _shown(face: dict[str, Any]) -> None:
    dropped = "".join(f", dropped {count} {reason}" for reason, count in face["dropped"].items())
    click.echo(f"{face['source']}\t{face['title']}")
    searches = f" for {face['searches']} words" if face["searches"] else ""
    click.echo(f"{face['items']} items, {face['posts']} posts{dropped}; {face['requests']} requests{searches}, {face['seconds']:.1f} s")
    for bound in face["bounds"]:
        click.echo(f"{_SIGNS[bound['ok']]} {bound['name']}\t{bound['expected']}\t{bound['found']}")
    click.echo(f"health: {face['health']} {HEALTH[face['health']]}{' — ' + face['why'] if face['why'] else ''}")
    for line in listed(face["sample"]):
        click.echo(line)
    for error in face["errors"]:
        click.echo(f"! {error['url']}: {error['why']}")


def listed(sample: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Yield two lines for an item: its time and title with its address, and the beginning of its text."""
    for item in sample:
        found = f"  ← {item['keyword']}" if item.get("keyword") else ""
        yield f"  {item['published_at'] or 'no time'}  {item['title'] or '(no title)'}  {item['url']}{found}"
        if item["text"] and item["text"] != item["title"]:
            yield f"    {' '.join(item['text'].split())[:100]}"
