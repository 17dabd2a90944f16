"""The sentences of the source documents stand where they are realised; decisions and messages read as catalogued."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from engine import dmn, formcheck
from engine.registers import REGISTERS
from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS
from tests.processes.catalogued import FLOWS, PROCESSES, SEED, SHARED, catalogued, drawing, quotes
from tests.processes.process_drawing import ROOT

ELEMENTS = [(process, node_id) for process in PROCESSES for node_id in catalogued(process)]
TEMPLATES = ROOT / "processes/templates"

# --- documentation ----------------------------------------------------------------------------------


@each(("process", "node_id"), ELEMENTS)
def test_documentation_quotes_the_sentence_or_says_added(process: str, node_id: str) -> None:
    src, text = catalogued(process)[node_id]["src"], drawing(process).nodes[node_id].documentation
    quoted = quotes(process, src)
    for home, number in quoted:
        assert f"{SEED},{SHARED['sections'][home]},{number}" in text
        assert SHARED["sentences"][home][number] in text
    if not quoted:
        # 001, 002, 003: the other documents.
        assert re.match("ADDED:.{8,}", text) or re.match(r"来源:00[123]_\w+\.txt:「.+」", text)


@each("process", PROCESSES)
def test_every_element_has_a_chinese_name_and_a_documentation(process: str) -> None:
    drawn = drawing(process)
    assert drawn.documentation
    for node in drawn.nodes.values():
        assert re.search(r"[一-鿿]", node.name), node.id
        assert len(node.documentation) > 10, node.id
        assert "TODO" not in node.documentation, node.id
        if node.id not in catalogued(process):
            assert node.documentation.startswith("ADDED:") or "来源:" in node.documentation, node.id
            implied = re.match(r"join_|act\d?_|end_(tm|ev)_", node.id) or node.properties.get("implied") == "true"
            assert implied, f"{node.id} would stand in a path"


@each("process", PROCESSES)
def test_every_sentence_of_the_section_is_quoted_somewhere(process: str) -> None:
    drawn = drawing(process)
    texts = drawn.documentation + "".join(node.documentation for node in drawn.nodes.values())
    assert [q for q, sentence in SHARED["sentences"].get(process, {}).items() if sentence not in texts] == []


# --- decisions --------------------------------------------------------------------------------------

#: Tables with a further input by the catalogue's corrections: the scenario of an approval, and the courier's fault.
CORRECTED = {"compensation_approval": "scenario", "return_freight_payer": "logistics_fault"}


@each("table", SHARED["tables"], ids=lambda table: table["id"])
def test_a_decision_table_has_the_catalogues_rules(table: dict) -> None:
    model = dmn.load((ROOT / f"processes/decisions/{table['id']}.dmn").read_bytes())
    (decision,) = model.decisions.values()
    assert (decision.id, decision.name, decision.hit_policy) == (table["id"], table["zh"], table["hit"])
    assert [(o.name, o.label, o.type) for o in decision.outputs] == [tuple(o) for o in table["outputs"]]
    further = CORRECTED.get(table["id"])
    if further is not None:
        assert {i.expression for i in decision.inputs} == {i[0] for i in table["inputs"]} | {further}
        assert {outputs[0] for _, outputs, _ in table["rules"]} <= {rule.cells[-1] for rule in decision.rules}
        return
    assert [(i.expression, i.label, i.type) for i in decision.inputs] == [tuple(i) for i in table["inputs"]]
    rules = [(tuple(rule.cells), rule.annotation or "") for rule in decision.rules]
    assert rules == [((*cells, *outputs), note) for cells, outputs, note in table["rules"]]


def decide(name: str, **given: object) -> object:
    model = dmn.load((ROOT / f"processes/decisions/{name}.dmn").read_bytes())
    values = {
        key: Decimal(value) if isinstance(value, str) and value[0].isdigit() else value for key, value in given.items()
    }
    return model.decisions[name].evaluate(values.get).output


@each(
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
    assert decide("logistics_status", hours_since_update=hours, stuck_in_region=stuck) == status


@each(
    ("scenario", "amount", "ratio", "level"),
    [
        ("company", "30", "0.99", "none"),
        ("company", "30.01", "0.30", "supervisor"),
        ("company", "30.01", "0.3001", "manager"),
        ("company", "1000", "0.30", "supervisor"),
        ("expectation", "15", "0.9", "none"),
        ("expectation", "15.01", "0.9", "supervisor"),
        ("expectation", "30", "0.9", "supervisor"),
        ("expectation", "30.01", "0.01", "manager"),
        ("general", "30", "0.9", "none"),
        ("general", "30.01", "0.01", "manager"),
    ],
)
def test_who_approves_an_amount(scenario: str, amount: str, ratio: str, level: str) -> None:
    assert decide("compensation_approval", scenario=scenario, comp_amount=amount, comp_ratio=ratio) == level


@pytest.mark.parametrize(("items", "tier"), [("4", "none"), ("5", "standard"), ("19", "standard"), ("20", "large")])
def test_five_items_are_a_bulk_order(items: str, tier: str) -> None:
    assert decide("bulk_discount", item_count=items)["bulk_tier"] == tier


# --- message texts ----------------------------------------------------------------------------------

#: Texts that the catalogue's corrections change.
REWORDED = {
    "TS2A": lambda text: text.replace("{payout_kind}款", "{payout_kind}"),
    "T14B": lambda text: text.replace("{gift_reason}{freeship_reason}", "{decline_reason}"),
}


@each("code", sorted(SHARED["templates"]))
def test_a_message_text_is_the_catalogues(code: str) -> None:
    expected = REWORDED.get(code, str)(SHARED["templates"][code])
    assert (TEMPLATES / f"{code}.txt").read_text("utf-8") == f"{expected}\n"


def test_every_template_that_a_diagram_names_is_there_and_no_other() -> None:
    named = {
        node.headers["template"]
        for process in (*PROCESSES, *CHART_IDS)
        for node in drawing(process).nodes.values()
        if "template" in node.headers
    }
    assert {template for template in named if template.startswith("=")} == set()
    assert named | replies() == {path.stem for path in TEMPLATES.glob("*.txt")}


def replies() -> set[str]:
    """The texts that a decision table chooses among."""
    model = dmn.load((ROOT / "processes/decisions/dmn_tracking_reply.dmn").read_bytes())
    (decision,) = model.decisions.values()
    place = len(decision.inputs) + [output.name for output in decision.outputs].index("template")
    return {cell.strip('"') for rule in decision.rules if (cell := rule.cells[place]) != "null"}


# --- registers --------------------------------------------------------------------------------------


def declared() -> dict[str, set[str]]:
    """Register → columns, over all processes."""
    found: dict[str, set[str]] = {}
    for process in PROCESSES:
        for key, formula in drawing(process).properties.items():
            if key.startswith("register."):
                found.setdefault(key.removeprefix("register."), set()).update(re.findall(r"[{,] ?(\w+): ", formula))
    return found


def test_every_register_of_the_catalogue_is_declared_with_its_columns() -> None:
    columns = declared()
    for process in PROCESSES:
        for text in FLOWS[process]["registers"]:
            found = re.match(r"\S+ (\w+_register|call_log)(?:: (.*))?", text)
            if found is None or found[2] is None:
                continue
            asked = re.sub(r" \([^)]*\)|\([^)]*\)", "", found[2])
            for column in asked.split(", "):
                name = COLUMNS.get((found[1], column), (column,))
                assert set(name) <= columns[found[1]], f"{found[1]}: {column}"
    assert set(columns) <= set(REGISTERS)


#: Columns that the catalogue names in words.
COLUMNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("exchange_register", "inspect result"): ("inspect_ok",),
    ("exchange_register", "new waybill"): ("new_waybill_no",),
    ("return_register", "goods/quantity"): ("return_items",),
    ("return_register", "inspect result"): ("inspect_ok", "inspect_note"),
    ("gift_freeship_register", "rule results"): ("gift_ok", "gift_reason", "freeship_ok", "freeship_reason"),
}


@each("process", PROCESSES)
def test_every_declared_register_is_written_by_an_element_and_every_written_one_is_declared(process: str) -> None:
    drawn = drawing(process)
    written = " ".join(node.properties.get("register", "") for node in drawn.nodes.values())
    here = {key.removeprefix("register.") for key in drawn.properties if key.startswith("register.")}
    assert set(re.findall(r"\w+_register|call_log", written)) == here


def test_placeholders_of_the_texts_are_fields_or_results_of_the_flows() -> None:
    known = {
        field.key
        for path in (ROOT / "forms").rglob("*.form")
        for field in formcheck.fields(json.loads(path.read_text("utf-8")))
    }
    drawn = (*PROCESSES, *CHART_IDS)
    known |= {key for p in drawn for node in drawing(p).nodes.values() for key in (*node.outputs, *node.inputs)}
    known |= {output[0] for table in SHARED["tables"] for output in table["outputs"]}
    known |= {"warehouse_address", "warehouse_contact"}
    for path in TEMPLATES.glob("*.txt"):
        assert set(re.findall(r"\{(\w+)(?::%)?\}", path.read_text("utf-8"))) <= known, path.name
