"""The commands for what is sent: outbox list, count, resend, park."""

from itertools import islice

import click

from pipeline import app as root
from pipeline import faces
from pipeline.cli.frame import cli, opened, out
from pipeline.delivery import STATES, Kept
from pipeline.model import LEVELS
from pipeline.sent import delivery_face

_JSON = click.option("--json", "as_json", is_flag=True, help="as JSON")
_LINE = 60


@cli.group()
def outbox() -> None:
    """See what is sent and what is not, and send again."""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="only those in this state")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@_JSON
@click.pass_context
def listed(context: click.Context, /, *, state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, the newest of each state first: id, state, board, channel, title, why."""
    with opened(context) as app:
        for kept in islice(app.outbox.all(state or ""), limit):
            out(delivery_face(kept)) if as_json else click.echo(_line(kept))


@outbox.command()
@_JSON
@click.pass_context
def count(context: click.Context, /, *, as_json: bool) -> None:
    """Say how many deliveries are in each state."""
    with opened(context) as app:
        tally = app.outbox.tally()
        if as_json:
            out({state: tally.get(state, 0) for state in STATES})
        else:
            click.echo("\n".join(f"{state}\t{number}" for state, number in tally.items()) or "nothing was ever to be sent")


@outbox.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--parked", is_flag=True, help="all that are parked")
@_JSON
@click.pass_context
def resend(context: click.Context, /, *, names: tuple[str, ...], parked: bool, as_json: bool) -> None:
    """Send again, with the same message id, whatever became of it: a parked one, a stale one, one that was sent."""
    if bool(names) == parked:
        raise click.UsageError("name deliveries, or say --parked")
    with opened(context) as app:
        wanted = [kept.id for kept in app.outbox.all("parked")] if parked else names
        _told([app.outbox.resend(one, root.now()) for one in wanted], as_json=as_json)


@outbox.command()
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@click.option("--why", default="由值班员停发", help="the reason that is shown")
@_JSON
@click.pass_context
def park(context: click.Context, /, *, names: tuple[str, ...], why: str, as_json: bool) -> None:
    """Keep what waits from being sent."""
    with opened(context) as app:
        _told([app.outbox.park(one, root.now(), why=why) for one in names], as_json=as_json)


def _told(changed: list[Kept], *, as_json: bool) -> None:
    for kept in changed:
        out(delivery_face(kept)) if as_json else click.echo(_line(kept))


def _line(kept: Kept) -> str:
    one = kept.delivery
    message = one.message
    title = f"[{LEVELS[message.level]}] {message.title}" if message.level else message.title
    repeated = f"（重发 {one.repeats} 次）" if one.repeats else ""
    fields = (kept.id, kept.state + repeated, one.board, one.channel, faces.shown(kept.at), title[:_LINE], one.why)
    return "\t".join(" ".join(field.split()) or "–" for field in fields)
