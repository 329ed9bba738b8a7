"""The commands of people's data: privacy find, erase, purge."""

from pathlib import Path

import click

from pipeline import app as root
from pipeline.cli.frame import cli, opened, out
from pipeline.home import author_key

_JSON = click.option("--json", "as_json", is_flag=True, help="as JSON")


@cli.group()
def privacy() -> None:
    """What is held of a person, and how it is erased."""


@privacy.command()
@click.argument("name", metavar="NAME|ID")
@_JSON
@click.pass_context
def find(context: click.Context, name: str, as_json: bool) -> None:
    """Say what is held of an author, by name, by the site's own id, or by pseudonym."""
    from pipeline.privacy import held

    with opened(context) as app:
        assert app.home
        assert app.evidence
        found = held(app.store, app.evidence, name, author_key(app.environ))
        broken = _broken(app.home.folder / "quarantine", name)
    if as_json:
        out({"who": found.who, "posts": found.posts, "evidence": found.evidence, "mentions": found.mentions, "quarantine": broken})
        return
    click.echo(f"{found.who}: {len(found.posts)} posts, {found.evidence} files of evidence")
    for post in found.posts:
        click.echo(post)
    click.echo(f"in the words of posts: {found.mentions} (`shian search`); in quarantine: {broken} lines", err=True)


@privacy.command()
@click.argument("name", metavar="NAME|ID", default="")
@click.option("--post", "posts", metavar="POST", multiple=True, help="erase this post, whoever wrote it; instead of a name")
@click.option("--by", required=True, help="who does it")
@click.option("--reason", required=True, help="why; kept in the audit, so name no person")
@_JSON
@click.pass_context
def erase(context: click.Context, /, *, name: str, posts: tuple[str, ...], by: str, reason: str, as_json: bool) -> None:
    """Erase what an author published, for good: words, author, address and evidence go, counts stay, and nothing comes back."""
    from pipeline import privacy as people

    if bool(name) == bool(posts):
        raise click.UsageError("give either a name or --post")
    with opened(context) as app:
        assert app.home
        assert app.evidence
        key = author_key(app.environ)
        found = people.held(app.store, app.evidence, name, key) if name else None
        ids, who = (found.posts, found.who) if found else (posts, "")
        done = people.erase(app.store, app.evidence, ids, by=by, why=reason, now=root.now, who=who)
        broken = _broken(app.home.folder / "quarantine", name)
    if as_json:
        out({"posts": done.posts, "events": done.events, "evidence": done.evidence, "proof": done.proof})
    else:
        click.echo(f"erased {len(done.posts)} posts in {len(done.events)} events, and {done.evidence} files of evidence\nproof {done.proof or '-'}")
    if broken:
        click.echo(f"{broken} lines of quarantine hold the name: edit or remove its files", err=True)
    click.echo("backups, bundles, and reports that were sent before still hold it", err=True)


@privacy.command()
@_JSON
@click.pass_context
def purge(context: click.Context, as_json: bool) -> None:
    """Remove evidence and broken records that were kept for long enough; `up` does it every night."""
    with opened(context) as app:
        done = app.purge_people()
    if as_json:
        out(done)
    else:
        click.echo(
            f"removed {done.old} old files of evidence, {done.idle} of posts that do not matter, {done.quarantine} days of quarantine;"
            f" erased {done.erased} posts once more"
        )


def _broken(quarantine: Path, name: str) -> int:
    """Lines of broken records that hold the name."""
    if not name or not quarantine.is_dir():
        return 0
    return sum(line.count(name) > 0 for path in quarantine.glob("*.jsonl") for line in path.read_text("utf-8", "replace").splitlines())
