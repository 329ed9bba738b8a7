"""The words for a source's health, what each says to people, and what they can do about it."""

HEALTH = {
    "ok": "正常",
    "fault": "自身故障",
    "blocked": "被拒绝（403、412、418、429 或验证页）",
    "login": "要求登录",
    "suspended": "账号或站点暂停",
    "denied": "robots 不允许",
    "timeout": "超时",
    "unreachable": "无法访问",
    "wrong": "内容不符",
    "changed": "页面改版",
    "empty": "列表为空",
    "few": "条目过少",
    "stale": "内容陈旧",
    "no-text": "缺少正文",
    "unread": "附件无法读取",
}
"""What a crawl found, worst named first when several hold, and what the desk shows."""

SILENT = "silent"
"""No crawl says this of itself: that there was none for long."""

TODO = {
    "fault": "看采集的日志：磁盘已满、程序出错，或采集进程被终止；排除后会自动再采。",
    "blocked": "网站拒绝采集。不要绕过验证；把 every、delay 调大再观察，仍被拒就停用，改用订阅源或向对方申请。",
    "login": "网站登录后才给看。按文件的 needs 把自己账号的 Cookie 写进 keys.env；没有账号就停用。",
    "suspended": "账号被停用，或站点停办、维护。用浏览器打开看公告；长期不恢复就停用，或换成新地址。",
    "denied": "robots.txt 不允许采集。停用它，或征得网站同意后改用对方提供的接口。",
    "timeout": "网站太慢或没有应答，会自动再试。多个信源同时超时，就检查本机的网络和代理。",
    "unreachable": "连不上：域名、证书、连接或服务器出错。用浏览器打开这个网址；多个信源同时如此，就检查本机的网络、DNS 和代理。",
    "wrong": "返回的不是声明的那种内容，如要 JSON 却给了网页。看隔离区的快照，改 kind、url 或 headers。",
    "changed": "页面结构变了。看隔离区的快照，改 items 和 fields，再用 shian sources try 核对。",
    "empty": "页面读得懂，但一条也没有。用浏览器看是否真的没有；本来就会没有的，把 expect.min_posts 改成 0。",
    "few": "条目比 expect.min_posts 少。用浏览器核对：页面少了就改 expect，没读全就改 items。",
    "stale": "最新一条早于 expect.max_age。看网站是否停更或换了栏目；本来就更新得慢的，把 max_age 改长。",
    "no-text": "多数条目没有正文。看文章页是否改版，改 detail.fields 或 fields.text。",
    "unread": "附件打不开或读不懂，文章本身已收。看报告里的原因：加密、损坏、太大或格式不支持；改 attachments.formats 或 max_bytes。",
    SILENT: "没有按时采集。看 shian up 是否在运行，以及这个信源分给了哪个工作进程（shard）。",
}
"""What to do, in one line each; of what is well there is nothing to do."""


def said(word: str) -> str:
    """Return what a word says to people, also one that this version does not know."""
    return "无声" if word == SILENT else HEALTH.get(word, word)
