"""The command that shows the sources: what each is, what it needs, how sure it is, how its last crawl went."""

import click

from crawlers.report import HEALTH, reports
from pipeline.cli.frame import cli, opened, out


@cli.command()
@click.option("--sick", is_flag=True, help="only those whose last crawl was not well")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def sources(context: click.Context, sick: bool, as_json: bool) -> None:
    """List the sources: name, on or off, last health, needs, title, and how sure its declaration is."""
    with opened(context) as app:
        assert app.home
        for name, source in app.config.sources.items():
            found = reports(app.home.reports, name) if app.home.reports.is_dir() else []
            last = found[-1] if found else None
            health = last.health if last else None
            if sick and health in (None, "ok"):
                continue
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
                        "health": health,
                        "why": last.why if last else "",
                        "last": last.ended if last else None,
                    }
                )
                continue
            state = "on" if source.enabled else "off"
            said = HEALTH[health] if health else "—"
            click.echo(f"{name}\t{state}\t{said}\t{source.needs}\t{source.title}\t{source.checked or '—'}")
