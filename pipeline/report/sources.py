"""The sources of a report's time: what each brought, and when it was lost."""

from collections.abc import Collection

from pipeline.report.content import SourceRow
from pipeline.report.kept import Kept
from pipeline.report.period import Period
from pipeline.report.recount import counted


def source_rows(kept: Kept, this: Period, named: Collection[str] = ()) -> tuple[SourceRow, ...]:
    """Return a line for each declared source (only those of `named`, if any are) that brought posts or was lost, a line for each time it was."""
    sources = [source for source in kept.config.sources.values() if not named or source.name in named]
    posts = counted(kept, "posts", "", this, by="source", keys=[source.name for source in sources])
    rows = []
    for source in sources:
        stretches = [one for one in kept.lost(this.since, this.until) if one.source == source.name]
        rows += [SourceRow(source.name, source.title, posts[source.name], one.since, one.until, f"{one.told} {one.why}".strip()) for one in stretches]
        if posts[source.name] and not stretches:
            rows.append(SourceRow(source.name, source.title, posts[source.name]))
    return tuple(rows)
