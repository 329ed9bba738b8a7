"""A tracker that runs knows nothing any more of what was erased, and what is shown to many has no numbers of persons."""

from pathlib import Path

from crawlers.post import Post, identified
from pipeline.app import App
from pipeline.app import now as clock
from pipeline.desk import desk
from pipeline.erased import MARK
from pipeline.home import made
from pipeline.privacy import erase
from pipeline.store import EventFilter
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.made import hours

SICK = "某小学食堂午餐后多名学生呕吐腹泻送医"


def post(number: int, text: str) -> Post:
    return identified(Post("", text, native_id=str(number), platform="weibo", author="p-0123456789abcdef", collected_at=hours(number)))


def took(app: App, *posts: Post) -> None:
    app.take(posts, quarantine=print, seen=lambda tally: None)
    app.lead()


def test_a_tracker_that_keeps_the_lead_forgets_what_was_erased(tmp_path: Path) -> None:
    with App(made(tmp_path / "home")) as app:
        first = post(1, f"{SICK}，老王说的")
        took(app, first)
        took(app, post(2, f"{SICK}，家长报警"))
        assert app.evidence
        done = erase(app.store, app.evidence, [first.id], by="王", why="本人申请", now=clock)
        assert done.events == (first.id,)
        took(app, post(3, f"{SICK}，记者到场"), first)
        (event,) = app.store.events(EventFilter()).items
        assert (event.title, event.posts) == (f"{SICK}，家长报警", 3)
        assert "老王" not in "".join(one.title for one in app.store.members(event.id) if one.post == first.id)
        assert app.store.posts([first.id])[first.id].post.text == MARK


def test_the_desk_and_its_exports_hide_numbers_of_persons_and_programs_get_what_was_said(tmp_path: Path) -> None:
    text = f"{SICK}，家长电话13812345678，批号20240905123456789"
    with App(made(tmp_path / "home")) as app:
        one = post(1, text)
        took(app, one)
        client = Visitor(desk(app.store, app.config, now=clock))
        for page in (
            "/",
            "/feed.atom",
            f"/events/{one.id}",
            "/search?q=13812345678",
            "/api/search.csv?q=13812345678",
            "/api/search.jsonl?q=13812345678",
        ):
            told = client.get(page)
            assert told.status_code == 200, page
            assert "电话13812345678" not in told.text, page
        assert "138****5678" in client.get("/search?q=13812345678").text
        assert "20240905123456789" in client.get("/search?q=13812345678").text
        assert client.get(f"/api/posts/{one.id}").json()["text"] == text
        client.leave()
