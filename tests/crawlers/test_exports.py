"""Files of the common collectors and of the hotlines, in the shapes that they write: invented content, their own columns."""

import csv
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.errors import ConfigError, InputError
from config.export import exports
from config.load import load
from crawlers.files import read
from crawlers.post import Broken, Post, pseudonym
from crawlers.records import Reading

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)
KNOWN = exports()
SOURCES = load(environ={}).sources
PLATFORMS = {name: source.platform for name, source in SOURCES.items()}
AT = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
SECRET = "不许读"


def taken(path: Path, told: list[str] | None = None, **named: Any) -> tuple[list[Post], list[Broken]]:
    heard = [] if told is None else told
    reading = Reading(now=NOW, author_key=b"k", exports=KNOWN, platforms=PLATFORMS, told=heard.append, **named)
    found = list(read(str(path), reading))
    return [one for one in found if isinstance(one, Post)], [one for one in found if isinstance(one, Broken)]


def table(path: Path, columns: Sequence[str], *rows: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval=SECRET)
        writer.writeheader()
        writer.writerows(rows)
    return path


WEIBO_SEARCH = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
]
XHS_NEW = [
    "note_id",
    "type",
    "title",
    "desc",
    "video_url",
    "time",
    "last_update_time",
    "creator_hash",
    "nickname",
    "liked_count",
    "collected_count",
    "comment_count",
    "share_count",
    "image_list",
    "tag_list",
    "last_modify_ts",
    "note_url",
    "source_keyword",
    "xsec_token",
]
XHS_OLD = [column for column in XHS_NEW if column != "creator_hash"] + ["user_id", "avatar", "ip_location"]


def test_weibo_search_is_recognised_and_of_people_only_the_hash_is_kept(tmp_path: Path) -> None:
    row = {"id": "5001", "bid": "Qa1", "user_id": "77", "微博正文": "某小学食堂饭菜有虫", "转发数": "12", "评论数": "1.2万", "点赞数": "0"}
    path = table(tmp_path / "食品.csv", WEIBO_SEARCH, {**row, "发布时间": "2026-11-26 10:30"})
    told: list[str] = []
    (post,), broken = taken(path, told)
    assert (post.text, post.native_id, post.platform, post.source) == ("某小学食堂饭菜有虫", "5001", "weibo", "weibo-posts")
    assert (post.url, post.published_at, post.author) == ("https://m.weibo.cn/status/Qa1", AT, pseudonym("77", b"k"))
    assert (post.engagement.reposts, post.engagement.comments, post.engagement.likes) == (12, 12000, 0)
    assert (SECRET in repr(post), broken, told) == (False, [], [f"{path}: read as weibo-search (weibo-search，CSV)"])


def test_an_older_weibo_search_has_fewer_columns_and_a_repeated_header_is_no_post(tmp_path: Path) -> None:
    row = {"bid": "Qa1", "微博正文": "后厨有鼠", "发布时间": "2026-11-26 10:30"}
    assert len(taken(table(tmp_path / "a.csv", WEIBO_SEARCH[:17], row))[0]) == 1
    path = tmp_path / "b.csv"
    path.write_text(
        "微博id,微博正文,发布时间,点赞数\nQa1,后厨有鼠,2026-11-26 10:30,3\n微博id,微博正文,发布时间,点赞数\nQa2,汤里有虫,2026-11-26 10:30,4\n",
        "utf-8-sig",
    )
    posts, broken = taken(path)
    assert ([post.native_id for post in posts], broken) == (["Qa1", "Qa2"], [])


@pytest.mark.parametrize("columns", [XHS_NEW, XHS_OLD])
@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_mediacrawler_before_and_after_2026_07(tmp_path: Path, columns: list[str], kind: str) -> None:
    values = {
        "note_id": "abc",
        "title": "外卖",
        "desc": "外卖里有头发",
        "time": "1795660200000",
        "liked_count": "1.2万",
        "comment_count": "",
        "share_count": "3",
    }
    row = {column: values.get(column, "h" if column in ("creator_hash", "user_id") else SECRET) for column in columns}
    path = tmp_path / f"search_contents_2026-11-26.{kind}"
    if kind == "csv":
        table(path, columns, row)
    else:
        path.write_text(json.dumps([row, row], ensure_ascii=False, indent=4) if kind == "json" else json.dumps(row) + "\n", "utf-8")
    posts, broken = taken(path)
    post = posts[0]
    assert (post.text, post.title, post.platform, post.source) == ("外卖里有头发", "外卖", "xiaohongshu", "social-export")
    assert (post.published_at, post.engagement.likes, post.engagement.comments, broken) == (AT, 12000, None, [])
    assert (post.author, SECRET in repr(posts)) == (pseudonym("h", b"k"), False)


