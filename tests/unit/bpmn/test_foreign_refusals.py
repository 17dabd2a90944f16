"""What would change the meaning of a foreign file and is not executed is refused by name: by the lint, and compiling."""

# ruff: noqa: E501 - one case a line reads better than a wrapped one

from __future__ import annotations

import re

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, duration
from tests.unit.bpmn.outsider import errors, findings

TASK = '<bpmn:userTask id="a" name="a!"'
IN_TASK = "<bpmn:extensionElements><zeebe:userTask/>"
PROCESS = '<bpmn:process id="p"'
END = "</bpmn:process>"
ROOT = "</bpmn:definitions>"
FLOW = '<bpmn:sequenceFlow id="start_a" sourceRef="start" targetRef="a">'
WAIT = "</bpmn:intermediateCatchEvent>"
INTERFACE = '<bpmn:interface id="i" name="i"><bpmn:operation id="op" name="op"><bpmn:inMessageRef>m_paid</bpmn:inMessageRef></bpmn:operation></bpmn:interface>'
OWN = '<bpmn:dataOutput id="got"/><bpmn:dataOutputAssociation id="da"><bpmn:sourceRef>got</bpmn:sourceRef><bpmn:targetRef>x</bpmn:targetRef></bpmn:dataOutputAssociation>'


def base() -> str:
    """A user task, then a message, then a service."""
    d = Drawing().start().user("a").catch("wait", message="paid").service("b").data_object("x").end()
    return d.flow("start", "a", "wait", "b", "end").xml().decode()


def changed(*changes: tuple[str, str]) -> bytes:
    text = base()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def within(element: str) -> list[tuple[str, str]]:
    """An element put into the user task."""
    return [(IN_TASK, element + IN_TASK)]


def in_process(element: str) -> list[tuple[str, str]]:
    return [(END, element + END)]


def at_root(element: str) -> list[tuple[str, str]]:
    return [(ROOT, element + ROOT)]


def a_is(**attributes: str) -> list[tuple[str, str]]:
    """Attributes of the user task."""
    return [(TASK, TASK + "".join(f' {name}="{value}"' for name, value in attributes.items()))]


#: What is changed, the rule and element of the lint, and what the compiler says.
REFUSED: dict[str, tuple[list[tuple[str, str]], str, str]] = {
    # who does it
    **{
        who: (within(f'<bpmn:{who} id="w"><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:{who}>'), "unsupported.element at a", f"a: {who}")
        for who in ("potentialOwner", "humanPerformer", "performer", "resourceRole")
    },
    "role of the process": (in_process("<bpmn:resourceRole/>"), "unsupported.element at p", "p: resourceRole"),
    "rendering": (within("<bpmn:rendering/>"), "unsupported.element at a", "a: rendering"),
    # which case
    "correlationSubscription": (in_process('<bpmn:correlationSubscription id="cs" correlationKeyRef="k"/>'), "unsupported.element at p", "p: correlationSubscription"),
    "correlationProperty": (at_root('<bpmn:correlationProperty id="cp"/>'), "unsupported.element at d", "d: correlationProperty"),
    "correlationKey": (at_root('<bpmn:collaboration id="c"><bpmn:correlationKey/></bpmn:collaboration>'), "unsupported.element at c", "c: correlationKey"),
    # by which service
    "operation of an event": ([('messageRef="m_paid"/>', 'messageRef="m_paid"><bpmn:operationRef>op</bpmn:operationRef></bpmn:messageEventDefinition>'), *at_root(INTERFACE)], "unsupported.element at wait", "wait: operationRef"),
    "operation of a task": ([('<bpmn:serviceTask id="b"', '<bpmn:serviceTask operationRef="op" id="b"'), *at_root(INTERFACE)], "unsupported.attribute at b", "b: operationRef=op"),
    "ioBinding": (in_process('<bpmn:ioBinding operationRef="op"/>'), "unsupported.element at p", "p: ioBinding"),
    "implementation": (a_is(implementation="##JavaClass"), "unsupported.attribute at a", "a: implementation=##JavaClass"),
    # between several
    "choreography": (at_root('<bpmn:choreography id="c"/>'), "unsupported.element at d", "d: choreography"),
    "conversation": (at_root('<bpmn:collaboration id="c"><bpmn:conversation id="v"/></bpmn:collaboration>'), "unsupported.element at c", "c: conversation"),
    "choreographyTask": (in_process('<bpmn:choreographyTask id="t"/>'), "unsupported.choreography_task at t", "t: choreographyTask"),
    "a second process": (at_root('<bpmn:process id="q" isExecutable="false"/>'), "process.several at q", "a file holds one process"),
    # vendors
    "mustUnderstand": (at_root('<bpmn:extension mustUnderstand="1" definition="x:y"/>'), "unsupported.must_understand at d", "must be understood"),
    "unknown element": (in_process('<bpmn:wizardTask id="w"/>'), "xml.unknown_element at w", "p: wizardTask"),
    "unknown part": (within("<bpmn:wizard/>"), "xml.unknown_element at a", "a: wizard"),
    "unknown attribute": (a_is(priority="3"), "xml.unknown_attribute at a", "a: priority"),
    "misspelt attribute": (a_is(isforCompensation="true"), "xml.unknown_attribute at a", "a: isforCompensation"),
    "misplaced": (within("<bpmn:conditionExpression>=x</bpmn:conditionExpression>"), "xml.misplaced_element at a", "a: conditionExpression"),
    "not true or false": (a_is(isForCompensation="yes"), "xml.not_boolean at a", "a: isForCompensation"),
    "a flag of an extension": ([('<bpmn:serviceTask id="b"', '<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="p" propagateAllChildVariables="0"/></bpmn:extensionElements></bpmn:callActivity><bpmn:serviceTask id="b"')], "xml.not_boolean at call", "call: propagateAllChildVariables"),
    # languages
    "language": ([("<bpmn:timeDuration>", '<bpmn:timeDuration language="http://www.w3.org/1999/XPath">')], "unsupported.language at late", "language http://www.w3.org/1999/XPath"),
    "script": (within("<bpmn:script>x = 1</bpmn:script>"), "xml.misplaced_element at a", "a: script"),
    # tokens
    "startQuantity": (a_is(startQuantity="2"), "unsupported.quantity at a", "a: startQuantity"),
    "completionQuantity": (a_is(completionQuantity="0"), "unsupported.quantity at a", "a: completionQuantity"),
    "flow with a condition out of an event": ([(FLOW, f"{FLOW}<bpmn:conditionExpression>=x</bpmn:conditionExpression>")], "unsupported.conditional_flow at start_a", "start: conditions"),
    # said twice
    "two loops": (within('<bpmn:standardLoopCharacteristics loopMaximum="2"/><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'), "loop.two_markers at a", "only one would count"),
    "two numbers": (within("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"), "xml.twice at a", "only one would count"),
    "two times": ([("<bpmn:timeDuration>", "<bpmn:timeDate>2026-01-01</bpmn:timeDate><bpmn:timeDuration>")], "timer.no_time at late", "only one would count"),
    "half a text": ([(FLOW.replace("start_a", "b_end").replace('"start"', '"b"').replace('"a"', '"end"'), FLOW.replace("start_a", "b_end").replace('"start"', '"b"').replace('"a"', '"end"') + "<bpmn:conditionExpression>=a <bpmn:documentation/> and b</bpmn:conditionExpression>")], "xml.split_text at b_end", "cut in two"),
    # data
    "data of an event": ([(WAIT, OWN + WAIT)], "data.of_event at wait", "wait: data of an event"),
    # references
    "other namespace": ([('messageRef="m_paid"', 'xmlns:o="urn:o" messageRef="o:m_paid"')], "ref.dangling at wait", "wait: there is no message o:m_paid"),
}  # fmt: skip


