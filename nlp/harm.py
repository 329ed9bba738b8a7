"""Who was harmed by food: the ill, the hospitalised and the dead as a text states them, symptoms, and who is vulnerable.

Only stated numbers count (`None` where there is none, 0 where the text says that nobody was). Several numbers of one kind are never added up:
the latest that corrects the others (增至, 累计) holds, else the greatest; 其中 marks parts. 余, 多, 超 and ranges give the lower bound, 近百 is 100.
Deaths and injuries that food did not cause (fire, gas, drowning, violence, drunkenness, epidemics) are no harm; nor is what a text calls a rumor.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from config.load import SHIPPED
from nlp import harm_words as words
from nlp.assessment import Harm
from nlp.lexicon import TRAPS, Hit, Lexicon, loaded
from nlp.numbers import numbers

Field = Literal["ill", "hospitalised", "dead"]
_FIELDS: tuple[Field, ...] = ("ill", "hospitalised", "dead")

_NONE = Harm()
_COUNTED_ANYWAY = re.compile(r"[^,，]{0,3}[\d一二两三四]+人")
_SHORT = 140
"""Characters up to which a text has one cause; in longer ones each sentence is judged by itself."""


class _Stated(NamedTuple):
    """One number of people and the words that it stands in."""

    field: Field
    value: int
    words: str
    latest: bool
    earlier: bool
    part: bool


class _People(NamedTuple):
    """A number of people in a sentence: where it stands, and what its own unit already says (3死)."""

    start: int
    end: int
    value: int | None
    field: Field | None


def harm(text: str) -> Harm:
    """Return whom food harmed, by what one text states."""
    return harms([text])[0]


def harms(texts: Sequence[str], *, folder: Path = SHIPPED) -> list[Harm]:
    """Return whom food harmed, for each text; best cleaned (nlp.text.clean) beforehand. `folder` holds the lexicons."""
    lexicon = _lexicon(loaded(folder))
    return [_judged(text, hits, lexicon) for text, hits in zip(texts, lexicon.only("symptoms", "vulnerable").found(texts), strict=True)]


def grade(harm: Harm) -> Literal[2, 3, 4] | None:
    """Return the grade of an incident with so much harm: 2 重大, 3 较大, 4 一般, None below these.

    国家食品安全事故应急预案 (2011) has four grades; in numbers, as the plans made under it and 国家突发公共卫生事件应急预案 give them:
    Ⅱ from 100 ill with any death, or 10 deaths; Ⅲ from 100 ill, or any death; Ⅳ from 30 ill without a death.
    Ⅰ 特别重大 is declared for reach and consequence, not by numbers, and so is never returned.
    """
    ill, dead = max(harm.ill or 0, harm.hospitalised or 0), harm.dead or 0
    if (ill >= 100 and dead) or dead >= 10:
        return 2
    if ill >= 100 or dead:
        return 3
    return 4 if ill >= 30 else None


@cache
def _lexicon(whole: Lexicon) -> Lexicon:
    return Lexicon(term for term in whole.terms if term.kind in ("symptoms", "vulnerable", "foods", TRAPS))


def _judged(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> Harm:
    states = words.HARMED.search(text) and _counts(text)
    if not (states or hits):
        return _NONE
    if not (words.FOOD.search(text) or words.FOODBORNE.search(text) or words.GUT.search(text) or _foods(text, lexicon)):
        return _NONE
    vulnerable = tuple(dict.fromkeys(hit.group or hit.term for hit in hits if hit.kind == "vulnerable"))
    symptoms = tuple(dict.fromkeys(hit.term for hit in hits if hit.kind == "symptoms" and hit.group != "spread"))
    stated: list[_Stated] = []
    if (states or symptoms) and len(text) <= _SHORT and _elsewhere(text):
        symptoms = ()
    else:
        stated = list(_stated(text, lexicon)) if states else []
    if not (stated or symptoms or vulnerable):
        return _NONE
    ill, hospitalised, dead = (_told(stated, field) for field in _FIELDS)
    if ill and ill.part and hospitalised and hospitalised.value > ill.value:
        ill = None  # 14 人入院, 其中 3 人危重: how many are ill is not said
    quotes = tuple(one.words for one in (ill, hospitalised, dead) if one)
    return Harm(ill and ill.value, hospitalised and hospitalised.value, dead and dead.value, symptoms, vulnerable, quotes)


def _told(stated: list[_Stated], field: str) -> _Stated | None:
    """Choose among the numbers of one kind: the latest correction, else the greatest whole, else the greatest part."""
    own = [one for one in stated if one.field == field]
    if not own:
        return None
    whole = [one for one in own if not one.part] or own
    current = [one for one in whole if not one.earlier] or whole
    corrections = [one for one in current if one.latest]
    return corrections[-1] if corrections else max(current, key=lambda one: one.value)


def _foods(text: str, lexicon: Lexicon) -> bool:
    """Tell whether a text names a food in more than one character."""
    return any(len(hit.term) > 1 for hit in lexicon.only("foods").found([text])[0])


def _counts(text: str) -> bool:
    """Tell whether a text may say how many people: cheap, and never wrong where it says no."""
    return bool(words.COUNTED.search(text) or words.NOBODY.search(text) or words.COUPLE.search(text))


def _elsewhere(text: str) -> bool:
    """Tell whether something else than food did the harm."""
    return not words.FOODBORNE.search(text) and bool(words.ACCIDENT.search(text) or words.EPIDEMIC.search(text))


def _stated(text: str, lexicon: Lexicon) -> Iterator[_Stated]:
    last: list[Field] = []
    eaten = bool(words.EATEN.search(text) or words.FOODBORNE.search(text) or _foods(text, lexicon))
    for match in words.SENTENCE.finditer(text):
        sentence = match[0]
        if not ((last or words.HARMED.search(sentence)) and _counts(sentence)):
            continue
        if words.DENIED.search(sentence) or _elsewhere(sentence) or (words.INFECTED.search(sentence) and not words.CARRIED.search(text)):
            continue
        if words.DRINK.search(sentence) and not words.BAD_DRINK.search(sentence):
            continue
        for field in _FIELDS:
            if none := words.ZERO[field].search(sentence):
                yield _Stated(field, 0, none[0], latest=False, earlier=False, part=False)
        yield from _counted(sentence, last, eaten=eaten)


def _counted(sentence: str, last: list[Field], *, eaten: bool) -> Iterator[_Stated]:
    """Yield what a sentence states; `last` is what was said of the number before, for 又增至41名 says no more itself."""
    people = list(_people(sentence))
    for number, one in enumerate(people):
        begin = people[number - 1].end if number else 0
        end = people[number + 1].start if number + 1 < len(people) else len(sentence)
        left, right = sentence[begin : one.start], sentence[one.end : end]
        said = _said(left, right, one, last)
        last[:] = said.fields
        if one.value is None or words.GENERAL.search(left) or words.ACCIDENT.search(words.CLAUSE.split(left)[-1] + words.CLAUSE.split(right)[0]):
            continue
        if not eaten and not words.POISONED.search(sentence):
            continue  # a sick or dead person beside a food word need not have eaten
        quote = sentence[max(0, one.start - said.left) : one.end + said.right].strip(" ,，、")
        for field in said.fields:
            latest, earlier = bool(words.LATEST.search(left[-14:])), bool(words.EARLIER.search(left[-8:]))
            yield _Stated(field, one.value, quote, latest=latest, earlier=earlier, part="其中" in left or bool(words.SEVERE.search(quote)))


class _Said(NamedTuple):
    """What is said of a number of people, and how many characters of what stands left and right of it say so."""

    fields: list[Field]
    left: int = 0
    right: int = 0


def _said(left: str, right: str, one: _People, before: list[Field]) -> _Said:
    if one.field:
        return _Said([one.field])
    if left.endswith(("无", "无一")):
        return _Said([])
    near = _right(right, single=True)
    if near is None:
        return _Said([])
    named = words.SAID_BEFORE.search(left)
    if not near.fields and named and not named[0].endswith((" ", "\u3000")):
        return _Said([named.lastgroup], left=len(named[0]))  # type: ignore[list-item]
    if not near.fields and before and words.CORRECTS.search(left):
        return _Said(list(before), left=len(left))
    far = near if near.fields or one.value == 1 else _right(right, single=False) or near
    if not far.fields and named:
        return _Said([named.lastgroup], left=len(named[0]))  # type: ignore[list-item]
    return far


def _people(sentence: str) -> Iterator[_People]:
    last = 0
    spans: list[_People] = []
    for number in numbers(sentence):
        left = sentence[max(0, number.start - 3) : number.start]
        if sentence[number.end - 1] in "俩仨":
            if left.endswith(("哥", "姐", "娘", "爷")):
                continue  # 胖哥俩 is a shop
            spans.append(_People(number.start, number.end, number.value, None))
        elif (unit := words.PEOPLE.match(sentence, number.end)) and not sentence.endswith(("第", "班", "岁"), 0, number.start):
            if unit[0].strip() == "口" and "家" not in left + sentence[unit.end() : unit.end() + 2]:
                continue  # 吃2口
            field: Field | None = "dead" if unit["dead"] else "ill" if unit["ill"] else None
            spans.append(_People(number.start, unit.end(), number.value, field))
    for couple in words.COUPLE.finditer(sentence):
        taken = any(span.start < couple.end() and couple.start() < span.end for span in spans)
        if not taken and not _COUNTED_ANYWAY.match(sentence, couple.end()):
            spans.append(_People(couple.start(), couple.end(), 2, None))
    for span in sorted(spans, key=lambda span: span.start):
        if span.start >= last:
            last = span.end
            yield span


def _right(right: str, *, single: bool) -> _Said | None:
    """Tell what the words after a number say of those people; None where they are others (detained, recovered).

    The clause of the number counts, and those that go on from it; while nothing was said, with `single` false, any clause does.
    """
    fields: list[Field] = []
    reach = offset = 0
    for number, clause in enumerate(words.CLAUSE.split(right)):
        if number and (words.SOMEBODY.search(clause) or ((fields or single) and not words.GOES_ON.match(clause))):
            break
        for spot in words.SPOKEN.finditer(clause):
            word = words.SAID.match(clause, spot.start())
            assert word
            field = word.lastgroup
            if field == "guests":
                single = True  # guests are harmed only if it goes on to say so
                continue
            if field in ("over", "others"):
                return _Said(fields, right=reach) if fields else None
            if field not in fields:
                fields.append(field)  # type: ignore[arg-type]
                reach = offset + word.end()
        offset += len(clause) + 1
    if "dead" in fields:
        fields = ["dead"]  # 中毒身亡, 抢救无效死亡: one death, not three harms
    return _Said(fields, right=reach)
