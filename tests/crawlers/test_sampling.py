"""Tables of failed samples become sampling results, whatever file they stand in and however it is written."""

from pathlib import Path

import pytest
from parsel import Selector

from crawlers.apart import Unread, heard
from crawlers.beside import samples_in
from crawlers.grids import Grid, tables_in
from crawlers.samples import MOST, Failed, Sample, told
from crawlers.sampling import samples_of
from crawlers.sheets import pieces
from tests.crawlers.made import FIRST, HEAD, SECOND, docx, packed, pdf, xlsx

FOLDER = Path(__file__).parent / "attachments"
PEANUTS = Sample(
    food="麻辣花生",
    failed=(Failed("黄曲霉毒素B1", "45 μg/kg", "≤20 μg/kg"),),
    maker="示例甲食品有限公司",
    maker_address="外省某市",
    place="示例乙超市",
    place_address="吉林省长春市朝阳区某路1号",
    spec="200克/袋",
    brand="示例牌",
    made="2026-08-01",
    kind="炒货食品及坚果制品",
    lab="示例检验院",
)
LEEKS = Sample(
    food="韭菜",
    failed=(Failed("腐霉利", "0.86 mg/kg", "≤0.2 mg/kg"), Failed("毒死蜱", "0.31 mg/kg", "≤0.02 mg/kg")),
    place="示例丙菜店",
    place_address="吉林省吉林市某路2号",
    spec="散装",
    made="2026-08-03（购进日期）",
    kind="食用农产品",
    lab="示例检验院",
)
ROWS = [HEAD, FIRST, SECOND]
TITLES = [("附件1",), ("不合格食品信息（共2批次）",)]
NOTE = [("注：排名不分先后。",)]


def html(rows: list[tuple[object, ...]]) -> bytes:
    written = "".join(f"<tr>{''.join(f'<td><p>{cell}</p></td>' for cell in row)}</tr>" for row in rows)
    return f"\ufeff<html><head><meta charset='gbk'></head><body><table>{written}</table></body></html>".encode()


@pytest.mark.parametrize(
    "body",
    [
        xlsx(ROWS),
        xlsx([*TITLES, *ROWS, *NOTE], "A1:M1", "A2:M2", "A6:M6"),
        docx(ROWS),
        pdf(ROWS),
        pdf([HEAD, FIRST], [SECOND]),
        html(ROWS),
        packed(a_xlsx=xlsx(ROWS), b_txt=b"x"),
        packed(explained_docx=docx([("项目", "说明"), ("菌落总数", "指示性微生物")]), list_pdf=pdf(ROWS)),
    ],
    ids=["xlsx", "titles above", "docx", "pdf", "pdf over two pages", "page called xls", "zip", "zip of two"],
)
def test_the_table_is_read_from_every_form(body: bytes) -> None:
    assert samples_of(list(pieces(body))) == [PEANUTS, LEEKS]


def test_an_old_spreadsheet_with_a_header_of_two_rows_and_merged_cells_is_read_apart() -> None:
    found, fault = samples_in((FOLDER / "two-line-header.xls").read_bytes())
    assert fault == ""
    assert found == [
        Sample(
            food="绿豆糕",
            failed=(Failed("菌落总数", "5.6×10⁵ CFU/g", "≤10⁵ CFU/g"), Failed("霉菌", "210 CFU/g", "≤150 CFU/g")),
            maker="示例甲糕点厂",
            place="示例乙超市",
            spec="500克/盒",
            made="2026-09-01",
            lab="示例检验院",
        ),
        Sample(
            food="面包",
            failed=(Failed("防腐剂混合使用时各自用量占其最大使用量的比例之和", "1.4", "≤1"),),
            place="示例丙面包房",
            made="2026-09-12",
            lab="示例检验院",
        ),
    ]


