"""Files that people bring: what is sound comes in whole, what is broken is named with its place."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from config.errors import InputError
from crawlers.files import _quoted, read
from crawlers.post import Broken, Post
from crawlers.records import Reading

NOW = datetime(2024, 9, 5, 4, tzinfo=UTC)


def taken(path: Path, *, platform: str = "", source: str = "", **columns: str) -> tuple[list[Post], list[Broken]]:
    found = list(read(str(path), Reading(now=NOW, columns=columns, platform=platform, source=source, author_key=b"k")))
    return [item for item in found if isinstance(item, Post)], [item for item in found if isinstance(item, Broken)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_header_of_post_fields_names_the_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,published_at,likes,unknown\n"食堂的汤里\n\n有虫",2024-09-04,12,x\n')
    posts, broken = taken(path, platform="weibo")
    assert not broken
    assert [(post.text, post.platform, post.engagement.likes) for post in posts] == [("食堂的汤里\n\n有虫", "weibo", 12)]
    assert posts[0].published_at == datetime(2024, 9, 3, 16, tzinfo=UTC)


def test_without_a_header_columns_go_by_number(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", '2024-09-04\t"引号"不是引号\n2024-09-05\t第二条\n')
    posts, broken = taken(path, published_at="1", text="2")
    assert ([post.text for post in posts], broken) == (['"引号"不是引号', "第二条"], [])


def test_columns_go_by_name_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "微博正文,发布时间\n后厨有老鼠,2024-09-04 10:00\n")
    posts, _ = taken(path, text="微博正文", published_at="发布时间")
    assert posts[0].text == "后厨有老鼠"


@pytest.mark.parametrize(
    ("content", "columns", "why"),
    [
        ("a\tb\n", {}, "no column is called text"),
        ("a\tb\n", {"text": "3"}, "there is no column 3"),
        ("a\tb\n", {"text": "正文"}, "no column is called 正文"),
    ],
)
def test_a_file_without_the_columns_is_refused_by_name(tmp_path: Path, content: str, columns: dict[str, str], why: str) -> None:
    path = written(tmp_path, "a.tsv", content)
    with pytest.raises(InputError, match=why) as refusal:
        taken(path, **columns)
    assert str(path) in str(refusal.value)


def test_json_lines_keep_all_that_a_post_has(tmp_path: Path) -> None:
    line = {"id": 7, "text": "汤里有虫", "title": "食堂", "url": "https://a.cn/7", "author": "张三", "engagement": {"reposts": 3, "heat": "1.2万"}}
    posts, _ = taken(written(tmp_path, "a.jsonl", json.encode(line)))
    post = posts[0]
    assert (post.native_id, post.title, post.engagement.reposts, post.engagement.heat) == ("7", "食堂", 3, 12000)
    assert post.author.startswith("p-")
    assert "张三" not in repr(post)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "is no JSON object"),
        (b"[1]", "is no JSON object"),
        (b'{"title": "a"}', "text is missing"),
        (b'{"text": 5}', "text is no text"),
        (b'{"text": "a", "published_at": "someday"}', "published_at 'someday' is no time"),
        (b'{"text": "a", "engagement": {"likes": "many"}}', "likes 'many' is no number"),
        (b'{"text": "a", "engagement": 5}', "engagement is no table"),
        (b'{"text": "\xff"}', "not UTF-8"),
    ],
)
def test_a_broken_line_is_named_and_the_rest_goes_on(tmp_path: Path, line: bytes, why: str) -> None:
    path = written(tmp_path, "a.jsonl", b'{"text": "one"}\n' + line + b'\n\n{"text": "two"}\n')
    posts, broken = taken(path)
    assert [post.text for post in posts] == ["one", "two"]
    assert [item.where for item in broken] == [f"{path}:2"]
    assert why in broken[0].why


def test_a_stray_quote_breaks_only_its_own_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text\none\n"never closed\ntwo\nthree\n')
    posts, broken = taken(path)
    assert [post.text for post in posts] == ["one", "two", "three"]
    assert [(item.where, item.why) for item in broken] == [(f"{path}:3", "a quote is never closed")]


def test_a_short_row_is_broken(tmp_path: Path) -> None:
    posts, broken = taken(written(tmp_path, "a.tsv", "published_at\ttext\n2024-01-01\n2024-01-01\ta\n"))
    assert len(posts) == 1
    assert broken[0].why == "has 1 columns, needs 2"


def test_gzip_is_known_by_its_bytes_and_a_cut_one_gives_what_it_has(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f'{{"text": "{number} 号帖文"}}\n' for number in range(5000)).encode())
    assert len(taken(written(tmp_path, "a.jsonl", whole))[0]) == 5000
    posts, broken = taken(written(tmp_path, "b.jsonl.gz", whole[: len(whole) // 2]))
    assert 0 < len(posts) < 5000
    assert "cannot be read further" in broken[-1].why


def test_what_cannot_be_read_at_all_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        taken(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is no gzip file"):
        taken(written(tmp_path, "a.csv.gz", "text\n"))


def test_an_empty_file_has_no_posts(tmp_path: Path) -> None:
    assert taken(written(tmp_path, "a.csv", "")) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_chinese_excel_writes_is_read(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "a.csv", "text,platform\r\n幼儿园午餐变质,论坛\r\n".encode(encoding))
    posts, broken = taken(path)
    assert ([(post.text, post.platform) for post in posts], broken) == ([("幼儿园午餐变质", "论坛")], [])


def test_a_post_without_a_time_was_collected_now(tmp_path: Path) -> None:
    posts, _ = taken(written(tmp_path, "a.tsv", "text\na\n"))
    assert (posts[0].published_at, posts[0].at) == (None, NOW)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t\0"), min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=8)
)
def test_every_line_is_a_post_or_broken(tmp_path: Path, lines: list[str]) -> None:
    path = written(tmp_path, "a.csv", "text\n" + "\n".join(lines) + "\n")
    posts, broken = taken(path)
    assert 0 < len(posts) + len(broken) <= len(lines)
    posts, broken = taken(written(tmp_path, "a.tsv", "text\n" + "\n".join(lines) + "\n"))
    assert ([post.text for post in posts], broken) == (lines, [])


def test_stray_quotes_far_apart_lose_no_line_between_them(tmp_path: Path) -> None:
    sound = "".join(f"{number},第{number}行\n" for number in range(2, 7))
    path = written(tmp_path, "a.csv", f'id,text\n1,他说"毒奶粉\n{sound}7,高25" 屏幕\n8,末行\n')
    posts, broken = taken(path)
    assert ([post.native_id for post in posts], broken) == ([str(number) for number in range(1, 9)], [])
    path = written(tmp_path, "b.csv", f'id,text\n1,"他说"毒"奶粉\n{sound}7,"他"说\n8,末行\n')
    posts, broken = taken(path)
    assert [post.native_id for post in posts] == ["2", "3", "4", "5", "6", "8"]
    assert [item.where for item in broken] == [f"{path}:2", f"{path}:8"]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.text('",a 中', max_size=9), min_size=1, max_size=9))
def test_no_line_is_lost_whatever_its_quotes(lines: list[str]) -> None:
    marked = [(number, f"{line}行{number}尾") for number, line in enumerate(lines, 1)]
    found = "".join(map(repr, _quoted(marked, "a.csv")))
    assert [number for number, _ in marked if found.count(f"行{number}尾") != 1] == []


def test_a_long_cell_is_a_cell(tmp_path: Path) -> None:
    posts, _ = taken(written(tmp_path, "a.csv", f'text\n"{"长" * 160_000}"\n'))
    assert len(posts[0].text) == 160_000


def test_no_author_passes_unhashed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", json.encode({"text": "a", "author": "p-张三"}))
    assert "张三" not in repr(taken(path))
    assert [post.author for post in read(str(path), Reading(now=NOW)) if isinstance(post, Post)] == [""]


def test_a_named_source_goes_before_the_record_s_own(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", json.encode({"text": "a", "source": "微博"}))
    assert taken(path, source="weibo-hot")[0][0].source == "weibo-hot"
    assert taken(path)[0][0].source == "微博"


def test_numbers_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column is called ²"):
        taken(written(tmp_path, "a.tsv", "a\tb\n"), text="²")
    with pytest.raises(InputError, match="JSON has names"):
        taken(written(tmp_path, "a.jsonl", '{"text": "a"}'), text="2")
