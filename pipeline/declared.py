"""What types alone cannot say of a configuration: whether its topics can be found, its rules be applied, and its boards' queries be understood."""

from collections.abc import Callable

from config.errors import ConfigError, Fault
from config.load import Config
from nlp.worded import Worded
from pipeline import announce, rulebook


def checked(config: Config) -> None:
    """Raise ConfigError with every fault of topics, rules and boards."""
    faults: list[Fault] = []
    parts: tuple[Callable[[], object], ...] = (
        lambda: Worded(config.topics, config.folder),
        lambda: rulebook.checked(config),
        lambda: announce.checked(config.boards, str(config.folder / "boards")),
    )
    for part in parts:
        try:
            part()
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
