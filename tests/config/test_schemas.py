"""The JSON Schemas that editors check declarations with."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import SHIPPED
from config.schemas import FOLDER, schemas, write, written

FOLDERS = {"sources": "source", "topics": "topic", "rules": "rule", "channels": "channel", "boards": "board"}
BY_NAME = ("departments", "matters", "watches", "exports")
FILES = [(SHIPPED / f"{name}.yaml", f"schemas/{name}.json") for name in ("settings", "departments", "matters", "roster", "watches", "exports")]
FILES += [(path, f"../schemas/{kind}.json") for folder, kind in FOLDERS.items() for path in sorted((SHIPPED / folder).glob("*.yaml"))]


def test_the_shipped_schemas_are_current() -> None:
    assert {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == {name: written(one) for name, one in schemas().items()}, (
        "run python -m config.schemas"
    )


def test_they_can_be_written_anew(tmp_path: Path) -> None:
    write(tmp_path / "schemas")
    assert json.loads((tmp_path / "schemas" / "topic.json").read_text("utf-8")) == schemas()["topic"]


def test_there_is_one_for_every_kind_of_file() -> None:
    assert set(schemas()) == {
        "settings",
        "source",
        "topic",
        "rule",
        "channel",
        "board",
        "departments",
        "matters",
        "roster",
        "watches",
        "exports",
        "debunks",
        "debunk-words",
    }


@pytest.mark.parametrize(("path", "schema"), FILES, ids=lambda value: getattr(value, "stem", ""))
def test_every_shipped_file_names_its_schema_first(path: Path, schema: str) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={schema}"
    assert (path.parent / schema).is_file()


@pytest.mark.parametrize(("path", "schema"), FILES, ids=lambda value: getattr(value, "stem", ""))
def test_the_schema_knows_every_key_of_the_shipped_files(path: Path, schema: str) -> None:
    name = Path(schema).stem
    declared, known = yaml.safe_load(path.read_text("utf-8")), schemas()[name]
    for table in (declared or {}).values() if name in BY_NAME else [declared]:
        kind = known["additionalProperties"] if name in BY_NAME else known
        assert set(table) <= set(kind["properties"])
        assert set(kind.get("required", ())) <= set(table)


def test_a_name_is_never_asked_for_since_it_is_the_file_s() -> None:
    for name in ("source", "topic", "rule", "channel", "board"):
        assert "name" not in schemas()[name]["properties"]
        assert "name" not in schemas()[name]["required"]


def test_unknown_keys_are_refused_everywhere() -> None:
    for schema in schemas().values():
        tables = [one for one in _tables(schema) if "properties" in one]
        # The groups of words are named as one likes; their names are the keys.
        assert tables or isinstance(schema["additionalProperties"], dict)
        assert all(one["additionalProperties"] is False for one in tables)


def test_durations_are_as_people_write_them() -> None:
    settings = schemas()["settings"]["$defs"]
    keep = settings["StoreSettings"]["properties"]["keep"]
    assert keep["default"] == "730d"
    assert settings["CrawlSettings"]["properties"]["timeout"]["default"] == "30s"
    assert re.match(keep["pattern"], "30m")
    assert not re.match(keep["pattern"], "P30D")


def _tables(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(table for one in value.values() for table in _tables(one))]
    return []
