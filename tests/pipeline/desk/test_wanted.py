"""Filters are read strictly and written back as they were."""

from datetime import UTC, datetime, timedelta

import pytest

from config.load import Config
from pipeline.desk.wanted import WantedError, moment, wanted

NOW = datetime(2024, 9, 5, 4, tzinfo=UTC)


def test_nothing_asked_is_everything(config: Config) -> None:
    filters = wanted({"level": "", "other": "x"}, config, NOW)
    assert (filters.which.level, filters.which.topic, filters.which.since, filters.query) == (None, "", None, "")


def test_filters_come_back_in_the_address(config: Config) -> None:
    filters = wanted({"level": "2", "topic": "campus", "status": "new", "since": "24h"}, config, NOW)
    assert filters.query == "level=2&topic=campus&status=new&since=24h"
    assert (filters.which.level, filters.which.since) == (2, NOW - timedelta(hours=24))


@pytest.mark.parametrize(
    "asked", [{"level": "5"}, {"level": "x"}, {"topic": "nope"}, {"status": "open"}, {"since": "gestern"}, {"until": "99999999999d"}]
)
def test_what_is_not_understood_is_refused(asked: dict[str, str], config: Config) -> None:
    with pytest.raises(WantedError):
        wanted(asked, config, NOW)


def test_times_without_an_offset_are_those_of_shanghai() -> None:
    assert moment("2024-09-05", NOW) == datetime(2024, 9, 4, 16, tzinfo=UTC)
    assert moment("2024-09-05T08:00", NOW) == datetime(2024, 9, 5, 0, tzinfo=UTC)
    assert moment("2024-09-05T08:00+00:00", NOW) == datetime(2024, 9, 5, 8, tzinfo=UTC)
