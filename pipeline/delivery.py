"""推送: one message for one board, and what becomes of it. Pure: a delivery and what happened go in, a delivery with its state comes out.

held/BOARD ─► collected, overtaken, or waiting/CHANNEL ─► sending ─► sent, waiting/CHANNEL again or the next one's, parked, stale
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, structs

from config.errors import NotifyError
from pipeline.model import Entry
from pipeline.notify import Message

BOOK = "deliveries"
HELD, WAITING, SENDING, SENT, PARKED, STALE, COLLECTED, OVERTAKEN = (
    "held",
    "waiting",
    "sending",
    "sent",
    "parked",
    "stale",
    "collected",
    "overtaken",
)
STATES = (HELD, WAITING, SENDING, SENT, PARKED, STALE, COLLECTED, OVERTAKEN)
OVER = (SENT, COLLECTED, OVERTAKEN, STALE)
"""States of which nothing more comes by itself, and that nobody need see to."""

_FIRST, _LONGEST = timedelta(seconds=15), timedelta(minutes=30)
_LONG = timedelta(minutes=2)
_HISTORY = 20
_INTERRUPTED = 5
"""How often one may be under way while its sender dies."""


class Tried(Struct, frozen=True):
    """One attempt that failed."""

    at: datetime
    channel: str
    why: str


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """推送: a message on its way to a board.

    `lane` is the channel where the board is told through each of its own. `channels` are the ways, of which `step` is the one in use and
    `attempts` how often it was tried; `due` is when the board wants it: what it was held for, else the message's own time. `left` are those who
    have not got it where others have. `repeats` counts how often it was sent again because nobody knew whether it had gone; `resent` says that a
    person asked for it, so that it is never stale; `into` is the delivery that it was sent in or gave way to; `holds` are those that it was
    made of. `count` is how many alerts a summary of stale ones stands for.
    """

    message: Message
    board: str
    channels: tuple[str, ...]
    due: datetime
    lane: str = ""
    step: int = 0
    attempts: int = 0
    left: tuple[str, ...] = ()
    why: str = ""
    tried: tuple[Tried, ...] = ()
    repeats: int = 0
    resent: bool = False
    into: str = ""
    holds: tuple[str, ...] = ()
    count: int = 1

    @property
    def channel(self) -> str:
        """The channel in use."""
        return self.channels[self.step] if self.step < len(self.channels) else ""


class Kept(Struct, frozen=True):
    """A delivery as the ledger has it: `state` without what stands behind its slash, `at` the time from which it is to be looked at."""

    id: str
    state: str
    at: datetime
    delivery: Delivery
    version: int = 0


_DECODER = msgspec.json.Decoder(Delivery)


def delivery_id(message: str, board: str, channel: str = "") -> str:
    """Return the id of the one delivery of a message to a board; `channel` where the board is told through each of its channels."""
    return hashlib.blake2b("/".join((message, board, channel)).encode(), digest_size=16).hexdigest()


def read(entry: Entry) -> Kept:
    """Return what an entry of the ledger says."""
    return Kept(entry.id, entry.state.partition("/")[0], entry.at, _DECODER.decode(entry.body), entry.version)


def written(kept: Kept) -> Entry:
    """Return the entry that says it."""
    where = {HELD: f"/{kept.delivery.board}", WAITING: f"/{kept.delivery.channel}"}.get(kept.state, "")
    return Entry(BOOK, kept.id, kept.at, kept.state + where, msgspec.json.encode(kept.delivery), kept.version)


def begun(kept: Kept, now: datetime) -> Kept:
    """Return it as it is while it is sent: whoever finds it so after a crash does not know whether it went."""
    return structs.replace(kept, state=SENDING, at=now, delivery=structs.replace(kept.delivery, attempts=kept.delivery.attempts + 1))


def taken(kept: Kept, now: datetime) -> Kept:
    """Return it sent."""
    return structs.replace(kept, state=SENT, at=now, delivery=structs.replace(kept.delivery, why="", left=()))


def has_other_ways(kept: Kept) -> bool:
    """Return whether there is a further channel for it; what some have got already goes to nobody by other ways."""
    return kept.delivery.step + 1 < len(kept.delivery.channels) and not kept.delivery.left


def refused(kept: Kept, error: NotifyError, now: datetime, *, tries: int, hurried: bool = False) -> Kept:
    """Return it after an attempt that failed: to be tried again later, through the next channel, or parked.

    A channel is tried `tries` times. Where there is a further one, it is tried a third of that, once if `hurried`, and never after a long wait.
    """
    was = kept.delivery
    more = has_other_ways(kept) and not error.left
    tries = max(1, 1 if hurried else tries // 3) if more else tries
    failed = structs.replace(was, why=str(error), left=error.left or was.left, tried=_noted(was, str(error), now))
    if error.retry and was.attempts < tries and not (more and error.after and error.after > _LONG):
        wait = max(error.after or timedelta(0), pause(kept.id, was.attempts))
        return structs.replace(kept, state=WAITING, at=now + wait, delivery=failed)
    if more:
        return structs.replace(kept, state=WAITING, at=now, delivery=structs.replace(failed, step=was.step + 1, attempts=0))
    why = f"{failed.why}（{was.attempts} 次）" if error.retry else failed.why
    return parked(structs.replace(kept, delivery=failed), why, now)


def pause(one: str, attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: twice as long each time, up to half an hour, a fifth more or less by the id."""
    share = int.from_bytes(hashlib.blake2b(f"{one}/{attempts}".encode(), digest_size=2).digest(), "big") / 0xFFFF
    whole: timedelta = min(_LONGEST, _FIRST * 2 ** min(max(attempts, 1) - 1, 12))
    return whole * (0.8 + 0.4 * share)


