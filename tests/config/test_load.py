"""Reading a configuration folder: everything wrong with it is said at once, with its file and key."""

import json
import shutil
import string
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError, Fault
from config.load import SHIPPED, load
from config.schema import Settings, Topic

SOURCE = """\
title: 某报
kind: feed
url: https://site.test/rss
category: news
trust: media
platform: news
every: 10m
"""


MATTER = "salt:\n  title: 食盐\n  lead: meat-office\n  clauses: [六]\n  words: [食盐]\n"
PLACES = "code,path,kind,names\n220000,吉林省,province,吉林\n220100,吉林省/长春市,prefecture,长春\n310000,上海市,province,上海\n"


def home_in(folder: Path) -> Path:
    """A small home that holds."""
    for part in ("sources", "topics", "rules", "channels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    written = {
        "settings.yaml": "office: 食安办\n",
        "departments.yaml": "meat-office:\n  title: 肉制品处\n  topics: [meat]\n  channels: [desk]\n",
        "sources/paper.yaml": SOURCE,
        "topics/meat.yaml": "title: 肉制品\n",
        "rules/ill.yaml": 'title: 患病\nmeasure: ill\nsteps: {1: 10}\nbecause: "{value} 人"\ntopics: [meat]\n',
        "channels/desk.yaml": "title: 值守台\nkind: console\n",
    }
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_in(tmp_path)


def faults(home: Path, **environ: str) -> list[tuple[str, str, str]]:
    """Every fault as (file within the home, key, why)."""
    with pytest.raises(ConfigError) as refused:
        load(home, environ)
    return [(Path(one.file).relative_to(home).as_posix(), one.key, one.why) for one in refused.value.faults]


def only_fault(home: Path, **environ: str) -> tuple[str, str, str]:
    (one,) = faults(home, **environ)
    return one


def test_a_home_that_holds_is_read_whole(home: Path) -> None:
    config = load(home, {})
    assert config.settings.office == "食安办"
    assert config.sources["paper"].every == timedelta(minutes=10)
    assert (config.home, config.folder) == (home, home)
    assert [*config.topics, *config.rules, *config.channels, *config.departments] == ["meat", "ill", "desk", "meat-office"]


def test_without_a_home_the_shipped_configuration_is_read() -> None:
    config = load(environ={})
    assert (config.home, config.folder) == (None, SHIPPED)
    assert len(config.topics) == 10


def test_a_folder_that_is_no_home_is_said_with_what_to_do(tmp_path: Path) -> None:
    assert only_fault(tmp_path) == ("settings.yaml", "", "not found; `shian init DIR` makes a home folder")


# --- one fault each: file, what is written there, key, why

