"""The words by which harm from food is told, as patterns over cleaned text; what each is for stands beside it.

Every text is searched for most of them, so each word begins with a plain character, no class and no group: `re` then passes over
text without such characters some thirty times as fast.
"""

import re


def any_of(*groups: str) -> str:
    """Return a pattern for any of the words: groups of words with blanks between; a word may be a pattern itself."""
    return "|".join(word for group in groups for word in group.split())


def _pattern(*groups: str) -> re.Pattern[str]:
    return re.compile(any_of(*groups))


FOODBORNE = _pattern(
    "食物中毒 食品中毒 误食 误服 误饮 诺如 沙门 李斯特 大肠杆菌 肉毒 米酵菌酸 亚硝酸盐 食源性",
    "河豚 毒蘑菇 野蘑菇 野生菌 菌子 酸汤子 毒酒 假酒 甲醇",
)
"""Food did it, whatever else is named."""

GUT = _pattern("腹泻 呕吐 拉肚子 上吐下泻 又吐又拉 闹肚子")
"""Food probably did it, unless something else is named."""

EATEN = _pattern(
    "吃 喝 餐 宴 食[用物品堂材客杂] 进食 误用 服用 饮用 误[食服饮] 饮料 饮水 外卖 投毒 喂养 团膳 营养[餐包] 饭[后店菜堂局] 做饭 酒席",
    "豆浆 喜酒 冲泡 分食 捕食 生食 共食 煮食 采食",
)
"""Somebody ate."""

FOOD = _pattern(
    EATEN.pattern,
    "饭 菜 奶 菇 酒 饼 糖 粥 汤 粽 蛋 虾 蟹 螺 贝 肉 鸡 鸭 鹅 鱼(?!鹰|雷) 菌(?<![细真病毒人]菌) 豆角 四季豆 凉皮 米[粉线糕] 面[条包皮食馆]",
    "凉面 拉面 拌面 汤面 炒面 水面 日料 料理 馒头 水果 火锅 保健品 红曲 辣条",
    "蜂蜜 断肠草 乌头 草乌 蟾蜍 蛤蟆 河[豚鲀] 蜗牛 苦瓜 葫芦 花生 瓜子",
)
"""Food is near: enough where people were poisoned or vomited."""

SEVERE = _pattern("危重 重症 重伤 病危")
"""A part of the ill, not their number."""

POISONED = _pattern("中毒 感染 食源性 腹泻 呕吐")

ACCIDENT = _pattern(
    "一氧化碳 煤气 燃气 液化气 天然气 沼气 硫化氢 有害气体 有毒气体 不明气体 毒气 瓦斯 氨气 氯气 泄[漏露] 闷炉 围炉 烤火 炭火 取暖 烧煤 空调 艾灸",
    "马桶",
    "卫生间",
    "铅中毒 汞中毒 血铅 水银 铊 酒精中毒 农药中毒 疫苗 洁厕 蚊香 染发 安眠药 降压药 开药 手术 献血",
    "起火 火灾 失火 着火 爆炸 燃爆 爆燃 坍塌 垮塌 倒塌 踩踏 地震 洪水 山洪 泥石流 台风 矿 冻死 溺 触电 雷击 窒息 电梯 蜇 咬伤 烫伤",
    "车祸 相撞 碰撞 翻车 侧翻 撞 坠 冲进 安全带 运输机 飞机 空难 沉没 沉船 枪 空袭 轰炸 轰击 袭击 导弹 战争 军方 以军 俄军 美军 乌军",
    "砍 刺死 刺伤 捅 打死 打人 打伤 殴 杀害 杀人 杀死 遇害 谋杀 命案 凶 自杀 跳楼 绑架 拐 癌 猫 狗 犬 游戏",
    "烧成 烧伤 烧[^，,]{0,4}叶 持刀 水果刀 划伤 掉[进入]? 塌陷 情杀 遇刺 被刺 摔 伤残 刺伤 遭刺 扎伤 骚乱 抗议 纠纷 输液 喂熊",
    "饿死 饿晕 未吃 没吃 吃药 药片 炭疽 不戴手套 食脑虫",
)
"""Something else than food did it."""

EPIDEMIC = _pattern("新冠 确诊病例 阳性 感染者 气溶胶 毛霉菌 幽门螺杆菌 本土 无症状 核酸 疫情 登革 流感 猴痘 埃博拉 艾滋 链球菌 食人菌")
"""A sickness that food does not carry."""

