"""Tests of crawlers.extract: what is read from pages of the kinds that Chinese sites have."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.extract import Article, extract
from crawlers.post import Engagement

NOW = datetime(2024, 6, 1, 4, 0, tzinfo=UTC)
PAGES = Path(__file__).parent / "pages"
PROSE = "检查组在第二小学食堂发现两批次冷冻鸡腿没有检验合格证明，当场要求停用并封存，供货商已被立案调查。"
LINKS = '<li><a href="1">端午粽子抽检名单公布</a></li><li><a href="2">乡村宴席备案一天办结</a></li>'


def read(name: str) -> Article:
    article = extract((PAGES / f"{name}.html").read_bytes(), now=NOW)
    assert article is not None
    return article


def page(body: str, title: str = "第二小学食堂两批次鸡腿被封存_青禾新闻网") -> Article | None:
    return extract(f"<html><head><title>{title}</title></head><body>{body}</body></html>", now=NOW)


def test_a_notice_in_nested_tables_is_read_with_its_own_table() -> None:
    notice = read("notice")
    assert notice.title == "关于校园食堂春季检查情况的通报"
    assert notice.published_at == datetime(2024, 4, 15, 2, 20, tzinfo=UTC)
    lines = notice.text.split("\n")
    assert lines[0].startswith("4月12日")
    assert "冷冻鸡腿 2 不合格" in lines
    assert lines[-1].endswith("不合格产品均已下架。")
    assert notice.engagement == Engagement(heat=128)


def test_comments_longer_than_the_article_are_not_the_article() -> None:
    article = read("comments")
    assert article.text.count("\n") == 3
    assert "网友" not in article.text
    assert "责任编辑" not in article.text
    assert (article.author, article.engagement) == ("林晓舟", Engagement(comments=5))


@pytest.mark.parametrize("name", ["wechat", "toutiao", "state"])
def test_an_article_that_only_a_script_holds_is_read(name: str) -> None:
    article = read(name)
    assert article.title == "春季检查，这几家食堂要整改"
    assert article.text.count("\n") == 3
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2024-04-15"


def test_a_layout_whose_names_say_share_and_sidebar_hides_no_article() -> None:
    article = read("rumor")
    assert article.title == "网传“井水变红”系谣言"
    assert article.published_at == datetime(2024, 5, 2, 0, 5, tzinfo=UTC)
    assert article.text.split("\n")[-1].startswith("警方提醒")


@pytest.mark.parametrize("name", ["index", "verify"])
def test_a_page_without_an_article_yields_nothing(name: str) -> None:
    assert extract((PAGES / f"{name}.html").read_bytes()) is None


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8", "utf-16"])
def test_the_encoding_is_found_whatever_the_page_says(encoding: str) -> None:
    html = (PAGES / "comments.html").read_text(encoding="utf-8").replace("utf-8", "gb2312")
    if encoding == "big5":
        html = "<title>校園食堂檢查</title><h1>校園食堂檢查</h1>"
        html += "<p>檢查組發現兩批次產品沒有合格證明，當場要求停用並封存，供貨商已被立案調查，產品全部下架。</p>"
    article = extract(html.encode(encoding))
    assert article is not None
    assert "合格" in article.text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("第二小学食堂两批次鸡腿被封存_民生_青禾新闻网", "第二小学食堂两批次鸡腿被封存"),
        ("第二小学食堂两批次鸡腿被封存 - 青禾日报", "第二小学食堂两批次鸡腿被封存"),
        ("第二小学食堂两批次鸡腿被封存|青禾在线", "第二小学食堂两批次鸡腿被封存"),
        ("第二小学食堂两批次鸡腿被封存--民生--青禾网", "第二小学食堂两批次鸡腿被封存"),
        ("追问|COVID-19 期间的食堂", "追问|COVID-19 期间的食堂"),
    ],
)
def test_a_title_loses_the_names_of_sites_and_nothing_else(said: str, title: str) -> None:
    article = page(f"<p>{PROSE}</p><p>{PROSE}</p>", said)
    assert article is not None
    assert article.title == title


def test_the_headline_shown_is_believed_before_metadata_cut_short() -> None:
    article = page(f'<meta property="og:title" content="奖金"><h1>奖金"百万"的食堂</h1><p>{PROSE}</p>', '奖金"百万"的食堂_青禾新闻网')
    assert article is not None
    assert article.title == '奖金"百万"的食堂'


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("2024年04月15日 10:20 来源：青禾晚报", "2024-04-15T02:20"),
        ("2024-04-1510:20来源：青禾晚报", "2024-04-15T02:20"),
        ("发布时间：24-04-1510:20", "2024-04-15T02:20"),
        ("2024 04/15 10:20:31", "2024-04-15T02:20"),
        ("04-15 10:20", "2024-04-15T02:20"),
        ("3小时前", "2024-06-01T01:00"),
    ],
)
def test_the_time_at_the_headline_is_read_in_every_form(shown: str, moment: str) -> None:
    article = page(f"<h1>第二小学食堂两批次鸡腿被封存</h1><div>{shown}</div><p>1998年3月2日建校的{PROSE}</p><p>{PROSE}</p>")
    assert article is not None
    assert article.published_at is not None
    assert article.published_at.isoformat().startswith(moment)


def test_a_date_in_the_address_is_better_than_none() -> None:
    article = extract(f"<h1>食堂检查</h1><p>{PROSE}</p><p>{PROSE}</p>", "https://news.example.cn/2024-04/15/c_1.html", now=NOW)
    assert article is not None
    assert article.published_at == datetime(2024, 4, 14, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "责任编辑：周舟",
        "【编辑：周舟】",
        "编辑 周舟 校对 何田",
        "分享到：",
        "相关阅读",
        "扫描下方二维码关注我们",
        "打开APP查看更多",
        "版权声明：未经授权不得转载",
        "特别声明：以上内容仅代表作者本人",
        "来源：青禾晚报",
        "标签：食堂 鸡腿",
        "上一篇：农贸市场快检",
    ],
)
def test_what_follows_an_article_is_cut(line: str) -> None:
    article = page(f"<h1>食堂检查</h1><div><p>{PROSE}</p><p>县教育局已更换供货商，家长可以预约参观后厨。</p><p>{line}</p></div>")
    assert article is not None
    assert article.text.split("\n") == [PROSE, "县教育局已更换供货商，家长可以预约参观后厨。"]


@pytest.mark.parametrize(
    "line",
    [
        "发布会上，县局通报了检查结果。",
        "关注校园食品，家长有话要说。",
        "消费提示：鸡腿要煮熟再吃。",
        "相关视频显示，鸡腿已经发黑。",
        "举报电话：12315",
    ],
)
def test_a_sentence_that_only_begins_like_a_label_stays(line: str) -> None:
    for order in ([line, PROSE, PROSE], [PROSE, PROSE, line]):
        article = page("<h1>食堂检查</h1><div>" + "".join(f"<p>{text}</p>" for text in order) + "</div>")
        assert article is not None
        assert line in article.text.split("\n")


def test_hidden_text_is_not_read() -> None:
    article = page(f'<h1>食堂检查</h1><p>{PROSE}</p><p>{PROSE}</p><div style="display:none">{"暗链博彩，" * 500}</div>')
    assert article is not None
    assert "博彩" not in article.text


def test_where_two_readings_disagree_a_third_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.extract._AGREE", 2)
    assert read("comments").text.count("\n") == 3


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=40), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=无"]))
def test_nothing_that_is_given_raises(body: bytes, url: str, header: str) -> None:
    frame = "<title>食堂</title><script>content:'".encode() + body + f"'</script><p>{PROSE}</p><div class=a>".encode() + body
    extract(frame, url, header=header)
    extract(body, url, header=header)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "</div>",
                "<p>",
                "<table>",
                "<td>",
                "<a href=x>",
                "<!--",
                "-->",
                "<h1>",
                "<b ",
                "style='display:none'",
                ">",
                PROSE,
                "2024-04-15",
                "责任编辑：甲",
            ]
        )
    )
)
def test_no_mark_up_raises(pieces: list[str]) -> None:
    extract("".join(pieces), "http://www.sina.com.cn/", now=NOW)


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 300_000 + PROSE,
        "<div>" * 5_900 + PROSE,
        "<p " + " ".join(f"a{number}" for number in range(100_000)) + ">" + PROSE,
        "<script>content:" + " " * 1_000_000,
        "<script>content:'" * 100_000,
        '<script type="application/ld+json">' + "[" * 500_000,
        "&amp;" * 400_000,
        ("<h1>" + PROSE[:9]) * 10_000,
        "2020- 1- 1 " * 100_000,
    ],
    ids=["nested", "nested less", "attributes", "blanks", "literals", "json", "entities", "headings", "dates"],
)
@pytest.mark.timeout(60)
def test_a_hostile_page_is_read_in_time(hostile: str) -> None:
    extract(hostile)


def test_a_bulletin_that_is_mostly_a_table_is_read_whole() -> None:
    rows = "".join(f"<tr><td><p>{n}</p></td><td><p>第{n}批糕点</p></td><td><p>菌落总数</p></td><td><p>不合格</p></td></tr>" for n in range(1, 61))
    bulletin = page(
        f"<h1>糕点抽检结果</h1><div>2024-04-15</div><div><p>{PROSE}</p><table>{rows}</table><p>举报电话：12315。</p></div><ul>{LINKS}</ul>"
    )
    assert bulletin is not None
    lines = bulletin.text.split("\n")
    assert len(lines) == 62
    assert lines[60] == "60 第60批糕点 菌落总数 不合格"


def test_a_notice_may_be_one_sentence_where_it_has_a_date() -> None:
    notice = page(f"<h1>停业通知</h1><div>发布日期：2024-04-15</div><p>我局食堂因检修停业三天，特此通知。</p><ul>{LINKS}</ul>")
    assert notice is not None
    assert notice.text == "我局食堂因检修停业三天，特此通知。"
    assert page("<h1>出错了</h1><p>您访问的页面不存在，请返回首页。</p>") is None
