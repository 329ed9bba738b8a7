"""What stands around and between the lines of an article and is none of it: editors' names, share buttons, disclaimers, further reading."""

import re
from typing import Final

_LEAD: Final = r"^[\s\[【（(〔<《\-—=*·▲■◆●]*"
_END: Final = re.compile(
    _LEAD
    + r"""(?:
    (?:责任编辑|责编|责任校对|执行编辑|值班编辑|本文编辑|文字编辑|编辑|校对|审核|监制|总值班|终审|初审|复审|值班主任|网络编辑)\s*(?:[:：|｜丨/]|\s[^\s，。]{2,4}(?:\s|$))
    |本文来源|原题为|原标题|本文(?:来自|转自|系|仅代表|为.{2,30}(?:原创|发布|上传))|转载(?:请|自|须|声明)|未经.{0,14}(?:授权|许可|同意|允许)
    |(?:特别|免责|版权|郑重|风险|法律|侵权|本网|平台|作者|新浪|投资)?(?:声明|提示|申明)\s*[:：]|Notice\s*:|版权(?:所有|归|说明)|Copyright|©|All\s+Rights
    |正文已结束|看都看完了|ICP备|京公网安备|主办单位[:：]|网站标识码|更多猛料
    )""",
    re.X | re.I,
)
_SHORT_END: Final = re.compile(
    _LEAD
    + r"""(?:
    (?:文章来源|信息来源|稿件来源|稿源|来源|来自|出处)\s*[:：|｜丨/]
    |(?:特别|免责|版权|郑重|法律)(?:声明|提示|申明)$
    |(?:相关|延伸|推荐|更多|扩展|精彩|深度|关联|热门|热点|往期|猜你|为你|为您|大家都在|下一篇|上一篇|上一条|下一条|上篇|下篇|继续)\s*·?\s*
     (?:阅读|新闻|链接|文章|推荐|报道|稿件|专题|资讯|内容|精彩|回顾|喜欢|看|搜|标签|视频|图集|评论|[:：]|$)
    |点击排行|.{0,4}排行榜$|热门排行|阅读(?:原文|下一篇|全文|更多|排行)|查看(?:原文|更多|全文)
    |分享(?:到|至|[:：]|$)|用?微信扫|扫一扫|扫码|(?:请)?扫描.{0,14}码|长按.{0,14}(?:码|识别)|.{0,20}(?:扫描|识别).{0,8}二维码|点击(?:菜单栏|右上角|左下角|下方|关注)
    |点[【“"「]?(?:在看|赞|好看)|(?:欢迎)?关注.{0,16}(?:公众号|微信|微博|客户端|视频号|头条号)|(?:下载|打开|安装|前往|尽在).{0,12}(?:客户端|APP)
    |(?:我要)?(?:反馈|纠错|举报|评论|跟帖|跟贴)\s*(?:$|[（(:：]?\d)|.{0,8}(?:热线|报料|爆料|投稿|邮箱)\s*[:：]
    |(?:文章)?(?:关键词|关键字|标签|Tags?)\s*(?:[:：>]|$)|\d+\s*(?:条评论|人参与|人点赞)|发表评论|网友评论|最新评论|热门评论|全部评论|已有\d+
    |(?:(?:打印|关闭|收藏|分享|字号|返回)(?:窗口|本页|本文|此页|列表|顶部)?[\s|｜】\]]*)+$|返回(?:列表|顶部|首页|上一页)|收藏(?:本文|$)|附件下载|相关附件|(?:字号|字体)\s*[:：]|友情链接|发送邮件至|[^\s，。]{1,6}微信公众号$
    )""",
    re.X | re.I,
)
_ASIDE: Final = re.compile(
    r"""^[\s（(\[【]*(?:本文|文章)?(?:原标题|原题)\s*[:：为]|(?:您的)?浏览器(?:暂时|版本)?(?:无法|不支持|过低)|(?:点击|轻触|单击)[^。，]{0,14}(?:查看|进入|下载|关注|蓝字|放大|大图|视频|播放)|点击上方
    |^(?:广告|正在加载|加载中|展开全文|收起|回复|置顶|登录|注册|赞赏|喜欢作者|已关注|关注|转发|微博|QQ空间|微信|Qzone|朋友圈|举报|复制链接|不感兴趣|图片|海报|视频)$
    |[【\[（(→][\s→]*(?:点击|立即|马上|查看|进入|参与|投票|报名|订阅|下载|戳)[^】\]）)。]{0,8}[】\]）)]
    |^(?:↓|↑|▼|▽|\s|→|>|》)+$|^.{0,6}(?:长按|识别).{0,8}(?:关注|二维码)|^\d+\s*/\s*\d+$|^\d{1,2}:\d\d\s*/\s*\d{1,2}:\d\d$|^(?:推荐|赞|点赞|喜欢|阅读|评论|收藏|分享|转发|在看|顶|踩)\s*[（(]?\d+[)）]?$|^【?(?:纠错|打印|字号|大|中|小|默认|超大|标准)】?$
    """,
    re.X | re.I,
)
_ABOUT: Final = re.compile(
    r"""^[\s【\[（(]*(?:来源|信息来源|文章来源|作者|发布|发稿|时间|日期|字号|字体|浏览|阅读|点击|访问|分享|收藏|打印|责任编辑|编辑|索引号|(?:调整|缩小|放大|选择)字[体号]|A[-+]|\d+$|[A-Za-z]$|[【\[]?[大中小\s]{2,9}[】\]]?$|主题分类|发文|成文|文号|公开|当前位置|您的位置|您(?:现在)?所在|首页|视力保护|选择阅读字号|听新闻|播报文章|原创|关注|稿源|T\s*[+|])
      |(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}.{0,12}(?:\d{1,2}:\d\d|来源|作者|浏览|阅读|字号|[:：]|$)
      |\d{1,2}:\d\d(?::\d\d)?$""",
    re.X,
)


def ends(text: str) -> bool:
    """Tell whether the article is over where this line begins: editor, source, disclaimer, further reading, sharing."""
    if len(text) <= 60 and _SHORT_END.match(text) and not re.search("。.", text):
        return True
    return len(text) < 400 and bool(_END.match(text))


def is_aside(text: str) -> bool:
    """Tell whether the line is none of the article wherever it stands: a former title, a player's excuse, a call to click."""
    return len(text) < 200 and bool(_ASIDE.search(text))


def is_about(text: str) -> bool:
    """Tell whether the line is about the article and stands above it: time, source, author, size of type, place on the site."""
    return len(text) < 90 and bool(_ABOUT.search(text))


def is_tags(text: str) -> bool:
    """Tell whether the line is a row of keywords."""
    return len(text) < 80 and len(re.findall(r"[|｜]", text)) >= 2 and not re.search(r"[。！？，]", text)
