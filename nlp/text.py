"""Text made plain for judging: one spelling, without addresses, names, signs and tricks; and cut into sentences.

What people are shown, and what search compares, is the original; only judgement reads the cleaned text.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from opencc import OpenCC

from nlp.lexicon import evasions, inside_word

_END = "\uf8ff"  # stands between the texts of a batch; NFKC and opencc leave it alone, and private-use characters are dropped from texts
_TURNS = 6  # more than any honest text needs
_BATCH = 512

_H = "\u3400-\u4dbf\u4e00-\u9fff"
_WIDE = tuple(zip("，！？：；（）…～％　", (",", "!", "?", ":", ";", "(", ")", "...", "~", "%", " "), strict=True))
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20ff\u3164\ud800-\udfff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff9-\uffff\ue000-\uf8fe\U000e0000-\U0010ffff]+"
)
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\U0001f000-\U0001faff]+")
_URL = re.compile(r"(?:https?://|www\.|\bt\.cn/)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9/_=&#%-]|https?://")
_CHROME = ("网页链接", "展开全文", "收起全文", "转发微博")
# A name ends within twenty characters; a longer run is somebody who forgot the blank, and his words are kept.
_MENTION = re.compile(rf"(?:回复)?(?:(?<![A-Za-z0-9._%+-])@|@(?=[{_H}]))[\w·-]{{1,20}}(?![\w·-]):?|(?<![A-Za-z0-9._%+-])@(?=\w)")
_CHAIN = re.compile(r"//\s*@[^\s:@/]{1,30}\s*:?")
_TOPIC = re.compile(rf"(?<![A-Za-z0-9])#([^#{_END}]{{1,80}})#|(?<![\w#])#(?=[\w])")
# No pattern looks past the next "<", so that a hostile page costs no more than its length.
_TAG = re.compile(r"</?(?:br|p|div|li|tr|h[1-6])\b[^<>]{0,500}>|<(script|style)\b[^<]*</\1\s*>", re.I)
_INLINE = "a|b|i|u|em|strong|span|font|img|td|th|table|tbody|ul|ol|section|article|sup|sub|small|label|video|iframe|script|style"
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})\b[^<>]{{0,2000}}>|<!--[^<]*?-->", re.I)
_NESTED = re.compile(r"&(?:amp;)+")
# Each begins with the separator, which is rare, and looks back: that is what makes them quick.
_STRONG = re.compile(rf"[*_^`](?<=[{_H}].)(?=[{_H}])")
_WEAK = re.compile(rf"([.\-~+=])(?<=[{_H}].)[{_H}](?:\1[{_H}])+")
_SPACED = re.compile(rf" (?<=[{_H}] )(?<![{_H}]{{2}} )[{_H}](?: [{_H}])++(?![{_H}])")

_LABELS = re.compile("|".join(_CHROME))
_ADORNED = re.compile(rf"[<>&@#/\x00-\x08\x0e-\x1b]|www\.|{_LABELS.pattern}|{_CONTROL.pattern}")
_TAGS_AT_ENDS = re.compile(r"\A(?:\s*#[^#\n]{1,80}#)+|(?:#[^#\n]{1,80}#\s*)+\Z")
_SIGNS = re.compile(r"[<>&@#/*_^`~+=.-]")


def clean(text: str) -> str:
    """Return the text made plain: NFKC, simplified, blanks one, and no addresses, mentions, emoji, markup or tricks inside words.

    A promise: cleaning what is clean changes nothing.
    """
    return cleaned([text])[0]


def bare(text: str) -> str:
    """Return the text word for word as shown, but for markup, addresses, names, and hashtags at either end; reposts begin lines of their own."""
    if not (_LABELS if text.isalnum() else _ADORNED).search(text):  # most titles are letters only, and then the search is short
        return text
    text = _URL.sub(" ", _unmarked(_CONTROL.sub("", text).replace(_END, "")))
    text = _MENTION.sub(" ", _CHAIN.sub("\n", text))
    for label in _CHROME:
        text = text.replace(label, " ")
    inner = _TAGS_AT_ENDS.sub(" ", text)
    return _TOPIC.sub(lambda match: f" {match[1]} " if match[1] else " ", inner if inner.strip() else text)


def cleaned(texts: Sequence[str]) -> list[str]:
    """Clean a batch: one text each, in the same order, each as `clean` gives it."""
    done: list[str] = []
    for start in range(0, len(texts), _BATCH):
        done.extend(_settled(texts[start : start + _BATCH]))
    return done


def _settled(texts: Sequence[str]) -> list[str]:
    """Clean until nothing changes, so that what one step lays bare (an entity, a hidden mention) is seen by the others.

    A text that never comes to rest is made to (tags in tags in tags): it loses every sign that a step looks for.
    """
    done = list(texts)
    turn = list(range(len(done)))
    for number in range(2 * _TURNS):
        before = _folded([done[at] for at in turn])
        after = _stripped(before)
        again = []
        for at, old, new in zip(turn, before, after, strict=True):
            done[at] = new if number != _TURNS else _SIGNS.sub(" ", new)
            if old != new or number == _TURNS:
                again.append(at)
        if not again:
            break
        turn = again
    return done


def _folded(texts: list[str]) -> list[str]:
    """NFKC and single blanks: the half of a turn that most texts need once and none twice."""
    joined = _END.join(text.replace(_END, "") if _END in text else text for text in texts)
    for wide, narrow in _WIDE:
        joined = joined.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", joined):
        joined = _END.join(unicodedata.normalize("NFKC", text) for text in joined.split(_END))
    joined = " ".join(joined.split())
    return [text.strip(" ") for text in joined.split(_END)]


def _stripped(texts: list[str]) -> list[str]:
    """Take out what is not the writer's words; leaves text without such things as it is."""
    plain = [_unmarked(text) if "<" in text or "&" in text else text for text in texts]
    plain = [_unchained(text) if "//" in text and "@" in text else text for text in plain]
    joined = _CONTROL.sub("", _END.join(plain))
    joined = _simplified(joined)
    joined = _replaced(joined, ("://", "www.", "t.cn/"), lambda text: _URL.sub(" ", text))
    joined = _replaced(joined, ("@",), lambda text: _MENTION.sub(" ", text))
    joined = _replaced(joined, ("#",), lambda text: _TOPIC.sub(lambda match: f" {match[1]} " if match[1] else " ", text))
    for label in _CHROME:
        joined = joined.replace(label, " ")
    joined = _STRONG.sub("", joined)
    joined = _WEAK.sub(lambda match: match[0].replace(match[1], ""), joined)
    joined = _SPACED.sub(lambda match: match[0].replace(" ", ""), joined)
    joined = _unevaded(joined)
    return _EMOJI.sub(" ", joined).split(_END)


