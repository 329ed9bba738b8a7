"""How a text speaks of a known claim: it spreads it, refutes it, or asks about it.

Texts are given as `nlp.text.cleaned` leaves them. Cues are read around the place where the claim stands; what only looks like a cue
(你还敢吃吗, 这不是谣言) is taken out first.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

Stance = Literal["spreads", "refutes", "asks"]
Span: TypeAlias = tuple[int, int]

_AROUND = 120
"""Characters on each side of the claim in which cues count; the beginning of the text always does."""
_HEAD = 60
_READ = 240
"""Characters of a text in which it must say what it is there for."""
_BEFORE = 12
"""Characters before what is said in which its negation may begin."""

_RHETORICAL: Final = re.compile(
    r"(?:你|谁|大家)?还(?:敢|要|在|会)[^,。!?]{0,10}(?:吗|么|呢|嘛)[?!]*|谁还?敢[^,。!?]{0,8}|敢(?:吃|喝|买|用)(?:吗|么|嘛)[?!]*|(?:你|大家|都)?知道(?:吗|么|嘛|为什么[^,。!?]{0,16})[?!]*"
    r"|(?:可怕|吓人|恐怖|恶心|惊讶|震惊|后怕)(?:吗|么|不)[?!]*|难道[^。!?]{0,24}(?:吗|么)[?!]*|怎么(?:还|能|敢|可以)[^,。!?]{0,12}[?!]+|你们?(?:家|买|吃|喝)[^,。!?]{0,8}(?:吗|么)[?!]+"
    r"|(?:看到|看见|发现|听说|记住|收到|吃过|明白|懂)了?(?:吗|么|没)[?!]+|何况[^,。!?]{0,10}[?!]|(?:有没有)?良心(?:何在|呢|吗)[?!]*|没人管(?:吗|么|了)[?!]*|[?][!?]*[!][!?]*|为什么(?:没人|不)[^,。?]{0,10}[?]"
    r"|(?:受得了|顶得住|扛得住|受得住|对得起[^,。?]{0,6})(?:吗|么)[?!]*"
)
_IRONIC: Final = re.compile(
    r"(?:不是|绝非|并非|可不是|别说是?|别以为是|不要以为是|别当成?|别当是)(?:造谣|谣言|传言|假消息|误解|吓唬)|(?:别|不要)不信|不信(?:你|的|就|请|可以|自己)|信不信由你|宁可信其有"
    r"|(?:专家|官方|他们|某些人|媒体|厂家|商家)[^,。!?]{0,6}(?:还在|又|都|只会|总)(?:说|在)?(?:辟谣|放心|没事|无害|安全)|辟谣(?:的|都)?(?:别信|不可信|没用|收了?钱|骗)|(?:说|以为)是(?:谣言|假的),?[^。!?]{0,12}(?:亲眼|亲身|真的|结果|没想到|现在)"
    r"|别再?相信(?:专家|官方|辟谣)|揭露?真相|真相(?:曝光|大白|被|揭)|隐瞒真相|不放心|再?不敢放心"
)
_WHETHER: Final = re.compile(
    r"(?:是不是|是否(?:是|为)?|算不算|究竟是|到底是|会不会是)(?:真|谣|假)\w{0,2}|(?:是)?(?:谣言|真的|假的|真相|事实|属实)(?:吗|么|嘛|还是)|真相还是|是真是假|真假(?:[?]|如何|难辨|呢)|真的假的|求(?:辟谣|证实?|真相|科普|解|官方|专家|助|问)|有没有(?:人|专家|官方|科学|懂)"
    r"|(?:可信|靠谱|科学|有依据|有道理|正确|有科学依据|有根据|可靠|能信|安全|有害|有毒|要紧|没事)(?:吗|么|嘛|不[?])|谁能?(?:来)?(?:辟谣|科普|解释|证实)|能不能(?:辟|信)|不知(?:道)?(?:是)?真|放心[^,。!?]{0,4}(?:吗|么|嘛|[?])"
)
_REFUTES: Final = re.compile(
    r"辟谣|谣言|谣传|造谣|传谣|信谣|不实|不属实|失实|假消息|假新闻|假视频|虚假(?:信息|消息|视频)|别信|(?:不要|请勿|切勿|别再|勿|莫|不能|不可|别被|无须|不应)(?:轻|盲目)?(?:信|相信|转发此|误导)|误区|误解|误传|误读|误会|误导|谬误|流言|伪科学|伪命题"
    r"|(?:没有?|无|并无|毫无|缺乏|缺少)(?:任何|什么|明确|足够|充分|可靠|确凿|直接)?的?(?:科学|事实|实验|临床)?的?(?:依据|根据|证据|道理|关系|关联|联系)|不科学|不靠谱|不可靠|不可信|不足信|不足为信|不成立|站不住脚|不准确|不正确|不严谨|不客观|纯属|子虚乌有|无稽之谈|胡说|瞎说|扯淡|瞎编|杜撰|编造|摆拍"
    r"|澄清|正名|背锅|冤枉|清白|以讹传讹|断章取义|夸大|危言耸听|耸人听闻|偷换概念|张冠李戴|移花接木|旧谣|老谣|套路|骗局|莫须有|真相(?:是|来了|:|在此|其实|原来)|事实(?:是|上|真相)|(?:无需|无须|不必|不用|没必要|大可不必)(?:过度|过于|太|过分)?(?:恐慌|担心|担忧|惊慌|紧张|害怕|恐惧|焦虑|怕)"
    r"|别慌|别怕|(?:这|消息|视频|传言|说法|图片|新闻|那)是(?:假|错)|[,。:!?](?:这|那|都|全)?是?假的(?:[!。,]|$)|被(?:行政)?(?:拘留|处罚|约谈)|行拘|(?:系|属|为)(?:谣言|正常|误|旧闻|虚假)|正常现象|天然(?:色素|的颜色)|网警|被打假|科学家?证明不|粉碎|破除|骗了你|吓唬|别再传|停止传播"
    r"|没那么(?:可怕|夸张|严重|玄|神)|没有那么|想多了|被骗了|再?被[^,。!?]{0,8}忽悠|(?:库存|供应|储备)充足|请勿(?:囤|抢|恐慌|传播|转发)|反而更|恰恰相反|查无此|不一定|八竿子打不着|两码事|两回事|无此(?:病例|事|计划|人)|嫁接|特效合成|(?:不要|别)再传"
    r"|(?:其实|实际上|实际|实为)(?:就)?是[^,。!?]{0,10}(?:蛋白|天然|正常|果粉|面筋|细菌|花青素|甜菜|淀粉|筋膜|血管|错觉|误)"
)
_SOOTHES: Final = re.compile(
    r"(?:可以?|大可|尽管|请|能|是|就)?放心(?:食用|饮用|吃|喝)?|(?:无|没|不存在)(?:致癌|安全)?(?:风险|隐患)|安全无害|是安全的|安全[,。]|并?不(?:会|存在)[^,。!?]{0,4}问题|吃不出"
    r"|(?<!不)(?<!还)(?:可以|能够|能)(?:放心|一起|同时|搭配|照常|正常)+(?:吃|喝|食用|同食|同吃)(?![^,。]{0,2}(?:吗|么|嘛|[?]))"
)
_ASKS: Final = re.compile(
    r"吗|么[?]|嘛[?]|呢[?]|[?]|是不是|是否|会不会|能不能|有没有|可不可以|要不要|有没有事|究竟|到底(?:能|会|有|是|该|怎)|求证|请问|想问|问一下|请教|怎么回事|咋回事|如何看待|怎么看|有人(?:知道|懂|了解|能)|谁(?:知道|懂|了解|能)|不知(?:道)?真|未经证实|有待证实|求科普|为什么不能|为何不能"
)
_WHO: Final = "专家|医生|官方|疾控|市监|监管|营养师|记者|央视|科普|卫健|教授|回应|实测|实验|检测|解读|告诉你|一文|看完|其实|真相|答案|实际"
_ANSWERED: Final = re.compile(
    rf"[?][^?]{{0,40}}(?:{_WHO})|:[^,。:]{{0,4}}(?:{_WHO}|假的)|[?]+[^?]{{0,6}}(?:错|假|否|不会|不是|并不|并非|没有|不存在|没那|别|不可能|未必|恰恰)"
    r"|[?][^?。:]{0,12}(?:院|所|局|科|会|中心|大学|医生|师|家|部|警方|委|厂|公司|人士|员):|[?].{0,30}(?:可以|能)(?:放心|一起|正常)?(?:吃|喝|食用|同食)(?!吗|么|[?])"
)
_ANSWERED_BY: Final = re.compile(r"[?][^?。:]{0,12}(?:院|所|局|科|协会|中心|大学|医生|师|专家|部|警方|委|厂|公司|人士|员):")
_OF_FRAUD: Final = re.compile("骗局|套路|吓唬|冤枉|摆拍")
"""Words that refute a claim beside them, but may be what a whole text is about."""
_NOT: Final = re.compile(
    r"(?:不会|不可能|不至于|不存在|并不|并非|并无|并未|不是|没有|没|从未|从来不|未|无|不|绝非|非)(?:直接|增加|导致|引起|引发|造成|使人?|一定|必然|轻易|用|由|含|含有|被|是|等于|提高|任何|有|会|能|产生|发现|携带|因此|因为|真的?|让人|什么|所谓的?|任何的?|加|添加了?|注射?|打|给|变|检出|分解出|析出)*$"
)
_CANNOT: Final = re.compile(
    r"(?:不能|无法|不可能|难以|做不到|起不到|没法|并不能|不足以|达不到|不可以|补不了|治不了)(?:够|直接|有效|真正|用来|去|把|代替|起到|补|治|防|预防|抗|杀|让|使|靠)*$"
)
_EITHER: Final = re.compile(r"(?:有没有?|会不会?|能不能?|是不是?|要不要?|可不可以?|该不该?|能否|是否|为什么不?能?|为何不?能?)[^,。!?]{0,8}$")
_AFTER_NOT: Final = re.compile(r"^(?:不了|不到|没有用|没用|无效)")
_EATEN: Final = re.compile(r"吃|食|喝|配|搭|服|买|用|煮|炒|炖|相克|不能|别|不要|一起|混")
_MAY: Final = re.compile(r"(?<!不)(?<!不是)(?<!能不)(?:可以|可|能|能够|没事|可以放心|照样)(?:正常|大胆|放心)?$")
_MUST_NOT: Final = re.compile(r"(?:不要|别|切勿|勿|千万别|不能|不宜|不可|不应|不建议)[^,。!?]{0,3}$")
_HARM: Final = re.compile(r"毒|癌|死|别|不能|不要|病|害|激素|假|染|脏|虫|傻|胶|假|孕|育|塑料|结石|砒霜")


class Manner(NamedTuple):
    """What a claim's own wordings already say: whether it warns of harm, and whether it calls something safe."""

    warns: bool = True
    soothes: bool = False


