"""What one field of a kept record says, in the words of a report."""

from datetime import datetime, timedelta

from crawlers.health import HEALTH
from pipeline.model import LEVELS, JudgedPost
from pipeline.platforms import platform
from pipeline.report.content import Fact
from pipeline.report.kept import Kept
from pipeline.report.period import Period, named, spoken
from pipeline.words import place, stance


def said(fact: Fact, kept: Kept) -> str:
    """Return what the record says now. Raises KeyError where it is not kept, or has no such field."""
    match fact.kind:
        case "post":
            return _post(fact, kept)
        case "event":
            return _event(fact, kept)
        case "alert":
            return _alert(fact, kept)
        case "route":
            return _route(fact, kept)
        case "crawl":
            return _crawl(fact, kept)
        case "level":
            return _level(fact, kept)
        case "time":
            return _time(fact)
        case "setting":
            return str(getattr(kept.config.settings, fact.field))
    raise KeyError(f"nothing is known of a {fact.kind}")


def _post(fact: Fact, kept: Kept) -> str:
    judged = kept.post(fact.id)
    if judged is None:
        raise KeyError(f"post {fact.id} is not kept")
    post, debunk = judged.post, judged.assessment.debunk
    match fact.field:
        case "text":
            return f"{post.title}\n{post.text}"
        case "title":
            return headline(judged)
        case "at":
            return spoken(post.at)
        case "platform":
            return platform(post.platform)
        case "source":
            return kept.config.sources[post.source].title if post.source in kept.config.sources else post.source or "来源不明"
        case "places":
            return "、".join(place(one) for one in judged.assessment.places or ())
        case "reach":
            return str(reach(judged))
        case "rumor":
            return f"{judged.assessment.rumor.score:.0%}" if judged.assessment.rumor else "未研判"
        case "claim" | "finding" | "citation" | "debunk" if debunk:
            return debunk.id if fact.field == "debunk" else str(getattr(debunk, fact.field)).rstrip("。")
        case "stance" if debunk:
            return stance(debunk.stance)
        case "symptoms" | "vulnerable" if judged.assessment.harm:
            return "、".join(getattr(judged.assessment.harm, fact.field))
    raise KeyError(f"post {fact.id} has no {fact.field}")


def headline(judged: JudgedPost) -> str:
    """Return the title of a post, else its first line, without breaks."""
    text = judged.post.title or judged.post.text.strip()
    return " ".join(text.split("\n", 1)[0].split())[:80]


def reach(judged: JudgedPost) -> int:
    """Return how far a post has gone: the greatest of its counts."""
    counts = judged.post.engagement
    return max((count for count in (counts.reposts, counts.comments, counts.likes, counts.heat) if count is not None), default=0)


def _event(fact: Fact, kept: Kept) -> str:
    event = kept.as_of(fact.id, fact.until) if fact.until else kept.event(fact.id)
    match fact.field:
        case "title":
            return event.title
        case "stage":
            return event.stage or "萌芽"
        case "first_seen" | "last_seen":
            return spoken(getattr(event, fact.field))
        case "points" | "episode":
            return str(getattr(event, fact.field))
        case "topics":
            return "、".join(kept.config.topics[topic].title if topic in kept.config.topics else topic for topic in event.topics)
        case "places":
            return "、".join(place(one) for one in event.places or ())
    raise KeyError(f"an event has no {fact.field}")


def _alert(fact: Fact, kept: Kept) -> str:
    event, id_, raised_at = fact.id.split("/")
    found = kept.alert(event, id_, datetime.fromisoformat(raised_at))
    match fact.field:
        case "level":
            return LEVELS[found.level]
        case "raised_at":
            return spoken(found.raised_at)
        case "why":
            return "；".join(found.why)
        case "title":
            return found.title
        case "posts":
            return str(found.posts)
    raise KeyError(f"an alert has no {fact.field}")


def _route(fact: Fact, kept: Kept) -> str:
    assert fact.until
    route = kept.route(fact.id, fact.until)
    match fact.field:
        case "lead":
            return route.lead.title
        case "cooperating":
            return "、".join(party.title for party in route.cooperating) or "无"
        case "office":
            return route.office.title
        case "lead_why":
            return route.lead.why
        case "office_why":
            return route.office.why
        case "clauses":
            return "、".join(f"（{clause}）" for clause in route.lead.clauses)
        case "why":
            return "；".join(route.because)
    raise KeyError(f"a route has no {fact.field}")


def _crawl(fact: Fact, kept: Kept) -> str:
    source, _, started = fact.id.partition("|")
    health, why = kept.crawl_health(source, started)
    match fact.field:
        case "source":
            return kept.config.sources[source].title
        case "health":
            return HEALTH.get(health, health)
        case "why":
            return why
        case "started":
            return spoken(datetime.fromisoformat(started))
    raise KeyError(f"a crawl has no {fact.field}")


def _level(fact: Fact, kept: Kept) -> str:
    level = int(fact.id)
    match fact.field:
        case "name":
            return LEVELS[level]
        case "points":
            return str(next(points for number, points in kept.config.settings.alert.levels.items() if number == level))
        case "sla":
            minutes = next(clock for number, clock in kept.config.settings.handling.clocks.items() if number == level) // timedelta(minutes=1)
            return f"{minutes // 60} 小时" if minutes >= 60 else f"{minutes} 分钟"
    raise KeyError(f"a level has no {fact.field}")


def _time(fact: Fact) -> str:
    """The report's own times, which are what it is about by definition."""
    if fact.field == "at":
        return spoken(datetime.fromisoformat(fact.id))
    if fact.field == "named":
        kind, since, until = fact.id.split("/")
        return named(kind, Period(datetime.fromisoformat(since), datetime.fromisoformat(until)))
    raise KeyError(f"a time has no {fact.field}")
