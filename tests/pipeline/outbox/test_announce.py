"""Which boards are told of an alert, what the message says, and that a crash between the tracker's commit and the outbox loses nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from config.errors import ConfigError, StoreError
from config.load import Config
from pipeline.announce import Announcer, checked
from pipeline.model import Alert, Edit
from pipeline.outbox import Outbox
from pipeline.store import EventFilter
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.matters import NOW, fill
from tests.pipeline.outbox.made import configured

CHANNEL = {"group": {"kind": "console"}}


def told(store: MemoryStore, config: Config) -> dict[str, set[str]]:
    """The titles of what each board is told, by board."""
    Announcer(store, Outbox(store.ledger, config), config).caught_up(NOW)
    found: dict[str, set[str]] = {name: set() for name in config.boards}
    for kept in Outbox(store.ledger, config).all():
        found[kept.delivery.board].add(kept.delivery.message.title[:4])
    return found


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with_matters = MemoryStore()
    fill(with_matters)
    yield with_matters
    with_matters.close()


def alerts(store: MemoryStore, *, days: int = 1) -> list[Alert]:
    return store.alerts(EventFilter(since=NOW - timedelta(days=days)), limit=100).items


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"floor": 1}, {"舒兰市某"}),
        ({"topics": ["infant", "grain-oil"]}, {"网传紫菜", "罐车卸完"}),
        ({"places": ["吉林省"]}, {"舒兰市某"}),
        ({"places": ["吉林省/吉林市"]}, {"舒兰市某"}),
        ({"places": ["吉林省/长春市"]}, set()),
        ({"departments": ["education"]}, {"舒兰市某"}),
        ({"departments": ["jilin-city"], "topics": ["campus"]}, {"舒兰市某"}),
        ({"query": "大豆油 -紫菜"}, {"罐车卸完"}),
        ({"query": "大豆油", "topics": ["campus"]}, set()),
    ],
)
def test_a_board_is_told_what_all_its_filters_let_through(store: MemoryStore, filters: dict[str, Any], titles: set[str]) -> None:
    found = told(store, configured(channels=CHANNEL, boards={"one": {"channels": ["group"], **filters}}))
    assert found["one"] == titles


def test_a_board_that_is_off_is_told_nothing(store: MemoryStore) -> None:
    assert told(store, configured(channels=CHANNEL, boards={"one": {"channels": ["group"], "enabled": False}})) == {"one": set()}


def test_a_wrong_query_is_a_fault_with_its_file() -> None:
    boards = configured(channels=CHANNEL, boards={"one": {"channels": ["group"], "query": "(a"}}).boards
    with pytest.raises(ConfigError, match=r"boards/one\.yaml: query: at character"):
        checked(boards, "boards")


def test_a_message_says_what_a_leader_must_know(store: MemoryStore) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"], "floor": 1}})
    object.__setattr__(
        config, "settings", config.settings.model_copy(update={"desk": config.settings.desk.model_copy(update={"url": "https://d.test/"})})
    )
    outbox = Outbox(store.ledger, config)
    Announcer(store, outbox, config).caught_up(NOW)
    message = next(iter(outbox.all())).delivery.message
    assert message.headline == "[Ⅰ红] 舒兰市某小学食堂午餐后多名学生腹泻呕吐"
    assert message.link == f"https://d.test/events/{message.about}"
    for line in ("理由：82 分达 Ⅰ红；12 人发病，3 人住院；涉及校园食品", "地点：吉林省吉林市舒兰市", "帖：微博", "首见：2024-09-05 06:00", "分办："):
        assert line in message.text
    assert "分办：省教育厅牵头（" in message.text
    assert "campus" not in message.text
    assert "属地 吉林市食安办" in message.text


def test_a_rumor_is_told_with_what_was_found(store: MemoryStore) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"], "topics": ["infant"]}})
    outbox = Outbox(store.ledger, config)
    Announcer(store, outbox, config).caught_up(NOW)
    message = next(iter(outbox.all())).delivery.message
    assert "传言：传播已知传言“塑料做的紫菜流入市场”；查证：紫菜不是塑料做的" in message.text


def test_history_pushes_nothing_and_costs_one_entry(store: MemoryStore) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"]}})
    outbox = Outbox(store.ledger, config)
    announcer = Announcer(store, outbox, config)
    much_later = NOW + timedelta(days=30)
    stale = announcer.fresh(alerts(store, days=99), much_later)
    announcer.stale(stale, much_later)
    announcer.caught_up(much_later)
    assert outbox.tally() == {"stale": 1}
    assert next(iter(outbox.all())).delivery.count == len(alerts(store, days=99))


def test_fresh_alerts_and_the_scan_enter_each_once(store: MemoryStore) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"]}})
    outbox = Outbox(store.ledger, config)
    first, *rest = alerts(store)
    assert Announcer(store, outbox, config).fresh([first], NOW) == 0
    assert outbox.tally() == {"waiting": 1}
    scanning = Announcer(store, outbox, config)
    assert scanning.caught_up(NOW) == len(rest) + 1
    assert scanning.caught_up(NOW) == 0
    assert outbox.tally() == {"waiting": len(rest) + 1}


def test_a_store_that_is_away_loses_no_alert(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"]}})
    outbox = Outbox(store.ledger, config)
    announcer = Announcer(store, outbox, config)

    def away(*_: Any) -> None:
        raise StoreError("away")

    monkeypatch.setattr(store.ledger, "write", away)
    announcer.fresh(alerts(store), NOW)
    assert "alerts wait for the next scan: away" in caplog.text
    monkeypatch.undo()
    announcer.caught_up(NOW)
    assert outbox.tally() == {"waiting": len(alerts(store))}


def test_what_people_do_on_the_desk_notifies_nobody(store: MemoryStore) -> None:
    config = configured(channels=CHANNEL, boards={"one": {"channels": ["group"]}})
    outbox = Outbox(store.ledger, config)
    announcer = Announcer(store, outbox, config)
    announcer.caught_up(NOW)
    before = dict(outbox.tally())
    for alert in alerts(store):
        case = store.event(alert.event)
        assert case
        store.triage(alert.event, Edit(by="我", status="acknowledged", note="在办"), version=case.case.version, now=NOW)
    announcer.caught_up(NOW)
    assert Announcer(store, outbox, config).caught_up(NOW)
    assert outbox.tally() == before