_WARNING: Final = Manner()


def manner(wordings: Sequence[str]) -> Manner:
    """Return how a claim itself speaks, so that its own words are not taken for its refutation."""
    text = " ".join(wordings)
    return Manner(_HARM.search(text) is not None, _SOOTHES.search(text) is not None or re.search("没毒|无毒|能吃|没事", text) is not None)


def stance(text: str, span: Span, said: Sequence[Span] = (), how: Manner = _WARNING) -> Stance:
    """Return how a text speaks of a claim that stands at `span`; `said` are the places of what it says of its subject, the nearest first."""
    start, end = max(0, span[0] - _AROUND), min(len(text), span[1] + _AROUND)
    around = _without(text, said[:1], start, end)
    plain = _IRONIC.sub(" ", _RHETORICAL.sub(" ", around if start <= _HEAD else f"{text[:_HEAD]} {around}"))
    left = _WHETHER.sub(" ", plain)
    denied = any(_denied(text, place, how) for place in said if start <= place[0] and place[1] <= end)
    if refuted(left) or denied or _ANSWERED.search(left) or (not how.soothes and _SOOTHES.search(left)):
        return "refutes"
    return "asks" if left != plain or _ASKS.search(left) else "spreads"


def refuted(text: str) -> bool:
    """Whether the words of a text say that something is untrue."""
    return _REFUTES.search(text) is not None


