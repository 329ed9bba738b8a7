"""Bars as small SVG pictures: times upright from left to right, anything else lying, the greatest on top. Lost times are hatched."""

from collections.abc import Iterator, Mapping
from html import escape
from math import ceil, log10

from pipeline.report.content import Chart

WIDTH, HEIGHT, LEFT, ROW = 640, 200, 96, 26
_LABELS = 8
"""Labels under upright bars, at most."""


def svg(chart: Chart, values: Mapping[str, int], *, upright: bool, name: str) -> str:
    """Return the picture as an <svg> element; `name` is its own among those of one page."""
    height = HEIGHT + 44 if upright else ROW * len(chart.keys) + 12
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{name}-title">{escape(chart.alt.text)}</title>',
        f'<defs><pattern id="{name}-lost" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">',
        '<rect width="6" height="6" fill="#f4f4f4"/><line x1="0" y1="0" x2="0" y2="6" stroke="#9a9a9a" stroke-width="2"/></pattern></defs>',
    ]
    parts += _upright(chart, values, name) if upright else _lying(chart, values)
    return "\n".join([*parts, "</svg>"])


def top(most: int) -> int:
    """Return the end of an axis that holds `most`: a power of ten or an even multiple of it, 4 at least."""
    if most <= 4:
        return 4
    step = int(10 ** int(log10(most)))
    return next(factor * step for factor in (1, 2, 4, 6, 8, 10) if factor * step >= most)


def shown(count: int) -> int:
    """Return how many bars a label is for, so that labels do not overlap."""
    return max(1, ceil(count / _LABELS))


def _upright(chart: Chart, values: Mapping[str, int], name: str) -> Iterator[str]:
    end, left = top(max(values.values(), default=0)), 44
    slot = (WIDTH - left - 6) / max(len(chart.keys), 1)
    for part in range(3):
        y = 12 + HEIGHT * part / 2
        yield f'<line x1="{left}" x2="{WIDTH}" y1="{y:g}" y2="{y:g}" stroke="{"#222" if part == 2 else "#d5d5d5"}"/>'
        yield f'<text x="{left - 6}" y="{y + 4:g}" text-anchor="end">{end * (2 - part) // 2}</text>'
    every = shown(len(chart.keys))
    for place, (key, label) in enumerate(zip(chart.keys, chart.labels, strict=True)):
        x, height = left + place * slot, HEIGHT * values.get(key, 0) / end
        if key in chart.lost:
            yield f'<rect x="{x:.2f}" y="12" width="{slot:.2f}" height="{HEIGHT}" fill="url(#{name}-lost)"/>'
        if height:
            box = f'x="{x + slot * 0.12:.2f}" y="{12 + HEIGHT - height:.2f}" width="{slot * 0.76:.2f}" height="{height:.2f}"'
            yield f'<rect {box} fill="#2f5d8a"><title>{escape(label)}：{values[key]}</title></rect>'
        if place % every == 0:
            yield f'<text x="{x + slot / 2:.2f}" y="{HEIGHT + 30}" text-anchor="middle">{escape(label)}</text>'


def _lying(chart: Chart, values: Mapping[str, int]) -> Iterator[str]:
    end = max(values.values(), default=0) or 1
    for place, (key, label) in enumerate(zip(chart.keys, chart.labels, strict=True)):
        y, width = 6 + place * ROW, (WIDTH - LEFT - 60) * values.get(key, 0) / end
        yield f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(label)}</text>'
        yield f'<rect x="{LEFT}" y="{y + 3}" width="{width:.2f}" height="{ROW - 8}" fill="#2f5d8a"/>'
        yield f'<text x="{LEFT + width + 6:.2f}" y="{y + 16}">{values.get(key, 0)}</text>'
