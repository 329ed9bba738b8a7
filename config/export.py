"""What other programs write: how a file of theirs is recognised, and which of its columns is which field of a post; `exports.yaml`."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.errors import ConfigError, Fault
from config.load import SHIPPED, checked, read
from config.schema import Declaration, Name, Word

FILE = "exports.yaml"
COLUMNS = re.compile(r"\{([^{}]+)\}")
_PRIVATE = re.compile(r"(?:^|[_/])ip(?:$|_)|ip_?(?:地址|属地)|phone|mobile_?no|电话|手机|来电号码|身份证|证件|住址|邮箱|微信号", re.IGNORECASE)

ExportField = Literal["text", "id", "title", "url", "author", "published_at", "collected_at", "reposts", "comments", "likes", "heat", "rank"]


def _read_at_all(column: str) -> str:
    if _PRIVATE.search(column):
        raise ValueError(f"{column} is private: such columns are never read")
    return column


Column = Annotated[str, Field(min_length=1), AfterValidator(_read_at_all)]


class Export(Declaration):
    """导出格式: what one program writes."""

    name: Name
    title: Word
    has: tuple[Word, ...] = Field(min_length=1, description="columns or keys that tell it, all of them; a|b for either")
    around: tuple[Word, ...] = Field((), description="JSON: keys of the table that the list stands in, all of them")
    items: str = Field("", description="JSON: the key under which the list stands in that table")
    fields: dict[ExportField, Column | tuple[Column, ...]] = Field(
        description="columns of a field, the first that is filled; {column} is put in, /key is read from the table around the list"
    )
    platform: str = ""
    source: str = Field("", description="declared source whose class and trust the posts have")
    by: tuple[Column, ...] = Field((), description="columns that say which of `sources` it is")
    sources: dict[str, Name] = Field(default={}, description="the declared source of each value of `by`")
    ranked: bool = Field(False, description="its items are in the order of their rank, from 1")
    markup: bool = Field(False, description="its texts may be HTML")

    def fits(self, columns: Iterable[str]) -> bool:
        """Return whether something with these columns is one of its rows."""
        there = {column.strip().lower() for column in columns}
        return all(any(one.lower() in there for one in each.split("|")) for each in self.has)

    def at(self, field: ExportField) -> tuple[str, ...]:
        """Return where a field may stand."""
        where = self.fields.get(field, ())
        return (where,) if isinstance(where, str) else where


def exports(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, Export]:
    """Read the exports of a home, else, and where it was made before there were any, the shipped ones. Raises ConfigError with every fault."""
    path = (home or SHIPPED) / FILE
    path = path if path.is_file() else SHIPPED / FILE
    faults: list[Fault] = []
    declared = read(path, environ, faults) or {}
    found: dict[str, Export] = {}
    if not isinstance(declared, dict):
        faults.append(Fault(str(path), "", "must be a table of exports by name"))
        declared = {}
    for name, table in declared.items():
        if not isinstance(table, dict):
            faults.append(Fault(str(path), str(name), "must be a table of keys"))
        elif one := checked(Export, {**table, "name": name}, path, faults, prefix=str(name)):
            found[name] = one
            if "text" not in one.fields:
                faults.append(Fault(str(path), f"{name}.fields", "text is missing"))
    if faults:
        raise ConfigError(faults)
    return found
