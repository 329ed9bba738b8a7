"""The command of the daily digest: shows it as it would be sent, or sends it."""

import sys
from collections.abc import Sequence
from datetime import datetime

import click

from config.board import Board
from config.errors import ConfigError, Fault
from pipeline import app as root
from pipeline import faces, mailing
from pipeline.app import App
from pipeline.cli.frame import Moment, cli, opened, out
from pipeline.digest.content import PERIOD
from pipeline.digest.gathered import whole
from pipeline.digest.sending import Parcel
from pipeline.digest.written import written


@cli.command()
@click.option("--preview", is_flag=True, help="print the page instead of sending it")
@click.option("--text", "as_text", is_flag=True, help="print its plain part")
@click.option("--json", "as_json", is_flag=True, help="print its content as JSON")
@click.option("--send", is_flag=True, help="send what is due; with --at, --to or --again the digest of that time to who has not had it")
@click.option("--at", type=Moment(), help="the end of its 24 hours; else now, and with --send the last time of a digest")
@click.option("--to", "names", metavar="BOARD", multiple=True, help="send to this board; else to all that get digests")
@click.option("--again", is_flag=True, help="send it once more, marked 重发, to who has had it")
@click.pass_context
def digest(
    context: click.Context, /, *, preview: bool, as_text: bool, as_json: bool, send: bool, at: datetime | None, names: tuple[str, ...], again: bool
) -> None:
    """Print the digest of the 24 hours before a time, or send it."""
    if send == (preview or as_text or as_json):
        raise click.UsageError("give --preview (or --text, --json) to see it, or --send to send it")
    if not send and (names or again):
        raise click.UsageError("--to and --again go with --send")
    with opened(context) as app:
        if send:
            _send(app, at, names, again=again)
        else:
            _show(app, whole(at or root.now()), as_text=as_text, as_json=as_json)


def _show(app: App, until: datetime, *, as_text: bool, as_json: bool) -> None:
    history = mailing.sender(app).until(until - PERIOD, root.now())
    made = mailing.made(app, until, history=history)
    if as_json:
        out(faces.digest_face(made))
        return
    mail = written(made, office=app.config.settings.office, topics=app.config.topics, times=faces.shown, desk=app.config.settings.desk.url)
    sys.stdout.write(mail.text if as_text else mail.html)


def _send(app: App, at: datetime | None, names: Sequence[str], *, again: bool) -> None:
    boards = _boards(app, names)
    if at is None and not names and not again:
        told = [letter for letter in mailing.send_due(app, root.now) if letter.to]
        for letter in told:
            click.echo(f"digest of {faces.shown(letter.told.since)} to {faces.shown(letter.told.until)}: to {', '.join(letter.to)}")
        if not told:
            click.echo("nothing was due that is not told already; --again sends the last digest once more", err=True)
        return
    until = whole(at) if at else mailing.sender(app).ended(root.now())
    sent: list[Parcel] = mailing.sender(app).by_hand(until, to=boards, again=again, now=root.now())
    for parcel in sent:
        click.echo(f"{parcel.message.id}: to {', '.join(parcel.to)}")
    if not sent:
        click.echo(f"all have had the digest until {faces.shown(until)}; --again sends it once more", err=True)


def _boards(app: App, names: Sequence[str]) -> list[Board]:
    """The boards to send to: those that were named, else all that get digests."""
    folder = str(app.config.folder / "boards")
    unknown = [Fault(folder, name, "no board that is on is called so") for name in names if not _known(app, name)]
    if unknown:
        raise ConfigError(unknown)
    found = [app.config.boards[name] for name in names] or mailing.readers(app)
    if not found:
        raise ConfigError([Fault(folder, "digest", "no board that is on gets digests: write `digest: true` in one")])
    return found


def _known(app: App, name: str) -> bool:
    return name in app.config.boards and app.config.boards[name].enabled
