"""Attachments made at test time: invented rows in the forms that sampling notices come in."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date

from docx import Document
from openpyxl import Workbook

Rows = Sequence[Sequence[object]]

HEAD = (
    "序号",
    "标称生产企业名称",
    "标称生产企业地址",
    "被抽样单位名称",
    "被抽样单位地址",
    "食品名称",
    "规格型号",
    "商标",
    "生产日期/批号",
    "不合格项目║检验结果║标准值",
    "分类",
    "检验机构",
    "备注",
)
FIRST = (
    *(1, "示例甲食品有限公司", "外省某市", "示例乙超市", "吉林省长春市朝阳区某路1号", "麻辣花生", "200克/袋", "示例牌", date(2026, 8, 1)),
    *("黄曲霉毒素B1║45 μg/kg║≤20 μg/kg", "炒货食品及坚果制品", "示例检验院", "/"),
)
SECOND = (
    *(2, "/", "/", "示例丙菜店", "吉林省吉林市某路2号", "韭菜", "散装", "/", "2026-08-03（购进日期）"),
    *("腐霉利║0.86 mg/kg║≤0.2 mg/kg；毒死蜱║0.31 mg/kg║≤0.02 mg/kg", "食用农产品", "示例检验院", ""),
)


def xlsx(rows: Rows, *merged: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def docx(rows: Rows) -> bytes:
    document = Document()
    table = document.add_table(len(rows), len(rows[0]))
    for row, cells in zip(rows, table.rows, strict=True):
        for value, cell in zip(row, cells.cells, strict=True):
            cell.text = str(value)
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


def packed(**files: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("_", "."), body)
    return into.getvalue()


def pdf(*pages: Rows) -> bytes:
    """Pages with a ruled table each, in a font that readers bring themselves, so that none has to be put in."""
    bodies = [_drawn(rows).encode() for rows in pages]
    numbers = range(4, 4 + 2 * len(pages), 2)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{number} 0 R' for number in numbers)}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 "
        "/BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >>",
    ]
    whole = [one.encode() for one in objects]
    for number, body in zip(numbers, bodies, strict=True):
        whole.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1700 600] /Resources << /Font << /F 3 0 R >> >> /Contents {number + 1} 0 R >>".encode()
        )
        whole.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body))
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(whole, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(whole) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(whole) + 1) + table + trailer


def _drawn(rows: Rows) -> str:
    wide, high, most = 125, 48, 16
    right, top = 20 + wide * len(rows[0]), 580
    lines = [f"20 {top - high * n} m {right} {top - high * n} l S" for n in range(len(rows) + 1)]
    lines += [f"{20 + wide * n} {top} m {20 + wide * n} {top - high * len(rows)} l S" for n in range(len(rows[0]) + 1)]
    for down, row in enumerate(rows):
        for along, value in enumerate(row):
            written = [part[at : at + most] for part in str(value).split("；") for at in range(0, len(part), most)]
            for below, part in enumerate(written):
                said = part.encode("utf-16-be").hex()
                lines.append(f"BT /F 7 Tf {24 + wide * along} {top - high * down - 12 - 9 * below} Td <{said}> Tj ET")
    return "\n".join(lines)
