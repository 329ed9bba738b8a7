"""每日摘要: what is new, what grew and what fell in a period, told once.

`gathered` reads it from the store, `late` finds what came after its period was told, `written` makes the mail of it, `sending` tells each
period once. A period is half open, since <= decision time < until, in whole seconds, so that no post is in two digests or between them.
"""

from pipeline.digest.content import PERIOD, Digest, Entry, Late, Sick, Totals
from pipeline.digest.gathered import digest
from pipeline.digest.written import html, text

__all__ = ["PERIOD", "Digest", "Entry", "Late", "Sick", "Totals", "digest", "html", "text"]
