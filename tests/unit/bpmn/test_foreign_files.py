"""Files as other tools write them: what is read past, what is executed, what is refused by name (BPMN 2.0.2 ch. 8, 10).

What one reads in them either has its effect, or changes nothing, or keeps the file out; here are all three.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from tests.unit.bpmn.outsider import errors, findings
from tests.unit.bpmn.running import Running

#: Every element that BPMN lets stand in an executable process without changing it, and references in all their ways.
FOREIGN = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<?tool version="3"?>
<!-- by another tool -->
<B:definitions XMLNS="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" xmlns:tns="urn:shop" id="file" name="Shop"
  xmlns:z="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:shop" exporter="Other" exporterVersion="1"
  typeLanguage="http://www.w3.org/2001/XMLSchema" expressionLanguage="http://www.w3.org/1999/XPath"
  xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd">
  <B:import importType="http://www.w3.org/2001/XMLSchema" location="order.xsd" namespace="urn:order"/>
  <B:extension mustUnderstand="0" definition="tns:x"><B:documentation>none</B:documentation></B:extension>
  <B:itemDefinition id="text" itemKind="Information" structureRef="xsd:string" isCollection="false"/>
  <B:message id="m_paid" name="paid" itemRef="tns:text"><B:extensionElements>
    <z:subscription correlationKey="=order_id"/></B:extensionElements></B:message>
  <B:error id="e_bad" name="bad" errorCode="bad" structureRef="tns:text"/>
  <B:signal id="s_go" name="go" structureRef="tns:text"/>
  <B:interface id="shop" name="Shop" implementationRef="tns:wsdl"><B:operation id="pay" name="pay">
    <B:inMessageRef>tns:m_paid</B:inMessageRef><B:errorRef>tns:e_bad</B:errorRef></B:operation></B:interface>
  <B:resource id="agent" name="Agent"><B:resourceParameter id="region" type="xsd:string" isRequired="0"/></B:resource>
  <B:partnerEntity id="us" name="Us"><B:participantRef>tns:pool</B:participantRef></B:partnerEntity>
  <B:partnerRole id="seller" name="Seller"/><B:endPoint id="end_point"/><B:dataStore id="store" isUnlimited="1"/>
  <B:category id="cat" name="c"><B:categoryValue id="late" value="late"/></B:category>
  <B:relationship id="rel" type="trace" direction="Forward"><B:source>tns:p</B:source><B:target>tns:p</B:target>
  </B:relationship>
  <B:globalScriptTask id="g_count" name="count" scriptLanguage="FEEL">
    <B:extensionElements><z:script expression="=n + 1" resultVariable="n"/></B:extensionElements>
    <B:ioSpecification id="g_io"><B:dataInput id="g_n" name="n"/><B:inputSet id="g_is"/><B:outputSet id="g_os"/>
    </B:ioSpecification></B:globalScriptTask>
  <B:timerEventDefinition id="day"><B:timeDuration xsi:type="B:tFormalExpression">P1D</B:timeDuration>
  </B:timerEventDefinition>
  <B:collaboration id="c" isClosed="0"><B:participant id="pool" name="Shop" processRef="tns:p">
    <B:interfaceRef>tns:shop</B:interfaceRef><B:participantMultiplicity minimum="0" maximum="1"/></B:participant>
    <B:group id="g" categoryValueRef="tns:late"/></B:collaboration>
  <B:process id="p" name="Order" isExecutable="1" isClosed="false" processType="Private"
    definitionalCollaborationRef="tns:c">
    <B:documentation id="doc" textFormat="text/plain">An order.</B:documentation>
    <B:auditing id="aud"/><B:monitoring id="mon"/>
    <B:property id="note" itemSubjectRef="tns:text" name="note"><B:dataState id="ds" name="new"/></B:property>
    <B:ioSpecification id="p_io"><B:dataInput id="p_in" name="order_id" itemSubjectRef="tns:text"/>
      <B:inputSet id="p_is"><B:dataInputRefs>p_in</B:dataInputRefs></B:inputSet><B:outputSet id="p_os"/>
    </B:ioSpecification>
    <B:laneSet id="lanes"><B:lane id="lane" name="Agent" partitionElementRef="tns:agent">ALL_NODES</B:lane></B:laneSet>
    <B:startEvent id="start" name="start"><B:outgoing>tns:f1</B:outgoing></B:startEvent>
    <B:userTask id="ask" name="ask" implementation="##unspecified" startQuantity="1" completionQuantity="1"
      isForCompensation="0"><B:extensionElements><z:userTask/><z:formDefinition formId="p.ask"/>
        <z:assignmentDefinition candidateGroups="aftersales"/></B:extensionElements>
      <B:auditing/><B:monitoring/><B:categoryValueRef>tns:late</B:categoryValueRef>
      <B:incoming>tns:f1</B:incoming><B:outgoing>f2</B:outgoing>
      <B:ioSpecification id="io"><B:dataInput id="ask_in" name="asked" isCollection="false"/>
        <B:dataOutput id="ask_out" name="answer"/>
        <B:inputSet id="is" name="in"><B:dataInputRefs>ask_in</B:dataInputRefs>
          <B:optionalInputRefs>ask_in</B:optionalInputRefs><B:outputSetRefs>os</B:outputSetRefs></B:inputSet>
        <B:outputSet id="os"><B:dataOutputRefs>ask_out</B:dataOutputRefs></B:outputSet></B:ioSpecification>
      <B:dataInputAssociation id="in_a"><B:sourceRef>p_in</B:sourceRef><B:targetRef>ask_in</B:targetRef>
      </B:dataInputAssociation>
      <B:dataOutputAssociation id="out_a"><B:sourceRef>ask_out</B:sourceRef><B:targetRef>order_ref</B:targetRef>
      </B:dataOutputAssociation></B:userTask>
    <B:boundaryEvent id="late_ask" name="late" attachedToRef="tns:ask" cancelActivity="0">
      <B:outgoing>f9</B:outgoing><B:eventDefinitionRef>tns:day</B:eventDefinitionRef></B:boundaryEvent>
    <B:endEvent id="noted" name="noted"><B:incoming>f9</B:incoming></B:endEvent>
    <B:exclusiveGateway id="much" name="much?" gatewayDirection="Diverging" default="f_little"/>
    <B:callActivity id="count" name="count" calledElement="tns:g_count"/>
    <B:intermediateThrowEvent id="jump" name="jump"><B:linkEventDefinition id="jump_d" name="on">
      <B:target>tns:land_d</B:target></B:linkEventDefinition></B:intermediateThrowEvent>
    <B:intermediateCatchEvent id="land" name="land"><B:linkEventDefinition id="land_d" name="on">
      <B:source>tns:jump_d</B:source></B:linkEventDefinition></B:intermediateCatchEvent>
    <B:intermediateCatchEvent id="wait" name="wait" parallelMultiple="false">
      <B:messageEventDefinition messageRef="tns:m_paid"/></B:intermediateCatchEvent>
    <B:endEvent id="end" name="end"/>
    <B:dataObject id="order" name="order" isCollection="0" itemSubjectRef="text"><B:dataState name="x"/></B:dataObject>
    <B:dataObjectReference id="order_ref" name="order [x]" dataObjectRef="order"/>
    <B:dataStoreReference id="store_ref" name="all orders" dataStoreRef="tns:store"/>
    <B:textAnnotation id="remark" textFormat="text/plain"><B:text>see there</B:text></B:textAnnotation>
    <B:association id="line" sourceRef="tns:ask" targetRef="tns:remark" associationDirection="None"/>
    <B:sequenceFlow id="f1" sourceRef="start" targetRef="ask" isImmediate="true"/>
    <B:sequenceFlow id="f2" sourceRef="ask" targetRef="much"><B:auditing/></B:sequenceFlow>
    <B:sequenceFlow id="f9" sourceRef="late_ask" targetRef="noted"/>
    <B:sequenceFlow id="f_much" sourceRef="much" targetRef="count"><B:conditionExpression id="when"
      xsi:type="B:tFormalExpression" evaluatesToTypeRef="xsd:boolean" language="https://www.omg.org/spec/FEEL/1.3/">
      <![CDATA[ =order > 10 and asked = null ]]></B:conditionExpression></B:sequenceFlow>
    <B:sequenceFlow id="f_little" sourceRef="much" targetRef="jump"/>
    <B:sequenceFlow id="f3" sourceRef="count" targetRef="wait"/>
    <B:sequenceFlow id="f4" sourceRef="land" targetRef="wait"/>
    <B:sequenceFlow id="f5" sourceRef="wait" targetRef="end"/>
    <B:supports>tns:public</B:supports>
  </B:process>
  <di:BPMNDiagram id="diagram" name="one" resolution="96"><di:BPMNPlane id="plane" bpmnElement="tns:c">
    <di:BPMNShape id="ask_di" bpmnElement="tns:ask" isHorizontal="true">
      <omgdc:Bounds height="80.0" width="100.0" x="1.5" y="2"/></di:BPMNShape></di:BPMNPlane>
    <di:BPMNLabelStyle id="style"><omgdc:Font name="arial" size="11.0" isBold="false"/></di:BPMNLabelStyle>
  </di:BPMNDiagram>
</B:definitions>
"""
NODES = ("start", "ask", "late_ask", "noted", "much", "count", "jump", "land", "wait", "end")