def grid(*rows: tuple[str, ...]) -> list[Grid]:
    return [Grid("", [list(row) for row in rows])]


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("标示生产企业名称", "maker"),
        ("生产者（进口代理商）名称", "maker"),
        ("标称生产企业所在地", "maker_address"),
        ("抽样单位", "place"),
        ("被抽样单位（经营者）", "place"),
        ("被抽样单位所在省份", "place_address"),
        ("生产（购进）日期", ""),
        ("标称商标", "brand"),
        ("标称规格型号", "spec"),
        ("食品大类", "kind"),
        ("承检机构", "lab"),
        ("抽样编号", "number"),
    ],
)
def test_columns_go_by_many_names(head: str, field: str) -> None:
    (sample,) = samples_of(grid(("样品名称", "不合格\n项目名称", "检测值", "限量值", head), ("豆腐", "铅", "1", "0.5", "某某")))
    assert (sample.food, sample.failed) == ("豆腐", (Failed("铅", "1", "0.5"),))
    assert not field or getattr(sample, field) == "某某"


def test_rows_of_one_sample_are_one_result() -> None:
    head = ("抽样编号", "样品名称", "不合格项目", "检验值", "标准值")
    by_number = samples_of(grid(head, ("A1", "酱", "甲", "1", "0"), ("A1", "酱", "乙", "2", "0"), ("A2", "酱", "甲", "3", "0")))
    assert [len(sample.failed) for sample in by_number] == [2, 1]
    left_out = samples_of(grid(head, ("A1", "酱", "甲", "1", "0"), ("", "", "乙", "2", "0"), ("", "", "", "", "")))
    assert [one.item for one in left_out[0].failed] == ["甲", "乙"]
    stacked = samples_of(grid(head, ("A1", "酱", "甲\n乙", "1\n2", "0\n0.5")))
    assert stacked[0].failed == (Failed("甲", "1", "0"), Failed("乙", "2", "0.5"))


def test_limits_with_semicolons_stay_together() -> None:
    said = "菌落总数║2.1×10³；3.4×10³；5×10³ CFU/g║n=5，c=2；m=10⁴\n大肠菌群║200║10"
    (sample,) = samples_of(grid(("食品名称", "商标", "不合格项目║检验结果║标准值"), ("糕", "无", said)))
    assert sample.failed == (Failed("菌落总数", "2.1×10³；3.4×10³；5×10³ CFU/g", "n=5，c=2；m=10⁴"), Failed("大肠菌群", "200", "10"))
    assert sample.brand == ""


def test_what_is_no_table_of_failed_samples_gives_none() -> None:
    assert samples_of(grid(("序号", "食品名称", "被抽样单位名称", "标称生产企业"), ("1", "米", "某店", "某厂"))) == [], "samples that passed"
    assert samples_of(grid(("项目", "说明"), ("铅", "重金属"))) == []
    assert samples_of([]) == []
    passed = [Grid("合格", [["食品名称", "检验项目", "检验结果", "标准值", "商标"], ["米", "铅", "0.1", "0.2", "甲"]])]
    assert samples_of(passed) == [], "items tested of samples that passed"
    failed = Grid("page 1", [["食品名称", "商标", "不合格项目"], ["面", "乙", "铅"]])
    next_page = Grid("page 2", [["米", "甲", "铝"]])
    other = Grid("page 2", [["食品名称", "商标", "被抽样单位"], ["米", "甲", "某店"]])
    assert [sample.food for sample in samples_of([failed, next_page])] == ["面", "米"]
    assert [sample.food for sample in samples_of([failed, other])] == ["面"], "another table that is as wide"
    assert [sample.food for sample in samples_of([failed, Grid("Sheet2", next_page.rows)])] == ["面"]
    judged = grid(("食品名称", "检验项目", "检验结果", "结论"), ("米", "铅", "0.1", "合格"), ("面", "铅", "0.9", "不合格"))
    assert [sample.food for sample in samples_of(judged)] == ["面"]


