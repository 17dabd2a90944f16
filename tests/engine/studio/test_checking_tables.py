"""A table that fails a test of its own is not deployed."""

from __future__ import annotations

from pathlib import Path

from engine.model import Severity
from engine.studio.checking import check_files

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "processes/decisions/loss_compensation.dmn"
TESTS = """<extensionElements>
      <kefuflow:tests xmlns:kefuflow="urn:kefuflow:table-tests">
        <kefuflow:test id="t1" name="三成">
          <kefuflow:input name="order_amount">100</kefuflow:input>
          <kefuflow:output name="loss_rate">{rate}</kefuflow:output>
        </kefuflow:test>
      </kefuflow:tests>
    </extensionElements>
    <decisionTable"""


def with_test(rate: str) -> bytes:
    text = TABLE.read_text(encoding="utf-8")
    return text.replace("<decisionTable", TESTS.replace("{rate}", rate), 1).encode()


def test_a_test_that_holds_is_no_finding() -> None:
    assert check_files({"loss_compensation.dmn": with_test("0.30")}) == []


def test_a_test_that_fails_is_an_error_with_its_name_and_both_values() -> None:
    (found,) = check_files({"loss_compensation.dmn": with_test("0.50")})
    assert (found.rule, found.severity, found.element) == ("table.test", Severity.ERROR, "loss_compensation")
    assert "三成" in found.zh
    assert "0.5" in found.zh
    assert "0.3" in found.zh


def test_other_files_are_passed_over() -> None:
    assert check_files({"a.dmn": b"<no", "b.txt": b"x", "c.bpmn": b""}) == []
