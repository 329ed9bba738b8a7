"""Records as reports show them: the numbers and addresses of persons in their texts are hidden, for a report goes from hand to hand."""

from msgspec import structs

from nlp.assessment import Assessment
from pipeline.masks import masked
from pipeline.model import Alert, Event, JudgedPost, Member


def shown_post(judged: JudgedPost) -> JudgedPost:
    """Return a post without numbers of persons in its title, text, summary and quotes."""
    post = judged.post
    shown = structs.replace(post, title=masked(post.title), text=masked(post.text))
    return structs.replace(judged, post=shown, assessment=_assessment(judged.assessment))


def shown_member(member: Member) -> Member:
    """Return a member without numbers of persons in its title, summary and quotes."""
    return structs.replace(member, title=masked(member.title), assessment=_assessment(member.assessment))


def shown_event(event: Event) -> Event:
    """Return an event without numbers of persons in its title and reasons."""
    return structs.replace(event, title=masked(event.title), why=tuple(map(masked, event.why)))


def shown_alert(alert: Alert) -> Alert:
    """Return an alert without numbers of persons in its title and reasons."""
    return structs.replace(alert, title=masked(alert.title), why=tuple(map(masked, alert.why)))


def _assessment(thought: Assessment) -> Assessment:
    harm = thought.harm and structs.replace(thought.harm, quotes=tuple(map(masked, thought.harm.quotes)))
    return structs.replace(thought, summary=thought.summary and masked(thought.summary), harm=harm)
