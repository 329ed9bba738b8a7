"""Bars as PNG pictures, for Word: drawn by matplotlib in memory, with a Chinese font of this machine, else with what letters can say."""

import io
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.report.content import Chart
from pipeline.report.svg import shown, top

FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "FangSong", "AR PL UMing CN", "Droid Sans Fallback",
    "Noto Sans CJK JP", "Noto Serif CJK JP",
)  # fmt: skip
"""Fonts that have Chinese characters, the best first."""
_DRAWING = threading.Lock()
"""matplotlib promises nothing to several threads at once."""
_INCHES, _DPI = 6.1, 200
_COLOUR, _GRID = "#2f5d8a", "#d5d5d5"


@lru_cache(1)
def family() -> str:
    """Return the Chinese font of this machine that is used, empty where there is none."""
    from matplotlib import font_manager

    there = {entry.name for entry in font_manager.fontManager.ttflist if Path(entry.fname).is_file()}
    return next((name for name in FAMILIES if name in there), "")


def png(chart: Chart, values: Mapping[str, int], *, upright: bool) -> bytes:
    """Return the picture. The same bars give the same bytes on the same machine."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    labels = chart.labels if family() else tuple(_plain(key) for key in chart.keys)
    counts = [values.get(key, 0) for key in chart.keys]
    with _DRAWING, rc_context({"font.family": family() or "DejaVu Sans", "font.size": 9, "hatch.linewidth": 0.6, "hatch.color": "#9a9a9a"}):
        figure = Figure(figsize=(_INCHES, 2.5 if upright else 0.34 * len(counts) + 0.3), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right", "left"]].set_visible(False)
        if upright:
            _upright(axes, counts, labels, [place for place, key in enumerate(chart.keys) if key in chart.lost])
        else:
            _lying(axes, counts, labels)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def _upright(axes: Any, counts: Sequence[int], labels: Sequence[str], lost: Sequence[int]) -> None:
    end, every = top(max(counts, default=0)), shown(len(counts))
    for place in lost:
        axes.axvspan(place - 0.5, place + 0.5, facecolor="#f4f4f4", hatch="////", edgecolor="#9a9a9a", linewidth=0)
    axes.bar(range(len(counts)), counts, width=0.76, color=_COLOUR, zorder=2)
    axes.set(ylim=(0, end), yticks=[0, end / 2, end], xlim=(-0.6, len(counts) - 0.4))
    axes.set_xticks(range(0, len(counts), every), labels[::every])
    axes.grid(axis="y", color=_GRID, linewidth=0.6, zorder=0)
    axes.tick_params(length=0)


def _lying(axes: Any, counts: Sequence[int], labels: Sequence[str]) -> None:
    bars = axes.barh(range(len(counts)), counts, height=0.66, color=_COLOUR)
    axes.bar_label(bars, padding=4)
    axes.set_yticks(range(len(counts)), labels)
    axes.invert_yaxis()
    axes.spines["bottom"].set_visible(False)
    axes.set(xticks=[], xlim=(0, max(counts, default=1) * 1.12 or 1))
    axes.tick_params(length=0)


def _plain(key: str) -> str:
    """A key in letters that every font has: no box stands for a character that is missing."""
    return "".join(sign for sign in key if sign.isascii()).removeprefix("20") or "-"