INFECTED = _pattern("感染 病例 确诊 发烧 发热")
CARRIED = _pattern(FOODBORNE.pattern, GUT.pattern, "中毒 不适 腹痛 寄生虫 弧菌 细菌 肝炎 戊肝 甲肝 绦虫 吸虫 布病 布鲁 奶粉 保健品 食品")
"""The infected count only where food may have carried it."""

DRINK = _pattern("喝酒 饮酒 酒后 醉 劝酒 拼酒 陪酒 狂饮 白酒 啤酒 应酬")
BAD_DRINK = _pattern("假酒 毒酒 甲醇 工业酒精 自酿 药酒 泡酒 燃料 勾兑 草乌 毒")
"""Drunkenness is no harm from food; bad liquor is."""

DENIED = _pattern("谣言 辟谣 谣传 不实 不属实 子虚乌有")
GENERAL = _pattern("每年 每天 每周 年均 平均每 全球每 死亡率 致死率 发病率 风险 历史上")
"""Statistics, no incident."""

_SICK = any_of(
    "中毒 中招 不适 腹泻 呕吐 拉肚子 上吐下泻 又吐又拉 闹肚子 腹痛 肚子疼 肚子痛 恶心 患病 发病 致病 染病 感染 病倒 病例 症状 发烧 发热",
    "头晕 晕倒 昏迷 过敏 食源性",
    "重病 病危 危重 重症 重伤 受伤 衰竭 失明 生病 肾损伤 肝损伤 出现反应 身体异常 中的毒 肠胃炎 胃肠炎 患者 结石 大头娃娃 性早熟 发疹 起疹 吐了",
)
_HOSPITAL = any_of(
    "住院 入院 送医 送院 送诊 就医 就诊 求医 接诊 送往[^，,]{0,8}医院 送[到至进][^，,]{0,6}医院 被送[^，,]{0,6}医院",
    "进了?[^，,]{0,3}医院 住了?[^，,]{0,3}医院 ICU icu",
    "留院 留观 收治 抢救 救治 急诊 洗胃 在院 接受治疗 重症监护 到医院 去医院 赴医院",
)
_DEATH = any_of(
    "死亡(?!率|人数为零) 身亡 去世 丧生 离世 不治 遇难 毙命 丧命 殒命 毒死 猝死 致死 病亡 病故 双亡 亡(?!羊)",
    "死(?![刑缓者因活角磕机党穴心皮循囚]|里逃)",
)
_OVER = any_of("出院 痊愈 康复 好转 恢复正常 无恙 无碍 没事 排除 解除 平安 返校")
_OTHERS = any_of(
    "被刑拘 刑拘 被拘 拘 被捕 被抓 抓 获刑 被判 判 处罚 罚款 追责 免职 停职 问责 立案 约谈 开除 辞退 处分 起诉 受审 嫌疑 负责人 责任人 被告 涉案",
    "开会 从业 执法 检查 投诉 举报 维权 索赔 隐瞒",
)
_GUESTS = any_of("就餐 用餐 聚餐 赴宴 赴喜宴 参加 共食 同吃 进餐")
SAID = re.compile(
    rf"(?P<over>{_OVER})|(?P<others>{_OTHERS})|(?P<guests>{_GUESTS})|(?P<hospitalised>{_HOSPITAL})|(?P<dead>{_DEATH})|(?P<ill>{_SICK}|伤)"
)
"""What is said of a number of people: harm, or that they are others than the harmed (over, others) or not harmed yet (guests)."""
SPOKEN = _pattern(_OVER, _OTHERS, _GUESTS, _HOSPITAL, _DEATH, _SICK, "伤")
"""Where SAID matches, found more quickly."""
HARMED = _pattern(_HOSPITAL, _DEATH, _SICK, "伤 死 亡 病危 受害 异常")
"""Without one of these no text states whom anything harmed."""

