"""What articles link is crawled with them by the real spiders: attachments, pictures, and pages on which nothing is found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from parsel import Selector

from config.load import load
from config.source import Attachments
from crawlers.articles import article_of
from crawlers.attachments import linked, pictured
from crawlers.post import Broken, Post
from crawlers.report import CrawlReport
from crawlers.run import crawl
from crawlers.samples import Sample
from tests.crawlers.made import FIRST, HEAD, SECOND, docx, pdf, xlsx
from tests.crawlers.site import Home, Reply, home_in
from tests.crawlers.test_pictures import ENGINE, png
from tests.crawlers.test_run import ENVIRON, LISTING, listing

FILES = Path(__file__).parent / "attachments"
SAMPLING = {**LISTING, "detail": {"fields": {"text": ".body"}}, "trust": "official", "category": "regulator"}
ENCRYPTED = (FILES / "encrypted.xlsx").read_bytes()
TABLE = "<table><tr><td>食品名称<td>经营者<td>不合格项目</tr><tr><td>粉条<td>某店<td>铝</tr></table>"


def notice(*links: str, text: str = "现将不合格情况通告如下。", more: str = "") -> Reply:
    rows = "".join(f'<p><a href="{link}">附件{number}</a></p>' for number, link in enumerate(links, 1))
    return Reply(f"<html><body><h1>通告</h1><div class='body'><p>{text}</p>{more}</div>{rows}</body></html>")


def declare(home: Home) -> None:
    home.source(
        "notices",
        "listing",
        {
            "/list": Reply(listing("第一期", "第二期", "第三期", "第四期")),
            "/a/1.html": notice("./P1.xlsx", "/files/2.PDF", "/down?file=说明.docx", "/a/photo.jpg"),
            "/a/P1.xlsx": Reply(xlsx([HEAD, FIRST]), "application/octet-stream"),
            "/files/2.PDF": Reply(pdf([HEAD, SECOND]), "application/pdf"),
            "/down?file=%E8%AF%B4%E6%98%8E.docx": Reply(docx([("项目", "说明"), ("铅", "重金属")])),
            "/a/2.html": notice("/locked.xlsx", "/large.xls", "/gone.xls", "http://169.254.169.254/secret.xls", "/P1.xlsx", "/sixth.xls"),
            "/locked.xlsx": Reply(ENCRYPTED),
            "/large.xls": Reply(b"x" * 70_000),
            "/P1.xlsx": Reply(xlsx([HEAD, FIRST])),
            "/a/3.html": Reply(xlsx([HEAD, SECOND]), "application/vnd.ms-excel"),
            "/a/4.html": notice(more=TABLE),
        },
        **SAMPLING,
        attachments={"max_bytes": "64 KiB"},
    )
    home.source(
        "locked", "listing", {"/list": Reply(listing("一")), "/a/1.html": notice("/l.xlsx"), "/l.xlsx": Reply(ENCRYPTED)}, **SAMPLING, attachments={}
    )
    home.source(
        "busy", "listing", {"/list": Reply(listing("一"), headers={"ETag": '"1"'}), "/a/1.html": notice("/b.xlsx")}, **SAMPLING, attachments={}
    ).pages["/b.xlsx"] = Reply("busy", status=503)
    home.source(
        "forbidden",
        "listing",
        {"/robots.txt": Reply("User-agent: *\nDisallow: /b", "text/plain"), "/list": Reply(listing("一")), "/a/1.html": notice("/b.xlsx")},
        **SAMPLING,
        attachments={},
    )
    empty = {"/list": Reply(listing("标题一", "标题二", "标题三")), **{f"/a/{n}.html": Reply(f"<p>张三 <b>{n}</b></p>") for n in (1, 2, 3)}}
    home.source("empty", "listing", empty, **LISTING, detail={}, expect={"text_rate": 0})
    home.source("forum", "listing", empty, **LISTING, detail={}, expect={"text_rate": 0}, trust="person")
    pages = {"/list": Reply(listing("快看")), "/a/1.html": notice(text="转", more="<img src=/logo.png><img src=/a/long.png width=720>")}
    home.source("rumor", "listing", pages, **SAMPLING, ocr=True)
    home.source("blind", "listing", pages, **SAMPLING)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, CrawlReport], list[Post]]]:
    from tests.crawlers.engine.rapidocr import drawn

    with home_in(tmp_path_factory.mktemp("home"), timeout="20s", limit="90s") as home:
        declare(home)
        home.sites["rumor"].pages["/a/long.png"] = Reply(png(drawn(["致癌", "请转发"] * 10)), "image/png")
        environ = {**ENVIRON, "PYTHONPATH": f"{ENGINE}:{ENVIRON['PYTHONPATH']}"}
        found = crawl(list(home.sites), home.folder, spool=home.spool, environ=environ)
        yield home, {report.source: report for report in found}, home.taken()


Crawled = tuple[Home, dict[str, CrawlReport], list[Post]]


def posts(crawled: Crawled, source: str) -> dict[str, Post]:
    return {post.title: post for post in crawled[2] if post.source == source}


def test_attachments_become_results_and_words_of_the_post(crawled: Crawled) -> None:
    first = posts(crawled, "notices")["第一期"]
    assert [(sample.food, sample.place) for sample in first.samples] == [("麻辣花生", "示例乙超市"), ("韭菜", "示例丙菜店")]
    assert first.text.startswith("现将不合格情况通告如下。\n抽检不合格样品2批次：\n示例乙超市（吉林省长春市朝阳区某路1号）销售的")
    assert "毒死蜱不合格，检验结果0.31 mg/kg，标准值≤0.02 mg/kg" in first.text


def test_a_file_in_the_articles_place_and_a_table_on_its_page_are_read_too(crawled: Crawled) -> None:
    found = posts(crawled, "notices")
    assert [sample.food for sample in found["第三期"].samples] == ["韭菜"]
    assert found["第三期"].text.startswith("第三期\n抽检不合格样品1批次：")
    assert found["第四期"].samples == (Sample(food="粉条", place="某店", failed=found["第四期"].samples[0].failed),)


def test_what_cannot_be_read_is_named_and_the_article_kept(crawled: Crawled) -> None:
    home, reported, _ = crawled
    second = posts(crawled, "notices")["第二期"]
    assert [sample.food for sample in second.samples] == ["麻辣花生"]
    why = {url.rpartition("/")[2]: said for url, said in reported["notices"].errors}
    assert why["locked.xlsx"] == "the attachment is encrypted"
    assert why["large.xls"] == "the answer is larger than is taken"
    assert why["gone.xls"] == "HTTP 404"
    assert "169.254.169.254 is a private address" in why["secret.xls"]
    assert "/sixth.xls" not in home.sites["notices"].paths, "no more than attachments.max"
    assert (reported["notices"].health, reported["notices"].attached) == ("ok", (5, 9))
    assert (reported["locked"].health, reported["locked"].why) == ("unread", "1 of 1 attachments could not be read")
    assert posts(crawled, "locked")["一"].text == "现将不合格情况通告如下。"
    assert reported["forbidden"].errors == [(f"http://{home.sites['forbidden'].where}/b.xlsx", "robots.txt does not allow it")]
    assert "/b.xlsx" not in home.sites["forbidden"].paths


def test_what_was_away_is_asked_again_with_its_article(crawled: Crawled) -> None:
    home, reported, _ = crawled
    assert posts(crawled, "busy")["一"].samples == ()
    assert reported["busy"].errors == [(f"http://{home.sites['busy'].where}/b.xlsx", "HTTP 503")]
    home.sites["busy"].pages["/b.xlsx"] = Reply(xlsx([HEAD, FIRST]))
    (again,) = crawl(["busy"], home.folder, spool=home.spool, environ=ENVIRON)
    (post,) = home.taken()
    assert (again.health, again.not_modified, len(post.samples)) == ("ok", 0, 1)
    assert post.id == posts(crawled, "busy")["一"].id


def test_a_page_that_yields_nothing_waits_in_quarantine_as_it_came(crawled: Crawled) -> None:
    home = crawled[0]
    found = [broken for broken in home.broken if "source empty" in broken.why]
    where = home.sites["empty"].where
    assert found[0] == Broken(f"http://{where}/a/1.html", "no article was found on the page (source empty)", "<p>张三 <b>1</b></p>")
    assert [bool(broken.raw) for broken in found] == [True, True, False], "the first two as they came, of the others the address"
    assert [post.text for post in posts(crawled, "empty").values()] == ["标题一", "标题二", "标题三"]
    persons = [broken for broken in home.broken if "source forum" in broken.why]
    assert len(persons) == 3
    assert not any(broken.raw for broken in persons)
    assert len(home.broken) == 6


def test_a_short_article_with_a_long_picture_is_read_where_the_source_says_so(crawled: Crawled) -> None:
    assert posts(crawled, "rumor")["快看"].text == "转\n【图片文字，机器识读，可信度0.95】" + "\n致癌\n请转发" * 10
    assert "/logo.png" not in crawled[0].sites["rumor"].paths
    assert posts(crawled, "blind")["快看"].text == "转"
    assert crawled[0].sites["blind"].paths == ["/list", "/a/1.html"]


SHIPPED = {name: source for name, source in load().sources.items() if name.endswith(("-sampling", "-sampling-notices"))}
TRUTH = yaml.safe_load((FILES / "truth.yaml").read_text("utf-8"))


def test_every_shipped_source_of_sampling_results_reads_its_attachments() -> None:
    assert len(SHIPPED) == 7
    assert [name for name, source in SHIPPED.items() if source.attachments is None] == []


@pytest.mark.parametrize("name", TRUTH)
def test_a_made_notice_in_the_sites_form_gives_its_text_and_its_attachments(name: str) -> None:
    truth, body = TRUTH[name], (FILES / f"{name}.html").read_bytes()
    page = article_of(body, "text/html", SHIPPED[name], url=truth["url"], now=datetime(2026, 11, 24, tzinfo=UTC))
    assert page.text.startswith(truth["first"])
    assert truth["last"] in page.text
    wanted = SHIPPED[name].attachments
    assert wanted
    assert linked(Selector(body.decode()), truth["url"], wanted) == truth["linked"]


def test_links_are_attachments_by_their_address_or_their_name() -> None:
    page = Selector(
        "<a href='a.xlsx'>x</a><a href='http://www.x.test/p/a.xlsx#1'>twice</a><a href='/d?id=1'>附件（名单.xls）</a>"
        "<a href='/d?id=2' title='b.docx'>b</a>"
        "<a href='/v.html'>说明.html</a><a href='c.pdf'>no</a><a href='javascript:void(0)'>d.xlsx</a><a href='/d?f=e.rar'>e.xlsx</a><a>f.xls</a>"
    )
    wanted = Attachments(formats=("xlsx", "xls", "docx"))
    assert linked(page, "http://x.test/p/", wanted) == [f"http://x.test{path}" for path in ("/p/a.xlsx", "/d?id=1", "/d?id=2")]


def test_pictures_are_those_of_the_text_and_no_ornaments() -> None:
    page = Selector(
        "<img src=/top.jpg><div class=t><img src=data:image/png;base64,AA><img data-src=/a.jpg src=/loading.gif><img src=b.png height=60>"
        "<img src=/img/qrcode1.png><img src=c.webp width=100%></div>"
    )
    assert pictured(page, "http://x.test/p/", within=".t", most=3) == ["http://x.test/a.jpg", "http://x.test/p/c.webp"]
    assert pictured(page, "http://x.test/", within="", most=1) == ["http://x.test/top.jpg"]
