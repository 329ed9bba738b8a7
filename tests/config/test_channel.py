"""Channels: what each kind needs is a fault with file and key where it lacks; secrets stand in the environment; what is off asks for none."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.errors import ConfigError, Fault
from config.load import SHIPPED, load
from config.schema import Channel
from pipeline.notify import opened
from tests.config.test_load import home_in

MAIL: dict[str, Any] = {
    "kind": "email",
    "host": "smtp.office.example",
    "user": "shian",
    "password": "${MAIL_PASSWORD}",
    "sender": "shian@office.example",
    "to": ["duty@office.example"],
}
WECOM: dict[str, Any] = {"kind": "wecom", "url": "https://qyapi.test/send?key=${BOT_KEY}"}
DINGTALK: dict[str, Any] = {"kind": "dingtalk", "url": "${BOT_URL}", "secret": "${BOT_SECRET}"}
HOOK: dict[str, Any] = {"kind": "webhook", "url": "https://platform.test/in", "secret": "${BOT_SECRET}"}
ENVIRON = {"MAIL_PASSWORD": "p", "BOT_KEY": "k", "BOT_URL": "https://bot.test/?access_token=t", "BOT_SECRET": "s"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_in(tmp_path)


def faults(home: Path, declared: dict[str, Any], environ: dict[str, str] = ENVIRON) -> list[tuple[str, str]]:
    """The faults of one channel, by key."""
    path = home / "channels" / "one.yaml"
    path.write_text(yaml.safe_dump({"title": "某渠道", **declared}, allow_unicode=True), "utf-8")
    try:
        load(home, environ)
    except ConfigError as error:
        return [(fault.key, fault.why) if fault.file == str(path) else (fault.file, fault.why) for fault in error.faults]
    return []


@pytest.mark.parametrize("whole", [{"kind": "console"}, MAIL, WECOM, DINGTALK, HOOK, {"kind": "apprise", "url": "${BOT_URL}"}])
def test_a_channel_with_what_its_kind_needs_holds(whole: dict[str, Any], home: Path) -> None:
    assert faults(home, whole) == []


WRONG: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (MAIL, {"host": None}, "host", "email channels need it"),
    (MAIL, {"sender": None}, "sender", "email channels need it"),
    (MAIL, {"to": None}, "to", "email channels need it"),
    (MAIL, {"to": []}, "to", "email channels need it"),
    (MAIL, {"to": ["值班 <duty@office.example>"]}, "to.0", "must be one plain address"),
    (MAIL, {"to": ["a@b.example", "a@b, c@d"]}, "to.1", "must be one plain address"),
    (MAIL, {"to": ["a@b.example,c@d.example"]}, "to.0", "must be one plain address"),
    (MAIL, {"host": "smtp.office.example:25"}, "host", "of a mail server alone"),
    (MAIL, {"password": "密${MAIL_PASSWORD}"}, "password", "must be of ASCII"),
    (MAIL, {"sender": "shian"}, "sender", "must be one plain address"),
    (MAIL, {"sender": "a@b\nBcc: x@y"}, "sender", "must be one plain address"),
    (MAIL, {"host": "smtp://office.example"}, "host", "of a mail server alone"),
    (MAIL, {"password": None}, "password", "user and password go together"),
    (MAIL, {"user": None}, "user", "user and password go together"),
    (MAIL, {"tls": "none"}, "tls", "a password is not sent unencrypted"),
    (MAIL, {"tls": "ssl"}, "tls", "Input should be 'starttls', 'tls' or 'none'"),
    (MAIL, {"port": 0}, "port", "greater than or equal to 1"),
    (MAIL, {"timeout": "3m"}, "timeout", "less than or equal to 2 minutes"),
    (MAIL, {"url": "https://x.test"}, "url", "email channels have no use for it"),
    (MAIL, {"password": "letmein"}, "password", "is a secret: write ${NAME} here"),
    (WECOM, {"url": None}, "url", "wecom channels need it"),
    (WECOM, {"url": "http://qyapi.test/?key=${BOT_KEY}"}, "url", "must be an https:// address"),
    (WECOM, {"url": "https://qyapi.test/?key=abc"}, "url", "is a secret: write ${NAME} here"),
    (WECOM, {"secret": "${BOT_SECRET}"}, "secret", "wecom channels have no use for it"),
    (WECOM, {"proxy": "10.0.0.1:3128"}, "proxy", "must be written as http://HOST:PORT"),
    (DINGTALK, {"secret": "SECabc"}, "secret", "is a secret: write ${NAME} here"),
    (DINGTALK, {"url": "${NOT_THERE}"}, "url", "the environment has no NOT_THERE"),
    (HOOK, {"secret": None}, "secret", "webhook channels need it"),
    (HOOK, {"url": "https://[platform.test/in"}, "url", "must be an http(s) address"),
    (HOOK, {"url": "https://platform.test:99999/in"}, "url", "must be an http(s) address"),
    (HOOK, {"url": "https:///in"}, "url", "must be an http(s) address"),
    (HOOK, {"url": "https://平台.test/in"}, "url", "must be an http(s) address"),
    (HOOK, {"url": "platform.test/in"}, "url", "must be an http(s) address"),
    ({"kind": "apprise"}, {}, "url", "apprise channels need it"),
    ({"kind": "console"}, {"to": ["a@b.example"]}, "to", "console channels have no use for it"),
]


@pytest.mark.parametrize(("whole", "changed", "key", "why"), WRONG)
def test_what_is_wrong_is_one_fault_with_its_key(whole: dict[str, Any], changed: dict[str, Any], key: str, why: str, home: Path) -> None:
    declared = {name: value for name, value in (whole | changed).items() if value is not None}
    ((found, said),) = faults(home, declared)
    assert found == key
    assert why in said


def test_a_mail_server_may_be_a_number(home: Path) -> None:
    assert faults(home, MAIL | {"host": "10.1.2.3"}) == faults(home, MAIL | {"host": "fd00::25"}) == []


def test_an_empty_secret_of_the_environment_is_none(home: Path) -> None:
    assert faults(home, HOOK, {"BOT_SECRET": ""}) == [("secret", "webhook channels need it")]
    assert faults(home, HOOK, {"BOT_SECRET": "s\n"})[0][0] == "secret"


@pytest.mark.parametrize("whole", [MAIL, WECOM, DINGTALK, HOOK, {"kind": "webhook"}])
def test_what_is_off_needs_no_secret_yet(whole: dict[str, Any], home: Path) -> None:
    assert faults(home, whole | {"enabled": False}, {}) == []


def test_what_is_off_may_not_hold_secrets_or_nonsense_either(home: Path) -> None:
    assert [key for key, _ in faults(home, MAIL | {"enabled": False, "password": "letmein"}, {})] == ["password"]
    assert [key for key, _ in faults(home, WECOM | {"enabled": False, "host": "x"}, {})] == ["host"]
    assert [key for key, _ in faults(home, WECOM | {"enabled": False, "colour": "red"}, {})] == ["colour"]


def test_to_be_tried_it_must_be_whole_on_or_off(home: Path) -> None:
    assert faults(home, DINGTALK | {"enabled": False}, {}) == []
    with pytest.raises(ConfigError) as refused:
        opened(load(home, {}).channels["one"], home)
    file = str(home / "channels" / "one.yaml")
    assert set(refused.value.faults) == {
        Fault(file, "url", "the environment has no BOT_URL"),
        Fault(file, "secret", "the environment has no BOT_SECRET"),
    }


def test_what_is_off_can_be_tried_with_its_secrets_in_the_environment(home: Path) -> None:
    assert faults(home, DINGTALK | {"enabled": False}, ENVIRON) == []
    assert load(home, ENVIRON).channels["one"].secret == "s"
    opened(load(home, ENVIRON).channels["one"], home)


def test_no_fault_and_no_picture_of_a_channel_tells_a_secret(home: Path) -> None:
    said = faults(home, {**HOOK, "url": "nonsense", "timeout": "soon"}, {"BOT_SECRET": "VERYSECRET"})
    assert "VERYSECRET" not in str(said)
    channel = Channel.model_validate({"name": "a", "title": "a", "kind": "email", "password": "VERYSECRET", "secret": "VERYSECRET"})
    assert "VERYSECRET" not in repr(channel)


def test_every_kind_has_a_shipped_example_that_tells_nobody() -> None:
    channels = load(environ={}).channels
    assert {one.kind for one in channels.values()} == {"console", "email", "wecom", "dingtalk", "feishu", "webhook"}
    assert [one.name for one in channels.values() if one.enabled] == ["console"]
    for path in (SHIPPED / "channels").glob("*.yaml"):
        assert path.read_text("utf-8").splitlines()[1].startswith("# ")
