"""A post found twice is one post, whoever tells of it and however its address is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from crawlers.post import Post, canonical, identified, pseudonym

AT = datetime(2024, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "twin",
    [
        "https://www.a.cn/n/1?id=2&b=1",
        "http://a.cn/n/1?b=1&id=2&utm_source=x",
        "https://m.a.cn/n/1/?b=1&id=2#top",
        "https://a.cn:443/n/1?b=1&id=2&spm=1.2",
    ],
)
def test_twins_of_an_address_are_one(twin: str) -> None:
    assert canonical(twin) == canonical("http://a.cn/n/1?b=1&id=2")


def test_other_pages_stay_apart() -> None:
    assert (
        len({canonical(url) for url in ("http://a.cn/n/1", "http://a.cn/n/2", "http://a.cn/n/1?id=2", "http://b.cn/n/1", "http://a.cn:81/n/1")}) == 5
    )


@given(st.text())
def test_any_text_has_a_canonical_form_that_stays(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_the_native_id_decides_before_the_address_and_the_author_never() -> None:
    post = identified(Post("", "a", native_id="7", url="http://a.cn/1", platform="weibo", author="p-1"))
    assert identified(structs.replace(post, url="http://a.cn/2", author="p-2", text="b")).id == post.id
    assert identified(structs.replace(post, platform="zhihu")).id != post.id


def test_without_either_source_time_and_text_decide() -> None:
    post = identified(Post("", "a", platform="weibo", source="x", published_at=AT))
    assert identified(structs.replace(post, author="p-9", collected_at=AT)).id == post.id
    others = [{"text": "b"}, {"source": "y"}, {"published_at": None}, {"platform": "z"}]
    assert len({identified(structs.replace(post, **change)).id for change in others} | {post.id}) == 5


def test_the_decision_time_is_when_it_was_collected_else_published() -> None:
    later = datetime(2024, 9, 6, tzinfo=UTC)
    assert Post("", "a", published_at=AT, collected_at=later).at == later
    assert Post("", "a", published_at=AT).at == AT
    with pytest.raises(ValueError, match="has no time"):
        Post("x", "a").at  # noqa: B018


def test_a_pseudonym_is_the_same_for_the_same_author_and_key_only() -> None:
    assert pseudonym("张三", b"k") == pseudonym("张三", b"k") != pseudonym("张三", b"j") != pseudonym("李四", b"k")
    assert pseudonym("", b"k") == ""
