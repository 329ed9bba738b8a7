"""The text of a page whose site may say a wrong encoding, or none."""

import codecs
import re

_META = re.compile(rb"""(?:charset\s*=\s*|<\?xml[^>]{0,100}encoding\s*=\s*)["']?\s*([A-Za-z0-9_.:-]{2,30})""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252", "ascii": "utf-8", "cp950": "big5hkscs"}
"""What is meant where the first is said: browsers read it so, and so do the sites' writers."""

_WRITTEN = re.compile(r"utf-|gb|hz$|big5|cp\d|iso8859|euc_|shift_jis|koi8|ascii$")
"""Encodings that pages are written in; the others that Python knows are transformations, and raise errors of their own."""

_COMMON = re.compile("[的是不了在有人我他这中大来上国个到说们为子和你地出会也时要就可以对生能而那得于着下自之年过发后作里食品安全市场监管]")
"""Characters that hardly a Chinese page is without; a text decoded wrongly has few of them."""


def decoded(body: bytes, *, header: str = "", declared: str = "") -> tuple[str, str]:
    """Return the text and the encoding it was read in; a byte that fits nowhere becomes U+FFFD, and the page is kept.

    A byte order mark settles it, then `declared` (our own configuration); what the `header` (a charset, or a whole Content-Type)
    and the page say about themselves is believed where the bytes agree.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name
    if own := _known(declared):
        return body.decode(own, "replace"), own
    said = [name for name in (_known(_charset(header)), _known(_in_page(body))) if name]
    for name in dict.fromkeys([*(["utf-8"] if _has_high(body) else []), *said, "utf-8"]):
        try:
            return body.decode(name), name
        except UnicodeDecodeError:
            continue
    return _best(body, [*said, "utf-8", "gb18030", "big5hkscs"])


def _best(body: bytes, names: list[str]) -> tuple[str, str]:
    """Choose the reading with the fewest broken characters and the most common ones."""

    def badness(name: str) -> float:
        """Return how badly an encoding fits, less being better."""
        text = body.decode(name, "replace")
        foreign = sum(1 for char in text if "\ue000" <= char <= "\uf8ff" or "\x80" <= char <= "\x9f")
        return 4 * text.count("\ufffd") + foreign - len(_COMMON.findall(text))

    name = min(dict.fromkeys(names), key=badness)
    return body.decode(name, "replace"), name


def _has_high(body: bytes) -> bool:
    """UTF-8 with something beyond ASCII in it is recognised by itself: no other encoding looks like it by chance."""
    return not body.isascii()


def _charset(header: str) -> str:
    match = re.search(r"charset\s*=\s*[\"']?\s*([^\s;\"']+)", header, re.IGNORECASE)
    return match[1] if match else "" if "/" in header else header.strip()


def _in_page(body: bytes) -> str:
    match = _META.search(body[:4096])
    return match[1].decode("ascii") if match else ""


def _known(name: str) -> str:
    """Return Python's name for it, and the wider one where sites mean that; nothing for what no page is written in."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if not _WRITTEN.match(found.name):
        return ""
    return _WIDER.get(found.name, found.name)
