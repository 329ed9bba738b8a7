"""No change may make the judgement worse: each pinned floor holds on texts that were never fitted."""

from pathlib import Path

import pytest

from config.load import load
from nlp.analyst import analyst
from nlp.cases import floors
from nlp.evaluate import OWN, SETS, evaluate
from pipeline.replayed import SETS as REPLAYED
from pipeline.replayed import replayed

FLOORS = floors()


def below(name: str, shared: Path | None) -> dict[str, tuple[float, float]]:
    """The figures of a set that lie below their floors, with both."""
    found = evaluate([name], shared=shared)[name]
    return {figure: (found[figure], floor) for figure, floor in FLOORS[name].items() if found[figure] < floor}


@pytest.mark.parametrize("name", OWN)
def test_our_own_texts_are_judged_as_well_as_before(name: str) -> None:
    assert below(name, None) == {}


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in FLOORS if name in SETS and (name not in OWN or name in ("places", "harm"))])
def test_real_texts_are_judged_as_well_as_before(name: str, shared: Path) -> None:
    assert below(name, shared) == {}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in FLOORS if name in REPLAYED])
def test_posts_become_events_as_well_as_before(name: str, shared: Path) -> None:
    config = load()
    found = replayed(name, shared, analyst(home_province=config.settings.province), config)
    assert {figure: (found[figure], floor) for figure, floor in FLOORS[name].items() if found[figure] < floor} == {}