def again(kept: Kept, now: datetime) -> Kept:
    """Return one that was found half sent: it is sent again, and that is counted; parked if that happens again and again, as if it were the cause."""
    if kept.delivery.repeats >= _INTERRUPTED:
        return parked(kept, f"发送中程序中断 {kept.delivery.repeats + 1} 次，不知是否送达", now)
    return structs.replace(kept, state=WAITING, at=now, delivery=structs.replace(kept.delivery, repeats=kept.delivery.repeats + 1))


def resent(kept: Kept, now: datetime) -> Kept:
    """Return one that a person wants sent, from its first channel on, unless some have got it: then to the others by the channel it had."""
    was = kept.delivery
    step = was.step if was.left else 0
    return structs.replace(kept, state=WAITING, at=now, delivery=structs.replace(was, step=step, attempts=0, resent=True, into="", due=now))


def parked(kept: Kept, why: str, now: datetime) -> Kept:
    """Return it where it waits for a person."""
    return structs.replace(kept, state=PARKED, at=now, delivery=structs.replace(kept.delivery, why=why))


def staled(kept: Kept, now: datetime, max_age: timedelta) -> Kept | None:
    """Return it parked as stale if what it tells, or the hour that it was held for, is too long ago to be worth sending; else None."""
    was = kept.delivery
    age = now - was.due
    if was.resent or age <= max_age:
        return None
    why = f"过期：{_shown(age)}前的消息，超过 {_shown(max_age)} 不再推送" + (f"；{was.why}" if was.why else "")
    return structs.replace(kept, state=STALE, at=now, delivery=structs.replace(was, why=why))


def gave_way(kept: Kept, to: str, now: datetime, *, state: str = OVERTAKEN) -> Kept:
    """Return one that is not sent by itself, for `to` says it, or says more."""
    return structs.replace(kept, state=state, at=now, delivery=structs.replace(kept.delivery, into=to))


def outdated(waiting: Sequence[Kept]) -> list[tuple[Kept, Kept]]:
    """Return each that gives way, with the one that it gives way to: the same board is told later of the same, and of nothing milder.

    What a person asked for gives way to nothing.
    """
    found: list[tuple[Kept, Kept]] = []
    later: dict[tuple[str, ...], Kept] = {}
    for one in sorted(waiting, key=lambda kept: (kept.delivery.message.at, kept.id), reverse=True):
        message = one.delivery.message
        if not message.about or one.delivery.resent:
            continue
        key = (one.delivery.board, one.delivery.lane, message.of, message.about)
        ruling = later.get(key)
        if ruling and (ruling.delivery.message.level or 4) <= (message.level or 4):
            found.append((one, ruling))
        else:
            later[key] = one
    return found


def _noted(was: Delivery, why: str, now: datetime) -> tuple[Tried, ...]:
    return (*was.tried, Tried(now, was.channel, why))[-_HISTORY:]


def _shown(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours / 24:.0f} 天" if hours >= 48 else f"{hours:.0f} 小时" if hours >= 1 else f"{span / timedelta(minutes=1):.0f} 分钟"