def foreign(prefix: str = "bpmn2:", *changes: tuple[str, str]) -> bytes:
    """The file with its BPMN elements under a prefix, or none, changed in places."""
    text = FOREIGN.replace("ALL_NODES", "".join(f"<B:flowNodeRef>{node}</B:flowNodeRef>" for node in NODES))
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    text = text.replace("XMLNS", f"xmlns:{prefix[:-1]}" if prefix else "xmlns")
    return text.replace("B:", prefix).encode()


def begun(xml: bytes, **variables: object) -> Running:
    assert errors(xml) == []
    return Running(
        compile_definition(xml, decisions={}), compiled_anew=lambda: compile_definition(xml, decisions={})
    ).start(**variables)


@pytest.mark.parametrize("prefix", ["bpmn2:", "semantic:", "model:", ""])
def test_a_file_of_another_tool_runs_whatever_it_says_besides(prefix: str) -> None:
    r = begun(foreign(prefix), order_id="7", n=Decimal(1))
    assert r.waiting == ["ask", "late_ask"]
    assert r.see("ask")["asked"] == "7"
    r.fire("late_ask")
    assert r.waiting == ["ask"], "cancelActivity=0 does not interrupt"
    r.complete("ask", answer=Decimal(11))
    assert (r.waiting, r.variables["order"], r.variables["n"]) == (["wait"], 11, 2)
    r.message("wait")
    assert r.over == "completed end"
    assert r.path == ["start", "ask", "late_ask", "noted", "much", "count", "wait", "end"]
    r.proven()


