"""What a declared source may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.source import Source

FEED: dict[str, Any] = {
    "name": "example",
    "title": "示例",
    "kind": "feed",
    "url": "https://example.org/",
    "every": "10m",
    "category": "news",
    "trust": "media",
    "platform": "news",
}
LISTING = FEED | {"kind": "listing", "items": "ul > li", "fields": {"title": "a", "url": "a::attr(href)"}}
API = FEED | {"kind": "api", "items": "data.list[]", "fields": {"title": "word", "heat": {"at": "num"}}}


@pytest.mark.parametrize(
    "declared",
    [
        FEED,
        LISTING,
        API,
        LISTING | {"inside": "data.html"},
        API | {"detail": {"fields": {"text": "p::text"}}},
        FEED | {"detail": {}, "attachments": {}, "ocr": True},
    ],
)
def test_a_source_that_holds_is_read(declared: dict[str, Any]) -> None:
    assert Source.model_validate(declared).kind == declared["kind"]


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (FEED | {"url": ""}, "url must begin"),
        (LISTING | {"more": "/list_{page}.html"}, "url must begin"),
        (FEED | {"cron": "0 8 * * *"}, "either every or cron"),
        (LISTING | {"items": ""}, "needs items and fields"),
        (LISTING | {"items": "li["}, "items: 'li\\[' is no CSS selector"),
        (LISTING | {"fields": {"title": "a::attr("}}, "fields.title"),
        (LISTING | {"fields": {"headline": "a"}}, "unknown fields: headline"),
        (LISTING | {"inside": "data["}, "inside: .* is no JMESPath"),
        (API | {"inside": "data.html"}, "only a listing"),
        (API | {"items": "data["}, "items: .* is no JMESPath"),
        (API | {"refused": "code != "}, "refused: .* is no JMESPath"),
        (API | {"detail": {"fields": {"text": "p >"}}}, "detail.fields.text: .* is no CSS"),
        (API | {"fields": {"title": {"at": "word", "pattern": "("}}}, "is no regular expression"),
        (FEED | {"skip": ["("]}, "is no regular expression"),
        (FEED | {"encoding": "klingon"}, "Input should be"),
        (FEED | {"pages": 3}, "needs {page}"),
        (FEED | {"interval": "10m"}, "Extra inputs"),
        (FEED | {"attachments": {}}, "they need detail"),
        (FEED | {"ocr": True}, "they need detail"),
        (FEED | {"detail": {}, "attachments": {"max_bytes": "5 MB"}}, "'5 MB' is no size"),
        (FEED | {"detail": {}, "attachments": {"max_bytes": "9 MiB"}}, "less than or equal to 8388608"),
        (FEED | {"detail": {}, "attachments": {"formats": ["rar"]}}, "Input should be 'xls'"),
    ],
)
def test_one_that_does_not_says_why(declared: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Source.model_validate(declared)
