"""Every matter of the shipped table is told by what people write, and goes to those whom the document names, with its clause."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from config.load import load
from pipeline.model import Event
from pipeline.route import Route, routed

CONFIG = load(environ={})
NOW = datetime(2024, 9, 5, tzinfo=UTC)


class Row(NamedTuple):
    """A matter with the topics of its examples, and who answers for it by which clauses."""

    matter: str
    lead: str
    cooperating: str
    clauses: str
    topics: str
    examples: tuple[str, ...]


def rows() -> list[Row]:
    """Read TABLE: a line `matter | lead | with | clauses | topics`, and under it the examples."""
    found: list[Row] = []
    for line in filter(None, (line.strip() for line in TABLE.splitlines())):
        if "|" in line:
            found.append(Row(*(part.strip() for part in line.split("|")), ()))  # type: ignore[arg-type]
        else:
            found[-1] = found[-1]._replace(examples=(*found[-1].examples, line))
    return found


TABLE = """
halal | ethnic-affairs | market | 十五 | catering
    长春一家清真拉面馆被举报后厨藏有猪油
    超市货架上的清真牛肉干检出猪源性成分
salt | grain | market | 六 | other
    网传食盐要断货，市民连夜排队抢购
    农村集市有人卖工业盐冒充碘盐
elderly-homes | civil-affairs | market | 十五 | catering
    某养老院午餐吃出蟑螂，老人家属不满
    敬老院的饭菜发馊，多名老人拉肚子
hospitals | health | market | 十五 | catering
    医院食堂的包子里有钢丝球
    病号饭里吃出头发，院方致歉
building-sites | housing | market | 十五 | catering
    工地食堂给工人吃变质肉，二十余人上吐下泻
    建筑工地的盒饭发霉，包工头说不要紧
air-meals | aviation | market transport | 十五 | catering
    旅客称飞机餐有异物，公司回应
    航空公司配的鸡肉饭馊了，乘客集体投诉
railway-meals | railway | market | 十五 | catering
    高铁盒饭吃出虫子，车长道歉
    火车上卖的烧鸡已过保质期
food-transport | transport | market | 十五 | grain-oil
    罐车卸完煤制油直接装食用大豆油
    冷藏车没开制冷，冻虾运到时全化了
dish-washing | health | market | 十五 | catering
    集中消毒的碗筷检出大肠菌群
    塑封餐具拆开有油渍，消毒餐具还收一元
kitchen-waste | reform | housing market | 十五 | grain-oil
    夜里有人在饭店后门捞潲水熬油
    餐厨垃圾被收去喂猪，泔水桶摆在路口
scenic-spots | tourism | market | 十五 | catering
    旅游景区里的烤肠发臭，游客拉肚子
    导游带去的餐馆用死鱼做菜
broadcast-adverts | broadcasting | market publicity | 十六 | health-food
    地方台的养生节目整天卖蜂胶胶囊
    老人看了电视购物买回一箱治百病的胶囊
health-food-tours | tourism | market police | 十六 | health-food
    低价游把老人拉到店里买灵芝孢子粉
    组织旅游听课，回来人手一盒磷虾油
elderly-sales | civil-affairs | market police | 十六 | health-food
    免费领鸡蛋的店忽悠大爷买了三万元胶囊
    社区讲座后推销保健品，骗老人养老钱
direct-sales | market | police commerce | 十六 | health-food
    卖酵素的搞传销，拉人头返利
    某直销公司的蛋白粉要先交入会费
special-food | market | police industry | 十六、十二 | infant
    过敏宝宝的特医食品被换成普通饮料
    店员拿固体饮料冒充特殊医学用途奶粉
health-food-adulterated | police | market court procuratorate | 七、十六 | health-food
    减肥胶囊检出西布曲明
    壮阳保健品非法添加西地那非
smuggling | customs | police market livestock | 十八 | imported
    一冷库查出走私冻肉四十吨
    走私的鸡爪没有检疫就进了夜市
court-cases | court | procuratorate police | 七 | meat
    卖毒豆芽的老板一审获刑
    买到过期饼干起诉，法院判十倍赔偿
public-interest | procuratorate | court police | 七 | catering
    检察院就外卖封签提起公益诉讼
    检察机关向镇政府发出食品小作坊检察建议
crime | police | court procuratorate | 七 | meat
    警方刑拘五名制假嫌疑人，现场查获假牛肉
    “昆仑”行动破获毒腐竹案，涉案金额上千万
rumor | cyberspace | market police agriculture | 二十四 | other
    网上说紫菜是塑料做的，平台已标注谣言
    紧急扩散！西瓜打针了，大家别买
illegal-slaughter | livestock | agriculture market | 六 | meat
    村里有人私屠滥宰，半夜卖给肉铺
    病死猪被做成香肠卖到集上
veterinary-residues | livestock | agriculture market | 六、十一 | meat
    羊肉里查出瘦肉精，养羊户被调查
    鸡蛋检出恩诺沙星，这批已下架
raw-milk | livestock | market industry | 六、十二 | other
    奶站往生鲜乳里兑水
    牧场的生牛乳抽样酸度异常
