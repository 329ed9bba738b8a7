"""What is known of rumors: each claim, how people put it, what was found and who says so, in `debunks/*.yaml`.

A file is one theme; its claims are named. `when` says what a text must speak of to speak of the claim: parts joined by ` + `, the subject
first and what is said of it last, each part alternatives joined by `|`; `<名称>` stands for the words of that name in `debunks/words.yaml`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from config.errors import ConfigError, Fault
from config.load import SHIPPED, checked, read
from config.schema import Declaration, Name

FOLDER = "debunks"
WORDS = "words"
"""The file of word groups that the others name."""
HIDING = "不算"
"""The group of words whose parts do not count: 病毒 says nothing of 毒."""

_NAMED = re.compile(r"<([^<>]*)>")
_Text = Annotated[str, Field(min_length=1)]


class Claim(Declaration):
    """传言: one claim that goes round, how it is put, and what was found."""

    claim: _Text = Field(description="what is claimed, in one neutral sentence")
    when: tuple[_Text, ...] = Field((), description="parts that a text must have, such as 柿子 + 螃蟹|大闸蟹; empty = judged by the wordings")
    unless: str = Field("", description="words beside it that make it another matter, such as <检出>|包装")
    wordings: tuple[_Text, ...] = Field(min_length=1, description="common ways of putting it")
    finding: _Text = Field(description="what was found, neutral; says so where a part is true")
    citation: _Text = Field(description="who says so, publicly")
    topics: tuple[Name, ...] = ()
    since: int | None = Field(None, ge=1900, le=2100, description="the year that it became known")


class Claims(Declaration):
    """辟谣库: the claims of one theme, by id."""

    title: _Text
    claims: dict[Name, Claim] = Field(min_length=1)


class KnownClaim(NamedTuple):
    """One claim with every word written out: `patterns` are alternatives, each a row of parts, each part a row of words."""

    id: str
    claim: str
    patterns: tuple[tuple[tuple[str, ...], ...], ...]
    unless: tuple[str, ...]
    wordings: tuple[str, ...]
    finding: str
    citation: str
    topics: tuple[str, ...] = ()
    since: int | None = None


class Library(NamedTuple):
    """All known claims, in order of file, and the words that hide what stands inside them."""

    claims: tuple[KnownClaim, ...] = ()
    hiding: tuple[str, ...] = ()


def library(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Library:
    """Read the claims of a home folder, else the shipped ones; a home without the folder has none.

    Raises ConfigError with every fault, each with file and key.
    """
    faults: list[Fault] = []
    folder = (home or SHIPPED) / FOLDER
    words = _words(folder / f"{WORDS}.yaml", environ, faults)
    found = Library(tuple(_claims(folder, words, environ, faults)), words.get(HIDING, ()))
    if faults:
        raise ConfigError(faults)
    return found


def _claims(folder: Path, words: Mapping[str, tuple[str, ...]], environ: Mapping[str, str], faults: list[Fault]) -> Iterator[KnownClaim]:
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.y*ml")):
        if path.stem == WORDS:
            continue
        declared = _table(path, environ, faults)
        theme = None if declared is None else checked(Claims, declared, path, faults)
        for name, claim in theme.claims.items() if theme else ():
            where = Fault(str(path), f"claims.{name}", f"is declared in {seen.get(name)} too")
            if seen.setdefault(name, path.name) != path.name:
                faults.append(where)
            yield _written_out(name, claim, _Words(words, where, faults))


class _Words:
    """Writes out `<名称>`, and notes each name that nobody declared."""

    def __init__(self, words: Mapping[str, tuple[str, ...]], where: Fault, faults: list[Fault]) -> None:
        self._words, self._where, self._faults = words, where, faults

    def alternatives(self, written: str, key: str) -> tuple[str, ...]:
        """Return the words of `a|<b>|c`, each once."""
        found: list[str] = []
        for word in (part.strip() for part in written.split("|")):
            name = _NAMED.fullmatch(word)
            if name and name[1] in self._words:
                found += self._words[name[1]]
            elif not word or name:
                self._faults.append(Fault(self._where.file, f"{self._where.key}.{key}", f"{word or 'an empty word'}: no such words"))
            else:
                found.append(word)
        return tuple(dict.fromkeys(found))


def _written_out(name: str, claim: Claim, words: _Words) -> KnownClaim:
    patterns = tuple(tuple(words.alternatives(part, "when") for part in pattern.split(" + ")) for pattern in claim.when)
    unless = words.alternatives(claim.unless, "unless") if claim.unless else ()
    return KnownClaim(name, claim.claim, patterns, unless, claim.wordings, claim.finding, claim.citation, claim.topics, claim.since)


def _words(path: Path, environ: Mapping[str, str], faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    declared = (_table(path, environ, faults) or {}) if path.is_file() else {}
    found: dict[str, tuple[str, ...]] = {}
    for name, words in declared.items():
        if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
            faults.append(Fault(str(path), str(name), "must be a row of words"))
        else:
            found[str(name)] = tuple(words)
    return found


def _table(path: Path, environ: Mapping[str, str], faults: list[Fault]) -> dict[str, Any] | None:
    declared = read(path, environ, faults)
    if declared is not None and not isinstance(declared, dict):
        faults.append(Fault(str(path), "", "must be a table of keys"))
        return None
    return declared
