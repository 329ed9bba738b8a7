"""What rules can measure of an event, and of what measures are made. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import Struct

from config.load import Config
from config.schema import Rule, Topic
from config.source import Source
from pipeline.figures import Figures
from pipeline.model import Burst, Event


class Known(Struct, frozen=True):
    """What rules may ask about: an event, what its members add up to, and what is declared about their sources and topics."""

    event: Event
    figures: Figures
    sources: Mapping[str, Source]
    topics: Mapping[str, Topic]
    province: str

    @classmethod
    def of(cls, event: Event, figures: Figures, config: Config) -> "Known":
        """Return what a configuration lets rules ask about an event."""
        return cls(event, figures, config.sources, config.topics, config.settings.province)

    def of_category(self, category: str) -> int:
        """Return how many members come from sources of a category."""
        return sum(count for name, count in self.figures.sources.items() if (source := self.sources.get(name)) and source.category == category)

    def of_trust(self, trust: str) -> int:
        """Return how many members come from sources of a trust class."""
        return sum(count for name, count in self.figures.sources.items() if (source := self.sources.get(name)) and source.trust == trust)

    def trust(self, source: str) -> str:
        """Return the trust class of a source, empty where none is declared."""
        return self.sources[source].trust if source in self.sources else ""

    def harmed(self, kind: str) -> int:
        """Return how many people were harmed: what officials said last, or more that was said since; without them the most that any said."""
        return self.figures.told.current(kind, self.trust)

    def burst(self, rule: str) -> Burst | None:
        """Return the burst of a rule that the event set off."""
        return next((burst for burst in self.event.bursts if burst.rule == rule), None)


def _lies_at_home(known: Known) -> int:
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
    "quiet": lambda known: 0 if known.figures.told.speaks or known.of_category("complaint") else len(known.figures.members),
    "rumor": lambda known: known.event.rumor or 0,
    "unverified": lambda known: len(known.figures.members) if known.event.rumor_state == "unknown" else 0,
    "debunked": lambda known: known.figures.told.refuting(known.trust),
    "alarm": lambda known: known.figures.alarm,
    "topic": lambda known: max((known.topics[topic].weight for topic in known.event.topics if topic in known.topics), default=0),
    "at-home": _lies_at_home,
    "outside": lambda known: int(bool(known.event.places) and not _lies_at_home(known)),
    "ill": lambda known: known.harmed("ill"),
    "hospitalised": lambda known: known.harmed("hospitalised"),
    "dead": lambda known: known.harmed("dead"),
    "vulnerable": lambda known: len(known.figures.told.vulnerable),
    "burst": lambda known: max((burst.observed - burst.expected for burst in known.event.bursts), default=0),
}
"""What a rule can measure of an event; docs/rules.md describes each. A rule with a test measures its own bursts only."""


def measured(known: Known, rule: Rule) -> float:
    """Return the value of what a rule measures."""
    if rule.test:
        burst = known.burst(rule.name)
        return burst.observed - burst.expected if burst else 0
    return MEASURES[rule.measure](known)
