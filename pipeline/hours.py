"""Decides when a board is told: at once, at its times of day, or when its quiet hours are over. Pure; hours are those of Asia/Shanghai."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.board import Board, minutes

ZONE = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)


def due(board: Board, now: datetime, *, level: int | None, collects: bool) -> datetime:
    """Return the moment from which a message may be sent; `now` where it waits for nothing.

    Only what `collects` waits for the board's times of day. What has no level (a digest, a notice) breaks through nothing.
    """
    if level is not None and level <= (board.breaks or 0):
        return now
    slot = next_slot(board, now) if collects and board.at else now
    return _awake(board, slot)


def next_slot(board: Board, now: datetime) -> datetime:
    """Return the next of the board's times of day, after `now`."""
    return min(_following(now, minutes(time)) for time in board.at)


def last_told(board: Board, now: datetime) -> datetime:
    """Return the latest moment, `now` or before, for which its times of day, and then its quiet hours, hold what it is told."""
    slots = (_following(now, minutes(time)) - _DAY * days for time in board.at for days in (1, 2))
    return max(moment for slot in slots if (moment := _awake(board, slot)) <= now)


def is_quiet(board: Board, at: datetime) -> bool:
    """Return whether a time is in the board's quiet hours: from the first minute on, and before the last."""
    if not board.quiet:
        return False
    start, end = (minutes(time) for time in board.quiet.split("-"))
    local = at.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    return start <= minute < end if start < end else minute >= start or minute < end


def _awake(board: Board, at: datetime) -> datetime:
    return _following(at, minutes(board.quiet.split("-")[1]) % 1440) if is_quiet(board, at) else at


def _following(at: datetime, minute: int) -> datetime:
    """The first moment after `at` that is so many minutes after midnight."""
    local = at.astimezone(ZONE)
    moment = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return (moment if moment > local else moment + _DAY).astimezone(at.tzinfo)
