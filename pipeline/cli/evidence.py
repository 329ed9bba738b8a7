"""The commands of evidence: evidence keys, list, bundle, verify, publishers."""

import sys
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import click

from config.errors import InputError
from pipeline import app as root
from pipeline import faces
from pipeline.cli.frame import Moment, cli, opened, out

PASSPHRASE = "SHIAN_EVIDENCE_PASSPHRASE"  # noqa: S105 - where it is, not what
_FILE = click.Path(path_type=Path, dir_okay=False)


@cli.group()
def evidence() -> None:
    """What was sealed of posts: keys, bundles, and who spread what."""


@evidence.command()
@click.argument("file", type=_FILE)
@click.option("--passphrase", envvar=PASSPHRASE, prompt=True, hide_input=True, confirmation_prompt=True, help=f"of the file; else {PASSPHRASE}")
def keys(file: Path, passphrase: str) -> None:
    """Make a pair of keys: the private half into a new FILE under a passphrase, the public half onto stdout."""
    from pipeline.evidence import keys as pairs

    if len(passphrase) < 12:
        raise click.UsageError("the passphrase needs 12 characters or more: it is all that guards the file")
    pair = pairs.made()
    pairs.saved(pair, file, passphrase)
    click.echo(f"SHIAN_EVIDENCE_KEY={pair.public}")
    click.echo(
        f"wrote {file}: take it away from this machine, twice, with its passphrase; who loses it loses all evidence.\n"
        "Put the line above into keys.env of every home that collects. "
        f"Bundles of this office are signed by {pair.signer}: tell it to who receives them.",
        err=True,
    )


@evidence.command("bundle")
@click.argument("ids", metavar="EVENT|POST...", nargs=-1, required=True)
@click.option("--out", "target", type=_FILE, required=True, help="the new zip file")
@click.option("--key", "files", type=_FILE, multiple=True, required=True, help="file of `evidence keys`; the first one signs, older ones open too")
@click.option("--by", required=True, help="who opens the evidence")
@click.option("--reason", required=True, help="why")
@click.option("--only-posts", is_flag=True, help="ids are posts, also where an event is called so")
@click.option("--passphrase", envvar=PASSPHRASE, prompt=True, hide_input=True, help=f"of the key files; else {PASSPHRASE}")
@click.option("--json", "as_json", is_flag=True, help="the summary as JSON")
@click.pass_context
def bundle(
    context: click.Context, /, *, ids: Sequence[str], target: Path, files: Sequence[Path], passphrase: str, as_json: bool, **why: str | bool
) -> None:
    """Write the posts as they were seen, with authors in clear, into a zip that proves itself. Opening is audited."""
    from pipeline.evidence.bundle import Wanted, bundled
    from pipeline.evidence.keys import loaded

    pairs = [loaded(file, passphrase) for file in files]
    with opened(context) as app:
        assert app.evidence
        wanted = Wanted(tuple(ids), str(why["by"]), str(why["reason"]), f"shian {version('shian')}", bool(why["only_posts"]))
        done = bundled(app.store, app.evidence, wanted, keys=pairs, out=target, now=root.now)
    for lack in done.lacking:
        click.echo(lack, err=True)
    if as_json:
        out({"file": str(target), "sha256": done.sha256, "posts": done.posts, "seen": done.seen, "lacking": done.lacking})
    else:
        click.echo(f"wrote {target}: {done.posts} posts, {done.seen} as they were seen\nSHA-256 {done.sha256}")


@evidence.command()
@click.argument("file", type=_FILE)
@click.option("--signer", default="", help="64 hexadecimal digits: the key by which it must be signed")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def verify(file: Path, signer: str, as_json: bool) -> None:
    """Say of every file of a bundle whether it is ok, changed, missing or added; exit 1 unless all is as it was made."""
    from pipeline.evidence.verified import verified

    verdict = verified(file, signer=signer)
    manifest = verdict.manifest
    if as_json:
        said = {"signer": manifest.signer, "by": manifest.by, "made_at": manifest.made_at, "reason": manifest.reason} if manifest else {}
        out({"ok": verdict.is_whole, "sha256": verdict.sha256, "files": verdict.files, "faults": verdict.faults, **said})
    else:
        for name, word in verdict.files.items():
            click.echo(f"{word}\t{name}")
        for fault in verdict.faults:
            click.echo(f"✗ {fault}")
        if manifest:
            click.echo(f"made {manifest.made_at} by {manifest.by} for: {manifest.reason}\nsigned by {manifest.signer}\nSHA-256 {verdict.sha256}")
            if not signer:
                click.echo("whether the signer is the office, only --signer says", err=True)
    sys.exit(0 if verdict.is_whole else 1)


@evidence.command("list")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List what is sealed, by its labels; nothing is opened. Damaged files are named, and exit is 1."""
    from crawlers.sealing import Unopened

    damaged = False
    with opened(context) as app:
        assert app.evidence
        for piece in app.evidence.each():
            try:
                label = piece.label()
            except Unopened as why:
                damaged = True
                click.echo(f"{piece.path} {why}", err=True)
                continue
            size = piece.path.stat().st_size
            if as_json:
                out({"post": label.post, "at": faces.times(label.at), "who": label.who, "key": label.key, "bytes": size, "file": str(piece.path)})
            else:
                click.echo(f"{faces.shown(label.at)}\t{label.post}\t{' '.join(label.who)}\t{size}")
    sys.exit(1 if damaged else 0)


@evidence.command()
@click.option("--event", default="", help="only this event")
@click.option("--claim", default="", help="only this known claim, by its id")
@click.option("--since", type=Moment(), help="posts from this time on")
@click.option("--csv", "as_csv", is_flag=True, help="as CSV with a header")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def publishers(context: click.Context, /, *, event: str, claim: str, since: datetime | None, as_csv: bool, as_json: bool) -> None:
    """List who spread rumors, by pseudonym: who began an event first, then the earliest."""
    from pipeline import publishers as clues

    with opened(context) as app:
        try:
            found = clues.publishers(app.store, event=event, claim=claim, since=since)
        except KeyError:
            raise InputError(f"there is no event {event}") from None
    if as_csv:
        click.echo(clues.table(found, faces.times), nl=False)
        return
    for one in found:
        if as_json:
            out(clues.face(one, faces.times))
        else:
            began, refuted = ("首发" if one.began else ""), (f"{faces.shown(one.refuted_at)} 改口" if one.refuted_at else "")
            first = one.posts[0]
            click.echo(f"{one.author or '作者不明'}\t{len(one.posts)} 帖\t{faces.shown(first.at)}\t{one.reach}\t{began}\t{refuted}\t{first.title}")
