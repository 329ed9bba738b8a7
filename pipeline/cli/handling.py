"""The commands of the handling of events: clocks, duty, mute, handover."""

from datetime import datetime, timedelta
from typing import Any

import click

from config.errors import InputError
from config.schema import duration
from crawlers.report import reports
from pipeline import app as root
from pipeline import faces
from pipeline.cli.frame import Moment, cli, opened, out
from pipeline.clocks import STATE_WORDS, counted
from pipeline.desk.intake import watches as crawled
from pipeline.duty import gaps, watches
from pipeline.escalate import NOBODY, Escalation
from pipeline.handling import HandlingError
from pipeline.handling_faces import mute_face, sheet_face, whole_clock_face
from pipeline.handover import Sheet, begun, sheet
from pipeline.model import LEVELS
from pipeline.mute import WAKES, Mute
from pipeline.muting import ended, laid, mutes
from pipeline.tell import spoken
from pipeline.timed import raised, timed

_WEEK = timedelta(days=7)


class Span(click.ParamType[timedelta]):
    """A duration as settings have it, such as 8h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration, or say that it is none."""
        try:
            span = duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        assert isinstance(span, timedelta)
        return span


_since = click.option("--since", type=Moment(), help="from this time on")
_json = click.option("--json", "as_json", is_flag=True, help="one JSON object a line")


@cli.command()
@_since
@click.option("--state", type=click.Choice(list(STATE_WORDS)), help="only clocks in this state")
@_json
@click.pass_context
def clocks(context: click.Context, since: datetime | None, state: str | None, as_json: bool) -> None:
    """Report which alerts were answered in time, and which were not; of the last 7 days unless --since says otherwise."""
    with opened(context) as app:
        at = root.now()
        found = list(timed(app.store, raised(app.store, since or at - _WEEK), app.config.settings.handling.clocks, at).values())
        for clock in found:
            if state and clock.state(at) != state:
                continue
            if as_json:
                out(whole_clock_face(clock, at))
            else:
                left = clock.left(at)
                told = f"{'余' if left >= timedelta(0) else '超'} {spoken(abs(left))}" if clock.state(at) != "off" else clock.why
                click.echo(f"{LEVELS[clock.level]}\t{STATE_WORDS[clock.state(at)]}\t{told}\t{clock.title}")
        counts = counted(found, at)
        if as_json:
            out({"summary": True, "levels": {str(level): states for level, states in counts.items()}})
        else:
            for level, states in counts.items():
                click.echo(f"{LEVELS[level]}\t" + "\t".join(f"{STATE_WORDS[name]} {count}" for name, count in states.items()), err=True)


