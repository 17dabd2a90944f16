"""What processes come to reads as their owners call it: an end event names the value of the result that it sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import dmn
from engine.bpmn import Definition, compile_definition
from engine.labels import DERIVED, DERIVED_OPTIONS, labels_of, with_outcomes
from engine.queries.task import masked_facts
from tests.unit.bpmn.drawing import Drawing, mapping

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))


def compiled() -> Iterator[Definition]:
    decisions = {}
    for path in (ROOT / "processes" / "decisions").glob("*.dmn"):
        decisions |= dmn.load(path.read_bytes()).decisions
    for path in DIAGRAMS:
        yield compile_definition(path.read_bytes(), decisions=decisions)


@pytest.fixture(scope="module")
def definitions() -> list[Definition]:
    return list(compiled())


def drawn(*ends: tuple[str, str]) -> Definition:
    """A process with end events by id, each with the source of its output ``r``."""
    drawing = Drawing("p").start().gateway("all", "parallel").flow("start", "all")
    for name, source in ends:
        drawing.end(name, extension=mapping(outputs={"r": source})).flow("all", name)
    return compile_definition(drawing.xml(), decisions={})


def test_a_value_that_is_written_out_has_the_name_of_its_end() -> None:
    found = drawn(("已退款", '="refunded"'), ("改为换货", '="exchanged"')).outcomes
    assert found == {"r": {"refunded": "已退款!", "exchanged": "改为换货!"}}


@pytest.mark.parametrize("source", ["=x", "=null", "=1", '=""', "=true", '="a" + b', "=now()"])
def test_what_is_computed_or_no_code_names_nothing(source: str) -> None:
    assert drawn(("end", source)).outcomes == {}


def test_the_first_of_two_ends_names_the_value_and_a_constant_expression_counts() -> None:
    assert drawn(("one", '="a" + "b"'), ("two", '="ab"')).outcomes == {"r": {"ab": "one!"}}


def test_a_forms_own_words_go_before_those_of_ends() -> None:
    form = {
        "id": "f",
        "components": [
            {"type": "select", "key": "r", "label": "结果", "values": [{"label": "退", "value": "refunded"}]}
        ],
    }
    outcomes = {"r": {"refunded": "已退款", "kept": "已留用"}}
    labels = labels_of({"f": form}, outcomes=[outcomes])
    assert [labels.value("r", value) for value in ("refunded", "kept", "other")] == ["退", "已留用", "other"]
    more = with_outcomes(labels, [{"r": {"refunded": "x", "sent": "已寄"}, "s": {"a": "甲"}}])
    assert [more.value("r", value) for value in ("refunded", "sent")] == ["退", "已寄"]
    assert more.value("s", "a") == "甲"
    assert labels.value("s", "a") == "a"


def test_a_case_shows_the_results_of_what_it_called_in_words() -> None:
    caller, called = (labels_of({}, outcomes=[{name: {"paid": "已打款"}}]) for name in ("own_result", "payout_result"))
    facts = masked_facts({"payout_result": "paid", "own_result": "x", "unknown": "paid"}, [caller, called])
    assert [(fact.label, fact.value) for fact in facts] == [
        ("own_result", "x"),
        ("打款结果", "已打款"),
        ("unknown", "paid"),
    ]


def test_every_result_of_a_shipped_process_has_a_name_and_its_values_too(definitions: list[Definition]) -> None:
    for definition in definitions:
        labels = labels_of({}, outcomes=[definition.outcomes])
        assert [name for name in definition.outcomes if labels.name(name) == name] == []
        assert [words for words in definition.outcomes.values() if not all(words.values())] == []
    assert sum(bool(definition.outcomes) for definition in definitions) >= 14


def test_words_kept_for_others_are_those_of_the_end_events(definitions: list[Definition]) -> None:
    derived = {name: words for definition in definitions for name, words in definition.outcomes.items()}
    kept = {name: words for name, words in DERIVED_OPTIONS.items() if name in derived}
    assert kept
    assert {name: derived[name] for name in kept} == kept
    assert set(kept) <= set(DERIVED)
