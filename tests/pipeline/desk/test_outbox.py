"""The page of what is sent: counts, what is parked with its reason, and buttons that only the desk's own pages can press."""

import pytest

from config.errors import NotifyError
from config.load import Config
from pipeline.delivery import begun, refused
from pipeline.desk import desk
from pipeline.outbox import Outbox
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.test_pages import read, words
from tests.pipeline.outbox.made import configured, message


@pytest.fixture
def config() -> Config:
    return configured(channels={"group": {"kind": "console"}}, boards={"duty": {"channels": ["group"]}})


@pytest.fixture
def outbox(store: MemoryStore, config: Config) -> Outbox:
    return Outbox(store.ledger, config)


@pytest.fixture
def parked(outbox: Outbox, config: Config) -> str:
    """A parked delivery, and one that waits."""
    outbox.put(message("m1", level=2, title="<b>某校</b>"), list(config.boards.values()), NOW)
    outbox.put(message("m2"), list(config.boards.values()), NOW)
    (one,) = (kept for kept in outbox.all() if kept.delivery.message.id == "m1")
    outbox.write([refused(begun(one, NOW), NotifyError("refused with 93000", retry=False), NOW, tries=3)])
    return one.id


def test_it_shows_what_is_parked_and_why(visitor: Visitor, parked: str) -> None:
    page = read(visitor, "/outbox")
    shown = words(page.css_first("main"))
    assert "待发1 已发0 搁置1" in shown
    assert "Ⅱ橙 <b>某校</b> 编号 m1 duty group" in shown
    assert "refused with 93000" in shown
    assert "m2" not in shown
    assert "搁置 1" in words(read(visitor, "/health").css_first("main"))


def test_each_state_has_its_list_and_an_empty_one_says_so(visitor: Visitor, parked: str) -> None:
    assert "编号 m2" in words(read(visitor, "/outbox?state=waiting").css_first("main"))
    assert "没有已发的消息。" in words(read(visitor, "/outbox?state=sent").css_first("main"))
    assert "编号 m1" in words(read(visitor, "/outbox?state=nonsense").css_first("main"))


def test_a_new_desk_says_where_boards_are(visitor: Visitor) -> None:
    assert "写在 boards/ 和 channels/ 里" in words(read(visitor, "/outbox").css_first("main"))


def test_the_buttons_send_again_and_park(visitor: Visitor, outbox: Outbox, parked: str) -> None:
    answer = visitor.post(f"/outbox/{parked}/resend", data={"state": "parked"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox?state=parked")
    assert outbox.tally() == {"waiting": 2}
    assert visitor.post(f"/outbox/{parked}/park", data={"state": "waiting"}).status_code == 303
    kept = outbox.read(parked)
    assert kept
    assert (kept.state, kept.delivery.why) == ("parked", "由值班员停发")
    again = visitor.post(f"/outbox/{parked}/park", data={"state": "waiting"})
    assert (again.status_code, "现在不能这样处置" in again.text) == (409, True)
    assert visitor.post(f"/outbox/{parked}/burn").status_code == 400


def test_other_sites_cannot_press_them(visitor: Visitor, outbox: Outbox, parked: str) -> None:
    assert visitor.post(f"/outbox/{parked}/resend", headers={"origin": "https://evil.test"}).status_code == 403
    assert outbox.tally() == {"waiting": 1, "parked": 1}


def test_a_long_list_goes_on(store: MemoryStore, config: Config, outbox: Outbox) -> None:
    for number in range(60):
        outbox.put(message(f"m{number:02}"), list(config.boards.values()), NOW)
    visitor = Visitor(desk(store, config, now=lambda: NOW))
    page = read(visitor, "/outbox?state=waiting")
    assert len(page.css("tbody tr")) == 50
    following = page.css_first("section p a").attributes["href"]
    assert following
    assert len(read(visitor, following).css("tbody tr")) == 10
    visitor.leave()
