"""Everything that the page of one event shows, read from the store at once."""

from collections.abc import Iterable

from msgspec import Struct

from nlp.assessment import Harm
from nlp.summary import Brief
from pipeline.alert import reasons
from pipeline.brief import brief_of
from pipeline.desk.board import alerts_of
from pipeline.desk.growth import Growth, growth
from pipeline.desk.here import Here
from pipeline.figures import Figures
from pipeline.harms import HarmSeries, harm_series
from pipeline.lowering import Reason
from pipeline.measures import Known
from pipeline.model import Alert, Event, JudgedPost, Member
from pipeline.route import Route, routed
from pipeline.routes import texts_of

PAGE = 50


class Line(Struct, frozen=True):
    """A post of the event, with the words that made it matter."""

    member: Member
    judged: JudgedPost
    words: tuple[str, ...]


class Dossier(Struct, frozen=True):
    """The event in brief, how it grew, why it has its level, who answers for it, what it raised, and some posts (newest first, from `start`)."""

    event: Event
    brief: Brief
    growth: Growth | None
    reasons: tuple[Reason, ...]
    route: Route
    alerts: tuple[Alert, ...]
    lines: tuple[Line, ...]
    start: int
    following: int | None
    harm: Harm | None
    series: tuple[HarmSeries, ...] = ()


def dossier(here: Here, event: Event, *, start: int = 0) -> Dossier:
    """Read the event's members, their posts and alerts."""
    members = here.store.members(event.id)
    alerts = alerts_of(here.store, event)
    config = here.config
    known = Known.of(event, Figures(members, revive=config.settings.track.revive), config)
    picked = members[start : start + PAGE]
    posts = here.store.posts([event.id, *(member.post for member in picked)])
    return Dossier(
        event=event,
        brief=brief_of(event, members),
        growth=growth([member.at for member in members], [(alert.raised_at, alert.level) for alert in alerts]),
        reasons=tuple(reasons(known, config.rules.values())) if members else (),
        route=routed(event, texts_of(event, posts.get(event.id), members), config),
        alerts=tuple(alerts),
        lines=tuple(_line(member, posts[member.post]) for member in picked if member.post in posts),
        start=start,
        following=start + PAGE if start + PAGE < len(members) else None,
        harm=_most(members),
        series=harm_series(members, config.sources),
    )


def _line(member: Member, judged: JudgedPost) -> Line:
    thought = judged.assessment
    words = [*thought.relevant.because, *(word for topic in thought.topics for word in topic.because)]
    words += thought.rumor.because if thought.rumor else ()
    return Line(member, judged, tuple(dict.fromkeys(words)))


def _most(members: list[Member]) -> Harm | None:
    """The greatest number of each kind that any post states; None where none was judged."""
    told = [member.assessment.harm for member in members if member.assessment.harm]
    if not told:
        return None
    return Harm(
        ill=_greatest(harm.ill for harm in told),
        hospitalised=_greatest(harm.hospitalised for harm in told),
        dead=_greatest(harm.dead for harm in told),
        symptoms=tuple(dict.fromkeys(word for harm in told for word in harm.symptoms)),
        vulnerable=tuple(dict.fromkeys(word for harm in told for word in harm.vulnerable)),
    )


def _greatest(numbers: Iterable[int | None]) -> int | None:
    return max((number for number in numbers if number is not None), default=None)
