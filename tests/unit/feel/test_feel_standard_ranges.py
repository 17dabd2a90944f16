"""FEEL against the standard's own text: relations of ranges and points (DMN 1.5 §10.3.4.9, all of Table 78)."""

from __future__ import annotations

import pytest

from engine.feel import evaluate
from tests.each import each

#: Calls of each function that are true, and calls that are false.
EXAMPLES = {
    "before": (
        ["1, 10", "1, (1..10]", "1, [5..10]", "[1..10), 10", "[1..10], 15", "[1..10], [15..20]", "[1..10), [10..20]",
         "[1..10], (10..20]"],
        ["10, 1", "1, [1..10]", "[1..10], 10", "[1..10], [10..20]"],
    ),
    "after": (
        ["10, 5", "12, [1..10]", "10, [1..10)", "[11..20], 10", "(11..20], 11", "[11..20], [1..10]",
         "[11..20], [1..11)", "(11..20], [1..11]"],
        ["5, 10", "10, [1..10]", "[11..20], 12", "[11..20], 11", "[1..10], [11..20]"],
    ),
    "meets": (["[1..5], [5..10]"], ["[1..5), [5..10]", "[1..5], (5..10]", "[1..5], [6..10]"]),
    "met by": (["[5..10], [1..5]"], ["[5..10], [1..5)", "(5..10], [1..5]", "[6..10], [1..5]"]),
    "overlaps": (
        ["[1..5], [3..8]", "[3..8], [1..5]", "[1..8], [3..5]", "[3..5], [1..8]", "[1..5], [5..8]", "[5..8], [1..5]"],
        ["[1..5], [6..8]", "[6..8], [1..5]", "[1..5], (5..8]", "[1..5), [5..8]", "[1..5), (5..8]", "(5..8], [1..5]",
         "[5..8], [1..5)", "(5..8], [1..5)"],
    ),
    "overlaps before": (
        ["[1..5], [3..8]", "[1..5], [5..8]", "[1..5), (1..5]", "[1..5], (1..5]"],
        ["[1..5], [6..8]", "[1..5], (5..8]", "[1..5), [5..8]", "[1..5), [1..5]", "[1..5], [1..5]"],
    ),
    "overlaps after": (
        ["[3..8], [1..5]", "[5..8], [1..5]", "(1..5], [1..5)", "(1..5], [1..5]"],
        ["[6..8], [1..5]", "(5..8], [1..5]", "[5..8], [1..5)", "[1..5], [1..5)", "[1..5], [1..5]"],
    ),
    "finishes": (
        ["10, [1..10]", "[5..10], [1..10]", "[5..10), [1..10)", "[1..10], [1..10]", "(1..10], [1..10]"],
        ["10, [1..10)", "[5..10), [1..10]"],
    ),
    "finished by": (
        ["[1..10], 10", "[1..10], [5..10]", "[1..10), [5..10)", "[1..10], [1..10]", "[1..10], (1..10]"],
        ["[1..10), 10", "[1..10], [5..10)"],
    ),
    "includes": (
        ["[1..10], 5", "[1..10], 1", "[1..10], 10", "[1..10], [4..6]", "[1..10], [1..5]", "(1..10], (1..5]",
         "[1..10], (1..10)", "[1..10), [5..10)",
         "[1..10], [1..10)", "[1..10], (1..10]", "[1..10], [1..10]"],
        ["[1..10], 12", "(1..10], 1", "[1..10), 10"],
    ),
    "during": (
        ["5, [1..10]", "1, [1..10]", "10, [1..10]", "[4..6], [1..10]", "[1..5], [1..10]", "(1..5], (1..10]",
         "(1..10), [1..10]", "[5..10), [1..10)",
         "[1..10), [1..10]", "(1..10], [1..10]", "[1..10], [1..10]"],
        ["12, [1..10]", "1, (1..10]", "10, [1..10)"],
    ),
    "starts": (
        ["1, [1..10]", "[1..5], [1..10]", "(1..5], (1..10]", "[1..10], [1..10]", "[1..10), [1..10]",
         "(1..10), (1..10)"],
        ["1, (1..10]", "2, [1..10]", "(1..5], [1..10]", "[1..5], (1..10]"],
    ),
    "started by": (
        ["[1..10], 1", "[1..10], [1..5]", "(1..10], (1..5]", "[1..10], [1..10]", "[1..10], [1..10)",
         "(1..10), (1..10)"],
        ["(1..10], 1", "[1..10], 2", "[1..10], (1..5]", "(1..10], [1..5]"],
    ),
    "coincides": (["5, 5", "[1..5], [1..5]"], ["3, 4", "(1..5), [1..5]", "[1..5], [2..6]"]),
}  # fmt: skip
#: Functions that a point may not come first in, second in.
NO_POINT = {
    "meets": (1, 2), "met by": (1, 2), "overlaps": (1, 2), "overlaps before": (1, 2), "overlaps after": (1, 2),
    "finishes": (2,), "starts": (2,),
    "during": (2,), "finished by": (1,), "started by": (1,), "includes": (1,),
}  # fmt: skip
ROWS = [
    (f"{name}({row})", verdict)
    for name, rows in EXAMPLES.items()
    for verdict in (True, False)
    for row in rows[not verdict]
]


