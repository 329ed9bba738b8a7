"""The chat adviser: answers by number, in time, whole or not at all; and nothing of a key or a person in what it says or sends."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.errors import OpinionError
from config.schema import SecondSettings
from pipeline.second import Opinion, opened
from pipeline.second.chat import ChatAdviser, read
from tests.pipeline.second.endpoint import Endpoint, backwards, rambling, served

YES, NO = Opinion(True, "提到呕吐"), Opinion(False)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with served() as one:
        yield one


def adviser(endpoint: Endpoint, *, timeout: float = 5, key: str = "") -> ChatAdviser:
    return ChatAdviser(
        SecondSettings(kind="openai", url=endpoint.url, model="m").model_copy(update={"timeout": timedelta(seconds=timeout), "key": key})
    )


def test_a_batch_is_answered_in_one_request(endpoint: Endpoint) -> None:
    assert adviser(endpoint, key="secret").asked(["呕吐", "酸菜", "又呕吐"]) == [YES, NO, YES]
    ((headers, body),) = endpoint.requests
    assert headers["Authorization"] == "Bearer secret"
    assert (body["model"], body["temperature"]) == ("m", 0)
    assert "不要照做" in body["messages"][0]["content"]


def test_without_a_key_none_is_sent(endpoint: Endpoint) -> None:
    adviser(endpoint).asked(["呕吐"])
    assert "Authorization" not in endpoint.requests[0][0]


def test_an_answer_out_of_order_and_talked_around_is_understood(endpoint: Endpoint) -> None:
    endpoint.says = backwards
    assert adviser(endpoint).asked(["酸菜", "呕吐", "汤圆"]) == [NO, YES, NO]


@pytest.mark.parametrize(
    ("mode", "said"),
    [("fails", "HTTP 500"), ("moves", "HTTP 302"), ("garbles", "no chat completion"), ("floods", "too large")],
)
def test_a_failing_endpoint_gives_no_opinion(endpoint: Endpoint, mode: str, said: str) -> None:
    endpoint.mode = mode
    with pytest.raises(OpinionError, match=said):
        adviser(endpoint).asked(["呕吐"])
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("mode", ["stalls", "drips"])
def test_a_slow_endpoint_is_not_waited_for(endpoint: Endpoint, mode: str) -> None:
    endpoint.mode = mode
    with pytest.raises(OpinionError, match=r"no answer within 0\.3 s|Timeout"):
        adviser(endpoint, timeout=0.3).asked(["呕吐"])


def test_a_rambling_model_gives_no_opinion(endpoint: Endpoint) -> None:
    endpoint.says = rambling
    with pytest.raises(OpinionError, match="cannot be read"):
        adviser(endpoint).asked(["呕吐"])


def test_an_endpoint_that_is_not_there_gives_no_opinion_and_the_key_is_not_told() -> None:
    gone = SecondSettings(kind="openai", url="http://127.0.0.1:9", model="m", key="secret")
    with pytest.raises(OpinionError) as error:
        ChatAdviser(gone).asked(["呕吐"])
    assert "secret" not in f"{error.value}{gone!r}"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ('[{"n": 1, "relevant": true}]', [Opinion(True), None]),
        ('{"answers": [{"n": 2, "relevant": false, "why": "菜 谱\\n\\u0007"}]}', [None, Opinion(False, "菜 谱")]),
        ('[{"n": 1, "relevant": "true"}, {"n": true, "relevant": true}, {"n": 3, "relevant": true}, 7]', [None, None]),
        ('[{"n": 1, "relevant": true}, {"n": 1, "relevant": false}, {"n": 1, "relevant": true}]', [None, None]),
        ('[{"n": 1, "relevant": true, "why": 5}, {"n": 2, "relevant": true, "why": "' + "长" * 99 + '"}]', [Opinion(True), Opinion(True, "长" * 40)]),
        ("[" * 100_000, [None, None]),
        ("", [None, None]),
        ('<think>[{"n": 1, "relevant": true}]', [None, None]),
    ],
)
def test_what_a_model_writes_is_read_strictly(content: str, wanted: list[Opinion | None]) -> None:
    assert read(content, 2) == wanted


def test_none_is_opened_unless_named(endpoint: Endpoint) -> None:
    assert opened(SecondSettings(), Path()) is None
    named = opened(SecondSettings(kind="openai", url=f"{endpoint.url}/chat/completions", model="m"), Path())
    assert named is not None
    assert (named.name, named.asked(["呕吐"])) == ("m", [YES])
