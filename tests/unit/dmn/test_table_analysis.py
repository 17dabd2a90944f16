"""What the analysis of tables says, by example; brute force stands in test_table_analysis_laws."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.dmn import check, load
from engine.dmn.analysis import Domain, Report, describe, examine
from engine.dmn.table import TableSource
from tests.each import each
from tests.unit.dmn.dmn_writing import decision, model, table

DECISIONS = Path("processes/decisions")


def source(inputs, rows, policy="UNIQUE", outputs=("y",)) -> TableSource:
    found = load(model(decision(table(inputs, outputs, rows, policy)))).decisions["d"].table
    assert found is not None
    return found


def of(inputs, rows, policy="UNIQUE", outputs=("y",), **options) -> Report:
    return examine(source(inputs, rows, policy, outputs), **options)


def gaps(report: Report) -> list[tuple[str, str]]:
    return [(gap.text, gap.example.text) for gap in report.gaps]


def never(report: Report) -> list[tuple[int, tuple[int, ...]]]:
    return [(each.rule, each.covered_by) for each in report.unreachable]


# Gaps


def test_gaps_are_regions_and_not_points():
    rows = [("<= 100", "-", "1"), ("> 100", '"质量", "物流"', "2")]
    assert gaps(of(["金额: number", "原因: string"], rows)) == [
        ('金额 > 100, 原因 not in ("物流", "质量")', '金额 = 101, 原因 = "其他"')
    ]


def test_neighbouring_classes_are_one_interval():
    rows = [("< 10", "1"), ("20", "2"), ("> 48", "3")]
    assert gaps(of(["n: number"], rows)) == [("n in ([10..20[, ]20..48])", "n = 15")]


@each(("kind", "low", "high", "text", "example"), [
    ("number", "24", "48", "n in ]24..48[", "n = 30"),
    ("number", "0.1", "0.2", "n in ]0.1..0.2[", "n = 0.15"),
    ("number", "-48", "-24", "n in ]-48..-24[", "n = -30"),
    ("number", "-8", "5", "n in ]-8..5[", "n = 0"),
    ("number", "1", "1.000000000000000000000000000000002", "n in ]1..1.000000000000000000000000000000002[",
     "n = 1.000000000000000000000000000000001"),
    ("date", '@"2026-01-01"', '@"2026-01-31"', 'n in ]@"2026-01-01"..@"2026-01-31"[', 'n = @"2026-01-16"'),
    ("time", '@"09:10:00"', '@"12:00:00"', 'n in ]@"09:10:00"..@"12:00:00"[', 'n = @"10:00:00"'),
    ("time", '@"09:10:00+08:00"', '@"12:00:00+08:00"', 'n in ]@"09:10:00+08:00"..@"12:00:00+08:00"[',
     'n = @"10:00:00+08:00"'),
    ("date and time", '@"2026-01-01T09:00:00"', '@"2026-01-05T09:00:00"',
     'n in ]@"2026-01-01T09:00:00"..@"2026-01-05T09:00:00"[', 'n = @"2026-01-02T00:00:00"'),
    ("date and time", '@"2026-01-01T09:00:00@Asia/Shanghai"', '@"2026-01-05T09:00:00@Asia/Shanghai"',
     'n in ]@"2026-01-01T09:00:00@Asia/Shanghai"..@"2026-01-05T09:00:00@Asia/Shanghai"[',
     'n = @"2026-01-02T00:00:00@Asia/Shanghai"'),
    ("days and time duration", 'duration("PT24H")', 'duration("P5D")', 'n in ]@"P1D"..@"P5D"[', 'n = @"P2D"'),
    ("years and months duration", '@"P3M"', '@"P30M"', 'n in ]@"P3M"..@"P2Y6M"[', 'n = @"P1Y"'),
])  # fmt: skip
def test_examples_between_two_constants_look_natural(kind, low, high, text, example):
    assert gaps(of([f"n: {kind}"], [(f"<= {low}", "1"), (f">= {high}", "2")])) == [(text, example)]


@pytest.mark.parametrize(("kind", "low", "high"), [
    ("date", '@"2026-01-01"', '@"2026-01-02"'),
    ("years and months duration", '@"P1Y"', '@"P13M"'),
    ("time", '@"10:00:00"', '@"10:00:00.000000001"'),
    ("number", "1", "1.000000000000000000000000000000001"),
    ("string", '"a"', '"a\\u0000"'),
])  # fmt: skip
def test_nothing_lies_between_values_that_follow_each_other(kind, low, high):
    assert of([f"n: {kind}"], [(f"<= {low}", "1"), (f">= {high}", "2")]).gaps == ()


def test_dates_and_times_are_dense_where_dates_are_not():
    rows = [('<= @"2026-01-01T00:00:00"', "1"), ('>= @"2026-01-02T00:00:00"', "2")]
    assert gaps(of(["t: date and time"], rows))[0][1] == 't = @"2026-01-01T01:00:00"'


def test_no_more_gaps_are_described_than_asked_for_and_the_report_says_so():
    rows = [("1", "1", "1"), ("2", "2", "1"), ("3", "3", "1")]
    report = of(["a: number", "b: number"], rows, max_gaps=2)
    assert (len(report.gaps), report.more_gaps) == (2, True)
    everything = of(["a: number", "b: number"], rows, max_gaps=50)
    assert not everything.more_gaps
    assert gaps(everything)[0] == ("b not in (1, 2, 3)", "b = 1.5")


def test_a_table_that_nothing_hits_has_one_gap_without_cells():
    report = of(["n: number"], [("[5..3]", "1")])
    assert [(gap.cells, gap.text) for gap in report.gaps] == [((), "")]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_policies_of_many_hits_have_gaps_on_request_only(policy):
    outputs = ['y | "a"']
    assert of(["n: number"], [("< 5", '"a"')], policy, outputs).gaps == ()
    assert gaps(of(["n: number"], [("< 5", '"a"')], policy, outputs, gaps=True)) == [("n >= 5", "n = 5")]


def test_a_default_fills_every_gap():
    assert of(["n: number"], [("< 5", "1")], outputs=["y |  | 0"]).gaps == ()


@pytest.mark.parametrize("rows", [[('"a"', "1"), ('"b"', "2")], [("null", "0"), ('"a"', "1"), ('not("a", null)', "2")]])
def test_the_allowed_values_of_a_column_are_all_that_it_may_be(rows):
    assert of(['k: string | "a","b"'], rows).gaps == ()


def test_null_is_an_input_where_a_cell_names_it():
    assert of(["n: number"], [("< 5", "1"), (">= 5", "2")]).gaps == ()
    assert gaps(of(["n: number"], [("< 5", "1"), ("? != null and ? >= 5", "2")])) == [("n = null", "n = null")]


def test_a_cell_for_a_gap_at_true_leaves_null_out():
    report = of(["b: boolean"], [("false", "1"), ("null", "2")])
    assert [(gap.cells, gap.text) for gap in report.gaps] == [(((1, "? = true"),), "b = true")]
    report = of(["b: boolean"], [("? = true", "1"), ("? = 1", "null")])
    assert [gap.text for gap in report.gaps] == ["b = false"]
    report = of(["b: boolean"], [("? = true", "1"), ("? = null and false", "1")])
    assert [gap.text for gap in report.gaps] == ["b in (false, null)"]


def test_days_that_follow_each_other_are_one_interval():
    rows = [('< @"2026-01-01"', "1"), ('> @"2026-01-02"', "2")]
    assert gaps(of(["d: date"], rows))[0][0] == 'd in [@"2026-01-01"..@"2026-01-02"]'


# Overlaps


def test_two_rules_of_unique_that_hit_together_are_an_overlap():
    report = of(["n: number", "b: boolean"], [("<= 5", "-", "1"), (">= 5", "true", "1"), ("> 5", "false", "1")])
    found = [(each.first, each.second, each.example.text) for each in report.overlaps]
    assert found == [(1, 2, "n = 5, b = true")]


@each(("one", "other", "overlapping"), [
    ("1.0", "1", False), ("1", "2", True), ('@"PT24H"', 'duration("P1D")', False), ("2 + 1", "3", False),
    ("x + 1", "x  + 1", False), ("x + 1", "1 + x", None), ("-", "null", False), ("1", "x", None),
])  # fmt: skip
def test_rules_of_any_overlap_where_their_outputs_differ_as_values(one, other, overlapping):
    found = of(["n: number"], [("< 5", one), ("< 6", other)], "ANY").overlaps
    assert [each.certain for each in found] == {True: [True], False: [], None: [False]}[overlapping]


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_the_other_policies_allow_overlaps(policy):
    assert of(["n: number"], [("-", '"a"'), ("-", '"b"')], policy, ['y | "b","a"']).overlaps == ()


# Rules that never hit


def test_a_rule_of_first_that_only_several_together_cover_is_unreachable():
    rows = [("< 5", "-", "1"), ("8", "-", "1"), (">= 5", "true", "1"), (">= 5", "not(true)", "2"), ("7", "-", "3"),
            ("not(5.5)", "true", "3")]  # fmt: skip
    assert never(of(["n: number", "b: boolean"], rows, "FIRST")) == [(5, (3, 4))]


def test_a_last_row_that_only_null_reaches_is_reachable():
    assert never(of(["n: number"], [("< 5", "1"), (">= 5", "2"), ("-", "3")], "FIRST")) == []


def test_a_last_row_of_an_untyped_column_may_be_reached_by_values_of_other_kinds():
    rows = [("< 5", "1"), (">= 5", "2"), ("not(null)", "3")]
    assert never(of(["n"], rows, "FIRST")) == []
    assert never(of(["n: number"], rows, "FIRST")) == [(3, (1, 2))]


def test_no_rule_is_named_that_is_not_needed_to_cover():
    rows = [("[0..5]", "1"), ("[3..7]", "1"), ("[5..10]", "1"), ("[1..9]", "2")]
    assert never(of(["n: number"], rows, "FIRST")) == [(4, (1, 3))]


def test_a_rule_of_priority_is_never_taken_under_rules_of_better_outputs():
    rows = [("> 0", '"low"'), ("[1..5]", '"high"'), ("]5..9]", '"mid"'), ("[2..8]", '"low"'), ("[2..3]", '"high"')]
    assert never(of(["n: number"], rows, "PRIORITY", ['y | "high","mid","low"'])) == [(4, (1,)), (5, (2,))]
    rows = [("[2..8]", '"low"'), ("[1..5]", '"high"'), ("]5..9]", '"mid"')]
    assert never(of(["n: number"], rows, "PRIORITY", ['y | "high","mid","low"'])) == [(1, (2, 3))]


def test_an_output_that_is_no_constant_may_have_any_priority():
    rows = [("-", "x"), ("-", '"low"'), ("-", '"high"'), ("-", "x")]
    assert never(of(["n: number"], rows, "PRIORITY", ['y | "high","low"'])) == [(2, (3,)), (4, (3,))]


@each("policy", ["UNIQUE", "ANY", "COLLECT", "FIRST"])
@each("cell", ["[5..3]", "? > 5 and ? < 3", '"d"', "not(?)", "not(-)", "101", "]9..9]"])
def test_a_rule_that_contradicts_itself_never_hits(policy, cell):
    if cell == "not(-)":
        cell = "not(<= 100, > 100)"
    report = of(["b: boolean", "n: number | [0..100]"], [("-", cell, "1"), ("-", "-", "1")], policy)
    assert [(each.rule, each.covered_by, each.columns) for each in report.unreachable] == [(1, (), (2,))]


# Columns


def test_columns_that_no_rule_tests_are_named():
    report = of(["a: number", "b: number", "c: number"], [("-", "1", ""), ("-", "2", "-")], outputs=[])
    assert report.untested == (1, 3)


def test_columns_that_read_the_same_are_one_column():
    rows = [("< 5", "> 2", "1"), ("< 5", "<= 2", "2"), (">= 5", "> 7", "3")]
    report = of(["高: number = x", "低: number = x"], rows)
    assert gaps(report) == [("高 in [5..7]", "高 = 6")]
    assert report.gaps[0].example.values[0] == report.gaps[0].example.values[1]


@pytest.mark.parametrize("other", ["x * 2", "[x]", "if x > 3 then 1 else 2"])
def test_of_a_column_that_hangs_on_another_one_nothing_is_said(other):
    report = of(["a: number = x", f"b: number = {other}"], [("< 5", "1", "1"), (">= 5", "2", "2"), ("-", "-", "3")])
    assert report.unknown == ((1, 2), (2, 2))
    assert report.overlaps == report.gaps == ()


@pytest.mark.parametrize(("one", "other", "hanging"), [("order.total", "order", 2), ("order", "order.total", 1)])
def test_a_whole_hangs_on_its_parts(one, other, hanging):
    report = of([f"a: number = {one}", f"b: number = {other}"], [("< 5", "1", "1"), (">= 5", "2", "2")])
    assert report.unknown == ((1, hanging), (2, hanging))


def test_the_same_expression_with_another_type_hangs_on_the_first():
    report = of(["a: number = x", "b: string = x"], [("< 5", '"a"', "1")])
    assert report.unknown == ((1, 2),)


def test_paths_of_one_variable_are_free_of_each_other():
    report = of(["a: number = order.total", "b: number = order.count"], [("< 5", "1", "1"), ("< 6", "1", "2")])
    assert report.unknown == ()
    assert len(report.overlaps) == 1


def test_what_is_counted_is_a_whole_number_from_0():
    assert gaps(of(["件数: number = count(items)"], [("0", "1"), (">= 3", "2")])) == [("件数 in ]0..3[", "件数 = 1")]
    assert of(["件数: number = count(items)"], [("0", "1"), ("> 0 ", "2")]).gaps == ()
    assert of(["件数: number = count(items)"], [("0, 1, 2", "1"), ("> 2", "2")]).gaps == ()


def test_a_column_without_a_type_is_of_the_kind_of_its_constants():
    assert gaps(of(["n"], [("< 5", "1"), ('"a"', "2")])) == [('n in (>= 5, < "a", > "a")', "n = 5")]


@pytest.mark.parametrize(
    "domain", [Domain(type="number", tests=("[0..9]", "not(7)")), Domain(type="number", tests=("[0..9]",))]
)
def test_what_the_model_says_of_a_type_bounds_its_columns(domain):
    report = of(["n: 分"], [("< 7", "1"), ("> 7", "2")], domains=[domain])
    assert gaps(report) == ([] if len(domain.tests) == 2 else [("n = 7", "n = 7")])


def test_of_a_type_that_nobody_knows_nothing_is_said():
    report = of(["n: 分"], [("< 7", "1"), ("< 8", "2")])
    assert report.unknown == ((1, 1), (2, 1))
    assert report.overlaps == report.gaps == ()


@each("cell", ["> limit", 'contains(?, "x")', "? + 1 > 3", "< now()", "? in xs", "x in (1, 2)", "for", "? > ? * 2"])
def test_a_cell_that_hangs_on_more_than_constants_is_named(cell):
    report = of(
        ["b: boolean", "n"], [("true", "-", "1"), ("false", cell.replace("for", "? in [for x in [1] return x]"), "2")]
    )
    assert report.unknown == ((2, 2),)
    assert (report.overlaps, report.gaps, report.unreachable) == ((), (), ())


@each("cell", [
    "-3", "3 * 24", 'date("2026-01-01")', "date(2026, 1, 1)", 'date(from: "2026-01-01")', '@"2026-01-01" + @"P1D"',
    "[1, 2]", "? in [1..3]", "(> 3)", "3 < ?", "not(? in (1, 2))", "? > 3 and true", "(? = 3) or (? between 5 and 6)",
])  # fmt: skip
def test_constants_may_be_computed(cell):
    assert of(["n"], [(cell, "1")]).unknown == ()


def test_a_column_of_times_with_and_without_a_zone_is_not_analysed():
    rows = [('< @"2026-01-01T00:00:00"', "1"), ('< @"2026-01-01T00:00:00Z"', "2")]
    assert of(["t: date and time"], rows).unknown == ((1, 1), (2, 1))


def test_a_name_of_the_model_hides_a_function_of_the_same_name():
    rows = [('< date("2026-01-01")', "1")]
    assert of(["d: date"], rows).unknown == ()
    assert of(["d: date"], rows, names=frozenset({"date"})).unknown == ((1, 1),)


# Work


def tall(rules: int, columns: int) -> TableSource:
    chance = random.Random(7)
    rows = []
    for _ in range(rules):
        row = []
        for column in range(columns):
            low, high = sorted(chance.sample(range(1000), 2))
            words = ", ".join(f'"{word}"' for word in chance.sample("甲乙丙丁戊己", 3))
            ordinary = chance.choice([f"[{low}..{high}[", f"<= {high}", f"> {low}"]) if column % 2 else words
            row.append(ordinary if chance.random() < 0.6 else "-")
        rows.append((*row, "1"))
    return source([f"c{i}: {'number' if i % 2 else 'string'}" for i in range(columns)], rows, "FIRST")


def test_200_rules_of_8_columns_are_analysed_to_the_end_by_the_same_work_each_time():
    written = tall(200, 8)
    first = examine(written)
    assert first.complete
    assert first.work < 500_000
    assert examine(written) == first


def test_a_partition_of_200_rules_is_seen_to_be_one_and_a_missing_rule_is_found():
    rows = [(f"[{i}..{i + 1}[", f"{sign} {i}", "1") for i in range(100) for sign in ("<", ">=")]
    rows += [("< 0, >= 100", "-", "1")]
    whole = of(["a: number", "b: number"], rows)
    assert (whole.overlaps, whole.gaps, whole.unreachable, whole.complete) == ((), (), (), True)
    report = of(["a: number", "b: number"], [row for row in rows if row[:2] != ("[41..42[", "< 41")])
    assert gaps(report) == [("a in [41..42[, b < 41", "a = 41.5, b = 0.5")]


@pytest.mark.parametrize("limit", [0, 100, 1000])
def test_where_the_bound_is_reached_the_report_says_so_and_lies_in_nothing(limit):
    written = tall(60, 4)
    cut, whole = examine(written, work_limit=limit), examine(written)
    assert whole.complete
    assert not cut.complete
    assert cut.work <= 4 * limit
    assert set(cut.unreachable) <= set(whole.unreachable)


# Words


def test_the_report_is_told_in_sentences():
    rows = [("<= 10", "-", "1"), ("[5..20]", "-", "2"), ("]5..3]", "-", "3"), ("> limit", "-", "4")]
    written = source(["金额: number", "原因: string"], rows)
    assert describe(examine(written), written) == [
        (
            "第 1 行与第 2 行会同时命中,例如 金额 = 6;UNIQUE 表同时命中两行时流程会停下。",
            "Rules 1 and 2 can hit together, for example with 金额 = 6;"
            " a case stops when two rules of a UNIQUE table hit.",
        ),
        (
            "第 3 行永远不会命中:没有值能满足输入列 金额 的单元格。",
            "Rule 3 never hits: no value passes its cell of input 金额.",
        ),
        ("没有一行检查输入列 原因。", "No rule tests input 原因."),
        ("以下单元格无法事先分析:第 4 行第 1 列。", "These cells cannot be analysed beforehand: rule 4, column 1."),
    ]


@pytest.mark.parametrize(("policy", "zh"), [
    ("FIRST", "第 3 行永远不会命中:第 1、2 行已包含它的全部情况。"),
    ("PRIORITY", "第 3 行的结果永远不会被采用:凡它命中时,第 1、2 行也命中且优先。"),
])  # fmt: skip
def test_an_unreachable_rule_is_told_with_those_that_cover_it(policy, zh):
    written = source(["n: number"], [("< 5", '"a"'), (">= 5", '"a"'), ("7, 3", '"a"')], policy, ['y | "a"'])
    assert describe(examine(written), written)[0][0] == zh


def test_a_table_in_order_is_told_so():
    written = source(["b: boolean"], [("true", "1"), ("false", "2")])
    assert describe(examine(written), written) == [("没有发现问题。", "Nothing is wrong.")]


# The lint


def test_the_lint_names_a_rule_that_never_hits():
    rows = [("< 5", "1"), (">= 5", "2"), ("7", "3")]
    found = check(model(decision(table(["n: number"], ["y"], rows, "FIRST"))), "x.dmn")
    assert [(each.rule, each.element, each.zh) for each in found] == [
        ("dmn.unreachable", "row_3", "第 3 行永远不会命中:第 2 行已包含它的全部情况。")
    ]


@pytest.mark.parametrize(
    ("more", "rules"), [("", ["dmn.gap"]), ('<allowedValues><text>"a","b"</text></allowedValues>', [])]
)
def test_the_lint_knows_the_allowed_values_of_item_definitions(more, rules):
    item = f'<itemDefinition name="原因"><typeRef>string</typeRef>{more}</itemDefinition>'
    alias = '<itemDefinition name="别名"><typeRef>原因</typeRef></itemDefinition>'
    rows = [('"a"', "1"), ('"b"', "2")]
    found = check(model(item, alias, decision(table(["k: 别名"], ["y"], rows))), "x.dmn")
    assert [each.rule for each in found] == rules


#: Columns without a condition, and cells that compare two inputs: the documents' tables are so.
UNTESTED = {
    "loss_compensation": (1,),
    "wrong_shipment_return_worth": (1,),
    "audit_payment": (3,),
    "dmn_processing_days": (3,),
    "dmn_shipping_fee": (3,),
}
COMPARING = {
    "wrong_shipment_return_worth": ((1, 2), (2, 2)),
    "audit_agent_month": ((1, 3), (2, 3)),
    "audit_payment": ((3, 2),),
    # Words within a text.
    "dmn_banned_phrases": ((1, 2), (2, 2), (3, 2), (4, 2)),
    "dmn_promise_words": ((1, 1), (2, 1)),
}
#: Columns all of whose conditions look for words within a text.
SEARCHED = {"first_sentence": (1, 2)}


@each("file", sorted(DECISIONS.glob("*.dmn")), ids=lambda file: file.stem)
def test_the_shipped_tables_are_in_order(file):
    for shipped in load(file.read_bytes()).decisions.values():
        assert shipped.table is not None
        report = examine(shipped.table)
        assert (report.overlaps, report.gaps, report.unreachable) == ((), (), ())
        assert report.untested == UNTESTED.get(file.stem, ())
        searched = SEARCHED.get(file.stem)
        words = searched and tuple(
            (n, column)
            for n, rule in enumerate(shipped.rules, start=1)
            for column in searched
            if rule.cells[column - 1] != "-"
        )
        assert report.unknown == (words or COMPARING.get(file.stem, ()))
        assert report.complete
