"""What comes through the door is a diagram; everything else is refused with a sentence, quickly and always alike."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn.xml import MAX_BYTES, XmlRefused, read_xml
from engine.errors import DefinitionRefused
from tests.each import each
from tests.sample import times

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
CLOSE = b"</bpmn:definitions>"
PLAIN = HEAD + OPEN + '<bpmn:process id="p" name="流程"/>'.encode() + CLOSE


def bomb(declarations: str, body: str = "&x;") -> bytes:
    return f"<!DOCTYPE r [{declarations}]>".encode() + OPEN + body.encode() + CLOSE


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.bpmn", PLAIN)
    return buffer.getvalue()


BILLION_LAUGHS = '<!ENTITY x0 "ha">' + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 30))

ATTACKS = {
    "empty": (b"", "xml.empty"),
    "blanks": (b" \n\t ", "xml.empty"),
    "billion laughs": (bomb(BILLION_LAUGHS, "&x29;"), None),
    "quadratic blow-up": (bomb(f'<!ENTITY x "{"a" * 50_000}">', "&x;" * 5_000), None),
    "external entity": (bomb('<!ENTITY x SYSTEM "file:///etc/passwd">'), None),
    "external entity by network": (bomb('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">'), None),
    "parameter entity": (bomb('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;', "<a/>"), None),
    "external dtd": (b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + OPEN + CLOSE, "xml.doctype"),
    "public dtd": (b'<!DOCTYPE r PUBLIC "-//x//y" "x.dtd">' + OPEN + CLOSE, "xml.doctype"),
    "bare doctype": (b"<!DOCTYPE definitions>" + OPEN + CLOSE, "xml.doctype"),
    "defaulted attributes": (bomb('<!ATTLIST a b CDATA "evil">', "<a/>"), "xml.doctype"),
    "undeclared entity": (OPEN + b"&boo;" + CLOSE, "xml.not_well_formed"),
    "fifty megabytes": (PLAIN + b" " * 50_000_000, "xml.too_large"),
    "200 000 attributes": (OPEN + b"<a " + b" ".join(b'a%x=""' % n for n in range(200_000)) + b"/>" + CLOSE, None),
    "60 000 elements": (OPEN + b"<a/>" * 60_000 + CLOSE, "xml.too_many_elements"),
    "20 001 elements": (OPEN + b"<a/>" * 20_000 + CLOSE, "xml.too_many_elements"),
    "20 000 attributes an element": (
        OPEN + (b"<a " + b" ".join(b'a%x=""' % n for n in range(21_000)) + b"/>") * 3 + CLOSE,
        "xml.too_many_elements",
    ),
    "nested 101 deep": (OPEN + b"<a>" * 100 + b"</a>" * 100 + CLOSE, "xml.too_deep"),
    "nested 30 000 deep": (OPEN + b"<a>" * 30_000 + b"</a>" * 30_000 + CLOSE, None),
    "never closed": (OPEN + b"<a>" * 50, "xml.not_well_formed"),
    "truncated": (PLAIN[:-9], "xml.not_well_formed"),
    "text behind the root": (PLAIN + b"tail", "xml.not_well_formed"),
    "two roots": (PLAIN + OPEN + CLOSE, "xml.not_well_formed"),
    "blank before the declaration": (b" " + PLAIN, "xml.not_well_formed"),
    "undeclared prefix": (OPEN + b"<zeebe:x/>" + CLOSE, "xml.not_well_formed"),
    "attribute twice": (OPEN + b'<a b="1" b="2"/>' + CLOSE, "xml.not_well_formed"),
    "control character": (OPEN + b"<a b='\x01'/>" + CLOSE, "xml.not_well_formed"),
    "control character by number": (OPEN + b"<a b='&#0;'/>" + CLOSE, "xml.not_well_formed"),
    "broken utf-8": (PLAIN.replace("流".encode(), b"\xe6\xb5"), "xml.encoding"),
    "overlong utf-8": (OPEN + b"<a b='\xc0\xaf'/>" + CLOSE, "xml.encoding"),
    "surrogate in utf-8": (OPEN + b"<a b='\xed\xa0\x80'/>" + CLOSE, "xml.encoding"),
    "gbk": (PLAIN.decode().replace("UTF-8", "GBK").encode("gbk"), "xml.encoding"),
    "declared latin-1": (PLAIN.replace(b"UTF-8", b"ISO-8859-1"), "xml.encoding"),
    "declared utf-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-', "xml.encoding"),
    "utf-16 with mark": (PLAIN.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "xml.encoding"),
    "utf-16 without mark": (PLAIN.decode().encode("utf-16-le"), "xml.encoding"),
    "utf-32": (PLAIN.decode().encode("utf-32"), "xml.encoding"),
    "mark of utf-16, text of utf-8": (b"\xff\xfe" + PLAIN, "xml.encoding"),
    "zip": (zipped(), "xml.encoding"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "xml.encoding"),
    "html": (b"<!doctype html><html><body><p>404</body></html>", None),
    "xhtml": (b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "xml.not_bpmn"),
    "json": (b'{"a": 1}', "xml.not_well_formed"),
    "another namespace": (b'<definitions xmlns="urn:x"/>', "xml.not_bpmn"),
    "dmn": (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "xml.not_bpmn"),
    "a long text": (OPEN + b"<a>" + b"x" * MAX_BYTES + b"</a>" + CLOSE, "xml.too_large"),
}


@each("name", ATTACKS)
def test_an_attack_is_refused_in_two_languages_within_a_second(name):
    data, rule = ATTACKS[name]
    begun = time.perf_counter()
    with pytest.raises(XmlRefused) as refusal:
        read_xml(data)
    assert time.perf_counter() - begun < 1
    assert rule is None or refusal.value.rule == rule
    assert any("一" <= letter <= "鿿" for letter in refusal.value.message_zh)
    assert str(refusal.value)


@each("name", ATTACKS)
def test_a_refusal_never_repeats_the_file_or_the_parser(name):
    with pytest.raises(DefinitionRefused) as refusal:
        read_xml(ATTACKS[name][0])
    for word in ("libxml", "Entity", "root:", "passwd", "StartTag", "Opening and ending"):
        assert word not in str(refusal.value) + refusal.value.message_zh
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("data", [PLAIN, b"\xef\xbb\xbf" + PLAIN, PLAIN.removeprefix(HEAD), PLAIN + b"\n"])
def test_a_diagram_in_utf_8_comes_through_with_its_chinese(data):
    assert read_xml(data)[0].get("name") == "流程"


def test_limits_are_reached_but_not_crossed():
    assert len(read_xml(OPEN + b"<a/>" * 19_999 + CLOSE)) == 19_999
    assert read_xml(OPEN + b"<a>" * 99 + b"</a>" * 99 + CLOSE) is not None
    filled = PLAIN + b" " * (MAX_BYTES - len(PLAIN))
    assert read_xml(filled) is not None
    with pytest.raises(XmlRefused):
        read_xml(filled + b" ")


def test_comments_and_instructions_cannot_cut_an_expression_in_two():
    body = b"<a>=x &lt; 1<!-- and not(y) --><?php 1 ?> or true</a>"
    assert read_xml(OPEN + body + CLOSE)[0].text == "=x < 1 or true"


def test_an_inclusion_is_left_alone():
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    root = read_xml(OPEN + include + CLOSE)
    assert root[0].tag == "{http://www.w3.org/2001/XInclude}include"
    assert root[0].text is None


@settings(max_examples=times(150, 37), deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    for candidate in (data, OPEN + data + CLOSE):
        with contextlib.suppress(DefinitionRefused):
            read_xml(candidate)


def test_references_may_be_qualified_names() -> None:
    body = (
        '<bpmn:process id="p"><bpmn:callActivity id="c" calledElement="t:other"/><bpmn:intermediateThrowEvent id="e">'
    )
    body += '<bpmn:eventDefinitionRef>t:d</bpmn:eventDefinitionRef><bpmn:signalEventDefinition signalRef="t:s"/>'
    body += '</bpmn:intermediateThrowEvent><bpmn:sendTask id="o:o" operationRef="nobody:x"/></bpmn:process>'
    head = '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:t="t" id="d">'
    root = read_xml(f"{head}{body}</bpmn:definitions>".encode())
    written = [element.get(name) or element.text for element in root.iter() for name in ("calledElement", "signalRef")]
    assert {"other", "d", "s"} <= set(written)
    assert [element.get("operationRef") for element in root.iter()][-1] == "nobody:x", "an undeclared prefix is none"
