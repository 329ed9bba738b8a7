"""What readers call platforms."""

from collections.abc import Mapping

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


def platform(name: str) -> str:
    """Return what readers call a platform; an unknown one keeps its own name."""
    return PLATFORMS.get(name, name) or "来源不明"


def platforms(counts: Mapping[str, int]) -> str:
    """Return the platforms with their numbers of posts, most first."""
    return " · ".join(f"{platform(name)} {posts}" for name, posts in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