fish-drugs | agriculture | market | 十一、六 | residues
    鲈鱼检出孔雀石绿
    水产养殖户乱撒药，鱼还是照卖
pesticides | agriculture | market livestock | 六、十一 | residues
    韭菜农残超标，菜贩说洗洗就行
    果园还在打百草枯，村民担心
soil-and-water | ecology | agriculture livestock | 十一 | grain-oil
    矿边的地里种出镉大米
    化工厂排污，下游稻子全黄了
manure | agriculture | livestock ecology | 十一 | other
    养殖户把粪污直接倒进菜地
    化肥超量，白菜长得吓人
certificates | agriculture | market livestock grain | 二 | other
    菜贩冒用别人的农产品合格证
    合作社虚假开证，一张卖五毛
forest-food | forestry | agriculture market | 二十一、二十二 | other
    收购的林下参用硫磺熏过
    野生菌炖汤后一家人出现幻觉
rice-brand | grain | | 十七 | grain-oil
    外地米套袋冒充吉林大米
    粮库流出的陈化粮被磨成米卖
infant-trade | customs | industry market livestock | 十二、十八 | infant
    进口奶粉批号对不上，宝妈怀疑是假货
    代购奶粉拆封后有怪味
infant-industry | industry | market livestock | 十二 | infant
    飞鹤吉林工厂投产，日处理鲜奶五百吨
    当地的奶粉项目停工一年
infant-formula | market | industry livestock customs | 十二 | infant
    婴儿奶粉结块，宝宝喝完起疹
    配方奶粉里有黑点，厂家说是焦粉
campus-illness | education | health market | 十三、二十 | campus
    小学午餐后三十名学生呕吐
    幼儿园孩子集体腹泻，家长守在门口
campus | education | market health | 十三、十五 | campus
    家长发现学生午饭里有虫
    小学换了配菜商，孩子说菜是酸的
campus-words | education | market health | 十三 | catering
    中学食堂的鸡腿还带血丝
    家长委员会要求参加陪餐，看看孩子吃什么
imported | customs | police market livestock | 十八 | imported
    日本产的零食没有中文标签
    进了一批没有报关单的橄榄油
online-orders | market | | 十五 | catering
    点的外卖里有一只苍蝇
    订餐平台上的店其实没有门面
group-meals | market | health education | 十五、十三 | catering
    公司团餐的米饭夹生，四十人不适
    中央厨房的料包胀袋了还在发
open-kitchens | market | education health | 十五、十三 | catering
    说是明厨亮灶，摄像头却对着墙
    这家笑脸就餐的店，后厨老鼠乱窜
rural-e-commerce | commerce | agriculture market co-op | 十四 | rural
    助农直播卖的蜂蜜是糖浆
    电商进农村的服务站卖过期面包
co-op-shops | co-op | market commerce agriculture | 十四 | rural
    镇上供销社的饼干都是过期的
    供销超市卖的酱油没有生产日期
wholesale-markets | market | commerce agriculture livestock | 十四、六 | other
    批发市场的冻虾没有进货票
    农贸市场里的海带泡得翠绿
fake-food | market | police agriculture livestock commerce co-op | 十四、七 | rural
    山寨饮料在村口小店热卖
    黑作坊用脚踩酸菜
rural | agriculture | livestock market police commerce co-op | 十四 | rural
    村里流动车卖的香油是兑的
    下乡卖的袋装鸡蛋糕没有厂名
false-adverts | market | police publicity broadcasting | 十六 | health-food
    蜂王浆宣称包治百病，涉嫌误导
    压片糖果虚假宣传能降血糖
health-food | market | police commerce | 十六 | health-food
    鱼油胶囊打开是臭的
    蛋白粉没有蓝帽子标志
food-poisoning | market | agriculture livestock health | 二十 | catering
    婚宴后六十人食物中毒
    聚餐后集体腹泻，饭馆停业
foodborne-illness | health | agriculture livestock market grain customs | 十 | other
    疾控提示夏季食源性疾病高发
    凉拌菜里查出沙门氏菌
nutrition-labels | health | market | 十 | other
    饼干的营养成分表和实际差三倍
    零糖饮料的营养标签写着含糖
standards | health | agriculture livestock market | 五、十 | other
    酸菜的地方标准为什么没有下限
    新国标出来了，小厂说做不到
liability-insurance | insurance | market | 一 | other
    买了食责险的饭店，出事后拒赔
    学校投了食品安全责任保险，理赔拖半年
laws | justice | market police agriculture grain | 四 | other
    省里的食品安全条例征求意见
    网友建议立法严管预包装零食
responsibility | food-safety-office | | 三 | other
    县里党政同责落实不到位，被上级点名
    村民反映属地责任没人担，食品摊点无人管
regulator-platform | digital | market agriculture livestock | 九 | other
    吉林祥云上的食品许可查不到
    互联网+监管系统把已关的店还列为在营
traceability | market | agriculture livestock commerce | 九、一 | other
    扫溯源码出来的是另一家的牛肉
    追溯平台查不到这批蘑菇
