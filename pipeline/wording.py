"""Says in a message what an alert, or several, tell: title, why, where, how widely, what is known of the rumor, and who answers. Pure."""

from collections.abc import Sequence

from config.load import Config
from config.schema import Level
from nlp.assessment import Debunk, Place
from pipeline.hours import ZONE
from pipeline.masks import masked
from pipeline.model import Alert, Event
from pipeline.notify import Message
from pipeline.platforms import platforms
from pipeline.route import Route

_STANCES = {"spreads": "传播", "refutes": "辟谣", "asks": "询问"}
_STATUSES = {"acknowledged": "已受理", "dismissed": "已排除", "closed": "已办结"}
_LEVELS: tuple[Level, ...] = (1, 2, 3, 4)
_RUMOR = 0.5
_TITLE = 60


def alert_message(alert: Alert, event: Event | None, route: Route | None, config: Config) -> Message:
    """Return what boards are told of an alert; its id is the alert's. `event` is that of the alert, or the one that this was merged into."""
    about = event.id if event else alert.event
    return Message(
        id=alert.id,
        of="alert",
        title=masked(alert.title),
        text=_text(alert, event, route, config),
        at=alert.raised_at,
        level=_LEVELS[alert.level - 1],
        link=link(about, config),
        about=about,
        topics=alert.topics,
    )


def renewed(message: Message, event: Event, route: Route | None, config: Config) -> Message:
    """Return the message of an alert as its event stands now: the same id and time, and never a milder level."""
    level = min(message.level or 4, event.level or 4)
    return Message(
        id=message.id,
        of=message.of,
        title=masked(event.title),
        text=_text(event, event, route, config),
        at=message.at,
        level=_LEVELS[level - 1],
        link=link(event.id, config),
        about=message.about,
        topics=event.topics,
    )


def collected(one: str, messages: Sequence[Message], title: str) -> Message:
    """Return one message that says all of them, the most severe first; `one` is its id, `title` the board's."""
    ordered = sorted(messages, key=lambda message: (message.level or 4, message.at, message.id))
    first = ordered[0]
    if len(ordered) == 1:
        return Message(id=one, of="alert", title=first.title, text=first.text, at=first.at, level=first.level, link=first.link, topics=first.topics)
    parts = (
        "\n".join((f"{number}. {message.headline}", *(f"  {line}" for line in (*message.text.splitlines(), message.link) if line)))
        for number, message in enumerate(ordered, 1)
    )
    return Message(
        id=one,
        of="alert",
        title=f"{len(ordered)} 条预警：{first.title[:_TITLE]} 等",
        text="\n\n".join((*parts, f"发给{title}的汇总。")),
        at=max(message.at for message in ordered),
        level=first.level,
        topics=tuple(dict.fromkeys(topic for message in ordered for topic in message.topics)),
    )


def link(event: str, config: Config) -> str:
    """Return the address of an event's page; empty where nobody said by which address people open the desk."""
    address = config.settings.desk.url.rstrip("/")
    return f"{address}/events/{event}" if address else ""


def _text(told: Alert | Event, event: Event | None, route: Route | None, config: Config) -> str:
    lines = [("理由", masked("；".join(told.why))), ("地点", _places(told.places)), ("传播", f"{told.posts} 帖：{platforms(told.platforms)}")]
    lines += [("首见", f"{told.first_seen.astimezone(ZONE):%Y-%m-%d %H:%M}"), ("传言", _rumor(told.rumor, told.debunk))]
    if route:
        lines.append(("分办", _answering(route, config)))
    if event and event.case.status in _STATUSES:
        lines.append(("处置", _STATUSES[event.case.status] + (f"（{event.case.owner}）" if event.case.owner else "")))
    return "\n".join(f"{name}：{line}" for name, line in lines if line)


def _places(places: Sequence[Place] | None) -> str:
    if places is None:
        return ""
    shown = ["".join(place.path) for place in places[:3]]
    return "、".join(shown) + (f" 等 {len(places)} 地" if len(places) > 3 else "") if shown else "不明"


def _rumor(rumor: float | None, debunk: Debunk | None) -> str:
    if debunk:
        source = f"（{debunk.citation}）" if debunk.citation else ""
        return f"{_STANCES.get(debunk.stance, debunk.stance)}已知传言“{debunk.claim}”；查证：{debunk.finding}{source}"
    return f"像谣言（{rumor:.2f}），尚无查证" if rumor is not None and rumor >= _RUMOR else ""


def _answering(route: Route, config: Config) -> str:
    if route.outside:
        return f"{route.lead.title}（外省，只报）"
    matter = config.matters.get(route.lead.matter)
    parts = [f"{route.lead.title}牵头" + (f"（{matter.title}）" if matter else "")]
    if route.cooperating:
        parts.append(f"{'、'.join(party.title for party in route.cooperating)}配合")
    parts.append(f"属地 {route.office.title}")
    return "；".join(parts)
