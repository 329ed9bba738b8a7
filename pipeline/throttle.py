"""Slows down whoever guesses passwords: each failed try of a name, and of an address, makes the next wait longer. Nobody is locked out for ever."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec
from msgspec import Struct

from pipeline.model import Entry
from pipeline.store import EntryFilter, Ledger

BOOK = "throttle"
_FORGOTTEN = timedelta(hours=1)
"""Without a failed try for so long, counting begins anew."""
_BUSY = timedelta(seconds=1)
_TRIES = 5


class Pace(Struct, frozen=True):
    """How many failed tries are free, and how long the wait may grow that doubles from one second with each one more."""

    free: int
    longest: timedelta

    def wait(self, tries: int) -> timedelta:
        """Return how long after so many failed tries the next must wait."""
        return min(timedelta(seconds=2 ** min(tries - self.free, 16)), self.longest) if tries >= self.free else timedelta(0)


NAMES = Pace(3, timedelta(minutes=1))
"""Short: who only wants to keep somebody else out must not succeed."""
ADDRESSES = Pace(10, timedelta(minutes=5))
"""A whole office may come from one address."""


class Throttle:
    """The counts of one ledger. A try is counted before the password is looked at, so that many at once gain nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def tried(self, name: str, address: str, now: datetime) -> timedelta | None:
        """Count a try to log in; if it comes too early, return how long it must wait instead, and count nothing."""
        keys = {_name(name): NAMES, _address(address): ADDRESSES}
        found = self._ledger.read(BOOK, list(keys))
        waits = [entry.at + keys[key].wait(_tries(entry, now)) - now for key, entry in found.items()]
        longest = max(waits, default=timedelta(0))
        if longest > timedelta(0):
            return longest
        # Over what was read above: of two at once for one name the second is too early. From one address several may come at once.
        mine = self._written(_name(name), 1, found.get(_name(name)), now)
        return None if mine and self._added(_address(address), 1, now) else _BUSY

    def succeeded(self, name: str, address: str, now: datetime) -> None:
        """Forget the tries of the name, and take the last one back from the address."""
        self._ledger.strike(BOOK, [_name(name)])
        self._added(_address(address), -1, now)

    def tidy(self, now: datetime) -> None:
        """Remove what is forgotten."""
        while found := self._ledger.page(BOOK, EntryFilter(until=now - _FORGOTTEN), limit=200).items:
            self._ledger.strike(BOOK, [entry.id for entry in found])

    def _added(self, key: str, number: int, now: datetime) -> bool:
        return any(self._written(key, number, self._ledger.read(BOOK, [key]).get(key), now) for _ in range(_TRIES))

    def _written(self, key: str, number: int, was: Entry | None, now: datetime) -> bool:
        tries = max((_tries(was, now) if was else 0) + number, 0)
        return self._ledger.write([Entry(BOOK, key, now, "", msgspec.json.encode(tries), was.version if was else 0)])[0]


def _tries(entry: Entry, now: datetime) -> int:
    return msgspec.json.decode(entry.body, type=int) if now - entry.at < _FORGOTTEN else 0


def _name(name: str) -> str:
    # Whatever was typed into the field for the name, be it a password, is not kept.
    return "name/" + hashlib.sha256(name.encode()).hexdigest()


def _address(address: str) -> str:
    """One household or office: of IPv6 it has a whole network of 64 bits."""
    try:
        number = ip_address(address)
    except ValueError:
        return f"address/{address[:100]}"
    return f"address/{ip_network((number, 64), strict=False) if number.version == 6 else number}"
