"""A process of the tests: a rule decides, then a form with rows and computed texts asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from engine.definitions.bundle import BPMN, DECISION, FORM, Bundle, Part
from engine.model import SYSTEM
from tests.engine.support import UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing, properties
from web import parts_of

PROCESS = "t02_bulk"
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="补偿审批" namespace="http://t">
  <decision id="level" name="补偿额度审批">
    <decisionTable id="t_level">
      <input id="i1" label="补偿金额">
        <inputExpression id="e1" typeRef="number"><text>comp_amount</text></inputExpression></input>
      <input id="i2" label="占订单金额比例">
        <inputExpression id="e2" typeRef="number"><text>comp_ratio</text></inputExpression></input>
      <output id="o1" label="审批级别" name="approval_level" typeRef="string"/>
      <rule id="r1"><inputEntry id="a"><text>&lt;= 30</text></inputEntry><inputEntry id="b"><text>-</text></inputEntry>
        <outputEntry id="c"><text>"none"</text></outputEntry></rule>
      <rule id="r2"><description>客服主管批</description><inputEntry id="f"><text>&gt; 30</text></inputEntry>
        <inputEntry id="g"><text>&lt;= 0.30</text></inputEntry>
        <outputEntry id="h"><text>"supervisor"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
PLACES = {
    "type": "dynamiclist", "id": "field_ship_to_places", "path": "ship_to_places", "label": "发货地点",
    "isRepeating": True, "allowAddRemove": True, "defaultRepetitions": 1,
    "components": [
        {"type": "textfield", "id": "field_place", "key": "place", "label": "地点"}
        | {"validate": {"required": True, "maxLength": 200}},
        {"type": "number", "id": "field_quantity", "key": "quantity", "label": "件数", "decimalDigits": 0}
        | {"validate": {"required": True, "min": 1}},
    ],
    "properties": {
        "check": "=sum(ship_to_places.quantity) = item_count", "min": "1",
        "check_message": "各地点件数之和须等于总件数",
    },
}  # fmt: skip
OFFERED = {"type": "number", "id": "field_offer", "key": "offer", "label": "报价", "decimalDigits": 2}
LEVEL = {
    "type": "select", "id": "field_level", "key": "approval_level", "label": "审批级别",
    "values": [{"label": "客服自定", "value": "none"}, {"label": "客服主管", "value": "supervisor"}],
}  # fmt: skip
SHARE = {"type": "text", "id": "t1", "text": "报价 {{offer}} 元,占订单金额 {{offer / order_amount * 100}} %"}
SPLIT = {
    "type": "text",
    "id": "t2",
    "text": "共 {{sum(ship_to_places.quantity)}} 件,{{approval_level}},{{receiver_phone}}",
}
FORMS = {"start": [LEVEL], "ask": [SPLIT, PLACES, OFFERED, SHARE]}
CASE: dict[str, Any] = {
    "order_id": "SO-1001", "item_count": 5, "comp_amount": 45, "comp_ratio": "0.15", "order_amount": 300,
    "receiver_phone": "13800138000",
}  # fmt: skip


class TestDefinitions(UncheckedDefinitions):
    """Takes decisions too."""

    __test__ = False

    def _bundle(
        self, connection: Connection, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()
    ) -> Bundle:
        bundle = Bundle()
        for name, content in files.items():
            stem, _, suffix = name.rpartition(".")
            kind = {"bpmn": BPMN, "form": FORM, "dmn": DECISION}[suffix]
            bundle.parts[kind, stem] = Part(kind=kind, id=stem, hash=sha256(content).hexdigest(), content=content)
        return bundle


def files() -> dict[str, bytes]:
    """The diagram, its forms and its table."""
    drawing = Drawing(PROCESS).start().decision("rule", "level", "approval_level").user("ask").end()
    drawing.flow("start", "rule", "ask", "end")
    drawing.extension = properties(start_permission="P01")
    own = f'<bpmn:extensionElements><zeebe:formDefinition formId="{PROCESS}.start"/></bpmn:extensionElements>'
    drawing.lines[0] = drawing.lines[0].replace("></bpmn:startEvent>", f">{own}</bpmn:startEvent>")
    schemas = {
        f"{PROCESS}.{name}": {"id": f"{PROCESS}.{name}", "type": "default", "components": components}
        for name, components in FORMS.items()
    }
    written = {f"{name}.form": json.dumps(schema).encode() for name, schema in schemas.items()}
    return {f"{PROCESS}.bpmn": drawing.xml(), "level.dmn": TABLE.encode(), **written}


def deploy(app: Flask) -> None:
    """Put the process in force beside what is there."""
    parts = parts_of(app)
    TestDefinitions(parts.db, parts.clock).deploy(files(), SYSTEM)
    parts.definitions.refresh()
