"""The hardened door through which every diagram enters: bytes become a tree, or a refusal that says why."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from engine.errors import DefinitionRefused

MAX_BYTES: Final = 2_000_000
MAX_ELEMENTS: Final = 20_000
MAX_ATTRIBUTES: Final = 60_000
MAX_DEPTH: Final = 100
#: Every element needs at most two of these, comments and CDATA some more: refuses floods before the parser sees them.
MAX_ANGLE_BRACKETS: Final = 3 * MAX_ELEMENTS

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"

#: Attributes that are true or false, and nothing else.
BOOLEANS: Final = frozenset(
    {
        "isExecutable", "isInterrupting", "cancelActivity", "parallelMultiple", "isForCompensation", "triggeredByEvent",
        "instantiate", "waitForCompletion", "testBefore", "isSequential", "cancelRemainingInstances", "mustUnderstand",
    }
)  # fmt: skip
#: XML Schema writes them in two ways.
_TRUTH: Final = {"1": "true", "0": "false"}
#: Elements and attributes that refer by a qualified name, besides those called Ref.
_QUALIFIED: Final = frozenset({"incoming", "outgoing", "source", "target"})

_BOM: Final = b"\xef\xbb\xbf"
_FOREIGN_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v", b"\x0e\xfe\xff", b"\xdd\x73\x66\x73")
_DECLARED_ENCODING: Final = re.compile(rb"""^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"']{0,40})["']""")


class XmlRefused(DefinitionRefused):
    """A file is refused before its diagram is looked at. ``rule`` is the code that the lint reports it under."""

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(en, message_zh=zh)
        self.rule = rule


def read_xml(data: bytes) -> etree._Element:
    """Parse a BPMN file from anywhere and give its root, a ``bpmn:definitions`` without comments and instructions.

    At most 2 MB, 20 000 elements, 60 000 attributes and 100 levels; UTF-8 only; no DOCTYPE, so no entity of any
    sort is ever declared, expanded or fetched. The parser's own messages are never passed on.

    Raises:
        XmlRefused: (a DefinitionRefused) the file is too large, not UTF-8, not well-formed, or not BPMN.
    """
    _check_bytes(data)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as problem:
        raise _syntax_refusal(problem) from None
    _check_doctype(root)
    _check_size(root)
    if root.tag != f"{{{BPMN}}}definitions":
        raise XmlRefused(
            "xml.not_bpmn",
            "文件不是 BPMN 2.0 流程图(根元素应为 bpmn:definitions),请上传建模工具保存的 .bpmn 文件。",
            "The file is no BPMN 2.0 diagram (its root must be bpmn:definitions); upload a .bpmn file of a modeler.",
        )
    _write_in_one_way(root)
    return root


def _write_in_one_way(root: etree._Element) -> None:
    """References may be qualified names (``tns:order``), from here on plain ids; truth may be 1, from here on true.

    A name of another namespace than the file's own is left as it is, so that it refers to nothing here.
    """
    own = (root.get("targetNamespace"), BPMN)
    for element in root.iter(f"{{{BPMN}}}*"):
        for name, value in _texts(element):
            if name in BOOLEANS:
                element.set(name, _TRUTH.get(value.strip(), value.strip()))
            elif ":" in value and (name.endswith("Ref") or name == "calledElement"):
                element.set(name, _plain(element, value, None if name == "calledElement" else own))
        tag = etree.QName(element).localname
        if (tag.endswith("Ref") or tag in _QUALIFIED) and element.text and ":" in element.text:
            element.text = _plain(element, element.text, own)
    for element in root.iter(f"{{{BPMNDI}}}*"):
        drawn = element.get("bpmnElement", "")
        if ":" in drawn:
            element.set("bpmnElement", _plain(element, drawn, own))


def _texts(element: etree._Element) -> list[tuple[str, str]]:
    """Names and values of the attributes."""
    return [(str(name), str(value)) for name, value in element.items()]


def _plain(element: etree._Element, name: str, own: tuple[str | None, str] | None) -> str:
    """The name without its prefix, if that stands for the file's own namespace (None: for any)."""
    prefix, _, rest = name.strip().partition(":")
    if prefix not in element.nsmap:
        return name
    return rest if own is None or own[0] is None or element.nsmap[prefix] in own else name


def _parser() -> etree.XMLParser:
    """Make a parser for one file; parsers keep state, so none is shared.

    Comments and instructions are dropped while parsing: left in, they would cut a text in two, and what a person
    reads in the editor would not be what runs. The encoding is set so that a declaration cannot change the reading.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
        recover=False,
    )


def _check_bytes(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise XmlRefused(
            "xml.too_large",
            f"文件超过 {MAX_BYTES // 1_000_000} MB,请拆分流程后再上传。",
            f"The file is larger than {MAX_BYTES // 1_000_000} MB; split the process and try again.",
        )
    if not data.strip():
        raise XmlRefused("xml.empty", "文件是空的,请重新导出流程图。", "The file is empty; export the diagram again.")
    _check_encoding(data)
    if data.count(b"<") > MAX_ANGLE_BRACKETS:
        raise _too_many()


def _check_encoding(data: bytes) -> None:
    declared = _DECLARED_ENCODING.match(data.removeprefix(_BOM))
    foreign = declared is not None and declared.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        foreign = True
    if foreign or data.startswith(_FOREIGN_BOMS) or b"\x00" in data:
        raise XmlRefused(
            "xml.encoding",
            "文件不是 UTF-8 编码的文本,请在建模工具中重新保存。",
            "The file is not text in UTF-8; save it again in the modeler.",
        )


def _syntax_refusal(problem: etree.XMLSyntaxError) -> XmlRefused:
    line, column = problem.position
    return XmlRefused(
        "xml.not_well_formed",
        f"文件不是格式正确的 XML(第 {line} 行第 {column} 列附近有误),请重新导出流程图。",
        f"The file is not well-formed XML (near line {line}, column {column}); export the diagram again.",
    )


def _check_doctype(root: etree._Element) -> None:
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.externalDTD is not None:
        raise XmlRefused(
            "xml.doctype",
            "文件含有 DOCTYPE 声明,出于安全不予接受;请删除这一行。",
            "The file has a DOCTYPE declaration, which is not accepted for safety; remove it.",
        )


def _check_size(root: etree._Element) -> None:
    elements = attributes = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        attributes += len(element.attrib)
        if elements > MAX_ELEMENTS or attributes > MAX_ATTRIBUTES:
            raise _too_many()
        if depth > MAX_DEPTH:
            raise XmlRefused(
                "xml.too_deep",
                f"文件的元素嵌套超过 {MAX_DEPTH} 层,请简化流程图。",
                f"The elements of the file are nested more than {MAX_DEPTH} levels deep; simplify the diagram.",
            )


def _too_many() -> XmlRefused:
    return XmlRefused(
        "xml.too_many_elements",
        f"文件的元素超过 {MAX_ELEMENTS} 个或属性过多,请拆分流程后再上传。",
        f"The file has more than {MAX_ELEMENTS} elements or too many attributes; split the process and try again.",
    )
