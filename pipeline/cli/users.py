"""The commands for people: user add, list, role, title, password, disable, enable, remove, token, tokens, revoke; and audit."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import click

from config.errors import UserError
from pipeline import app as root
from pipeline import audit, faces
from pipeline.app import App
from pipeline.cli.frame import Moment, cli, opened, out
from pipeline.passwords import SHORTEST, Passwords
from pipeline.sessions import API, FEED, Sessions, Token, Tokens
from pipeline.users import ROLES, User, Users, role_named

_json = click.option("--json", "as_json", is_flag=True, help="as JSON, one object a line")
_stdin = click.option("--password-stdin", "from_stdin", is_flag=True, help="take the password from one line on stdin instead of asking")


@cli.group()
def user() -> None:
    """Say who may use the desk, and as what: reader (只读), duty (值班), assessor (研判), admin (管理员)."""


@user.command()
@click.argument("name")
@click.option("--role", required=True, help="reader, duty, assessor or admin")
@click.option("--title", default="", help="what cases are signed with, such as 李敏; else the name")
@_stdin
@_json
@click.pass_context
def add(context: click.Context, /, *, name: str, role: str, title: str, from_stdin: bool, as_json: bool) -> None:
    """Add a user; from the first on, the desk asks for a login."""
    with opened(context) as app:
        users = Users(app.store.ledger)
        users.check(name, role=role, title=title)
        password = _password(from_stdin=from_stdin)
        kept = Passwords().kept(password, name=name, title=title)
        made = users.add(name, role=role, kept=kept, title=title, now=root.now())
        _noted(app, "user.add", name, made.role)
        _say(made, as_json=as_json, done="added")


@user.command("list")
@_json
@click.pass_context
def listed(context: click.Context, /, *, as_json: bool) -> None:
    """List the users: name, role, on or off, title."""
    with opened(context) as app:
        for one in Users(app.store.ledger).all():
            _say(one, as_json=as_json)


@user.command()
@click.argument("name")
@click.argument("role")
@_json
@click.pass_context
def role(context: click.Context, /, *, name: str, role: str, as_json: bool) -> None:
    """Give a user another role; it holds at once."""
    with _changing(context) as (app, users):
        changed = users.change(name, now=root.now(), role=role_named(role))
        _noted(app, "user.role", name, changed.role)
        _say(changed, as_json=as_json, done="changed")


@user.command()
@click.argument("name")
@click.argument("title")
@_json
@click.pass_context
def title(context: click.Context, /, *, name: str, title: str, as_json: bool) -> None:
    """Give a user another title, which cases are signed with from now on."""
    with _changing(context) as (app, users):
        changed = users.change(name, now=root.now(), title=title)
        _noted(app, "user.title", name, changed.title)
        _say(changed, as_json=as_json, done="changed")


@user.command()
@click.argument("name")
@_stdin
@_json
@click.pass_context
def password(context: click.Context, /, *, name: str, from_stdin: bool, as_json: bool) -> None:
    """Give a user another password; all sessions and tokens of that user end."""
    with _changing(context) as (app, users):
        found = _there(users, name)
        kept = Passwords().kept(_password(from_stdin=from_stdin), name=name, title=found.title)
        changed = users.change(name, now=root.now(), ends=True, hash=kept)
        _ended(app, name)
        _noted(app, "user.password", name)
        _say(changed, as_json=as_json, done="changed")


@user.command()
@click.argument("name")
@_json
@click.pass_context
def disable(context: click.Context, /, *, name: str, as_json: bool) -> None:
    """Keep a user out, and end all sessions and tokens; the name stays taken."""
    with _changing(context) as (app, users):
        changed = users.change(name, now=root.now(), ends=True, disabled=True)
        _ended(app, name)
        _noted(app, "user.disable", name)
        _say(changed, as_json=as_json, done="disabled")


@user.command()
@click.argument("name")
@_json
@click.pass_context
def enable(context: click.Context, /, *, name: str, as_json: bool) -> None:
    """Let a disabled user in again, with the old password."""
    with _changing(context) as (app, users):
        changed = users.change(name, now=root.now(), disabled=False)
        _noted(app, "user.enable", name)
        _say(changed, as_json=as_json, done="enabled")


@user.command()
@click.argument("name")
@_json
@click.pass_context
def remove(context: click.Context, /, *, name: str, as_json: bool) -> None:
    """Remove a user; who only leaves for a while, or must stay known, is disabled instead."""
    with _changing(context) as (app, users):
        gone = _there(users, name)
        users.remove(name)
        _ended(app, name)
        _noted(app, "user.remove", name)
        _say(gone, as_json=as_json, done="removed")


@user.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3660), help="how long it holds; else until it is revoked")
@click.option("--feed", is_flag=True, help="one that reads the feed and nothing else, for a reader of feeds")
@_json
@click.pass_context
def token(context: click.Context, /, *, name: str, days: int | None, feed: bool, as_json: bool) -> None:
    """Make a token for a program, with the rights of the user, and print it this once."""
    with _changing(context) as (app, users):
        found = _there(users, name)
        secret, made = Tokens(app.store.ledger).make(found, now=root.now(), kind=FEED if feed else API, days=days)
        _noted(app, "token.make", name, f"{made.kind} {made.id[:12]}")
        out({"token": secret, **_face(made)}) if as_json else click.echo(secret)


@user.command()
@click.argument("name", default="")
@_json
@click.pass_context
def tokens(context: click.Context, /, *, name: str, as_json: bool) -> None:
    """List the tokens of a user, or of all: id, user, kind, until when."""
    with opened(context) as app:
        for one in Tokens(app.store.ledger).all(name or None):
            face = _face(one)
            out(face) if as_json else click.echo(f"{face['id']}\t{one.user}\t{one.kind}\t{face['until'] or 'until revoked'}")


@user.command()
@click.argument("beginning", metavar="ID")
@_json
@click.pass_context
def revoke(context: click.Context, /, *, beginning: str, as_json: bool) -> None:
    """Revoke the token whose id begins so."""
    with opened(context) as app:
        gone = Tokens(app.store.ledger).revoke(beginning)
        _noted(app, "token.revoke", gone.user, gone.id[:12])
        out(_face(gone)) if as_json else click.echo(f"{gone.id[:12]}: revoked", err=True)


@cli.command("audit")
@click.option("--since", type=Moment(), help="from this time on")
@click.option("--by", default=None, help="of this user")
@click.option("--limit", type=click.IntRange(1), help="so many at most")
@_json
@click.pass_context
def audited(context: click.Context, /, *, since: datetime | None, by: str | None, limit: int | None, as_json: bool) -> None:
    """List who did what, newest first."""
    with opened(context) as app:
        for line in islice(audit.lines(app.store, by=by, since=since), limit):
            at = faces.times(line.at)
            out({**line.face, "at": at}) if as_json else click.echo("\t".join([at, line.by or "?", line.action, line.of, line.detail]).rstrip())


@contextmanager
def _changing(context: click.Context) -> Iterator[tuple[App, Users]]:
    with opened(context) as app:
        yield app, Users(app.store.ledger)


def _there(users: Users, name: str) -> User:
    found = users.get(name)
    if found is None:
        raise UserError(f"no user is called {name}")
    return found


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for the password on; give it as a line on stdin, with --password-stdin")
    asked: str = click.prompt(f"password (at least {SHORTEST} characters)", hide_input=True, confirmation_prompt="again", err=True)
    return asked


def _ended(app: App, name: str) -> None:
    """The new epoch ended them already; this only clears them away."""
    people = app.config.settings.people
    Sessions(app.store.ledger, idle=people.idle, longest=people.longest).end_all(name)
    Tokens(app.store.ledger).end_all(name)


def _noted(app: App, action: str, of: str, detail: str = "") -> None:
    # Whoever has a shell here needs no login: the machine's own name is all that is known.
    try:
        who = getpass.getuser()
    except (OSError, KeyError):
        who = "?"
    audit.note(app.store, by=f"shell:{who}", action=action, of=of, detail=detail, now=root.now())


def _say(one: User, *, as_json: bool, done: str = "") -> None:
    if as_json:
        out({**one.face, "created": faces.times(one.created), "changed": faces.times(one.changed)})
    elif done:
        click.echo(f"{one.name}: {done} ({one.role} {ROLES[one.role]}, signs {one.title})", err=True)
    else:
        click.echo(f"{one.name}\t{one.role}\t{'off' if one.disabled else 'on'}\t{one.title}")


def _face(one: Token) -> dict[str, object]:
    until = faces.times(one.until) if one.until else None
    return {"id": one.id[:12], "user": one.user, "kind": one.kind, "created": faces.times(one.created), "until": until}
