"""JSON Schemas of the YAML files, so that editors complete and check them; `python -m config.schemas` writes them anew."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from config.board import Board
from config.debunk import Claims
from config.export import Export
from config.load import SHIPPED
from config.roster import Roster
from config.schema import Channel, Declaration, Department, Matter, Rule, Settings, Topic, duration
from config.source import Source
from config.watch import Watch

FOLDER = SHIPPED / "schemas"
_NAMED: dict[str, type[Declaration]] = {"source": Source, "topic": Topic, "rule": Rule, "channel": Channel, "board": Board}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of file, by the name of its schema: settings, source, …, roster, debunks, debunk-words."""
    found = {"settings": _of(Settings)} | {name: _without_name(_of(kind)) for name, kind in _NAMED.items()}
    found["departments"] = _by_name(Department, "Who answers for what, by name.")
    found["matters"] = _by_name(Matter, "What tells who leads and who cooperates, by name, the most specific first.")
    found["exports"] = _by_name(Export, "What other programs write, by name, the first that fits a file.")
    found["watches"] = _by_name(Watch, "What is searched for a while, by name.")
    found["roster"] = _of(Roster)
    people = found["roster"]["$defs"]["Person"]
    found["roster"]["$defs"]["Person"] = _without_name(people)
    found["debunks"] = _of(Claims)
    found["debunk-words"] = {
        "title": "Words",
        "description": "Groups of words, by the name that claims call them by.",
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    }
    return {name: {"$schema": _DRAFT, **schema} for name, schema in found.items()}


def written(schema: dict[str, Any]) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write a file for each schema."""
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.json").write_text(written(schema), "utf-8")


class _AsWritten(GenerateJsonSchema):
    """Says of durations how people write them, not how pydantic does."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Describe what people write, not what it is turned into."""
        if schema["function"]["function"] is duration:
            return {"type": "string", "pattern": r"^[0-9]+[smhd]$", "examples": ["30m", "2h", "14d"]}
        return super().function_before_schema(schema)

    def encode_default(self, dft: Any) -> Any:
        """Write a default as it would be declared."""
        if isinstance(dft, timedelta):
            return _as_duration(dft)
        if isinstance(dft, dict):
            return {str(name): self.encode_default(value) for name, value in dft.items()}
        if isinstance(dft, Declaration):
            return {name: self.encode_default(getattr(dft, name)) for name in type(dft).model_fields}
        return super().encode_default(dft)


def _of(kind: type[Declaration]) -> dict[str, Any]:
    return kind.model_json_schema(schema_generator=_AsWritten)


def _without_name(schema: dict[str, Any]) -> dict[str, Any]:
    """A declaration is called as its file, so its file does not say the name."""
    properties = {name: value for name, value in schema["properties"].items() if name != "name"}
    return {**schema, "properties": properties, "required": [name for name in schema["required"] if name != "name"]}


def _by_name(kind: type[Declaration], says: str) -> dict[str, Any]:
    """A file that holds many declarations of one kind, each under its name."""
    return {
        "title": f"{kind.__name__}s",
        "description": says,
        "type": "object",
        "additionalProperties": _without_name(_of(kind)),
        "propertyNames": kind.model_json_schema()["properties"]["name"],
    }


def _as_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1))):
        if value and not value % size:
            return f"{value // size}{unit}"
    return f"{seconds}s"


if __name__ == "__main__":
    write()
