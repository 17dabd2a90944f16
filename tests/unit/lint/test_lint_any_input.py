"""Whatever becomes of a real diagram on its way here, the lint answers: findings in two languages, nothing else."""

# ruff: noqa: E501 - large files are built one element a line

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.access import PERMISSIONS
from engine.bpmn.lint import check
from engine.bpmn.xml import read_xml
from engine.errors import DefinitionRefused
from tests.sample import some, times
from tests.unit.lint.lint_cases import CASES
from tests.unit.lint.lint_pieces import PIECES, whole
from tests.unit.lint.lint_sample import CLEAN, FILE, HEAD, WORLD

SHIPPED = sorted((Path(__file__).parents[3] / "processes").rglob("*.bpmn"))
DIAGRAMS = [
    CLEAN.encode(),
    *(whole(piece).encode() for piece in PIECES),
    *(path.read_bytes() for path in SHIPPED),
]
PIECES = [
    b"<",
    b">",
    b'"',
    b"&amp;",
    b"&x;",
    b"=",
    b"\x00",
    b"\xff",
    b"<!--",
    b"]]>",
    b"<?x ?>",
    b"</bpmn:process>",
    b"id=",
]


def answer(data: bytes) -> None:
    """Both doors answer in time, and only as they promise."""
    begun = time.process_time()
    try:
        read_xml(data)
    except DefinitionRefused as refusal:
        said: DefinitionRefused | None = refusal
    else:
        said = None
    findings = check(data, file=FILE, world=WORLD)
    assert time.process_time() - begun < 1
    assert all(finding.zh and finding.en for finding in findings)
    if said is not None:
        assert [finding.zh for finding in findings] == [said.message_zh]


@settings(max_examples=times(60, 15), deadline=None)
@given(st.integers(0, len(DIAGRAMS) - 1), st.data())
def test_bytes_may_be_lost_doubled_or_replaced(number, data):
    text = bytearray(DIAGRAMS[number])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = min(len(text), start + data.draw(st.integers(0, 60)))
        change = data.draw(st.sampled_from(["cut", "double", "piece", "bytes"]))
        if change == "cut":
            del text[start:end]
        elif change == "double":
            text[end:end] = text[start:end]
        elif change == "piece":
            text[start:start] = data.draw(st.sampled_from(PIECES))
        else:
            text[start:end] = data.draw(st.binary(max_size=20))
    answer(bytes(text))


@settings(max_examples=times(50, 15), deadline=None)
@given(st.integers(0, len(DIAGRAMS) - 1), st.data())
def test_elements_may_be_lost_moved_renamed_or_robbed_of_attributes(number, data):
    root = etree.fromstring(DIAGRAMS[number])
    for _ in range(data.draw(st.integers(1, 5))):
        elements = [element for element in root.iter() if isinstance(element.tag, str)][1:]
        if not elements:
            break
        element, other = (elements[data.draw(st.integers(0, len(elements) - 1))] for _ in range(2))
        change = data.draw(st.sampled_from(["cut", "move", "rename", "rob", "exchange", "scramble"]))
        if change == "cut":
            element.getparent().remove(element)
        elif change == "move" and element not in other.iterancestors() and element is not other:
            other.append(element)
        elif change == "rename":
            element.tag = other.tag
        elif element.attrib:
            name = data.draw(st.sampled_from(sorted(element.attrib)))
            if change == "rob":
                del element.attrib[name]
            elif change == "exchange":
                element.attrib[name] = other.get("id", "")
            else:
                element.attrib[name] = data.draw(
                    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
                ).strip("\ufffe\uffff")
    answer(etree.tostring(root))


def large(body: str) -> bytes:
    return f'{HEAD}<bpmn:process id="p99_sample" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'.encode()


def flow(name: str, source: str, target: str) -> str:
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}" />'


