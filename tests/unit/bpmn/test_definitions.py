"""Compiling tells others what is in a diagram, and refuses by name whatever is not executed right."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from engine.bpmn import compile_definition, step
from engine.errors import DefinitionRefused
from engine.model import CompleteUserTask, Facts, InstanceState, Start
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, cycle, duration, mapping, properties
from tests.unit.bpmn.running import MONDAY_9AM, follow


def line(*more: str) -> Drawing:
    return Drawing().start().user("a").end().flow("start", "a", "end")


def refusal(drawing: Drawing) -> str:
    with pytest.raises(DefinitionRefused) as caught:
        compile_definition(drawing.xml(), decisions={})
    assert caught.value.message_zh
    return str(caught.value)


def test_a_definition_tells_what_is_in_its_diagram() -> None:
    body = Drawing().start("b").user("x").end("e").flow("b", "x", "e")
    d = Drawing(log="={a: 1}").start(extension='<zeebe:formDefinition formId="p.start"/>')
    d.user("a", extension=properties(four_eyes="case")).sub("s", body).call("c", "s02_payout").end()
    d.element(
        "laneSet", "lanes", '<bpmn:lane id="l" name="售后客服"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    )
    d.flow("start", "a", "s", "c").flow("c", "end", id_="paid")
    definition = compile_definition(d.xml(), decisions={})
    assert (definition.process_id, definition.name, definition.none_start) == ("p", "流程", "start")
    assert definition.forms == {"p.start", "p.a", "p.x"}
    assert definition.start_form == "p.start"
    assert definition.called == {"s02_payout"}
    assert definition.properties == {"register.log": "={a: 1}"}
    element = definition.elements["a"]
    assert (element.kind, element.name, element.lane, element.scope) == ("userTask", "a!", "售后客服", None)
    assert element.properties == {"four_eyes": "case"}
    assert definition.elements["x"].scope == "s"
    assert definition.elements["c"].called_process == "s02_payout"
    assert definition.flow_ids["c", "end"] == "paid"
    assert "b_x" in definition.flows


def test_a_definition_cannot_be_changed() -> None:
    definition = compile_definition(line().xml(), decisions={})
    with pytest.raises(dataclasses.FrozenInstanceError):
        definition.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        definition.elements["a"] = definition.elements["end"]  # type: ignore[index]


def test_threads_share_a_definition() -> None:
    definition = compile_definition(line().xml(), decisions={})
    facts, wrong = Facts(now=MONDAY_9AM), []

    def work(key: int) -> None:
        for _ in range(50):
            state = InstanceState(key=key)
            first = step(definition, state, Start(variables={}), facts)
            state = follow(state, first)
            last = step(definition, state, CompleteUserTask(id=first.opened[0].id, variables={"k": key}), facts)
            if last.end_state != "end" or last.variables != b'{"k":%d}' % key:
                wrong.append(last)

    threads = [threading.Thread(target=work, args=(key,)) for key in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_chain_of_two_thousand_elements_compiles() -> None:
    d = Drawing().start().end()
    names = [f"u{n}" for n in range(2000)]
    for name in names:
        d.user(name)
    definition = compile_definition(d.flow("start", *names, "end").xml(), decisions={})
    assert len(definition.elements) == 2002


@each(
    ("tag", "inside"),
    [
        ("receiveTask", ""),
        ("transaction", ""),
        ("intermediateCatchEvent", ""),
        ("intermediateCatchEvent", "<bpmn:signalEventDefinition/>"),
        ("intermediateCatchEvent", "<bpmn:conditionalEventDefinition/>"),
        ("intermediateCatchEvent", "<bpmn:linkEventDefinition/>"),
        ("intermediateCatchEvent", cycle("R3/PT1H")),
        ("intermediateCatchEvent", "<bpmn:linkEventDefinition name='x'/>" + duration("PT2H")),
        ("intermediateThrowEvent", "<bpmn:linkEventDefinition name='nowhere'/>"),
        ("intermediateThrowEvent", duration("PT2H")),
        ("intermediateThrowEvent", "<bpmn:signalEventDefinition/>"),
        ("intermediateThrowEvent", "<bpmn:escalationEventDefinition/>"),
        ("intermediateThrowEvent", "<bpmn:errorEventDefinition/>"),
        ("choreographyTask", ""),
        ("adHocSubProcess", "<bpmn:startEvent id='x'/>"),
        ("sendTask", ""),
        ("intermediateCatchEvent", "<bpmn:timerEventDefinition/>"),
        ("endEvent", "<bpmn:escalationEventDefinition/>"),
        ("endEvent", "<bpmn:cancelEventDefinition/>"),
        ("endEvent", "<bpmn:signalEventDefinition/>"),
        ("endEvent", "<bpmn:errorEventDefinition/>"),
        ("userTask", "<bpmn:multiInstanceLoopCharacteristics/>"),
        ("userTask", "<bpmn:standardLoopCharacteristics/>"),
        ("scriptTask", "<bpmn:script>print(1)</bpmn:script>"),
        ("scriptTask", ""),
        ("serviceTask", ""),
        ("businessRuleTask", ""),
        ("callActivity", ""),
        ("subProcess", ""),
        ("exclusiveGateway", ""),
        ("eventBasedGateway", ""),
    ],
)
def test_what_is_not_executed_right_is_refused_by_name(tag: str, inside: str) -> None:
    d = Drawing().start().element(tag, "strange", inside)
    assert "strange" in refusal(d.flow("start", "strange"))


@each(
    ("drawing", "named"),
    [
        (line().catch("c", duration("PT1H")).flow("a", "c").flow("c", "end", when="=x"), "c"),
        (line().flow("a", "nowhere"), "a_nowhere"),
        (line().flow("end", "a"), "end"),
        (line().flow("a", "start"), "start"),
        (line().start("second").flow("second", "a"), "p"),
        (line().boundary("t", "a", cycle("R3/PT1H")).end("x").flow("t", "x"), "t"),
        (line().boundary("t", "a", error="E").end("x").flow("t", "x"), "t"),
        (line().boundary("t", "gone", duration("PT1H")).end("x").flow("t", "x"), "t"),
        (line().boundary("t", "a", "<bpmn:escalationEventDefinition/>").end("x").flow("t", "x"), "t"),
        (Drawing().start().user("a", extension="<zeebe:executionListeners/>").flow("start", "a"), "a"),
        (Drawing().start().user("a", extension=mapping({"case_id": "=1"})).flow("start", "a"), "a"),
        (Drawing().start().user("a", extension=mapping({"a.b": "=1"})).flow("start", "a"), "a"),
        (Drawing().start().user("a", extension=mapping({"a": "=1 +"})).flow("start", "a"), "a"),
        (Drawing().start().user("a", extension=properties(register="none")).flow("start", "a"), "a"),
        (Drawing(log="={").start().user("a").flow("start", "a"), "p"),
        (Drawing().start().call("c", "=which").flow("start", "c"), "c"),
        (Drawing().start().decision("d", "unknown", "x").flow("start", "d"), "d"),
        (Drawing().start().gateway("g", "eventBased").user("a").flow("start", "g", "a"), "g"),
        (Drawing().start().gateway("g", default="other").user("a").flow("start", "g", "a"), "g"),
        (Drawing().start().gateway("g").user("a").user("b").flow("start", "g", "a").flow("g", "b", when="=x"), "g"),
        (Drawing().start().element("userTask", "a", isForCompensation="true").flow("start", "a"), "a"),
        (Drawing().start().element("userTask", "a", startQuantity="2").flow("start", "a"), "a"),
        (Drawing().start().sub("s", Drawing().user("x")).flow("start", "s"), "s"),
        (
            Drawing().start().sub("s", Drawing().start("b", message="m").user("x").flow("b", "x")).flow("start", "s"),
            "s",
        ),
        (Drawing().start().catch("c", message="m", key="=1 +").flow("start", "c"), "m_m"),
    ],
)
def test_a_wrong_construction_is_refused_by_name(drawing: Drawing, named: str) -> None:
    assert refusal(drawing).startswith(named)


@pytest.mark.parametrize(
    ("start", "attributes"),
    [
        ("", {}),
        ("<bpmn:errorEventDefinition/>", {"isInterrupting": "false"}),
        ("<bpmn:compensateEventDefinition/>", {}),
        ("<bpmn:terminateEventDefinition/>", {}),
        ("<bpmn:signalEventDefinition/>", {}),
    ],
)
def test_an_event_sub_process_that_nothing_can_start_is_refused(start: str, attributes: dict[str, str]) -> None:
    body = Drawing().element("startEvent", "b", start, **attributes).user("x").flow("b", "x")
    d = line().element("subProcess", "es", "".join(body.lines), triggeredByEvent="true")
    assert refusal(d).startswith(("es", "b"))


@pytest.mark.parametrize("start", [{}, {"start": "s"}])
def test_an_event_sub_process_has_no_flows(start: dict[str, str]) -> None:
    body = Drawing().start("b", message="m").user("x").flow("b", "x")
    d = line().element("subProcess", "es", "".join(body.lines), triggeredByEvent="true")
    assert refusal(d.flow(*(("a", "es") if start else ("es", "end")))).startswith("es")


def test_a_file_holds_one_executable_process() -> None:
    xml = line().xml()
    for wrong in (xml.replace(b'"true"', b'"false"'), xml.replace(b"</bpmn:definitions>", b"")):
        with pytest.raises(DefinitionRefused):
            compile_definition(wrong, decisions={})
    two = xml.replace(b"</bpmn:process>", b'</bpmn:process><bpmn:process id="q" isExecutable="true"/>')
    with pytest.raises(DefinitionRefused):
        compile_definition(two, decisions={})


def test_pictures_of_data_are_left_out_and_what_they_would_assign_is_refused() -> None:
    picture = '<bpmn:dataInputAssociation id="i"><bpmn:sourceRef>r</bpmn:sourceRef>{}</bpmn:dataInputAssociation>'
    d = Drawing().start().element("userTask", "a", picture.format("")).element("dataObject", "o").flow("start", "a")
    d.element("dataObjectReference", "r", dataObjectRef="o")
    assert "o" not in compile_definition(d.xml(), decisions={}).elements
    d = Drawing().start().element("userTask", "a", picture.format("<bpmn:assignment/>")).flow("start", "a")
    refusal(d)
