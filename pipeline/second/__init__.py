"""The second opinion: what the user's own model says of posts that Shian is unsure of; off unless the settings name a model.

It never replaces the own score: it decides relevance where that lies between floor and threshold, and is shown as what it is.
`Adviser` is the port; `opened` finds the one that the settings name.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from config.schema import SecondSettings


class Opinion(Struct, frozen=True):
    """What a model says of one text, and why, in its own words."""

    relevant: bool
    why: str = ""


class Adviser(Protocol):
    """A model that can be asked. It sees masked texts only."""

    @property
    def name(self) -> str:
        """Names the model; its opinions are kept and shown under it."""

    def asked(self, texts: Sequence[str]) -> list[Opinion | None]:
        """Return an opinion a text, in the same order; None where it gave none.

        Raises OpinionError where it is away, too slow, or says nothing that can be read.
        """


def opened(settings: SecondSettings, home: Path) -> Adviser | None:
    """Return the adviser that the settings name, None where they name none; a model's file is relative to `home`.

    Raises ModelError for a file that does not load, or without the extra that loads it.
    """
    if settings.kind == "openai":
        from pipeline.second.chat import ChatAdviser

        return ChatAdviser(settings)
    if settings.kind == "onnx":
        from pipeline.second.graph import GraphAdviser

        return GraphAdviser(home / settings.model)
    return None
