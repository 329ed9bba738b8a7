"""Figures as people read them: a line each, tables for figures by name, and lists of texts at the end."""

from collections.abc import Iterator, Mapping
from typing import Any

_NONE = "–"


def lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show one set's figures; columns are set apart by tabs."""
    for name, value in figures.items():
        if not isinstance(value, dict | list):
            yield f"  {name}\t{_shown(value)}"
    for name, value in figures.items():
        if isinstance(value, dict) and value:
            yield from _table(name, value)
    for name, value in figures.items():
        if isinstance(value, list) and value:
            yield f"  {name}"
            yield from (f"    {line}" for line in value)


def compared(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines that show each set's figures before and after; intervals are left out."""
    yield "set\tfigure\tbefore\tafter"
    for name, figures in after.items():
        for figure, value in figures.items():
            if isinstance(value, float) and not figure.endswith(("_low", "_high")):
                yield f"{name}\t{figure}\t{_shown(before[name][figure])}\t{_shown(value)}"


def _table(name: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    columns = list(next(iter(rows.values())))
    yield "\t".join([f"  {name}", *columns])
    for title, row in rows.items():
        yield "\t".join([f"    {title}", *(_shown(row[column]) for column in columns)])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or _NONE
    if isinstance(value, float):
        return f"{value:.3f}"
    return _NONE if value is None else str(value)
