"""What may stay of a post that was erased, of its judgement, and of an event that it belongs to: numbers, no words."""

from msgspec import structs

from crawlers.post import Post, digest
from nlp.assessment import Assessment
from pipeline.erased import MARK
from pipeline.model import JudgedPost, Member
from pipeline.store.records import WholeEvent


def is_gone(judged: JudgedPost) -> bool:
    """Return whether nothing of it is left."""
    return judged.post.text == MARK and not judged.post.author


def gone(judged: JudgedPost) -> JudgedPost:
    """Id, platform, source, times and counts stay; what the author said, and where, does not."""
    was = judged.post
    post = Post(
        id=was.id,
        text=MARK,
        platform=was.platform,
        source=was.source,
        published_at=was.published_at,
        collected_at=was.collected_at,
        engagement=was.engagement,
    )
    return structs.replace(judged, post=post, assessment=wordless(judged.assessment), digest=digest(post))


def wordless(assessment: Assessment) -> Assessment:
    """The judgement without the words that it stands on."""
    harm, rumor = assessment.harm, assessment.rumor
    return structs.replace(
        assessment,
        relevant=structs.replace(assessment.relevant, because=()),
        topics=tuple(structs.replace(topic, because=()) for topic in assessment.topics),
        terms=(),
        rumor=rumor and structs.replace(rumor, because=()),
        harm=harm and structs.replace(harm, quotes=()),
        summary=None,
    )


def member_gone(member: Member) -> Member:
    """Return a member without its post's words."""
    return structs.replace(member, title=MARK, assessment=wordless(member.assessment), bands=())


def title_of(whole: WholeEvent, posts: set[str]) -> str:
    """The event's title, unless it is a word of those posts alone: then that of its first post which is not erased."""
    others = [member.title for member in whole.members if member.post not in posts and member.title != MARK]
    erased = any(member.post in posts for member in whole.members)
    if not erased or whole.event.title in others:
        return whole.event.title
    return others[0] if others else MARK
