"""Table tests: what a decision must say of given inputs, kept in its own file as an extension of the decision.

::

    <decision id="…">
      <extensionElements>
        <kefuflow:tests xmlns:kefuflow="urn:kefuflow:table-tests">
          <kefuflow:test id="test_1" name="…" at="2026-11-29T10:00:00+08:00">
            <kefuflow:input name="order.total">199</kefuflow:input>
            <kefuflow:output name="rate">0.30</kefuflow:output>
          </kefuflow:test>
        </kefuflow:tests>
      </extensionElements>

Values are FEEL. An output without a name is the whole result. Other modelers keep what they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from engine.dmn import xml

#: Of everything that Kefuflow adds to a file of tables.
NAMESPACE: Final = "urn:kefuflow:table-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTest:
    """One case: the inputs that a decision is asked with, and what it must say."""

    id: str
    name: str
    #: FEEL by the variable's name, or the path to one of its entries.
    inputs: Mapping[str, str]
    #: FEEL by the output's name; of the name "" the whole result.
    outputs: Mapping[str, str]
    #: The time at which it is asked, as FEEL's text of a date and time; empty where that does not matter.
    at: str = ""


def read_tests(data: bytes) -> dict[str, tuple[TableTest, ...]]:
    """The tests of a decision file by the decision's id; decisions without tests are left out.

    Raises:
        DefinitionRefused: the XML is refused at the door.
    """
    root = xml.read(data)
    found = {decision.get("id", ""): _tests_of(decision) for decision in xml.children(root, "decision")}
    return {decision: tests for decision, tests in found.items() if tests}


def _tests_of(decision: etree._Element) -> tuple[TableTest, ...]:
    return tuple(
        _test(each, number)
        for extension in xml.children(decision, "extensionElements")
        for tests in extension.iterchildren(f"{{{NAMESPACE}}}tests")
        for number, each in enumerate(tests.iterchildren(f"{{{NAMESPACE}}}test"), 1)
    )


def _test(element: etree._Element, number: int) -> TableTest:
    return TableTest(
        id=element.get("id") or f"test_{number}",
        name=element.get("name", ""),
        inputs=_values(element, "input"),
        outputs=_values(element, "output"),
        at=element.get("at", ""),
    )


def _values(element: etree._Element, kind: str) -> dict[str, str]:
    return {
        each.get("name", ""): "".join(map(str, each.itertext())).strip()
        for each in element.iterchildren(f"{{{NAMESPACE}}}{kind}")
    }