def test_tables_of_a_page_have_their_merged_cells_filled() -> None:
    page = """<table><tr><th rowspan=2>食品名称</th><th rowspan="2">经营者</th><th colspan=3>不合格项目</th></tr>
    <tr><td>项目<td>检验结果<td>标准值</tr>
    <tr><td rowspan=2>粉条<td rowspan=2>某店<td>铝<td>300<br>mg/kg<td>≤200</tr><tr><td>铅<td>0.9<td>≤0.5</tr></table>"""
    (sample,) = samples_of(tables_in(Selector(page)))
    assert sample == Sample(food="粉条", place="某店", failed=(Failed("铝", "300 mg/kg", "≤200"), Failed("铅", "0.9", "≤0.5")))
    assert tables_in(Selector("<table><tr><td rowspan=99999999 colspan='9e9'>x</table><table></table>"))[0].rows == [["x"]]


def test_samples_are_told_in_sentences_and_not_without_end() -> None:
    text = told([PEANUTS, LEEKS])
    assert text.splitlines() == [
        "抽检不合格样品2批次：",
        "示例乙超市（吉林省长春市朝阳区某路1号）销售的、标称示例甲食品有限公司生产的“示例”牌麻辣花生（200克/袋，2026-08-01）："
        "黄曲霉毒素B1不合格，检验结果45 μg/kg，标准值≤20 μg/kg。",
        "示例丙菜店（吉林省吉林市某路2号）销售的韭菜（散装，2026-08-03（购进日期））：腐霉利不合格，检验结果0.86 mg/kg，标准值≤0.2 mg/kg；"
        "毒死蜱不合格，检验结果0.31 mg/kg，标准值≤0.02 mg/kg。",
    ]
    assert told([]) == ""
    many = told([PEANUTS] * MOST)
    assert len(many) < 13_000
    assert many.splitlines()[-1].startswith("另有")
    rows = [("食品名称", "商标", "不合格项目"), *((f"第{n}种", "甲", "铅") for n in range(2 * MOST))]
    assert len(samples_of([Grid("", [list(row) for row in rows])])) == MOST


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"),
        (b"GIF89a", "is no spreadsheet"),
        (b"<?xml version='1.0'?><Workbook><Table><Row/></Table></Workbook>", "without a table"),
        (b"Rar!\x1a\x07\x00", "RAR archive"),
        (b"PK\x03\x04broken", "is broken"),
        (xlsx(ROWS)[:-400], "is broken"),
        (packed(xl="", a_txt=b"x"), "holds no spreadsheet"),
        (packed(a_xlsx=packed(b_xlsx=xlsx(ROWS))), "archive in an archive"),
        (packed(**{f"n{n}": b"" for n in range(2001)}), "more than 2000 parts"),
        (b"%PDF-1.4\nnothing", "is broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "is broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "old form"),
        (packed(**{"word/document_xml": b"<w:document/>", "[Content_Types]_xml": b"<Types/>"}), "is broken"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: bytes, why: str) -> None:
    with pytest.raises(Unread, match=why):
        list(pieces(body))


def test_what_is_encrypted_or_a_bomb_is_named_apart() -> None:
    assert samples_in((FOLDER / "encrypted.xlsx").read_bytes()) == ([], "is encrypted")
    bomb = packed(**{"xl/workbook_xml": b"<x/>", "xl/a_xml": b" " * 110_000_000})
    assert len(bomb) < 200_000
    assert samples_in(bomb) == ([], "unpacks to more than 96 MiB, or to more than 2000 parts")


def test_entities_are_not_told_and_end_nothing() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
    page = f"<?xml version='1.0'?>{laughs}<table><tr><td>食品名称<td>商标<td>不合格项目</tr><tr><td>&a11;米<td>甲<td>铅</tr></table>"
    assert [len(sample.food) < 50 for sample in samples_of(list(pieces(page.encode())))] == [True]


def test_a_process_that_takes_too_long_or_too_much_is_ended_and_says_so() -> None:
    late = heard("sheets", xlsx(ROWS), seconds=0.01, memory=1024)
    assert (late.lines, late.fault) == ((), "took longer than 0.01 s")
    small = heard("sheets", xlsx(ROWS), seconds=30, memory=24)
    assert small.lines == ()
    assert small.fault