def settled(text: str) -> bool:
    """Whether a whole text is there to say that something is untrue: for texts of which no claim is known."""
    left = _OF_FRAUD.sub(" ", _WHETHER.sub(" ", _IRONIC.sub(" ", _RHETORICAL.sub(" ", text[:_READ]))))
    return refuted(left) or _ANSWERED_BY.search(left) is not None


def _without(text: str, said: Sequence[Span], start: int, end: int) -> str:
    """The stretch of the text with what the claim itself says blanked: a claim of fraud is not its own refutation."""
    for low, high in said:
        if refuted(text[low:high]):
            text = f"{text[:low]}{'_' * (high - low)}{text[high:]}"
    return text[start:end]


def _denied(text: str, said: Span, how: Manner) -> bool:
    """Whether what is said stands right behind a negation (不会致癌), or, where it forbids, behind a permission (可以一起吃)."""
    before, word, after = text[max(0, said[0] - _BEFORE) : said[0]], text[said[0] : said[1]], text[said[1] : said[1] + 4]
    if _EITHER.search(before + word) or re.match(r"[^,。!]{0,2}(?:吗|么|[?])", word[-1:] + after):
        return False
    if not how.warns and (_MUST_NOT.search(before) or _AFTER_NOT.match(after)):
        return True
    if _EATEN.search(word):
        return _MAY.search(before) is not None
    if how.soothes or word.startswith(("不", "没", "无")):
        return False
    return bool(_NOT.search(before) or _CANNOT.search(before) or _AFTER_NOT.match(after))
