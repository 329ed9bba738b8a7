"""The command line's frame: the group, what its commands share, and how errors end it.

Results go to stdout, everything else to stderr. Exit 0 done, 1 a fault of configuration or input, 2 wrong usage, 3 a part outside is away.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar, NoReturn

import click
import msgspec

from crawlers.records import moment
from pipeline import app as root
from pipeline import home
from pipeline.app import App


class Moment(click.ParamType[datetime]):
    """A time as people write it: ISO, a date, or 昨天 08:15; without an offset in Asia/Shanghai."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware time, or say that it is none."""
        at = value if isinstance(value, datetime) else moment(str(value), root.now())
        if at is None:
            self.fail(f"{value!r} is no time; write 2024-03-05 or 2024-03-05T08:00", param, ctx)
        return at


def out(face: object) -> None:
    """Write one JSON line to stdout."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(face) + b"\n")
    except BrokenPipeError:
        _enough()


def flushed() -> None:
    """Write what is still in the buffer of stdout."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _enough()


def _enough() -> NoReturn:
    """Whoever reads our output has had enough; Python must not complain while it closes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


@contextmanager
def opened(context: click.Context) -> Iterator[App]:
    """The app of the home that was named."""
    with App(home.found(context.obj)) as app:
        yield app


class Commands(click.Group):
    """The group, whose commands are loaded when they are asked for: all of them together take a second."""

    MODULES: ClassVar[Mapping[str, str]] = {
        "alerts": "lists",
        "assess": "posts",
        "audit": "users",
        "board": "boards",
        "channel": "channels",
        "check": "setup",
        "clocks": "handling",
        "crawl": "jobs",
        "deliver": "jobs",
        "desk": "jobs",
        "digest": "digests",
        "doctor": "setup",
        "duty": "handling",
        "evaluate": "models",
        "event": "regroupings",
        "events": "lists",
        "evidence": "evidence",
        "extract": "jobs",
        "handover": "handling",
        "ingest": "posts",
        "init": "setup",
        "mute": "handling",
        "outbox": "outbox",
        "privacy": "privacy",
        "purge": "jobs",
        "replay": "posts",
        "report": "reports",
        "schedule": "jobs",
        "search": "lists",
        "sources": "proposals",
        "store": "stores",
        "train": "models",
        "up": "jobs",
        "user": "users",
        "work": "jobs",
    }
    """The module beside this one that adds each command to the group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loaded now."""
        if cmd_name in self.MODULES:
            import_module(f"pipeline.cli.{self.MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", "folder", metavar="DIR", help="home folder (else SHIAN_HOME, else the working folder)")
@click.option("-v", "--verbose", is_flag=True, help="log what happens to every post")
@click.version_option(package_name="shian")
@click.pass_context
def cli(context: click.Context, folder: str | None, verbose: bool) -> None:
    """食安 Shian: the public-opinion and rumor desk of a food-safety office."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    # Its debug lines quote addresses with the keys in them.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    context.obj = folder
