"""A diagram with one of every sort of element that can be drawn, on a grid, with its diagram interchange."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

EVENTS = {
    "startEvent": ("", "message", "timer", "signal", "conditional", "error", "escalation", "compensate"),
    "intermediateCatchEvent": ("message", "timer", "signal", "conditional", "link"),
    "intermediateThrowEvent": ("", "message", "signal", "escalation", "compensate", "link"),
    "endEvent": ("", "message", "signal", "error", "escalation", "compensate", "cancel", "terminate"),
}
BOUNDARIES = ("message", "timer", "signal", "conditional", "error", "escalation", "compensate", "cancel")
TASKS = (
    "task", "userTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask", "manualTask",
    "callActivity",
)  # fmt: skip
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' id="d" targetNamespace="t">'
)
_STANDARD_LOOP = "<bpmn:standardLoopCharacteristics/>"
_SEVERAL = "<bpmn:multiInstanceLoopCharacteristics/>"
_ONE_BY_ONE = '<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>'
_CALLED = '<bpmn:extensionElements><zeebe:calledElement processId="q"/></bpmn:extensionElements>'


class Gallery:
    """A file being written: what is modelled, and what is drawn."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.beside: list[str] = []
        self.drawn: list[str] = []

    def add(
        self,
        tag: str,
        id_: str,
        box: tuple[float, float, float, float],
        *,
        name: str = "",
        inside: str = "",
        di: str = "",
        beside: bool = False,
        **attributes: str,
    ) -> Gallery:
        """An element at x, y, width, height."""
        given = "".join(f" {key}={quoteattr(value)}" for key, value in {"name": name, **attributes}.items() if value)
        (self.beside if beside else self.inside).append(f'<bpmn:{tag} id="{id_}"{given}>{inside}</bpmn:{tag}>')
        self.drawn.append(shape(id_, *box, di))
        return self

    def flow(
        self, tag: str, id_: str, points: list[tuple[float, float]], inside: str = "", **attributes: str
    ) -> Gallery:
        """A line through the points."""
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        model = self.beside if tag == "messageFlow" else self.inside
        model.append(f'<bpmn:{tag} id="{id_}"{given}>{inside}</bpmn:{tag}>')
        self.drawn.append(edge(id_, points))
        return self

    def xml(self, *planes: tuple[str, str]) -> bytes:
        """The file; ``planes`` are further pictures: the element and what it draws."""
        more = "".join(
            f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="{id_}">{drawn}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
            for id_, drawn in planes
        )
        collaboration = f'<bpmn:collaboration id="c">{"".join(self.beside)}</bpmn:collaboration>' if self.beside else ""
        main = "c" if self.beside else "p"
        return (
            f'{_HEAD}{collaboration}<bpmn:process id="p">{"".join(self.inside)}</bpmn:process><bpmndi:BPMNDiagram>'
            f'<bpmndi:BPMNPlane bpmnElement="{main}">{"".join(self.drawn)}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
            f"{more}</bpmn:definitions>"
        ).encode()


def shape(id_: str, x: float, y: float, width: float, height: float, di: str = "") -> str:
    """The interchange of a shape; ``di`` are further attributes."""
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<bpmndi:BPMNShape bpmnElement="{id_}"{di}>{bounds}</bpmndi:BPMNShape>'


def edge(id_: str, points: list[tuple[float, float]]) -> str:
    """The interchange of a line."""
    way = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge bpmnElement="{id_}">{way}</bpmndi:BPMNEdge>'


def definition(kind: str) -> str:
    """An event definition; empty for none."""
    return f"<bpmn:{kind}EventDefinition/>" if kind else ""


