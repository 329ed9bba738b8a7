"""What a person asks to be erased is gone from every store, by the promises that all of them keep, and stays gone."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import structs

from crawlers.post import Engagement, Post, digest, pseudonym
from crawlers.sealing import Sealer, Sight
from nlp.assessment import Harm, Score
from pipeline import audit, regroup
from pipeline.erased import MARK, erased_of, mark
from pipeline.evidence.folder import Folder
from pipeline.model import Alert, Edit, Entry, Event, JudgedPost, Member, Step
from pipeline.privacy import Erasure, erase, erased_again, held
from pipeline.store import EventFilter, Store
from pipeline.store.records import WholeEvent, each
from pipeline.track import title_of
from tests.contracts.posts import alert, at, event, found, judged, thought

KEY = b"k" * 32
ZHANG, LI = pseudonym("张三", KEY), pseudonym("李四", KEY)
PUBLIC = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
WORDS = ("投毒的是隔壁老王", "老王又投毒")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "evidence")


def clock() -> Iterator[datetime]:
    seconds = 1000
    while True:
        yield at(seconds := seconds + 1)


def now(times: Iterator[datetime] = clock()) -> datetime:  # noqa: B008 - one clock for the whole module
    return next(times)


def member_of(one: JudgedPost, name: str) -> Member:
    return Member(name, one.post.id, one.post.at, title_of(one), "weibo", "weibo-hot", one.assessment, reach=7, bands=(1, 2))


def filled(store: Store, folder: Folder) -> tuple[list[JudgedPost], Event]:
    """Three posts of one event, the first and the last by the same author, and one pending."""
    spoken = structs.replace(
        thought(rumor=0.9), harm=Harm(ill=3, quotes=("三人呕吐",)), summary=WORDS[0], relevant=Score(0.9, "relevant", ("投毒", "老王"))
    )
    posts = [
        judged(1, WORDS[0], author=ZHANG, url="https://x/u/88/1", native_id="88-1", assessment=spoken, engagement=Engagement(likes=5)),
        judged(2, "官方：没有投毒", author=LI),
        judged(3, WORDS[1], author=ZHANG, assessment=spoken),
        judged(4, "老王第三次投毒", author=ZHANG),
    ]
    posts = [structs.replace(one, digest=digest(one.post)) for one in posts]
    store.keep(posts)
    sealer = Sealer(PUBLIC, KEY)
    folder.keep([(one, sealer.sealed(one.post, author="张三", author_id="u/88", seen=Sight(b"page"))) for one in posts[::2]], at(9))
    name = posts[0].post.id
    whole = structs.replace(event(name, seconds=3, posts=3), title=WORDS[0])
    members = tuple(member_of(one, name) for one in posts[:3])
    raised: Alert = alert(name, title=WORDS[0])
    cleared = tuple(one.post.id for one in store.pending(10))[:3]
    store.commit(Step(cleared, events=(whole,), members=members, alerts=(raised,)))
    store.triage(name, Edit("王", status="acknowledged", note="核查"), version=0, now=at(9))
    return posts, whole


def test_what_is_held_of_a_person_is_found_by_name_id_and_pseudonym(store: Store, folder: Folder) -> None:
    posts, _ = filled(store, folder)
    mine = tuple(sorted(one.post.id for one in (posts[0], posts[2], posts[3])))
    by_name = held(store, folder, "张三", KEY)
    assert (by_name.who, by_name.posts, by_name.evidence) == (ZHANG, mine, 2)
    assert held(store, folder, ZHANG, b"").posts == mine
    assert held(store, folder, "u/88", KEY).posts == tuple(sorted(one.post.id for one in (posts[0], posts[2])))
    assert held(store, folder, "老王", KEY).mentions == 3
    nobody = held(store, folder, "赵六", KEY)
    assert (nobody.posts, nobody.evidence, nobody.mentions) == ((), 0, 0)


def test_the_words_the_author_and_the_evidence_are_gone_and_the_counts_stay(store: Store, folder: Folder) -> None:
    posts, whole = filled(store, folder)
    before = store.sizes()
    mine = held(store, folder, "张三", KEY)
    done = erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who)
    assert (done.posts, done.evidence, done.events, len(done.proof)) == (mine.posts, 2, (whole.id,), 64)

    for query in ("投毒 老王", "老王", f"author:{ZHANG}", "88"):
        assert found(store, query) == []
    assert len(found(store, MARK)) == 3
    assert found(store, "投毒") == [posts[1].post.id]
    kept = store.posts([posts[0].post.id])[posts[0].post.id]
    assert kept.post == Post(posts[0].post.id, MARK, platform="weibo", source="weibo-hot", collected_at=at(1), engagement=Engagement(likes=5))
    assert kept.assessment.is_relevant

    after = store.sizes()
    assert {**before, "pending": 0} == {**after, "pending": 0}
    now_event = store.event(whole.id)
    assert now_event
    assert (now_event.posts, now_event.level, now_event.title) == (3, 3, "官方：没有投毒")
    assert (now_event.case.status, now_event.case.notes[0].text) == ("acknowledged", "核查")
    assert [(one.title, one.reach, one.assessment.harm and one.assessment.harm.ill) for one in store.members(whole.id)] == [
        (MARK, 7, 3),
        ("官方：没有投毒", 7, None),
        (MARK, 7, 3),
    ]
    assert [one.title for one in store.alerts(EventFilter()).items] == ["官方：没有投毒"]
    assert list(folder.each()) == []


def test_nothing_of_it_is_left_in_any_record(store: Store, folder: Folder) -> None:
    filled(store, folder)
    mine = held(store, folder, "张三", KEY)
    erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who)
    for kind in ("posts", "events", "alerts", "entries"):
        for record in each(store, kind):
            written = msgspec.json.encode(record).decode() + (record.body.decode() if kind == "entries" else "")
            assert not [word for word in ("老王", "张三", "88-1", "https://x", "三人呕吐") if word in written], record


def test_what_the_ledger_quotes_goes_too(store: Store, folder: Folder) -> None:
    posts, whole = filled(store, folder)
    merging = regroup.Regrouping(
        "r",
        "merge",
        whole.id,
        "other",
        (),
        "王",
        "同一件事",
        at(9),
        before=(WholeEvent(whole, tuple(member_of(one, whole.id) for one in posts[:3])),),
    )
    message = msgspec.json.encode({"title": f"【预警】{WORDS[0]}", "to": "a"})
    store.ledger.write([Entry(regroup.BOOK, "r", at(9), "made", msgspec.json.encode(merging)), Entry("outbox", "m", at(9), "sent", message)])
    mine = held(store, folder, "张三", KEY)
    erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who)
    assert json.loads(store.ledger.read("outbox", ["m"])["m"].body) == {"title": f"【预警】{MARK}", "to": "a"}
    ((state, after),) = regroup.regroupings(store)
    assert (state, after.before[0].event.title, [one.title for one in after.before[0].members]) == (
        "made",
        "官方：没有投毒",
        [MARK, "官方：没有投毒", MARK],
    )
    assert not [entry for entry in each(store, "entries") if "老王" in entry.body.decode()]


def test_erasing_again_does_nothing_and_is_not_told_twice(store: Store, folder: Folder) -> None:
    filled(store, folder)
    mine = held(store, folder, "张三", KEY)
    first = erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who)
    assert erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who) == Erasure()
    assert held(store, folder, "张三", KEY).posts == ()
    (entry,) = store.ledger.page(audit.BOOK).items
    told = msgspec.json.decode(entry.body)
    assert (told["by"], told["action"], told["of"]) == ("王", "privacy.erase", ZHANG)
    assert first.proof in told["detail"]
    sums = {one.id: msgspec.json.decode(one.body)["sha256"] for one in store.ledger.page("erased").items}
    assert first.proof == hashlib.sha256("".join(f"{post} {sums[post]}\n" for post in sorted(sums)).encode()).hexdigest()


def test_what_came_back_is_erased_again(store: Store, folder: Folder) -> None:
    posts, whole = filled(store, folder)
    mine = held(store, folder, "张三", KEY)
    assert mark(store) == ""
    erase(store, folder, mine.posts, by="王", why="本人申请", now=now, who=mine.who)
    assert mark(store)
    assert erased_of(store, [one.post for one in posts]) == set(mine.posts)
    # A batch that was under way, and a tracker that remembers.
    store.keep([structs.replace(posts[0], post=structs.replace(posts[0].post, collected_at=at(50)))])
    store.commit(Step((), events=(whole,), members=(member_of(posts[0], whole.id),)))
    assert found(store, "老王") == [posts[0].post.id]
    again = erased_again(store, folder, now=now)
    assert again.posts == (posts[0].post.id,)
    assert found(store, "老王") == []
    assert [one.title for one in store.members(whole.id)][-1] == MARK
    mended = store.event(whole.id)
    assert mended
    assert mended.title == "官方：没有投毒"
    assert erased_again(store, folder, now=lambda: at(0) + timedelta(days=30)) == Erasure()


def test_one_post_is_erased_whoever_wrote_it(store: Store, folder: Folder) -> None:
    posts, _ = filled(store, folder)
    done = erase(store, folder, [posts[1].post.id, "missing"], by="王", why="转述了病历", now=now)
    assert done.posts == (posts[1].post.id,)
    assert found(store, "老王") != []
    assert found(store, "官方") == []
