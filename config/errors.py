"""The one tree of errors; its picture is in docs/architecture.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class ShianError(Exception):
    """Anything that a user of Shian can be told in one sentence."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what people declared: where (`file`, `key`), and what."""

    file: str
    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.why}" if self.key else f"{self.file}: {self.why}"


class ConfigError(ShianError):
    """The configuration does not hold; `faults` lists everything that is wrong with it at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class InputError(ShianError):
    """An input of which nothing can be read."""


class ModelError(ShianError):
    """The shipped or trained model does not load, or does not fit this version."""


class UserError(ShianError):
    """A user, a password or a token that cannot be so; the message says why."""

    exit_code = 2


class SpoolError(ShianError):
    """Crawled posts cannot be written down, as on a full disk; the message says where."""

    exit_code = 3


class SourceError(ShianError):
    """A page that was asked for cannot be had."""

    exit_code = 3


class OpinionError(ShianError):
    """A second opinion cannot be had; what is asked about keeps its own judgement."""

    exit_code = 3


class NotifyError(ShianError):
    """A message did not reach everybody that it was for.

    `retry` says whether the same message may get through later, `after` how long to wait at least where that is known,
    `left` who has not got it where others have; empty stands for all.
    """

    exit_code = 3

    def __init__(self, why: str, *, retry: bool, after: timedelta | None = None, left: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.retry = retry
        self.after = after
        self.left = tuple(left)


class QueryError(ShianError):
    """A search query that cannot be understood; the message says at which character."""

    exit_code = 2


class StoreError(ShianError):
    """The store is away or refuses; the message says which and what to do."""

    exit_code = 3


class Conflict(StoreError):  # noqa: N818 - it is what the answer is called
    """Somebody changed the case since it was read: `version` is the one now kept."""

    def __init__(self, event: str, version: int) -> None:
        super().__init__(f"event {event} was changed by somebody else (now version {version}); read it again")
        self.version = version


class LeaseLost(StoreError):  # noqa: N818 - as Conflict
    """Somebody else holds the lease by now: what was decided under it is not written, and may be out of date."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the lease {name} was lost to another process; what it has not done, that one does")
