"""OCEL 2.0: what is declared is what is there, nothing points into the void, one attribute has one type."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.eventlogs import Selection
from engine.eventlogs.attributes import name_of, text_of, typed
from engine.eventlogs.marks import Mark
from engine.eventlogs.ocel import write_ocel_xml
from engine.eventlogs.ocel_files import JsonFile, Said, Types
from tests.engine.eventlogs.shop import Shop

JSON_TYPES = {"string": str, "time": str, "integer": int, "float": float, "boolean": bool}


@pytest.fixture(scope="module")
def log(shop: Shop) -> Any:
    return json.loads(shop.bytes("ocel"))


def test_every_type_and_attribute_is_declared_and_of_its_type(log: Any) -> None:
    for kinds, things in (("objectTypes", "objects"), ("eventTypes", "events")):
        declared = {kind["name"]: {one["name"]: one["type"] for one in kind["attributes"]} for kind in log[kinds]}
        assert declared.keys() == {thing["type"] for thing in log[things]}
        for thing in log[things]:
            for one in thing["attributes"]:
                expected = JSON_TYPES[declared[thing["type"]][one["name"]]]
                assert type(one["value"]) is expected, (thing["id"], one)


def test_ids_are_unique_and_relations_lead_to_objects(log: Any) -> None:
    ids = [thing["id"] for thing in log["objects"]]
    assert len(set(ids)) == len(ids)
    events = [thing["id"] for thing in log["events"]]
    assert len(set(events)) == len(events)
    for thing in (*log["objects"], *log["events"]):
        pairs = [(one["objectId"], one["qualifier"]) for one in thing["relationships"]]
        assert {target for target, _ in pairs} <= set(ids)
        assert len(set(pairs)) == len(pairs)
        assert all(qualifier for _, qualifier in pairs)


def test_xml_says_the_same_as_json(shop: Shop, log: Any) -> None:
    root = ElementTree.fromstring(shop.bytes("ocel-xml"))
    assert [part.tag for part in root] == ["object-types", "event-types", "objects", "events"]
    events = root.findall("events/event")
    assert [(one.get("id"), one.get("type"), one.get("time")) for one in events] == [
        (one["id"], one["type"], one["time"]) for one in log["events"]
    ]
    buyers = {one["id"] for one in log["objects"] if one["type"] == "买家"}  # hashed under a key of the file
    objects = {(one.get("id"), one.get("type")) for one in root.findall("objects/object") if one.get("type") != "买家"}
    assert objects == {(one["id"], one["type"]) for one in log["objects"] if one["id"] not in buyers}
    for kind, declared in (("object-types/object-type", "objectTypes"), ("event-types/event-type", "eventTypes")):
        said = {
            one.get("name"): {(a.get("name"), a.get("type")) for a in one.findall("attributes/attribute")}
            for one in root.findall(kind)
        }
        assert said == {one["name"]: {(a["name"], a["type"]) for a in one["attributes"]} for one in log[declared]}


def test_a_case_that_another_opened_points_to_it_only_where_it_is_selected_too(shop: Shop) -> None:
    first, second = shop.cases[0], shop.cases[1]
    with shop.db.begin() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE process_instance SET parent_case_id = ? WHERE case_id = ? AND depth = 0", (first, second)
        )

    def related(*cases: str) -> set[str]:
        log = json.loads(shop.bytes("ocel", Selection(case_ids=cases)))
        (found,) = [one for one in log["objects"] if one["id"] == f"case:{second}"]
        return {one["objectId"] for one in found["relationships"] if one["qualifier"] == "来源工单"}

    assert related(first, second) == {f"case:{first}"}
    assert related(second) == set()


def test_an_empty_selection_is_an_empty_log(shop: Shop) -> None:
    log = json.loads(shop.bytes("ocel", Selection(case_ids=("999999",))))
    assert (log["objects"], log["events"], log["objectTypes"], log["eventTypes"]) == ([], [], [], [])
    assert "0 个工单" in log["mark"]
    root = ElementTree.fromstring(shop.bytes("ocel-xml", Selection(case_ids=("999999",))))
    assert [len(part) for part in root] == [0, 0, 0, 0]


def test_a_second_type_of_an_attribute_gets_a_name_of_its_own() -> None:
    types = Types()

    def said(value: object) -> str:
        one = typed(value)
        assert one is not None
        return types.declared("工单", [Said(name="amount", value=one)])[0].name

    assert [said(Decimal(1)), said("一"), said(Decimal("2.5")), said("二"), said(True)] == [
        "amount", "amount.text", "amount", "amount.text", "amount.boolean"
    ]  # fmt: skip
    assert types.items() == [("工单", [("amount", "float"), ("amount.boolean", "boolean"), ("amount.text", "string")])]


def test_numbers_that_a_float_would_change_are_texts() -> None:
    exact, long = typed(Decimal("0.1")), typed(Decimal("1234567890.1234567890"))
    assert exact is not None
    assert long is not None
    assert (exact.type.value, exact.json, long.type.value, long.text) == ("float", 0.1, "text", "1234567890.1234567890")
    assert typed(None) is None


def test_dates_and_lists_are_texts_as_people_read_them() -> None:
    assert text_of(datetime(2026, 1, 2, tzinfo=UTC).date()) == "2026-01-02"
    assert text_of([1, "二"]) == '[1,"二"]'
    assert text_of({"@date": "x"}).startswith("{")
    assert name_of("收货 地址:x") == "data.收货_地址_x"


def test_a_sentence_of_the_mark_cannot_end_its_instruction() -> None:
    mark = Mark(taken_by="?><log>", taken_at=datetime(2026, 1, 2, tzinfo=UTC), cases=0, events=0, masked=True)
    target = BytesIO()
    write_ocel_xml([], mark, target)
    assert ElementTree.fromstring(target.getvalue()).tag == "log"
    target = BytesIO()
    JsonFile(BytesIO(), BytesIO()).finish(mark, target)
    assert "?><log>" in json.loads(target.getvalue())["mark"]