credit | market | agriculture livestock finance digital local-finance | 二十七 | other
    三次造假的厂家进了失信名单
    这家被联合惩戒的企业换个名字又开张
funds | finance | market agriculture livestock grain forestry police | 二十三 | other
    县里的抽检经费被挪用
    食品监管经费年年不够，检测车开不动
grass-roots | market | agriculture livestock grain forestry police | 二十一、二十二 | other
    市场监管所的人在饭店吃拿卡要
    乡里的食品协管员半年没上过门
demonstration | market | agriculture livestock | 十九 | other
    农产品质量安全县的菜农说从没人来查
    刚评上食品安全示范城市就出事
education-campaigns | market | agriculture education justice publicity | 二十五 | other
    食品安全宣传月走进社区
    科普宣传车讲怎么认野果
licences | market | agriculture livestock | 二十八 | other
    烤冷面摊无证经营三年
    食品经营许可过期了还在卖熟食
brands | market | reform industry agriculture livestock commerce co-op | 二十九 | other
    贴着有机认证的蔬菜查无证书
    假的地理标志人参酒满街都是
test-reports | market | agriculture livestock | 八 | other
    抽检通报：五批次糕点菌落总数超标
    这家检验机构没取样就出报告
food-contact | market | | 八 | other
    一次性餐盒遇热变形，有刺鼻味
    密胺餐具泡热水掉色
complaints | market | agriculture livestock education publicity | 二十六 | other
    打了12315三天没人回
    职业打假人盯上了卖凉皮的老太太
catering | market | health | 十五 | catering
    烧烤里的肉串发酸
    凉皮里有根指甲
grain-oil | grain | market | 十七、二 | grain-oil
    花生油掺了棕榈油
    面粉里有虫，厂家说正常
meat | livestock | market agriculture | 六、二 | meat
    牛肉丸里没有牛肉
    香肠切开是绿的
residues | agriculture | livestock market | 六、十一 | residues
    豆角上的药味洗不掉
    面条里加了过量的增白剂
infant | market | industry livestock customs | 十二 | infant
    婴儿米粉里有金属屑
    磨牙棒长了霉
food-trade | market | | 一、二 | other
    两年前的饼干还在卖，早就过期了
    雪糕被召回，厂家说不影响健康
school-venues | education | market health | 十三 | other
    大学城边的汽水喝了头晕
    高校里卖的饮料有异味
eating-places | market | health | 十五 | other
    酒楼的汤里有玻璃碴
    夜市上的糖水喝着发苦
shops | market | agriculture | 二 | other
    便利店的酸奶胀包了
    小卖部的辣条没有日期
works | market | agriculture livestock | 一 | other
    罐头厂的地上全是烂桃
    这家食品厂的工人不戴口罩
"""
ROWS = rows()


def route_of(text: str, topics: str) -> Route:
    event = Event("e", text, NOW, NOW, 1, "萌芽", None, 0, (), tuple(topics.split()), {}, {})
    return routed(event, [text], CONFIG)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.matter)
def test_what_people_write_of_a_matter_goes_to_those_who_answer_for_it(row: Row) -> None:
    for text in row.examples:
        route = route_of(text, row.topics)
        assert (route.lead.matter, route.lead.name, "、".join(route.lead.clauses)) == (row.matter, row.lead, row.clauses), text
        assert [party.name for party in route.cooperating if party.matter == row.matter] == row.cooperating.split(), text
        assert row.clauses in route.lead.why


def test_every_matter_has_two_examples() -> None:
    assert [row.matter for row in ROWS] == list(CONFIG.matters)
    assert [row.matter for row in ROWS if len(row.examples) < 2] == []


def test_every_department_is_reached_by_two_examples() -> None:
    counts = dict.fromkeys((name for name, one in CONFIG.departments.items() if "/" not in one.place), 0)
    for row in ROWS:
        for text in row.examples:
            route = route_of(text, row.topics)
            for party in {party.name for party in (route.lead, *route.cooperating)}:
                counts[party] += 1
    assert {name: count for name, count in counts.items() if count < 2} == {}


def test_every_department_of_a_matter_is_named_by_one_of_its_clauses_and_the_lead_by_the_first() -> None:
    for matter in CONFIG.matters.values():
        assert matter.clauses[0] in CONFIG.departments[matter.lead].clauses, matter.name
        for name in matter.cooperating:
            assert set(matter.clauses) & set(CONFIG.departments[name].clauses), (matter.name, name)


@pytest.mark.parametrize("text", ["长春清真寺门口的汽水喝着发苦", "用食盐水洗一洗就好"])
def test_a_word_inside_another_that_hides_it_tells_nothing(text: str) -> None:
    assert route_of(text, "other").lead.matter not in ("halal", "salt")


@pytest.mark.parametrize("text", ["食*盐涨价", "食鹽漲價", "#食盐#涨价", "ＡＢ食盐"])
def test_tricks_and_other_spellings_hide_no_word(text: str) -> None:
    assert route_of(text, "other").lead.matter == "salt"
