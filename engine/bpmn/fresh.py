"""What a new process is drawn from: a pool with one lane, in which a start leads to an end."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

_DIAGRAM: Final = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:modeler="http://camunda.org/schema/modeler/1.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" \
id="definitions_{id}" targetNamespace="http://bpmn.io/schema/bpmn" modeler:executionPlatform="Camunda Cloud" \
modeler:executionPlatformVersion="8.7.0">
  <bpmn:collaboration id="collaboration_{id}">
    <bpmn:participant id="pool_{id}" name={name} processRef="{id}" />
  </bpmn:collaboration>
  <bpmn:process id="{id}" name={name} isExecutable="true">
    <bpmn:laneSet id="lanes_{id}">
      <bpmn:lane id="lane_aftersales" name="售后客服">
        <bpmn:flowNodeRef>start</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_done</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start" name="开始">
      <bpmn:outgoing>f_start__end_done</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:endEvent id="end_done" name="办完">
      <bpmn:incoming>f_start__end_done</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="f_start__end_done" sourceRef="start" targetRef="end_done" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram_{id}">
    <bpmndi:BPMNPlane id="plane_{id}" bpmnElement="collaboration_{id}">
      <bpmndi:BPMNShape id="pool_{id}_di" bpmnElement="pool_{id}" isHorizontal="true">
        <dc:Bounds x="160" y="80" width="720" height="200" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="lane_aftersales_di" bpmnElement="lane_aftersales" isHorizontal="true">
        <dc:Bounds x="190" y="80" width="690" height="200" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="start_di" bpmnElement="start">
        <dc:Bounds x="272" y="162" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="279" y="201" width="23" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="end_done_di" bpmnElement="end_done">
        <dc:Bounds x="752" y="162" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="759" y="201" width="23" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="f_start__end_done_di" bpmnElement="f_start__end_done">
        <di:waypoint x="308" y="180" />
        <di:waypoint x="752" y="180" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def new_process(process_id: str, name: str) -> bytes:
    """A diagram that can be drawn on at once and that lacks nothing but what the process is for.

    Args:
        process_id: an id that may stand in XML as it is; the file is called like it.
        name: for people, any text.
    """
    return _DIAGRAM.format(id=process_id, name=quoteattr(name)).encode()
