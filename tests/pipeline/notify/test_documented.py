"""docs/channels.md says what is true: its examples are whole channels, and it names every key, header, code and field."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from config.channel import lacking, unsafe
from config.schema import Channel
from pipeline.notify.bots import DingTalk, Feishu, WeCom
from pipeline.notify.webhook import Posted

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "channels.md").read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("declared", EXAMPLES, ids=lambda one: one["kind"])
def test_each_example_is_a_whole_channel_with_its_secrets_outside(declared: dict[str, Any]) -> None:
    assert list(unsafe(declared)) == []
    filled = {key: "https://x.test" if key == "url" else value for key, value in declared.items()}
    assert list(lacking(Channel.model_validate({"name": "x", **filled}))) == []


def test_there_is_an_example_of_each_kind_that_needs_something() -> None:
    assert {one["kind"] for one in EXAMPLES} == {"email", "wecom", "dingtalk", "feishu", "webhook", "apprise"}


def test_every_key_is_named() -> None:
    keys = set(Channel.model_fields) - {"name"}
    assert {key for key in keys if not re.search(rf"`{key}`|^{key}: ", PAGE, re.MULTILINE)} == set()


def test_the_example_of_the_webhook_is_one() -> None:
    (body,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert msgspec.json.decode(body, type=Posted, strict=True).level == 2
    assert {name for name in Posted.__struct_fields__ if f"| `{name}` |" not in PAGE} == set()


@pytest.mark.parametrize("bot", [WeCom, DingTalk, Feishu])
def test_the_codes_after_which_it_is_tried_again_are_named(bot: type[WeCom]) -> None:
    (row,) = re.findall(rf"^\| {bot.__name__} \|.*$", PAGE, re.MULTILINE)
    assert set(map(str, bot.later)) <= set(re.findall(r"-?\d+", row))
