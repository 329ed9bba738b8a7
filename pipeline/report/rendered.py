"""Renders a report in the format that was asked for."""

from collections.abc import Callable

import msgspec

from config.load import Config
from pipeline.report.content import Report
from pipeline.report.page import page
from pipeline.report.period import ZONE

FORMATS = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
"""Format: its media type. html and json are text, the others are files."""
BINARY = ("docx", "xlsx")


def rendered(report: Report, format_: str, config: Config) -> bytes:
    """Return the report as a file. Raises KeyError for a format that there is not."""
    return _RENDERERS[format_](report, config)


def _word(report: Report, config: Config) -> bytes:
    # Loaded where it is asked for: the desk and the command line start without it.
    from pipeline.report.word import word

    return word(report, config)


def _workbook(report: Report, config: Config) -> bytes:
    from pipeline.report.workbook import workbook

    return workbook(report, config)


_RENDERERS: dict[str, Callable[[Report, Config], bytes]] = {
    "html": lambda report, config: page(report, config).encode(),
    "docx": _word,
    "xlsx": _workbook,
    "json": lambda report, config: msgspec.json.encode(report) + b"\n",
}


def filename(report: Report, format_: str) -> str:
    """Return what the file is called: its kind and the date of its end."""
    name = f"{report.kind}-{report.until.astimezone(ZONE):%Y%m%d}"
    return f"{name}-{report.id[:8]}.{format_}" if report.kind in ("event", "rebuttal") else f"{name}.{format_}"
