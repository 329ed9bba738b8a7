"""A spider for every declared source."""

from collections.abc import Sequence
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from config.errors import ConfigError
from config.source import Source
from crawlers.spiders.api import ApiSpider
from crawlers.spiders.base import SourceSpider
from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.listing import ListingSpider
from crawlers.station import Station

KINDS: dict[str, type[SourceSpider]] = {"feed": FeedSpider, "listing": ListingSpider, "api": ApiSpider}


class SourceLoader:
    """Scrapy's spider loader over the sources of the station that the environment names."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self._spiders: dict[str, type[Spider]] = {}
        self._sources = {name: source for name, source in station.config.sources.items() if source.kind in KINDS}

    @classmethod
    def from_settings(cls, _: BaseSettings) -> Self:
        """Return the loader; a configuration that does not hold ends the command, with every fault."""
        try:
            return cls(Station.of())
        except ConfigError as error:
            raise SystemExit(str(error)) from error

    def list(self) -> list[str]:
        """Return the names of the sources that can be crawled."""
        return sorted(self._sources)

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider of a source. Raises KeyError."""
        if spider_name not in self._spiders:
            self._spiders[spider_name] = spider_for(self._sources[spider_name], self.station)
        return self._spiders[spider_name]

    def find_by_request(self, request: Request) -> Sequence[str]:
        """Return the sources whose list is on the request's host."""
        host = request.url.split("/")[2]
        return [name for name, source in self._sources.items() if source.url.split("/")[2] == host]


def spider_for(source: Source, station: Station) -> type[SourceSpider]:
    """Return the spider class of a source: that of its kind, bound to the declaration."""
    kind = KINDS[source.kind]
    return type(source.name, (kind,), {"name": source.name, "source": source, "station": station, "__module__": kind.__module__})
