"""What python-docx leaves to its users: Chinese fonts with their fall-backs, links inside the document, page numbers, and equal bytes."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONTS = {
    "方正小标宋简体": ("方正小标宋_GBK,宋体,SimSun", "02010600030101010101", "roman"),
    "仿宋_GB2312": ("仿宋,FangSong", "02010609030101010101", "modern"),
    "楷体_GB2312": ("楷体,KaiTi", "02010609060101010101", "modern"),
    "黑体": ("SimHei", "02010609060101010101", "modern"),
    "宋体": ("SimSun", "02010600030101010101", "auto"),
}
"""Font: what stands in for it where it is not installed, its classification, its family."""
TITLE, BODY, KAI, HEI, SONG = FONTS
LATIN = "Times New Roman"
_LINE, _BODY = Pt(28), Pt(16)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def shaped(document: Any) -> None:
    """Set page, fonts and styles."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.left_margin = Mm(37), Mm(28)
    page.right_margin, page.bottom_margin = Mm(210 - 28 - 156), Mm(297 - 37 - 225)
    page.footer_distance, page.header_distance = Mm(22), Mm(15)
    _style(document, "Normal", BODY, _BODY, indent=2)
    _style(document, "Title", TITLE, Pt(22), align=WD_ALIGN_PARAGRAPH.CENTER, line=Pt(34), after=Pt(6))
    _style(document, "Byline", KAI, Pt(14), align=WD_ALIGN_PARAGRAPH.CENTER)
    _style(document, "Heading 1", HEI, _BODY, indent=2, keeps=True)
    _style(document, "Heading 2", KAI, _BODY, indent=2, keeps=True)
    _style(document, "Signature", BODY, _BODY, align=WD_ALIGN_PARAGRAPH.RIGHT, keeps=True)
    _style(document, "Caption", HEI, Pt(12), align=WD_ALIGN_PARAGRAPH.CENTER, line=Pt(20))
    _style(document, "Picture", BODY, _BODY, align=WD_ALIGN_PARAGRAPH.CENTER, line=None, keeps=True)
    _style(document, "Table Text", BODY, Pt(11), line=Pt(15), align=WD_ALIGN_PARAGRAPH.LEFT)
    _style(document, "Table Head", HEI, Pt(11), line=Pt(15), align=WD_ALIGN_PARAGRAPH.LEFT)
    _style(document, "Gap", BODY, Pt(8), line=Pt(10))
    _style(document, "Footer", SONG, Pt(14), line=None)
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = _font_table()


def _style(document: Any, name: str, font: str, size: Any, **shape: Any) -> None:
    """Set a style: `indent` in characters, `line` exactly (None: as high as what stands in it), `keeps` with what follows."""
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name != "Normal":
        style.base_style = styles["Normal"]
    style.font.size, style.font.bold, style.font.italic = size, False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for kind, value in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", font)):
        fonts.set(qn(f"w:{kind}"), value)
    shaping = style.paragraph_format
    line = shape.get("line", _LINE)
    shaping.line_spacing_rule = WD_LINE_SPACING.EXACTLY if line else WD_LINE_SPACING.SINGLE
    if line:
        shaping.line_spacing = line
    shaping.space_before, shaping.space_after = Pt(0), shape.get("after", Pt(0))
    shaping.alignment = shape.get("align", WD_ALIGN_PARAGRAPH.JUSTIFY)
    shaping.keep_with_next = shape.get("keeps", False)
    shaping.widow_control = True
    paragraph = style.element.get_or_add_pPr()
    for border in paragraph.findall(qn("w:pBdr")):
        paragraph.remove(border)
    indent = paragraph.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(100 * shape.get("indent", 0)))
    indent.set(qn("w:firstLine"), str(int(size.pt * 20 * shape.get("indent", 0))))


def _font_table() -> bytes:
    """The fonts of the document, each with the names of those that Word takes instead."""
    rows = [
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/><w:family w:val="{family}"/>'
        f'<w:pitch w:val="variable"/></w:font>'
        for name, (instead, panose, family) in FONTS.items()
    ]
    latin = f'<w:font w:name="{LATIN}"><w:panose1 w:val="02020603050405020304"/><w:charset w:val="00"/><w:family w:val="roman"/></w:font>'
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w="{_W}">{"".join(rows)}{latin}</w:fonts>'.encode()


def linked(paragraph: Any, text: str, *, anchor: str = "", address: str = "") -> None:
    """Add a link to a bookmark of this document, raised as a reference, or to an address, small."""
    link = OxmlElement("w:hyperlink")
    if anchor:
        link.set(qn("w:anchor"), anchor)
    else:
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = paragraph.add_run(text)
    if anchor:
        run.font.superscript = True
    else:
        run.font.size = Pt(8)
    run.font.color.rgb = RGBColor(0x1D, 0x4F, 0x7C)
    link.append(run._r)
    paragraph._p.append(link)


def bookmarked(paragraph: Any, name: str, number: int) -> None:
    """Make a paragraph what links of that name lead to."""
    for tag, place in (("w:bookmarkStart", 0), ("w:bookmarkEnd", len(paragraph._p))):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            mark.set(qn("w:name"), name)
        paragraph._p.insert(place + (1 if paragraph._p.pPr is not None and place == 0 else 0), mark)


def described(table: Any) -> None:
    """Repeat the first row on each page, and break no row over two."""
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))


def numbered_pages(document: Any) -> None:
    """Put — 1 — outside at the foot: to the right on odd pages, to the left on even ones, a character from the edge."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, align in ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.style, paragraph.alignment = document.styles["Footer"], align
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        paragraph.add_run("— ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        shown = paragraph.add_run("1")
        field.append(shown._r)
        paragraph._p.append(field)
        paragraph.add_run(" —")


def sealed(document: Any, *, title: str, author: str, at: datetime) -> None:
    """Set what the file says of itself to the report's own title, office and time."""
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.subject = title[:250], author[:250], author[:250], "食品安全舆情"
    core.comments, core.keywords, core.revision, core.language = "", "", 1, "zh-CN"
    core.created = core.modified = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def fixed(packed: bytes) -> bytes:
    """Return the same zip with one time on all its parts, so that equal documents are equal bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(part, old.read(name))
    return held.getvalue()
