"""The words that tell one matter from others: what posts are joined by, and what memory keeps.

Names, places and rare things tell much; the trade's own words (通报, 市监局, 学生) and words without a thing in them (的确, 四十余万) nothing.
In a long text the title's words count most, then those that come again.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

MOST = 14
"""Terms that are kept of a text."""
LEAD = 40
"""Characters of a text without a title that stand for one."""
READ = 1500
"""Characters that are read: what a matter is called is called early."""
_LEAST = 0.2
_SAID_LATER, _SAID_AGAIN = 0.55, 0.85
_THINGS = ("n", "eng", "vn", "j", "i", "l")
"""Beginnings of the tags of words that name something."""
_EMPTY = ("m", "q", "t", "r", "f", "d", "p", "c", "u", "y", "o", "e", "x")
_DEED, _THING, _PLACE = 1, 2, 3

Tagged = Sequence[tuple[str, str]]


def terms(lead: Tagged, rest: Tagged, *, telling: Callable[[str], float]) -> tuple[tuple[str, float], ...]:
    """Return the telling words of one text with weights 0..1, weightiest first.

    `lead` is its title or beginning, `rest` what follows, both cut and tagged, words of the trade with no tag; `telling` says how well
    a word tells matters apart, 0..1.
    """
    kept = [(word, says) for word, tag in lead if len(word) > 1 and (says := _says(tag))]
    later = [(word, says) for word, tag in rest if len(word) > 1 and (says := _says(tag))]
    first = {_bare(word) if says == _PLACE else word for word, says in kept}
    again = Counter([_bare(word) if says == _PLACE else word for word, says in (*kept, *later) if says != _DEED or word in first])
    weighed = []
    for word, count in again.items():
        place = 1.0 if word in first else _SAID_AGAIN if count > 1 else _SAID_LATER
        weight = telling(word) * place
        if weight >= _LEAST:
            weighed.append((round(weight, 2), word))
    return tuple((word, weight) for weight, word in sorted(weighed, key=lambda item: (-item[0], item[1]))[:MOST])


def _bare(word: str) -> str:
    """A place by its name alone: 延吉市 and 延吉 are one."""
    return word[:-1] if len(word) > 2 and word[-1] in "省市县" else word


@cache
def _says(tag: str) -> int:
    """Whether words of a tag name a thing; in a title verbs may too (改日期), for there nothing is said in passing."""
    if tag.startswith(_EMPTY):
        return 0
    if tag.startswith("ns"):
        return _PLACE
    return _THING if not tag or tag.startswith(_THINGS) else _DEED if tag.startswith("v") else 0
