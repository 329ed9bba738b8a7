"""Group bots: what is sent, how it is signed, what a refusal inside HTTP 200 means, and nothing of a key in any error."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.errors import NotifyError
from pipeline.notify import Notifier
from pipeline.notify.bots import DingTalk, Feishu
from tests.pipeline.notify.made import channel, message, notifier
from tests.pipeline.notify.receiver import Receiver

OK: dict[str, Any] = {"wecom": {"errcode": 0, "errmsg": "ok"}, "dingtalk": {"errcode": 0, "errmsg": "ok"}, "feishu": {"code": 0, "msg": "success"}}
KINDS = list(OK)


def bot(kind: str, receiver: Receiver, **fields: Any) -> Notifier:
    receiver.answers or receiver.says(OK[kind])
    return notifier(kind, url=f"{receiver.url}/send?key=SECRETKEY", **fields)


def shown(kind: str, body: Any) -> str:
    """The text that readers of the chat see."""
    if kind == "wecom":
        return str(body["markdown"]["content"])
    if kind == "dingtalk":
        return str(body["markdown"]["text"])
    post = body["content"]["post"]["zh_cn"]
    return "\n".join([post["title"], *("".join(tag["text"] for tag in line) for line in post["content"])])


def limit(kind: str, receiver: Receiver) -> None:
    """Hold that every request keeps the vendor's limit."""
    for request in receiver.requests:
        assert len(request.json["markdown"]["content"].encode()) <= 4096 if kind == "wecom" else len(request.body) <= 20_000


def test_wecom_gets_markdown(receiver: Receiver) -> None:
    bot("wecom", receiver).send(message())
    (request,) = receiver.requests
    assert request.path == "/send?key=SECRETKEY"
    assert request.json == {
        "msgtype": "markdown",
        "markdown": {
            "content": "**［Ⅱ橙］ 某小学食堂午餐后多名学生呕吐送医**\n\n患病 30 人\n出现在 3 个平台\n\n"
            "[查看详情](https://desk.office.example/events/a1b2%28c%29)\n2024-09-05 12:30 · 编号 a1b2c3d4e5f6"
        },
    }


def test_dingtalk_gets_markdown_with_a_title(receiver: Receiver) -> None:
    bot("dingtalk", receiver).send(message())
    body = receiver.requests[0].json
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["title"] == "［Ⅱ橙］ 某小学食堂午餐后多名学生呕吐送医"
    assert "患病 30 人  \n出现在 3 个平台\n\n" in body["markdown"]["text"]


def test_feishu_gets_rich_text(receiver: Receiver) -> None:
    bot("feishu", receiver).send(message())
    body = receiver.requests[0].json
    assert body["msg_type"] == "post"
    assert body["content"]["post"]["zh_cn"]["content"] == [
        [{"tag": "text", "text": "患病 30 人"}],
        [{"tag": "text", "text": "出现在 3 个平台"}],
        [{"tag": "a", "text": "查看详情", "href": "https://desk.office.example/events/a1b2(c)"}],
        [{"tag": "text", "text": "2024-09-05 12:30 · 编号 a1b2c3d4e5f6"}],
    ]


def test_dingtalk_is_signed_anew_each_time_in_its_address(receiver: Receiver) -> None:
    receiver.says(OK["dingtalk"])
    times = iter([1725510600.123, 1725510700.5])
    one = DingTalk(channel("dingtalk", url=f"{receiver.url}/robot/send?access_token=t", secret="SECabc"), clock=lambda: next(times))
    one.send(message())
    one.send(message())
    for request, at in zip(receiver.requests, ("1725510600123", "1725510700500"), strict=True):
        asked = parse_qs(urlsplit(request.path).query)
        sign = hmac.new(b"SECabc", f"{at}\nSECabc".encode(), hashlib.sha256).digest()
        assert asked == {"access_token": ["t"], "timestamp": [at], "sign": [base64.b64encode(sign).decode()]}
    assert receiver.requests[0].body == receiver.requests[1].body


