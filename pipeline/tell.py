"""Says in a message that an alert was escalated to somebody, and that a department was given an event; and who could not be told. Pure."""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from config.board import Board
from config.load import Config
from config.schema import Channel, Level
from pipeline.handling import PART_WORDS
from pipeline.hours import ZONE
from pipeline.masks import masked
from pipeline.model import LEVELS, Alert, Assignment, Event
from pipeline.notify import Message
from pipeline.outbox import takes
from pipeline.wording import link

_LEVELS: tuple[Level, ...] = (1, 2, 3, 4)


class Told(Struct, frozen=True):
    """What a department is told: the message, and the boards that are to have it."""

    message: Message
    boards: tuple[Board, ...]


def escalation_message(alert: Alert, step: int, *, waited: timedelta, at: datetime, config: Config) -> Message:
    """Return what the next on duty is told of an alert that nobody answered; its id is made of the alert's and the step."""
    limit = config.settings.handling.clocks[_level(alert.level)]
    lines = (
        f"时限 {spoken(limit)}，已过 {spoken(waited)}，无人受理；第 {step} 次升级。",
        f"理由：{masked('；'.join(alert.why))}",
        f"预警时间：{alert.raised_at.astimezone(ZONE):%Y-%m-%d %H:%M}",
    )
    return Message(
        id=f"{alert.id}-{step}",
        of="escalation",
        title=f"预警超时无人受理：{masked(alert.title)}",
        text="\n".join(lines),
        at=at,
        level=_level(alert.level),
        link=link(alert.event, config),
        about=alert.event,
        topics=alert.topics,
    )


def unheard(person: str, board: str, message: Message, config: Config) -> str:
    """Return why a person cannot be told a message on a board; empty where he can, by one channel at least."""
    declared = config.boards.get(board)
    if declared is None:
        return f"{person}没有接收方"
    if not declared.enabled:
        return f"{person}的接收方 {board} 停用"
    whys = [_closed(name, config.channels.get(name), message) for name in declared.channels]
    return f"{person}的渠道：{'，'.join(whys)}" if all(whys) else ""


def deaf(config: Config, now: datetime) -> list[str]:
    """Return for each person of the roster who cannot be told of every level, why not."""
    found = []
    for person in config.roster.people.values():
        tries = (Message(id="duty", of="escalation", title="值班", text="", at=now, level=level) for level in reversed(_LEVELS))
        why = next(filter(None, (unheard(person.title, person.board, message, config) for message in tries)), "")
        found += [why] if why else []
    return found


def assignment_messages(event: Event, config: Config, since: datetime) -> list[Told]:
    """Return what departments are told of assignments that were made, or returned, since a time; the same each time that it is asked."""
    return [_assigned(event, one, config) for one in event.case.current if (one.returned[-1].at if one.returned else one.at) >= since]


def boards_of(department: str, config: Config) -> tuple[Board, ...]:
    """Return the boards that a department is told on: those that are for it, and one of its own channels if it has any."""
    found = [board for board in config.boards.values() if board.enabled and department in board.departments]
    declared = config.departments.get(department)
    if declared and declared.channels:
        name = f"to-{department}"[:40]
        found.append(Board(name=name, title=declared.title, channels=declared.channels, ways="all", breaks=4))
    return tuple(found)


def spoken(span: timedelta) -> str:
    """Return a span as people say it: days and hours, or hours and minutes, never shorter than 1 分钟."""
    minutes = max(int(span.total_seconds() // 60), 1)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} 天" + (f" {hours} 小时" if hours else "")
    if hours:
        return f"{hours} 小时" + (f" {minutes % 60} 分" if minutes % 60 else "")
    return f"{minutes} 分钟"


def _assigned(event: Event, one: Assignment, config: Config) -> Told:
    level = _level(event.case.rated.level if event.case.rated else event.level or 4)
    again = one.returned[-1] if one.returned else None
    declared = config.departments.get(one.department)
    contact = " ".join(filter(None, (declared.contact, declared.phone))) if declared else ""
    lines = [
        f"{one.title}{PART_WORDS[one.part]}" + (f"，依据 {'、'.join(one.clauses)}" if one.clauses else ""),
        f"退回：{again.text}（{again.by}）" if again else f"交办人：{one.by}",
        f"理由：{masked('；'.join(event.why))}" if event.why else "",
        f"传播：{event.posts} 帖",
        f"请在 {spoken(config.settings.handling.feedback[level])}内反馈。",
        f"联系人：{contact}" if contact else "",
    ]
    name = "/".join((event.id, one.department, str(one.round), one.at.isoformat(), str(len(one.returned))))
    message = Message(
        id=hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
        of="assignment",
        title=f"{'退回重办' if again else '交办'}：{masked(event.title)}",
        text="\n".join(line for line in lines if line),
        at=again.at if again else one.at,
        level=level,
        link=link(event.id, config),
        about=f"{event.id}/{one.department}",
        topics=event.topics,
    )
    return Told(message, boards_of(one.department, config))


def _closed(name: str, channel: Channel | None, message: Message) -> str:
    """Why a channel does not take a message."""
    if channel is None or not channel.enabled:
        return f"{name} 停用"
    if takes(channel, message):
        return ""
    return f"{name} 不收{LEVELS[message.level]}" if message.level and message.level > channel.floor else f"{name} 不收这些主题"


def _level(number: int) -> Level:
    return _LEVELS[number - 1]
