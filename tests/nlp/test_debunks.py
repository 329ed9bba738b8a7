"""Known claims: the right one is found, none where there is none, and a denial or a question is not taken for the rumor."""

import shutil
from pathlib import Path

import pytest

from config.debunk import Library, library
from config.load import SHIPPED
from nlp.analyst import analyst
from nlp.debunks import Debunks, debunks
from nlp.rumor_figures import Spoken, spoken
from nlp.text import clean
from tests.nlp.test_analyst import Text

OWN = """\
title: 自家
claims:
  moon-cheese:
    claim: 月亮是奶酪做的
    when: [月亮 + 奶酪|乳酪]
    unless: 月亮牌
    wordings: [月亮其实是一大块奶酪]
    finding: 不是。
    citation: 天文馆
  green-tea-sleep:
    claim: 喝绿茶会一个月睡不着
    wordings: [喝了绿茶一个月都睡不着觉]
    finding: 不会。
    citation: 睡眠中心
"""


def found(text: str) -> tuple[str, str] | None:
    debunk = debunks().matched([clean(text)])[0]
    return debunk and (debunk.id, debunk.stance)


def own(tmp_path: Path) -> Debunks:
    (tmp_path / "debunks").mkdir()
    (tmp_path / "debunks" / "own.yaml").write_text(OWN, "utf-8")
    return Debunks(library(tmp_path))


@pytest.mark.parametrize("one", spoken()[0::2], ids=lambda one: one.text[:16])
def test_what_was_tuned_on_holds(one: Spoken) -> None:
    told = found(one.text)
    assert (told is not None and told[0] in one.claims and told[1] == one.stance) if one.claims else told is None


def test_each_claim_finds_its_own_wordings() -> None:
    known = debunks()
    lost = [
        (claim.id, wording)
        for claim in known.claims
        for wording in claim.wordings
        for match in known.matched([clean(wording)])
        if match is None or (match.id != claim.id and match.score < 0.9)
    ]
    assert len(lost) <= 0.04 * sum(len(claim.wordings) for claim in known.claims), lost


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("紫菜是黑色塑料袋做的，千万别买", "spreads"),
        ("紫菜是塑料袋做的？警方：造谣者已被行政拘留", "refutes"),
        ("紫菜真的是塑料袋做的吗", "asks"),
        ("都说紫菜是塑料袋做的，你还敢吃吗！", "spreads"),
        ("这不是谣言，紫菜就是塑料袋做的", "spreads"),
        ("隔夜水不会致癌", "refutes"),
        ("隔夜水会不会致癌", "asks"),
        ("柿子和螃蟹可以一起吃", "refutes"),
        ("加碘盐就是个骗局，吃出甲状腺癌", "spreads"),
        ("鱼刺卡喉不要喝醋", "refutes"),
    ],
)
def test_the_stance_is_told(text: str, stance: str) -> None:
    told = found(text)
    assert told
    assert told[1] == stance


def test_far_apart_is_not_together() -> None:
    assert found("柿子和螃蟹一起吃") == ("persimmon-crab", "spreads")
    assert found(f"今年的柿子真甜。{'天气很好，我们去爬山，' * 6}晚上吃了螃蟹") is None


def test_other_matters_beside_it_are_no_claim() -> None:
    assert found("毛肚都是福尔马林泡的")
    assert found("警方捣毁窝点，查获福尔马林泡的毛肚") is None


def test_words_that_hide_others_do_not_count() -> None:
    assert found("感染诺如病毒后喝牛奶") is None


def test_a_folder_has_its_own_claims(tmp_path: Path) -> None:
    known = own(tmp_path)
    assert [match and match.id for match in known.matched(["月亮是奶酪做的", "月亮牌奶酪真好吃", "紫菜是塑料做的"])] == ["moon-cheese", None, None]
    assert known.version != debunks().version


def test_without_parts_the_wordings_decide(tmp_path: Path) -> None:
    match, miss = own(tmp_path).matched(["喝了绿茶一个月睡不着", "喝了绿茶很舒服"])
    assert match
    assert match.id == "green-tea-sleep"
    assert miss is None


def test_no_claims_match_nothing() -> None:
    assert Debunks(Library()).matched(["紫菜是塑料做的", ""]) == [None, None]


def test_the_analyst_tells_the_claims_of_its_folder(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "lexicons", tmp_path / "lexicons")
    for name in ("places.csv", "place-traps.csv"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    own(tmp_path)
    judge = analyst(tmp_path)
    debunk = judge.assess([Text("月亮是奶酪做的")])[0].debunk
    assert debunk
    assert (debunk.id, debunk.finding, debunk.citation) == ("moon-cheese", "不是。", "天文馆")
    assert judge.version != analyst().version
    assert judge.version.startswith(analyst().version.rpartition("-")[0])