def test_feishu_is_signed_in_its_body(receiver: Receiver) -> None:
    receiver.says(OK["feishu"])
    Feishu(channel("feishu", url=f"{receiver.url}/hook", secret="abc"), clock=lambda: 1599360473.9).send(message())
    body = receiver.requests[0].json
    sign = hmac.new(b"1599360473\nabc", b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == ("1599360473", base64.b64encode(sign).decode())


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_secret_nothing_is_signed(kind: str, receiver: Receiver) -> None:
    bot(kind, receiver).send(message())
    assert "sign" not in receiver.requests[0].path
    assert "sign" not in receiver.requests[0].json


@pytest.mark.parametrize("kind", KINDS)
def test_what_strangers_wrote_is_neither_markup_nor_a_mention(kind: str, receiver: Receiver) -> None:
    bot(kind, receiver).send(message(link="", text='<@all> <at user_id="all">\n# 大标题\n[点我](http://evil.test) **重要** `x`\x1b[2J'))
    text = shown(kind, receiver.requests[0].json)
    assert not set("<>[]`\x1b") & set(text)
    assert "**重要**" not in text
    assert "大标题" in text
    if kind != "feishu":
        assert "\n#" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_message_goes_in_numbered_parts_that_keep_the_limit(kind: str, receiver: Receiver) -> None:
    lines = [f"{n:03}：某地“学校”食堂\\午餐后学生呕吐腹泻，已送医，正在调查。" for n in range(60 if kind == "wecom" else 600)]
    bot(kind, receiver).send(message(text="\n".join(lines)))
    limit(kind, receiver)
    assert 2 <= len(receiver.requests) <= 5
    texts = [shown(kind, request.json) for request in receiver.requests]
    for number, text in enumerate(texts, 1):
        assert f"（{number}/{len(texts)}）" in text
        assert "编号 a1b2c3d4e5f6" in text
        assert ("查看详情" in text) == (number == len(texts))
    assert [line for line in lines if any(line in [part.rstrip() for part in text.split("\n")] for text in texts)] == lines


@pytest.mark.parametrize("kind", KINDS)
def test_what_would_need_too_many_parts_ends_with_a_word_on_it(kind: str, receiver: Receiver) -> None:
    bot(kind, receiver).send(message(text="字" * 200_000, title="题" * 5000))
    limit(kind, receiver)
    assert len(receiver.requests) == 10
    assert "余下部分未发送" in shown(kind, receiver.requests[-1].json)


REFUSALS = [
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1]"}, False, None),
    ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, True, 60),
    ("wecom", {"errcode": -1, "errmsg": "system busy"}, True, 60),
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, False, None),
    ("dingtalk", {"status": 1111, "wait": 5, "errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, True, 600),
    ("feishu", {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}, False, None),
    ("feishu", {"code": 9499, "msg": "Bad Request", "data": {}}, False, None),
    ("feishu", {"code": 9499, "msg": "too many request"}, True, 60),
    ("feishu", {"code": 11232, "msg": "frequency limited psm[x]"}, True, 60),
    ("feishu", {"StatusCode": 19001, "StatusMessage": "x"}, False, None),
    ("feishu", {"StatusCode": 0, "code": 19024, "msg": "Key Words Not Found"}, False, None),
]


@pytest.mark.parametrize(("kind", "said", "retry", "after"), REFUSALS)
def test_a_200_with_a_refusal_is_a_refusal(kind: str, said: dict[str, Any], retry: bool, after: int | None, receiver: Receiver) -> None:
    receiver.says(said)
    with pytest.raises(NotifyError, match="refused with") as refused:
        bot(kind, receiver).send(message())
    assert (refused.value.retry, refused.value.after) == (retry, timedelta(seconds=after) if after else None)
    assert "SECRETKEY" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("said", [b"<html>login</html>", b"", [1], {}, {"errcode": "0", "code": False}, b"\xff"])
def test_an_answer_that_is_not_a_bot_s_takes_nothing(kind: str, said: object, receiver: Receiver) -> None:
    receiver.says(said)
    with pytest.raises(NotifyError):
        bot(kind, receiver).send(message())


def test_feishu_s_old_answer_takes_the_message_too(receiver: Receiver) -> None:
    receiver.says({"StatusCode": 0, "StatusMessage": "success", "Extra": None})
    bot("feishu", receiver).send(message())


def test_a_refusal_in_the_middle_says_which_part(receiver: Receiver) -> None:
    receiver.says(OK["wecom"], {"errcode": 45009, "errmsg": "freq"})
    with pytest.raises(NotifyError, match=r"part 2 of 3; those before were taken") as refused:
        bot("wecom", receiver).send(message(text="字" * 3500))
    assert (refused.value.retry, refused.value.after) == (True, timedelta(minutes=1))
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_is_logged(kind: str, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    from pipeline.cli import cli

    cli.main(["-v", "channel", "list"], standalone_mode=False)
    with caplog.at_level(logging.DEBUG):
        bot(kind, receiver).send(message())
    assert "SECRETKEY" not in caplog.text
    assert "SECRETKEY" not in repr(channel(kind, url="https://x/?key=SECRETKEY", **({"secret": "SECRETKEY"} if kind != "wecom" else {})))


def test_a_proxy_is_used_only_if_the_channel_names_one(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    bot("wecom", receiver).send(message())
    notifier("wecom", url="http://localhost:9/send?key=k", proxy=receiver.url).send(message())
    assert [request.path for request in receiver.requests] == ["/send?key=SECRETKEY", "http://localhost:9/send?key=k"]


def test_a_body_is_utf8_json(receiver: Receiver) -> None:
    bot("wecom", receiver).send(message(title="吐\u200b了😷"))
    request = receiver.requests[0]
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(request.body.decode()) == request.json
    assert "😷".encode() in request.body
