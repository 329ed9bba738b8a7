"""Where a matter is: every place of the home province by name, namesakes, traps, and real titles."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from config.load import SHIPPED
from nlp import cases
from nlp.assessment import Place
from nlp.gazetteer import gazetteer
from nlp.places import places
from nlp.renew_places import renewed

JILIN = re.findall(
    r"\S+",
    """
长春市 南关区 宽城区 长春市朝阳区 二道区 绿园区 双阳区 九台区 农安县 榆树市 德惠市 公主岭市
吉林市 昌邑区 龙潭区 船营区 丰满区 永吉县 蛟河市 桦甸市 舒兰市 磐石市
四平市 四平市铁西区 四平市铁东区 梨树县 伊通满族自治县 双辽市
辽源市 龙山区 辽源市西安区 东丰县 东辽县
通化市 东昌区 二道江区 通化县 辉南县 柳河县 梅河口市 集安市
白山市 浑江区 江源区 抚松县 靖宇县 长白朝鲜族自治县 临江市
松原市 宁江区 前郭尔罗斯蒙古族自治县 长岭县 乾安县 扶余市
白城市 洮北区 镇赉县 通榆县 洮南市 大安市
延边朝鲜族自治州 延吉市 图们市 敦化市 珲春市 龙井市 和龙市 汪清县 安图县
""",
)
SHORT = re.findall(
    r"\S+",
    """长春 公主岭 梅河口 延边 珲春 敦化 舒兰 蛟河 桦甸 德惠 农安 抚松 靖宇 集安 柳河 辉南 双辽
    洮南 镇赉 通榆 乾安 扶余 汪清 安图 图们 延吉 前郭 伊通县 长白县""",
)


spelt = cases.where


def where(text: str) -> frozenset[str]:
    return spelt(places([text])[0])


@pytest.mark.parametrize("name", JILIN)
def test_every_county_of_jilin_is_known_by_name(name: str) -> None:
    (place,) = places([f"{name}一学校食堂被查"])[0]
    assert place.path[0] == "吉林省"
    assert name.endswith(place.path[-1])
    assert place.code is not None
    assert place.code.startswith("22")


@pytest.mark.parametrize("name", SHORT)
def test_short_names_of_jilin_count(name: str) -> None:
    (place,) = places([f"网传{name}一超市卖假羊肉"])[0]
    assert place.path[0] == "吉林省"
    assert place.path[-1].startswith(name.rstrip("县州"))


def test_jilin_is_complete() -> None:
    own = [entry for entry in gazetteer().entries if (entry.place.code or "").startswith("22")]
    assert len(own) == 1 + 9 + 60 == 1 + len(JILIN)


@pytest.mark.parametrize(
    ("text", "path"),
    [("长白山一饭店宰客", ("吉林省", "长白山保护开发区")), ("长春新区某工地食堂", ("吉林省", "长春市", "长春新区"))],
)
def test_zones_have_a_path_and_no_code(text: str, path: tuple[str, ...]) -> None:
    assert places([text])[0] == (Place(path),)


def test_a_foreign_place_is_said_to_be_one() -> None:
    assert places(["日本福岛核污染水"])[0] == (Place(("日本", "福岛"), foreign=True),)


def test_a_municipality_has_no_step_between() -> None:
    assert places(["北京市朝阳区一餐馆"])[0] == (Place(("北京市", "朝阳区"), "110105"),)


def test_the_home_province_decides_between_unknown_namesakes() -> None:
    assert where("西安区一小学") == {"220403"}
    assert spelt(places(["西安区一小学"], home_province="230000")[0]) == {"231005"}
    assert spelt(places(["西安区一小学"], home_province="")[0]) == set()


def test_what_is_named_most_leads_a_long_text() -> None:
    text = "记者从沈阳出发。" + "长春市场上的羊肉有假，长春多家餐馆停业，长春警方已立案。" * 10
    assert [place.path[-1] for place in places([text])[0]] == ["长春市", "沈阳市"]


def test_guesses_come_last() -> None:
    assert [place.path[-1] for place in places(["朝阳区和唐山的两家店"])[0]] == ["唐山市", "朝阳区"]


@pytest.mark.parametrize(("text", "codes"), [(one.text, one.wanted) for one in cases.of_places() if one.half == "written"])
def test_written_cases(text: str, codes: frozenset[str]) -> None:
    assert where(text) == codes


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(alphabet="吉林省市长春朝阳区铁西南京东路一二的人在 ，~", max_size=30), max_size=5))
def test_each_text_is_judged_by_itself(texts: list[str]) -> None:
    assert places(texts) == [places([text])[0] for text in texts]
    for found in places(texts):
        assert len(set(found)) == len(found)
        assert not any(one.path == other.path[: len(one.path)] for one in found for other in found if one != other)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([entry for entry in gazetteer().entries if entry.kind in ("province", "prefecture", "county")]))
def test_every_place_is_found_by_its_whole_path(entry: object) -> None:
    place = entry.place  # type: ignore[attr-defined]
    assert where("".join(place.path)) == spelt((place,))


def test_a_broken_table_names_its_faults(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("code,path,kind,names\n220100,吉林省/长春市,prefecture,长春\n", encoding="utf-8")
    (tmp_path / "place-traps.csv").write_text("cue,says\n~路,maybe\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="吉林省/长春市: nothing is declared for what it lies in"):
        gazetteer(tmp_path)
    (tmp_path / "places.csv").write_text("code,path,kind,names\n220000,吉林省,province,吉林\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="~路: says never, still, alone or given"):
        gazetteer(tmp_path)


def test_renewing_keeps_names_and_tells_what_is_gone() -> None:
    rows = [
        {"code": "220000", "path": "吉林省", "kind": "province", "names": "吉林省 吉林!"},
        {"code": "220113", "path": "吉林省/长春市/九台市", "kind": "county", "names": "九台市 九台"},
        {"code": "220999", "path": "吉林省/旧县", "kind": "county", "names": "旧县"},
    ]
    official = [
        {"code": "220000", "path": "吉林省"},
        {"code": "220113", "path": "吉林省/长春市/九台区"},
        {"code": "220114", "path": "吉林省/长春市/新区"},
    ]
    after, gone = renewed(rows, official)
    assert [(row["path"], row["names"]) for row in after] == [
        ("吉林省", "吉林省 吉林!"),
        ("吉林省/长春市/九台区", "九台区 九台市 九台"),
        ("吉林省/长春市/新区", "新区"),
        ("吉林省/旧县", "旧县"),
    ]
    assert gone == ["吉林省/旧县"]


def test_the_shipped_table_says_where_it_is_from() -> None:
    with (SHIPPED / "places.csv").open(encoding="utf-8") as lines:
        assert "MIT" in lines.readline()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len({row["path"] for row in rows}) == len(rows)
