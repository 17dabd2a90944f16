"""What an editor is offered at a place of a half-written expression; ``|`` is the cursor."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import compile_expression
from engine.feel.compiler.core import BUILTINS
from engine.feel.static import CATALOGUE, complete
from engine.feel.static import lattice as t
from engine.feel.static.catalogue.words import OPERATORS, VALUES
from engine.feel.values.types import Type
from tests.each import each
from tests.sample import times
from tests.unit.feel.feel_printer import show, trees

ITEM = t.context_of({"price": t.NUMBER, "name": t.STRING})
ORDER = t.context_of({"customer name": t.STRING, "items": t.list_of(ITEM), "paid": t.DATE_TIME})
WORLD = {"order": ORDER, "order total": t.NUMBER, "订单金额": t.NUMBER, "t": Type("tItem")}
NAMED = {"tItem": ITEM}


def offers(text: str, **more):
    before, _, after = text.partition("|")
    return complete(before + after, len(before), WORLD, named=NAMED, **more)


def labels(text: str, *kinds: str, **more) -> list[str]:
    return [each.label for each in offers(text, **more) if not kinds or each.kind in kinds]


@each(
    ("text", "wanted"),
    [
        ("|", ["order", "order total", "t", "订单金额"]),
        ("ord|", ["order", "order total"]),
        ("order t|", ["order total"]),
        ("订|", ["订单金额"]),
        ("1 + |", ["order", "order total", "t", "订单金额"]),
        ("if |", ["order", "order total", "t", "订单金额"]),
        ("for x in |", ["order", "order total", "t", "订单金额"]),
        ("count(|", ["order", "order total", "t", "订单金额"]),
        ("[1, |", ["order", "order total", "t", "订单金额"]),
        ("(order total > 1) and (|", ["order", "order total", "t", "订单金额"]),
        ("order | total", ["order total"]),
        ("a b c (|", ["order", "order total", "t", "订单金额"]),
    ],
)
def test_variables_are_offered_where_a_value_may_stand(text: str, wanted: list[str]) -> None:
    assert labels(text, "variable") == wanted


@each(
    ("text", "wanted"),
    [
        ("order.|", ["customer name", "items", "paid"]),
        ("order.cu|", ["customer name"]),
        ("order.customer n|", ["customer name"]),
        ("order.na|", ["customer name"]),
        ("order.items.|", ["name", "price"]),
        ("order.items[1].|", ["name", "price"]),
        ("order.items[order total].|", ["name", "price"]),
        ("order.items[price > 1].|", ["name", "price"]),
        ("order.items[item.|", ["name", "price"]),
        ("t.|", ["name", "price"]),
        ("sort(order.items, function(a, b) a.|", ["name", "price"]),
        ("for i in order.items return i.|", ["name", "price"]),
        ("some i in order.items satisfies i.pr|", ["price"]),
        ("{a: {b: 1}, c: a.|", ["b"]),
        ("(function(x: tItem) x.|", ["name", "price"]),
        ("order.paid.time o|", ["time offset"]),
        ('@"P1D".|', ["days", "hours", "minutes", "seconds"]),
        ("[1..5].st|", ["start", "start included"]),
        ("order total.|", []),
        ("unknown.|", []),
        ("1 + order.|) and", ["customer name", "items", "paid"]),
    ],
)
def test_entries_and_components_are_offered_behind_a_dot(text: str, wanted: list[str]) -> None:
    assert labels(text, "entry") == wanted
    assert {each.kind for each in offers(text)} <= {"entry", "keyword"}


@each(
    ("text", "wanted"),
    [
        ("for item in order.items, n in |", ["item", "partial"]),
        ("for a in [1] return |", ["a", "partial"]),
        ("every a in [1] satisfies |", ["a"]),
        ("function(a: number, b) |", ["a", "b"]),
        ("{a: 1, b: |", ["a"]),
        ("{a: 1, b: {c: |", ["a"]),
        ("order.items[|", ["item", "name", "price"]),
        ("order total in (|", ["?"]),
    ],
)
def test_names_that_are_bound_around_the_cursor_are_offered(text: str, wanted: list[str]) -> None:
    assert labels(text, "local") == wanted


def test_the_input_of_a_cell_is_offered() -> None:
    assert [(each.label, each.type) for each in offers("|", tests_of=t.STRING) if each.kind == "local"] == [
        ("?", t.STRING)
    ]
    assert labels("> |", "variable", tests_of=t.NUMBER)
    assert labels("not(|", "local", tests_of=t.NUMBER) == ["?"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("string le|", ["string length"]),
        ("len|", ["string length"]),
        ("date and|", ["date and time"]),
        ("contains|", ["contains", "list contains"]),
        ("1 + last|", ["last day of month"]),
    ],
)
def test_functions_are_offered_by_the_beginning_of_any_word(text: str, wanted: list[str]) -> None:
    assert labels(text, "function") == wanted


def test_a_function_comes_with_its_call_its_use_and_an_example() -> None:
    [offer] = offers("1 + substring bef|")
    assert offer.insert == "substring before("
    assert (offer.start, offer.end) == (4, 17)
    assert offer.detail == "substring before(string: string, match: string): string"
    assert offer.type == t.STRING
    assert offer.zh.startswith("某段文字第一次出现之前的部分")
    assert offer.example == 'substring before("SO-2603", "-") → "SO"'
    assert set(labels("|", "function")) == set(BUILTINS) == set(CATALOGUE)


def test_a_variable_hides_the_function_of_its_name() -> None:
    assert [each.kind for each in complete("count", 5, {"count": t.NUMBER})] == ["variable"]


@each(
    ("text", "wanted"),
    [
        ("if order total > 1 |", ["and", "between", "in", "instance of", "or", "then"]),
        ("if order total > 1 th|", ["then"]),
        ("if true then 1 el|", ["else"]),
        ("for x in [1] |", ["and", "between", "in", "instance of", "or", "return"]),
        ("some x in [1] sa|", ["satisfies"]),
        ("order total |", ["and", "between", "in", "instance of", "or"]),
        ("1 + |", sorted(VALUES)),
        ("order.|", []),
        ("n|", ["null"]),
    ],
)
def test_the_keywords_that_fit_are_offered(text: str, wanted: list[str]) -> None:
    assert sorted(labels(text, "keyword")) == wanted


def test_types_are_offered_where_a_type_stands() -> None:
    assert labels("order total instance of da|") == ["date", "date and time", "days and time duration"]
    assert "tItem" in labels("function(a: t|")
    assert {each.kind for each in offers("1 instance of |")} == {"type"}


def test_names_of_parameters_are_offered_as_long_as_arguments_are_named() -> None:
    assert labels("date(ye|", "parameter") == ["year"]
    assert labels("date(year: 1, |", "parameter") == ["day", "month"]
    assert labels("substring(string: order.customer name, st|", "parameter") == ["start position"]
    assert labels("date(1, |", "parameter") == []


@each(
    "text",
    ['"ord|', '1 + "a\\" ord|', '@"2026|', "// ord|", "/* ord|", "12|", "1.|", "{ord|", "for ord|", "function(ord|"],
)
def test_nothing_is_offered_within_texts_comments_numbers_and_new_names(text: str) -> None:
    assert offers(text) == []


def test_what_stands_behind_the_cursor_does_not_matter() -> None:
    assert labels("order.|customer name > ((") == labels("order.|")


def test_every_example_of_a_keyword_is_an_expression() -> None:
    for _, _, example in (*VALUES.values(), *OPERATORS.values()):
        compile_expression(example)


@pytest.mark.parametrize(
    "text", ["(" * 4096, "[" * 3000, "x[" * 1500, "if " * 1300, "a." * 2000, "-" * 4096, "f(" * 60]
)
def test_long_nonsense_is_answered_in_time(text: str) -> None:
    before = time.process_time()
    complete(text, len(text), WORLD)
    assert time.process_time() - before < 30


PIECES = [
    "(", ")", "[", "]", "{", "}", ":", ",", ".", "..", "+", "-", "<", "=", "?", "and~", "or~", "if~", "then~", "else~",
    "for~", "in~", "return~", "some~", "satisfies~", "function(", "order", "order~total", ".items", "not(", "date(",
    "year", "between~", "instance~of~", "list<", "context<", '"', '@"', "1", "~", "//", "/*", "，", "\\",
]  # fmt: skip
pieces = st.lists(
    st.one_of(st.sampled_from([piece.replace("~", " ") for piece in PIECES]), st.text(max_size=3)), max_size=14
).map("".join)


@settings(max_examples=times(400, 100), deadline=None)
@given(pieces, st.integers(-2, 60), st.sampled_from([None, t.NUMBER, ORDER]))
def test_any_text_is_answered(text: str, position: int, input_type: Type | None) -> None:
    for offer in complete(text, position, WORLD, tests_of=input_type, named=NAMED):
        assert 0 <= offer.start <= offer.end <= len(text)
        assert offer.label
        assert offer.zh
        assert offer.en


@settings(max_examples=times(150, 37), deadline=None)
@given(trees, st.integers(0, 400))
def test_any_beginning_of_an_expression_is_answered(tree, position: int) -> None:
    complete(show(tree), position, WORLD)