SAID_BEFORE = re.compile(
    rf"(?:(?P<dead>死亡|遇难|身亡|死者)|(?P<hospitalised>{any_of('住院 送医 入院 就医 就诊 收治 接诊 留观 救治 重症监护')})|(?P<ill>{_SICK}|受害))"
    rf"(?:{any_of('治疗 症状 的?学生 的?儿童 的?患者 的?病例 的?病人 者 人员 人数 总数')})*"
    rf"(?:{any_of('从[^,，]{0,6}的 从 由 已经 已 共有 共计 共 累计 为 有 达到 已达 达 增至 升至 上升[到至] 增加[到至] 约 至少 仅')}|[:：\s])*$"
)
"""The same where it stands before the number: 住院12例."""

_NO = "(?![均份间民生才大格品工造种心类气物事])"
_WHO = any_of(
    "学生 孩子 小孩 小朋友 儿童 幼儿(?!园) 婴儿 婴幼儿 宝宝 娃 同学 师生 员工 顾客 食客 游客 村民 居民 老人 男子 女子 女士",
    "男孩 女孩 男童 女童",
    f"人{_NO} 男 女 工人 教师 患者 病例 守灵者 战士 消费者 客人",
)
PEOPLE = re.compile(
    r"\s?(?:(?P<dead>死(?![亡刑者缓囚])|亡)|(?P<ill>重伤|轻伤|伤|病危|重病)"
    rf"|(?P<people>人{_NO}次?|名(?![字单牌校人气额称义词片表著])|位(?![数置于])|例(?!如|外|行|子)|口(?![味感罩碑岸腔号令红])|个?(?:{_WHO})|个(?:同事|朋友|家人|亲戚|室友|大人)|个(?=[都全去在被住进送拉吐也])))"
)
"""What stands after a number of people; 3死 says it all."""

COUPLE = re.compile(
    rf"(?:{any_of('老夫妻 夫妻 老夫妇 夫妇 老小两口 小两口 母子 母女 父子 父女 祖孙 姐妹 兄弟 姐弟 兄妹')})"
    r"(?:俩|二人|两人|双双|(?<=夫妻)|(?<=夫妇)|(?<=小两口))"
)
COUNTED = re.compile(rf"[\d零〇一二两三四五六七八九十百千万亿廿卅余多几来干数众批少些分]\s?{PEOPLE.pattern}|[俩仨]")
"""A number of people, or what looks like the end of one: all that `nlp.numbers` finds before PEOPLE is found by this."""

LATEST = _pattern("增至 增加[到至] 上升[到至] 升至 升到 达到 已达 累计 更新为 共有 共计 总计 合计 截至")
EARLIER = _pattern("此前 之前 最初 起初 原先 先前 昨日通报 从$")
CORRECTS = re.compile(rf"(?:{any_of('增至 增加[到至] 上升[到至] 升至 升到 达到 更新为')})(?:了|约|近|(?:昨天|今天|目前|现在|当前)的?)*$")

_NOBODY = (
    rf"(?:{any_of('无一? 没有 没 未见 未出现 未发现 暂无 尚无 未造成 未有 未接报 无任何')})"
    rf"(?:{any_of('人员 人 学生 师生 幼儿 儿童 患者 病例 消费者 顾客 一例 例 报告 发现 出现 新增 危重 重症 的 、 和 或')})*"
)
NOBODY = _pattern("无 没 未 零 数为0")
"""Without one of these nothing of ZERO is said."""
ZERO = {
    "ill": re.compile(
        rf"{_NOBODY}(?<=[人生员童者例])(?:因[^,，。]{{0,12}}?)?(?:出现|感到|有|身体|食物)*(?:不适|中毒|发病|患病|腹泻|呕吐|异常)|零中毒|中毒人数为[0零]"
    ),
    "hospitalised": re.compile(rf"{_NOBODY}(?:需要?)?(?:住院|送医|入院|留院)"),
    "dead": re.compile(rf"{_NOBODY}(?:死亡|身亡|伤亡|死者)|零死亡"),
}
"""Nobody was."""

SENTENCE = re.compile(r"[^。!！?？;；\n]+")
CLAUSE = re.compile(r"[,，、:：]")
GOES_ON = re.compile(
    rf"\s*(?:[校院官警]方|学校|医院)?(?:称|表示)?(?:{any_of('后 随后 均 全部 都 最终 不幸 经 先后 已 目前 其后 相继 送医 抢救 被 出现')})"
)
"""A clause that still speaks of the people of the one before."""
SOMEBODY = _pattern("有人 多人 部分 家人 家长 父亲 母亲 孩子 老师 医生")
"""A clause that speaks of somebody else."""
