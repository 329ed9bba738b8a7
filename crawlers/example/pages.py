"""The pages of the example site: each face written as real sites write theirs."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote

from crawlers.example.posts import SHANGHAI, ExamplePost

PAGE_SIZE = 15
"""Complaints on one page."""


def hot(posts: Sequence[ExamplePost]) -> bytes:
    """Write the hot list, ranks from 1."""
    lines = [
        {
            "word": post.written.title,
            "num": post.heat,
            "rank": rank,
            "onboard_time": int(post.published_at.timestamp()),
            "link": f"/topic?q={quote(post.written.title)}",
        }
        for rank, post in enumerate(posts, 1)
    ]
    return _json({"ok": 1, "data": {"realtime": lines}})


def complaints(posts: Sequence[ExamplePost], page: int) -> bytes:
    """Write one page of complaints, from 1; past the end it is empty."""
    items = [
        {
            "sn": post.key,
            "title": post.written.title,
            "company": post.written.company,
            "summary": post.text,
            "nick": post.written.author,
            "votes": post.written.votes,
            "timestamp": int(post.published_at.timestamp()),
            "url": f"/complaints/{post.key}.html",
        }
        for post in posts[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ]
    return _json({"status": {"code": 0, "msg": ""}, "result": {"page": page, "total": len(posts), "complaints": items}})


def feed(posts: Sequence[ExamplePost], url: str) -> bytes:
    """Write an RSS 2.0 feed."""
    items = "\n".join(
        f"<item><title>{escape(post.written.title)}</title><link>{url}/notices/{post.key}.html</link>"
        f"<guid isPermaLink='false'>notice-{post.key}</guid><pubDate>{format_datetime(post.published_at)}</pubDate>"
        f"<description><![CDATA[<p>{escape(post.text)}</p>]]></description></item>"
        for post in posts
    )
    head = f"<title>示例·市场监管通告</title><link>{url}/</link><description>为演示而写的通告</description><language>zh-cn</language>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}\n{items}\n</channel></rss>\n'.encode()


def listing(posts: Sequence[ExamplePost], now: datetime) -> bytes:
    """Write the list of articles, with dates as people say them."""
    items = "\n".join(
        f'<li><a href="/news/{post.key}.html">{escape(post.written.title)}</a> <span class="date">{spoken(post.published_at, now)}</span></li>'
        for post in posts
    )
    return _template("list.html").substitute(items=items).encode()


def article(post: ExamplePost, others: Sequence[ExamplePost], *, charset: str) -> bytes:
    """Write an article page; a page in GB18030 calls itself gb2312, as most of them do."""
    page = _template("article.html").substitute(
        charset="gb2312" if charset == "gb18030" else charset,
        title=escape(post.written.title),
        time=f"{post.published_at:%Y-%m-%d %H:%M}",
        paragraphs="\n".join(f"<p>　　{escape(line)}</p>" for line in post.text.splitlines()),
        others="\n".join(f'<li><a href="{other.key}.html">{escape(other.written.title)}</a></li>' for other in others),
    )
    return page.encode(charset)


def spoken(at: datetime, now: datetime) -> str:
    """Write a time as a news list does: 5分钟前, 3小时前, 昨天 08:15, else 11月3日."""
    here, age = now.astimezone(SHANGHAI), now - at
    if age < timedelta(hours=1):
        return f"{max(1, age // timedelta(minutes=1))}分钟前"
    if at.date() == here.date():
        return f"{age // timedelta(hours=1)}小时前"
    if at.date() == here.date() - timedelta(days=1):
        return f"昨天 {at:%H:%M}"
    return f"{at.month}月{at.day}日"


def robots() -> bytes:
    """Return robots.txt."""
    return files("crawlers.example").joinpath("robots.txt").read_bytes()


def _template(name: str) -> Template:
    return Template(files("crawlers.example").joinpath(name).read_text("utf-8"))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
