"""Measures events: the real titles of two years run through the whole path as a stream, and what became of the known events in it.

The stream says the day only, so all titles of a day have one time; their order is that of their ids, as in every store.
"""

from collections import defaultdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from config.load import Config
from crawlers.post import Broken, Post, identified
from crawlers.records import ZONE
from nlp import cases, corpora
from nlp.assessment import Analyst
from nlp.corpora import Seen
from pipeline.event_figures import Placed, figures
from pipeline.ingest import Intake, ingest
from pipeline.model import Alert
from pipeline.store import EventFilter, Store
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker

SETS = {"events": "2023-01-01", "events-2024h2": corpora.HELD_OUT}
"""The sets, and the day that each begins on; known events that began before it are left out."""
_SOURCE, _PLATFORM = "weibo-hot", "weibo"
_PAGE = 1000


def replayed(name: str, shared: Path, analyst: Analyst, config: Config) -> dict[str, Any]:
    """Return the figures of one of SETS. Takes about half a minute for each 100,000 titles."""
    since = SETS[name]
    titles = [one for one in corpora.streams(shared) if one.origin == "titles" and one.day >= since]
    store = MemoryStore()
    posts = [_post(one) for one in titles]
    for _ in ingest(posts, Intake(store, analyst, config.sources, _broken), now=max(post.at for post in posts)):
        pass
    alerts = Tracker(store, analyst, config).run()
    known = cases.of_events()
    early = {case.event for case in known if case.day < since} - {cases.DOUBTFUL}
    found = figures([case for case in known if case.event not in early], _placed(store, alerts))
    days = len({one.day for one in titles})
    return {**found, "alerts": len(alerts), "alerts_per_day": round(len(alerts) / days, 3)}


def _post(seen: Seen) -> Post:
    at = datetime.combine(date.fromisoformat(seen.day), time(), ZONE)
    return identified(Post("", seen.text, platform=_PLATFORM, source=_SOURCE, collected_at=at))


def _broken(one: Broken) -> None:
    raise AssertionError(f"a title is no post: {one.why}")


def _placed(store: Store, alerts: list[Alert]) -> Placed:
    """What became of the titles, by their keys."""
    events: dict[str, str] = {}
    cursor = ""
    while True:
        page = store.events(EventFilter(), limit=_PAGE, cursor=cursor)
        for event in page.items:
            events.update({corpora.key(member.title): event.id for member in store.members(event.id)})
        if not (cursor := page.next):
            break
    alerted: defaultdict[str, list[str]] = defaultdict(list)
    for alert in alerts:
        alerted[alert.event].append(alert.raised_at.astimezone(ZONE).date().isoformat())
    return Placed(events, alerted)
