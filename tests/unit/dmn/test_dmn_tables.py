"""Decision tables: every hit policy, defaults, several outputs, types."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.dmn import load
from engine.errors import DecisionError, FeelLimitExceeded
from tests.unit.dmn.dmn_writing import decision, model, table

D = Decimal
STATUS = table(
    ["hours: number", "stuck: boolean"],
    ["status: string"],
    [
        ("<= 24", "false", '"normal"'),
        ("]24..48]", "false", '"watch"'),
        ("]48..72]", "false", '"stalled"'),
        ("<= 72", "true", '"stalled"'),
        ("> 72", "-", '"lost"'),
    ],
)
GRADES = [("> 0", '"low"'), ("> 10", '"high"'), ("> 5", '"mid"')]
PRIORITIES = ['g: string | "high","mid","low"']


def run(logic: str, **values):
    return load(model(decision(logic))).decisions["d"].evaluate(values.get)


@pytest.mark.parametrize(("hours", "stuck", "status", "row"), [
    (D(24), False, "normal", 1), (D("24.01"), False, "watch", 2), (D(48), False, "watch", 2),
    (D(72), False, "stalled", 3), (D(3), True, "stalled", 4), (D("72.01"), True, "lost", 5),
])  # fmt: skip
def test_a_unique_table_gives_its_one_row_and_says_which(hours, stuck, status, row):
    result = run(STATUS, hours=hours, stuck=stuck)
    assert (result.output, result.rules, result.inputs) == (status, (row,), {"hours": hours, "stuck": stuck})


def test_a_unique_table_that_nothing_hits_is_null():
    assert run(STATUS, hours=None, stuck=None).output is None
    assert run(STATUS, hours=None, stuck=None).rules == ()


def test_two_hits_of_a_unique_table_are_an_error_that_names_the_rows():
    with pytest.raises(DecisionError, match="rules 1, 2") as caught:
        run(table(["x"], ["y"], [("> 1", "1"), ("> 2", "1")]), x=D(3))
    assert "第 1、2 行" in caught.value.message_zh


def test_any_allows_rows_that_agree_only():
    rows = [("> 1", "1"), ("> 2", "1.0"), ("> 3", "2")]
    assert run(table(["x"], ["y"], rows, "ANY"), x=D(3)).output == 1
    assert run(table(["x"], ["y"], rows, "ANY"), x=D(3)).rules == (1, 2)
    with pytest.raises(DecisionError, match="different outputs"):
        run(table(["x"], ["y"], rows, "ANY"), x=D(4))


@pytest.mark.parametrize(("policy", "output", "rules"), [
    ("FIRST", "low", (1,)), ("PRIORITY", "high", (1, 2, 3)), ("RULE ORDER", ["low", "high", "mid"], (1, 2, 3)),
    ("OUTPUT ORDER", ["high", "mid", "low"], (1, 2, 3)), ("COLLECT", ["low", "high", "mid"], (1, 2, 3)),
])  # fmt: skip
def test_policies_of_several_hits(policy, output, rules):
    result = run(table(["x"], PRIORITIES, GRADES, policy), x=D(11))
    assert (result.output, result.rules) == (output, rules)


@pytest.mark.parametrize(("aggregation", "some", "none"), [
    ("SUM", D(6), None), ("MIN", D(1), None), ("MAX", D(3), None), ("COUNT", D(3), D(0)),
])  # fmt: skip
def test_collect_aggregates(aggregation, some, none):
    logic = table(["x"], ["y"], [("> 0", "2"), ("> 0", "1"), ("> 0", "3")], "COLLECT", f' aggregation="{aggregation}"')
    assert run(logic, x=D(1)).output == some
    assert run(logic, x=D(0)).output == none


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_a_list_of_no_hits_is_empty(policy):
    assert run(table(["x"], PRIORITIES, GRADES, policy), x=D(0)).output == []


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "PRIORITY"])
def test_the_default_stands_where_no_row_hits(policy):
    logic = table(["x"], ['y: string | "b","a" | "none"'], [("> 1", '"a"')], policy)
    assert run(logic, x=D(0)).output == "none"
    assert run(logic, x=D(2)).output == "a"


def test_several_outputs_make_a_context():
    logic = table(["x"], ["rate: number", "note: string"], [("> 1", "x / 2", '"ok"')])
    assert run(logic, x=D(3)).output == {"rate": D("1.5"), "note": "ok"}


def test_priority_of_several_outputs_goes_column_by_column():
    outputs = ['a | "hi","lo"', "b | 1,2"]
    rows = [("-", '"lo"', "1"), ("-", '"hi"', "2"), ("-", '"hi"', "1")]
    assert run(table(["x"], outputs, rows, "PRIORITY"), x=D(0)).output == {"a": "hi", "b": D(1)}


def test_an_input_of_the_wrong_type_is_an_error_and_never_a_silent_no():
    with pytest.raises(DecisionError, match="'hours': the value is no number"):
        run(STATUS, hours="25", stuck=False)


def test_an_output_of_the_wrong_type_is_an_error():
    with pytest.raises(DecisionError, match="rule 1, output 'y'"):
        run(table(["x"], ["y: number"], [("-", '"a"')]), x=D(1))
    logic = table(["x"], ["y"], [("-", '"a"')])
    with pytest.raises(DecisionError, match="is no number"):
        load(model(decision(logic, kind="number"))).decisions["d"].evaluate({}.get)


def test_a_value_outside_the_allowed_ones_is_an_error():
    logic = table(['k: string | "a","b"'], ["y"], [("-", "1")])
    assert run(logic, k="a").output == 1
    with pytest.raises(DecisionError, match="allowed"):
        run(logic, k="c")


def test_cells_may_read_other_variables_and_the_injected_time():
    logic = table(["due = due"], ["late"], [("< now()", "true"), (">= now()", "grace > 0")])
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    chosen = load(model(decision(logic))).decisions["d"]
    assert chosen.evaluate({"due": datetime(2026, 1, 1, tzinfo=UTC)}.get, noon).output is True
    assert chosen.names == {"due", "grace"}


def test_a_decision_tells_its_table():
    chosen = load(model(decision(STATUS))).decisions["d"]
    assert chosen.hit_policy == "UNIQUE"
    assert [(clause.label, clause.expression, clause.type) for clause in chosen.inputs] == [
        ("hours", "hours", "number"),
        ("stuck", "stuck", "boolean"),
    ]
    assert [(clause.name, clause.type) for clause in chosen.outputs] == [("status", "string")]
    assert chosen.rules[1].cells == ("]24..48]", "false", '"watch"')
    assert chosen.rules[1].id == "row_2"


@pytest.mark.parametrize("logic", [
    table(["x"], ["y"], [("> ", "1")]), table(["x"], ["y"], [("-", "1 +")]), table(["x = 1 +"], ["y"], [("-", "1")]),
    table(["x"], ["y"], [("-", "1")], "SOMETIMES"), table(["x"], ["y"], [("-", "1", "2")]),
    '<literalExpression><text>1 +</text></literalExpression>',
])  # fmt: skip
def test_a_broken_decision_is_loaded_but_refuses_to_be_evaluated(logic):
    chosen = load(model(decision(logic))).decisions["d"]
    with pytest.raises(DecisionError, match="d cannot be evaluated"):
        chosen.evaluate({}.get)


def test_a_bomb_in_a_cell_is_stopped():
    with pytest.raises(FeelLimitExceeded):
        run(table(["x"], ["y"], [("-", "count(for i in 1..10 ** 9 return i)")]), x=D(1))


def test_the_budget_is_one_for_the_whole_table():
    rows = [("-", "count(for i in 1..30000 return i)")] * 4
    assert run(table(["x"], ["y"], rows[:1], "COLLECT")).output == [30000]
    with pytest.raises(FeelLimitExceeded):
        run(table(["x"], ["y"], rows, "COLLECT"))


def test_comparing_the_results_of_any_is_on_the_budget():
    rows = [("-", "large")] * 60
    with pytest.raises(FeelLimitExceeded, match="steps"):
        run(table(["x"], ["y"], rows, "ANY"), x=D(1), large=[[D(1)]] * 3000)


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_looking_up_the_priorities_of_hits_is_on_the_budget(policy):
    words = [f"w{number}" for number in range(580)]
    listed = ",".join(f'"{word}"' for word in words)
    rows = [("-", f'"{words[number % 580]}"') for number in range(3000)]
    logic = table(["x"], [f"y | {listed}"], rows, policy)
    with pytest.raises(FeelLimitExceeded, match="steps"):
        run(logic, x=D(1))