@each(("source", "verdict"), ROWS)
def test_every_example_holds(source, verdict):
    assert evaluate(source, {}) is verdict


def named(call: str, range_first: bool) -> str:
    """``before(1, [2..3])`` with its arguments by name, as the signature that fits calls them."""
    name, _, rest = call.partition("(")
    one, other = rest.removesuffix(")").split(", ")
    words = ["point" if each.isdigit() else "range" for each in (one, other)]
    if words[0] == words[1]:
        words = [f"{words[0]}1", f"{words[1]}2"]
    pairs = [f"{words[0]}: {one}", f"{words[1]}: {other}"]
    return f"{name}({', '.join(pairs[::-1] if range_first else pairs)})"


@each(("source", "verdict"), ROWS)
def test_every_example_holds_by_name_too(source, verdict):
    assert evaluate(named(source, range_first=False), {}) is verdict


@each(("source", "verdict"), [row for row in ROWS if row[0].split("(")[0] not in ("before", "after")])
def test_names_need_no_order_where_only_one_signature_fits(source, verdict):
    """``before(point: 1, range: [2..3])`` is one of two signatures, of which the order as written tells."""
    assert evaluate(named(source, range_first=True), {}) is verdict


@each(("name", "places"), NO_POINT.items())
def test_a_point_where_no_signature_has_one_gives_null(name, places):
    for place in places:
        arguments = ["[1..3]", "[1..3]"]
        arguments[place - 1] = "2"
        assert evaluate(f"{name}({', '.join(arguments)})", {}) is None


@each("name", sorted(EXAMPLES))
def test_null_and_values_that_cannot_be_compared_give_null(name):
    for arguments in (
        "null, [1..2]",
        "[1..2], null",
        "null, null",
        '["a".."b"], [1..2]',
        '[1..2], [@"2012-12-25"..@"2012-12-26"]',
        "[1..2]",
        "[1..2], [1..2], [1..2]",
    ):
        assert evaluate(f"{name}({arguments})", {}) is None


@pytest.mark.parametrize("source", [
    'before(@"2012-12-25", @"2012-12-26")', 'during(@"PT1H", [@"PT0S"..@"P1D"])', 'includes(["a".."c"], "b")',
    'after(@"10:00:00Z", @"09:00:00Z")',
    'meets([@"P1Y"..@"P2Y"], [@"P2Y"..@"P3Y"])', 'coincides(@"2012-12-25T00:00:00Z", @"2012-12-25T01:00:00+01:00")',
])  # fmt: skip
def test_ranges_are_of_all_types_that_have_an_order(source):  # §10.3.2.7
    assert evaluate(source, {}) is True
