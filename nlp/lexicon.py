"""The words of the trade: lists of terms by class, found in texts in one pass.

A class is a file `lexicons/<class>.txt`: one term a line, after a tab the group that it belongs to within its class; lines that
begin with # are comments. Terms are written as `nlp.text.clean` leaves text: simplified, half-width. `evasions.txt` is not a class
but a table, `wrong=right` a line, that `nlp.text` uses. The classes in APART are read by themselves: no model and no segmenter knows them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from config.errors import ConfigError, Fault
from config.load import SHIPPED
from nlp.kept import by_content

EVASIONS = "evasions"
APART = frozenset({"alarm"})
"""Classes that are no evidence of a matter, and so no part of what `loaded` gives."""
TRAPS = "slang-and-traps"
"""The class of words that look like another class and are not: they hide every term inside them."""

_LATIN = re.compile(r"[A-Za-z]")
_hit = tuple.__new__  # what Hit's own constructor calls, without its detour: dense texts have thirty hits
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Term(NamedTuple):
    """One word of a class; `group` tells apart kinds within the class, empty where the file names none."""

    kind: str
    word: str
    group: str = ""


class Hit(NamedTuple):
    """A term where it stands: `text[start:end]`; `kind` is its class."""

    kind: str
    term: str
    start: int
    end: int
    group: str = ""


class Lexicon:
    """Named classes of terms. Searching is case-blind for Latin letters and changes nothing; safe for threads."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        patterns: dict[str, list[Term]] = {}
        for term in self.terms:
            for form in spellings(term.word):
                patterns.setdefault(form, []).append(term)
        self._terms = list(patterns.values())
        self._latin = [bool(_LATIN.search(form[0] + form[-1])) for form in patterns]
        self._trap = [any(term.kind == TRAPS for term in terms) for terms in self._terms]
        self._longest = AhoCorasick(list(patterns), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA) if patterns else None
        self._views: dict[tuple[str, ...], Lexicon] = {}
        self._all = AhoCorasick(list(patterns), implementation=Implementation.DFA) if patterns else None

    def only(self, *kinds: str) -> "Lexicon":
        """Return the same lexicon, in which only terms of these classes give hits; the others still hide what they overlap."""
        known = self._views.get(kinds)
        if known is None:
            known = self._views[kinds] = copy(self)
            known._views = {}
            known._terms = [[term for term in terms if term.kind in kinds] for terms in self._terms]
        return known

    @property
    def kinds(self) -> tuple[str, ...]:
        """The classes, in the order of their files."""
        return tuple(dict.fromkeys(term.kind for term in self.terms))

    def words(self, kind: str) -> tuple[str, ...]:
        """Return the terms of one class; none where there is no such class."""
        return tuple(term.word for term in self.terms if term.kind == kind)

    def found(self, texts: Sequence[str], *, overlapping: bool = False) -> list[list[Hit]]:
        """Return the hits in each text, in order of place.

        By default the longest term from the left wins and hits do not overlap; `overlapping` gives every term,
        but those within a trap. A term of two classes gives two hits.
        """
        if self._longest is None or self._all is None:
            return [[] for _ in texts]
        if overlapping:
            search = self._all.find_matches_as_indexes
            return [self._hits(text, self._untrapped(search(text, overlapping=True))) for text in texts]
        search = self._longest.find_matches_as_indexes
        return [self._hits(text, matches) if (matches := search(text)) else [] for text in texts]

    def _hits(self, text: str, matches: Iterable[tuple[int, int, int]]) -> list[Hit]:
        hits: list[Hit] = []
        latin, terms, add = self._latin, self._terms, hits.append
        for index, start, end in matches:
            if latin[index] and inside_word(text, start, end):
                continue
            for kind, word, group in terms[index]:
                add(_hit(Hit, (kind, word, start, end, group)))
        return hits

    def _untrapped(self, matches: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """The matches in order of place, without those that a trap's span covers."""
        matches.sort(key=lambda match: (match[1], -match[2]))
        traps = [(start, end) for index, start, end in matches if self._trap[index]]
        if not traps:
            return matches
        return [match for match in matches if self._trap[match[0]] or not any(a <= match[1] and match[2] <= b for a, b in traps)]


def spellings(word: str) -> list[str]:
    """Return the word as it may be spelt: Latin letters as given, small, capital, and capital at first."""
    if not _LATIN.search(word):
        return [word]
    return list(dict.fromkeys((word, word.lower(), word.upper(), re.sub("[A-Za-z]+", lambda run: run[0].capitalize(), word))))


def inside_word(text: str, start: int, end: int) -> bool:
    """Return whether a Latin edge of `text[start:end]` goes on in the text: KFC is not in XKFCD."""
    before = start > 0 and text[start] in _LETTERS and text[start - 1] in _LETTERS
    return before or (end < len(text) and text[end - 1] in _LETTERS and text[end] in _LETTERS)


def loaded(folder: Path | None = None) -> Lexicon:
    """Read every class of a configuration folder (`Config.folder`), else of the shipped one.

    Raises ConfigError with every fault, each with file and line.
    """
    return _loaded(folder or SHIPPED)


def alone(kind: str, folder: Path | None = None) -> Lexicon:
    """Read one class by itself; it is empty where the folder has no such file.

    Raises ConfigError with every fault, each with file and line.
    """
    return _alone((folder or SHIPPED) / "lexicons" / f"{kind}.txt")


def evasions(folder: Path | None = None) -> dict[str, str]:
    """Return what people write to slip through, and what it stands for, in every spelling of Latin letters.

    Raises ConfigError with every fault, each with file and line.
    """
    path = (folder or SHIPPED) / "lexicons" / f"{EVASIONS}.txt"
    faults: list[Fault] = []
    pairs = dict(_pairs(path, faults)) if path.is_file() else {}
    for right in set(pairs.values()):
        for wrong in pairs:
            if wrong in right:
                faults.append(Fault(str(path), "", f"{right} holds {wrong}, which is replaced itself"))
    if faults:
        raise ConfigError(faults)
    return {form: right for wrong, right in pairs.items() for form in spellings(wrong)}


def segmenter_words(lexicon: Lexicon) -> list[str]:
    """Return the terms that a segmenter should know, sorted, each once.

    Terms of Latin letters only, of one character, and those that are a mere row of other terms (抽检 + 不合格) are left out:
    their parts say more than the whole.
    """
    words = {term.word for term in lexicon.terms if len(term.word) > 1 and not term.word.isascii() and " " not in term.word}
    return sorted(word for word in words if not _is_row(word, words))


def _is_row(word: str, words: set[str]) -> bool:
    """Whether two or more of the words, one after the other, make up the word."""
    reached = [True] + [False] * len(word)
    for start in range(len(word) - 1):
        if reached[start]:
            for end in range(start + 2, len(word) + 1):
                if end - start < len(word) and word[start:end] in words:
                    reached[end] = True
    return reached[-1]


@by_content("lexicons/*.txt")
def _loaded(folder: Path) -> Lexicon:
    faults: list[Fault] = []
    if not (folder / "lexicons").is_dir():
        raise ConfigError([Fault(str(folder / "lexicons"), "", "folder not found")])
    terms = [term for path in sorted(folder.glob("lexicons/*.txt")) if path.stem not in {EVASIONS, *APART} for term in _terms(path, faults)]
    if faults:
        raise ConfigError(faults)
    return Lexicon(terms)


@by_content()
def _alone(path: Path) -> Lexicon:
    faults: list[Fault] = []
    terms = list(_terms(path, faults)) if path.is_file() else []
    if faults:
        raise ConfigError(faults)
    return Lexicon(terms)


def _terms(path: Path, faults: list[Fault]) -> Iterator[Term]:
    seen: dict[str, int] = {}
    for number, line in _lines(path, faults):
        word, *fields = (field.strip() for field in line.split("\t"))
        if len(fields) > 1:
            faults.append(Fault(str(path), f"line {number}", "more than a term and its group"))
        elif not word:
            faults.append(Fault(str(path), f"line {number}", "no term before the tab"))
        elif word in seen:
            faults.append(Fault(str(path), f"line {number}", f"{word} stands in line {seen[word]} already"))
        else:
            seen[word] = number
            yield Term(path.stem, word, fields[0] if fields else "")


def _pairs(path: Path, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for number, line in _lines(path, faults):
        wrong, equals, right = (part.strip() for part in line.partition("="))
        if not (wrong and equals and right):
            faults.append(Fault(str(path), f"line {number}", "must be wrong=right"))
        elif len(right) > len(wrong) + 1:
            # Cleaning repeats until nothing changes; only a picture may stand for a word of two characters.
            faults.append(Fault(str(path), f"line {number}", f"{right} is much longer than {wrong}"))
        elif wrong in seen:
            faults.append(Fault(str(path), f"line {number}", f"{wrong} stands in line {seen[wrong]} already"))
        else:
            seen[wrong] = number
            yield wrong, right


def _lines(path: Path, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers; a fault for each that is not written as cleaned text is."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        faults.append(Fault(str(path), f"byte {error.start}", "is not UTF-8"))
        return
    except OSError as error:
        faults.append(Fault(str(path), "", error.strerror or "cannot be read"))
        return
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not unicodedata.is_normalized("NFKC", line):
            faults.append(Fault(str(path), f"line {number}", f"write {unicodedata.normalize('NFKC', line).strip()}: half-width, as cleaned text is"))
            continue
        yield number, line