LARGE = {
    "a chain": "".join(f'<bpmn:exclusiveGateway id="g{n}"/>' + flow(f"f{n}", f"g{n}", f"g{n + 1}") for n in range(2_500)),
    "loops in loops": "".join(
        f'<bpmn:exclusiveGateway id="g{n}"/>' + flow(f"f{n}", f"g{n}", f"g{n + 1}") + flow(f"b{n}", f"g{n + 1}", f"g{n}")
        for n in range(1_600)
    ),
    "a star": '<bpmn:exclusiveGateway id="g"/>' + "".join(flow(f"f{n}", "g", "g") for n in range(5_000)),
    "joins": "".join(
        f'<bpmn:parallelGateway id="g{n}"/>' + flow(f"f{n}", f"g{n}", f"g{n + 1}") + flow(f"b{n}", f"g{n}", f"g{n + 2}")
        for n in range(300)
    ),
    "sub-processes in each other": "".join(f'<bpmn:subProcess id="s{n}"><bpmn:startEvent id="e{n}"/>' for n in range(95))
    + "</bpmn:subProcess>" * 95,
    "links of one name": "".join(
        f'<bpmn:{kind} id="{kind[12]}{n}"><bpmn:linkEventDefinition name="x"/></bpmn:{kind}>'
        for n in range(1_800)
        for kind in ("intermediateThrowEvent", "intermediateCatchEvent")
    ),
    "ad-hoc sub-processes in each other": "".join(
        f'<bpmn:adHocSubProcess id="s{n}"><bpmn:completionCondition>=x</bpmn:completionCondition><bpmn:task id="t{n}"/>'
        for n in range(95)
    )
    + "</bpmn:adHocSubProcess>" * 95,
    "handlers of one event": '<bpmn:userTask id="u"/><bpmn:boundaryEvent id="b" attachedToRef="u"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
    + "".join(
        f'<bpmn:task id="t{n}" isForCompensation="true"/><bpmn:association id="a{n}" sourceRef="b" targetRef="t{n}"/>'
        for n in range(4_000)
    ),
    "event sub-processes that watch": "".join(
        f'<bpmn:subProcess id="s{n}" triggeredByEvent="true"><bpmn:startEvent id="e{n}"><bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>'
        f'<bpmn:intermediateCatchEvent id="c{n}"><bpmn:signalEventDefinition/></bpmn:intermediateCatchEvent>'
        for n in range(1_500)
    ),
    "expressions that run long": "".join(
        f'<bpmn:intermediateCatchEvent id="t{n}"><bpmn:timerEventDefinition id="d{n}"><bpmn:timeDuration>'
        "=for i in 1..99999 return i</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        for n in range(1_000)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", some(list(LARGE), 5))
def test_a_large_file_is_answered_in_time(name):
    begun = time.process_time()
    assert check(large(LARGE[name]), file=FILE, world=WORLD)
    assert time.process_time() - begun < 2


def test_a_definition_that_many_events_refer_to_is_looked_at_once():
    shared = "<bpmn:timeDuration>=for i in 1..99999 return i</bpmn:timeDuration>" * 3_000
    events = "".join(
        f'<bpmn:intermediateCatchEvent id="t{n}"><bpmn:eventDefinitionRef>d</bpmn:eventDefinitionRef></bpmn:intermediateCatchEvent>'
        for n in range(3_000)
    )
    root = f'<bpmn:timerEventDefinition id="d">{shared}</bpmn:timerEventDefinition></bpmn:definitions>'
    begun = time.process_time()
    assert check(large(events).replace(b"</bpmn:definitions>", root.encode()), file=FILE, world=WORLD)
    assert time.process_time() - begun < 2


@pytest.mark.skipif(not SHIPPED, reason="no processes in this checkout")
@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_diagram_has_no_finding_but_names_of_other_files(path):
    findings = check(path.read_bytes(), file=path.name, world=replace(WORLD, permissions=PERMISSIONS))
    assert {finding.rule for finding in findings if not finding.rule.startswith("unknown.")} == set()


def test_the_same_file_gives_the_same_findings():
    for _, _, replacements in CASES[::23]:
        text = CLEAN
        for old, new in replacements:
            text = text.replace(old, new)
        first, second = (check(text.encode(), file=FILE, world=WORLD) for _ in range(2))
        assert first == second
