"""What a decision tells of itself: every table that was asked, and for an error the decision, the rule and the cell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import canonical
from engine.dmn import load
from engine.dmn.tracing import MAX_TRACED, TOO_LARGE, told
from engine.errors import DecisionError, FeelLimitExceeded
from tests.unit.dmn.dmn_writing import decision, literal, model, needs, table

D = Decimal
LEVEL = decision(table(["amount"], ["level"], [("> 100", '"high"'), ("-", '"low"')], "FIRST"), "level")
RATE = (
    '<businessKnowledgeModel id="rate" name="rate"><variable name="rate"/><encapsulatedLogic>'
    '<formalParameter name="days"/>' + table(["days"], ["r"], [("<= 7", "1"), ("> 7", "0.5")]) + "</encapsulatedLogic>"
    "</businessKnowledgeModel>"
)


def ask(*parts: str, name: str = "d", **values):
    return load(model(*parts)).decisions[name].evaluate(values.get)


def test_a_result_tells_every_table_on_the_way_in_the_order_of_their_answers():
    payout = table(["level", "rate(days)"], ["y"], [('"low"', "1", "10"), ('"high"', "-", "100")])
    top = decision(payout, "d", needs("requiredDecision:level", "requiredKnowledge:rate"))
    result = ask(LEVEL, RATE, top, amount=D(300), days=D(9))
    assert [(trace.element, trace.rules, trace.inputs, trace.output) for trace in result.tables] == [
        ("level", (1,), {"amount": D(300)}, "high"),
        ("rate", (2,), {"days": D(9)}, D("0.5")),
        ("d", (2,), {"level": "high", "rate(days)": D("0.5")}, D(100)),
    ]
    assert (result.rules, result.inputs) == ((2,), {"level": "high", "rate(days)": D("0.5")})


def test_a_required_decision_is_told_once_though_it_is_read_twice():
    top = decision(literal("level + level"), "d", needs("requiredDecision:level"))
    assert [trace.element for trace in ask(LEVEL, top, amount=D(1)).tables] == ["level"]


def test_a_table_in_a_box_is_told_under_its_decision():
    box = f'<context><contextEntry><variable name="a"/>{table(["n"], ["y"], [("1", "2")])}</contextEntry></context>'
    (trace,) = ask(decision(box), n=D(1)).tables
    assert (trace.element, trace.rules, trace.output) == ("d", (1,), D(2))


def test_a_table_in_a_loop_is_told_a_hundred_times_at_most():
    top = decision(literal("count(for i in 1..150 return rate(i))"), "d", needs("requiredKnowledge:rate"))
    result = ask(RATE, top)
    assert result.output == 150
    assert len(result.tables) == MAX_TRACED


def test_the_history_keeps_the_other_tables_beside_the_decisions_own():
    top = decision(table(["level"], ["y"], [('"high"', "1")]), "d", needs("requiredDecision:level"))
    facts = told("d", ask(LEVEL, top, amount=D(300)))
    assert facts == {
        "decision": "d", "inputs": {"level": "high"}, "rules": [1], "output": 1,
        "tables": [{"element": "level", "table": "t", "inputs": {"amount": 300}, "rules": [1], "output": "high"}],
    }  # fmt: skip
    assert "tables" not in told("level", ask(LEVEL, name="level", amount=D(1)))


def test_ranges_and_functions_that_a_table_saw_are_kept_as_text():
    rows = [("count(?) > 0", "1")]
    facts = told("d", ask(decision(table(["xs = [[1..5], function(a) a]"], ["y"], rows))))
    assert facts["inputs"] == {"xs": ["[1..5]", "function"]}
    assert canonical.decode(canonical.encode(facts)) == facts


def test_what_is_too_large_for_a_history_is_said_to_be():
    doubling = "{v0: 1, " + ", ".join(f"v{i}: [v{i - 1}, v{i - 1}]" for i in range(1, 40)) + "}.v39"
    result = ask(decision(table([f"x = {doubling}"], ["y"], [("-", "1")])))
    assert list(told("d", result)["inputs"].values()) == [TOO_LARGE]


def failure(*parts: str, name: str = "d", **values) -> DecisionError | FeelLimitExceeded:
    with pytest.raises((DecisionError, FeelLimitExceeded)) as caught:
        ask(*parts, name=name, **values)
    return caught.value


def place(error: DecisionError):
    return error.decision, error.table, error.rule, error.column


def test_two_hits_name_decision_table_and_rule():
    error = failure(decision(table(["x"], ["y"], [("> 1", "1"), ("> 2", "2")])), x=D(3))
    assert place(error) == ("d", "t", 2, None)
    assert error.message_zh == "决策 d 的决策表 t第 2 行:命中策略是 UNIQUE,只能命中一行,但第 1、2 行同时命中。"


def test_a_wrong_input_names_its_column():
    error = failure(decision(table(["金额: number"], ["y"], [("> 1", "1")])), 金额="3")
    assert place(error) == ("d", "t", None, "金额")
    assert error.message_zh == "决策 d 的决策表 t「金额」输入列:输入值不是 number 类型。"


def test_a_wrong_output_names_its_cell():
    error = failure(decision(table(["x"], ["赔付: number"], [("1", "1"), ("2", '"a"')])), x=D(2))
    assert place(error) == ("d", "t", 2, "赔付")
    assert "第 2 行「赔付」输出列" in error.message_zh
    assert "rule 2, output '赔付': the value is no number" in str(error)


def test_a_cell_that_does_not_parse_is_named_with_what_should_stand_there():
    error = failure(decision(table(["x"], ["y"], [("1", "1"), ("> ", "2")])), x=D(1))
    assert place(error) == ("d", "t", 2, "x")
    assert error.syntax is not None
    assert error.syntax.position == 1
    assert error.message_zh == (
        "决策 d 的决策表 t第 2 行「x」输入列:表达式 > 第 2 个字符处此处应为一个值,但表达式到此结束。"
    )


def test_a_bomb_names_its_cell():
    bomb = "count(for i in 1..10 ** 9 return i)"
    error = failure(decision(table(["x"], ["y"], [("1", "1"), ("-", bomb)])), x=D(2))
    assert isinstance(error, FeelLimitExceeded)
    assert "rule 2, output 'y'" in str(error)
    assert "第 2 行「y」输出列" in error.message_zh
    error = failure(decision(table(["x"], ["y"], [("1", "1"), (f"? > {bomb}", "1")])), x=D(2))
    assert "rule 2, input 'x'" in str(error)


@pytest.mark.parametrize(("logic", "words"), [
    ('<context><contextEntry><variable name="a b"/>' + literal("1 +") + "</contextEntry></context>", "entry 'a b'"),
    ("<list>" + literal("1") + literal("1 +") + "</list>", "item 2"),
    (f"<conditional><if>{literal('a')}</if><then>{literal('(')}</then><else>{literal('1')}</else></conditional>",
     "part 'then'"),
    ("<invocation>" + literal("f") + '<binding><parameter name="p"/>' + literal("1 +") + "</binding></invocation>",
     "argument 'p'"),
    ('<relation><column name="a"/><row>' + literal("1") + "</row><row>" + literal(")") + "</row></relation>", "row 2"),
])  # fmt: skip
def test_a_text_in_a_box_is_named_by_its_part(logic, words):
    assert words in str(failure(decision(logic)))


def test_knowledge_that_does_not_parse_is_named_by_whoever_asks():
    broken = (
        '<businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic>'
        + literal("1 +")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    error = failure(broken, decision(literal("k()"), "d", needs("requiredKnowledge:k")))
    assert "knowledge model k" in str(error)
    assert error.decision == "k"


def test_by_the_letter_of_the_standard_what_does_not_parse_is_null():
    assert load(model(decision(literal("1 +")))).evaluate("d", {}) is None
    assert load(model(decision(table(["x"], ["y"], [("> ", "1")])))).evaluate("d", {"x": D(1)}) is None


def test_a_model_asked_without_a_time_is_asked_at_the_beginning_of_1970():
    loaded = load(model(decision(literal("now() instance of date and time and today() instance of date"))))
    assert loaded.evaluate("d", {}) is True
    assert load(model(decision(literal("string(today())")))).evaluate("d", {}) == "1970-01-01"


def test_an_output_that_is_not_allowed_stops_a_process_but_not_the_letter():
    logic = table(["x"], ['level: string | "gold","silver"'], [("-", "x")])
    assert ask(decision(logic), x="gold").output == "gold"
    error = failure(decision(logic), x="iron")
    assert place(error) == ("d", "t", 1, "level")
    assert '输出值不在允许的取值 "gold","silver" 之内' in error.message_zh
    assert load(model(decision(logic))).evaluate("d", {"x": "iron"}) == "iron"


def test_a_default_may_be_outside_the_allowed_values():
    logic = table(["x"], ['level: string | not("iron") | "iron"'], [("1", '"gold"')])
    assert ask(decision(logic), x=D(1)).output == "gold"
    assert ask(decision(logic), x=D(2)).output == "iron"
