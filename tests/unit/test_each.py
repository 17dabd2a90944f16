"""A test that tries many cases tries all of them, and names those that do not hold."""

from __future__ import annotations

import inspect

import pytest

from tests.each import each


def test_all_cases_are_tried_whatever_the_first_gave() -> None:
    tried = []

    @each(("number", "square"), [(1, 1), (2, 5), (3, 9), pytest.param(4, 17, id="four")])
    def squares(number: int, square: int) -> None:
        tried.append(number)
        assert number**2 == square

    with pytest.raises(ExceptionGroup, match=r"2 of 4: 2-5, 4-17") as faults:
        squares()
    assert tried == [1, 2, 3, 4]
    assert [error.__notes__ for error in faults.value.exceptions] == [["the case: 2-5"], ["the case: 4-17"]]


def test_one_that_does_not_hold_is_told_as_it_is() -> None:
    @each("text", ["a", "b"], ids=["first", "second"])
    def only_a(text: str) -> None:
        assert text == "a"

    with pytest.raises(AssertionError) as fault:
        only_a()
    assert fault.value.__notes__ == ["the case: second"]


def test_what_is_no_case_is_asked_of_fixtures() -> None:
    heard = []

    @each("one", [1, 2], ids=str)
    @each("other", "xy")
    def pairs(one: int, other: str, fixture: str) -> None:
        heard.append((one, other, fixture))

    assert list(inspect.signature(pairs).parameters) == ["fixture"]
    pairs(fixture="f")
    assert heard == [(1, "x", "f"), (1, "y", "f"), (2, "x", "f"), (2, "y", "f")]


def test_no_case_at_all_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no case of text"):
        each("text", [])
