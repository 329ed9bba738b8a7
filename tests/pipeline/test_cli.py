"""The machine faces: what goes in, what comes out, and the exit codes, as promised."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.commands import Ran, Shian, home, shian

__all__ = ["home", "shian"]

SICK = "某小学食堂午餐后多名学生呕吐腹泻送医"
QUIET = "今天下午有雨，出门记得带伞"


def post(text: str, **fields: object) -> str:
    return json.dumps({"text": text, "platform": "weibo", "published_at": "2024-09-05T12:00", **fields}, ensure_ascii=False) + "\n"


def test_assess_answers_every_line_in_its_place(shian: Shian) -> None:
    ran = shian("assess", given=post(SICK, id="a") + "{broken\n" + post(QUIET, id="c") + "\n")
    assert ran.code == 0
    first, second, third, fourth = ran.lines
    assert (first["id"], first["relevant"]["is"]) == ("a", True)
    assert first["topics"][0]["name"] == "campus"
    assert first["topics"][0]["because"]
    assert (second["line"], "JSON" in second["error"]) == (2, True)
    assert (third["id"], third["relevant"]["is"]) == ("c", False)
    assert fourth["line"] == 4
    assert set(first) >= {"id", "relevant", "topics", "rumor", "debunk", "harm", "places", "alarm", "summary", "model"}


def test_assess_of_nothing_is_nothing(shian: Shian) -> None:
    assert shian("assess") == Ran(0, "", "")


def test_a_context_is_remembered(shian: Shian, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text(post("天水褐石幼儿园多名幼儿血铅异常，食堂食品检出铅超标"), "utf-8")
    follow_up = post("天水褐石幼儿园最新进展")
    alone, known = shian("assess", given=follow_up).lines[0], shian("assess", "--context", str(earlier), given=follow_up).lines[0]
    assert known["relevant"]["score"] >= alone["relevant"]["score"]
    assert shian("assess", "--context", "none.jsonl", given=follow_up).code == 1


def test_ingest_accounts_for_every_line(shian: Shian, home: Path) -> None:
    lines = post(SICK, id="1") + post(SICK, id="1") + post(SICK + "！", id="1") + post(" ", id="2") + "{\n" + post(QUIET, id="3")
    ran = shian("ingest", "-", "--source", "weibo-hot", "--json", given=lines, home=home)
    summary = ran.lines[-1]
    assert ran.code == 0
    assert summary == {
        "read": 6,
        "kept": 2,
        "revised": 1,
        "repeated": 1,
        "dropped": {"no text": 1},
        "quarantined": 1,
        "events": 1,
        "alerts": 1,
        "seconds": summary["seconds"],
    }
    quarantined = [json.loads(line) for path in (home / "quarantine").iterdir() for line in path.read_text("utf-8").splitlines()]
    assert [(one["where"], one["raw"]) for one in quarantined] == [("-:5", "{")]
    again = shian("ingest", "-", "--source", "weibo-hot", "--json", given=post(QUIET, id="3"), home=home).lines[-1]
    assert (again["repeated"], again["events"], again["alerts"]) == (1, 0, 0)


def test_what_was_ingested_is_listed_and_found_at_once(shian: Shian, home: Path) -> None:
    shian("ingest", "-", "--source", "weibo-hot", given=post(SICK, id="1") + post(QUIET, id="2"), home=home)
    alert = shian("alerts", "--json", home=home).lines[0]
    assert (alert["title"], alert["level"], alert["status"], alert["raised_at"]) == (SICK, 4, "new", "2024-09-05T12:00:00+08:00")
    assert alert["why"]
    event = shian("events", "--json", home=home).lines[0]
    assert (event["id"], event["posts"], event["platforms"]) == (alert["event"], 1, {"weibo": 1})
    assert event["route"]["lead"]["title"] == "省教育厅"
    assert event["route"] == alert["route"]
    assert [one["id"] for one in shian("search", "食堂", "--json", home=home).lines] == ["1"]
    assert shian("search", "", "--count", home=home).out == "2\n"
    assert shian("search", "是 -雨", "--json", "--count", home=home).lines == [{"count": 0}]
    assert shian("alerts", "--json", "--since", "2024-09-06", home=home).lines == []
    assert shian("alerts", "--json", "--level", "3", home=home).lines == []


def test_a_replay_shows_what_would_have_been_raised_and_keeps_nothing(shian: Shian, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "posts.tsv"
    path.write_text(f"2024-09-06\t{QUIET}\n2024-09-05\t{SICK}\n", "utf-8")
    words = ("replay", str(path), "--map", "published_at=1", "--map", "text=2", "--source", "weibo-hot")
    ran = shian(*words, home=home)
    assert [line["title"] for line in ran.lines[:-1]] == [SICK]
    assert (ran.lines[-1]["summary"], ran.lines[-1]["kept"], ran.lines[-1]["alerts"]) == (True, 2, 1)
    assert shian("search", "", "--count", home=home).out == "0\n"
    assert shian(*words).lines[0]["title"] == SICK


def test_one_unreadable_file_does_not_keep_the_others_out(shian: Shian, home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(post(SICK), "utf-8")
    ran = shian("ingest", "none.csv", str(tmp_path / "a.jsonl"), home=home)
    assert (ran.code, "none.csv: No such file" in ran.err) == (1, True)
    assert shian("search", "", "--count", home=home).out == "1\n"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("ingest",), 2, "Missing argument"),
        (("ingest", "-", "--map", "words=1"), 2, "write FIELD=COLUMN"),
        (("ingest", "-", "--source", "nowhere"), 1, "no source is called so"),
        (("search", '"open'), 2, "character"),
        (("alerts", "--since", "someday"), 2, "is no time"),
        (("alerts", "--level", "9"), 2, "level"),
        (("frob",), 2, "No such command"),
        (("crawl", "nowhere"), 1, "no source that can be crawled"),
        (("extract", "none.html"), 1, "No such file"),
        (("digest",), 2, "give --preview"),
        (("digest", "--preview", "--again"), 2, "go with --send"),
        (("digest", "--send"), 1, "no board that is on gets digests"),
        (("digest", "--send", "--to", "nobody"), 1, "no board that is on is called so"),
    ],
)
def test_faults_are_one_sentence_and_an_exit_code(shian: Shian, home: Path, words: tuple[str, ...], code: int, why: str) -> None:
    ran = shian(*words, home=home)
    assert (ran.code, why in ran.err, "Traceback" in ran.err) == (code, True, False), ran.err


def test_without_a_home_the_way_out_is_said(shian: Shian) -> None:
    ran = shian("alerts")
    assert (ran.code, "shian init DIR" in ran.err) == (1, True)


def test_check_names_every_fault_with_its_file(shian: Shian, home: Path) -> None:
    assert shian("check", home=home).code == 0
    (home / "rules" / "bad.yaml").write_text("title: x\nmeasure: posts\nsteps: {1: 5}\nbecause: x\ncolour: red\n", "utf-8")
    (home / "topics" / "broken.yaml").write_text("title: [", "utf-8")
    ran = shian("check", home=home)
    assert ran.code == 1
    assert "rules/bad.yaml: colour" in ran.err
    assert "topics/broken.yaml: line" in ran.err


def test_a_store_that_is_away_is_exit_three(shian: Shian, home: Path) -> None:
    (home / "shian.db").write_bytes(b"not a database, whatever its name says" * 50)
    ran = shian("alerts", home=home)
    assert (ran.code, "shian.db" in ran.err) == (3, True)


def test_the_environment_overrides_any_setting(shian: Shian, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIAN_STORE_URL", "sqlite:///other.db")
    shian("ingest", "-", given=post(SICK), home=home)
    assert (home / "other.db").exists()


def test_the_digest_of_a_time(shian: Shian, home: Path) -> None:
    shian("ingest", "-", "--source", "weibo-hot", given=post(SICK), home=home)
    made = shian("digest", "--preview", "--at", "2024-09-06T08:00", "--json", home=home).lines[0]
    assert [entry["title"] for entry in made["new"]] == [SICK]
    assert SICK in shian("digest", "--preview", "--at", "2024-09-06T08:00", home=home).out
    assert shian("digest", "--preview", "--at", "2024-09-05T08:00", "--json", home=home).lines[0]["new"] == []


def test_a_digest_is_sent_by_hand_once_unless_asked_again(shian: Shian, home: Path) -> None:
    (home / "boards").mkdir(exist_ok=True)
    (home / "boards" / "chief.yaml").write_text("title: 带班领导\nchannels: [console]\ndigest: true\n", "utf-8")
    shian("ingest", "-", "--source", "weibo-hot", given=post(SICK), home=home)
    send = ("digest", "--send", "--at", "2024-09-06T08:00")
    assert shian(*send, home=home).out == "digest-20240905T000000Z-20240906T000000Z: to chief\n"
    second = shian(*send, "--to", "chief", home=home)
    assert (second.code, second.out, "all have had the digest until 2024-09-06 08:00" in second.err) == (0, "", True)
    assert shian(*send, "--again", home=home).out == "digest-20240905T000000Z-20240906T000000Z.2: to chief\n"
    assert SICK in shian("digest", "--text", "--at", "2024-09-06T08:00", home=home).out
    assert shian("digest", "--send", home=home).code == 0


def test_extract_reads_a_page(shian: Shian, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    body = "".join(f"<p>市场监管局通报第{n}批次抽检情况，涉及糕点、食用油和肉制品等，不合格产品已经下架封存。</p>" for n in range(6))
    page.write_text(
        f"<html><head><title>抽检通报</title></head><body><h1>抽检通报</h1><span>2024-09-05 10:00</span><div>{body}</div></body></html>", "utf-8"
    )
    article = shian("extract", str(page), "--json").lines[0]
    assert article["title"] == "抽检通报"
    assert article["published_at"] == "2024-09-05T10:00:00+08:00"
    assert set(article) == {"title", "published_at", "author", "text", "engagement", "samples"}


def test_extract_reads_an_attachment(shian: Shian) -> None:
    folder = Path(__file__).parents[1] / "crawlers" / "attachments"
    found = shian("extract", str(folder / "two-line-header.xls"), "--json").lines[0]
    assert [sample["food"] for sample in found["samples"]] == ["绿豆糕", "面包"]
    assert "霉菌不合格，检验结果210 CFU/g，标准值≤150 CFU/g" in found["text"]
    refused = shian("extract", str(folder / "encrypted.xlsx"))
    assert (refused.code, "it is encrypted" in refused.err) == (1, True)


def run_to_pipe(words: list[str], home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pipeline.cli", "--home", str(home), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_a_broken_pipe_ends_quietly(shian: Shian, home: Path) -> None:
    shian("ingest", "-", given="".join(post(f"{QUIET} {n}", id=str(n)) for n in range(3000)), home=home)
    process = run_to_pipe(["search", "", "--json", "--limit", "3000"], home)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), error) == (0, b"")


@pytest.mark.slow
def test_an_interrupt_ends_an_ingest_cleanly_and_it_can_be_run_again(shian: Shian, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(post(f"{QUIET} {n}", id=str(n)) for n in range(20000)), "utf-8")
    process = run_to_pipe(["ingest", str(path)], home)
    assert process.stdout
    assert process.stderr
    while not (home / "shian.db").exists() or (home / "shian.db").stat().st_size < 10_000:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    error = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == 130
    assert "Traceback" not in error
    summary = shian("ingest", str(path), "--json", home=home).lines[-1]
    assert summary["kept"] + summary["repeated"] == 20000
    assert shian("search", "", "--count", home=home).out == "20000\n"


def test_evaluate_prints_tables_or_one_json_object(shian: Shian) -> None:
    plain = shian("evaluate", "places", "alarm")
    assert plain.code == 0
    assert plain.out.startswith("places\n  n\t263\n  right\t")
    assert "\n  halves\tn\tright\tright_low\tright_high\n    written\t263\t" in plain.out
    assert "\n  levels\tn\tmean\t" in plain.out
    (found,) = shian("evaluate", "places", "--json").lines
    assert found["places"]["n"] == 263
    assert shian("evaluate", "nonsense").code == 2


def test_events_are_merged_split_and_put_back_by_hand(shian: Shian, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert shian("init", str(home)).code == 0
    posts = tmp_path / "posts.jsonl"
    texts = (SICK, "通化一家超市销售过期奶粉被罚", "通化这家超市过期奶粉又被投诉")
    lines = [{"text": text, "platform": "weibo", "published_at": f"2024-09-05T0{hour}:00:00"} for hour, text in enumerate(texts)]
    posts.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    at = ("--home", str(home))
    assert shian(*at, "ingest", str(posts)).code == 0
    one, into = (event["id"] for event in shian(*at, "events", "--json").lines[:2])
    merged = shian(*at, "event", "merge", one, into, "--reason", "同一件事", "--by", "李")
    assert (merged.code, merged.lines[0]["state"], merged.lines[0]["by"]) == (0, "made", "李")
    assert one not in [event["id"] for event in shian(*at, "events", "--json").lines]
    undone = shian(*at, "event", "undo", merged.lines[0]["id"])
    assert (undone.code, undone.lines[0]["state"]) == (0, "undone")
    assert one in [event["id"] for event in shian(*at, "events", "--json").lines]
    refused = shian(*at, "event", "split", one, "none", "--reason", "x")
    assert (refused.code, "请选择这个事件的帖文" in refused.err) == (1, True)
