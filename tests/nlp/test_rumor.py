"""Likeness to a rumor: what is put like one scores high and says by which cues; reports, chatter and refutations do not."""

import numpy as np
import pytest

from nlp import rumor_cues, rumor_fit
from nlp.assessment import Score
from nlp.debunks import debunks
from nlp.rumor import NAMES, Weights, rumors, shipped
from nlp.rumor_figures import area
from nlp.text import cleaned


def told(*texts: str) -> list[Score]:
    plain = cleaned(texts)
    return rumors(plain, debunks().matched(plain))


@pytest.mark.parametrize(
    "text",
    [
        "紧急通知！！某小学门口卖的棉花糖有毒，已经死了两个孩子，央视都不敢报，速转给家长群！",
        "我闺蜜在医院上班，说病房里全是喝这个饮料得白血病的孩子，医生不让说，大家快转",
        "太可怕了！内部员工爆料火锅底料是下水道捞的，看完还敢吃吗？？马上就被删了",
    ],
)
def test_what_is_put_like_a_rumor_scores_high_and_says_why(text: str) -> None:
    found = told(text)[0]
    assert found.score > 0.8
    assert len(found.because) >= 3
    assert all(cue.partition(":")[0] in NAMES for cue in found.because)


@pytest.mark.parametrize(
    "text",
    [
        "市场监管局通报：三批次糕点不合格，已责令召回",
        "某小学食堂午餐后47名学生呕吐腹泻送医",
        "今天试着做了红糖馒头，配小米粥绝了",
        "这家酸菜鱼不错，就是排队太久",
        "晚安，愿你所有的等待都值得",
        "如何看待某品牌回应添加剂争议？",
        "",
    ],
)
def test_reports_and_chatter_do_not(text: str) -> None:
    assert told(text)[0].score < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "【辟谣】网传“棉花糖毒死两个孩子，速转家长群”系谣言，造谣者已被行政拘留",
        "不要再传了！所谓“喝饮料得白血病，医生不让说”查无此事",
        "紫菜是塑料袋做的？！专家：纯属谣言，可怕的是真有人信",
    ],
)
def test_what_debunks_is_no_rumor(text: str) -> None:
    assert told(text)[0].score < 0.3


def test_a_known_claim_is_a_cue() -> None:
    spread, asked = told("柿子和螃蟹一起吃会中毒", "柿子和螃蟹一起吃会中毒吗")
    assert any(cue.startswith(rumor_cues.KNOWN) for cue in spread.because)
    assert asked.score < spread.score


def test_more_cues_are_more_like_a_rumor() -> None:
    fewer, more = told("听说这种橘子里有虫", "听说这种橘子里有虫，赶紧转告家人！！")
    assert fewer.score < more.score


def test_cues_keep_the_side_that_they_are_declared_for() -> None:
    weights = shipped().cues
    assert tuple(weights) == NAMES
    assert all(weights[name] > 0 for name in rumor_cues.SPEAKS_FOR)
    assert all(weights[name] < 0 for name in rumor_cues.SPEAKS_AGAINST)
    assert all(weights[name] * sign > 0 for name, sign in rumor_cues.COMPUTED.items())


def test_the_shipped_weights_are_those_of_the_texts() -> None:
    again = rumor_fit.fitted(rumor_fit.examples())
    assert again.base == pytest.approx(shipped().base, abs=0.02)
    assert dict(again.cues) == pytest.approx(dict(shipped().cues), abs=0.02)


def test_there_are_texts_enough_of_both_kinds() -> None:
    written = rumor_fit.written()
    assert len(written) >= 300
    assert len({text for text, _ in written}) == len(written)
    assert 0.3 < sum(rumor for _, rumor in written) / len(written) < 0.7


def test_without_weights_of_their_own_all_cues_count_alike() -> None:
    even = Weights(0.0, dict.fromkeys(NAMES, 0.0))
    assert [score.score for score in rumors(["听说会死人，速转"], [None], even)] == [0.5]


def test_the_area_under_the_curve_counts_equals_half() -> None:
    truth = np.array([True, True, False, False])
    assert area(truth, np.array([0.9, 0.8, 0.2, 0.1])) == 1.0
    assert area(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert area(truth, np.array([0.9, 0.2, 0.2, 0.1])) == 0.875
