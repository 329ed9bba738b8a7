"""A report as plain text, for messages: sentences, lists and tables in lines, and the addresses of what they refer to."""

from collections.abc import Iterator

from pipeline.report.content import Chart, Paragraph, Report, Section, Table
from pipeline.report.marks import Marks, ordinal
from pipeline.report.period import spoken


def plain(report: Report) -> str:
    """Return the report in lines."""
    marks = Marks(report)
    lines = [report.title.text, *(["（草稿，未经审定）"] if report.is_draft else []), ""]
    for place, section in enumerate(report.sections):
        lines += _section(section, marks, ordinal(report, place))
    if report.posts:
        lines += ["", "附件：证据帖文"]
        lines += [f"[{row.number}] {spoken(row.at)} {row.title} {row.url}".rstrip() for row in report.posts[:20]]
    return "\n".join([*lines, "", report.office, spoken(report.until)])


def _section(section: Section, marks: Marks, number: str) -> Iterator[str]:
    yield f"{number}{section.title}"
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield block.ordinal + "".join(f"{sentence.text}{marks.text(sentence, posts_only=True)}" for sentence in block.sentences)
        elif isinstance(block, Table):
            yield block.caption
            yield from ("｜".join(cell.text for cell in row) for row in block.rows)
        elif isinstance(block, Chart):
            yield block.alt.text
    for part in section.parts:
        yield from _section(part, marks, "")
