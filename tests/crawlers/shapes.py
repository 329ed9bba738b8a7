"""Lists, articles and feeds as sites answer them, and what tests of crawls declare."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

KEY = "aa" * 16
ENVIRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "SHIAN_AUTHOR_KEY": KEY, "no_proxy": "*"}
NOW = datetime.now(UTC)

LISTING = {"items": "li", "fields": {"title": "a", "url": "a::attr(href)", "published_at": "span"}}
HOT = {"items": "list", "fields": {"title": "word", "heat": "num"}, "category": "hot-list", "platform": "weibo"}


def day(ago: float = 0) -> str:
    return (NOW - timedelta(days=ago)).strftime("%Y-%m-%d %H:%M:%S +00:00")


def listing(*titles: str, ago: float = 0.1) -> str:
    rows = "".join(f'<li><a href="/a/{number}.html">{title}</a><span>{day(ago)}</span></li>' for number, title in enumerate(titles, 1))
    return f"<html><head><meta charset='gbk'><title>列表</title></head><body><ul>{rows}</ul></body></html>"


def article(text: str) -> str:
    return (
        f"<html><body><h1>标题</h1><i class='by'>记者甲</i><div class='body'><p>{text}</p><p>第二段。</p><script>'不是'</script></div></body></html>"
    )


def feed(*items: str, head: str = "<?xml version='1.0' encoding='gb2312'?>") -> str:
    return f"{head}<rss version='2.0'><channel><title>示例</title>{''.join(items)}</channel></rss>"


def entry(number: int, text: str = "正文") -> str:
    return (
        f"<item><title>第{number}条</title><link>/n/{number}?utm_source=rss</link><guid isPermaLink='false'>{number}</guid>"
        f"<description>&lt;p&gt;{text}{number}&lt;/p&gt;</description><author>甲</author>"
        f"<pubDate>{(NOW - timedelta(hours=number)).strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate></item>"
    )
