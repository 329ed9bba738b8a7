"""`shian report`: files, exit codes, and a rebuttal that goes out by a real webhook and a real mail server."""

import json
import os
from datetime import timedelta
from pathlib import Path

import docx
import openpyxl
import pytest
import yaml

from pipeline.app import App, now
from pipeline.deliver import Sender
from pipeline.delivery import Kept
from pipeline.home import Home
from tests.pipeline.commands import Shian, home, shian
from tests.pipeline.notify.mailbox import posted
from tests.pipeline.notify.receiver import served

__all__ = ["home", "shian"]

RUMOR = {"text": "紧急提醒 市场上有塑料做的大米 千万别买", "platform": "weibo", "published_at": "2024-09-05T12:00"}
SICK = {"text": "舒兰一小学食堂午餐后12名学生呕吐腹泻送医", "platform": "weibo", "published_at": "2024-09-05T13:00"}


@pytest.fixture
def events(shian: Shian, home: Path) -> dict[str, str]:
    """The ids of the two events, by what they are."""
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in (RUMOR, SICK))
    assert shian("ingest", "-", "--source", "weibo-hot", home=home, given=lines).code == 0
    return {"rumor" if "大米" in one["title"] else "sick": one["id"] for one in shian("events", "--json", home=home).lines}


def test_a_period_in_each_format(shian: Shian, home: Path, events: dict[str, str], tmp_path: Path) -> None:
    page = shian("report", "daily", "--at", "2024-09-06T08:00", home=home)
    assert (page.code, page.err) == (0, "")
    assert "收录帖文 2 条" in page.out
    for kind in ("daily", "weekly", "monthly"):
        told = json.loads(shian("report", kind, "--at", "2024-10-01", "--format", "json", home=home).out)
        assert told["kind"] == kind
    for name in ("r.docx", "r.xlsx", "r.html"):
        ran = shian("report", "monthly", "--at", "2024-10-01", "--out", str(tmp_path / name), home=home)
        assert (ran.code, ran.out) == (0, "")
    assert "收录帖文 2 条" in "\n".join(one.text for one in docx.Document(str(tmp_path / "r.docx")).paragraphs)
    assert openpyxl.load_workbook(tmp_path / "r.xlsx")["事件"].max_row == 3
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")


def test_an_event_and_one_that_is_not_there(shian: Shian, home: Path, events: dict[str, str]) -> None:
    ran = shian("report", "event", events["sick"], home=home)
    assert ran.code == 0
    assert "“12名学生呕吐" in ran.out
    missing = shian("report", "event", "nobody", home=home)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.strip() == "nobody: there is no such event"


def test_a_file_needs_a_name(shian: Shian, home: Path) -> None:
    ran = shian("report", "daily", "--format", "docx", home=home)
    assert ran.code == 2
    assert "--out FILE.docx" in ran.err


def test_a_rebuttal_is_drafted_from_a_known_debunk_only(shian: Shian, home: Path, events: dict[str, str]) -> None:
    ran = shian("report", "rebuttal", events["rumor"], home=home)
    assert ran.code == 0
    assert "核查结论" in ran.out
    assert "草稿，未经审定" in ran.out
    refused = shian("report", "rebuttal", events["sick"], home=home)
    assert (refused.code, refused.out) == (1, "")
    assert "nothing to draft a rebuttal from" in refused.err


def declared(home: Path, name: str, **channel: object) -> None:
    (home / "channels" / f"{name}.yaml").write_text(yaml.safe_dump({"title": "辟谣平台", **channel}, allow_unicode=True), "utf-8")


def delivered(home: Path, after: timedelta = timedelta(0)) -> list[Kept]:
    """Let the sender work until nothing more can go at that time; return what then became of rebuttals."""
    with App(Home(home), environ=os.environ) as app:
        sender = Sender(app.outbox, app.announcer, app.config, app.hold("deliver", app.config.settings.deliver.lease))
        while sender.step(now() + after) or sender.busy:
            sender.wait(0.05)
        sender.ended(now, within=0)
        return [kept for kept in app.outbox.all() if kept.delivery.message.of == "rebuttal"]


def test_a_rebuttal_goes_through_the_outbox_once_however_often_it_is_sent(shian: Shian, home: Path, events: dict[str, str]) -> None:
    with served() as receiver:
        declared(home, "partner", kind="webhook", url=f"{receiver.url}/in", secret="${PARTNER_SECRET}")
        with (home / "keys.env").open("a") as keys:
            keys.write("PARTNER_SECRET=0123456789abcdef\n")
        ran = shian("report", "rebuttal", events["rumor"], "--send", "partner", home=home)
        assert (ran.code, ran.out, receiver.requests) == (0, "", [])
        receiver.says({}, status=500)
        (kept,) = delivered(home)
        assert (kept.state, kept.delivery.board, kept.delivery.attempts) == ("waiting", "to-partner", 1)
        assert f"is entered as {kept.id}" in ran.err
        receiver.says({}, status=400)
        (kept,) = delivered(home, timedelta(minutes=1))
        assert kept.state == "parked"
        receiver.says({})
        told = shian("report", "rebuttal", events["rumor"], "--send", "partner", home=home).err
        assert f"was entered before, and is parked; `shian outbox resend {kept.id}`" in told
        assert shian("outbox", "resend", kept.id, home=home).code == 0
        assert [one.state for one in delivered(home)] == ["sent"]
        assert [one.state for one in delivered(home)] == ["sent"]
    first, *others = (request.json for request in receiver.requests)
    assert [other["id"] for other in others] == [first["id"]] * 2
    assert first["of"] == "rebuttal"
    assert "核查结论" in first["text"]
    assert first["html"].startswith("<!doctype html>")


def test_a_rebuttal_goes_out_by_mail(shian: Shian, home: Path, events: dict[str, str]) -> None:
    with posted() as box:
        declared(home, "mail", kind="email", host="127.0.0.1", port=box.port, tls="none", sender="desk@office.example", to=["partner@piyao.example"])
        assert shian("report", "rebuttal", events["rumor"], "--at", "2024-09-06", "--send", "mail", home=home).code == 0
        assert [one.state for one in delivered(home)] == ["sent"]
    (mail,) = box.mails
    assert "辟谣通报（草稿）" in mail["Subject"]


def test_a_rebuttal_goes_by_no_other_channel(shian: Shian, home: Path) -> None:
    declared(home, "off", kind="email", host="127.0.0.1", port=1, tls="none", sender="a@office.example", to=["b@piyao.example"], enabled=False)
    for channel in ("console", "off", "missing"):
        ran = shian("report", "rebuttal", "any", "--send", channel, home=home)
        assert ran.code == 2
        assert "no channel that is on and that a rebuttal can be sent by" in ran.err
