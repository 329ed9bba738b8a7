"""Who spread a rumor: by pseudonym, with what is known of each."""

import csv
import io

import pytest
from msgspec import structs

from nlp.assessment import Debunk
from pipeline.faces import times
from pipeline.model import Member, Step
from pipeline.publishers import Publisher, face, publishers, table
from pipeline.store.memory import MemoryStore
from tests.contracts.posts import at, event, ident, judged, thought


def claim(name: str, stance: str) -> Debunk:
    return Debunk(name, "传言", "不实", "某局", stance, 0.9)


@pytest.fixture
def store() -> MemoryStore:
    """Two events: in the first 甲 begins, 乙 spreads and then refutes, a media refutes; in the second 乙 begins with a suspected rumor."""
    store = MemoryStore()
    rows = [
        (1, "e1", "p-甲", claim("salt", "spreads"), 0.9),
        (2, "e1", "p-乙", claim("salt", "spreads"), 0.9),
        (3, "e1", "p-媒", claim("salt", "refutes"), 0.1),
        (4, "e1", "p-乙", claim("salt", "refutes"), 0.1),
        (5, "e1", "", claim("salt", "spreads"), 0.9),
        (6, "e1", "p-丙", claim("salt", "asks"), 0.9),
        (7, "e2", "p-乙", None, 0.8),
        (8, "e2", "p-丁", None, 0.4),
        (9, "e2", "p-甲", claim("egg", "spreads"), 0.9),
    ]
    for number, name, author, debunk, rumor in rows:
        assessment = structs.replace(thought(rumor=rumor), debunk=debunk)
        store.keep([judged(number, author=author, assessment=assessment)])
        member = Member(name, ident(number), at(number), f"第{number}帖", "weibo", "weibo-hot", assessment, reach=number)
        store.commit(Step((), events=(event(name, seconds=number),), members=(member,)))
    return store


def told(found: list[Publisher]) -> list[tuple[str, int, int, bool, bool]]:
    return [(one.author, len(one.posts), one.reach, one.began, one.refuted_at is not None) for one in found]


def test_who_began_comes_first_and_who_took_it_back_is_said(store: MemoryStore) -> None:
    assert told(publishers(store)) == [("p-甲", 2, 10, True, False), ("p-乙", 2, 9, True, True), ("", 1, 5, False, False)]


def test_of_one_event_or_claim_or_time(store: MemoryStore) -> None:
    assert told(publishers(store, event="e2")) == [("p-乙", 1, 7, True, False), ("p-甲", 1, 9, False, False)]
    assert told(publishers(store, claim="egg")) == [("p-甲", 1, 9, False, False)]
    assert told(publishers(store, since=at(5))) == [("p-乙", 1, 7, True, False), ("p-甲", 1, 9, False, False), ("", 1, 5, False, False)]
    assert publishers(MemoryStore()) == []
    with pytest.raises(KeyError):
        publishers(store, event="e3")


def test_the_json_and_the_table_say_the_same(store: MemoryStore) -> None:
    found = publishers(store)
    first = face(found[1], times)
    assert first["refuted_at"] == times(at(4))
    assert [(post["post"], post["claim"], post["first"]) for post in first["spread"]] == [(ident(2), "salt", False), (ident(7), "", True)]
    rows = list(csv.DictReader(io.StringIO(table(found, times))))
    assert [row["author"] for row in rows] == ["p-甲", "p-乙", ""]
    assert (rows[1]["ids"], rows[1]["events"], rows[1]["began"]) == (f"{ident(2)} {ident(7)}", "e1 e2", "1")
    assert face(found[2], times)["author"] is None
