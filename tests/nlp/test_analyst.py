"""The analyst: batches in, judgements out in the same order, each by itself, with reasons."""

from typing import NamedTuple

import pytest

from nlp.analyst import analyst
from nlp.assessment import Analyst, Assessment

SICK = "某小学食堂午餐后多名学生呕吐腹泻送医"
QUIET = ("酸菜炒汤圆什么味道", "一氧化碳中毒致三人死亡", "吐槽头发又掉了", "今天下午有雨", "微信图片过期怎么恢复")


class Text(NamedTuple):
    text: str
    title: str = ""
    platform: str = ""


@pytest.fixture(scope="module")
def judge() -> Analyst:
    return analyst()


def one(judge: Analyst, text: str, title: str = "") -> Assessment:
    return judge.assess([Text(text, title)])[0]


def test_what_matters_is_relevant_and_says_why(judge: Analyst) -> None:
    found = one(judge, SICK)
    assert found.is_relevant
    assert found.relevant.because
    assert found.topics[0].name == "campus"
    assert all(word in SICK for topic in found.topics for word in topic.because)


@pytest.mark.parametrize("text", QUIET)
def test_traps_stay_quiet(judge: Analyst, text: str) -> None:
    assert not one(judge, text).is_relevant


@pytest.mark.parametrize("text", ["學校食堂吃出老鼠頭家長憤怒", "学校食*堂吃出老鼠头家长愤怒", "学校食堂🐭吃出老鼠头，家长愤怒😡😡"])
def test_tricks_of_writing_do_not_help(judge: Analyst, text: str) -> None:
    assert one(judge, text).is_relevant


def test_one_sentence_of_a_long_text_can_matter(judge: Analyst) -> None:
    filler = "本次活动吸引了众多市民参加，现场气氛热烈，组织方表示明年还会继续举办。" * 20
    assert one(judge, filler + SICK + "。市场监管局已封存食材并立案调查。" + filler).relevant.score > one(judge, filler).relevant.score


def test_each_is_judged_by_itself_in_its_place(judge: Analyst) -> None:
    texts = [Text(SICK), *map(Text, QUIET), Text(SICK), Text("")]
    together = judge.assess(texts)
    alone = [judge.assess([text])[0] for text in texts]
    assert [found.is_relevant for found in together] == [found.is_relevant for found in alone]
    assert together[0] == together[-2]
    assert judge.assess([]) == []


def test_every_text_is_told_how_much_it_is_like_a_rumor(judge: Analyst) -> None:
    found = judge.assess([Text("今天下午有雨"), Text("紧急通知！！紫菜是塑料袋做的，已有孩子住院，速转给家人"), Text("")])
    assert [one.rumor.score > 0.5 for one in found if one.rumor] == [False, True, False]
    assert found[1].rumor
    assert found[1].rumor.because
    assert found[1].debunk
    assert (found[1].debunk.id, found[1].debunk.stance) == ("plastic-seaweed", "spreads")
    assert found[0].debunk is None


def test_places_and_harm_are_told(judge: Analyst) -> None:
    found = one(judge, "磐石市栗子沟中学47名学生午餐后呕吐腹泻，其中12人住院")
    assert found.places
    assert found.places[0].code == "220284"
    assert found.harm
    assert (found.harm.ill, found.harm.hospitalised) == (47, 12)


def test_memory_raises_only_what_it_knows(judge: Analyst) -> None:
    uncertain = next(found for found in judge.assess([Text(text) for text in ("天水褐石幼儿园最新进展", SICK, *QUIET)]) if not found.is_relevant)
    assert judge.recalled(uncertain, {"别的词": 1.0}).relevant.score == uncertain.relevant.score


def test_the_version_names_weights_and_words(judge: Analyst) -> None:
    assert one(judge, SICK).model == judge.version == analyst().version


def test_every_text_is_as_alarmed_as_its_words_and_faces_are(judge: Analyst) -> None:
    assert one(judge, SICK).alarm == 0
    assert (one(judge, "", "太可怕了").alarm or 0) > 0.5
    assert (one(judge, "薯条里有个创可贴🤮").alarm or 0) > 0.4
    assert (one(judge, "😱").alarm or 0) > 0.5


def test_every_text_has_a_summary(judge: Analyst) -> None:
    assert one(judge, SICK).summary == SICK
    assert one(judge, "正文" * 100, "酸菜炒汤圆").summary == "酸菜炒汤圆"
    assert one(judge, "").summary == ""
    told = one(judge, f"大家好，我是孩子的妈妈。今天天气不错。{SICK}。谢谢大家了，有空再聊，祝大家周末愉快，家里都好，工作顺利。")
    assert told.summary == f"{SICK}。"
