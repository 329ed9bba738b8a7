"""A report as one HTML page: nothing from elsewhere, everything escaped, made to be read on a screen and printed on A4."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from config.load import Config
from pipeline.platforms import platform
from pipeline.report.content import Chart, Fact, Report, Tally, charts
from pipeline.report.marks import Marks, ordinal
from pipeline.report.period import TIMED, ZONE, spoken
from pipeline.report.svg import svg

PRINTED = 60
"""Posts of the list of evidence that are printed beside those referred to; the others are in the workbook."""


def page(report: Report, config: Config) -> str:
    """Return the page."""
    templates = Environment(
        loader=PackageLoader("pipeline", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    marks = Marks(report)
    names = {id(chart): f"chart-{number}" for number, chart in enumerate(charts(report), start=1)}

    def picture(chart: Chart) -> Markup:
        """Draw a chart."""
        tally = report.evidence[chart.by]
        assert isinstance(tally, Tally)
        return Markup(svg(chart, tally.values, upright=tally.by in TIMED, name=names[id(chart)]))  # noqa: S704 - svg() escapes

    return templates.get_template("report.html").render(
        report=report,
        marks=marks,
        ordinal=lambda place: ordinal(report, place),
        kind=lambda block: type(block).__name__,
        picture=picture,
        printed=printed(report),
        spoken=spoken,
        minute=lambda at: f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}",
        **_words(config),
    )


def printed(report: Report) -> int:
    """Return how many posts of the list of evidence are printed: all that are referred to, and as many more as fit."""
    return max(PRINTED, len({one.id for one in report.evidence if isinstance(one, Fact) and one.kind == "post"}))


def _words(config: Config) -> Mapping[str, Any]:
    return {
        "platform": platform,
        "source": lambda name: config.sources[name].title if name in config.sources else name,
        # What a post says its address is may be anything; only web addresses become links.
        "linked": lambda url: url if urlsplit(url).scheme in ("http", "https") else "",
    }
