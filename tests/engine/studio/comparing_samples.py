"""Files to compare, and a way to alter them."""

from __future__ import annotations

from pathlib import Path

from engine.studio.comparing import Comparison, Difference, Kind, compare

ROOT = Path(__file__).parents[3]
APPROVAL = (ROOT / "processes/shared/s03_amount_approval.bpmn").read_bytes()
TABLE = (ROOT / "processes/decisions/compensation_approval.dmn").read_bytes()
FORM = (ROOT / "forms/p01_compensation/start.form").read_bytes()
SCENARIOS = (ROOT / "processes/scenarios/p01_compensation.yaml").read_bytes()


def changed(content: bytes, before: str, after: str, count: int = 1) -> bytes:
    """The content with a text in place of another one, which must be there."""
    assert before.encode() in content, before
    return content.replace(before.encode(), after.encode(), count)


def said(comparison: Comparison, kind: Kind = Kind.CHANGED) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """Id of each part of a kind → its properties with what they were and are."""
    return {one.id: properties(one) for one in comparison.differences if one.kind is kind}


def properties(difference: Difference) -> dict[str, tuple[str | None, str | None]]:
    return {change.what.zh: (change.before, change.after) for change in difference.changes}


def of_diagrams(before: bytes | None, after: bytes | None) -> Comparison:
    return compare("bpmn", before, after)


def long_diagram(tasks: int) -> bytes:
    """A diagram of so many tasks in a row, each with what tasks usually have."""
    things, drawn = [], []
    for n in range(tasks):
        things.append(
            f'<bpmn:userTask id="task_{n}" name="第{n}步"><bpmn:documentation>说明 {n}</bpmn:documentation>'
            '<bpmn:extensionElements><zeebe:userTask /><zeebe:formDefinition formId="p.form" />'
            '<zeebe:assignmentDefinition candidateGroups="aftersales" /><zeebe:ioMapping>'
            f'<zeebe:output source="=a{n}" target="b{n}" /></zeebe:ioMapping></bpmn:extensionElements>'
            f"<bpmn:incoming>f_{n}</bpmn:incoming><bpmn:outgoing>f_{n + 1}</bpmn:outgoing></bpmn:userTask>"
        )
        source = f"task_{n - 1}" if n else "start"
        things.append(f'<bpmn:sequenceFlow id="f_{n}" sourceRef="{source}" targetRef="task_{n}" />')
        x, y = 160 + n % 20 * 160, 80 + n // 20 * 140
        drawn.append(
            f'<bpmndi:BPMNShape id="d_{n}" bpmnElement="task_{n}"><dc:Bounds x="{x}" y="{y}" width="100" height="80" />'
            f'</bpmndi:BPMNShape><bpmndi:BPMNEdge id="e_{n}" bpmnElement="f_{n}">'
            f'<di:waypoint x="{x - 60}" y="{y + 40}" /><di:waypoint x="{x}" y="{y + 40}" /></bpmndi:BPMNEdge>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions '
        'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
        'id="d" targetNamespace="http://bpmn.io/schema/bpmn"><bpmn:process id="long" isExecutable="true">'
        f'<bpmn:startEvent id="start"><bpmn:outgoing>f_0</bpmn:outgoing></bpmn:startEvent>{"".join(things)}'
        f'</bpmn:process><bpmndi:BPMNDiagram id="x"><bpmndi:BPMNPlane id="y" bpmnElement="long">{"".join(drawn)}'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
    ).encode()
