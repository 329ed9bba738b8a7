"""`shian outbox`: what is sent and what is not, and why; sending again; and that `shian check` reads boards."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.app import App
from pipeline.home import Home
from tests.pipeline.commands import Shian, home, shian
from tests.pipeline.desk.matters import fill
from tests.pipeline.outbox.made import message

__all__ = ["home", "shian"]


@pytest.fixture
def filled(home: Path) -> list[str]:
    """Two deliveries that wait and one that is stale."""
    now = datetime.now(UTC)
    with App(Home(home), environ={}) as app:
        boards = list(app.config.boards.values())
        for one, age in (("m1", 0), ("m2", 1), ("old", 48)):
            app.outbox.put(message(one, at=now - timedelta(hours=age), level=2), boards, now)
        return [kept.id for kept in app.outbox.all() if kept.state == "waiting"]


def test_it_counts_lists_parks_and_sends_again(shian: Shian, home: Path, filled: list[str]) -> None:
    assert shian("outbox", "count", home=home).out == "waiting\t2\nstale\t1\n"
    counted = json.loads(shian("outbox", "count", "--json", home=home).out)
    assert (counted["waiting"], counted["stale"], counted["parked"]) == (2, 1, 0)
    listed = [line.split("\t") for line in shian("outbox", "list", "--state", "stale", home=home).out.splitlines()]
    assert [(line[1:4], line[5]) for line in listed] == [(["stale", "console", "console"], "[Ⅱ橙] 某校学生呕吐 old")]
    assert listed[0][6].startswith("过期：2 天前的消息")
    parked = shian("outbox", "park", filled[0], "--why", "误报", home=home)
    assert (parked.code, parked.out.split("\t")[6]) == (0, "误报\n")
    again = shian("outbox", "resend", "--parked", "--json", home=home)
    assert [(one["id"], one["state"]) for one in map(json.loads, again.out.splitlines())] == [(filled[0], "waiting")]
    faces = [json.loads(line) for line in shian("outbox", "list", "--json", home=home).out.splitlines()]
    assert {face["message"]["id"] for face in faces} == {"m1", "m2", "old"}


def test_what_cannot_be_done_is_said(shian: Shian, home: Path, filled: list[str]) -> None:
    assert shian("outbox", "resend", home=home).code == 2
    ran = shian("outbox", "resend", "nothing", home=home)
    assert (ran.code, ran.err) == (1, "no delivery is called nothing\n")
    assert shian("outbox", "count", home=home).code == 0


def test_an_empty_outbox_says_so(shian: Shian, home: Path) -> None:
    assert shian("outbox", "count", home=home).out == "nothing was ever to be sent\n"


def test_check_reads_boards_and_their_queries(shian: Shian, home: Path) -> None:
    path = home / "boards" / "x.yaml"
    path.write_text("title: x\nchannels: [console]\nquery: '(a'\n", "utf-8")
    ran = shian("check", home=home)
    assert (ran.code, f"{path}: query: at character" in ran.err) == (1, True)


def test_boards_are_listed_with_every_filter_that_holds(shian: Shian, home: Path) -> None:
    lines = [line.split("\t") for line in shian("board", "list", home=home).out.splitlines()]
    assert ["console", "on", "本机控制台", "console", "Ⅳ蓝 起", "at once"] in lines
    education = [
        "education",
        "off",
        "省教育厅联络员",
        "duty-email (off)",
        "Ⅳ蓝 起; departments: education",
        "at 09:00, 16:30; Ⅱ橙 breaks through",
    ]
    assert education in lines
    assert ["leader", "off", "带班领导", "duty-wecom (off)", "Ⅱ橙 起; digest", "at once; quiet 22:00-07:00; Ⅰ红 breaks through"] in lines
    faces = {face["name"]: face for face in map(json.loads, shian("board", "list", "--json", home=home).out.splitlines())}
    assert (faces["duty"]["channels"], faces["duty"]["ways"]) == (["duty-wecom", "duty-email"], "first")


def test_a_board_is_tried_on_what_was(shian: Shian, home: Path) -> None:
    with App(Home(home), environ={}) as app:
        fill(app.store)
    ran = shian("board", "try", "education", home=home)
    titles = [line.split("\t")[1] for line in ran.out.splitlines()]
    assert titles == ["舒兰市某小学食堂午餐后多名学生腹泻呕吐"] * 2 + ["长春一面包店被投诉使用过期奶油"]
    assert ran.err == "education would have been told of 3 alerts\n"
    assert shian("board", "try", "education", "--until", "2024-09-01", home=home).out == ""
    assert shian("board", "try", "leader", home=home).err == "leader would have been told of 2 alerts\n"
    assert shian("board", "try", "nobody", home=home).code == 2
    assert shian("outbox", "count", home=home).out == "nothing was ever to be sent\n"
