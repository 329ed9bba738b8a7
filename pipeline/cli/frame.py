"""The command line's frame: the group, what its commands share, and how errors end it.

Results go to stdout, everything else to stderr. Exit 0 done, 1 a fault of configuration or input, 2 wrong usage, 3 a part outside is away.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
