"""Who answers for an event: places, several matters at once, words that come up once, and what fits nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from msgspec import structs

from config.load import load
from config.schema import Department, Matter
from nlp.assessment import Place
from nlp.places import places
from pipeline.faces import route_face
from pipeline.model import Event, Step
from pipeline.route import READ, Route, routed
from pipeline.routes import routes, texts_of
from pipeline.store.memory import MemoryStore
from tests.pipeline.made import hours, judged, member

CONFIG = load(environ={})
NOW = datetime(2024, 9, 5, tzinfo=UTC)
JILIN = Place(("吉林省",), "220000")
CHANGCHUN = Place(("吉林省", "长春市"), "220100")
SHULAN = Place(("吉林省", "吉林市", "舒兰市"), "220283")
SHANGHAI = Place(("上海市", "徐汇区"), "310104")
JAPAN = Place(("日本",), foreign=True)


def event(*, topics: str = "", where: tuple[Place, ...] | None = None, posts: int = 1) -> Event:
    return Event("e", "题", NOW, NOW, posts, "萌芽", None, 0, (), tuple(topics.split()), {}, {}, where)


def route(*texts: str, topics: str = "other", where: tuple[Place, ...] | None = None) -> Route:
    return routed(event(topics=topics, where=where), texts, CONFIG)


def names(found: Route) -> list[str]:
    return [party.name for party in found.cooperating]


# --- places


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("长春市朝阳区一饭店", "changchun"),
        ("吉林市船营区一超市", "jilin-city"),
        ("舒兰市一食堂", "jilin-city"),
        ("四平市铁西区", "siping"),
        ("辽源市东丰县", "liaoyuan"),
        ("通化市辉南县", "tonghua"),
        ("白山市抚松县", "baishan"),
        ("松原市前郭县", "songyuan"),
        ("白城市大安市", "baicheng"),
        ("延边州延吉市", "yanbian"),
        ("珲春市一海鲜店", "yanbian"),
        ("长白山景区", "changbaishan"),
        ("长白山池北区", "changbaishan"),
        ("长春新区一餐厅", "changchun-new-area"),
        ("梅河口市一面馆", "meihekou"),
        ("公主岭市一米厂", "gongzhuling"),
        ("吉林省一食品厂", "food-safety-office"),
        ("上海市徐汇区一餐厅", "food-safety-office"),
        ("辽宁沈阳一餐厅", "food-safety-office"),
        ("某地一餐厅", "food-safety-office"),
    ],
)
def test_a_place_belongs_to_its_office(text: str, office: str) -> None:
    found = route("过期面包", where=places([text])[0])
    assert found.office.name == office
    assert found.outside is (text[:2] in ("上海", "辽宁"))


def test_a_county_s_own_office_answers_before_its_prefecture_s() -> None:
    shulan = Department(name="shulan", title="舒兰市食安办", place="吉林省/吉林市/舒兰市")
    config = replace(CONFIG, departments={**CONFIG.departments, "shulan": shulan})
    found = routed(event(where=(SHULAN,)), ["过期面包"], config)
    assert found.office.why == "地点 吉林省吉林市舒兰市：归舒兰市食安办"
    assert route("过期面包", where=(SHULAN,)).office.why == "地点 吉林省吉林市舒兰市：归吉林市食安办"


def test_what_lies_in_another_province_is_only_reported() -> None:
    found = route("清真餐厅用猪油", topics="catering", where=(SHANGHAI,))
    assert (found.lead.name, found.cooperating, found.office.name, found.outside) == ("food-safety-office", (), "food-safety-office", True)
    assert found.because == ("外省（上海市徐汇区）：只报省政府食品安全办",)


def test_of_several_places_those_at_home_count() -> None:
    found = route("过期面包", where=(SHANGHAI, SHULAN, CHANGCHUN))
    assert (found.office.name, found.outside) == ("jilin-city", False)
    assert names(found) == ["changchun"]
    assert "地点 吉林省长春市：归长春市食安办" in found.because


def test_what_comes_from_abroad_is_routed_by_its_matter() -> None:
    found = route("三文鱼没有中文标签", topics="imported", where=(JAPAN,))
    assert (found.lead.name, found.office.name, found.outside) == ("customs", "food-safety-office", False)
    assert found.office.why == "境外（日本）：由省政府食品安全办分办"


@pytest.mark.parametrize("where", [None, ()])
def test_a_place_that_nobody_knows_is_said(where: tuple[Place, ...] | None) -> None:
    assert route("过期面包", where=where).office.why == "地点不明：由省政府食品安全办分办"


# --- several matters at once


@pytest.mark.parametrize(
    ("text", "topics", "lead", "cooperating"),
    [
        ("清真餐厅用走私牛肉", "catering", "ethnic-affairs", ["market", "customs"]),
        ("养老院给老人吃病死猪肉", "meat", "civil-affairs", ["market", "livestock"]),
        ("大学清真食堂学生腹泻", "campus", "ethnic-affairs", ["market", "education"]),
        ("罐车运食用油，警方刑拘司机", "grain-oil", "transport", ["market", "police", "grain"]),
        ("网传学校食堂用潲水油，官方辟谣", "campus", "reform", ["housing", "market", "cyberspace", "education"]),
        ("餐馆的肉串发酸", "meat catering", "market", ["health", "livestock"]),
        ("抽检发现超市韭菜农残超标", "residues", "agriculture", ["market", "livestock"]),
    ],
)
def test_the_most_specific_matter_leads_and_the_others_add_their_lead(text: str, topics: str, lead: str, cooperating: list[str]) -> None:
    found = route(text, topics=topics)
    assert (found.lead.name, names(found)) == (lead, cooperating)


def test_who_is_named_twice_is_named_for_the_first_matter() -> None:
    found = route("清真餐厅用走私牛肉，抽检不合格")
    (market,) = (party for party in found.cooperating if party.name == "market")
    assert market.matter == "halal"
    assert found.because[0] == "清真食品（十五）：文中有“清真”"


def test_a_venue_tells_a_matter_only_where_nothing_says_more() -> None:
    assert names(route("大学城边买的食盐发黑")) == ["market"]
    assert route("大学城边买的糖发黑").lead.matter == "school-venues"


def test_the_same_is_decided_every_time() -> None:
    texts = ["清真餐厅用走私牛肉，抽检不合格", "学校外卖"]
    assert len({route(*texts, topics="meat catering campus") for _ in range(5)}) == 1


# --- words


def test_a_word_counts_in_the_first_text_or_in_every_third() -> None:
    assert route("面包过期", "清真店", "面包", "面包").lead.matter != "halal"
    assert route("面包过期", "清真店", "面包").lead.matter == "halal"
    assert route("清真店面包过期", *["面包"] * 30).lead.matter == "halal"


def test_only_the_beginning_of_a_text_is_read() -> None:
    assert route("啊" * READ + "清真").lead.matter == ""


def test_a_matter_of_topics_needs_one_of_them() -> None:
    assert route("节目里说胶囊有西布曲明", topics="health-food").lead.matter == "health-food-adulterated"
    assert route("节目里说胶囊有西布曲明", topics="other").lead.matter != "health-food-adulterated"


# --- nothing, and what else is declared


def test_what_fits_nothing_is_the_commission_office_s_own() -> None:
    found = route("一颗苹果有点酸")
    assert (found.lead.name, found.cooperating, found.lead.matter) == ("food-safety-office", (), "")
    assert found.lead.why == "没有合适的事项：由省政府食品安全办自办"
    assert route("", where=(SHULAN, CHANGCHUN)).lead.name == "food-safety-office"
    assert names(route("", where=(SHULAN, CHANGCHUN))) == ["changchun"]


def test_without_any_department_the_desk_s_own_office_answers() -> None:
    config = replace(CONFIG, departments={}, matters={})
    for where, outside in ((SHULAN, False), (SHANGHAI, True), (JILIN, False)):
        found = routed(event(topics="campus", where=(where,)), ["清真"], config)
        assert (found.lead.name, found.lead.title, found.office.title) == ("", CONFIG.settings.office, CONFIG.settings.office)
        assert found.outside is outside


def test_a_department_with_topics_takes_part_and_leads_where_no_matter_fits() -> None:
    drugs = Department(name="drugs", title="省药监局", topics=("health-food",))
    config = replace(CONFIG, departments={**CONFIG.departments, "drugs": drugs})
    found = routed(event(topics="health-food"), ["鱼油发臭"], config)
    assert names(found)[-1] == "drugs"
    assert "省药监局：主题 保健食品" in found.because
    alone = replace(config, matters={"halal": Matter(name="halal", title="清真", lead="market", clauses=("十五",), words=("清真",))})
    assert routed(event(topics="health-food"), ["鱼油发臭"], alone).lead.name == "drugs"
    assert names(routed(event(topics="health-food"), ["清真鱼油"], alone)) == ["drugs"]


# --- what it is read from, and how it is told


def kept(*posts: tuple[str, float]) -> tuple[MemoryStore, Event]:
    store = MemoryStore()
    all_ = [judged(text, at=hours(at)) for text, at in posts]
    store.keep(all_)
    first = all_[0].post.id
    one = structs.replace(event(topics="other", posts=len(all_)), id=first)
    members = tuple(structs.replace(member(judged_.post.id, at=judged_.post.at), event=first, title=judged_.post.text[:8]) for judged_ in all_)
    store.commit(Step(cleared=(), events=(one,), members=members))
    return store, one


def test_the_first_post_is_read_whole_and_the_others_by_their_title() -> None:
    store, one = kept(("有人反映一件事，后来查明是清真店", 0), ("敬老院里的事", 1), ("别的", 2))
    found = routes(store, [one], CONFIG)[one.id]
    assert found.lead.matter == "halal"
    assert names(found) == ["market", "civil-affairs"]
    store.close()


def test_an_event_whose_first_post_is_gone_is_routed_by_its_title() -> None:
    one = structs.replace(event(), title="清真店")
    assert texts_of(one, None, ()) == ["清真店"]
    assert routes(MemoryStore(), [one], CONFIG)["e"].lead.matter == "halal"


def test_a_route_is_told_with_its_reasons() -> None:
    told = route_face(route("清真餐厅用猪油", topics="catering", where=(SHULAN,)))
    assert told["lead"] == {"name": "ethnic-affairs", "title": "省民委", "matter": "halal", "clauses": ["十五"]}
    assert [party["title"] for party in told["with"]] == ["省市场监管厅"]
    assert told["office"] == {"name": "jilin-city", "title": "吉林市食安办", "matter": "", "clauses": []}
    assert told["because"][0] == "清真食品（十五）：文中有“清真”"
    assert told["because"][-1] == "地点 吉林省吉林市舒兰市：归吉林市食安办"
