"""Decides what level an event has reached, and whether that is news: additive points from declared rules, each with its reason.

Pure: an event, its members and the rules go in; the event with its level, and the alert if it rose, come out.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import structs

from config.schema import Level, Rule
from pipeline.lowering import Reason, level_of, lowers
from pipeline.measures import Known, measured
from pipeline.model import LEVELS, Alert, Burst, Event, alert_id

log = logging.getLogger(__name__)

FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a rule may fail by; the others are applied all the same."""


def reasons(known: Known, rules: Iterable[Rule]) -> list[Reason]:
    """Return what each rule gives, most points first; a rule that fails gives none, and says so."""
    found = []
    for rule in rules:
        try:
            reason = reason_of(known, rule)
        except FAULTS as error:
            log.warning("rule %s failed on event %s: %s: %s", rule.name, known.event.id, type(error).__name__, error)
            reason = Reason(rule.name, 0, f"规则“{rule.title}”出错，未计分", failed=True)
        if reason:
            found.append(reason)
    return sorted(found, key=lambda reason: (-reason.points, reason.rule))


def reason_of(known: Known, rule: Rule) -> Reason | None:
    """Return what one rule gives, if anything."""
    if rule.topics and not set(rule.topics) & set(known.event.topics):
        return None
    value = measured(known, rule)
    reached = [points for least, points in rule.steps.items() if value >= least]
    if not reached or not reached[-1]:
        return None
    shown = f"{value:.2f}" if value % 1 else f"{value:.0f}"
    titles = "、".join(known.topics[topic].title for topic in known.event.topics if topic in known.topics)
    burst = known.burst(rule.name)
    return Reason(rule.name, reached[-1], rule.because.format(value=shown, topics=titles, **(_words(burst, known) if burst else {})))


def _words(burst: Burst, known: Known) -> dict[str, str]:
    """What a reason may say of a burst."""
    hours = (burst.until - burst.since) // timedelta(hours=1) + 1
    return {
        "topic": known.topics[burst.topic].title if burst.topic in known.topics else burst.topic,
        "place": "".join(burst.place[-1:]) or "地点不明",
        "window": f"{hours} 小时",
        "observed": str(burst.observed),
        "expected": f"{burst.expected:.1f}",
        "p": f"{burst.p:.1g}",
        "alpha": f"{burst.alpha:g}",
        "series": str(burst.series),
        "test": burst.test,
    }


BURST_WORDS = ("topic", "place", "window", "observed", "expected", "p", "alpha", "series", "test")
"""What a reason of a rule with a test may name beside {value} and {topics}."""


def raised(known: Known, rules: Iterable[Rule], levels: Mapping[Level, int], at: datetime) -> tuple[Event, Alert | None]:
    """Return the event with its level, and the alert if it rose to a level not yet alerted in this episode.

    `at` is the decision time of the post that made it rise. A dismissed event still rises: whoever dismissed it must see that it grew.
    """
    state, since = known.figures.told.state(known.trust)
    known = structs.replace(known, event=structs.replace(known.event, rumor_state=state, rumor_since=since))
    rules = list(rules)
    why = reasons(known, rules)
    points = max(0, sum(reason.points for reason in why))
    level = level_of(points, levels)
    event = known.event
    news = level is not None and (event.alerted is None or level < event.alerted)
    texts = tuple(reason.text for reason in why)
    event = structs.replace(
        event,
        points=points,
        level=level,
        why=texts,
        alerted=level if news else event.alerted,
        lower=lowers(why, rules, levels),
        failed=tuple(reason.rule for reason in why if reason.failed),
    )
    if level is None or not news:
        return event, None
    return event, Alert(
        id=alert_id(event.id, level, event.episode),
        event=event.id,
        raised_at=at,
        first_seen=event.first_seen,
        level=level,
        title=event.title,
        why=(f"{points} 分达 {LEVELS[level]}", *texts),
        topics=event.topics,
        platforms=event.platforms,
        posts=event.posts,
        episode=event.episode,
        places=event.places,
        rumor=event.rumor,
        debunk=event.debunk,
    )
