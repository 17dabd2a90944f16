"""Inputs that fuzzing found or starts from are replayed: every promise that once broke holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import each
from tests.fuzz.choices import Choices, expression, frozen, value
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file())


@each("name", FILES)
def test_an_input_of_the_corpus_breaks_no_promise(name):
    TARGETS[name.split("/", maxsplit=1)[0]]((CORPUS / name).read_bytes())


def test_every_target_has_a_corpus_of_small_inputs():
    assert {name.split("/", maxsplit=1)[0] for name in FILES} == set(TARGETS)
    assert all((CORPUS / name).stat().st_size <= 8000 for name in FILES)


def test_the_same_bytes_are_the_same_expression_over_the_same_variables():
    data = bytes(range(256))
    drawn = [(frozen(value(choices)), expression(choices)) for choices in (Choices(data), Choices(data))]
    assert drawn[0] == drawn[1]
    assert expression(Choices(data)) != expression(Choices(data[::-1]))


def test_a_broken_promise_is_noticed(monkeypatch):
    def crash(source, names=frozenset()):
        raise IndexError(source)

    monkeypatch.setattr("tests.fuzz.targets.compile_unary_tests", crash)
    with pytest.raises(IndexError):
        TARGETS["source"](b"1")
    counter = iter(range(9))
    monkeypatch.setattr("tests.fuzz.targets.compile_expression", lambda source: lambda lookup, now: next(counter))
    with pytest.raises(AssertionError, match="gave 0, then 1"):
        TARGETS["tree"](b"1")


def test_a_changed_variable_is_noticed(monkeypatch):
    def change(lookup, now):
        lookup("a").append(1)

    data = bytes([1, 9, 0])  # one variable: an empty list
    monkeypatch.setattr("tests.fuzz.targets.compile_expression", lambda source: change)
    with pytest.raises(AssertionError, match="changed a variable"):
        TARGETS["tree"](data)
