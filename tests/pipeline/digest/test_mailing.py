"""The digest of one running Shian: what each board gets of it, by schedule and by hand, and the mail as a real server received it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.board import Board
from nlp.assessment import Place
from pipeline import mailing
from pipeline.app import App
from pipeline.home import made
from pipeline.notify import opened
from pipeline.track import Tracker
from tests.pipeline.digest.made import DAY, OUT, board
from tests.pipeline.digest.rich import ROUTE, event, rich
from tests.pipeline.made import StubAnalyst, judged
from tests.pipeline.notify.made import channel
from tests.pipeline.notify.mailbox import posted

NOW = OUT + timedelta(seconds=30)


def app_with(folder: Path, *boards: Board, store: str) -> App:
    app = App(made(folder), store_url=store, environ={})
    app.config = replace(app.config, boards={one.name: one for one in boards})
    return app


@pytest.fixture(params=["memory:", "sqlite:///shian.db"])
def app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[App]:
    boards = board("duty"), board("school", topics=["campus"]), board("off", enabled=False)
    with app_with(tmp_path / "home", *boards, store=request.param) as one:
        for text, topic in (("食堂 呕吐 送医", "campus"), ("烧烤 病死 猪肉", "meat")):
            one.store.keep([judged(text, at=OUT - timedelta(hours=3), terms=text, topics=topic)])
        Tracker(one.store, StubAnalyst(), one.config).run()
        yield one


def test_every_board_gets_its_part_once(app: App) -> None:
    (told,) = mailing.send_due(app, lambda: NOW)
    assert told.to == ("duty", "school")
    kept = {one.delivery.board: one.delivery.message for one in app.outbox.listed("").items}
    assert kept["school"].id.startswith(kept["duty"].id + "-")
    assert "烧烤 病死 猪肉" in kept["duty"].text
    assert "烧烤 病死 猪肉" not in kept["school"].text + kept["school"].html
    assert "食堂 呕吐 送医" in kept["school"].text
    assert "按接收方的主题、地点和部门选送" in kept["school"].text
    assert mailing.send_due(app, lambda: NOW) == []


def test_while_another_worker_is_at_it_nothing_is_done(app: App) -> None:
    assert app.store.lease("digest", "other", now=datetime.now(UTC), ttl=timedelta(minutes=5))
    assert mailing.send_due(app, lambda: NOW) == []


def test_a_worker_that_failed_leaves_it_to_the_next(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(mailing, "made", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mailing.send_due(app, lambda: NOW)
    assert len(mailing.send_due(app, lambda: NOW)) == 1


@pytest.mark.parametrize(
    ("fields", "is_for"),
    [
        ({}, True),
        ({"topics": ["catering"]}, True),
        ({"topics": ["meat"]}, False),
        ({"places": ["吉林省/吉林市"]}, True),
        ({"places": ["吉林省"]}, True),
        ({"places": ["吉林省/长春市"]}, False),
        ({"departments": ["health"]}, True),
        ({"departments": ["jl"], "topics": ["campus"]}, True),
        ({"departments": ["customs"]}, False),
    ],
)
def test_a_digest_obeys_the_filters_of_its_board(fields: dict[str, list[str]], is_for: bool) -> None:
    one = event(1, "某小学", places=(Place(("吉林省", "吉林市", "舒兰市"), "220283"),))
    assert mailing.wanted(board("x", **fields))(one, ROUTE) is is_for


def test_the_part_of_a_board_counts_what_is_in_it(app: App) -> None:
    whole = rich()
    (parcel,) = mailing.parcels(app, whole, "digest-x", [board("meat", topics=["imported"])], asked=True)
    assert "本期没有要报的事" in parcel.message.text
    assert mailing.parcels(app, whole, "digest-x", [board("meat", topics=["imported"])]) == []
    assert len(mailing.parcels(app, whole, "digest-x", [board("a"), board("b"), board("c", topics=["campus"])])) == 2


def test_the_mail_as_a_real_server_received_it(app: App, tmp_path: Path) -> None:
    (parcel,) = mailing.parcels(app, rich(), "digest-20231230T000000Z-20240101T000000Z", [board("duty")])
    with posted() as mailbox:
        one = channel("email", host="127.0.0.1", port=mailbox.port, tls="none", sender="shian@office.example", to=("chief@office.example",))
        opened(one, tmp_path).send(parcel.message)
        opened(one, tmp_path).send(parcel.message)
        got, again = mailbox.mails
    assert got["Subject"] == "食品安全舆情每日摘要 2024-01-01：Ⅰ红 1、Ⅱ橙 1，新事件 4 件"
    assert got["Message-ID"] == again["Message-ID"] == "<digest-20231230T000000Z-20240101T000000Z@office.example>"
    assert (got["List-Id"], got["List-Post"], got["List-Owner"]) == ("<digest.office.example>", "NO", "<mailto:shian@office.example>")
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content_type() == "multipart/alternative"
    plain, page = got.iter_parts()
    assert [part.get_content_type() for part in (plain, page)] == ["text/plain", "text/html"]
    assert list(got.iter_attachments()) == []
    assert plain.get_content().replace("\r\n", "\n").startswith(parcel.message.text.rstrip("\n"))
    assert page.get_content().replace("\r\n", "\n") == parcel.message.html
    assert "某小学食堂午餐后三十名学生呕吐送医" in page.get_content()
    assert not got.defects


def test_what_comes_late_is_told_with_its_event(app: App) -> None:
    mailing.send_due(app, lambda: NOW)
    app.store.keep([judged("村宴 腹泻", at=OUT - timedelta(hours=9), terms="村宴 腹泻")])
    Tracker(app.store, StubAnalyst(), app.config).run()
    (told,) = mailing.send_due(app, lambda: NOW + DAY)
    assert told.told.late == {"20231231T000000Z": (1, 1)}
    message = app.outbox.listed("waiting/console").items or app.outbox.listed("").items
    text = next(one.delivery.message.text for one in message if one.delivery.message.at == OUT + DAY and one.delivery.board == "duty")
    assert "补报（1）" in text
    assert "【Ⅳ蓝】村宴 腹泻" in text or "】村宴 腹泻" in text
    assert "1 条帖文属于已报时段" in text
