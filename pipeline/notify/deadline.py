"""A limit in time for what may block for ever, such as an answer of which a byte comes now and then."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from config.errors import NotifyError

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], *, where: str) -> T:
    """Return what `work` returns, and raise the NotifyError that it raises; raises one of its own if neither comes in time.

    Work that is too late goes on in its thread, and what comes of it is not known; the process does not wait for it to end.
    """
    box: SimpleQueue[T | NotifyError] = SimpleQueue()

    def run() -> None:
        """Do the work; whatever happens, the box gets something."""
        outcome: T | NotifyError = NotifyError(f"{where}: failed in a way that nobody thought of; the log says how", retry=True)
        try:
            outcome = work()
        except NotifyError as error:
            outcome = error
        finally:
            box.put(outcome)

    Thread(target=run, name=f"notify {where}", daemon=True).start()
    try:
        found = box.get(timeout=seconds)
    except Empty:
        raise NotifyError(f"{where}: no answer within {seconds:g} s", retry=True) from None
    if isinstance(found, NotifyError):
        raise found
    return found
