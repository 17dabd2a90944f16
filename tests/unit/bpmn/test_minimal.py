"""An edited diagram keeps the text of what was not edited, and always means what the editor sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn.minimal import keep_unchanged, meaning
from engine.bpmn.xml import read_xml
from tests.each import each
from tests.sample import some

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(ROOT.glob("processes/*/*.bpmn"))
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">'
)


def document(body: str) -> bytes:
    return f"{HEAD}{body}</bpmn:definitions>\n".encode()


def written_anew(xml: bytes) -> bytes:
    """As a modeller would: attributes sorted, comments gone, indented by tabs, defaults left out, shapes reversed."""
    root = etree.fromstring(xml, etree.XMLParser(remove_comments=True, remove_blank_text=True))
    for element in root.iter():
        attributes = sorted(element.items(), reverse=True)
        element.attrib.clear()
        for name, value in attributes:
            if (name, value) != ("propagateAllParentVariables", "true"):
                element.set(name, value)
        if str(element.tag).endswith("}BPMNPlane"):
            element[:] = reversed(list(element))
    etree.indent(root, "\t")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def differing(one: bytes, other: bytes) -> int:
    left, right = one.decode().splitlines(), other.decode().splitlines()
    return sum(a != b for a, b in zip(left, right, strict=False)) + abs(len(left) - len(right))


@each("file", SHIPPED, ids=lambda file: file.stem)
def test_what_only_the_modeller_changed_comes_back_byte_for_byte(file: Path) -> None:
    xml = file.read_bytes()
    anew = written_anew(xml)
    assert anew != xml
    assert keep_unchanged(xml, anew) == xml


@pytest.mark.parametrize("file", some(SHIPPED, 16), ids=lambda file: file.stem)
def test_one_name_is_one_line(file: Path) -> None:
    xml = file.read_bytes()
    anew = written_anew(xml)
    edited = re.sub(rb'(<bpmn:userTask [^>]*name=")[^"]*"', b'\\1\xe6\x94\xb9"', anew, count=1)
    edited = edited if edited != anew else anew.replace(b'name="', b'name="x', 1)
    merged = keep_unchanged(xml, edited)
    assert differing(xml, merged) == 1
    assert meaning(read_xml(merged)) == meaning(read_xml(edited))


def test_comments_and_spaces_stay_where_the_elements_stay() -> None:
    before = document('\n <!-- why -->\n <bpmn:message   id="m"\n   name="a" />\n\n <bpmn:signal id="s" name="b"/>\n')
    after = document('<bpmn:message id="m" name="c" /><bpmn:signal name="b" id="s" />')
    merged = keep_unchanged(before, after).decode()
    assert '<!-- why -->\n <bpmn:message   id="m"\n   name="c" />\n\n <bpmn:signal id="s" name="b"/>\n' in merged


def test_what_is_new_comes_behind_what_it_stands_behind_and_what_is_gone_goes() -> None:
    before = document('\n  <bpmn:message id="a" />\n  <bpmn:message id="b" />\n  <bpmn:message id="c" />\n')
    after = document('\n  <bpmn:message id="a" />\n  <bpmn:message id="n" />\n  <bpmn:message id="c" />\n')
    assert keep_unchanged(before, after) == after


def test_the_order_of_the_same_kind_counts() -> None:
    before = document('\n  <bpmn:message id="a" />\n  <bpmn:message id="b" />\n')
    after = document('\n  <bpmn:message id="b" />\n  <bpmn:message id="a" />\n')
    merged = read_xml(keep_unchanged(before, after))
    assert [child.get("id") for child in merged] == ["b", "a"]


def test_a_task_that_was_moved_stays_where_it_is_written_but_not_where_order_is_meant() -> None:
    for holder, order in (("process", "ab"), ("adHocSubProcess", "ba")):
        before = document(f'<bpmn:{holder} id="p"><bpmn:task id="a" /><bpmn:task id="b" /></bpmn:{holder}>')
        after = document(f'<bpmn:{holder} id="p"><bpmn:task id="b" /><bpmn:task id="a" name="x" /></bpmn:{holder}>')
        merged = read_xml(keep_unchanged(before, after))
        assert "".join(child.get("id", "") for child in merged[0]) == order


def test_attributes_of_editors_and_namespaces_stay() -> None:
    before = document(
        '\n  <bpmn:process id="p" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" bioc:fill="#fff" name="a" />\n'
    )
    after = before.replace(b'name="a"', b'name="b"')
    assert b'bioc:fill="#fff" name="b"' in keep_unchanged(before, after)


def test_an_end_that_has_become_empty_and_a_beginning_that_was() -> None:
    empty, full = (
        document('<bpmn:process id="p" />'),
        document('<bpmn:process id="p"><bpmn:task id="t" /></bpmn:process>'),
    )
    for before, after in ((empty, full), (full, empty)):
        assert meaning(read_xml(keep_unchanged(before, after))) == meaning(read_xml(after))


def test_entities_line_ends_and_cdata_are_the_same_text() -> None:
    before = document(
        '<bpmn:process id="p"><bpmn:documentation>a &gt;\r\n<![CDATA[<b>]]></bpmn:documentation></bpmn:process>'
    )
    after = document('<bpmn:process id="p"><bpmn:documentation>a &#62;\n&lt;b&gt;</bpmn:documentation></bpmn:process>')
    assert keep_unchanged(before, after) == before


@pytest.mark.parametrize("saved", [b"", b"no xml", b"<a/>", b"<bpmn:definitions>", b"\xff\xfe", b"<!DOCTYPE a><a/>"])
def test_what_cannot_be_read_comes_back_as_it_is(saved: bytes) -> None:
    shipped = SHIPPED[0].read_bytes()
    assert keep_unchanged(shipped, saved) == saved
    assert keep_unchanged(saved, shipped) == shipped


def test_other_prefixes_come_back_as_they_are() -> None:
    before = document('<bpmn:process id="p" />')
    after = before.replace(b"bpmn:", b"bpmn2:").replace(b"xmlns:bpmn=", b"xmlns:bpmn2=")
    after = after.replace(b'id="p"', b'id="q"')
    assert meaning(read_xml(keep_unchanged(before, after))) == meaning(read_xml(after))


NAMES = st.sampled_from(["bpmn:message", "bpmn:signal", "bpmn:documentation", "bpmn:process"])
TEXTS = st.text(st.sampled_from('ab<>&"\n\t \u4e2d'), max_size=4)


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(NAMES)
    attributes = draw(
        st.dictionaries(st.sampled_from(["id", "name", "isExecutable", "isInterrupting"]), TEXTS, max_size=3)
    )
    element = etree.Element("x")
    for key, value in attributes.items():
        element.set(key, value)
    start = etree.tostring(element).decode()[2:-2]
    inner = "".join(draw(st.lists(elements(depth=depth - 1), max_size=3))) if depth else ""
    if not inner:
        text = etree.Element("x")
        text.text = draw(TEXTS) or None
        inner = etree.tostring(text, encoding="unicode")[3:-4] if text.text else ""
    return f"<{name}{start}>{inner}</{name}>" if inner else f"<{name}{start} />"


@given(elements(), elements())
def test_the_merge_always_means_what_was_saved(before: str, after: str) -> None:
    saved = document(after)
    assert meaning(read_xml(keep_unchanged(document(before), saved))) == meaning(read_xml(saved))
