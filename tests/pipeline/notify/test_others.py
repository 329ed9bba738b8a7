"""Channels through apprise."""

import sys
from typing import Any

import pytest

from config.errors import NotifyError
from tests.pipeline.notify.made import message, notifier
from tests.pipeline.notify.receiver import Receiver


def others(receiver: Receiver, **fields: Any) -> None:
    notifier("apprise", url=receiver.url.replace("http", "json"), **fields).send(message())


def test_apprise_sends_the_title_the_text_the_link_and_the_id(receiver: Receiver) -> None:
    receiver.says(b"{}")
    others(receiver)
    (request,) = receiver.requests
    assert request.json["title"] == "[Ⅱ橙] 某小学食堂午餐后多名学生呕吐送医"
    assert request.json["message"].split("\n") == [
        "患病 30 人",
        "出现在 3 个平台",
        "https://desk.office.example/events/a1b2(c)",
        "编号 a1b2c3d4e5f6",
    ]


def test_what_apprise_could_not_send_may_be_tried_again(receiver: Receiver) -> None:
    receiver.says(b"no", status=500)
    with pytest.raises(NotifyError, match="some-apprise: apprise could not send it") as refused:
        others(receiver)
    assert refused.value.retry


def test_a_url_that_apprise_does_not_know_is_not_tried_again() -> None:
    with pytest.raises(NotifyError, match="apprise knows no such URL") as refused:
        notifier("apprise", url="pigeon://loft/SECRETKEY").send(message())
    assert not refused.value.retry
    assert "SECRETKEY" not in str(refused.value)


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NotifyError, match=r"pip install 'shian\[apprise\]'") as refused:
        notifier("apprise", url="json://localhost").send(message())
    assert not refused.value.retry