def test_links_go_where_they_say_they_go() -> None:
    r = begun(foreign(), order_id="7", n=Decimal(1))
    r.complete("ask", answer=Decimal(9))
    assert r.path == ["start", "ask", "much", "jump", "land"]
    assert r.waiting == ["wait"]
    r.proven()


def test_what_is_only_told_makes_no_difference() -> None:
    told = rb"<(auditing|monitoring)[^>]*/>|<categoryValueRef>.*?</categoryValueRef>|<supports>.*?</supports>"
    bare, count = re.subn(told, b"", foreign(""))
    assert count == 7
    path = [begun(xml, order_id="7", n=Decimal(1)).path for xml in (foreign(""), bare)]
    assert path[0] == path[1]


@pytest.mark.parametrize(("written", "interrupts"), [("1", True), ("true", True), (" true ", True), ("false", False)])
def test_truth_is_written_in_any_way_of_xml_schema(written: str, interrupts: bool) -> None:
    r = begun(foreign("", ('cancelActivity="0"', f'cancelActivity="{written}"')), order_id="7")
    r.fire("late_ask")
    assert (r.over == "completed noted") == interrupts
    r.proven()


def test_a_name_of_another_namespace_is_nothing_of_this_file() -> None:
    other = foreign("", ('messageRef="tns:m_paid"', 'xmlns:o="urn:other" messageRef="o:m_paid"'))
    assert errors(other) == ["ref.dangling at wait"]
    with pytest.raises(Exception, match="wait: there is no message o:m_paid"):
        compile_definition(other, decisions={})


@pytest.mark.parametrize(
    ("added", "rule"),
    [
        ('<camunda:properties xmlns:camunda="http://camunda.org/schema/1.0/bpmn"/>', "xml.unknown_extension"),
        ('<drools:metaData xmlns:drools="http://www.jboss.org/drools" name="x"/>', "xml.unknown_extension"),
        ('<signavio:signavioMetaData xmlns:signavio="http://www.signavio.com"/>', "xml.unknown_extension"),
        ("<z:executionListeners/>", "unsupported.extension"),
    ],
)
def test_an_extension_of_another_vendor_is_named(added: str, rule: str) -> None:
    xml = foreign("", ('<z:formDefinition formId="p.ask"/>', f'<z:formDefinition formId="p.ask"/>{added}'))
    assert errors(xml) == [f"{rule} at ask"]
    (found,) = [finding for finding in findings(xml) if finding.rule == rule]
    assert "Camunda 8" in found.zh or "zeebe" in found.zh


def test_an_attribute_of_another_vendor_is_named() -> None:
    vendor = 'xmlns:activiti="http://activiti.org/bpmn" activiti:assignee="kermit" id="ask"'
    assert errors(foreign("", ('id="ask"', vendor))) == ["xml.unknown_attribute at ask"]
