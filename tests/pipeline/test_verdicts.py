"""What is learned from the desk: events taken up and events dismissed, and nothing that nobody decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from nlp.corpora import key
from pipeline.model import Edit, Step
from pipeline.store import Store, opened
from pipeline.verdicts import split, verdicts
from tests.contracts.posts import at, event, ident, judged, member, thought


@pytest.fixture(params=["memory:", "sqlite:///shian.db"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    one = opened(request.param, tmp_path)
    yield one
    one.close()


def held(store: Store, name: str, *numbers: int, **fields: object) -> None:
    """An event with posts, which are about as many checks."""
    store.keep([judged(number, **fields) for number in numbers])
    store.commit(Step(cleared=(), events=(event(name),), members=tuple(member(name, number) for number in numbers)))


def decided(store: Store, name: str, *statuses: str, note: str = "", owner: str | None = None) -> None:
    for version, status in enumerate(statuses):
        store.triage(name, Edit("李", status=status, note=note, owner=owner), version=version, now=at(version))


def learned(store: Store) -> dict[str, tuple[bool, list[str]]]:
    return {one.event: (one.relevant, [example.text for example in one.examples]) for one in verdicts(store)}


def test_what_was_taken_up_is_relevant_and_what_was_dismissed_is_not(store: Store) -> None:
    held(store, "up", 1, 2)
    held(store, "out", 3)
    held(store, "new", 4)
    decided(store, "up", "acknowledged")
    decided(store, "out", "dismissed", note="排除：与食品无关")
    assert learned(store) == {"up": (True, ["某校食堂第2次检查", "某校食堂第1次检查"]), "out": (False, ["某校食堂第3次检查"])}
    up, out = verdicts(store)
    assert (up.examples[0].topics, up.examples[0].day, up.examples[0].kind) == (("campus",), "2024-03-01", "up")
    assert out.examples[0].topics == ()


def test_closed_events_teach_only_if_somebody_had_taken_them_up(store: Store) -> None:
    held(store, "handled", 1)
    held(store, "tidied", 2)
    decided(store, "handled", "acknowledged", "closed", owner="李")
    decided(store, "tidied", "closed")
    assert learned(store) == {"handled": (True, ["某校食堂第1次检查"])}


def test_what_was_opened_again_is_undecided(store: Store) -> None:
    held(store, "e", 1)
    decided(store, "e", "dismissed", "new")
    assert learned(store) == {}


@pytest.mark.parametrize("note", ["排除：与某事重复", "排除：外省的事", "排除：已转交", "排除：是谣言"])
def test_a_matter_that_was_dismissed_for_another_reason_teaches_nothing(store: Store, note: str) -> None:
    held(store, "e", 1)
    decided(store, "e", "dismissed", note=note)
    assert learned(store) == {}


def test_a_text_of_which_both_was_decided_teaches_nothing(store: Store) -> None:
    held(store, "up", 1, 2, text="同一句话")
    held(store, "out", 3, text="同一句话")
    decided(store, "up", "acknowledged")
    decided(store, "out", "dismissed")
    assert learned(store) == {}


def test_repeats_and_what_only_memory_brought_in_are_left_out(store: Store) -> None:
    store.keep([judged(number) for number in (1, 2, 3)])
    near = structs.replace(member("e", 2), near=ident(1))
    recalled = structs.replace(member("e", 3), assessment=structs.replace(thought(0.4), recalled=True))
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 1), near, recalled)))
    decided(store, "e", "acknowledged")
    assert learned(store) == {"e": (True, ["某校食堂第1次检查"])}


def test_a_great_event_teaches_no_more_than_twenty_posts_and_a_title_stands_for_its_post(store: Store) -> None:
    held(store, "e", *range(1, 31))
    held(store, "titled", 40, title="一个标题", text="很长的正文")
    for name in ("e", "titled"):
        decided(store, name, "acknowledged")
    found = learned(store)
    assert len(found["e"][1]) == 20
    assert found["titled"][1] == ["一个标题"]


def test_what_is_measured_on_is_never_learned(store: Store) -> None:
    held(store, "e", 1, 2)
    decided(store, "e", "acknowledged")
    (one,) = verdicts(store, without={key("某校食堂第1次检查")})
    assert [example.text for example in one.examples] == ["某校食堂第2次检查"]


def test_a_tenth_of_the_events_is_held_out_whole_and_always_the_same(store: Store) -> None:
    for number in range(60):
        held(store, f"e{number}", 2 * number, 2 * number + 1)
        decided(store, f"e{number}", "acknowledged")
    found = verdicts(store)
    fitted, out = split(found)
    assert 0 < len(out) < 30
    assert not {one.kind for one in fitted} & {one.kind for one in out}
    assert len(fitted) + len(out) == 120
    assert {one.kind for one in split(found[::-1])[1]} == {one.kind for one in out}


def test_of_few_events_one_is_measured_on_and_a_single_one_is_fitted(store: Store) -> None:
    for name in ("a", "b", "c"):
        held(store, name, ord(name))
        decided(store, name, "acknowledged")
    found = verdicts(store)
    assert [len(part) for part in split(found)] == [2, 1]
    assert [len(part) for part in split(found[:1])] == [1, 0]
    assert split([]) == ([], [])
