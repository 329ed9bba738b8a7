"""No report has a number of a person in it, in any format, and every sentence is still borne by what is kept."""

import io
import zipfile
from datetime import timedelta

import msgspec
import pytest

from nlp.assessment import Harm, Score
from pipeline.report.checked import unsupported
from pipeline.report.content import Report, sentences
from pipeline.report.event import event_report
from pipeline.report.period import period
from pipeline.report.periodic import period_report
from pipeline.report.rebuttal import outgoing, rebuttal
from pipeline.report.rendered import FORMATS, rendered
from pipeline.store import EventFilter
from tests.pipeline.report.made import CLAIM, CONFIG, UNTIL, Filled, track, written

NUMBER, HIDDEN = "13812345678", "138****5678"
CARD = "11010519491231002X"


@pytest.fixture(scope="module")
def filled() -> Filled:
    """A matter whose posts name a telephone in title, summary and the words that say whom it harmed, and one that looks like one and is none."""
    posts = []
    for number in range(6):
        text = f"舒兰一小学食堂{number + 3}名学生腹泻，家长电话{NUMBER}，批号{NUMBER}，身份证{CARD}，热线0431-12345678"
        harm = Harm(ill=number + 3, symptoms=("腹泻",), quotes=(f"{number + 3}名学生腹泻，家长电话{NUMBER}",))
        at = UNTIL - timedelta(hours=number + 1)
        posts.append(written(text, at=at, terms="食堂 腹泻 舒兰", topics="campus", summary=text, harm=harm, debunk=CLAIM, rumor=Score(0.9)))
    return track(posts)


def made(filled: Filled) -> list[Report]:
    (event,) = filled.store.events(EventFilter()).items
    whole = [event_report(filled.kept(), event.id, UNTIL), rebuttal(filled.kept(), event.id, UNTIL)]
    return whole + [period_report(filled.kept(), kind, period(kind, UNTIL, now=UNTIL)) for kind in ("daily", "weekly", "monthly")]


def without_batches(text: str) -> str:
    return text.replace(f"批号{NUMBER}", "")


def test_every_sentence_is_borne_and_none_has_the_number(filled: Filled) -> None:
    reports = made(filled)
    for report in reports:
        assert unsupported(report, filled.kept()) == []
        assert NUMBER not in without_batches(msgspec.json.encode(report).decode())
        assert CARD not in msgspec.json.encode(report).decode()
    said = [sentence.text for sentence in sentences(reports[0])]
    # Who was harmed is still said in the words of the posts, and so is what is no person's.
    assert any(f"的帖文称“3名学生腹泻，家长电话{HIDDEN}”" in text for text in said)
    assert f"批号{NUMBER}" in reports[0].posts[0].text
    assert "热线0431-12345678" in reports[0].posts[0].text


@pytest.mark.parametrize("format_", list(FORMATS))
def test_no_file_has_it(filled: Filled, format_: str) -> None:
    for report in made(filled)[: 1 if format_ == "docx" else 3]:
        body = rendered(report, format_, CONFIG)
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as parts:
                body = b"".join(parts.read(name) for name in parts.namelist())
        text = without_batches(body.decode("utf-8", "replace"))
        assert (NUMBER in text, CARD in text, HIDDEN in text) == (False, False, True)


def test_partners_are_not_sent_it(filled: Filled) -> None:
    report = made(filled)[1]
    message = outgoing(report, rendered(report, "html", CONFIG).decode())
    assert NUMBER not in without_batches(f"{message.title}{message.text}{message.html}")
    assert HIDDEN in message.text


def test_what_was_not_hidden_when_it_was_written_is_found(filled: Filled) -> None:
    report = made(filled)[0]
    plain = msgspec.json.decode(msgspec.json.encode(report).replace(HIDDEN.encode(), NUMBER.encode()), type=Report)
    assert unsupported(plain, filled.kept())
