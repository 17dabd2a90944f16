"""Whatever a diagram has been turned into, it compiles or is refused; nothing else comes out."""

from __future__ import annotations

import random

import pytest
from lxml import etree

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.shapes import SHAPES


def broken(xml: bytes, chance: random.Random) -> bytes:
    """A diagram with up to three things removed, doubled, renamed or moved."""
    root = etree.fromstring(xml)
    for _ in range(chance.randint(1, 3)):
        nodes = [node for node in root.iter() if node is not root]
        if not nodes:
            break
        node, other = chance.choice(nodes), chance.choice(nodes)
        parent = node.getparent()
        assert parent is not None
        what = chance.randrange(6)
        if what == 0:
            parent.remove(node)
        elif what == 1 and node not in other.iterancestors() and other is not node and other not in node.iter():
            other.append(node)
        elif what == 2:
            parent.append(etree.fromstring(etree.tostring(node)))
        elif what == 3 and node.attrib:
            del node.attrib[chance.choice(sorted(node.attrib))]
        elif what == 4 and node.attrib and other.attrib:
            node.set(chance.choice(sorted(node.attrib)), other.get(chance.choice(sorted(other.attrib))) or "")
        elif what == 5:
            node.text = chance.choice(["", "=", "=1 +", "x", "缺货"])
    return etree.tostring(root)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_broken_diagram_compiles_or_is_refused(shape: str) -> None:
    xml = SHAPES[shape]().xml()
    refusals = 0
    for seed in range(150):
        try:
            compile_definition(broken(xml, random.Random(seed)), decisions={})
        except DefinitionRefused:
            refusals += 1
    assert refusals > 50


def test_shapes_may_be_malformed() -> None:
    d = Drawing().start().user("a").flow("start", "a")
    shape = (
        '<di:BPMNShape xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" bpmnElement="a">'
        '<dc:Bounds xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" x="left"/></di:BPMNShape></bpmn:definitions>'
    )
    assert compile_definition(d.xml().replace(b"</bpmn:definitions>", shape.encode()), decisions={}).elements


def test_an_id_that_is_there_twice_is_refused() -> None:
    body = Drawing().start("b").user("a").flow("b", "a")
    with pytest.raises(DefinitionRefused):
        compile_definition(Drawing().start().sub("s", body).user("a").flow("start", "s", "a").xml(), decisions={})
