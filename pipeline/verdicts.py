"""What people decided at the desk, as examples to learn from: events they took up, and those they dismissed as no matter of food safety."""

import re
from collections.abc import Iterator, Sequence, Set

from msgspec import Struct, structs

from nlp.corpora import Example, key
from pipeline.model import Event, JudgedPost
from pipeline.store import EventFilter, Store

_PAGE = 200
_MOST = 20
"""Posts of one event that are learned from, newest first: a great matter is one decision, too."""
_TENTH = 10
_READ = 180
"""Characters of a post without a title that are learned from: as many as are judged at once."""
_OTHERWISE = re.compile("重复|已处置|已处理|处置过|已办|属实|旧闻|辖区|外省|外地|转交|移交|转办|谣言|传言|不实|辟谣")
"""Notes of a dismissed case that say it was a matter of food safety all the same: nothing can be learned from its dismissal."""


class Verdict(Struct, frozen=True):
    """What a person decided of one event, with its posts as examples; their `kind` is the event."""

    event: str
    relevant: bool
    examples: tuple[Example, ...]


def verdicts(store: Store, *, without: Set[str] = frozenset()) -> list[Verdict]:
    """Return what was decided of every event, where anything can be learned from it; posts whose keys are in `without` are left out.

    Taken up are acknowledged events, and closed ones that somebody had acknowledged. A text of which both was decided is left out.
    """
    found = [one for status in ("acknowledged", "closed", "dismissed") for event in _events(store, status) if (one := _verdict(store, event))]
    sides = [{example.text for one in found if one.relevant is side for example in one.examples} for side in (True, False)]
    open_ones = sides[0] & sides[1]
    left = [(one, tuple(e for e in one.examples if e.text not in open_ones and key(e.text) not in without)) for one in found]
    return [structs.replace(one, examples=examples) for one, examples in left if examples]


def split(found: Sequence[Verdict]) -> tuple[list[Example], list[Example]]:
    """Return the examples to fit and a tenth of the events' to be measured on, by hash; of several at least one, and never all."""
    ranked = sorted((one.event for one in found), key=key)
    tenth = [event for event in ranked if int(key(event)[:8], 16) % _TENTH == 0] or ranked[:1]
    held = set(tenth[: len(ranked) - 1])
    texts = {example.text for one in found if one.event in held for example in one.examples}
    fitted = [example for one in found if one.event not in held for example in one.examples if example.text not in texts]
    return fitted, [example for one in found if one.event in held for example in one.examples]


def _events(store: Store, status: str) -> Iterator[Event]:
    cursor = ""
    while True:
        page = store.events(EventFilter(status=status), limit=_PAGE, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _verdict(store: Store, event: Event) -> Verdict | None:
    """None where nobody said whether the event was a matter of food safety."""
    relevant = event.case.status != "dismissed"
    if event.case.status == "closed" and not event.case.owner:
        return None
    if not relevant and any(_OTHERWISE.search(note.text) for note in event.case.notes):
        return None
    # What repeats another adds nothing, and what only memory brought in says nothing by itself.
    own = [one.post for one in store.members(event.id) if not one.near and not one.assessment.recalled][:_MOST]
    posts = store.posts(own)
    examples = {example.text: example for name in own if name in posts and (example := _example(posts[name], event.id, relevant=relevant)).text}
    return Verdict(event.id, relevant, tuple(examples.values()))


def _example(judged: JudgedPost, event: str, *, relevant: bool) -> Example:
    text = judged.post.title or judged.post.text[:_READ]
    topics = tuple(sorted(topic.name for topic in judged.assessment.topics)) if relevant else ()
    return Example(text, relevant, topics, judged.post.at.date().isoformat(), "desk", event)
