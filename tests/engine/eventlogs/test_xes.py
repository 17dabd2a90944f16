"""XES as IEEE 1849-2016 has it: declared prefixes, globals that every trace and event has, types, order of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

import pytest

from engine.eventlogs import Selection
from tests.engine.eventlogs.shop import AUDITOR, Shop

NS = "{http://www.xes-standard.org/}"
ATTRIBUTES = {"string", "date", "int", "float", "boolean", "id", "list", "container"}
#: The standard transactional life cycle.
TRANSITIONS = {
    "schedule", "assign", "withdraw", "reassign", "start", "suspend", "resume", "pi_abort", "ate_abort", "complete",
    "autoskip", "manualskip", "unknown",
}  # fmt: skip


@pytest.fixture(scope="module")
def log(shop: Shop) -> ElementTree.Element:
    return ElementTree.fromstring(shop.bytes("xes"))


def name(node: ElementTree.Element) -> str:
    return node.tag.removeprefix(NS)


def keys(node: ElementTree.Element) -> dict[str, ElementTree.Element]:
    found = [child for child in node if name(child) in ATTRIBUTES]
    assert len({child.get("key") for child in found}) == len(found), "a key stands once"
    return {str(child.get("key")): child for child in found}


def nodes(log: ElementTree.Element, *tags: str) -> Iterator[ElementTree.Element]:
    return (node for node in log.iter() if name(node) in tags)


def test_the_log_says_its_version_and_its_parts_stand_in_the_schemas_order(log: ElementTree.Element) -> None:
    assert log.get("xes.version") == "1849.2016"
    parts = [name(node) for node in log]
    order = ["extension", "global", "classifier", "attribute", "trace"]
    places = [order.index("attribute" if part in ATTRIBUTES else part) for part in parts]
    assert places == sorted(places)
    for trace in nodes(log, "trace"):
        inside = [name(node) == "event" for node in trace]
        assert inside == sorted(inside), "attributes before events"


def test_every_prefix_is_declared_and_every_declared_extension_is_used(log: ElementTree.Element) -> None:
    declared = {node.get("prefix") for node in nodes(log, "extension")}
    used = {key.partition(":")[0] for node in nodes(log, *ATTRIBUTES) if ":" in (key := str(node.get("key")))}
    assert used <= declared
    assert declared - used <= {"cost"}, "money may not have moved"


def test_every_trace_and_event_has_every_global_with_the_same_type(log: ElementTree.Element) -> None:
    for scope in ("trace", "event"):
        (block,) = [node for node in nodes(log, "global") if node.get("scope") == scope]
        promised = {key: name(node) for key, node in keys(block).items()}
        assert promised
        for node in nodes(log, scope):
            found = {key: name(one) for key, one in keys(node).items()}
            assert promised.items() <= found.items()


def test_classifiers_name_globals(log: ElementTree.Element) -> None:
    (block,) = [node for node in nodes(log, "global") if node.get("scope") == "event"]
    for classifier in nodes(log, "classifier"):
        assert set(str(classifier.get("keys")).split()) <= keys(block).keys()
        assert re.fullmatch(r"[\w]+", str(classifier.get("name")))


def test_keys_are_names_and_values_are_of_their_types(log: ElementTree.Element) -> None:
    for node in nodes(log, *ATTRIBUTES):
        assert re.fullmatch(r"[^\W\d][\w.\-]*(:\w+)?", str(node.get("key"))), node.get("key")
        value = str(node.get("value"))
        if name(node) == "date":
            at = datetime.fromisoformat(value)
            assert value.endswith("+08:00")
            assert at.tzinfo is not None
        elif name(node) in ("int", "float"):
            assert re.fullmatch(r"-?\d+(\.\d+)?", value)
        elif name(node) == "boolean":
            assert value in ("true", "false")


def test_one_key_of_an_event_has_one_type_in_the_whole_log(log: ElementTree.Element) -> None:
    types: dict[str, set[str]] = {}
    for event in nodes(log, "event"):
        for key, node in keys(event).items():
            types.setdefault(key, set()).add(name(node))
    assert {key: found for key, found in types.items() if len(found) > 1} == {}


def test_transitions_are_those_of_the_standard_model(shop: Shop, log: ElementTree.Element) -> None:
    found = {str(keys(event)["lifecycle:transition"].get("value")) for event in nodes(log, "event")}
    assert found <= TRANSITIONS
    assert {"schedule", "start", "complete", "ate_abort", "suspend", "resume", "pi_abort"} <= found
    assert keys(log)["lifecycle:model"].get("value") == "standard"


def test_times_within_a_trace_do_not_run_backwards(log: ElementTree.Element) -> None:
    for trace in nodes(log, "trace"):
        times = [str(keys(event)["time:timestamp"].get("value")) for event in trace if name(event) == "event"]
        assert times == sorted(times)


def test_a_trace_tells_its_case(shop: Shop, log: ElementTree.Element) -> None:
    trace = next(node for node in nodes(log, "trace") if keys(node)["concept:name"].get("value") == shop.cases[1])
    said = {key: node.get("value") for key, node in keys(trace).items()}
    assert said["process"] == "p10_courier_query"
    assert (said["process_name"], said["process_version"], said["order"]) == ("快递查询流程", "1", "SO-2")
    assert (said["status"], said["end_state"], said["customer"]) == ("completed", "正常已告知", "C-***")
    assert said["duration_seconds"] == "90.000007"


def test_the_file_carries_its_mark(shop: Shop) -> None:
    with shop.export("xes", AUDITOR, Selection(case_ids=(shop.cases[0],))).content as content:
        said = keys(ElementTree.fromstring(content.read()))
    assert (said["exported_by"].get("value"), said["masked"].get("value")) == ("郑审计(zheng)", "true")
    assert "1 个工单" in str(said["mark"].get("value"))


def test_an_empty_selection_is_a_log_without_traces(shop: Shop) -> None:
    empty = ElementTree.fromstring(shop.bytes("xes", Selection(case_ids=("999999",))))
    assert list(nodes(empty, "trace")) == []
    assert len(list(nodes(empty, "global"))) == 2
