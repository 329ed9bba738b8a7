"""Posts, judgements and members made for tests, each as plain as the test needs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs

from crawlers.post import Engagement, Post, digest, identified
from nlp.assessment import Assessment, Fingerprint, Harm, Score, Writing
from nlp.fingerprint import fingerprints
from pipeline.model import JudgedPost, Member

START = datetime(2024, 9, 5, 1, 0, tzinfo=UTC)


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def assessed(score: float = 0.9, *, terms: str = "", topics: str = "", harm: Harm | None = None) -> Assessment:
    """`terms` and `topics` are words between blanks; each term weighs 1."""
    return Assessment(
        relevant=Score(score),
        threshold=0.5,
        floor=0.2,
        model="made",
        topics=tuple(Score(0.9, topic) for topic in topics.split()),
        terms=tuple((term, 1.0) for term in terms.split()),
        harm=harm,
    )


def post(
    text: str, *, at: datetime = START, platform: str = "weibo", source: str = "weibo-hot", native_id: str = "", likes: int | None = None
) -> Post:
    return identified(
        Post("", text, native_id=native_id, platform=platform, source=source, published_at=at, collected_at=at, engagement=Engagement(likes=likes))
    )


def judged(text: str, *, at: datetime = START, score: float = 0.9, terms: str = "", topics: str = "", **fields: str) -> JudgedPost:
    one = post(text, at=at, **fields)  # type: ignore[arg-type]
    return JudgedPost(one, assessed(score, terms=terms, topics=topics), digest(one))


def member(
    name: str, *, at: datetime = START, terms: str = "", topics: str = "", platform: str = "weibo", source: str = "weibo-hot", reach: int = 0
) -> Member:
    return Member(
        event="e", post=name, at=at, title=name, platform=platform, source=source, assessment=assessed(terms=terms, topics=topics), reach=reach
    )


class StubAnalyst:
    """Scores what it was told to; the terms of a text are its words between blanks."""

    version = "stub"

    def __init__(self, scores: Mapping[str, float] | None = None) -> None:
        self._scores = scores or {}

    def fingerprints(self, texts: Sequence[str]) -> list[Fingerprint]:
        return fingerprints(texts)

    def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
        return [assessed(self._scores.get(writing.text, 0.9), terms=writing.text) for writing in writings]

    def recalled(self, assessment: Assessment, memory: Mapping[str, float]) -> Assessment:
        known = [word for word, _ in assessment.terms if memory.get(word, 0.0) > 0.1]
        return structs.replace(assessment, relevant=Score(0.6, because=tuple(known)), recalled=True) if known else assessment
