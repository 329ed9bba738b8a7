"""What readers call things that programs call by names: platforms, stances, levels, places."""

from nlp.assessment import Place
from pipeline.model import LEVELS

PLATFORMS = {
    "weibo": "微博",
    "wechat": "微信",
    "zhihu": "知乎",
    "douyin": "抖音",
    "kuaishou": "快手",
    "xiaohongshu": "小红书",
    "bilibili": "哔哩哔哩",
    "tieba": "贴吧",
    "toutiao": "头条",
    "baidu": "百度",
    "hot": "热榜",
    "news": "新闻",
    "review": "点评",
    "forum": "论坛",
    "complaint": "投诉平台",
    "gov": "政府网站",
    "government": "政府网站",
    "regulator": "监管部门",
    "debunk": "辟谣平台",
}
STANCES = {"spreads": "传播", "refutes": "辟谣", "asks": "询问"}


def platform(name: str) -> str:
    """Return what readers call a platform; an unknown one keeps its own name."""
    return PLATFORMS.get(name, name) or "来源不明"


def level(number: int | None) -> str:
    """Return the level in words, such as Ⅱ橙."""
    return "未达预警" if number is None else LEVELS.get(number, str(number))


def stance(name: str) -> str:
    """Return what readers call a stance towards a claim."""
    return STANCES.get(name, name)


def place(one: Place) -> str:
    """Return a place as people write it, such as 吉林省吉林市舒兰市."""
    return "".join(one.path)
