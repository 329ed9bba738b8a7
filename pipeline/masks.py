"""Hides the numbers and addresses of persons in texts that many people see: lists, feeds, exports, mails. What is stored and searched stays as it is.

Only what is surely a person's is hidden. Numbers of batches, licences, barcodes and orders, prices, dates and public hotlines are what the desk
works with, and stay.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

_THINGS = r"(?:批号|批次|批|编号|货号|单号|订单|运单|条码|条形码|许可证|许可|备案|注册号|证书|文号|标准|信用代码|执照|案号|编码|序列号|SKU|ID|No)"
_THING = re.compile(rf"{_THINGS}\w{{0,6}}\s*[:：.为是#(（]?\s*[A-Za-z]{{0,4}}$", re.IGNORECASE)
"""What a number is of that is no person's, just before it."""
_PUBLIC = re.compile(r"(?:热线|举报|投诉|咨询|监督|服务|值班|传真|客服|维权)\w{0,4}\s*[:：为是]?\s*$")
"""What says that a telephone is an office's."""
_CARD = re.compile(r"(?:银行卡|卡号|账号|帐号|账户|帐户|开户)\w{0,6}\s*[:：为是]?\s*$")
_PERSON = re.compile(r"身份证\w{0,4}\s*[:：为是]?\s*$")
_BEFORE = 24
"""Characters before a number that tell what it is."""
_OFFICIAL = re.compile(
    r"市监|监管|监督|发布|公安|日报|晚报|早报|时报|新闻|卫视|电视|广播|电台|在线|疾控|卫健|卫生|教育|政府|网信|辟谣|消协|消费者|食药|法院|检察|人民|央视|新华|头条|平台|客服|官方"
)
"""Words by which an account is an office's, a firm's or a medium's."""

_NUMBER = re.compile(r"(?<![\dA-Za-z.])(?:\+?86[- ]?|0086[- ]?)?\d(?:[ -]?\d){9,20}[Xx]?(?![\dA-Za-z])(?!\.\d)")
_MAIL = re.compile(r"(?<![\w.%+-])([A-Za-z0-9])[A-Za-z0-9._%+-]{0,63}(@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)")
_ACCOUNT = re.compile(r"(?i)((?:[微薇]信|v信|wechat|vx|qq|扣扣)群?号?码?\s*[:：是为]?\s*)(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{5,20}(?![A-Za-z0-9_-])")
_HANDLE = re.compile(r"@([\w·-]{2,30})")
_NAMING = frozenset({"id", "key", "url", "event", "into", "post", "posts", "alert", "mute", "source", "author", "model", "next"})
"""Fields of JSON by which programs ask again: never changed, whatever they look like."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[- ]\d{7,8}")
_BANK = re.compile(r"(?:62\d{14,17}|4\d{15}|5[1-5]\d{14}|3[47]\d{13})")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def masked(text: str) -> str:
    """Return the text with telephones, identity cards, bank cards, mail addresses, accounts and user names of persons hidden."""
    if "@" in text:
        text = _HANDLE.sub(_handle, _MAIL.sub(r"\1***\2", text))
    if not any(character.isdigit() for character in text):
        return text
    return _NUMBER.sub(_number, _ACCOUNT.sub(r"\1***", text))


def hidden(face: Any) -> Any:
    """Return JSON with every text in it masked, but for names and addresses of records, and what people of the desk wrote themselves."""
    if isinstance(face, dict):
        return {key: value if _is_own(key, value, face) else hidden(value) for key, value in face.items()}
    if isinstance(face, list | tuple):
        return [hidden(value) for value in face]
    return masked(face) if isinstance(face, str) else face


def _is_own(key: str, value: object, face: dict[str, Any]) -> bool:
    """Whether a field is not what a post says: one that names a record, a line of a handling log, or the reason that somebody gave."""
    names = key in _NAMING and (isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)))
    return names or (key == "text" and "by" in face) or (key in ("reason", "why") and isinstance(value, str))


def _handle(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    is_mail = bool(before) and (before[-1] == "*" or (before[-1].isascii() and before[-1].isalnum()))
    return found[0] if is_mail or _OFFICIAL.search(found[1]) else "@***"


def _number(found: re.Match[str]) -> str:
    whole, before = found[0], found.string[max(0, found.start() - _BEFORE) : found.start()]
    digits = re.sub(r"[ +-]", "", whole)
    bare = re.sub(r"^(?:0086|86)(?=1[3-9]\d{9}$)", "", digits)
    for is_one, hidden in _KINDS:
        if is_one(bare, whole, before):
            return hidden(bare)
    return whole


def _is_card(number: str, _: str, before: str) -> bool:
    """An identity card: by its check digit and date; of fifteen digits only where it is called so."""
    if len(number) == 18 and number[:17].isdecimal():
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
        return bool(_PERSON.search(before)) or ("11" <= number[:2] <= "82" and _is_date(number[6:14]) and number[17].upper() == check)
    return len(number) == 15 and number.isdecimal() and bool(_PERSON.search(before))


def _is_bank(number: str, _: str, before: str) -> bool:
    """A bank card: where it is called so; else by how such numbers begin and their check digit, unless it is called otherwise."""
    if not (number.isdecimal() and 15 <= len(number) <= 19):
        return False
    return bool(_CARD.search(before)) or (bool(_BANK.fullmatch(number)) and _luhn(number) and not _THING.search(before))


def _is_mobile(number: str, _: str, before: str) -> bool:
    return bool(_MOBILE.fullmatch(number)) and not _THING.search(before)


def _is_landline(_: str, whole: str, before: str) -> bool:
    return bool(_LANDLINE.fullmatch(whole)) and not _PUBLIC.search(before) and not _THING.search(before)


_KINDS: tuple[tuple[Callable[[str, str, str], bool], Callable[[str], str]], ...] = (
    (_is_card, lambda number: f"{number[:4]}{'*' * (len(number) - 4)}"),
    (_is_bank, lambda number: f"{'*' * (len(number) - 4)}{number[-4:]}"),
    (_is_mobile, lambda number: f"{number[:3]}****{number[7:]}"),
    (_is_landline, lambda number: f"{number[: 3 if number[1] in '12' else 4]}*******"),
)


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
