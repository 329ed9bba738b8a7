"""The title of an article: what the page shows as its headline and its <title> confirms, without the names of sites."""

import re
from collections.abc import Sequence
from typing import Final

from crawlers.boilerplate import ends, is_about, is_aside
from crawlers.density import squeezed
from crawlers.lines import Line

_SITE: Final = re.compile(
    r"(?:网|网站|新闻|频道|厅|局|委|委员会|政府|首页|日报|晚报|早报|晨报|时报|在线|中心|平台|资讯|门户|官网|APP|号|\.com|\.cn|\.net|协会|公司|医院|大学|学院|研究院|博客|论坛|传媒|热线|客户端|News|Paper)$",
    re.I,
)
_BETWEEN: Final = re.compile(r"\s*(?:_+|\s[-–—|｜·]\s|--+|[|｜]|[-–—])\s*")
_BADGE: Final = re.compile(r"^\s*(?:[\[【]?(?:原创|转载|置顶|图文|独家|视频)[\]】]?[\s:：|]*)(?=\S{6,})")
_HEADLINE: Final = re.compile(r"(?=.*[一-鿿])(?!.*(?:://|。)).{8,60}$")
_LONGEST: Final = 200


def headline(lines: Sequence[Line], body: Sequence[Line], said: Sequence[str], named: str) -> str:
    """Return the title: `said` are titles that the page's metadata give, the surest first, `named` is its <title>.

    A headline that stands on the page is right where <title> begins with it; metadata and the trimmed <title> come after.
    """
    named = " ".join(named.split())[:_LONGEST]
    shown = _shown(lines, named)
    if shown and not is_site(shown):
        return shown
    above = _above(lines, body)
    for title in said:
        plain = " ".join(title.split())
        if 4 <= len(plain) <= _LONGEST and not is_site(plain):
            return _longer(trimmed_title(plain), [*above, named])
    if not named or is_site(trimmed_title(named)):
        return above[0] if above else trimmed_title(named)
    for heading in above:
        if squeezed(trimmed_title(named)) in squeezed(heading):
            return trimmed_title(named)
    return trimmed_title(named)


def _shown(lines: Sequence[Line], named: str) -> str:
    """Find the line that is the beginning of <title>, else one that is most of it."""
    whole = squeezed(named)
    best, best_rank = "", (0, 0, 0)
    for line in lines:
        text = line.text
        if not 4 <= len(text) <= _LONGEST or (line.linked > 0.5 * len(text) and not line.is_heading):
            continue
        short = squeezed(text)
        if len(short) < 2 or short not in whole:
            continue
        begins = whole.startswith(short)
        if begins and not _ends_a_word(named, short):
            continue
        if (not begins and len(short) < 0.4 * len(whole)) or (is_site(text) and not line.is_heading):
            continue
        rank = (int(begins), len(short), int(line.is_heading))
        if rank > best_rank:
            best, best_rank = text, rank
    return best


def _ends_a_word(named: str, short: str) -> bool:
    """Tell whether <title>, after this beginning of it, goes on with a separator, with the name of a site, or not at all."""
    place = count = 0
    while place < len(named) and count < len(short):
        count += len(squeezed(named[place]))
        place += 1
    rest = named[place:]
    if not rest.strip() or (not squeezed(rest[0]) and rest[0] != " "):
        return True
    return is_site(_BETWEEN.split(rest.strip())[0]) or bool(_BETWEEN.match(rest))


def _above(lines: Sequence[Line], body: Sequence[Line]) -> list[str]:
    """Return headings above the body, the nearest first."""
    if not body:
        return []
    top = body[0].place
    near = [line for line in lines if line.place <= top and not is_about(line.text) and 5 <= len(line.text) <= 100 and not is_site(line.text)]
    headings = [line for line in near if line.is_heading and not line.block.aside]
    if not headings:
        headings = [line for line in near if line.place > top - 12 and not line.block.aside and 4 * line.linked < len(line.text)]
        headings = [line for line in headings if not ends(line.text) and not is_aside(line.text) and line not in body and _HEADLINE.match(line.text)]
    return [trimmed_title(line.text) for line in reversed(headings)]


def _longer(title: str, others: Sequence[str]) -> str:
    """Take the whole title where metadata was cut short by a quotation mark."""
    short = squeezed(title)
    for other in others:
        if short and len(squeezed(other)) > len(short) and squeezed(other).startswith(short):
            return trimmed_title(other)
    return title


def is_site(text: str) -> bool:
    """Tell whether a short text looks like the name of a site, a channel or an office, not like a headline."""
    return len(text) <= 25 and bool(_SITE.search(text.strip())) and not re.search(r"[，。！？：“”《》]", text)


def trimmed_title(text: str) -> str:
    """Return a title without its badge in front and without the names of channel and site behind."""
    text = _BADGE.sub("", " ".join(text.split()))
    first = re.split(r"_+", text)[0].strip()
    if len(first) >= 4:
        text = first
    while True:
        ends = list(_BETWEEN.finditer(text))
        if not ends:
            return text.strip()
        last = ends[-1]
        head, tail = text[: last.start()].strip(), text[last.end() :].strip()
        if len(head) < 4 or len(tail) > 25 or not (not tail or _SITE.search(tail) or "--" in last[0]):
            return text.strip()
        text = head
