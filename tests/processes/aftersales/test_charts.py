"""The diagrams of the after-sales flowcharts say what the catalogue says, element by element."""

from __future__ import annotations

import json
import re

import pytest

from tests.each import each
from tests.processes.aftersales.charts import (
    CHART_IDS,
    CHARTS,
    GROUPS,
    LANES,
    TAGS,
    UNCHARTED,
    drawing,
    element_id,
    nodes,
    of_type,
)
from tests.processes.aftersales.corrections import (
    ADDED,
    BRANCHES,
    BY_MESSAGE,
    CONDITIONS,
    DEFAULTS,
    LATER,
    MORE,
    NAMES,
    OF_ORDERS,
    OPENED,
    SENT,
    TIMERS,
)
from tests.processes.aftersales.reading import read_flowchart
from tests.processes.process_drawing import ROOT, path_of

NODES = [(process, element) for process in CHART_IDS for element in nodes(process)]
SHARED = next(iter(sorted(ROOT.parent.glob("*/catalogue/aftersales"))), None)


@pytest.mark.skipif(SHARED is None, reason="the catalogue is not beside this repository")
@pytest.mark.parametrize("process", CHART_IDS)
def test_the_copy_of_the_catalogue_is_the_catalogue(process: str) -> None:
    assert SHARED is not None
    read = read_flowchart((SHARED / f"{process}.md").read_text("utf-8"))
    assert json.loads(json.dumps(read)) == CHARTS[process]


def test_all_charts_are_drawn() -> None:
    drawn = {path.stem for folder in ("aftersales", "duties") for path in (ROOT / "processes" / folder).glob("*.bpmn")}
    assert drawn == {*CHART_IDS, *UNCHARTED}


@each("process", CHART_IDS)
def test_process_and_pool_have_the_charts_name(process: str) -> None:
    drawn = drawing(process)
    assert (drawn.process_id, drawn.name, drawn.pool) == (process, CHARTS[process]["name"], drawn.name)
    assert path_of(process).parent.name == ("aftersales" if process.startswith("a") else "duties")


@each(("process", "element"), NODES)
def test_an_element_has_its_type_name_and_lane(process: str, element: str) -> None:
    node, drawn = nodes(process)[element], drawing(process).nodes[element]
    name = NAMES.get((process, element), node["name"])
    assert (drawn.tag, drawn.name) == (TAGS[node["type"]], name)
    if node["lane"] is not None and drawn.host is None:
        assert drawn.lane == LANES[node["lane"]]


@each(("process", "element"), NODES)
def test_what_comes_next_is_as_catalogued(process: str, element: str) -> None:
    expected = {way["target"] for way in nodes(process)[element]["next"]} - LATER.get((process, element), set())
    found = drawing(process).next_catalogued(element, set(nodes(process)))
    assert expected <= found <= expected | MORE.get((process, element), set())


@each(("process", "element"), of_type("xor"))
def test_a_gateway_asks_the_charts_conditions_in_order(process: str, element: str) -> None:
    node, drawn = nodes(process)[element], drawing(process)
    known = set(nodes(process))
    leaving = drawn.flows_from(element)
    if len(node["next"]) == 1:  # it only merges
        assert len(leaving) == 1
        return
    added = BRANCHES.get((process, element), [])
    default = leaving[drawn.nodes[element].default]
    asked = [flow for key, flow in leaving.items() if key != drawn.nodes[element].default]
    asked = [flow for flow in asked if flow.condition not in added]
    other = DEFAULTS.get((process, element))
    printed = [way for way in node["next"] if way["condition"] is not None or other is not None]
    conditions = [CONDITIONS.get((process, element, way["target"]), way["condition"]) for way in printed]
    assert [flow.condition for flow in asked] == [f"={condition}" for condition in conditions]
    if other is None:
        (other,) = [way["target"] for way in node["next"] if way["condition"] is None]
    assert default.condition is None
    for flow, target in zip([*asked, default], [*(way["target"] for way in printed), other], strict=True):
        assert target in drawn.first_catalogued(flow.target, known)
        assert flow.name, f"{flow.source} → {flow.target} has no name"


