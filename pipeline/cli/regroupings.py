"""The commands that merge and split events by hand, and undo it."""

import getpass
from collections.abc import Callable

import click

from pipeline import app as root
from pipeline import regroup
from pipeline.cli.frame import cli, opened, out
from pipeline.desk.joining import face

_WHO = click.option("--by", default=getpass.getuser, help="who asks; else who is logged in")
_WHY = click.option("--reason", required=True, help="why")


@cli.group()
def event() -> None:
    """Merge and split events by hand."""


@event.command()
@click.argument("one")
@click.argument("into")
@_WHO
@_WHY
@click.pass_context
def merge(context: click.Context, /, *, one: str, into: str, by: str, reason: str) -> None:
    """Merge the event ONE into another; its address then leads there."""
    _made(context, lambda app: regroup.merge(app.store, one, into, by=by, reason=reason, now=root.now()).id)


@event.command()
@click.argument("one")
@click.argument("posts", nargs=-1, required=True)
@_WHO
@_WHY
@click.pass_context
def split(context: click.Context, /, *, one: str, posts: tuple[str, ...], by: str, reason: str) -> None:
    """Let POSTS, named by their keys, leave the event ONE and be an event of their own."""
    _made(context, lambda app: regroup.split(app.store, one, posts, by=by, reason=reason, now=root.now()).id)


@event.command()
@click.argument("which")
@_WHO
@click.pass_context
def undo(context: click.Context, /, *, which: str, by: str) -> None:
    """Undo a merge or split, named by its id; what came since stays."""

    def asked(app: root.App) -> str:
        """Ask for it."""
        regroup.undo(app.store, which, by=by)
        return which

    _made(context, asked)


def _made(context: click.Context, ask: Callable[[root.App], str]) -> None:
    """Ask, let whoever tracks make it, and print what came of it."""
    with opened(context) as app:
        which = ask(app)
        app.track()
        found = regroup.regrouping(app.store, which)
        assert found  # it was asked for just now
        state, one = found
        out(face(state, one))
        if state == regroup.REFUSED:
            raise regroup.RegroupError(one.why_not)
