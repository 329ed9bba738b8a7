"""Finds every fault of the rules that their types do not: what nothing measures, what cannot be said, what would alert for a topic alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from config.errors import ConfigError, Fault
from config.load import Config
from config.schema import Rule
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.alert import BURST_WORDS, FAULTS, reason_of, reasons
from pipeline.cluster import drawn
from pipeline.figures import Figures
from pipeline.lowering import level_of
from pipeline.measures import MEASURES, Known
from pipeline.model import LEVELS, Event, Member

_AT = datetime(2024, 1, 1, tzinfo=UTC)


def checked(config: Config) -> None:
    """Raise ConfigError with every fault of the rules."""
    faults = [Fault(f"{config.folder}/rules/{rule.name}.yaml", key, why) for rule in config.rules.values() for key, why in _faults(rule, config)]
    if not faults:
        faults = list(_for_a_topic_alone(config))
    if faults:
        raise ConfigError(faults)


def failing(events: Iterable[Event]) -> dict[str, int]:
    """Return the rules that could not be applied to some of these events, each with to how many."""
    return dict(sorted(Counter(rule for event in events for rule in event.failed).items()))


def _faults(rule: Rule, config: Config) -> Iterator[tuple[str, str]]:
    if rule.measure not in MEASURES:
        yield "measure", f"nothing measures {rule.measure}; there are {', '.join(MEASURES)}"
        return
    if (rule.measure == "burst") != (rule.test is not None):
        yield "test", "the measure burst needs a test" if rule.test is None else f"only the measure burst has a test, not {rule.measure}"
        return
    words = ("value", "topics", *(BURST_WORDS if rule.test else ()))
    try:
        rule.because.format(**dict.fromkeys(words, "1"))
    except (*FAULTS,) as error:
        yield "because", f"cannot be said ({type(error).__name__}: {error}); it may name {', '.join(f'{{{word}}}' for word in words)}"
        return
    try:
        reason_of(_made(config, *config.topics, harmed=True), rule)
    except FAULTS as error:
        yield "", f"cannot be applied: {type(error).__name__}: {error}"


def _for_a_topic_alone(config: Config) -> Iterator[Fault]:
    """A topic word alone never raises an alert: one plain post of a topic, from nowhere, says nothing else."""
    for topic in config.topics:
        why = reasons(_made(config, topic), config.rules.values())
        level = level_of(sum(reason.points for reason in why), config.settings.alert.levels)
        if level:
            given = "、".join(f"{reason.rule} {reason.points}" for reason in why)
            yield Fault(f"{config.folder}/topics/{topic}.yaml", "weight", f"a post of this topic alone would be alerted as {LEVELS[level]} ({given})")


def _made(config: Config, *topics: str, harmed: bool = False) -> Known:
    """An event of one post, which has been judged in every way where somebody was harmed."""
    thought = Assessment(relevant=Score(1.0), threshold=0.5, floor=0.2, model="", topics=tuple(Score(1.0, topic) for topic in topics))
    if harmed:
        thought = Assessment(
            relevant=Score(1.0),
            threshold=0.5,
            floor=0.2,
            model="",
            topics=thought.topics,
            rumor=Score(1.0),
            debunk=Debunk("", "", "", "", "refutes", 1.0),
            harm=Harm(200, 100, 20, ("呕吐",), ("学生",)),
            places=(Place(("",), config.settings.province),),
            alarm=1.0,
        )
    member = Member(event="", post="", at=_AT, title="", platform="", source="", assessment=thought)
    figures = Figures([member], revive=timedelta(days=3))
    return Known.of(drawn(None, figures), figures, config)
