"""One line that says what a text is about, and one for an event with its key phrases. Extractive: every line is somebody's own words.

A text with a title has that for its summary, a microblog its 【headline】; else the most telling sentence speaks, or, where that is too long,
its most telling run of clauses. Nothing is reworded; markup, names, addresses and hashtags around the words are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log, sqrt
from typing import NamedTuple

from nlp.assessment import Assessment
from nlp.text import bare, sentences

LONGEST = 60
"""Characters of a summary."""
PHRASES = 5
"""Key phrases of an event."""

_HEADLINE = re.compile(r"\s*【([^【】\n]{6,60})】")
_FACES = re.compile(r"\A(?:\s*\[[\u4e00-\u9fffA-Za-z]{1,6}\])+|(?:\[[\u4e00-\u9fffA-Za-z]{1,6}\]\s*)+\Z")
"""Microblog faces, such as [怒], before and after the words."""
_CLAUSE = re.compile(r"[^，,；;：:]*[，,；;：:]*")
_EDGES = " \t\n，,；;：:、"
_SHORTEST = 8
"""Characters below which a sentence says little."""
_FIRST = 0.6
"""How much telling the first sentence is worth more than a far one."""
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百两][名人例批]")
_READ = 120
"""Characters that are read of what is not relevant."""
_MOST = 300
"""Different lines of an event that are compared."""
_WIDEST = 10
"""Characters of a key phrase."""
_BREVITY = 0.15
"""How much less a longer phrase is worth at the same weight."""

Telling = Sequence[tuple[str, float]]


class Brief(NamedTuple):
    """What an event is about: one of its lines, and the phrases that its lines share."""

    line: str
    phrases: tuple[str, ...]


def summary(title: str, text: str, telling: Telling = ()) -> str:
    """Return one line of the text, of at most LONGEST characters; `telling` are words that make a sentence worth more, with weights."""
    if title and (own := _line(bare(title))):
        return own if len(own) <= LONGEST else _fitted(own, telling)
    plain = bare(text)
    if len(plain) <= LONGEST and "【" not in plain:
        return _line(plain)
    if headline := _HEADLINE.match(_FACES.sub("", plain)):
        return _line(headline[1])
    found = [line for sentence in sentences(plain) if (line := _line(sentence))]
    if not found:
        return ""
    # Ties go to the earlier sentence.
    best = max(range(len(found)), key=lambda at: (_worth(found[at], telling) + _FIRST / (1 + at), -at))
    return _fitted(found[best], telling)


def summarised(title: str, text: str, assessment: Assessment) -> str:
    """Return the summary of a text that is judged already: what decided, whom it harmed and what is rare tell most.

    Nobody waits for a line of what is not relevant: that begins with the text's beginning.
    """
    if assessment.relevant.score < assessment.floor and not title and len(text) > LONGEST:
        text = next((part for part in sentences(text[:_READ]) if len(part) >= _SHORTEST), text[:_READ])
    return summary(title, text, () if len(title or text) <= LONGEST else tuple(_telling(assessment)))


def _telling(assessment: Assessment) -> Iterator[tuple[str, float]]:
    yield from assessment.terms
    yield from ((word, 0.5) for word in assessment.relevant.because)
    if assessment.harm:
        yield from ((quote, 1.0) for quote in assessment.harm.quotes)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return (_FACES.sub("", line).strip() or line) if "[" in line else line


def _worth(sentence: str, telling: Telling) -> float:
    told = sum(weight for word, weight in telling if word in sentence)
    return told + (0.3 if _NUMBER.search(sentence) else 0.0) - (1.0 if len(sentence) < _SHORTEST else 0.0)


def _fitted(sentence: str, telling: Telling) -> str:
    """The sentence, else the run of its clauses that fits and tells most, the fuller and the earlier one first."""
    if len(sentence) <= LONGEST:
        return sentence
    ends = [0, *(match.end() for match in _CLAUSE.finditer(sentence) if match[0])]
    runs = [(start, sentence[start:end].strip(_EDGES)) for at, start in enumerate(ends) for end in ends[at + 1 :]]
    fitting = [(start, run) for start, run in runs if _SHORTEST <= len(run) <= LONGEST]
    if not fitting:
        return sentence[:LONGEST].strip(_EDGES)
    return max(fitting, key=lambda pair: (_worth(pair[1], telling) + len(pair[1]) / LONGEST, -pair[0]))[1]


def brief(lines: Iterable[str], terms: Mapping[str, float]) -> Brief:
    """Return what an event is about: `lines` are its posts' titles or summaries, oldest first, `terms` its words with weights.

    The line that says most of it in fewest words, a repeated one rather; ties go to the older.
    """
    told = Counter(line for line in lines if line)
    if not told:
        return Brief("", ())
    counted = told.most_common(_MOST)
    best = max(enumerate(counted), key=lambda one: (_central(one[1][0], one[1][1], terms), -one[0]))[1][0]
    return Brief(best, _phrases(counted, terms))


def _central(line: str, count: int, terms: Mapping[str, float]) -> float:
    said = sum(weight for term, weight in terms.items() if term in line)
    return (said + 0.1) * (1 + log(count)) / sqrt(max(len(line), 3 * _SHORTEST))


def _phrases(counted: Sequence[tuple[str, int]], terms: Mapping[str, float]) -> tuple[str, ...]:
    """The event's terms, those that stand beside each other in its lines as one; what more lines say comes first, none within another."""
    weights = {term: weight for term, weight in terms.items() if term}
    found = {*weights, *(phrase for line, _ in counted for phrase in _runs(line, weights))}
    said: dict[str, float] = {}
    for phrase in found:
        lines = sum(count for line, count in counted if phrase in line)
        said[phrase] = log(1.3 + lines) * sum(weight for term, weight in weights.items() if term in phrase) / len(phrase) ** _BREVITY
    chosen: list[str] = []
    for phrase in sorted(said, key=lambda one: (-said[one], one)):
        if len(chosen) < PHRASES and not any(phrase in other or other in phrase for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def _runs(line: str, terms: Mapping[str, float]) -> Iterator[str]:
    """The longest stretches of a line that terms cover but for single characters between (长春某小学), as long as they are no sentences."""
    spans = sorted((match.start(), match.end()) for term in terms for match in re.finditer(re.escape(term), line))
    start = end = 0
    for left, right in spans:
        beside = left <= end or (left == end + 1 and line[end].isalnum())
        if end and beside and right - start <= _WIDEST:
            end = max(end, right)
            continue
        if end > start:
            yield line[start:end]
        start, end = left, right
    if end > start:
        yield line[start:end]
