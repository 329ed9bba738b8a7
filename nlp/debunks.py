"""Which known claim a text speaks of, and how: spreading it, refuting it, or asking about it.

Texts are given as `nlp.text.cleaned` leaves them. A claim is a candidate where its subject is named; it is matched only where all its
parts stand close together and nothing beside them makes it another matter. Likeness to its wordings ranks what is matched, and alone
decides for claims that declare no parts.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation

from config.debunk import KnownClaim, Library, library
from config.load import SHIPPED
from nlp.assessment import Debunk
from nlp.kept import by_content
from nlp.stance import Span, manner, stance
from nlp.text import cleaned

LEAST = 0.3
"""The score of a match by likeness alone begins here; `shian evaluate debunks` says how often matches are right, and how seldom wrong."""

_REACH = 42
"""Characters that the parts of a claim may be spread over, in one sentence; over two, half of it."""
_BESIDE = 20
"""Characters on each side in which `unless` words count."""
_RUN = 4
"""Characters that a text must share with a wording to be compared with it."""
_ALIKE = 0.5
"""Share of what a wording says beside its subject that a text must have, where its parts are not all there or none are declared."""
_PAIRS = 4
"""Pairs that must be shared at least: less is chance."""
_WEAK = 0.1
"""What likeness alone adds to the score, so that it stays below that of any claim whose parts are all there."""
_STOPS = "。!?;\n"

_NOTHING = "\n"

_Weighed: TypeAlias = tuple[frozenset[str], float]
"""The shingles of a wording, and what they are worth together."""


class _Pattern(NamedTuple):
    """Parts of one claim, each the numbers of its words."""

    claim: int
    parts: tuple[frozenset[int], ...]


class _Found(NamedTuple):
    score: float
    claim: int
    span: Span
    said: tuple[Span, ...]


class Debunks:
    """A snapshot of the library, ready to search. Searching changes nothing; safe for threads."""

    def __init__(self, known: Library) -> None:
        self.claims = known.claims
        self._known = known
        self._numbers: dict[str, int] = {}
        self._subjects: dict[int, list[_Pattern]] = {}
        self._unless = [frozenset(map(self._number, claim.unless)) for claim in self.claims]
        for at, claim in enumerate(self.claims):
            for pattern in claim.patterns:
                self._add(_Pattern(at, tuple(frozenset(map(self._number, part)) for part in pattern)))
        self._saying = [self._said_of_subject(claim) for claim in self.claims]
        wordings = [[one.lower() for one in cleaned([claim.claim, *claim.wordings])] for claim in self.claims]
        shingles = [[_shingles(wording) for wording in several] for several in wordings]
        self._rarity = _rarity([set().union(*several) for several in shingles])
        self._wordings = [self._weighed(several) for several in shingles]
        self._said = [self._weighed(self._beside_subject(at, several)) for at, several in enumerate(wordings)]
        self._telling = [frozenset[str]().union(*(pairs for pairs, _ in several)) for several in self._said]
        self._manners = [manner(several) for several in wordings]
        self._named = self._names(wordings)
        self._hiding = frozenset(map(self._number, known.hiding))
        words = list(self._numbers)
        self._search = AhoCorasick(words, implementation=Implementation.DFA) if words else None
        # What no subject begins is only worth looking for once a subject is there: most texts end here.
        first = [word for word, number in self._numbers.items() if number in self._named]
        self._first = AhoCorasick(first, implementation=Implementation.DFA) if first else None

    @property
    def version(self) -> str:
        """The digest of the claims: eight hexadecimal digits."""
        return hashlib.blake2b(repr(self._known).encode(), digest_size=4).hexdigest()

    def matched(self, texts: Sequence[str]) -> list[Debunk | None]:
        """Return for each cleaned text the known claim that it speaks of, with its stance; None where it speaks of none."""
        return [self._matched(text) for text in texts]

    def _matched(self, text: str) -> Debunk | None:
        text = text.lower() if len(text.lower()) == len(text) else text
        if self._search is None or self._first is None or not self._first.find_matches_as_indexes(text):
            return None
        spans = self._spans(self._search.find_matches_as_indexes(text, overlapping=True))
        best = max(self._patterned(text, spans), default=None) or max(self._alike(text, spans), default=None)
        if best is None:
            return None
        claim = self.claims[best.claim]
        others = (place for place in _places(self._saying[best.claim], spans) if place not in best.said)
        how = stance(text, best.span, (*best.said, *others), self._manners[best.claim])
        return Debunk(claim.id, claim.claim, claim.finding, claim.citation, how, round(best.score, 3))

    def _spans(self, matches: Iterable[tuple[int, int, int]]) -> dict[int, list[Span]]:
        """Where each word stands, but where it stands inside one that hides it."""
        spans: dict[int, list[Span]] = {}
        for number, start, end in matches:
            spans.setdefault(number, []).append((start, end))
        hidden = [span for number in self._hiding & spans.keys() for span in spans[number]]
        if not hidden:
            return spans
        free = {
            number: [one for one in found if not any(start <= one[0] and one[1] <= end and (start, end) != one for start, end in hidden)]
            for number, found in spans.items()
        }
        return {number: found for number, found in free.items() if found}

    def _patterned(self, text: str, spans: dict[int, list[Span]]) -> Iterator[_Found]:
        """Every claim whose parts all stand close together."""
        present = spans.keys()
        seen: set[_Pattern] = set()
        for number in present:
            for pattern in self._subjects.get(number, ()):
                if pattern in seen or any(part.isdisjoint(present) for part in pattern.parts):
                    continue
                seen.add(pattern)
                close = _closest(text, [_places(part, spans) for part in pattern.parts])
                if close and not self._is_other(pattern.claim, close[0], spans):
                    yield self._found(pattern, text, *close)

    def _found(self, pattern: _Pattern, text: str, span: Span, said: Span) -> _Found:
        near = _shingles(text[max(0, span[0] - _BESIDE) : span[1] + _BESIDE])
        alike = self._likeness(near, self._wordings[pattern.claim])
        tight = 1 - (span[1] - span[0]) / (2 * _REACH)
        return _Found(0.4 + 0.4 * alike + 0.2 * tight, pattern.claim, span, (said,))

    def _alike(self, text: str, spans: dict[int, list[Span]]) -> Iterator[_Found]:
        """Every claim that has a wording much like a text that shares its subject, or a run of characters with it."""
        named: dict[int, list[Span]] = {}
        for number in spans.keys() & self._named.keys():
            for at in self._named[number]:
                named.setdefault(at, []).extend(spans[number])
        pairs = _pairs(text)
        for at, runs in named.items():
            if len(pairs & self._telling[at]) < _PAIRS:
                continue
            span = min(runs)[0], max(end for _, end in runs)
            near = pairs if len(text) <= _REACH else _pairs(text[max(0, span[0] - _REACH) : span[1] + _REACH])
            alike = self._likeness(near, self._said[at], least=_PAIRS)
            if alike >= _ALIKE and not self._is_other(at, span, spans):
                yield _Found(LEAST + _WEAK * alike, at, span, ())

    def _is_other(self, claim: int, span: Span, spans: dict[int, list[Span]]) -> bool:
        low, high = span[0] - _BESIDE, span[1] + _BESIDE
        return any(low <= start and end <= high for number in self._unless[claim] for start, end in spans.get(number, ()))

    def _likeness(self, near: frozenset[str], wordings: Sequence[_Weighed], *, least: int = 1) -> float:
        shared = ((near & wording, total) for wording, total in wordings)
        return max((sum(map(self._worth, both)) / total for both, total in shared if len(both) >= least), default=0.0)

    def _weighed(self, wordings: Iterable[frozenset[str]]) -> list[_Weighed]:
        return [(one, sum(map(self._worth, one)) or 1.0) for one in wordings]

    def _beside_subject(self, claim: int, wordings: Sequence[str]) -> list[frozenset[str]]:
        """The character pairs of each wording of a claim without the words that name its subject."""
        subjects = sorted({word.lower() for pattern in self.claims[claim].patterns for word in pattern[0]}, key=len, reverse=True)
        rests = [_NOTHING.join(re.split("|".join(map(re.escape, subjects)), wording)) if subjects else wording for wording in wordings]
        return [frozenset(pair for pair in _pairs(rest) if _NOTHING not in pair) for rest in rests]

    def _worth(self, shingle: str) -> float:
        return self._rarity.get(shingle, 0.0)

    def _names(self, wordings: Sequence[Sequence[str]]) -> dict[int, set[int]]:
        """The claims that each word may speak of: as their subject, or, where they declare no parts, as a run of a wording of theirs."""
        named = {number: {pattern.claim for pattern in patterns} for number, patterns in self._subjects.items()}
        for at, several in enumerate(wordings):
            for wording in several if not self.claims[at].patterns else ():
                for start in range(max(1, len(wording) - _RUN + 1)):
                    named.setdefault(self._number(wording[start : start + _RUN]), set()).add(at)
        return named

    def _said_of_subject(self, claim: KnownClaim) -> frozenset[int]:
        last, first = ({word for pattern in claim.patterns for word in pattern[at]} for at in (-1, 0))
        return frozenset(map(self._number, last - first))

    def _number(self, word: str) -> int:
        return self._numbers.setdefault(word.lower(), len(self._numbers))

    def _add(self, pattern: _Pattern) -> None:
        for number in pattern.parts[0]:
            self._subjects.setdefault(number, []).append(pattern)


def debunks(folder: Path | None = None) -> Debunks:
    """Return the library of a configuration folder, else the shipped one. Raises ConfigError with every fault."""
    return _debunks(folder or SHIPPED)


@by_content("debunks/*.y*ml")
def _debunks(folder: Path) -> Debunks:
    return Debunks(library(folder))


def _places(part: frozenset[int], spans: dict[int, list[Span]]) -> list[Span]:
    return [span for number in part if number in spans for span in spans[number]]


def _closest(text: str, parts: Sequence[Sequence[Span]]) -> tuple[Span, Span] | None:
    """The shortest stretch that has every part, none within another, and where its last part stands; None where all are too long."""
    best: tuple[Span, Span] | None = None
    for subject in parts[0]:
        taken = [subject]
        for places in parts[1:]:
            free = [place for place in places if all(place[1] <= start or end <= place[0] for start, end in taken)]
            if not free:
                break
            taken.append(min(free, key=lambda place: max(place[1], subject[1]) - min(place[0], subject[0])))
        else:
            span = min(start for start, _ in taken), max(end for _, end in taken)
            if _is_close(text, span) and (best is None or span[1] - span[0] < best[0][1] - best[0][0]):
                best = span, taken[-1]
    return best


def _is_close(text: str, span: Span) -> bool:
    length = span[1] - span[0]
    if length > _REACH:
        return False
    stops = sum(text.count(stop, *span) for stop in _STOPS)
    return stops == 0 or (stops == 1 and length <= _REACH // 2) or (stops == 2 and length <= _REACH // 3)


def _shingles(text: str) -> frozenset[str]:
    """The characters of a text and their pairs."""
    return frozenset(text) | _pairs(text)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(map(str.__add__, text, text[1:]))


def _rarity(claims: Sequence[set[str]]) -> dict[str, float]:
    """What each character and pair is worth: the fewer claims speak of it, the more."""
    counts = Counter(one for claim in claims for one in claim)
    return {one: math.log((1 + len(claims)) / count) for one, count in counts.items()}
