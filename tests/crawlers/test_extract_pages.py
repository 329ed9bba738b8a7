"""The figures of crawlers.extract on real pages, against what a person read on them; the truth holds hashes only."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.dates import SHANGHAI
from crawlers.extract import Article, extract

TRUTH: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "extract-truth.yaml").read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def holds(text: str, mark: str) -> bool:
    length, digest = mark.split(":")
    pieces = (text[start : start + int(length)] for start in range(len(text) - int(length) + 1))
    return any(hashlib.sha1(piece.encode()).hexdigest().startswith(digest) for piece in pieces)


def is_right(article: Article | None, truth: dict[str, Any]) -> tuple[bool, bool, bool]:
    """Compare title, time (to the minute, or to the day where the page says no more), and body."""
    if article is None:
        return False, False, False
    title = hashlib.sha1(plain(article.title).encode()).hexdigest() == truth["title"]
    exact = len(truth["published"][:16])
    moment = article.published_at.astimezone(SHANGHAI).isoformat()[:exact] if article.published_at else ""
    text = plain(article.text)
    body = (
        holds(text, truth["first"])
        and holds(text, truth["last"])
        and abs(len(text) - truth["length"]) <= truth["length"] / 4
        and not any(holds(text, mark) for mark in truth["never"])
    )
    return title, moment == truth["published"][:16], body


def figures(pages: Iterator[tuple[str, str]]) -> list[int]:
    rights = [is_right(extract(html, now=NOW), TRUTH[name]) for name, html in pages]
    return [sum(right) for right in zip(*rights, strict=True)]


def real(shared: Path) -> Iterator[tuple[str, str]]:
    for name in sorted(TRUTH):
        yield name, (shared / "pages" / f"{name}.html").read_text(encoding="utf-8", errors="replace")


@pytest.mark.data
def test_titles_times_and_bodies_of_real_pages_are_right(shared: Path) -> None:
    assert figures(real(shared)) == [36, 36, 36]


@pytest.mark.data
def test_they_are_as_right_without_a_word_about_their_sites(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.extract.places_of", lambda url: ())
    assert figures(real(shared)) == [36, 36, 36]


@pytest.mark.data
def test_bodies_are_found_where_blocks_have_no_names(shared: Path) -> None:
    nameless = ((name, re.sub(r"""\s(?:class|id)\s*=\s*("[^"]*"|'[^']*')""", "", html)) for name, html in real(shared))
    titles, times, bodies = figures(nameless)
    assert titles >= 36
    assert times >= 36
    assert bodies >= 35
