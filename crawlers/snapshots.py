"""Pages on which no article was found, kept for the quarantine so that somebody can see what is there now."""

from config.source import Source
from crawlers.encodings import decoded
from crawlers.items import clear
from crawlers.post import Broken

_WHOLE, _MOST = 2, 64 * 1024
"""Pages of one crawl that are kept as they came, and characters of each; of the others only the address is."""


class Snapshots:
    """Makes them for one crawl. What persons write is not kept: their names would stand there in clear."""

    def __init__(self, source: Source) -> None:
        self._source, self._taken = source, 0

    def of(self, url: str, body: bytes, header: str) -> Broken:
        """Return the page at `url` as what waits in quarantine."""
        self._taken += 1
        is_kept = self._taken <= _WHOLE and self._source.trust != "person"
        text = clear(decoded(body, header=header, declared=self._source.encoding)[0])[:_MOST] if is_kept else ""
        return Broken(url, f"no article was found on the page (source {self._source.name})", text)
