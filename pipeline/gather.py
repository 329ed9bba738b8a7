"""Lets go what was held for a board's hours: outdated ones give way, several alerts become one message, and that as they stand by now."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from config.board import Board
from pipeline import delivery
from pipeline.delivery import COLLECTED, WAITING, Delivery, Kept, delivery_id
from pipeline.hours import last_told
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.wording import collected

_MADE_UP = timedelta(hours=1)
"""How late a board is told that there is nothing."""


class Gatherer:
    """Takes what boards waited for out of the outbox, and puts in what they are sent of it."""

    def __init__(self, outbox: Outbox, boards: Iterable[Board], *, as_it_stands: Callable[[Message], Message], max_age: timedelta) -> None:
        self._outbox = outbox
        self._boards = [board for board in boards if board.enabled and (board.at or board.quiet)]
        self._stands = as_it_stands
        self._max_age = max_age
        self._told_nothing: set[str] = set()

    def released(self, now: datetime) -> int:
        """Let go what is due by now, of every board; return how many were held. Done again after a crash it comes to the same end."""
        gone = 0
        for board in self._boards:
            held = self._outbox.held(board.name, now)
            gone += len(held)
            for lane in sorted({one.delivery.lane for one in held}):
                self._let_go(board, lane, [one for one in held if one.delivery.lane == lane], now)
            if board.empty and board.at:
                self._nothing(board, now)
        return gone

    def _let_go(self, board: Board, lane: str, held: Sequence[Kept], now: datetime) -> None:
        stale = {one.id: old for one in held if (old := delivery.staled(one, now, self._max_age))}
        outdated = {one.id: delivery.gave_way(one, later.id, now) for one, later in delivery.outdated(held)}
        self._outbox.write([*outdated.values(), *(old for one, old in stale.items() if one not in outdated)])
        rest = [one for one in held if one.id not in stale and one.id not in outdated]
        alerts = [one for one in rest if one.delivery.message.of == "alert" and not one.delivery.resent]
        if alerts and (board.at or len(alerts) > 1):
            whole = self._whole(board, lane, alerts, now)
            alerts = [one for one in alerts if one.id in whole.delivery.holds]
            self._outbox.write([delivery.gave_way(one, whole.id, now, state=COLLECTED) for one in alerts])
            rest = [one for one in rest if one.id not in whole.delivery.holds]
        self._outbox.write([self._single(one, now) for one in rest])

    def _whole(self, board: Board, lane: str, alerts: Sequence[Kept], now: datetime) -> Kept:
        """The one delivery in place of several: the one that is there, if somebody made it before."""
        one = _collection(board, lane, max(kept.at for kept in alerts))
        message = collected(one, [self._stands(kept.delivery.message) for kept in alerts], board.title)
        holds = tuple(kept.id for kept in alerts)
        ways = max((kept.delivery.channels for kept in alerts), key=len)
        whole = Delivery(message=message, board=board.name, channels=ways, due=now, lane=lane, holds=holds)
        return self._outbox.entered(Kept(delivery_id(one, board.name, lane), WAITING, now, whole))

    def _single(self, kept: Kept, now: datetime) -> Kept:
        renewed = structs.replace(kept.delivery, message=self._stands(kept.delivery.message))
        return structs.replace(kept, state=WAITING, at=now, delivery=renewed)

    def _nothing(self, board: Board, now: datetime) -> None:
        """Tell a board that there is nothing, where its last time of day brought nothing and it wants to know."""
        moment = last_told(board, now)
        one = _collection(board, "", moment)
        if now - moment > _MADE_UP or one in self._told_nothing:
            return
        text = "上次汇总以来没有需要汇总的预警。"
        message = Message(id=one, of="notice", title="没有新预警", text=text, at=moment)
        for ways in self._outbox.ways(board, message):
            lane = "" if board.ways == "first" else ways[0]
            told = structs.replace(message, id=_collection(board, lane, moment))
            whole = Delivery(message=told, board=board.name, channels=ways, due=moment, lane=lane)
            self._outbox.entered(Kept(delivery_id(told.id, board.name, lane), WAITING, now, whole))
        self._told_nothing.add(one)


def _collection(board: Board, lane: str, moment: datetime) -> str:
    """The id of the one message that a board gets at a moment."""
    return hashlib.blake2b(f"{board.name}/{lane}/{moment.timestamp():.0f}".encode(), digest_size=16).hexdigest()
