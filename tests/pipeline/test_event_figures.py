"""Events are measured against known ones: what is apart, what is mixed, what was alerted in time."""

from pathlib import Path

import pytest

from config.errors import InputError
from nlp.cases import EventCase, of_events
from pipeline.event_figures import Placed, figures


def case(text: str, event: str = "a", *, half: str = "held", day: str = "2024-01-01") -> EventCase:
    return EventCase(half, day, event, text)


THREE = [case("1"), case("2"), case("3", day="2024-01-02")]


def test_all_in_one_event_is_right() -> None:
    found = figures(THREE, Placed({"1": "x", "2": "x", "3": "x"}, {"x": ["2024-01-01"]}))
    assert (found["precision"], found["recall"], found["f1"], found["b3_f1"]) == (1, 1, 1, 1)
    assert (found["pieces"], found["missed"], found["first_day"], found["ever"], found["worst"]) == (1, 0, 1, 1, [])


def test_what_is_apart_lowers_recall_and_what_is_mixed_precision() -> None:
    apart = figures(THREE, Placed({"1": "x", "2": "x", "3": "y"}, {}))
    assert (apart["precision"], apart["recall"], apart["pieces"]) == (1, 0.3333, 2)
    mixed = figures(THREE, Placed({"1": "x", "2": "x", "3": "x", "stranger": "x"}, {}))
    assert (mixed["precision"], mixed["recall"]) == (0.5, 1)
    assert mixed["worst"] == ["held: a: 0 pairs apart, 3 mixed; its titles of each event: 3/4"]


def test_doubtful_titles_count_nowhere() -> None:
    found = figures([*THREE, case("4", "?", half="-")], Placed({"1": "x", "2": "x", "3": "x", "4": "x"}, {}))
    assert (found["n"], found["titles"], found["precision"], found["recall"]) == (1, 3, 1, 1)


def test_titles_in_no_event_lower_the_figures_over_all_only() -> None:
    found = figures(THREE, Placed({"1": "x", "2": "x"}, {}))
    assert (found["missed"], found["f1"], found["f1_all"]) == (1, 1, 0.5)
    assert found["b3_f1"] == 1 > found["b3_f1_all"]


def test_an_alert_after_the_first_day_is_late() -> None:
    late = figures(THREE, Placed({"1": "x", "2": "x", "3": "x"}, {"x": ["2024-01-02"]}))
    assert (late["first_day"], late["ever"]) == (0, 1)
    other = figures(THREE, Placed({"1": "x", "2": "x", "3": "x"}, {"y": ["2024-01-01"]}))
    assert (other["first_day"], other["ever"]) == (0, 0)


def test_an_event_in_more_than_three_pieces_is_split() -> None:
    found = figures([case(str(number)) for number in range(4)], Placed({str(number): str(number) for number in range(4)}, {}))
    assert (found["pieces"], found["split"]) == (4, 1)


def test_halves_are_told_apart_and_the_held_one_is_at_the_top() -> None:
    cases = [*THREE, case("8", "b", half="tune"), case("9", "b", half="tune")]
    found = figures(cases, Placed({"1": "x", "2": "x", "3": "x", "8": "y", "9": "z"}, {}))
    assert (found["recall"], found["halves"]["held"]["recall"], found["halves"]["tune"]["recall"]) == (1, 1, 0)


def test_the_known_events_are_enough_and_name_no_title_twice(tmp_path: Path) -> None:
    known = of_events()
    assert len({one.text for one in known}) == len(known)
    assert len({one.event for one in known if one.half == "held"}) >= 40
    assert all(len(one.text) == 40 and one.half in ("tune", "held", "-") for one in known)
    broken = tmp_path / "events.tsv"
    broken.write_text("tune\t2024-01-01\ta\n", "utf-8")
    with pytest.raises(InputError, match="line 1"):
        of_events(broken)
