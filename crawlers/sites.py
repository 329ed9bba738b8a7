"""Where known big sites keep an article's text: the id or class of its block, by host. A hint: what is not found there is read as on any page."""

from typing import Final
from urllib.parse import urlsplit

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "163.com": ("post_body", "post_text", "endtext", "content"),
    "baijiahao.baidu.com": ("article-content", "articlewrap"),
    "cctv.com": ("content_area", "text_area"),
    "chinanews.com.cn": ("left_zw",),
    "gmw.cn": ("u-maintext", "contentmain"),
    "gov.cn": ("ucap-content", "pages_content", "trs_editor", "zoom"),
    "guancha.cn": ("all-txt",),
    "ifeng.com": ("main_content", "artical_real"),
    "mp.weixin.qq.com": ("js_content",),
    "people.com.cn": ("rm_txt_con", "rwb_zw", "box_con"),
    "qq.com": ("cnt-main-article-qq", "content-article"),
    "sina.com.cn": ("artibody", "article"),
    "sohu.com": ("mp-editor",),
    "thepaper.cn": ("news_txt",),
    "toutiao.com": ("article-content",),
    "xinhuanet.com": ("detailcontent", "p-detail", "detail"),
}


def places_of(url: str) -> tuple[str, ...]:
    """Return the names of blocks, in lower case, that may hold the text of articles of this address's site."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ()
    while host:
        if host in PLACES:
            return PLACES[host]
        host = host.partition(".")[2]
    return ()
