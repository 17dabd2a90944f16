"""The shipped files say exactly what the catalogue of the flows says, element by element."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from engine import dmn, formcheck
from tests.processes.process_drawing import ROOT, TAGS, Drawing, read

DATA = Path(__file__).parent / "data"
PROCESSES = ("p10_courier_query", "p07_delivery", "s02_payout")
FLOWS = {name: json.loads((DATA / f"{name}.json").read_text("utf-8")) for name in PROCESSES}
SHARED = json.loads((DATA / "catalogue.json").read_text("utf-8"))
DRAWINGS = {name: read(name) for name in PROCESSES}
#: The catalogue names two lanes for these starts; they stand in the one that the diagram has.
START_LANES = {
    "售前客服 / 售后客服": "售后客服",
    "系统 / 售前客服": "售前客服",
}
GROUPS = {"售前客服": "presales", "售后客服": "aftersales", "仓库": "warehouse", "财务": "finance", "快递": "courier"}
SECTIONS = {"p10_courier_query": "10.快递查询流程", "p07_delivery": "7.交货流程", "s02_payout": "1.补偿流程"}


def catalogued(process: str) -> dict[str, dict]:
    """Everything that the catalogue gives an id: nodes, events behind event gateways, boundary events."""
    flow = FLOWS[process]
    found = {node["id"]: node for node in flow["nodes"]} | {b["id"]: b for b in flow["boundary_events"]}
    for node in flow["nodes"]:
        for event_id, _kind, zh, _spec, target, src in node.get("events", ()):
            found[event_id] = {"id": event_id, "t": "event", "zh": zh, "nxt": target, "src": src}
    return found


NODES = [(process, node_id) for process in PROCESSES for node_id in catalogued(process)]
FLOW_NODES = [(p, n["id"]) for p in PROCESSES for n in FLOWS[p]["nodes"]]


def of_type(kind: str) -> list[tuple[str, str]]:
    return [(p, n["id"]) for p in PROCESSES for n in FLOWS[p]["nodes"] if n["t"] == kind]


def test_the_copy_of_the_catalogue_is_the_catalogue() -> None:
    """Compared only where the catalogue lies beside this repository."""
    sources = sorted(ROOT.parent.glob("*/catalogue/flows14.json"))
    if not sources:
        pytest.skip("the catalogue is not beside this repository")
    original = json.loads(sources[0].read_text("utf-8"))
    flows = {flow["process"]: flow for flow in original["flows"]}
    assert {name: flows[name] for name in PROCESSES} == FLOWS
    assert original["common_start_fields"] == SHARED["common_start_fields"]
    assert {code: original["templates"][code] for code in SHARED["templates"]} == SHARED["templates"]
    assert [table for table in original["tables"] if table in SHARED["tables"]] == SHARED["tables"]


@pytest.mark.parametrize("process", PROCESSES)
def test_process_pool_and_lanes_have_the_flows_names(process: str) -> None:
    drawing = DRAWINGS[process]
    assert (drawing.process_id, drawing.name, drawing.pool) == (process, FLOWS[process]["name_zh"], drawing.name)


@pytest.mark.parametrize(("process", "node_id"), FLOW_NODES)
def test_an_element_has_its_type_name_and_lane(process: str, node_id: str) -> None:
    node, drawn = catalogued(process)[node_id], DRAWINGS[process].nodes[node_id]
    assert (drawn.tag, drawn.name) == (TAGS[node["t"]], node["zh"])
    assert drawn.lane == START_LANES.get(node["lane"], node["lane"])


@pytest.mark.parametrize(("process", "node_id"), FLOW_NODES)
def test_what_comes_next_is_as_catalogued(process: str, node_id: str) -> None:
    node, drawing = catalogued(process)[node_id], DRAWINGS[process]
    known = set(catalogued(process))
    if node["t"] == "xor":
        expected = {target for _, target, _ in node["branches"]} | {node["default"][0]}
    elif node["t"] == "evgw":
        expected = {event[0] for event in node["events"]}
    else:
        expected = {node["nxt"]} if node.get("nxt") else set()
    found = drawing.next_catalogued(node_id, known)
    # The checks on cancelled orders (an addition to the catalogue) may end the dispatch before goods leave.
    cancelled = {"end_cancelled"} if process == "p07_delivery" and expected & {"pick_goods", "send_parcel"} else set()
    assert expected <= found <= expected | cancelled


@pytest.mark.parametrize(("process", "node_id"), of_type("xor"))
def test_a_gateway_asks_the_catalogues_conditions_in_order(process: str, node_id: str) -> None:
    node, drawing = catalogued(process)[node_id], DRAWINGS[process]
    drawn = drawing.nodes[node_id]
    leaving = drawing.flows_from(node_id)
    others = [flow for key, flow in leaving.items() if key != drawn.default]
    assert [(flow.condition, flow.name) for flow in others] == [(f"={c}", label) for c, _, label in node["branches"]]
    default = leaving[drawn.default]
    assert (default.condition, default.name) == (None, node["default"][1])
    first = [next(iter({drawing.skip_joins(f.target)})) for f in (*others, default)]
    implied = {"check_before_pick": "pick_goods", "withdraw_risk": "verify_customer_info"}
    targets = [target for _, target, _ in node["branches"]] + [node["default"][0]]
    assert [implied.get(target, target) for target in first] == targets


@pytest.mark.parametrize(("process", "node_id"), of_type("evgw"))
def test_an_event_gateway_waits_for_the_catalogues_events(process: str, node_id: str) -> None:
    drawing, known = DRAWINGS[process], set(catalogued(process))
    for event_id, kind, name, spec, target, _ in catalogued(process)[node_id]["events"]:
        drawn = drawing.nodes[event_id]
        assert drawn.name == name
        assert (drawn.timer if kind == "timer" else drawn.message) == (f"={spec}" if kind == "timer" else spec)
        assert drawing.next_catalogued(event_id, known) == {target}


@pytest.mark.parametrize(
    ("process", "boundary"), [(p, b) for p in PROCESSES for b in FLOWS[p]["boundary_events"]], ids=lambda b: str(b)[:20]
)
def test_a_boundary_timer_is_as_catalogued(process: str, boundary: dict) -> None:
    drawing = DRAWINGS[process]
    drawn = drawing.nodes[boundary["id"]]
    assert (drawn.tag, drawn.host, drawn.name) == ("boundaryEvent", boundary["host"], boundary["zh"])
    assert (drawn.timer, drawn.interrupting) == (boundary["spec"], boundary["interrupting"])
    if boundary["target"]:
        assert drawing.next_catalogued(boundary["id"], set(catalogued(process))) == {boundary["target"]}
    else:
        (flow,) = drawing.flows_from(boundary["id"]).values()
        assert flow.target == f"act_{boundary['id']}"
        assert drawing.nodes[f"end_{boundary['id']}"].tag == "endEvent"


@pytest.mark.parametrize(("process", "node_id"), of_type("user"))
def test_a_user_task_belongs_to_the_group_of_its_lane_and_has_its_form(process: str, node_id: str) -> None:
    drawn = DRAWINGS[process].nodes[node_id]
    assert drawn.zeebe["assignmentDefinition"] == {"candidateGroups": GROUPS[drawn.lane]}
    assert drawn.zeebe["formDefinition"] == {"formId": f"{process}.{node_id}"}
    assert "taskSchedule" not in drawn.zeebe


@pytest.mark.parametrize(("process", "node_id"), of_type("send"))
def test_a_send_task_sends_its_template(process: str, node_id: str) -> None:
    drawn = DRAWINGS[process].nodes[node_id]
    assert drawn.zeebe["taskDefinition"] == {"type": "send_message"}
    assert drawn.headers == {"template": catalogued(process)[node_id]["tpl"]}


@pytest.mark.parametrize(("process", "node_id"), of_type("rule"))
def test_a_decision_is_called_by_the_tables_name(process: str, node_id: str) -> None:
    table = catalogued(process)[node_id]["table"]
    (output,) = next(t["outputs"] for t in SHARED["tables"] if t["id"] == table)
    called = DRAWINGS[process].nodes[node_id].zeebe["calledDecision"]
    assert called == {"decisionId": table, "resultVariable": output[0]}


@pytest.mark.parametrize(("process", "node_id"), of_type("call"))
def test_a_call_hands_everything_over_and_sets_what_is_catalogued(process: str, node_id: str) -> None:
    node, drawn = catalogued(process)[node_id], DRAWINGS[process].nodes[node_id]
    # An editor leaves propagateAllParentVariables out when it saves: true is its default.
    assert {"propagateAllParentVariables": "true", **drawn.zeebe["calledElement"]} == {
        "processId": node["pid"],
        "propagateAllParentVariables": "true",
        "propagateAllChildVariables": "true",
    }
    assert drawn.inputs == {k: f"={v}" for k, v in (pair.split("=", 1) for pair in node["ins"].split(", "))}


@pytest.mark.parametrize(("process", "node_id"), of_type("end"))
def test_an_end_sets_the_result_and_throws_its_message(process: str, node_id: str) -> None:
    node, drawn = catalogued(process)[node_id], DRAWINGS[process].nodes[node_id]
    assert drawn.outputs == {FLOWS[process]["result_variable"]: f'="{node["result"]}"'}
    if node["throws"]:
        name, payload = re.match(r"(\w+) \((.*?)\)", node["throws"]).groups()
        assert drawn.message == name
        # customer_id: an addition to the catalogue.
        assert set(drawn.inputs) == {*payload.split(", "), "customer_id"}
        assert drawn.zeebe["taskDefinition"] == {"type": "publish_message"}
    else:
        assert drawn.message is None


def test_a_script_assigns_what_is_catalogued() -> None:
    scripts = [(p, n) for p in PROCESSES for n in FLOWS[p]["nodes"] if n["t"] == "script"]
    assert len(scripts) == 4
    for process, node in scripts:
        drawn = DRAWINGS[process].nodes[node["id"]]
        result = f"{node['id']}_result"
        assert drawn.zeebe["script"]["resultVariable"] == result
        assert drawn.outputs == {name: f"={result}.{name}" for name in drawn.outputs}
        for name, expression in node.get("assign", ()):
            assert drawn.zeebe["script"]["expression"] == f"={{{name}: {expression}}}"
            assert set(drawn.outputs) == {name}


def test_messages_are_correlated_by_the_catalogues_keys() -> None:
    assert DRAWINGS["p10_courier_query"].correlations == {"msg_logistics_updated": "=waybill_no"}
    assert DRAWINGS["p07_delivery"].correlations == {
        "msg_order_paid": "=order_id",
        "msg_order_dispatched": "=order_id",
    }


def test_registers_have_the_catalogues_columns() -> None:
    for process in ("p10_courier_query", "p07_delivery"):
        for text in FLOWS[process]["registers"]:
            name, columns = re.match(r"\S+ (\w+): (.*)", text).groups()
            drawn = DRAWINGS[process].properties[f"register.{name}"]
            assert re.findall(r"[{,] ?(\w+): ", drawn) == columns.split(", ")
    assert {"register.compensation_register", "register.refund_register"} <= set(DRAWINGS["s02_payout"].properties)


def test_every_register_is_written_by_an_element_and_every_written_one_is_defined() -> None:
    for drawing in DRAWINGS.values():
        written = " ".join(node.properties.get("register", "") for node in drawing.nodes.values())
        defined = {key.removeprefix("register.") for key in drawing.properties if key.startswith("register.")}
        assert defined
        assert set(re.findall(r"\w+_register", written)) == defined


@pytest.mark.parametrize("process", ["p10_courier_query", "p07_delivery"])
def test_the_result_of_the_register_is_written_at_the_ends(process: str) -> None:
    drawing = DRAWINGS[process]
    closing = {n.id for n in drawing.nodes.values() if n.tag == "endEvent" and "register" in n.properties}
    expected = {"end_restored", "end_reshipped", "end_refunded", "end_dispatched", "end_cancelled"}
    assert closing == expected & set(drawing.nodes)


def test_who_may_start_is_said_on_the_process() -> None:
    starts = {name: drawing.properties.get("start_permission") for name, drawing in DRAWINGS.items()}
    assert starts == {"p10_courier_query": "P01", "p07_delivery": "P03", "s02_payout": None}


def test_the_payer_is_nobody_who_acted_in_the_case() -> None:
    assert DRAWINGS["s02_payout"].nodes["finance_pay"].properties["four_eyes"] == "case"


# --- documentation -------------------------------------------------------------------------------


@pytest.mark.parametrize(("process", "node_id"), NODES)
def test_documentation_quotes_the_sentence_or_says_added(process: str, node_id: str) -> None:
    src, text = catalogued(process)[node_id]["src"], DRAWINGS[process].nodes[node_id].documentation
    quoted = re.findall(r"Q\d+", src)
    for number in quoted:
        assert f"000_eb72c93a88eadf82.txt,{SECTIONS[process]},{number}" in text
        assert SHARED["sentences"][process][number] in text
    if not quoted:
        assert re.match(r"ADDED:\S{8,}", text)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_element_has_a_chinese_name_and_a_documentation(process: str) -> None:
    drawing: Drawing = DRAWINGS[process]
    assert drawing.documentation
    for node in drawing.nodes.values():
        assert re.search(r"[一-鿿]", node.name), node.id
        assert len(node.documentation) > 10, node.id
        if node.id not in catalogued(process):
            assert node.documentation.startswith("ADDED:") or "来源:" in node.documentation, node.id
            assert node.id.startswith(("join_", "act_tm_", "end_tm_")) or node.properties["implied"] == "true"


@pytest.mark.parametrize("process", PROCESSES)
def test_every_sentence_of_the_section_is_quoted_somewhere(process: str) -> None:
    drawing = DRAWINGS[process]
    texts = drawing.documentation + "".join(node.documentation for node in drawing.nodes.values())
    assert [q for q, sentence in SHARED["sentences"][process].items() if sentence not in texts] == []


# --- decisions and texts -------------------------------------------------------------------------


@pytest.mark.parametrize("table", SHARED["tables"], ids=lambda table: table["id"])
def test_a_decision_table_has_the_catalogues_rules(table: dict) -> None:
    model = dmn.load((ROOT / f"processes/decisions/{table['id']}.dmn").read_bytes())
    (decision,) = model.decisions.values()
    assert (decision.id, decision.name, decision.hit_policy) == (table["id"], table["zh"], table["hit"])
    assert [(i.expression, i.label, i.type) for i in decision.inputs] == [tuple(i) for i in table["inputs"]]
    assert [(o.name, o.label, o.type) for o in decision.outputs] == [tuple(o) for o in table["outputs"]]
    rules = [(tuple(rule.cells), rule.annotation or "") for rule in decision.rules]
    assert rules == [((*cells, *outputs), note) for cells, outputs, note in table["rules"]]


@pytest.mark.parametrize(
    ("hours", "stuck", "status"),
    [
        ("0", False, "normal"),
        ("24", False, "normal"),
        ("24.01", False, "watch"),
        ("48", False, "watch"),
        ("48.01", False, "stalled"),
        ("72", False, "stalled"),
        ("72.01", False, "lost"),
        ("0", True, "stalled"),
        ("72", True, "stalled"),
        ("72.01", True, "lost"),
    ],
)
def test_more_than_is_strict_at_24_48_and_72_hours(hours: str, stuck: bool, status: str) -> None:
    model = dmn.load((ROOT / "processes/decisions/logistics_status.dmn").read_bytes())
    given = {"hours_since_update": Decimal(hours), "stuck_in_region": stuck}
    assert model.decisions["logistics_status"].evaluate(given.get).output == status


@pytest.mark.parametrize("code", sorted(SHARED["templates"]))
def test_a_message_text_is_the_catalogues(code: str) -> None:
    expected = SHARED["templates"][code]
    if code == "TS2A":
        expected = expected.replace("{payout_kind}款", "{payout_kind}")
    assert (ROOT / f"processes/templates/{code}.txt").read_text("utf-8") == f"{expected}\n"


def test_every_template_that_a_diagram_names_is_there_and_no_other() -> None:
    named = {
        node.headers["template"] for d in DRAWINGS.values() for node in d.nodes.values() if "template" in node.headers
    }
    assert named == {path.stem for path in (ROOT / "processes/templates").glob("*.txt")}


def test_placeholders_of_the_texts_are_fields_or_results_of_the_flows() -> None:
    known = {
        field.key
        for path in (ROOT / "forms").rglob("*.form")
        for field in formcheck.fields(json.loads(path.read_text("utf-8")))
    }
    known |= {"ship_issues"}
    for path in (ROOT / "processes/templates").glob("*.txt"):
        assert set(re.findall(r"\{(\w+)\}", path.read_text("utf-8"))) <= known, path.name
