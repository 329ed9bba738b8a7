"""JSON files that are one document over many lines, not an object a line."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from crawlers.post import Broken

MOST = 64 * 2**20
"""Characters of a document; a longer one is read line by line, and each line named."""
_BEGINS = re.compile(r"\s*(?:\[\s*(?:\{|\]|$)|\{)")


def is_document(line: str) -> bool:
    """Return whether a first line begins a JSON document that it does not end, or a list."""
    if not _BEGINS.match(line):
        return False
    try:
        return isinstance(msgspec.json.decode(line.encode("utf-8", "replace")), list)
    except (msgspec.DecodeError, RecursionError):
        return True


def begins_list(line: str) -> bool:
    """Return whether a first line begins a JSON list of tables."""
    return bool(_BEGINS.match(line)) and line.lstrip().startswith("[")


def whole(lines: Iterator[tuple[int, str] | Broken]) -> tuple[list[dict[str, Any]] | None, list[tuple[int, str] | Broken]]:
    """Return the tables of a document, or None; and the lines that were read for that, so that they can be read otherwise."""
    taken: list[tuple[int, str] | Broken] = []
    size = 0
    for line in lines:
        taken.append(line)
        if isinstance(line, Broken):
            return None, taken
        size += len(line[1])
        if size > MOST:
            return None, taken
    text = "\n".join(line[1] for line in taken if not isinstance(line, Broken))
    try:
        found = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None, taken
    tables = found if isinstance(found, list) else [found]
    return [one if isinstance(one, dict) else {"": one} for one in tables], taken
