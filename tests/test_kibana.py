"""The dashboard for Kibana names only fields that the mapping has, in ways that each can be used, and objects that are there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.store.elastic_indices import KINDS

FILE = Path(__file__).resolve().parents[1] / "docs" / "kibana.ndjson"
LINES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
OBJECTS, SUMMARY = LINES[:-1], LINES[-1]
BY_NAME = {(one["type"], one["id"]): one for one in OBJECTS}
NAMES = [f"{kind}/{name}" for kind, name in BY_NAME]


def view_of(one: dict[str, Any]) -> str:
    """The kind of record whose data view an object asks."""
    source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    (name,) = (reference["id"] for reference in one["references"] if reference["name"] == source["indexRefName"])
    return str(BY_NAME["index-pattern", name]["attributes"]["title"]).removeprefix("shian-")


def shown(one: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each field that an object uses: its kind of record, its name, and whether it is counted or sorted by rather than shown."""
    attributes = one["attributes"]
    if one["type"] == "index-pattern":
        kind = attributes["title"].removeprefix("shian-")
        yield kind, attributes["timeFieldName"], True
        yield from ((kind, field, False) for field in json.loads(attributes["fieldAttrs"]))
    elif one["type"] == "search":
        yield from ((view_of(one), field, False) for field in attributes["columns"])
        yield from ((view_of(one), field, True) for field, _ in attributes["sort"])
    elif one["type"] == "visualization":
        for agg in json.loads(attributes["visState"])["aggs"]:
            if "field" in agg["params"]:
                yield view_of(one), agg["params"]["field"], True


def asked(one: dict[str, Any]) -> Iterator[str]:
    """The fields that an object's own query names."""
    source = json.loads(one["attributes"].get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}"))
    for part in source.get("query", {}).get("query", "").split(" and "):
        if part:
            yield part.split(":")[0].strip()


def test_the_summary_counts_what_is_there() -> None:
    assert SUMMARY["exportedCount"] == len(OBJECTS)
    assert SUMMARY["missingReferences"] == SUMMARY["excludedObjects"] == []
    assert len(BY_NAME) == len(OBJECTS)
    assert {one["type"] for one in OBJECTS} == {"index-pattern", "visualization", "search", "dashboard"}


@pytest.mark.parametrize("one", OBJECTS, ids=NAMES)
def test_every_reference_leads_to_an_object(one: dict[str, Any]) -> None:
    assert all((reference["type"], reference["id"]) in BY_NAME for reference in one["references"])
    names = [reference["name"] for reference in one["references"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("one", OBJECTS, ids=NAMES)
def test_every_field_is_in_the_mapping(one: dict[str, Any]) -> None:
    for kind, field, counted in shown(one):
        mapping = KINDS[kind][field]
        assert mapping["type"] != "text", field
        # What has no doc values is read from the document: it can be shown, and not counted.
        assert not counted or mapping.get("doc_values", True), field
    for field in asked(one):
        assert KINDS[view_of(one)][field].get("index", True), field


def test_the_panels_are_in_their_places() -> None:
    (dashboard,) = (one for one in OBJECTS if one["type"] == "dashboard")
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    referred = {reference["name"]: reference["type"] for reference in dashboard["references"]}
    assert {f"{panel['panelIndex']}:{panel['panelRefName']}": panel["type"] for panel in panels} == referred
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridData"]
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert grid["x"] + grid["w"] <= 48
        assert not taken & cells
        taken |= cells
    assert {one["id"] for one in OBJECTS if one["type"] in ("visualization", "search")} == {each["id"] for each in dashboard["references"]}


def test_times_are_the_times_of_the_records() -> None:
    views = {one["attributes"]["title"]: one["attributes"]["timeFieldName"] for one in OBJECTS if one["type"] == "index-pattern"}
    assert views == {"shian-events": "last_seen", "shian-posts": "at", "shian-alerts": "raised_at"}
