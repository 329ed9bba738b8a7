"""A page as lines: what stands on it in reading order, each line with its share of links and the block it stands in.

Everything is one pass without recursion and with caps, so that a page built to hurt costs no more than a long one.
"""

import re
from typing import Final

from selectolax.lexbor import LexborNode

from crawlers.markup import DEPTH

_NODES: Final = 150_000
_LINES: Final = 20_000
_UNSEEN: Final = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "select",
        "option",
        "textarea",
        "button",
        "video",
        "audio",
        "object",
        "canvas",
        "head",
        "nav",
        "footer",
        "aside",
        "dialog",
    ]
)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "br",
    ]
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.I)
_COMMENTS: Final = re.compile(
    r"(?<![a-z])(?:comments?|comment-?(?:list|box|area|wrap)|pinglun|cmt|replys?|reply-?list|gentie|tie-?(?:area|list|item|body))(?![a-z])"
)
_ASIDE_NAME: Final = re.compile(
    r"(?<![a-z])(?<!no[-_])(?<!has[-_])(?<!with[-_])(?:share[a-z]*|bds?share\w*|recommend\w*|relate[ds]?\w*|xg(?:xw|wz|yd|tj)|xiangguan|tuijian|footer|foot|copyright|nav|navbar"
    r"|menu|breadcrumbs?|crumbs?|(?:side|right|left)-?bar|qrcode|ewm|erweima|login\w*|toolbar|toolbox|ads?|advert\w*|hot-?(?:news|list|rank)|rank(?:ing|list)?"
    r"|pager|pagination|tag-?list|tags|keywords|friend-?links?|disclaimer|statement|editor-?info|author-?(?:meta|info|bio|card|posts)|zrbj|mianze|shengming|guess"
    r"|download(?:-?app)?|open-?app|app-?download|prev-?next|feedback|jiucuo)(?![a-z])"
)
_WAY_OUT: Final = re.compile(r"\s*(?:返回.{1,12}|.{0,6}查看(?:更多|原文|全文|详情)|(?:点击|戳)?进入.{0,14}|[>＞»《<]{1,3}|【详细】)\s*[>＞»]*\s*$")
"""Links that stand at the end of a paragraph and lead away from it."""


_INVISIBLE: Final = {ord(sign): None for sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad"}


class Block:
    """One block element: where it hangs, what it is called, and whether its lines are left aside."""

    __slots__ = ("aside", "name", "parent", "tag", "total")

    def __init__(self, parent: "Block | None", tag: str, name: str, aside: bool) -> None:
        self.parent = parent
        self.tag = tag
        self.name = name
        self.aside = aside
        self.total = 0.0


class Line:
    """One line of text, how many of its characters are links, and the number of its place."""

    __slots__ = ("block", "linked", "place", "text")

    def __init__(self, text: str, linked: int, block: Block, place: int) -> None:
        self.text = text
        self.linked = linked
        self.block = block
        self.place = place

    @property
    def is_heading(self) -> bool:
        """Whether it stands in a heading, or in a block that is called a title."""
        return self.block.tag in ("h1", "h2", "h3") or "title" in self.block.name


class Lines:
    """Collects the lines of one page or of one part of it."""

    def __init__(self, root: LexborNode, *, aside: bool = True) -> None:
        """Read the lines below `root`; `aside` leaves out what is hidden or called navigation, comment, recommendation and the like."""
        self._spared: frozenset[str] = frozenset()
        self._read(root, aside)
        if aside and (named := self._swallowing()):
            self._spared = frozenset(named)
            self._read(root, aside)

    def _read(self, root: LexborNode, aside: bool) -> None:
        self.blocks: list[Block] = []
        self.lines: list[Line] = []
        self._aside = aside
        self._parts: list[str] = []
        self._linked = 0
        self._walk(root)

    def _swallowing(self) -> set[str]:
        """Return the names that make most of the page's prose stand aside: a layout's name for the place of the article."""
        prose: dict[str, int] = {}
        for line in self.lines:
            if len(line.text) >= 30 and 4 * line.linked < len(line.text):
                block: Block | None = line.block
                while block is not None and block.parent is not None and block.parent.aside:
                    block = block.parent
                name = block.name if block is not None and block.aside else ""
                prose[name] = prose.get(name, 0) + len(line.text)
        whole = sum(prose.values())
        return {name for name, length in prose.items() if name and 10 * length > 6 * whole and not _COMMENTS.search(name)}

    def within(self, outer: Block) -> list[Line]:
        """Return the lines that stand in this block."""
        return [line for line in self.lines if _stands_in(line.block, outer)]

    def _walk(self, root: LexborNode) -> None:
        block = Block(None, root.tag or "", "", False)
        self.blocks.append(block)
        stack: list[tuple[LexborNode | None, Block, bool]] = [(root.first_child, block, False)]
        nodes = 0
        while stack:
            node, block, link = stack.pop()
            if node is None:
                self._flush(block)
                continue
            nodes += 1
            if nodes > _NODES or len(self.lines) > _LINES:
                break
            tag = node.tag or ""
            following = node.next
            if tag == "-text":
                self._text(node.text_content or "", block, link)
                if following is not None:
                    stack.append((following, block, link))
                continue
            if following is not None:
                stack.append((following, block, link))
            if tag in _UNSEEN or tag.startswith(("-", "!")) or len(stack) > DEPTH:
                continue
            self._enter(node, tag, block, stack, link=link)
        self._flush(block)

    def _enter(self, node: LexborNode, tag: str, block: Block, stack: list[tuple[LexborNode | None, Block, bool]], *, link: bool) -> None:
        inside = block
        if tag in _BLOCKS:
            self._flush(block)
            if tag in ("br", "hr"):
                return
            name, hidden = _called(node)
            inside = Block(block, tag, name, block.aside or (self._aside and (hidden or (tag != "body" and self._is_aside(name)))))
            self.blocks.append(inside)
            stack.append((None, inside, False))
        elif self._aside and tag == "span" and _called(node)[1]:
            return
        child = node.first_child
        if child is not None:
            stack.append((child, inside, link or tag == "a"))

    def _is_aside(self, name: str) -> bool:
        return len(name) > 1 and name not in self._spared and bool(_COMMENTS.search(name) or _ASIDE_NAME.search(name))

    def _text(self, text: str, block: Block, link: bool) -> None:
        if text.isspace() and block.tag != "pre":
            if self._parts:
                self._parts.append(" ")
            return
        if "\n" in text and block.tag in ("pre", "code"):
            for piece in text.split("\n"):
                self._parts.append(piece)
                self._flush(block)
            return
        if link and len(text) < 30 and _WAY_OUT.match(text):
            return
        self._parts.append(text)
        if link:
            self._linked += len("".join(text.split()))

    def _flush(self, block: Block) -> None:
        if self._parts:
            text = " ".join("".join(self._parts).translate(_INVISIBLE).split())
            if text:
                self.lines.append(Line(text, self._linked, block, len(self.lines)))
            self._parts.clear()
        self._linked = 0


def _stands_in(block: Block | None, outer: Block) -> bool:
    while block is not None:
        if block is outer:
            return True
        block = block.parent
    return False


def _called(node: LexborNode) -> tuple[str, bool]:
    attributes = node.attributes
    name = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"[:200].lower()
    return name, "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
