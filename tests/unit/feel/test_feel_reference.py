"""docs/feel.md says what is so: its examples are evaluated, its list of functions is the catalogue's."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path

from engine.feel import evaluate
from tests.each import each

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "feel.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"`((?:[^`\\]|\\.)+)` (?:\| )?→ `([^`]+)`")
EXAMPLES = [(source.replace("\\|", "|"), result.replace("\\|", "|")) for source, result in EXAMPLE.findall(REFERENCE)]


@each(("source", "result"), EXAMPLES)
def test_an_example_gives_what_the_page_says(source, result):
    assert evaluate(source, {}, NOW) == evaluate(result, {}, NOW)


def test_there_are_examples_of_operators_and_of_functions():
    assert len(EXAMPLES) > 100


def test_the_list_of_functions_is_up_to_date():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "write_feel_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.written(REFERENCE) == REFERENCE