WRONG: list[tuple[str, str | bytes, str, str]] = [
    ("settings.yaml", "colour: red", "colour", "Extra inputs are not permitted"),
    ("settings.yaml", "desk: {port: 99999}", "desk.port", "less than or equal to 65535"),
    ("settings.yaml", "track: {window: soon}", "track.window", "'soon' is no duration; write a whole number"),
    ("settings.yaml", "store: {keep: 3}", "store.keep", "3 is no duration"),
    ("settings.yaml", "digest: {at: '25:00'}", "digest.at", "should match pattern"),
    ("settings.yaml", "store: none", "store", "valid dictionary"),
    ("settings.yaml", "- office", "", "must be a table of keys"),
    ("settings.yaml", "office: a\noffice: b", "line 2", "the key 'office' is given twice"),
    ("settings.yaml", "store:\n  url: 'memory:'\n  url: 'memory:'\n", "line 3", "the key 'url' is given twice"),
    ("settings.yaml", "office: a\n\tport: 1", "line 2", "found a tab character that violates indentation"),
    ("settings.yaml", "office: [a", "line 1", "expected ',' or ']'"),
    ("settings.yaml", "? [a, b]\n: c", "line 1", "a key must be a word"),
    ("settings.yaml", "office: !!python/name:os.system", "line 1", "could not determine a constructor"),
    ("settings.yaml", "? !!set {a}\n: c", "line 1", "a key must be a word"),
    ("settings.yaml", "office: 2026-13-45", "", "is not YAML: month must be in 1..12"),
    ("settings.yaml", "office: " + "[" * 5000, "line 1", "exceeded maximum nesting depth"),
    ("settings.yaml", "office: *nobody", "line 1", "undefined alias"),
    ("settings.yaml", "office: 吉林".encode("gb18030"), "", "is not UTF-8 (byte 8)"),
    ("settings.yaml", "office: a\x07", "", "is not YAML"),
    ("settings.yaml", "office: ${OFFICE_NAME}", "office", "the environment has no OFFICE_NAME"),
    ("settings.yaml", "crawl: {allow_private: ['${A_HOST}']}", "crawl.allow_private.0", "the environment has no A_HOST"),
    ("departments.yaml", "- meat-office", "", "must be a table of departments by name"),
    ("departments.yaml", "meat-office: {}", "meat-office.title", "Field required"),
    ("departments.yaml", "meat-office: 肉制品处", "meat-office", "must be a table of keys"),
    ("departments.yaml", "7: {title: a}", "7.name", "valid string"),
    ("departments.yaml", "Meat: {title: a}", "Meat.name", "should match pattern"),
    ("departments.yaml", "a: {title: a, topics: [fish]}", "a.topics", "no topic is called fish"),
    ("departments.yaml", "a: {title: a, channels: [pigeon]}", "a.channels", "no channel is called pigeon"),
    ("departments.yaml", "a: {title: a, name: b}", "a.name", "is called as its key"),
    ("departments.yaml", "a: {title: a}\na: {title: b}", "line 2", "the key 'a' is given twice"),
    ("departments.yaml", "a: {title: 某局}\nb: {title: 某局}", "b.title", "某局 is a's already"),
    ("departments.yaml", "a: {title: a, clauses: ['15']}", "a.clauses.0", "should match pattern"),
    ("matters.yaml", "- salt", "", "must be a table of matters by name"),
    ("matters.yaml", "salt: 食盐", "salt", "must be a table of keys"),
    ("matters.yaml", MATTER + "  colour: red", "salt.colour", "Extra inputs are not permitted"),
    ("matters.yaml", MATTER + MATTER, "line 6", "the key 'salt' is given twice"),
    ("matters.yaml", MATTER.replace("meat-office", "fish-office"), "salt.lead", "no department is called fish-office"),
    ("matters.yaml", MATTER + "  with: [fish-office]", "salt.with", "no department is called fish-office"),
    ("matters.yaml", MATTER + "  with: [meat-office]", "salt", "meat-office leads, and so does not cooperate"),
    ("matters.yaml", MATTER + "  topics: [fish]", "salt.topics", "no topic is called fish"),
    ("matters.yaml", MATTER + "  venues: [moon]", "salt.venues", "no group of venues is called moon"),
    ("matters.yaml", MATTER.replace("[食盐]", "[]"), "salt", "nothing tells it"),
    ("matters.yaml", MATTER.replace("[食盐]", "[食盐, 食盐]"), "salt", "食盐 is given twice"),
    ("matters.yaml", MATTER.replace("[食盐]", "['']"), "salt.words.0", "at least 1 character"),
    ("matters.yaml", MATTER.replace("[六]", "[六, 第六]"), "salt.clauses.1", "should match pattern"),
    ("matters.yaml", MATTER.replace("[六]", "[]"), "salt.clauses", "at least 1 item"),
    ("matters.yaml", MATTER + MATTER.replace("salt:", "more:").replace("[食盐]", "[盐]"), "more.title", "食盐 is salt's already"),
    ("matters.yaml", MATTER + MATTER.replace("salt:", "more:").replace("title: 食盐", "title: 盐"), "more.words", "食盐 tells salt already"),
    ("topics/fish.yaml", "name: fish\ntitle: 鱼", "name", "a declaration is called as its file"),
    ("topics/fish.yaml", "title: 鱼\nweight: 51", "weight", "less than or equal to 50"),
    ("topics/fish.yaml", "title: [鱼]", "title", "valid string"),
    ("topics/fish.yaml", "- 鱼", "", "must be a table of keys"),
    ("topics/Fish.yaml", "title: 鱼", "name", "should match pattern"),
    ("rules/old.yaml", "title: a\nmeasure: ill\nsteps: {1: 2}\nbecause: b\ntopics: [fish]", "topics", "no topic is called fish"),
    ("rules/old.yaml", "title: a\nmeasure: ill\nsteps: {1: 9, 2: 3}\nbecause: b", "steps", "points must not fall"),
    ("channels/bot.yaml", "title: a\nkind: pigeon", "kind", "Input should be 'console'"),
    ("channels/bot.yaml", "title: a\nkind: wecom\nfloor: 5", "floor", "Input should be 1, 2, 3 or 4"),
    ("channels/bot.yaml", "title: a\nkind: wecom\nurl: ${BOT_KEY}", "url", "the environment has no BOT_KEY"),
    ("channels/bot.yaml", "title: a\nkind: console\ntopics: [fish]", "topics", "no topic is called fish"),
    ("sources/paper.yaml", SOURCE.replace("10m", "10 minutes"), "every", "'10 minutes' is no duration"),
    ("sources/paper.yaml", SOURCE.replace("every: 10m", ""), "", "give either every or cron"),
    ("sources/paper.yaml", SOURCE + "expect: {text_rate: 2}", "expect.text_rate", "less than or equal to 1"),
    ("sources/paper.yaml", SOURCE + "headers: {Cookie: '${PAPER_COOKIE}'}", "headers.Cookie", "the environment has no PAPER_COOKIE"),
    ("sources/weekly.yml", SOURCE + "colour: red", "colour", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("file", "text", "key", "why"), WRONG, ids=[f"{file}-{why[:30]}" for file, _, _, why in WRONG])
def test_a_fault_is_named_with_its_file_and_key(home: Path, file: str, text: str | bytes, key: str, why: str) -> None:
    (home / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    found = only_fault(home)
    assert found[:2] == (file, key)
    assert why in found[2]


@pytest.mark.parametrize(
    ("declared", "key", "why"),
    [
        ("a: {title: a, place: 吉林省/松江市}", "a.place", "places.csv has no 吉林省/松江市"),
        ("a: {title: a, place: 上海市}", "a.place", "上海市 is not in the province of settings.yaml (吉林省)"),
        ("a: {title: a, place: 吉林省}\nb: {title: b, place: 吉林省}", "b.place", "吉林省 is a's already"),
    ],
)
def test_an_office_has_a_place_of_the_province_for_itself(home: Path, declared: str, key: str, why: str) -> None:
    (home / "places.csv").write_text(PLACES, "utf-8")
    (home / "departments.yaml").write_text(declared, "utf-8")
    assert only_fault(home) == ("departments.yaml", key, why)


def test_an_office_without_a_list_of_places_is_a_fault(home: Path) -> None:
    (home / "departments.yaml").write_text("meat-office: {title: a, place: 吉林省}", "utf-8")
    assert only_fault(home) == ("places.csv", "", "not found; the places of departments are those that it lists")


def test_matters_keep_their_order_and_a_home_may_have_none(home: Path) -> None:
    assert load(home, {}).matters == {}
    more = MATTER.replace("salt:", "more:").replace("食盐", "盐") + "  with: []\n  venues: [shop]\n  unless: [盐水]\n"
    (home / "lexicons").mkdir()
    (home / "lexicons" / "venues.txt").write_text("# 场所\n超市\tshop\n", "utf-8")
    (home / "matters.yaml").write_text(more + MATTER, "utf-8")
    read = load(home, {}).matters
    assert [*read] == ["more", "salt"]
    assert (read["more"].venues, read["more"].unless) == (("shop",), ("盐水",))


@pytest.mark.parametrize("empty", ["", "# nothing but this\n", "---\n", "null\n"])
def test_an_empty_declaration_is_a_fault_and_never_nothing(home: Path, empty: str) -> None:
    (home / "sources" / "paper.yaml").write_text(empty, "utf-8")
    assert {(file, key) for file, key, _ in faults(home)} >= {("sources/paper.yaml", "title"), ("sources/paper.yaml", "kind")}


def test_empty_settings_are_the_defaults(home: Path) -> None:
    (home / "settings.yaml").write_text("", "utf-8")
    assert load(home, {}).settings == Settings()


def test_one_name_in_two_files_is_a_fault(home: Path) -> None:
    (home / "topics" / "meat.yml").write_text("title: 肉\n", "utf-8")
    assert only_fault(home) == ("topics/meat.yml", "", "is declared in meat.yaml too")


def test_a_folder_that_is_missing_is_a_fault(home: Path) -> None:
    shutil.rmtree(home / "channels")
    assert ("channels", "", "folder not found") in faults(home)


def test_all_faults_are_told_at_once(home: Path) -> None:
    for file, text in (
        ("settings.yaml", "colour: red\ndesk: {port: 0, colour: red}"),
        ("departments.yaml", "a: {}\nb: {colour: red}"),
        ("sources/paper.yaml", "title: [unclosed"),
        ("topics/meat.yaml", "weight: heavy"),
        ("channels/desk.yaml", "title: ${A_TITLE}\nkind: pigeon"),
    ):
        (home / file).write_text(text, "utf-8")
    (home / "rules" / "ill.yaml").write_bytes(b"\xff\xfe")
    found = {(file, key) for file, key, _ in faults(home)}
    assert found == {
        ("settings.yaml", "colour"),
        ("settings.yaml", "desk.port"),
        ("settings.yaml", "desk.colour"),
        ("departments.yaml", "a.title"),
        ("departments.yaml", "b.title"),
        ("departments.yaml", "b.colour"),
        ("sources/paper.yaml", "line 1"),
        ("topics/meat.yaml", "title"),
        ("topics/meat.yaml", "weight"),
        ("channels/desk.yaml", "title"),
        ("channels/desk.yaml", "kind"),
        ("rules/ill.yaml", ""),
    }


def test_a_fault_reads_as_file_key_and_why() -> None:
    error = ConfigError([Fault("a.yaml", "b.c", "is wrong"), Fault("d.yaml", "", "is gone")])
    assert str(error) == "a.yaml: b.c: is wrong\nd.yaml: is gone"
    assert error.exit_code == 1


# --- the environment


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("SHIAN_STORE_URL", "memory:", lambda settings: settings.store.url == "memory:"),
        ("SHIAN_STORE_KEEP", "30d", lambda settings: settings.store.keep == timedelta(days=30)),
        ("SHIAN_DESK_PORT", "8080", lambda settings: settings.desk.port == 8080),
        ("SHIAN_PROVINCE", "110000", lambda settings: settings.province == "110000"),
        ("SHIAN_CRAWL_ALLOW_PRIVATE", "['127.0.0.1:8765']", lambda settings: settings.crawl.allow_private == ("127.0.0.1:8765",)),
        ("SHIAN_TRACK_JOIN", "0.5", lambda settings: settings.track.join == 0.5),
        ("SHIAN_SHARD", "2/3", lambda settings: settings.shard == "2/3"),
        ("SHIAN_CRAWL_CONTACT", "", lambda settings: settings.crawl.contact == ""),
    ],
)
def test_the_environment_overrides_a_setting(home: Path, name: str, value: str, read: Callable[[Settings], bool]) -> None:
    (home / "settings.yaml").write_text("store: {url: 'sqlite:///here.db'}\ncrawl: {contact: somebody}\n", "utf-8")
    assert read(load(home, {name: value}).settings)


