"""Figures kept up as members come are what the same members give anew: in any order, with any revision, done any number of times."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from config.load import load
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.cluster import drawn
from pipeline.figures import PLACES, TERMS, Figures
from pipeline.measures import MEASURES, Known
from pipeline.model import Member
from tests.pipeline.made import hours, member

CONFIG = load()
REVIVE = timedelta(days=3)
PLACED = [Place((name,), code) for name, code in (("吉林省", "22"), ("四平市", "2203"), ("舒兰市", "220283"), ("长春市", "2201"))]

names = st.sampled_from("abcdefghij")
few = st.integers(0, 3)
thoughts = st.builds(
    Assessment,
    relevant=st.builds(Score, st.floats(0, 1)),
    threshold=st.just(0.5),
    floor=st.just(0.2),
    model=st.just("made"),
    topics=st.lists(st.sampled_from(["campus", "meat", "dairy"]), unique=True).map(lambda found: tuple(Score(0.9, name) for name in found)),
    terms=st.dictionaries(st.integers(0, 40).map(lambda number: f"t{number}"), st.integers(0, 100).map(lambda hundredths: hundredths / 100)).map(
        lambda found: tuple(found.items())
    ),
    rumor=st.none() | st.builds(Score, st.floats(0, 1)),
    debunk=st.none()
    | st.builds(lambda number, stance: Debunk(str(number), "", "", "", stance, 0.5), few, st.sampled_from(["spreads", "refutes", "asks"])),
    harm=st.none() | st.builds(Harm, ill=st.none() | few, hospitalised=st.none() | few, dead=st.none() | few),
    places=st.none() | st.lists(st.sampled_from(PLACED), max_size=3, unique=True).map(tuple),
    alarm=st.none() | st.floats(0, 1),
)
members = st.builds(
    lambda name, hour, place, thought, reach: structs.replace(
        member(name, at=hours(hour), platform=place, source=place, reach=reach), assessment=thought
    ),
    names,
    st.integers(-200, 200),
    st.sampled_from(["weibo-hot", "samr-news", "12315"]),
    thoughts,
    few,
)
spread = st.tuples(names, st.integers(0, 9))
"""A post that is seen again, having gone so far."""


def counted(ones: Sequence[Member]) -> dict[str, Any]:
    """What the members give, counted in the plainest way."""
    ordered = sorted(ones, key=lambda one: (one.at, one.post))
    last = ordered[-1].at
    sums: Counter[str] = Counter()
    for one in ordered:
        sums.update({term: round(weight * 1_000_000) for term, weight in one.assessment.terms})
    judged = [one.assessment.places for one in ordered if one.assessment.places is not None]
    return {
        "first": ordered[0],
        "last": ordered[-1],
        "episode": 1 + sum(later.at - earlier.at >= REVIVE for earlier, later in pairwise(ordered)),
        "terms": sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:TERMS],
        "topics": Counter(topic.name for one in ordered for topic in one.assessment.topics),
        "places": tuple(place for place, _ in Counter(place for places in judged for place in places).most_common(PLACES)) if judged else None,
        "platforms": Counter(one.platform for one in ordered),
        "days": Counter((last - one.at) // timedelta(days=1) for one in ordered),
        "lately": sum(last - one.at < timedelta(hours=6) for one in ordered),
        "reach": max(one.reach for one in ordered),
        "relevance": max(one.assessment.relevant.score for one in ordered),
        "alarm": max(one.assessment.alarm or 0 for one in ordered),
        "rumor": max((one.assessment.rumor.score for one in ordered if one.assessment.rumor), default=None),
        "debunk": next(
            iter(sorted((one.assessment.debunk for one in ordered if one.assessment.debunk), key=lambda debunk: debunk.stance != "spreads")), None
        ),
        "ill": max((one.assessment.harm.ill or 0 for one in ordered if one.assessment.harm), default=0),
    }


def shown(figures: Figures) -> dict[str, Any]:
    same = ("first", "last", "episode", "topics", "places", "platforms", "reach", "relevance", "alarm", "rumor", "debunk")
    return {name: getattr(figures, name) for name in same} | {
        "terms": [(term, figures.terms[term]) for term in figures.terms.best],
        "days": figures.days(),
        "lately": figures.lately(timedelta(hours=6)),
        "ill": figures.harm["ill"],
    }


@settings(deadline=None, max_examples=200)
@given(st.lists(members | spread, min_size=1, max_size=25))
def test_they_are_what_the_members_give_anew(comings: list[Member | tuple[str, int]]) -> None:
    figures = Figures(revive=REVIVE)
    kept: dict[str, Member] = {}
    for coming in comings:
        one = coming
        if isinstance(one, tuple):
            if one[0] not in kept:
                continue
            one = structs.replace(kept[one[0]], reach=one[1])
        kept[one.post] = one
        figures.put(one)
        assert shown(figures) == counted(list(kept.values()))
        anew = Figures(reversed(kept.values()), revive=REVIVE)
        assert drawn(None, figures) == drawn(None, anew)
        asked = [Known(drawn(None, some), some, CONFIG.sources, CONFIG.topics, "220000") for some in (figures, anew)]
        for measure in MEASURES.values():
            assert measure(asked[0]) == measure(asked[1])


def test_a_post_seen_again_changes_nothing() -> None:
    figures = Figures([member("a", terms="x"), member("b", terms="x y", at=hours(1))], revive=REVIVE)
    before = drawn(None, figures)
    figures.put(member("a", terms="x"))
    assert drawn(None, figures) == before


def test_a_post_out_of_its_time_joins_two_episodes() -> None:
    figures = Figures([member("a"), member("c", at=hours(100))], revive=REVIVE)
    assert figures.episode == 2
    figures.put(member("b", at=hours(50)))
    assert figures.episode == 1