@each(("process", "element"), of_type("timer", "b-timer", "b-timer ni"))
def test_a_timer_is_the_charts(process: str, element: str) -> None:
    drawn = drawing(process).nodes[element]
    printed = re.search(r"\bPT?\d+[DHM]\b", nodes(process)[element]["action"])
    expected = TIMERS.get((process, element), printed[0] if printed is not None else None)
    assert drawn.timer == expected


@each(("process", "element"), of_type("b-timer", "b-timer ni", "b-msg ni"))
def test_a_boundary_event_stands_at_its_host_and_interrupts_or_not(process: str, element: str) -> None:
    node, drawn = nodes(process)[element], drawing(process).nodes[element]
    assert (drawn.host, drawn.interrupting) == (element_id(process, node["on"]), not node["type"].endswith("ni"))


@each(("process", "element"), of_type("receive", "msg catch", "b-msg ni"))
def test_a_message_is_the_charts_and_is_correlated_by_case_or_order(process: str, element: str) -> None:
    printed = re.search(r"message `(\w+)`", nodes(process)[element]["action"])
    assert printed is not None
    assert drawing(process).message_of(element) == printed[1]
    expected = "=order_id" if printed[1] in OF_ORDERS else "=case_id"
    assert drawing(process).correlations[printed[1]] == expected
    assert (ROOT / f"forms/messages/{printed[1]}.form").is_file(), "an agent registers it by hand too"


@each(("process", "element"), of_type("user"))
def test_a_user_task_belongs_to_its_lane_has_its_form_and_its_time_limit(process: str, element: str) -> None:
    node, drawn = nodes(process)[element], drawing(process).nodes[element]
    groups = drawn.zeebe["assignmentDefinition"]["candidateGroups"].split(",")
    assert set(GROUPS[drawn.lane].split(",")) <= set(groups)
    assert drawn.zeebe["formDefinition"] == {"formId": f"{process}.{element}"}
    due = drawn.zeebe.get("taskSchedule", {}).get("dueDate")
    assert due == (f'=now() + duration("{node["due"]}")' if node.get("due") else None)


@each(("process", "element"), of_type("call"))
def test_a_call_calls_what_the_chart_says_and_maps_explicitly(process: str, element: str) -> None:
    node, drawn = nodes(process)[element], drawing(process).nodes[element]
    assert drawn.zeebe["calledElement"] == {
        "processId": node["calls"],
        "propagateAllParentVariables": "false",
        "propagateAllChildVariables": "false",
    }
    assert drawn.inputs
    assert any(name.endswith(("_result", "_mode")) or "result" in source for name, source in drawn.outputs.items())


@each(("process", "element"), of_type("end"))
def test_an_end_is_the_result(process: str, element: str) -> None:
    drawn = drawing(process)
    main = drawn.nodes[element].outputs.get(f"{process.partition('_')[0]}_result")
    if main is None:  # the end of a side path, which may come before or after the main one
        assert drawn.is_side_path(element)
    else:
        assert main == f'="{element}"'


@each("process", CHART_IDS)
def test_what_the_chart_starts_is_started_as_a_case_of_its_own(process: str) -> None:
    started = {
        one
        for node in drawing(process).nodes.values()
        if node.zeebe.get("taskDefinition") == {"type": "start_process"}
        for one in node.headers["process_id"].split(",")
    }
    assert started == set(CHARTS[process]["starts"]) - BY_MESSAGE.get(process, set()) | OPENED.get(process, set())


MESSAGES = [(process, code) for process in CHART_IDS for code in CHARTS[process]["messages"]]


@each(("process", "code"), MESSAGES)
def test_a_text_is_the_charts_and_is_sent_where_the_chart_says(process: str, code: str) -> None:
    printed = CHARTS[process]["messages"][code]
    assert (ROOT / f"processes/templates/{code}.txt").read_text("utf-8") == f"{printed['text']}\n"
    for element in printed["at"]:
        sending = SENT.get((process, code), element_id(process, element))
        assert drawing(process).nodes[sending].headers.get("template") == code


@each("process", CHART_IDS)
def test_there_is_no_element_that_neither_chart_nor_house_rules_know(process: str) -> None:
    for node in drawing(process).nodes.values():
        if node.id not in nodes(process) and (process, node.id) not in ADDED:
            implied = node.id.startswith("join_") or node.properties.get("implied") == "true"
            assert implied, f"{node.id} would stand in a path"
