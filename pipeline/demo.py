"""The main job on the example site, offline: crawl three days, ingest, raise alerts, and serve the desk; what `make demo` runs.

Everything lives in a folder of its own that is removed at the end, so that each start begins anew and leaves nothing behind.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import yaml

from config.errors import ShianError
from crawlers.example.posts import DAYS
from crawlers.example.site import Site
from pipeline.app import App, now
from pipeline.home import Home, made
from pipeline.model import LEVELS, Alert, Fate
from pipeline.serve import listening, server
from pipeline.store import EventFilter

_PORT = 8321
_SOURCES = ("example-hot", "example-feed", "example-news", "example-complaints")


def main() -> None:
    """Run the demonstration; `--headless` prints its alerts and ends."""
    arguments = argparse.ArgumentParser(prog="make demo", description=__doc__)
    arguments.add_argument("--headless", action="store_true", help="print the alerts and end")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _run(headless=arguments.parse_args().headless)
    except KeyboardInterrupt:
        _say("ended")
        sys.exit(130)
    except ShianError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _run(*, headless: bool) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shian-demo-")))
        site = stack.enter_context(_site())
        home = _home(folder / "home", site.url)
        app = stack.enter_context(App(home))
        desk = app.config.settings.desk
        # A taken port is said before any work is done.
        sock = None if headless else stack.enter_context(listening(desk, lambda: False))
        _say(f"example site on {site.url}: invented posts of three days, a hot list, a feed, news and complaints")
        app.analyst.assess([])
        for day in DAYS:
            site.day = day
            _day(app, day, site.clock)
        _table(app)
        if sock is not None:
            _serve(app, sock, f"http://{desk.host}:{desk.port}")


def _site() -> Site:
    """The example site, on the same port each time where it is free: an address makes the ids of its posts, and ids order those of one moment."""
    try:
        return Site(now(), day=DAYS[0], port=_PORT)
    except OSError:
        return Site(now(), day=DAYS[0])


def _home(folder: Path, url: str) -> Home:
    """A home whose only crawled sources are the examples, at the address of the running site."""
    home = made(folder)
    for path in (folder / "sources").glob("*.yaml"):
        declared = yaml.safe_load(path.read_text("utf-8"))
        if path.stem in _SOURCES:
            here = {"url": url + "/" + declared["url"].split("/", 3)[3], "enabled": True}
            path.write_text(yaml.safe_dump({**declared, **here}, allow_unicode=True), "utf-8")
        elif declared["kind"] != "import":
            path.unlink()
    settings = folder / "settings.yaml"
    declared = yaml.safe_load(settings.read_text("utf-8"))
    declared["crawl"] = {"delay": 0, "allow_private": [url.removeprefix("http://")]}
    settings.write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    return home


def _day(app: App, day: int, clock: datetime) -> None:
    """Crawl what stands on the site on one day, as if it were that day, and take it in."""
    started = time.monotonic()
    reports = app.crawl(_SOURCES, collected_at=clock)
    fetched = sum(report.requests for report in reports)
    crawled = time.monotonic()
    fates: dict[Fate, int] = {}
    alerts = app.drain(lambda tally: fates.update(tally.fates))
    taken = time.monotonic()
    _say(
        f"day {day}: crawled {len(reports)} sources with {fetched} requests in {crawled - started:.1f} s; "
        f"kept {fates.get(Fate.KEPT, 0)} posts, {fates.get(Fate.REPEATED, 0)} were known; raised {len(alerts)} alerts in {taken - crawled:.1f} s"
    )
    for report in reports:
        if report.health != "ok":
            _say(f"  {report.source}: {report.health} {report.why}")


def _table(app: App) -> None:
    print("level\ttitle\twhy")  # noqa: T201
    for one in app.all_alerts(EventFilter()):
        print(_row(one))  # noqa: T201
    sys.stdout.flush()


def _row(one: Alert) -> str:
    return f"{LEVELS[one.level]}\t{one.title}\t{'；'.join(one.why)}"


def _serve(app: App, sock: socket.socket, url: str) -> None:
    _say(f"the desk is on {url} (Ctrl-C ends everything)")
    with contextlib.suppress(asyncio.CancelledError):
        server(app).run(sockets=[sock])
    _say("ended")


if __name__ == "__main__":
    # A Ctrl-C reaches the crawl's process group too; make's own message is enough.
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
