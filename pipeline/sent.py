"""The JSON of a delivery, for the command line and the desk's interface."""

from typing import Any

from pipeline.delivery import Kept
from pipeline.faces import times


def delivery_face(kept: Kept) -> dict[str, Any]:
    """Return a delivery; `at` is when it is looked at next, or came to its state; `repeats` how often it was sent again after a crash."""
    one = kept.delivery
    message = one.message
    return {
        "id": kept.id,
        "state": kept.state,
        "at": times(kept.at),
        "board": one.board,
        "channel": one.channel or None,
        "channels": list(one.channels),
        "message": {
            "id": message.id,
            "of": message.of,
            "level": message.level,
            "title": message.title,
            "about": message.about,
            "at": times(message.at),
        },
        "attempts": one.attempts,
        "repeats": one.repeats,
        "left": list(one.left),
        "why": one.why or None,
        "tried": [{"at": times(tried.at), "channel": tried.channel, "why": tried.why} for tried in one.tried],
        "into": one.into or None,
        "holds": list(one.holds),
        "count": one.count,
        "version": kept.version,
    }
