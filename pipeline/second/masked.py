"""Takes out of a text what points at a person, before it is shown to anybody else's model."""

import re

from nlp.text import clean

LONGEST = 600
"""Characters of a text that are shown."""

_DATE = r"(?<!\d)(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d)"
_MASKS = (
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"), "[邮箱]"),
    (re.compile(r"@[\w·-]{1,30}"), "[用户]"),
    (re.compile("@"), " "),
    (re.compile(r"(?i)((?:加?[微薇]信|加[微薇]|v信|wechat|vx|wx|qq|扣扣|企鹅)群?号?码?\s*[:：是为]?\s*)[A-Za-z0-9_-]{5,20}"), r"\1[号码]"),
    (re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"), "[车牌]"),
    (re.compile(rf"(?P<date>{_DATE})|\d(?:[ .-]?\d){{6,}}(?:[ -]?[Xx])?"), lambda match: match["date"] or "[号码]"),
    (re.compile(r"\d+\s*(?:号楼|栋|幢|单元)(?:[\d\-A-Z]{1,6}(?:号楼|栋|幢|单元|号|室)?)*"), "[住址]"),
    (re.compile(r"((?:姓名|联系人|收件人)\s*[:：是]?\s*)[\u4e00-\u9fff]{2,4}"), r"\1[姓名]"),
    (re.compile(r"((?:我|本人)叫)(?!外卖|了|的|他|她|它|服务|客服|商家|老板)[\u4e00-\u9fff]{2,3}"), r"\1[姓名]"),
)
"""Addresses before names, so that an address is not taken for a name; numbers of seven digits or more are somebody's, dates are not."""


def masked(text: str) -> str:
    """Return the text, cleaned, without user names, addresses, and numbers of phones, accounts, cards and cars, and cut to LONGEST characters.

    Names of people and places in running text stay: without them many posts could not be understood.
    """
    plain = clean(text)
    for pattern, mark in _MASKS:
        plain = pattern.sub(mark, plain)
    return plain[:LONGEST]
