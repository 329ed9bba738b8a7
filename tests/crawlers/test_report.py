"""How a crawl went, and the word for it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.source import Expect
from crawlers.refusals import notice, status_word
from crawlers.report import HEALTH, CrawlReport, Tally, append, reports

NOW = datetime(2024, 3, 5, tzinfo=UTC)


def tally(items: int = 5) -> Tally:
    one = Tally("example", NOW)
    one.items = one.new = items
    one.texts[True] = items
    one.saw(NOW - timedelta(hours=1))
    return one


def health(one: Tally, newest: datetime | None = None, **expect: object) -> str:
    report = one.report(Expect.model_validate(expect), ended=NOW, requests=1, newest=newest)
    assert report.health in HEALTH
    assert bool(report.why) == (report.health != "ok")
    return report.health


def test_a_crawl_as_expected_is_well() -> None:
    assert health(tally()) == "ok"
    assert health(tally(0), min_posts=0) == "ok"


def test_fewer_items_than_expected_are_few_or_none() -> None:
    assert health(tally(), min_posts=6) == "few"
    assert health(tally(0)) == "empty"


def test_a_list_that_did_not_change_is_neither_few_nor_empty_but_may_be_stale() -> None:
    one = Tally("example", NOW)
    one.not_modified = 1
    assert health(one) == "ok"
    assert health(one, newest=NOW - timedelta(days=31)) == "stale"


def test_attachments_most_of_which_cannot_be_read_make_a_source_sick() -> None:
    one = tally()
    one.attached.update({True: 2, False: 2})
    assert health(one) == "ok"
    one.attached[False] += 1
    assert health(one) == "unread"
    assert one.report(Expect(), ended=NOW, requests=1, newest=None).attached == (2, 5)


def test_old_news_are_stale() -> None:
    one = Tally("example", NOW)
    one.items = one.new = one.texts[True] = 1
    one.saw(NOW - timedelta(days=3))
    assert health(one, max_age="2d") == "stale"
    assert health(one, max_age="4d") == "ok"


def test_items_without_text_are_told() -> None:
    one = tally()
    one.texts.update([False, False])
    assert health(one) == "no-text"
    assert health(one, text_rate=0.7) == "ok"


def test_the_worst_word_is_the_word() -> None:
    one = tally()
    one.fail("timeout", "http://example.org/2", "no answer in time")
    assert health(one) == "timeout"
    one.fail("blocked", "http://example.org/3", "HTTP 403")
    assert health(one) == "blocked"
    one.fail("fault", "", "disk full")
    assert health(one) == "fault"


def test_a_source_is_ill_when_most_of_its_articles_are() -> None:
    one = tally()
    one.articles = 4
    for _ in range(2):
        one.fail_article("timeout", "http://example.org/a", "no answer in time", is_final=False)
    assert health(one) == "ok"
    assert not one.is_whole
    one.fail_article("timeout", "http://example.org/a", "no answer in time", is_final=False)
    assert health(one) == "timeout"


def test_a_site_that_refuses_is_left_alone() -> None:
    one = tally()
    for _ in range(3):
        assert not one.is_refused
        one.fail_article("blocked", "http://example.org/a", "HTTP 403", is_final=False)
    assert one.is_refused


def test_an_article_that_is_gone_leaves_nothing_to_ask_for() -> None:
    one = tally()
    one.fail_article("unreachable", "http://example.org/a", "HTTP 404", is_final=True)
    assert one.is_whole


def test_errors_are_kept_within_bounds() -> None:
    one = tally()
    for number in range(100):
        one.note(f"http://example.org/{number}", "why")
    assert len(one.errors) == 20


def test_reports_are_kept_in_order_and_a_broken_line_does_no_harm(tmp_path: Path) -> None:
    first = tally().report(Expect(), ended=NOW, requests=3, newest=None)
    second = CrawlReport("example", NOW, NOW, dropped={"too old": 2}, errors=[("http://example.org/", "HTTP 403")], health="blocked", why="HTTP 403")
    append(tmp_path / "reports", first)
    with (tmp_path / "reports" / "example.jsonl").open("ab") as lines:
        lines.write(b"{half\n")
    append(tmp_path / "reports", second)
    assert reports(tmp_path / "reports", "example") == [first, second]
    assert reports(tmp_path / "reports", "nobody") == []


def test_the_file_of_reports_does_not_grow_for_ever(tmp_path: Path) -> None:
    report = CrawlReport("example", NOW, NOW, errors=[("http://example.org/", "x" * 2000)])
    for _ in range(560):
        append(tmp_path, report)
    assert (tmp_path / "example.jsonl").stat().st_size < 1.3 * 2**20
    assert len(reports(tmp_path, "example")) >= 500


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("<title>访问验证</title>", "blocked"),
        ("<html><script>var $_ts = {}</script></html>", "blocked"),
        ("请先登录后查看", "blocked"),
        ("<h1>This Account has been suspended.</h1>", "suspended"),
        ("系统维护中，请输入验证码", "suspended"),
        ("<ul class='list'></ul>", None),
    ],
)
def test_a_notice_in_place_of_the_list_is_understood(page: str, word: str | None) -> None:
    said = notice(page)
    assert (said[0] if said else None) == word


def test_walls_have_their_statuses() -> None:
    assert {status_word(status) for status in (401, 403, 412, 418, 429)} == {"blocked"}
    assert {status_word(status) for status in (404, 410, 500, 502)} == {"unreachable"}
