"""A post found twice is one post, whoever tells of it and however its address is written."""

from datetime import UTC, datetime
from urllib.parse import urlencode

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


_WORDS = st.text("abcxyz019", min_size=1, max_size=6)


@given(
    st.lists(_WORDS, max_size=3),
    st.dictionaries(st.sampled_from(["id", "p", "aid"]), _WORDS),
    st.data(),
)
def test_complaint_7_an_address_is_one_however_it_is_written(path: list[str], query: dict[str, str], data: st.DataObject) -> None:
    def written(scheme: str, host: str, end: str, more: list[tuple[str, str]], fragment: str) -> str:
        """The address of one page, as somebody shares it."""
        pairs = data.draw(st.permutations([*query.items(), *more]))
        return f"{scheme}://{host}/{'/'.join(path)}{end}" + (f"?{urlencode(pairs)}" if pairs else "") + fragment

    plain = written("http", "news.example.cn", "", [], "")
    twin = written(
        *data.draw(
            st.sampled_from([("http", ":80"), ("https", ":443"), ("http", ""), ("https", "")]).flatmap(
                lambda way: st.sampled_from(["", "www.", "m.", "WWW."]).map(lambda front: (way[0], f"{front}news.example.cn{way[1]}"))
            )
        ),
        data.draw(st.sampled_from(["", "/"])),
        data.draw(st.lists(st.tuples(st.sampled_from(["utm_source", "utm_medium", "spm", "from", "share_token"]), _WORDS), max_size=2)),
        data.draw(st.sampled_from(["", "#top", "#comments"])),
    )
    assert canonical(twin) == canonical(plain)
    first, second = (identified(Post("", "正文", url=url, platform="news", source=source)) for url, source in ((plain, "a"), (twin, "b")))
    assert first.id == second.id
    assert canonical(f"{plain.partition('?')[0]}/other") != canonical(plain)


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
