"""How sites say no: by status, by a page of verification, by a notice in place of the list."""

import re

BLOCKED = frozenset({401, 403, 405, 407, 412, 418, 429, 451, 521})
"""Answers of a site, or of the wall before it, that does not want to be read."""

_VERIFICATION = re.compile(
    r"验证码|滑动验证|安全验证|访问验证|人机验证|人机识别|身份验证|拖动滑块|访问过于频繁|请求过于频繁|访问频率|异常访问|访问被拒绝|请求被拦截|非法访问"
    r"|请先登录|请登录后|captcha|verify you are human|checking your browser|access denied|acw_sc__v2|\$_ts\s*=|__jsl_clearance|cf-challenge|waf_text",
    re.IGNORECASE,
)
_SUSPENDED = re.compile(
    r"系统维护|正在维护|网站维护|停机维护|升级维护|服务暂停|暂停服务|暂停访问|停止服务|已停止运营|站点已暂停|网站已关闭|站点已关闭|网站已停止|未备案"
    r"|account (?:has been )?suspended|under maintenance|site (?:is )?suspended|domain (?:has )?expired",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"<title[^<>]*>\s*([^<]{1,60})", re.IGNORECASE)


def status_word(status: int) -> str:
    """Return what an error status says of a source."""
    return "blocked" if status in BLOCKED else "unreachable"


def notice(page: str) -> tuple[str, str] | None:
    """Return the word and the reason where a page without items says no; None where it does not.

    Ask it only about pages on which nothing was found: an article may well be about verification codes.
    """
    head = page[:200_000]
    for word, pattern in (("suspended", _SUSPENDED), ("blocked", _VERIFICATION)):
        found = pattern.search(head)
        if found:
            title = _SHOWN.search(head)
            return word, f"the page says {found[0]!r}" + (f" under the title {title[1].strip()!r}" if title else "")
    return None
