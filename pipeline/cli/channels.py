"""The commands for channels: channel list, channel test."""

import os
import secrets

import click

from config.errors import NotifyError
from config.load import Config, load
from config.schema import Channel
from pipeline import app as root
from pipeline.cli.frame import cli, out
from pipeline.cli.setup import chosen
from pipeline.model import LEVELS
from pipeline.notify import Message, opened


@cli.group()
def channel() -> None:
    """List and try the channels by which people are told."""


@channel.command("list")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def listed(context: click.Context, /, *, as_json: bool) -> None:
    """List the channels: name, kind, on or off, the mildest level sent, title."""
    for one in _config(context).channels.values():
        if as_json:
            out({"name": one.name, "title": one.title, "kind": one.kind, "enabled": one.enabled, "floor": one.floor, "topics": one.topics})
        else:
            click.echo(f"{one.name}\t{one.kind}\t{'on' if one.enabled else 'off'}\t{LEVELS[one.floor]}\t{one.title}")


@channel.command()
@click.argument("name")
@click.pass_context
def test(context: click.Context, /, *, name: str) -> None:
    """Send a test message to one channel, on or off, and say what came of it."""
    config = _config(context)
    if name not in config.channels:
        raise click.UsageError(f"no channel is called {name}; there are {', '.join(config.channels) or 'none'}")
    one = config.channels[name]
    message = _message(one, config.settings.office)
    try:
        opened(one, config.folder).send(message)
    except NotifyError as error:
        raise NotifyError(f"{name}: not sent: {error}; {_advice(error)}", retry=error.retry, after=error.after, left=error.left) from error
    click.echo(f"{name}: sent {message.id} by {one.kind}")


def _config(context: click.Context) -> Config:
    place = chosen(context.obj)
    return load(place.folder if place else None, place.environ() if place else os.environ)


def _message(channel: Channel, office: str) -> Message:
    return Message(
        id=f"test-{secrets.token_hex(8)}",
        of="test",
        title=f"{office}：渠道测试",
        text=f"这是发给渠道“{channel.title}”的测试消息，无需处理。",
        at=root.now(),
    )


def _advice(error: NotifyError) -> str:
    if not error.retry:
        return "trying again will not help until that is mended"
    return f"try again after {error.after.total_seconds():g} s" if error.after else "trying again may help"