def test_a_wrong_value_from_the_environment_is_a_fault_of_its_key(home: Path) -> None:
    file, key, why = only_fault(home, SHIAN_DESK_PORT="eighty")
    assert (file, key) == ("settings.yaml", "desk.port")
    assert "valid integer" in why


def test_a_wrong_shard_is_a_fault_that_says_how_to_write_it(home: Path) -> None:
    file, key, why = only_fault(home, SHIAN_SHARD="4/3")
    assert (file, key) == ("settings.yaml", "shard")
    assert why == "'4/3' is no shard; write k/n with k from 1 to n, such as SHIAN_SHARD=2/3"


@pytest.mark.parametrize("value", ["[a", "a: b: c", "\t- x", "*x", "\x07", "2026-13-45"])
def test_a_value_from_the_environment_that_is_no_yaml_is_a_fault_too(home: Path, value: str) -> None:
    assert ("settings.yaml", "desk.port", "SHIAN_DESK_PORT is not YAML") in faults(home, SHIAN_DESK_PORT=value)
    assert load(home, {"SHIAN_OFFICE": value}).settings.office == value


def test_a_setting_under_what_is_no_table_is_a_fault(home: Path) -> None:
    (home / "settings.yaml").write_text("store: none\n", "utf-8")
    assert only_fault(home, SHIAN_STORE_URL="memory:")[1] == "store"


