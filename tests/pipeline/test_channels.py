"""`shian channel`: the list tells no secret; a test says in one line what came of it, and its exit code says so too."""

import json
from pathlib import Path

import pytest
import yaml

from tests.pipeline.commands import Shian, home, shian
from tests.pipeline.notify.mailbox import posted
from tests.pipeline.notify.receiver import Receiver, served

__all__ = ["home", "shian"]


def declared(home: Path, name: str, **channel: object) -> None:
    (home / "channels" / f"{name}.yaml").write_text(yaml.safe_dump({"title": "某群", **channel}, allow_unicode=True), "utf-8")


@pytest.fixture
def receiver(home: Path) -> object:
    with served() as one:
        one.says({"errcode": 0})
        declared(home, "group", kind="wecom", url="${GROUP_URL}")
        with (home / "keys.env").open("a") as keys:
            keys.write(f"GROUP_URL={one.url}/send?key=SECRETKEY\n")
        yield one


def test_a_test_message_that_is_taken(shian: Shian, home: Path, receiver: Receiver) -> None:
    ran = shian("channel", "test", "group", home=home)
    assert (ran.code, ran.err) == (0, "")
    (request,) = receiver.requests
    text = request.json["markdown"]["content"]
    assert "食品安全委员会办公室：渠道测试" in text
    assert "“某群”的测试消息，无需处理" in text
    (line,) = ran.out.splitlines()
    assert line.startswith("group: sent test-")
    assert line.split()[2] in text


@pytest.mark.parametrize(
    ("said", "status", "advice"),
    [
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, 200, "refused with 93000 invalid webhook url; trying again will not help"),
        ({"errcode": 45009, "errmsg": "freq"}, 200, "refused with 45009 freq; try again after 60 s"),
        ({}, 500, "HTTP 500; trying again may help"),
    ],
)
def test_one_that_is_not_says_why_and_ends_with_3(said: object, status: int, advice: str, shian: Shian, home: Path, receiver: Receiver) -> None:
    receiver.says(said, status=status)
    ran = shian("channel", "test", "group", home=home)
    assert (ran.code, ran.out) == (3, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("group: not sent: 127.0.0.1: ")
    assert advice in line
    assert "SECRETKEY" not in ran.err


def test_mail_is_tried_as_any_other(shian: Shian, home: Path) -> None:
    with posted() as mailbox:
        declared(home, "mail", kind="email", host="127.0.0.1", port=mailbox.port, tls="none", sender="a@b.example", to=["c@d.example"], enabled=False)
        assert shian("channel", "test", "mail", home=home).code == 0
        assert mailbox.mails[0]["Subject"] == "吉林省人民政府食品安全委员会办公室：渠道测试"


def test_what_is_off_and_not_whole_says_what_to_provide(shian: Shian, home: Path) -> None:
    ran = shian("channel", "test", "duty-dingtalk", home=home)
    assert ran.code == 1
    assert f"{home}/channels/duty-dingtalk.yaml: url: the environment has no SHIAN_DINGTALK_URL" in ran.err
    assert "secret: the environment has no SHIAN_DINGTALK_SECRET" in ran.err


def test_a_channel_that_nobody_declared_is_wrong_usage(shian: Shian, home: Path) -> None:
    ran = shian("channel", "test", "pigeon", home=home)
    assert ran.code == 2
    assert "no channel is called pigeon; there are console, duty-dingtalk" in ran.err


def test_the_console_writes_to_stderr(shian: Shian, home: Path) -> None:
    ran = shian("channel", "test", "console", home=home)
    assert ran.code == 0
    assert ran.err.startswith("吉林省人民政府食品安全委员会办公室：渠道测试\n")


def test_the_list_says_what_there_is_and_no_secret(shian: Shian, home: Path, receiver: Receiver) -> None:
    ran = shian("channel", "list", home=home)
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert ["group", "wecom", "on", "Ⅳ蓝", "某群"] in lines
    assert ["duty-email", "email", "off", "Ⅳ蓝", "值班邮箱"] in lines
    assert "SECRETKEY" not in ran.out
    listed = [json.loads(line) for line in shian("channel", "list", "--json", home=home).out.splitlines()]
    assert {"name": "group", "title": "某群", "kind": "wecom", "enabled": True, "floor": 4, "topics": []} in listed
    assert len(listed) == len(lines) == 7
