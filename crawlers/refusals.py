"""How sites say no: by status, by a page of verification, by a notice or a login in place of the list, by leading elsewhere."""

import re
from urllib.parse import urlsplit

BLOCKED = frozenset({401, 403, 405, 407, 412, 418, 429, 451, 521})
"""Answers of a site, or of the wall before it, that does not want to be read."""

_VERIFICATION = re.compile(
    r"验证码|滑动验证|安全验证|访问验证|人机验证|人机识别|身份验证|拖动滑块|访问过于频繁|请求过于频繁|访问频率|异常访问|访问被拒绝|请求被拦截|非法访问"
    r"|captcha|verify you are human|checking your browser|access denied|acw_sc__v2|\$_ts\s*=|__jsl_clearance|cf-challenge|waf_text",
    re.IGNORECASE,
)
_SUSPENDED = re.compile(
    r"系统维护|正在维护|网站维护|停机维护|升级维护|服务暂停|暂停服务|暂停访问|停止服务|已停止运营|站点已暂停|网站已关闭|站点已关闭|网站已停止|未备案"
    r"|[账帐]号(?:已|已被|被|因)[^<]{0,12}(?:封|停用|注销|冻结|禁)|公众号已(?:停用|注销|被封)|该用户已(?:注销|被封)"
    r"|account (?:has been |is )?suspended|under maintenance|site (?:is )?suspended|domain (?:has )?expired",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"请先登[录陆]|请登[录陆]后|[账帐]号未登[录陆]|用户未登[录陆]|尚未登[录陆]|登[录陆]后(?:才能|方可|可以|即可)?(?:查看|访问|浏览|继续)|扫码登[录陆]"
    r"|请重新登[录陆]|登[录陆](?:已失效|已过期|超时)|please (?:log|sign) ?in|login required|not logged in",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"<input[^<>]+type\s*=\s*[\"']?password", re.IGNORECASE)
_TITLES = (
    (
        "login",
        re.compile(
            r"(?:.{0,12}[-_|·— ])?(?:(?:用户|会员|[账帐]号)?(?:登[录陆]|login|log in|sign in)|(?:统一)?身份认证)(?:页面?)?(?:[-_|·— ].{0,20})?", re.I
        ),
    ),
    ("blocked", re.compile(r".{0,8}(?:安全验证|访问验证|人机验证|滑动验证|验证码|访问被拒绝|access denied|just a moment).{0,12}", re.I)),
    ("suspended", re.compile(r"(?:网站|系统|站点)(?:正在)?(?:维护|升级)中?|.{0,12}已(?:停用|关闭|封禁|停止服务)|account suspended", re.I)),
)
"""Whole titles of pages that are no list, whatever else stands on them."""
_ELSEWHERE = (
    ("login", re.compile(r"\b(?:login|logon|signin|sign-in|passport|sso|cas)\b", re.I)),
    ("blocked", re.compile(r"\b(?:captcha|verify|verification|antispider|challenge|punish)\b", re.I)),
)
_SHOWN = re.compile(r"<title[^<>]*>\s*([^<]{1,60})", re.IGNORECASE)
_NO_TEXT = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!")


def status_word(status: int) -> str:
    """Return what an error status says of a source."""
    return "blocked" if status in BLOCKED else "unreachable"


def notice(page: str) -> tuple[str, str] | None:
    """Return the word and the reason where a page without items says no; None where it does not.

    Ask it only about pages on which nothing was found: an article may well be about verification codes.
    """
    head = page[:200_000]
    if said := entitled(head):
        return said
    login = _PASSWORD.search(head)
    for word, found in (
        ("suspended", _SUSPENDED.search(head)),
        ("login", login),
        ("blocked", _VERIFICATION.search(head)),
        ("login", _LOGIN.search(head)),
    ):
        if found:
            what = "has a field for a password" if found is login else f"says {found[0]!r}"
            title = _SHOWN.search(head)
            return word, f"the page {what}" + (f" under the title {title[1].strip()!r}" if title else "")
    return None


def entitled(page: str) -> tuple[str, str] | None:
    """Return the word and the reason where a page's very title says no: ask it about any list."""
    title = _SHOWN.search(page[:200_000])
    for word, pattern in _TITLES:
        if title and pattern.fullmatch(title[1].strip()):
            return word, f"the page is called {title[1].strip()!r}"
    return None


def led_away(asked: str, url: str) -> tuple[str, str] | None:
    """Return the word and the reason where a site led from the address asked to its login or verification."""
    for word, pattern in _ELSEWHERE:
        before, after = (pattern.search(" ".join((urlsplit(one).netloc, urlsplit(one).path)).replace("_", " ")) for one in (asked, url))
        if after and not before:
            return word, f"leads to {url:.200}"
    return None


def is_no_text(body: bytes) -> bool:
    """Return whether an answer is a document, a picture or an archive, and no page."""
    return body.startswith(_NO_TEXT)
