"""How alarmed a text is, 0 to 1: fear most, then anger and disgust, then doubt; calm words lower it. It is no measure of good or bad.

The words are those of `lexicons/alarm.txt`, the groups of which weigh differently. Promises: one more cue never lowers it, one more calming word
never raises it, and a text without any cue has exactly 0, whatever it tells of.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from config.load import SHIPPED
from nlp.lexicon import Hit, Lexicon, alone
from nlp.text import clean

_WEIGHTS = {"panic": 0.6, "dread": 0.36, "anger": 0.55, "blame": 0.34, "disgust": 0.52, "dirty": 0.3, "doubt": 0.28, "ask": 0.13, "grim": 0.13}
_CALMING = {"calm": 0.4, "joke": 0.5}
"""What one such word leaves of the alarm."""
_NEGATED = 0.6
"""What a negated cue, such as 不 in 不觉得恶心, leaves of the rest; it says nothing itself."""
_LEAST = 0.1
"""What calm and jokes leave at least: 别慌 does not undo a cry for help."""
_NEXT = 0.6
"""How much each further cue counts for beside the one before, the strongest first."""
_STRONGER = 0.25
"""By how much 太 or 死了 beside a cue closes the gap to 1."""
_SHOUTED = 0.06
"""The same for each of the first four exclamation marks."""
_WONDERED = 0.14
"""What ?? is worth."""
_BLOCK = 200
"""Characters that are heard together: a long text is as alarmed as its most alarmed part, not as all its parts at once."""

_NOT = re.compile(
    r"(?<!能)(?<!怎么)(?<!谁)(?<!会)(?<!是)(?<!要)(?<!敢)(?:不|没|没有|无|无需|勿|别|莫|并非|未)(?:要|用|必|太|那么|这么|再|至于|过度|过于|会|引起|造成|引发|感到|觉得|感觉|是|很|怎么|什么|啥|好|有|多|可)*$"
)
_VERY = re.compile(
    r"(?:太|真|好|很|非常|极其|极度|极|实在|简直|超级|超|特别|十分|万分|相当|尤其|真是|真的|这么|那么|如此|多么|无比|最)(?:的|是|让人|令人)?$"
)
_VERY_ITSELF = ("死", "死了", "死我了", "极了")
_NEAR = 6
"""Characters before a cue in which it may be negated or made stronger."""
_EMOJI = "emoji-"


class _Words(NamedTuple):
    """The lexicon in two: what cleaned text holds, and the faces that only the original has."""

    words: Lexicon
    faces: Lexicon


def alarm(text: str) -> float:
    """Return how alarmed one text is."""
    return alarms([clean(text)], [text])[0]


def alarms(texts: Sequence[str], shown: Sequence[str], *, folder: Path = SHIPPED) -> list[float]:
    """Return how alarmed each text is: `texts` are cleaned (nlp.text.clean), `shown` the same as found. `folder` holds the lexicons."""
    known = _known(alone("alarm", folder))
    told = known.words.found(texts)
    signed = [at for at, text in enumerate(shown) if not text.isalnum()]
    faces = dict(zip(signed, known.faces.found([shown[at] for at in signed]), strict=True))
    return [
        _judged(text, [*hits, *faces.get(at, ())]) if hits or faces.get(at) or "??" in text else 0.0
        for at, (text, hits) in enumerate(zip(texts, told, strict=True))
    ]


@cache
def _known(words: Lexicon) -> _Words:
    terms = words.terms
    faces = [term._replace(group=term.group.removeprefix(_EMOJI)) for term in terms if term.group.startswith(_EMOJI)]
    return _Words(Lexicon(term for term in terms if not term.group.startswith(_EMOJI)), Lexicon(faces))


def _judged(text: str, hits: Sequence[Hit]) -> float:
    blocks: dict[int, list[float]] = {}
    left = 1.0
    for start, group, weight in _cues(text, hits):
        if weight:
            blocks.setdefault(start // _BLOCK, []).append(weight)
        else:
            left *= _CALMING.get(group, _NEGATED)
    heard = max(map(_together, blocks.values()), default=0.0)
    loud = _SHOUTED * min(text.count("!"), 4) if heard > _WONDERED else 0.0
    return round((heard + (1 - heard) * loud) * max(left, _LEAST), 4)


def _together(weights: list[float]) -> float:
    """Several cues say more than the strongest of them, each further one less than the one before."""
    doubt, share = 1.0, 1.0
    for weight in sorted(weights, reverse=True):
        doubt *= 1 - weight * share
        share *= _NEXT
    return 1 - doubt


def _cues(text: str, hits: Sequence[Hit]) -> Iterator[tuple[int, str, float]]:
    """Yield what each cue is worth, where it stands; 0 for what calms: calming words, each once, and negated cues."""
    calmed: set[str] = set()
    for at, hit in enumerate(hits):
        weight = _WEIGHTS.get(hit.group, 0.0)
        before = text[max(0, hit.start - _NEAR) : hit.start] if weight else ""
        if weight and _NOT.search(before):
            yield hit.start, "not", 0.0
        elif weight:
            after = hits[at + 1] if at + 1 < len(hits) else None
            strong = hit.term.endswith(_VERY_ITSELF) or (after and after.group == "strong" and after.start == hit.end) or _VERY.search(before)
            yield hit.start, hit.group, weight + (1 - weight) * _STRONGER if strong else weight
        elif hit.group in _CALMING and hit.term not in calmed:
            calmed.add(hit.term)
            yield hit.start, hit.group, 0.0
    if "??" in text:
        yield text.index("??"), "ask", _WONDERED
