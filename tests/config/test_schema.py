"""What can be declared, and what is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.schema import Channel, Department, Duration, Rule, Settings, Topic, parts, plain
from config.source import FIELDS, Select, Source, at

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
API: dict[str, Any] = {
    "name": "some-list",
    "title": "某榜",
    "kind": "api",
    "url": "https://site.test/hot?page={page}",
    "category": "hot-list",
    "trust": "platform",
    "platform": "some",
    "every": "5m",
    "items": "data[]",
    "fields": {"text": "word"},
}
LISTING = API | {"kind": "listing", "items": "li", "fields": {"title": "a::text"}, "category": "news"}


def source(base: dict[str, Any] = API, **changed: Any) -> Source:
    return Source.model_validate(base | changed)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 9999), st.sampled_from("smhd"))
def test_a_duration_is_a_whole_number_and_its_unit(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert _DURATION.validate_python(f"{number}{unit}") == timedelta(seconds=number * seconds)


@pytest.mark.parametrize("wrong", ["", "30", "m", "1.5h", "-3d", "2 h", "3w", "P1D", 30, None, True, ["3d"]])
def test_anything_else_is_no_duration(wrong: object) -> None:
    with pytest.raises(ValidationError, match="is no duration; write a whole number"):
        _DURATION.validate_python(wrong)


@pytest.mark.parametrize("name", ["Meat", "肉", "a b", "-a", "", "a_b", "a" * 41])
def test_a_name_is_short_lower_case_and_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        Topic(name=name, title="肉制品")


def test_points_of_a_rule_rise_with_the_measure_and_are_kept_in_order() -> None:
    rule = Rule(name="ill", title="患病", measure="ill", steps={30: 30, 1: 10}, because="{value} 人")
    assert list(rule.steps.items()) == [(1, 10), (30, 30)]
    with pytest.raises(ValidationError, match="points must not fall while the measure rises"):
        Rule(name="ill", title="患病", measure="ill", steps={1: 30, 30: 10}, because="{value} 人")
    with pytest.raises(ValidationError, match="at least 1 item"):
        Rule(name="ill", title="患病", measure="ill", steps={}, because="{value} 人")


def test_what_is_declared_stays_as_it_is() -> None:
    topic = Topic(name="meat", title="肉制品")
    with pytest.raises(ValidationError, match="frozen"):
        topic.title = "其他"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"url": "ftp://site.test/"}, "url must begin with http:// or https://"),
        ({"url": ""}, "url must begin with http:// or https://"),
        ({"every": None}, "give either every or cron"),
        ({"cron": "0 8 * * *"}, "give either every or cron"),
        ({"items": ""}, "a api source needs items and fields"),
        ({"fields": {}}, "a api source needs items and fields"),
        ({"fields": {"text": "word", "colour": "c"}}, "unknown fields: colour; a post has text, id"),
        ({"fields": {"text": "word["}}, "is no JMESPath"),
        ({"pages": 3, "url": "https://site.test/hot"}, "more than one page needs {page}"),
        ({"skip": ["("]}, "is no regular expression"),
        ({"inside": "html"}, "only a listing"),
        ({"platform": "微博"}, "should match pattern"),
        ({"category": "gossip"}, "Input should be 'hot-list'"),
        ({"expect": {"text_rate": 1.5}}, "less than or equal to 1"),
        ({"detail": {"fields": {"text": "p["}}}, "is no CSS selector"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_source_that_could_not_be_crawled_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        source(**changed)
    assert why in str(refused.value)


def test_a_listing_is_read_by_css() -> None:
    assert source(LISTING).kind == "listing"
    with pytest.raises(ValidationError, match="is no CSS selector"):
        source(LISTING, items="li[[")


def test_a_source_of_files_needs_no_address() -> None:
    brought = Source.model_validate(
        {"name": "reviews", "title": "点评", "kind": "import", "category": "review", "trust": "person", "platform": "review"}
    )
    assert brought.every is None
    assert brought.enabled


def test_a_bare_word_is_where_a_field_stands() -> None:
    assert at("word") == at(Select(at="word", pattern=r"\d+")) == "word"


_words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)
_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
_durations = st.builds(lambda number, unit: f"{number}{unit}", st.integers(0, 99), st.sampled_from("smhd"))


@settings(deadline=None, max_examples=40)
@given(_names, _words, st.integers(0, 50), st.lists(_words, max_size=4))
def test_a_topic_survives_being_written_down(name: str, title: str, weight: int, words: list[str]) -> None:
    topic = Topic(name=name, title=title, weight=weight, words=tuple(words))
    assert Topic.model_validate(json.loads(json.dumps(plain(topic)))) == topic


@settings(deadline=None, max_examples=40)
@given(_names, _names, st.sampled_from(["wecom", "email"]), st.integers(1, 4), st.lists(_names, max_size=3))
def test_channels_and_departments_survive_being_written_down(name: str, topic: str, kind: str, floor: int, names: list[str]) -> None:
    channel = Channel.model_validate({"name": name, "title": name, "kind": kind, "floor": floor, "topics": [topic]})
    department = Department(name=name, title=topic, topics=(topic,), channels=tuple(names))
    assert Channel.model_validate({**plain(channel), "timeout": "20s"}) == channel
    assert Department.model_validate(plain(department)) == department


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(FIELDS), st.just("a.b"), min_size=1), _durations, st.integers(1, 100), st.booleans())
def test_a_source_holds_what_was_declared(fields: dict[str, str], every: str, pages: int, enabled: bool) -> None:
    found = source(fields=fields, every=every, pages=pages, enabled=enabled)
    assert (found.fields, found.pages, found.enabled) == (fields, pages, enabled)
    assert found.every == _DURATION.validate_python(every)


@pytest.mark.parametrize("host", ["https://desk.example", "desk.example:8000", "desk.example/", "", "a b"])
def test_a_host_is_a_name_alone(host: str) -> None:
    with pytest.raises(ValidationError, match="hosts"):
        Settings.model_validate({"desk": {"hosts": [host]}})
    assert Settings.model_validate({"desk": {"hosts": ["desk.example", "10.0.0.1", "[::1]", "fe80::1"]}})


def test_every_default_of_the_settings_is_itself_allowed() -> None:
    durations: Any = {
        "store": {"keep", "keep_irrelevant"},
        "crawl": {"timeout", "limit"},
        "track": True,
        "second": {"timeout"},
        "deliver": True,
        "handling": True,
        "evidence": {"keep", "keep_uncertain"},
        "people": True,
    }
    given_out = Settings().model_dump(exclude=durations)
    assert Settings.model_validate(given_out) == Settings()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "openai", "model": "m"}, "openai needs url"),
        ({"kind": "openai", "model": "m", "url": "ftp://x"}, "openai needs url"),
        ({"kind": "openai", "url": "http://x/v1"}, "openai needs model"),
        ({"kind": "onnx"}, "onnx needs model"),
        ({"kind": "else"}, "'none', 'openai' or 'onnx'"),
        ({"timeout": "41s"}, "less than or equal to 40 seconds"),
        ({"timeout": "0s"}, "greater than 0 seconds"),
        ({"batch": 0}, "greater than or equal to 1"),
        ({"batch": 65}, "less than or equal to 64"),
        ({"per_hour": 0}, "greater than or equal to 1"),
        ({"tokens": 5}, "Extra inputs"),
    ],
)
def test_a_second_opinion_is_declared_whole(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings.model_validate({"second": wrong})


def test_a_key_that_cannot_be_sent_is_refused_and_not_told() -> None:
    with pytest.raises(ValidationError) as error:
        Settings.model_validate({"second": {"key": "secret\n"}})
    assert "secret" not in error.value.errors()[0]["msg"]
    assert "secret" not in repr(Settings.model_validate({"second": {"key": "secret"}}))


@pytest.mark.parametrize(("shard", "k", "n"), [("1/1", 1, 1), ("2/3", 2, 3), ("16/16", 16, 16)])
def test_a_shard_is_one_part_of_so_many(shard: str, k: int, n: int) -> None:
    assert Settings.model_validate({"shard": shard}).shard == shard
    assert parts(shard) == (k, n)


@pytest.mark.parametrize("shard", ["0/1", "2/1", "1", "1/0", "-1/2", "1/2/3", "a/b", " 1/2", "1/2\n", "01/2", "", "１/２", 1])
def test_any_other_shard_is_refused(shard: object) -> None:
    with pytest.raises(ValidationError, match="shard"):
        Settings.model_validate({"shard": shard})