@each("case", REFUSED)
def test_it_is_refused_by_name_by_the_lint_and_by_the_compiler(case: str) -> None:
    changes, found, said = REFUSED[case]
    text = base().replace("</bpmn:process>", _late() + "</bpmn:process>")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    xml = text.encode()
    assert found in errors(xml)
    with pytest.raises(DefinitionRefused, match=re.escape(said)):
        compile_definition(xml, decisions={})


def _late() -> str:
    d = Drawing().boundary("late", "a", duration("P1D")).end("late_end").flow("late", "late_end")
    return "".join(d.lines)


def test_the_file_itself_is_accepted() -> None:
    assert errors(changed()) == []
    compile_definition(changed(), decisions={})


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("potentialOwner", "候选组"),
        ("rendering", "表单"),
        ("correlationSubscription", "关联键"),
        ("ioBinding", "作业类型"),
    ],
)
def test_a_refusal_says_what_to_do_instead(tag: str, words: str) -> None:
    xml = changed(*(in_process if tag in ("ioBinding", "correlationSubscription") else within)(f"<bpmn:{tag}/>"))
    (found,) = [finding for finding in findings(xml) if finding.rule == "unsupported.element"]
    assert words in found.zh
    assert tag in found.en


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<bpmn:receiveTask id="r" instantiate="true" messageRef="m_paid"/>', "instantiate.in_sub_process"),
        ('<bpmn:adHocSubProcess id="r" triggeredByEvent="true"><bpmn:task id="t"/></bpmn:adHocSubProcess>', "unsupported.attribute"),
        ('<bpmn:adHocSubProcess id="r" ordering="sequential"><bpmn:task id="t"/></bpmn:adHocSubProcess>', "ad_hoc.ordering"),
        ('<bpmn:transaction id="r" method="##Image"><bpmn:startEvent id="t"/></bpmn:transaction>', "unsupported.attribute"),
        ('<bpmn:eventBasedGateway id="r" eventGatewayType="Parallel"/>', "unsupported.attribute"),
        ('<bpmn:eventBasedGateway id="r" eventGatewayType="Both"/>', "unsupported.attribute"),
        ('<bpmn:scriptTask id="r" scriptFormat="javascript"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>', "unsupported.script"),
    ],
)  # fmt: skip
def test_a_switch_that_is_not_executed_is_refused(inside: str, rule: str) -> None:
    body = f'<bpmn:subProcess id="sub"><bpmn:startEvent id="s"/>{inside}</bpmn:subProcess>'
    flows = '<bpmn:sequenceFlow id="s_r" sourceRef="s" targetRef="r"/></bpmn:subProcess>'
    if "instantiate" not in inside:
        body = body.replace("</bpmn:subProcess>", flows)
    xml = changed(*in_process(body + '<bpmn:sequenceFlow id="b_sub" sourceRef="b" targetRef="sub"/>'))
    assert f"{rule} at r" in errors(xml)
    with pytest.raises(DefinitionRefused, match=r"^r: "):
        compile_definition(xml, decisions={})