def _replaced(joined: str, signs: Sequence[str], change: Callable[[str], str]) -> str:
    """The batch with those texts changed that hold one of the signs; the others are not looked at."""
    there = [sign for sign in signs if sign in joined]
    if not there:
        return joined
    return _END.join([change(text) if any(sign in text for sign in there) else text for text in joined.split(_END)])


def _unmarked(text: str) -> str:
    """The text without the entities and tags of a careless export."""
    text = html.unescape(_NESTED.sub("&", text)).replace(_END, "") if "&" in text else text
    if "<" in text:
        text = _INLINE_TAG.sub("", _TAG.sub(" ", text))
    return text


def _unchained(text: str) -> str:
    """The words of a repost chain, the poster's own first, without names and with repeated parts once."""
    parts = (part.strip() for part in _CHAIN.split(text))
    return " ".join(dict.fromkeys(part for part in parts if part))


@cache
def _converter() -> tuple[Callable[[str], str], re.Pattern[str]]:
    """opencc, and the characters that only traditional text has."""
    convert = OpenCC("t2s").convert
    signs = [chr(point) for block in (range(0x3400, 0x4DC0), range(0x4E00, 0xA000)) for point in block]
    simple = convert("\n".join(signs)).split("\n")
    return convert, re.compile(f"[{''.join(sign for sign, other in zip(signs, simple, strict=True) if sign != other)}]")


def _simplified(text: str) -> str:
    """The batch in simplified characters. Texts that are so already are left alone: opencc would read 打坏 as a traditional phrase."""
    convert, traditional = _converter()
    if not traditional.search(text):
        return text
    return _END.join(convert(one) if traditional.search(one) else one for one in text.split(_END))


@cache
def _evasions() -> tuple[AhoCorasick | None, list[str]]:
    table: Mapping[str, str] = evasions()
    return (AhoCorasick(list(table), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA) if table else None), list(table.values())


def _unevaded(text: str) -> str:
    """The text with declared evasions written out."""
    search, rights = _evasions()
    if search is None or not (matches := search.find_matches_as_indexes(text)):
        return text
    parts: list[str] = []
    at = 0
    for index, start, end in matches:
        if inside_word(text, start, end):
            continue
        parts += (text[at:start], rights[index])
        at = end
    return "".join((*parts, text[at:]))


_QUOTE = r"“[^“”\n]{1,200}”|「[^「」\n]{1,200}」|『[^『』\n]{1,200}』|\"[^\"\n]{1,200}\""
_STOP = r"[。！？；…]+|[!?]+(?![A-Za-z0-9/=&])|;(?![A-Za-z0-9/=&])|\.{3,}|(?<=[\u4e00-\u9fff])\.(?=\s|$)"
_CUT = re.compile(rf"(?P<quote>{_QUOTE})|(?P<stop>(?:{_STOP})[!?。！？…]*[”」』\"'’)）\]】]*)|(?P<line>\s*\n\s*)")
_ENDS = frozenset("。！？!?…")
_GOES_ON = frozenset(",，、;；:：的。！？!?")


def sentences(text: str) -> list[str]:
    """Cut Chinese text into sentences, each with its closing mark; quotes stay whole. Works on original and on cleaned text."""
    return [part for part in _cut(text) if part]


def first_sentence(text: str) -> str:
    """Return the first sentence, empty where there is none; a long text is not read to its end."""
    return next((part for part in _cut(text) if part), "")


def _cut(text: str) -> Iterator[str]:
    start = 0
    for match in _CUT.finditer(text):
        end = match.end()
        if match["quote"] and not (match[0][-2] in _ENDS and text[end : end + 1] not in _GOES_ON):
            continue
        yield text[start:end].strip()
        start = end
    yield text[start:].strip()