def test_comments_and_other_platforms_of_mediacrawler(tmp_path: Path) -> None:
    for keys, name in (
        ("comment_id create_time create_date_time note_id content sub_comment_count comment_like_count creator_hash", "mediacrawler-weibo-comments"),
        ("comment_id create_time video_id content creator_hash sub_comment_count like_count parent_comment_id", "mediacrawler-bilibili-comments"),
        ("comment_id create_time video_id content creator_hash sub_comment_count", "mediacrawler-kuaishou-comments"),
        ("comment_id create_time aweme_id content creator_hash like_count pictures", "mediacrawler-douyin-comments"),
        ("comment_id create_time note_id content creator_hash like_count pictures", "mediacrawler-xhs-comments"),
        ("comment_id content creator_hash publish_time note_id tieba_name", "mediacrawler-tieba-comments"),
        ("comment_id content creator_hash publish_time content_id like_count dislike_count", "mediacrawler-zhihu-comments"),
        ("note_id content create_time liked_count comments_count shared_count note_url", "mediacrawler-weibo"),
        ("aweme_id title desc create_time liked_count share_count aweme_url", "mediacrawler-douyin"),
        ("video_id title desc create_time liked_count viewd_count", "mediacrawler-kuaishou"),
        ("video_id title desc create_time liked_count video_danmaku video_comment", "mediacrawler-bilibili"),
        ("note_id title desc publish_time tieba_name total_replay_num", "mediacrawler-tieba"),
        ("content_id content_text title created_time voteup_count", "mediacrawler-zhihu"),
    ):
        row = {key: "1795660200" if "time" in key else "有虫" if key in ("content", "desc", "content_text") else "7" for key in keys.split()}
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
        told: list[str] = []
        (post,), _ = taken(path, told)
        assert (told[0].split("read as ")[1].split()[0], post.text, post.published_at) == (name, "有虫", AT)


def test_answers_of_newsnow_and_dailyhot_are_ranked_lists(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    items = [
        {"id": "x", "title": "某奶茶检出异物", "url": "https://a.cn/1", "extra": {"info": "1"}},
        {"id": "y", "title": "第二", "url": "https://a.cn/2"},
    ]
    answer = {"status": "success", "id": "weibo", "updatedTime": 1795660200000, "items": items}
    path.write_text(json.dumps(answer, ensure_ascii=False, indent=1), "utf-8")
    posts, _ = taken(path)
    assert [(post.text, post.engagement.rank, post.source, post.platform, post.collected_at) for post in posts] == [
        ("某奶茶检出异物", 1, "weibo-hot", "weibo", AT),
        ("第二", 2, "weibo-hot", "weibo", AT),
    ]
    hot = {"title": "热", "desc": "", "hot": 123, "timestamp": 1795660200, "url": "https://a.cn/3", "author": "甲"}
    path.write_text(json.dumps({"code": 200, "name": "36kr", "updateTime": "2026-11-26T02:30:00.000Z", "data": [hot]}), "utf-8")
    ((post,), _) = taken(path)
    assert (post.text, post.engagement.heat, post.engagement.rank, post.source, post.platform) == ("热", 123, 1, "hot-export", "36kr")
    assert post.author == ""


def test_a_json_feed_is_read_as_text(tmp_path: Path) -> None:
    item = {
        "id": "https://a.cn/1",
        "url": "https://a.cn/1",
        "title": "通告",
        "content_html": "<p>三批次<b>不合格</b></p>",
        "date_published": "2026-11-26T02:30:00Z",
    }
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "示例", "items": [item]}), "utf-8")
    ((post,), _) = taken(path, source="foodmate-feed")
    assert (post.text, post.title, post.published_at, post.source) == ("三批次不合格", "通告", AT, "foodmate-feed")
    path.write_text(
        json.dumps({"user": {"id": "1"}, "weibo": [{"id": "Qa", "content": "有虫", "publish_time": "2026-11-26 10:30", "up_num": 3}]}), "utf-8"
    )
    ((post,), _) = taken(path)
    assert (post.text, post.engagement.likes, post.source) == ("有虫", 3, "weibo-posts")