@cli.command()
@click.option("--from", "since", type=Moment(), help="from this time on; else now")
@click.option("--to", "until", type=Moment(), help="until this time; else a week later")
@_json
@click.pass_context
def duty(context: click.Context, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Print who is on duty, and where nobody is."""
    with opened(context) as app:
        start = since or root.now()
        end = until or start + _WEEK
        if end <= start:
            raise click.UsageError("--to must be after --from")
        roster = app.config.roster
        for watch in watches(roster, start, end):
            names = [person.title for person in watch.people]
            if as_json:
                out({"from": faces.times(watch.since), "to": faces.times(watch.until), "people": names})
            else:
                click.echo(f"{faces.shown(watch.since)}\t{faces.shown(watch.until)}\t{'、'.join(names) or '无人值班'}")
        if missing := gaps(roster, start, end):
            click.echo(
                f"nobody is on duty {len(missing)} times, for {spoken(sum((gap.until - gap.since for gap in missing), timedelta()))}", err=True
            )


@cli.group()
def mute() -> None:
    """List, add and end mutes."""


@mute.command("list")
@click.option("--all", "whole", is_flag=True, help="also those that ended in the last two months")
@_json
@click.pass_context
def mute_list(context: click.Context, whole: bool, as_json: bool) -> None:
    """List the mutes that hold, the one that ends first at the top."""
    with opened(context) as app:
        at = root.now()
        for one in mutes(app.store, at, ended=whole):
            out(mute_face(one, at)) if as_json else click.echo(_line(one, at))


@mute.command("add")
@click.option("--event", default="", help="of an event, by its id")
@click.option("--topic", default="", help="of a topic")
@click.option("--place", default="", metavar="CODE", help="at a place: its GB/T 2260 code")
@click.option("--word", default="", help="of what has this word in its title")
@click.option("--source", default="", help="of what only this source brought")
@click.option("--query", default="", help="of what answers a query: the newest relevant posts of an event, all of them")
@click.option("--why", required=True, help="the reason")
@click.option("--by", required=True, help="who")
@click.option("--for", "span", type=Span(), required=True, help="how long, such as 8h")
@click.option("--wakes", type=click.Choice(list(WAKES)), multiple=True, default=tuple(WAKES), help="what wakes it; else all three")
@_json
@click.pass_context
def mute_add(context: click.Context, /, span: timedelta, as_json: bool, **fields: Any) -> None:
    """Mute an event, or a topic at a place, a word, a source, a query, for a while."""
    with opened(context) as app:
        at = root.now()
        fields["wakes"] = tuple(fields["wakes"])
        try:
            one = laid(app.store, Mute("", at=at, until=at + span, **fields), longest=app.config.settings.handling.mute)
        except HandlingError as error:
            raise InputError(str(error)) from error
        out(mute_face(one, at)) if as_json else click.echo(_line(one, at))


@mute.command("end")
@click.argument("name", metavar="ID")
@click.option("--by", required=True, help="who")
@click.option("--why", default="", help="the reason")
@click.pass_context
def mute_end(context: click.Context, name: str, by: str, why: str) -> None:
    """End a mute now."""
    with opened(context) as app:
        if ended(app.store, name, by=by, why=why, now=root.now()) is None:
            raise InputError(f"no mute that holds is called {name}")


@cli.command()
@_since
@_json
@click.pass_context
def handover(context: click.Context, since: datetime | None, as_json: bool) -> None:
    """Print the sheet that one shift hands to the next; since the shift began, unless --since says otherwise."""
    with opened(context) as app:
        assert app.home
        at, folder = root.now(), app.home.reports
        sources = [one for one in app.config.sources.values() if one.enabled and one.kind != "import"]
        sick = [(watch.source.title, watch.health) for watch in crawled(sources, lambda source: reports(folder, source)) if watch.is_sick]
        made = sheet(app.store, app.config, since=since or begun(app.config.roster, at), now=at, sick=sick)
        out(sheet_face(made)) if as_json else click.echo("\n".join(_sheet(made)))


def _line(one: Mute, at: datetime) -> str:
    of = one.title or " ".join(filter(None, (one.topic, one.place, one.word, one.source, one.query)))
    over = "" if one.is_on(at) else f"\t已结束：{one.ended_why or '到期'}"
    return f"{one.id}\t{faces.shown(one.end)}\t{of}\t{one.why}（{one.by}）{over}"


def _told(one: Escalation, state: str) -> str:
    return f"没有通知到：{one.why}" if state == NOBODY else one.person


def _sheet(made: Sheet) -> list[str]:
    lines = [f"{faces.shown(made.since)} 至 {faces.shown(made.now)}"]
    lines += [f"值班：{'、'.join(one.title for one in made.on_duty) or '无人'}\t下一班：{'、'.join(one.title for one in made.next) or '—'}"]
    lines += [f"在办 {len(made.open)}"] + [f"  {LEVELS[one.level]}\t{one.event.case.owner or '—'}\t{one.event.title}" for one in made.open]
    broken = [clock for clock in made.clocks if clock.state(made.now) == "broken"]
    lines += [f"计时 {len(made.clocks)}，超时 {len(broken)}"] + [f"  超 {spoken(-one.left(made.now))}\t{one.title}" for one in broken]
    lines += [f"升级 {len(made.escalations)}"] + [f"  {faces.shown(one.at)}\t{_told(one, state)}\t{one.title}" for one, state in made.escalations]
    lines += [f"将到期的静默 {len(made.mutes)}"] + [f"  {_line(one, made.now)}" for one in made.mutes]
    lines += [f"未送达 {made.parked}", f"异常信源 {len(made.sick)}"] + [f"  {name}\t{why}" for name, why in made.sick]
    lines += [f"新预警 {len(made.alerts)}"] + [f"  {LEVELS[alert.level]}\t{alert.title}" for alert, _ in made.alerts]
    return lines + [f"处置记录 {len(made.changes)}"] + [f"  {one.note.by}\t{one.note.text}\t{one.title}" for one in made.changes]
