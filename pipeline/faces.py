"""Turns the types of the pipeline into the JSON that other programs are promised.

Every face is a plain dictionary, ready for any JSON writer. What was not judged is null, never a guess; times carry +08:00.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from crawlers.extract import Article
from crawlers.post import Engagement
from crawlers.samples import Failed, Sample
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.digest import Digest, Entry
from pipeline.harms import HarmSeries
from pipeline.model import Alert, Assignment, Burst, Event, JudgedPost, Note, Rating
from pipeline.route import Party, Route

ZONE = ZoneInfo("Asia/Shanghai")

Face = dict[str, Any]


def times(at: datetime) -> str:
    """Return an aware time as ISO 8601 in Asia/Shanghai, such as 2024-09-05T09:30:00+08:00."""
    return at.astimezone(ZONE).isoformat()


def post_face(judged: JudgedPost) -> Face:
    """Return a post with its judgement; `id` is its site's own where it has one, `key` always the derived one."""
    post = judged.post
    return {
        "id": post.native_id or post.id,
        "key": post.id,
        "title": post.title,
        "text": post.text,
        "url": post.url,
        "platform": post.platform,
        "source": post.source,
        "keyword": post.keyword,
        "author": post.author,
        "published_at": optional(post.published_at),
        "collected_at": optional(post.collected_at),
        "engagement": _counts(post.engagement),
        "samples": [samples_face(sample) for sample in post.samples],
        "revision": judged.revision,
        "judgement": judgement_face(post.native_id or post.id, judged.assessment),
    }


def samples_face(sample: Sample) -> Face:
    """Return a sampling result; what its notice does not say is empty."""
    failed = [{name: getattr(one, name) for name in Failed.__struct_fields__} for one in sample.failed]
    return {name: getattr(sample, name) for name in Sample.__struct_fields__} | {"failed": failed}


def _counts(engagement: Engagement) -> Face:
    return {name: getattr(engagement, name) for name in Engagement.__struct_fields__}


def judgement_face(post: str, assessment: Assessment) -> Face:
    """Return the judgement of the text that is called `post`."""
    return {
        "id": post,
        "relevant": {
            "is": bool(assessment.is_relevant),
            "score": _share(assessment.relevant.score),
            "because": list(assessment.relevant.because),
        },
        "topics": [{"name": topic.name, "score": _share(topic.score), "because": list(topic.because)} for topic in assessment.topics],
        "rumor": _likeness(assessment.rumor),
        "debunk": debunk_face(assessment.debunk),
        "harm": _harm(assessment.harm),
        "places": places_face(assessment.places),
        "alarm": None if assessment.alarm is None else _share(assessment.alarm),
        "summary": assessment.summary,
        "model": assessment.model,
    }


def alert_face(alert: Alert, event: Event | None, route: Route | None = None, *, clock: Face | None = None) -> Face:
    """Return an alert with the case of its event as it is now (null where there is no such event any more), and its route and clock where they
    were asked for."""
    case = event.case if event else None
    return {
        "id": alert.id,
        "event": alert.event,
        "raised_at": times(alert.raised_at),
        "first_seen": times(alert.first_seen),
        "level": alert.level,
        "title": alert.title,
        "why": list(alert.why),
        "topics": list(alert.topics),
        "places": places_face(alert.places),
        "platforms": dict(alert.platforms),
        "posts": alert.posts,
        "rumor": None if alert.rumor is None else _share(alert.rumor),
        "debunk": debunk_face(alert.debunk),
        "episode": alert.episode,
        "status": case.status if case else None,
        "owner": case.owner if case else None,
        "version": case.version if case else None,
        **_routed(route),
        **({"clock": clock} if clock else {}),
    }


def event_face(event: Event, route: Route | None = None, *, clock: Face | None = None) -> Face:
    """Return an event with its case, and its route and clock where they were asked for; `notes` is the handling log, oldest first."""
    return {
        "id": event.id,
        "title": event.title,
        "first_seen": times(event.first_seen),
        "last_seen": times(event.last_seen),
        "posts": event.posts,
        "stage": event.stage,
        "level": event.level,
        "points": event.points,
        "why": list(event.why),
        "status": event.case.status,
        "owner": event.case.owner,
        "version": event.case.version,
        "topics": list(event.topics),
        "places": places_face(event.places),
        "platforms": dict(event.platforms),
        "rumor": None if event.rumor is None else _share(event.rumor),
        "debunk": debunk_face(event.debunk),
        "episode": event.episode,
        "notes": [note_face(note) for note in event.case.notes],
        "lowers": list(event.lower),
        "rumor_state": event.rumor_state,
        "rumor_since": optional(event.rumor_since),
        "bursts": [burst_face(burst) for burst in event.bursts],
        "failed_rules": list(event.failed),
        **_routed(route),
        "phase": event.case.phase,
        "rated": _rating(event.case.rated),
        "assignments": [assignment_face(one) for one in event.case.assignments],
        **({"clock": clock} if clock else {}),
    }


def _rating(rated: Rating | None) -> Face | None:
    return None if rated is None else {"level": rated.level, "by": rated.by, "at": times(rated.at), "why": rated.why}


def assignment_face(one: Assignment) -> Face:
    """Return what a department was given, and what came of it."""
    return {
        "department": one.department,
        "title": one.title,
        "part": one.part,
        "clauses": list(one.clauses),
        "at": times(one.at),
        "by": one.by,
        "round": one.round,
        "received": note_face(one.received) if one.received else None,
        "feedback": [note_face(note) for note in one.feedback],
        "returned": [note_face(note) for note in one.returned],
        "answered": one.answered,
        "withdrawn": note_face(one.withdrawn) if one.withdrawn else None,
    }