def test_databases_of_trendradar_and_weibo_search(tmp_path: Path) -> None:
    path = tmp_path / "2026-11-26.db"
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE TABLE news_items (id, title, platform_id, rank, url, mobile_url, crawl_date, first_crawl_time, last_crawl_time, created_at)"
        )
        base.execute("INSERT INTO news_items VALUES (1, '食堂有虫', 'zhihu', 4, 'https://a.cn/1', '', '2026-11-26', '10:30', '11:00', '')")
        base.execute("CREATE TABLE weibo (id, bid, user_id, screen_name, text, created_at, attitudes_count, comments_count, reposts_count, ip)")
        base.execute("INSERT INTO weibo VALUES ('5', 'Qa', '77', '张三', '有虫', '2026-11-26 10:30', 1, 2, 3, '吉林')")
        base.execute("CREATE TABLE platforms (id, name)")
    base.close()
    told: list[str] = []
    (hot, post), broken = taken(path, told)
    assert (hot.text, hot.collected_at, hot.engagement.rank, hot.source, hot.platform) == ("食堂有虫", AT, 4, "zhihu-hot", "zhihu")
    assert (post.text, post.author, post.engagement.reposts, broken, len(told)) == ("有虫", pseudonym("77", b"k"), 3, [], 2)


def test_complaints_are_read_without_who_complained(tmp_path: Path) -> None:
    columns = ["登记编号", "登记时间", "提供方姓名", "联系电话", "涉及主体名称", "投诉内容"]
    row = {"登记编号": "A1", "登记时间": "2026-11-26 10:30", "涉及主体名称": "某餐饮店", "投诉内容": "吃出异物"}
    path = table(tmp_path / "12315.csv", columns, row, {**row, "登记时间": "某日"})
    (post,), (broken,) = taken(path)
    assert (post.text, post.title, post.source, post.platform, post.author) == ("吃出异物", "某餐饮店", "complaints-12315", "complaint", "")
    assert SECRET not in repr((post, broken))
    with path.open("a", encoding="utf-8") as file:
        file.write("A2,2026-11-26,张三,13800000000\n")
    assert "138" not in repr(taken(path)[1])
    row = {"工单编号": "B1", "受理时间": "2026-11-26 10:30", "诉求内容": "学校门口卖过期食品", "诉求标题": "过期食品"}
    ((post,), _) = taken(table(tmp_path / "12345.csv", [*row, "来电人", "来电号码"], row))
    assert (post.native_id, post.title, post.source) == ("B1", "过期食品", "complaints-12345")


def test_files_of_post_fields_and_named_columns_are_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,微博正文,发布时间,bid\n正文,别的,2026,x\n", "utf-8")
    told: list[str] = []
    assert taken(path, told)[0][0].text == "正文"
    path.write_text("微博正文,发布时间,bid\n正文,2026-11-26 10:30,x\n", "utf-8")
    ((post,), _) = taken(path, told, columns={"text": "bid"}, export="weibo-search")
    assert (post.text, post.published_at, told) == ("x", None, [])
    with pytest.raises(InputError, match="is no dailyhot"):
        taken(path, export="dailyhot")
    assert taken(path, export="weibo-search", source="reviews", platform="review")[0][0].source == "reviews"


def test_a_map_that_reads_what_is_private_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "exports.yaml").write_text(
        "x: {title: x, has: [a], fields: {text: a, author: 联系电话}}\ny: {title: y, has: [a], fields: {id: ip_location}}"
    )
    with pytest.raises(ConfigError) as refused:
        exports(tmp_path)
    assert [fault.key.split(".")[0] for fault in refused.value.faults].count("x") >= 1
    assert "never read" in str(refused.value)


def test_the_sources_that_maps_name_are_shipped() -> None:
    for export in KNOWN.values():
        assert {export.source, *export.sources.values()} - {""} <= set(SOURCES)
