"""Tables of 食品抽检不合格 read into sampling results, however their columns are called and wherever their header stands."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from crawlers.grids import PAGE, Grid
from crawlers.samples import MOST, Failed, Sample

_COLUMNS: Final = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        ("", r"抽样(?:日期|时间|数量|基数|人员|环节|领域)|样品数量|公告|任务|报告|期号|网址|网页|电话|执行标准|复检|处置|核查"),
        ("number", r"^(?:抽样单?|样品|抽检单?|检验)(?:编号|号|单号)$"),
        ("order", r"^(?:序号?|编号|no\.?)$"),
        ("verdict", r"结论|判定"),
        ("all", r"(?:不合格|问题).*[║‖∥|].*(?:结果|值)"),
        ("maker_address", r"(?:生产|标称|委托|厂|进口商).*(?:地址|所在地|省份|产地)|^产地$"),
        ("place_address", r"(?:抽样|被抽|经营|销售|受检|采样).*(?:地址|所在地|省份)"),
        ("made", r"生产日期|批号|购进日期|加工日期|^批次$|进货日期"),
        ("spec", r"规格|型号"),
        ("brand", r"商标|品牌"),
        ("limit", r"标准.*(?:值|要求|规定|限量|指标)|限量|限值|技术要求|规定值|^标准$"),
        ("result", r"(?:检验|检测|实测|检出|实际|测定).*(?:结果|值|数据)|^结果$"),
        ("item", r"(?:不合格|问题|风险|不符合).*(?:项|指标|名称|原因|因子)|^(?:检验|检测)?项目(?:名称)?$"),
        ("kind", r"分类|类别|大类|亚类|细类"),
        ("food", r"(?:食品|样品|产品|商品|农产品|抽检品种).*名称|^(?:食品|样品|品名|产品)$"),
        ("lab", r"(?:检验|承检|检测|抽检).*(?:机构|单位)"),
        ("maker", r"(?:生产|制造|加工|委托|进口).*(?:企业|单位|厂|者|商|方)|^厂名|^标称"),
        ("place", r"被抽|受检|(?:抽样|采样).*(?:单位|场所|地点)|(?:经营|销售|供货|餐饮).*(?:企业|单位|者|商)"),
        ("remark", r"备注|说明"),
    )
)
_FAILED: Final = re.compile(r"不合格|不符合|超标|问题(?:食品|样品|项目)")
_BAR: Final = re.compile(r"\s*[║‖∥|]+\s*")
_NEXT: Final = re.compile(r"[；;\n](?=[^；;\n]*$)")
_NOTHING: Final = re.compile(r"[/\\—\-－–_.无]*")
_PASSED: Final = re.compile(r"^(?:合格|符合|未检出问题|通过)")
_LONGEST_HEAD: Final = 40
_OWN: Final = ("order", "food", "maker", "place", "made", "spec", "brand")
"""What tells one sample from the next, where it has no number of its own."""

Columns = dict[int, str]


def samples_of(grids: Sequence[Grid]) -> list[Sample]:
    """Return the failed samples that the tables hold, at most `MOST`; none where they are about something else."""
    found: list[Sample] = []
    before: Columns = {}
    width = 0
    for grid in grids:
        start, columns = header(grid.rows)
        if columns and not _is_of_failed(grid, start, columns):
            columns, before = {}, {}
        elif not columns and before and _goes_on(grid, width):
            start, columns = 0, before
        if columns:
            before, width = columns, len(grid.rows[0])
            found += _read(grid.rows[start:], columns)
        if len(found) >= MOST:
            break
    return found[:MOST]


def header(rows: Sequence[Sequence[str]]) -> tuple[int, Columns]:
    """Return the first row under the header, and what each column is; no columns where there is no header of failed samples."""
    for number, row in enumerate(rows[:40]):
        one = _named(row)
        if len(one) < 2:
            continue  # a title, or what stands above the header
        two = _named(row, rows[number + 1]) if number + 1 < len(rows) else {}
        columns, under = (two, number + 2) if len(set(two.values())) > len(set(one.values())) else (one, number + 1)
        fields = set(columns.values())
        if "food" in fields and fields & {"item", "all"} and len(fields) >= 3:
            # A header of two rows, the cells of which are merged downwards, says nothing more in its second.
            while under < len(rows) and _named(rows[under]) and set(_named(rows[under]).values()) >= {"food"}:
                under += 1
            return under, columns
    return 0, {}


def _is_of_failed(grid: Grid, start: int, columns: Columns) -> bool:
    """Whether the table, or a column of it, says that these samples failed: one of items tested may be of samples that passed."""
    said = set(columns.values())
    return bool(said & {"verdict", "all"} or _FAILED.search(grid.name) or any(_FAILED.search(cell) for row in grid.rows[:start] for cell in row))


def _goes_on(grid: Grid, width: int) -> bool:
    """Whether the table on a page is the rest of the one before, which has the header: as wide, and without one of its own."""
    is_wide = bool(grid.rows) and len(grid.rows[0]) == width
    return is_wide and grid.name.startswith(PAGE) and all(len(_named(row)) < 3 for row in grid.rows[:3])


def _named(row: Sequence[str], under: Sequence[str] = ()) -> Columns:
    columns: Columns = {}
    for place, head in enumerate(row):
        below = under[place] if place < len(under) else ""
        field = _field(head + below) if below and below != head else None
        field = field if field is not None and below else _field(below) if below else None
        field = _field(head) if field is None else field
        if field and field not in columns.values():
            columns[place] = field
    return columns


def _field(head: str) -> str | None:
    """What a column of this name holds: a field, "" for what is left out, None for a name that is not known."""
    name = re.sub(r"\s|\(.*?\)|[:：*]", "", unicodedata.normalize("NFKC", head)).lower()
    if not name or len(name) > _LONGEST_HEAD:
        return None
    return next((field for field, pattern in _COLUMNS if pattern.search(name)), None)


def _read(rows: Sequence[Sequence[str]], columns: Columns) -> Iterator[Sample]:
    last: dict[str, str] = {}
    failed: list[Failed] = []
    for row in rows:
        said = {field: _value(row[place]) for place, field in columns.items() if place < len(row)}
        if not any(said.values()) or _is_note(row) or _is_header(said):
            continue
        if last and not said.get("food"):
            # The next item of the same sample, written under it with the rest left out.
            failed += _failed(said)
            continue
        if last and _is_same(said, last):
            failed += [one for one in _failed(said) if one not in failed]
            continue
        if last:
            yield _sample(last, failed)
        last, failed = ({}, []) if _PASSED.match(said.get("verdict", "")) else (said, _failed(said))
    if last:
        yield _sample(last, failed)


def _is_same(said: dict[str, str], last: dict[str, str]) -> bool:
    if said.get("number") or last.get("number"):
        return said.get("number") == last.get("number")
    return all(said.get(field, "") == last.get(field, "") for field in _OWN)


def _sample(said: dict[str, str], failed: Sequence[Failed]) -> Sample:
    fields = {name: " ".join(said[name].split()) for name in Sample.__struct_fields__ if name in said}
    return Sample(**fields, failed=tuple(failed[:20]))


def _value(text: str) -> str:
    return "" if _NOTHING.fullmatch(text) else text


def _is_note(row: Sequence[str]) -> bool:
    """A row that is one merged cell, such as a title or a note below the table."""
    return len({cell for cell in row if cell}) == 1


def _is_header(said: dict[str, str]) -> bool:
    return sum(_field(value) == field for field, value in said.items()) >= 3


def _failed(said: dict[str, str]) -> list[Failed]:
    if joined := said.get("all"):
        return _of_bars(joined)
    items, results, limits = said.get("item", ""), said.get("result", ""), said.get("limit", "")
    if _BAR.search(items):
        return _of_bars(items)
    split = [[part for part in re.split(r"[\n；;]", value) if part] for value in (items, results, limits)]
    if len(split[0]) > 1 and all(len(parts) == len(split[0]) for parts in split):
        return [Failed(*parts) for parts in zip(*split, strict=True)]
    one = Failed(*(" ".join(value.split()) for value in (items, results, limits)))
    return [one] if one.item else []


def _of_bars(text: str) -> list[Failed]:
    """Read 项目║结果║标准值, one or several: what follows a limit's last semicolon or line is the next item."""
    parts = _BAR.split(text)
    found = []
    item = parts[0]
    for number in range(1, len(parts), 2):
        limit, following = parts[number + 1] if number + 1 < len(parts) else "", ""
        if number + 2 < len(parts) and (cut := _NEXT.search(limit)):
            limit, following = limit[: cut.start()], limit[cut.end() :]
        found.append(Failed(*(" ".join(value.split()) for value in (item, parts[number], limit))))
        item = following
    return [one for one in found if one.item] or [Failed(" ".join(text.split()))]
