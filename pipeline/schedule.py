"""Runs each source's crawl, and the daily jobs, on their schedule in Asia/Shanghai, by APScheduler.

Of several workers on one store each crawls the sources of its shard, and one does the daily jobs. A job that was missed runs once when it can;
the same job never runs twice at once; a job that fails is said, and runs again next time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from config.schema import DigestSettings
from config.source import Source
from crawlers.records import ZONE
from pipeline import app as root
from pipeline.app import App
from pipeline.leases import once
from pipeline.mailing import send_due

log = logging.getLogger(__name__)

_GRACE = 3600
"""Seconds after its time within which a missed job is still made up for."""
_HELD = timedelta(hours=12)
"""How long after one worker began a daily job no other begins it: clocks differ, and a late one is made up for."""
_MINUTELY = timedelta(seconds=45)
"""As long after one worker looked for alerts that nobody answered no other looks."""
_AGAIN = 300
"""Seconds between two looks whether a digest was missed."""
_APART = timedelta(seconds=0.1)
"""Between the first crawls of two sources, so that a start with hundreds of them does not ask all at once."""


def trigger_of(source: Source) -> CronTrigger | IntervalTrigger:
    """Return when a source is crawled. Intervals are spread, so that sources do not all start at once."""
    if source.cron:
        return CronTrigger.from_crontab(source.cron, timezone=ZONE)
    assert source.every
    seconds = int(source.every.total_seconds())
    return IntervalTrigger(seconds=seconds, timezone=ZONE, jitter=min(seconds // 10, 60) or None)


def planned(app: App, scheduler: BlockingScheduler) -> BlockingScheduler:
    """Add every job to the scheduler and return it."""
    start = datetime.now(ZONE)
    for number, name in enumerate(app.crawled()):
        ask = guarded(partial(asked, app, name), f"crawl {name}")
        first = start + number * _APART
        scheduler.add_job(ask, trigger_of(app.config.sources[name]), id=f"crawl/{name}", next_run_time=first)
    scheduler.add_job(guarded(lambda: once(app.purge, app.hold("purge", _HELD)), "purge"), CronTrigger(hour=3, minute=30, timezone=ZONE), id="purge")
    watch = guarded(lambda: once(app.escalate, app.hold("escalate", _MINUTELY)), "escalate")
    seen = guarded(lambda: once(app.see_sources, app.hold(f"sources-{app.config.settings.shard.replace('/', '-')}", _MINUTELY)), "sources")
    scheduler.add_job(seen, IntervalTrigger(minutes=1, timezone=ZONE), id="sources", executor="minutely")
    scheduler.add_job(watch, IntervalTrigger(minutes=1, timezone=ZONE), id="escalate", executor="minutely")
    # Once it was missed it comes within minutes, and at the start: what is told already is not told again.
    times = OrTrigger([_digest_time(app.config.settings.digest), IntervalTrigger(seconds=_AGAIN, timezone=ZONE)])
    scheduler.add_job(guarded(lambda: send_due(app, root.now), "digest"), times, id="digest", executor="daily", next_run_time=datetime.now(ZONE))
    return scheduler


def asked(app: App, name: str) -> None:
    """Ask for a crawl of a source whose time has come, unless it is left alone."""
    if not app.resting(name) and not app.crew.ask(name):
        log.warning("source=%s is still being crawled; its next time is passed over", name)


def _digest_time(settings: DigestSettings) -> CronTrigger:
    """Half a minute after the time of the digest: what was collected until then is in the store by now."""
    hour, _, minute = settings.at.partition(":")
    return CronTrigger(hour=int(hour), minute=int(minute), second=30, timezone=ZONE)


def guarded(job: Callable[[], object], name: str) -> Callable[[], None]:
    """Return the job as the scheduler runs it: whatever goes wrong in it is logged, and it comes again at its next time."""

    def run() -> None:
        """Run the job once."""
        try:
            job()
        except Exception:
            # One scheduled job must not end the others.
            log.exception("job %s failed", name)

    return run


def scheduler_of(app: App) -> BlockingScheduler:
    """Return the scheduler with every job; every source of this worker is crawled once at its start."""
    # Neither a digest nor an escalation waits for a purge.
    executors = {name: {"type": "threadpool", "max_workers": most} for name, most in (("default", 4), ("daily", 1), ("minutely", 1))}
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE}
    return planned(app, BlockingScheduler(timezone=ZONE, executors=executors, job_defaults=defaults))


def run(app: App) -> None:
    """Work until interrupted."""
    scheduler = scheduler_of(app)
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        scheduler.shutdown(wait=False)
    finally:
        app.crew.close()
