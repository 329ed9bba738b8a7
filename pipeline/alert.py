"""Decides what level an event has reached, and whether that is news: additive points from declared rules, each with its reason.

Pure: an event, its members and the rules go in; the event with its level, and the alert if it rose, come out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct, structs

from config.errors import ConfigError, Fault
from config.schema import Level, Rule, Topic
from config.source import Source
from pipeline.figures import Figures
from pipeline.model import LEVELS, Alert, Event, alert_id


class Reason(Struct, frozen=True):
    """Points that one rule gave, and why."""

    rule: str
    points: int
    text: str


class Known(Struct, frozen=True):
    """What rules may ask about: an event, what its members add up to, and what is declared about their sources and topics."""

    event: Event
    figures: Figures
    sources: Mapping[str, Source]
    topics: Mapping[str, Topic]
    province: str

    def of_category(self, category: str) -> int:
        """Return how many members come from sources of a category."""
        return sum(count for name, count in self.figures.sources.items() if (source := self.sources.get(name)) and source.category == category)

    def of_trust(self, trust: str) -> int:
        """Return how many members come from sources of a trust class."""
        return sum(count for name, count in self.figures.sources.items() if (source := self.sources.get(name)) and source.trust == trust)


def _at_home(known: Known) -> float:
    return sum((place.code or "")[:2] == known.province[:2] for place in known.event.places or ())


MEASURES: dict[str, Callable[[Known], float]] = {
    "posts": lambda known: len(known.figures.members),
    "platforms": lambda known: len(known.figures.platforms),
    "hours": lambda known: (known.event.last_seen - known.event.first_seen) / timedelta(hours=1),
    "lately": lambda known: known.figures.lately(timedelta(hours=6)),
    "reach": lambda known: known.figures.reach,
    "hot-list": lambda known: known.of_category("hot-list"),
    "complaints": lambda known: known.of_category("complaint"),
    "official": lambda known: known.of_trust("official"),
    "media": lambda known: known.of_trust("media"),
    "relevance": lambda known: known.figures.relevance,
    "rumor": lambda known: known.event.rumor or 0,
    "alarm": lambda known: known.figures.alarm,
    "topic": lambda known: max((known.topics[topic].weight for topic in known.event.topics if topic in known.topics), default=0),
    "at-home": _at_home,
    "ill": lambda known: known.figures.harm["ill"],
    "hospitalised": lambda known: known.figures.harm["hospitalised"],
    "dead": lambda known: known.figures.harm["dead"],
}
"""What a rule can measure of an event; docs/rules.md describes each."""


def checked(rules: Mapping[str, Rule], folder: str) -> None:
    """Raise ConfigError for every rule that measures what nothing measures."""
    faults = [
        Fault(f"{folder}/{rule.name}.yaml", "measure", f"nothing measures {rule.measure}; there are {', '.join(MEASURES)}")
        for rule in rules.values()
        if rule.measure not in MEASURES
    ]
    if faults:
        raise ConfigError(faults)


def reasons(known: Known, rules: Iterable[Rule]) -> list[Reason]:
    """Return what each rule gives, most points first."""
    found = []
    titles = "、".join(known.topics[topic].title for topic in known.event.topics if topic in known.topics)
    for rule in rules:
        if rule.topics and not set(rule.topics) & set(known.event.topics):
            continue
        value = MEASURES[rule.measure](known)
        reached = [points for least, points in rule.steps.items() if value >= least]
        if reached and reached[-1]:
            shown = f"{value:.2f}" if value % 1 else f"{value:.0f}"
            found.append(Reason(rule.name, reached[-1], rule.because.format(value=shown, topics=titles)))
    return sorted(found, key=lambda reason: (-reason.points, reason.rule))


def level_of(points: int, levels: Mapping[Level, int]) -> int | None:
    """Return the most severe level that the points reach, if any."""
    return min((level for level, least in levels.items() if points >= least), default=None)


def raised(known: Known, rules: Iterable[Rule], levels: Mapping[Level, int], at: datetime) -> tuple[Event, Alert | None]:
    """Return the event with its level, and the alert if it rose to a level not yet alerted in this episode.

    `at` is the decision time of the post that made it rise. A dismissed event still rises: whoever dismissed it must see that it grew.
    """
    event = known.event
    why = reasons(known, rules)
    points = sum(reason.points for reason in why)
    level = level_of(points, levels)
    texts = tuple(reason.text for reason in why)
    news = level is not None and (event.alerted is None or level < event.alerted)
    event = structs.replace(event, points=points, level=level, why=texts, alerted=level if news else event.alerted)
    if level is None or not news:
        return event, None
    alert = Alert(
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
    return event, alert
