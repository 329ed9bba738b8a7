"""What a query looks for, and where it is wrong, for the search page to show."""

import re

from config.errors import QueryError
from pipeline.store.meaning import All, Any, Named, Node, Not, Query, Scored, Tag, Term

_AT = re.compile(r"at character (\d+)(?:: )?")
_REASONS = (
    (r"a query has at most (\d+) characters", r"检索式最多 \1 个字"),
    (r"a query has at most (\d+) words.*", r"检索式里的词、筛选和符号最多 \1 个"),
    (r"this \) closes nothing", "这个右括号没有对应的左括号"),
    (r"this \( is never closed", "这个左括号没有合上"),
    (r"parentheses are nested more than (\d+) deep", r"括号最多嵌套 \1 层"),
    (r"OR needs something.*", "OR 的两边都要有词"),
    (r"nothing follows this NOT", "NOT（或 -）后面没有词"),
    (r"since: and until: cannot be negated", "since: 和 until: 不能取反"),
    (r"no filter is called (\S+) \(there are (.*)\); .*", r"没有 \1 这种筛选（有 \2）；带冒号的词请放进引号"),
    (r"(\S+) needs a value", r"\1 后面要有值"),
    (r"is: takes (.*)", r"is: 只能是 \1"),
    (r"(\S+) takes a number.*", r"\1 后面是 0 到 1 的数，最多两位小数，如 \1>0.5"),
    (r"place: takes.*", "place: 后面是 2、4、6 位行政区划代码，或地名的一部分"),
    (r"(\S+) takes a date.*", r"\1 后面是日期或时间，如 \g<1>2024-01-31 或 \g<1>2024-01-31T08:00"),
    (r"this quotation mark is never closed", "这个引号没有合上"),
    (r"there is nothing between.*", "引号里没有内容"),
)
"""What the store says of a wrong query, and how the page says it; anything else is shown as it was said."""


def sought(query: Query) -> list[str]:
    """Return the words that hits have in them, to be marked; not those that they must not have."""
    return _terms(query.where) if query.where is not None else []


def _terms(node: Node) -> list[str]:
    match node:
        case Term(text):
            return [text]
        case All(parts) | Any(parts):
            return [word for part in parts for word in _terms(part)]
        case Tag() | Named() | Scored() | Not():
            return []


def position(error: QueryError) -> int | None:
    """Return at which character (from 1) a query is wrong, where the error says so."""
    found = _AT.search(str(error))
    return int(found[1]) if found else None


def reason(error: QueryError) -> str:
    """Return why a query is wrong, in the words of the page, without the place."""
    said = _AT.sub("", str(error), count=1)
    for pattern, words in _REASONS:
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            return found.expand(words)
    return said
