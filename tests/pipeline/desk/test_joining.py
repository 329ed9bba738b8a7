"""Events are merged and split from their page and by the API; the tracker makes it."""

import pytest

from config.load import Config
from pipeline.model import Event
from pipeline.regrouper import Regrouper
from pipeline.store.memory import MemoryStore
from pipeline.twinning import note
from pipeline.twins import Twin
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.test_pages import read, words


@pytest.fixture
def made(store: MemoryStore, config: Config):
    return lambda: Regrouper(store, config).run(None)


def test_an_event_is_merged_from_its_page_and_its_address_leads_on(visitor: Visitor, matters: dict[str, Event], store: MemoryStore, made) -> None:
    oil, canteen = matters["oil"].id, matters["canteen"].id
    asked = visitor.post(f"/events/{oil}/merge", data={"into": f"http://127.0.0.1:8000/events/{canteen}?start=0", "reason": "同一家企业"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/events/{oil}#joined")
    assert "等待" in words(read(visitor, f"/events/{oil}"))
    made()
    gone = visitor.get(f"/events/{oil}")
    assert (gone.status_code, gone.headers["location"]) == (303, f"/events/{canteen}")
    assert "并入本事件 2 帖" in words(read(visitor, f"/events/{canteen}"))
    api = visitor.get(f"/api/events/{oil}")
    assert (api.status_code, api.headers["location"]) == (307, f"/api/events/{canteen}")
    # The alert of the event that is no more is not a second row of the same matter.
    rows = read(visitor, "/").css("li.row h2 a")
    assert [row.attributes["href"] for row in rows].count(f"/events/{canteen}") == 1
    assert f"/events/{oil}" not in [row.attributes["href"] for row in rows]


def test_what_may_be_one_matter_is_merged_or_kept_apart_with_one_button(
    visitor: Visitor, matters: dict[str, Event], store: MemoryStore, made
) -> None:
    oil, canteen = matters["oil"], matters["canteen"]
    note(store, [(Twin(oil.id, canteen.id, "2 条中 1 条说的就是这件事（食用油）"), oil.last_seen)])
    for one, other in ((oil, canteen), (canteen, oil)):
        page = read(visitor, f"/events/{one.id}")
        assert "疑似同一事件" in words(page)
        assert "2 条中 1 条说的就是这件事（食用油）" in words(page)
        assert page.css_first(f'.pairs a[href="/events/{other.id}"]') is not None
    assert [one["event"] for one in visitor.get(f"/api/events/{oil.id}/twins").json()["twins"]] == [canteen.id]
    assert visitor.post(f"/events/{canteen.id}/apart", data={"other": oil.id}).status_code == 303
    assert "疑似同一事件" not in words(read(visitor, f"/events/{oil.id}")) + words(read(visitor, f"/events/{canteen.id}"))


def test_a_noted_twin_is_merged_from_the_page_of_either(visitor: Visitor, matters: dict[str, Event], store: MemoryStore, made) -> None:
    oil, canteen = matters["oil"], matters["canteen"]
    note(store, [(Twin(oil.id, canteen.id, "同名"), oil.last_seen)])
    form = next(form for form in read(visitor, f"/events/{canteen.id}").css(".pairs form") if form.attributes["action"].endswith("/merge"))
    sent = {field.attributes["name"]: field.attributes["value"] for field in form.css("input")}
    assert (form.attributes["action"], sent["into"], sent["reason"]) == (f"/events/{oil.id}/merge", canteen.id, "同名")
    visitor.post(form.attributes["action"], data=sent)
    made()
    assert store.event(oil.id) is None
    assert store.event(canteen.id).posts == oil.posts + canteen.posts
    assert "疑似同一事件" not in words(read(visitor, f"/events/{canteen.id}"))


def test_ticked_posts_are_split_off_and_it_is_undone(visitor: Visitor, matters: dict[str, Event], store: MemoryStore, made) -> None:
    canteen = matters["canteen"].id
    posts = [box.attributes["value"] for box in read(visitor, f"/events/{canteen}").css('input[name="post"]')]
    assert len(posts) == 5
    visitor.post(f"/events/{canteen}/split", data={"post": posts[:2], "reason": "另一所学校"})
    made()
    page = read(visitor, f"/events/{canteen}")
    assert "拆出 2 帖" in words(page)
    assert "另一所学校" in words(page)
    which = page.css_first('input[name="which"]').attributes["value"]
    visitor.post(f"/events/{canteen}/undo", data={"which": which})
    made()
    assert store.event(canteen).posts == 5
    assert "已撤销" in words(read(visitor, f"/events/{canteen}"))


def test_what_cannot_be_is_said(visitor: Visitor, matters: dict[str, Event]) -> None:
    canteen = matters["canteen"].id
    refused = visitor.post(f"/events/{canteen}/merge", data={"into": canteen, "reason": "x"})
    assert refused.status_code == 400
    assert "不能把事件并入它自己" in refused.text
    refused = visitor.post(f"/api/events/{canteen}/split", json={"posts": ["none"], "reason": "x"})
    assert (refused.status_code, refused.json()["kind"]) == (400, "regroup")


def test_programs_merge_split_list_and_undo(visitor: Visitor, matters: dict[str, Event], store: MemoryStore, made) -> None:
    canteen, oil = matters["canteen"].id, matters["oil"].id
    asked = visitor.post(f"/api/events/{oil}/merge", json={"into": canteen, "reason": "同一件事", "by": "程序"})
    assert (asked.status_code, asked.json()["state"], asked.json()["by"]) == (202, "wanted", "程序")
    made()
    listed = visitor.get(f"/api/events/{canteen}/regroupings").json()["regroupings"]
    assert [(one["state"], one["event"], len(one["posts"])) for one in listed] == [("made", oil, 2)]
    assert visitor.post(f"/api/regroupings/{asked.json()['id']}/undo").status_code == 202
    made()
    assert store.event(oil).posts == 2