def burst_face(burst: Burst) -> Face:
    """Return a burst with its test, what was expected, and the posts behind it."""
    return {**structs.asdict(burst), "place": list(burst.place), "since": times(burst.since), "until": times(burst.until)}


def harm_face(series: Sequence[HarmSeries]) -> Face:
    """Return each kind of harm with the number that holds, the numbers that contradict it, and all that was stated, oldest first."""
    return {
        one.kind: {
            "current": one.current.value,
            "official": one.current.is_official,
            "conflicts": list(one.conflicts),
            "stated": [{**structs.asdict(said), "at": times(said.at), "official": said.is_official} for said in one.stated],
        }
        for one in series
    }


def route_face(route: Route) -> Face:
    """Return who answers for an event, and every reason once."""
    return {
        "lead": _party(route.lead),
        "with": [_party(party) for party in route.cooperating],
        "office": _party(route.office),
        "outside": route.outside,
        "because": list(route.because),
    }


def _routed(route: Route | None) -> Face:
    return {"route": route_face(route)} if route else {}


def _party(party: Party) -> Face:
    return {"name": party.name, "title": party.title, "matter": party.matter, "clauses": list(party.clauses)}


def note_face(note: Note) -> Face:
    """Return one line of a handling log, with the step that it tells of where it does."""
    return {"at": times(note.at), "by": note.by, "text": note.text, **({"action": note.action} if note.action else {})}


def places_face(places: Sequence[Place] | None) -> list[Face] | None:
    """Return places as they were judged, surest first; foreign ones are marked and have no code."""
    if places is None:
        return None
    return [{"code": place.code, "path": list(place.path), **({"foreign": True} if place.foreign else {})} for place in places]


def debunk_face(debunk: Debunk | None) -> Face | None:
    """Return the known claim that a text speaks of, with how it does."""
    if debunk is None:
        return None
    return {
        "id": debunk.id,
        "claim": debunk.claim,
        "finding": debunk.finding,
        "citation": debunk.citation,
        "stance": debunk.stance,
        "score": _share(debunk.score),
    }


def _likeness(rumor: Score | None) -> Face | None:
    return None if rumor is None else {"score": _share(rumor.score), "because": list(rumor.because)}


def _harm(harm: Harm | None) -> Face | None:
    if harm is None:
        return None
    return {
        "ill": harm.ill,
        "hospitalised": harm.hospitalised,
        "dead": harm.dead,
        "symptoms": list(harm.symptoms),
        "vulnerable": list(harm.vulnerable),
        "quotes": list(harm.quotes),
    }


def optional(at: datetime | None) -> str | None:
    """Return a time as `times` does, None as None."""
    return None if at is None else times(at)


def _share(value: float) -> float:
    """Scores are shown to four places: more would be noise, and would differ between machines. Also frees them of numpy's types."""
    return round(float(value), 4)


def article_face(article: Article, samples: Sequence[Sample] = ()) -> Face:
    """Return what was extracted from a page or file."""
    return {
        "title": article.title,
        "published_at": optional(article.published_at),
        "author": article.author,
        "text": article.text,
        "engagement": _counts(article.engagement),
        "samples": [samples_face(sample) for sample in samples],
    }


def digest_face(digest: Digest) -> Face:
    """Return the content of a digest; `grown` are the posts that an event gained in the period, `summary` and `phrases` what it is about."""
    late, before = digest.late, digest.before
    return {
        "since": times(digest.since),
        "until": times(digest.until),
        "kept": digest.kept,
        "relevant": digest.relevant,
        "alerts": [alert_face(alert, None) for alert in digest.alerts],
        "new": _entries(digest.new),
        "grew": _entries(digest.grew),
        "fell": _entries(digest.fell),
        "topics": dict(digest.topics),
        "places": dict(digest.places),
        "levels": {str(level): count for level, count in digest.levels.items()},
        "before": {"kept": before.kept, "relevant": before.relevant, "alerts": before.alerts, "new": before.new},
        "rumors": {
            **{stance: [entry.event.id for entry in digest.claims(stance)] for stance in ("spreads", "asks", "refutes")},
            "unverified": [entry.event.id for entry in digest.unverified],
        },
        "open": [event_face(event) for event in digest.open],
        "sick": [
            {"source": sick.source, "title": sick.title, "health": sick.health, "since": optional(sick.since), "why": sick.why}
            for sick in digest.sick
        ],
        "sources": digest.sources,
        "late": {
            "kept": late.kept,
            "relevant": late.relevant,
            "events": _entries(late.events),
            "more": late.more,
            "alerts": [alert_face(alert, None) for alert in late.alerts],
        },
        "folded": digest.folded,
        "omitted": dict(digest.omitted),
    }


def _entries(found: Sequence[Entry]) -> list[Face]:
    """The events of one part of a digest."""
    return [
        {
            **event_face(entry.event, entry.route),
            "grown": entry.grown,
            "before": entry.before,
            "late": entry.late,
            "summary": entry.brief.line,
            "phrases": list(entry.brief.phrases),
        }
        for entry in found
    ]


def shown(at: datetime) -> str:
    """Return a time as people read it, in Asia/Shanghai."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"