def test_secrets_come_from_the_environment(home: Path) -> None:
    (home / "channels" / "bot.yaml").write_text("title: 群\nkind: wecom\nurl: https://bot.test/?key=${BOT_KEY}\n", "utf-8")
    assert load(home, {"BOT_KEY": "k${X}"}).channels["bot"].url == "https://bot.test/?key=k${X}"


# --- round trips

_words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=10).filter(lambda word: "${" not in word)
_names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10)
_topics = st.dictionaries(
    _names, st.fixed_dictionaries({"title": _words, "weight": st.integers(0, 50), "words": st.lists(_words, max_size=3)}), max_size=3
)


@settings(deadline=None, max_examples=25)
@given(_topics)
def test_what_is_written_down_is_read_back(topics: dict[str, dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_in(Path(folder))
        for name, topic in topics.items():
            (home / "topics" / f"{name}.yaml").write_text(yaml.safe_dump(topic, allow_unicode=True), "utf-8")
        read = load(home, {}).topics
    assert {name: read[name] for name in topics} == {name: Topic(name=name, **json.loads(json.dumps(topic))) for name, topic in topics.items()}


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60) | st.text(alphabet="ab:- [{]}&*!|>'\"%@`#?,\n\t0", max_size=30).map(str.encode))
def test_no_bytes_whatever_end_in_anything_but_a_fault(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_in(Path(folder))
        for name in ("settings.yaml", "departments.yaml", "matters.yaml", "places.csv", "topics/meat.yaml"):
            (home / name).write_bytes(content)
            try:
                load(home, {})
            except ConfigError as error:
                assert error.faults  # noqa: PT017