def everything() -> bytes:
    """The whole gallery."""
    pen = Gallery()
    pen.add("participant", "pool", (0, 0, 1200, 900), name="一切形状", beside=True, processRef="p")
    pen.add("participant", "black_box", (0, 930, 1200, 60), name="买家", beside=True)
    pen.inside.append('<bpmn:laneSet id="ls"><bpmn:lane id="lane" name="售后客服"/></bpmn:laneSet>')
    pen.drawn.append(shape("lane", 30, 0, 1170, 900))
    for row, (tag, kinds) in enumerate(EVENTS.items()):
        for column, kind in enumerate(kinds):
            id_ = f"{tag}_{kind or 'none'}"
            pen.add(tag, id_, (60 + column * 70, 20 + row * 70, 36, 36), name=kind, inside=definition(kind))
    pen.add("startEvent", "start_beside", (640, 20, 36, 36), inside=definition("timer"), isInterrupting="false")
    several = definition("message") + definition("timer")
    pen.add("intermediateCatchEvent", "any_of", (640, 90, 36, 36), inside=several)
    pen.add("intermediateCatchEvent", "all_of", (700, 90, 36, 36), inside=several, parallelMultiple="true")
    for column, tag in enumerate(TASKS):
        inside = _CALLED if tag == "callActivity" else ""
        pen.add(tag, tag, (60 + column * 125, 310, 100, 80), name=f"{tag} 任务", inside=inside)
    for column, kind in enumerate(BOUNDARIES):
        more = {"cancelActivity": "false"} if column % 2 else {}
        box = (142 + column * 125, 372, 36, 36)
        pen.add("boundaryEvent", f"b_{kind}", box, inside=definition(kind), attachedToRef=TASKS[column], **more)
    loops = {"loop": _STANDARD_LOOP, "several": _SEVERAL, "one_by_one": _ONE_BY_ONE}
    for column, (id_, loop) in enumerate(loops.items()):
        pen.add("userTask", id_, (60 + column * 125, 430, 100, 80), name=id_, inside=loop, isForCompensation="true")
    pen.add("subProcess", "folded", (435, 430, 100, 80), name="收起的子流程", di=' isExpanded="false"')
    pen.add("adHocSubProcess", "ad_hoc", (560, 430, 100, 80), name="临时")
    pen.add("transaction", "transaction", (685, 430, 200, 120), name="交易", di=' isExpanded="true"')
    pen.add(
        "subProcess", "watcher", (910, 430, 200, 120), name="旁观", di=' isExpanded="true"', triggeredByEvent="true"
    )
    for column, tag in enumerate(GATEWAYS):
        pen.add(tag, tag, (60 + column * 90, 560, 50, 50), name=tag[:9], di=' isMarkerVisible="true"')
    pen.add("exclusiveGateway", "unmarked", (510, 560, 50, 50), default="f_default")
    pen.add("eventBasedGateway", "starter", (600, 560, 50, 50), instantiate="true", eventGatewayType="Parallel")
    pen.add("dataObjectReference", "sheet", (60, 660, 36, 50), name="凭证")
    pen.add("dataStoreReference", "store", (140, 660, 50, 50), name="台账")
    text = f"<bpmn:text>{escape('说明:不超过 30 元的客服自定')}</bpmn:text>"
    pen.add("textAnnotation", "note", (240, 660, 120, 50), inside=text)
    pen.add("group", "group", (400, 640, 200, 100))
    pen.flow(
        "sequenceFlow", "f_plain", [(96, 38), (130, 38)], sourceRef="startEvent_none", targetRef="startEvent_timer"
    )
    pen.flow("sequenceFlow", "f_default", [(560, 585), (600, 585)], sourceRef="unmarked", targetRef="starter")
    asks = "<bpmn:conditionExpression>=x</bpmn:conditionExpression>"
    corner = [(160.0, 330.0), (172.0, 330.0), (172.0, 360.0), (185.0, 360.0)]
    pen.flow("sequenceFlow", "f_asks", corner, asks, sourceRef="task", targetRef="userTask", name="有条件")
    pen.flow("association", "a", [(300, 660), (300, 610)], sourceRef="note", targetRef="complexGateway")
    pen.flow("association", "a_both", [(96, 690), (140, 690)], associationDirection="Both")
    pen.flow("messageFlow", "m", [(350, 930), (350, 870), (340, 800)], sourceRef="black_box", targetRef="pool")
    return pen.xml()
