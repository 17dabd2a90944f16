"""What a new resource begins with: the least that its editor can open."""

from __future__ import annotations

import json

from engine.bpmn.fresh import new_process
from engine.definitions.bundle import BPMN, DECISION, FORM, SCENARIO

_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" \
xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" \
id="definitions_{id}" name="{id}" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{id}" name="{id}">
    <decisionTable id="table_{id}" hitPolicy="UNIQUE">
      <input id="input_1" label="输入">
        <inputExpression id="input_1_expression" typeRef="string">
          <text>input</text>
        </inputExpression>
      </input>
      <output id="output_1" label="结果" name="result" typeRef="string" />
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="diagram">
      <dmndi:DMNShape id="shape_{id}" dmnElementRef="{id}">
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""
_SCENARIOS = """process: {id}
scenarios:
- no: "1"
  title: ""
  start: {{}}
"""


def blank(kind: str, resource_id: str) -> bytes:
    """The content of a new draft.

    Args:
        kind: of the resource.
        resource_id: what it defines; an id that may stand in XML as it is.
    """
    if kind == FORM:
        form = {
            "schemaVersion": 18,
            "type": "default",
            "id": resource_id,
            "executionPlatform": "Camunda Cloud",
            "executionPlatformVersion": "8.7.0",
            "components": [],
        }
        return json.dumps(form, ensure_ascii=False, indent=2).encode() + b"\n"
    if kind == BPMN:
        return new_process(resource_id, "新流程")
    texts = {DECISION: _TABLE, SCENARIO: _SCENARIOS}
    return texts.get(kind, "").format(id=resource_id).encode()
