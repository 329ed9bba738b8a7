"""The parts of a configuration that types alone cannot check."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.load import load
from config.schema import Topic
from pipeline.declared import checked


def test_every_part_of_a_configuration_is_checked_at_once() -> None:
    config = load(environ={})
    wrong = replace(
        config,
        topics={**config.topics, "prepared": Topic(name="prepared", title="预制菜")},
        boards={name: board.model_copy(update={"query": "(食堂"}) for name, board in list(config.boards.items())[:1]},
    )
    with pytest.raises(ConfigError) as caught:
        checked(wrong)
    assert {Path(fault.file).parent.name for fault in caught.value.faults} == {"topics", "boards"}
