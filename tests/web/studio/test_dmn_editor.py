"""The decision-table editor's server: analysis, evaluation with its reasons, table tests, and small differences."""

from __future__ import annotations

import difflib
import re

import pytest
from werkzeug.test import TestResponse

from engine.studio.table_inputs import BadInput, variables_of, written
from engine.studio.table_uses import uses_of
from engine.studio.tables import MAX_TESTS, failing_tests, run_tests
from tests.unit.dmn.dmn_writing import decision, model, needs, table
from tests.web.browser import PEOPLE
from tests.web.studio.desk import Studio

TABLE = ("decision", "freeship_rule")
READERS = {"zhou", "zhao", "zheng"}
INPUTS = {"is_special_offer": "false", "dest_region": '"normal"', "order_amount": "30"}


def ask(
    desk: Studio, verb: str, content: str | bytes | None = None, user: str = "zhou", **more: object
) -> TestResponse:
    key = desk.open(TABLE)
    text = desk.draft(key, *TABLE).content if content is None else content
    sent = {"content": text.decode() if isinstance(text, bytes) else text, **more}
    return desk.post_json(user, f"/studio/changes/{key}/{verb}/{TABLE[1]}", sent)


def told(answer: TestResponse) -> dict:
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return answer.json


def of(rows, inputs=("金额: number",), outputs=("y",), policy="UNIQUE", tests: str = "", more: str = "") -> bytes:
    return model(decision(tests + table(inputs, outputs, rows, policy, more)))


def extension_of(*cases: str) -> str:
    whole = "".join(cases)
    return f'<extensionElements><k:tests xmlns:k="urn:kefuflow:table-tests">{whole}</k:tests></extensionElements>'


def case(inputs: dict[str, str], outputs: dict[str, str], name: str = "", at: str = "") -> str:
    given = "".join(f'<k:input name="{key}">{text}</k:input>' for key, text in inputs.items())
    wanted = "".join(f'<k:output name="{key}">{text}</k:output>' for key, text in outputs.items())
    return f'<k:test name="{name}" at="{at}">{given}{wanted}</k:test>'


# The page


def test_the_page_names_the_processes_that_ask_the_table(desk: Studio) -> None:
    key = desk.open(TABLE)
    page = desk.browser("zhou").get(f"/studio/changes/{key}/edit/decision/freeship_rule")
    assert page.status_code == 200
    assert "style-src-attr" in page.headers["Content-Security-Policy"]
    uses = page.text.split('id="panel-uses"')[1].split("</ul>")[0]
    assert "在任务" in uses


def test_the_page_says_when_nothing_asks_the_table_and_when_the_platform_does(desk: Studio) -> None:
    key = desk.open(("decision", "task_sla"), ("decision", "brand_new"))
    zhou = desk.browser("zhou")
    assert "截止时间" in zhou.get(f"/studio/changes/{key}/edit/decision/task_sla").text
    assert "没有流程使用这张表" in zhou.get(f"/studio/changes/{key}/edit/decision/brand_new").text


def test_a_draft_in_the_change_counts_among_those_that_ask(desk: Studio) -> None:
    xml = b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><bpmn:process id="p9" name="\xe8\xaf\x95"><bpmn:businessRuleTask id="rule" name="\xe5\x88\xa4\xe6\x96\xad"><bpmn:extensionElements><zeebe:calledDecision decisionId="freeship_rule"/></bpmn:extensionElements></bpmn:businessRuleTask></bpmn:process></bpmn:definitions>'  # noqa: E501
    uses = uses_of(frozenset({"freeship_rule"}), {"p9.bpmn": xml, "bad.bpmn": b"freeship_rule", "x.dmn": xml})
    assert [(use.process, use.task) for use in uses] == [("试", "判断")]
    assert uses_of(frozenset({"other"}), {"p9.bpmn": xml}) == ()


def test_a_reader_gets_the_page_without_what_writes(desk: Studio) -> None:
    key = desk.open(TABLE)
    page = desk.browser("zheng").get(f"/studio/changes/{key}/edit/decision/freeship_rule").text
    assert 'data-test="read-only"' in page
    for part in ("data-propose", "data-add-test", "data-upload", 'data-act="undo"'):
        assert part not in page


@pytest.mark.parametrize("verb", ["analyse", "evaluate", "table-tests"])
@pytest.mark.parametrize("user", sorted(PEOPLE))
def test_only_those_who_see_the_studio_may_ask(desk: Studio, verb: str, user: str) -> None:
    answer = ask(desk, verb, user=user, inputs=INPUTS)
    assert (answer.status_code == 200) == (user in READERS)


@pytest.mark.parametrize("verb", ["analyse", "evaluate", "table-tests"])
def test_a_draft_that_is_not_there_is_not_found(desk: Studio, verb: str) -> None:
    key = desk.open(TABLE)
    for path in (f"/studio/changes/{key}/{verb}/nothing", f"/studio/changes/9999/{verb}/freeship_rule"):
        assert desk.post_json("zhou", path, {"content": ""}).status_code == 404


@pytest.mark.parametrize("verb", ["analyse", "evaluate", "table-tests"])
@pytest.mark.parametrize(
    "content",
    ["", "not xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<definitions/>", "\ud800", 7, None, "x" * 2_000_001],
)
def test_what_is_no_decision_file_is_refused_in_a_sentence(desk: Studio, verb: str, content: object) -> None:
    key = desk.open(TABLE)
    answer = desk.post_json("zhou", f"/studio/changes/{key}/{verb}/freeship_rule", {"content": content})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["message"].endswith("。")


# Analysis


def test_a_gap_comes_with_the_row_that_fills_it_and_an_example(desk: Studio) -> None:
    found = told(ask(desk, "analyse", of([("< 100", "1"), ("> 200", "2")])))
    (gap,) = [each for each in found["findings"] if each["kind"] == "gap"]
    assert (gap["row"], gap["columns"], gap["example"]) == ({"1": "[100..200]"}, [1], {"金额": "150"})


def test_overlaps_unreachable_rules_and_idle_columns_are_named_by_rule(desk: Studio) -> None:
    rows = [("< 100", "-", "1"), ("[50..150]", "-", "2"), ("[5..3]", "-", "3")]
    found = told(ask(desk, "analyse", of(rows, inputs=("金额: number", "原因: string"))))["findings"]
    by_kind = {each["kind"]: each for each in found}
    assert by_kind["overlap"]["rules"] == [1, 2]
    assert by_kind["unreachable"]["cells"] == [[3, 1]]
    assert by_kind["untested"]["columns"] == [2]


def test_a_column_that_is_calculated_has_no_example_but_asks_for_what_it_reads(desk: Studio) -> None:
    content = of([("< 2", "1"), ("> 4", "2")], inputs=("件数: number = count(items)",))
    found = told(ask(desk, "analyse", content))
    assert [field["key"] for field in found["fields"]] == ["items"]
    assert found["columns"] == [{"label": "件数", "key": None}]
    (gap,) = [each for each in found["findings"] if each["kind"] == "gap"]
    assert gap["example"] == {}
    assert gap["row"]


def test_allowed_values_and_types_come_with_the_fields(desk: Studio) -> None:
    found = told(ask(desk, "analyse"))
    fields = {field["key"]: field for field in found["fields"]}
    assert fields["dest_region"]["choices"] == ['"normal"', '"remote"']
    assert fields["order_amount"]["type"] == "number"
    assert [each["name"] for each in found["outputs"]] == ["freeship_ok", "freeship_reason"]


def test_a_table_that_does_not_parse_is_a_sentence_and_one_without_rows_too(desk: Studio) -> None:
    broken = told(ask(desk, "analyse", of([("< (", "1")])))
    assert "第 1 行" in broken["problem"]
    assert broken["findings"] == []
    assert told(ask(desk, "analyse", of([])))["findings"][0]["message"] == "决策表还没有规则。"


def test_a_decision_that_is_no_table_is_described_too(desk: Studio) -> None:
    content = model(decision("<literalExpression><text>order.total * 2</text></literalExpression>"))
    found = told(ask(desk, "analyse", content))
    assert [field["key"] for field in found["fields"]] == ["order"]
    assert found["findings"] == []
    answer = told(ask(desk, "evaluate", content, inputs={"order": "{total: 4}"}))
    assert (answer["output"], answer["cells"]) == ("8", [])


def test_three_hundred_rules_are_analysed_and_evaluated(desk: Studio) -> None:
    rows = [(f"[{n}..{n + 1}[", f'"{n}"') for n in range(300)]
    found = told(ask(desk, "analyse", of(rows)))
    assert [each["row"] for each in found["findings"]] == [{"1": "< 0, >= 300"}]
    answer = told(ask(desk, "evaluate", of(rows), inputs={"金额": "299.5"}))
    assert answer["rules"] == [300]
    assert len(answer["cells"]) == 300


# Evaluation


def test_an_evaluation_says_the_result_the_rule_and_of_each_cell_why_not(desk: Studio) -> None:
    answer = told(ask(desk, "evaluate", inputs=INPUTS))
    assert answer["outputs"] == {"freeship_ok": "false", "freeship_reason": '"未满59元"'}
    assert answer["rules"] == [3]
    assert answer["cells"][1] == [True, True, False]
    assert answer["values"] == ["false", '"normal"', "30"]


@pytest.mark.parametrize(("policy", "more", "output"), [
    ("COLLECT", "", "[1, 2]"), ("COLLECT", ' aggregation="SUM"', "3"), ("COLLECT", ' aggregation="MIN"', "1"),
    ("COLLECT", ' aggregation="MAX"', "2"), ("COLLECT", ' aggregation="COUNT"', "2"), ("RULE ORDER", "", "[1, 2]"),
    ("FIRST", "", "1"), ("ANY", "", None),
])  # fmt: skip
def test_every_hit_policy_answers_or_says_what_is_wrong(
    desk: Studio, policy: str, more: str, output: str | None
) -> None:
    content = of([("> 1", "1"), ("> 2", "2")], policy=policy, more=more)
    answer = told(ask(desk, "evaluate", content, inputs={"金额": "5"}))
    assert answer.get("output") == output
    if output is None:
        assert answer["problem"]["message"]


def test_two_hits_of_unique_are_a_problem_with_its_rules_and_the_cells_still_tell(desk: Studio) -> None:
    answer = told(ask(desk, "evaluate", of([("> 1", "1"), ("> 2", "2")]), inputs={"金额": "5"}))
    assert "1" in answer["problem"]["message"]
    assert answer["cells"] == [[True], [True]]


def test_an_output_of_the_wrong_type_is_told_with_its_row_and_column(desk: Studio) -> None:
    content = of([("-", '"viel"')], outputs=("y: number",))
    problem = told(ask(desk, "evaluate", content, inputs={"金额": "5"}))["problem"]
    assert (problem["rule"], problem["column"]) == (1, "y")


def test_a_value_that_is_not_allowed_is_a_problem(desk: Studio) -> None:
    answer = told(ask(desk, "evaluate", inputs={**INPUTS, "dest_region": '"火星"'}))
    assert "允许" in answer["problem"]["message"]


@pytest.mark.parametrize("text", ["1 +", '"open', "=" * 10, "1" * 5000, "(" * 5000])
def test_an_input_that_is_no_feel_is_told_at_its_field(desk: Studio, text: str) -> None:
    answer = ask(desk, "evaluate", inputs={**INPUTS, "order_amount": text})
    assert answer.status_code == 422
    assert answer.json is not None
    assert "order_amount" in answer.json["fields"]


def test_an_expression_without_end_stops_and_says_so(desk: Studio) -> None:
    content = of([("-", "count(for a in 1..1000, b in 1..1000 return a)")])
    assert "运算量过大" in told(ask(desk, "evaluate", content, inputs={"金额": "5"}))["problem"]["message"]


def test_dates_are_asked_and_told_as_feel_and_the_clock_is_the_pages(desk: Studio) -> None:
    content = of([('< @"2026-01-01"', "today()")], inputs=("到期: date",))
    assert told(ask(desk, "analyse", content))["clock"] is True
    sent = {"到期": '@"2025-12-31"'}
    answer = told(ask(desk, "evaluate", content, inputs=sent, at="2026-02-03T08:00:00+08:00"))
    assert (answer["output"], answer["values"]) == ('@"2026-02-03"', ['@"2025-12-31"'])
    assert told(ask(desk, "evaluate", content, inputs=sent))["at"].endswith("+08:00")
    for wrong in ("gestern", "2026-02-03T08:00:00"):
        assert ask(desk, "evaluate", content, inputs=sent, at=wrong).status_code == 422


def test_a_decision_that_asks_another_one_tells_what_it_answered(desk: Studio) -> None:
    first = decision(table(["n: number"], ["k"], [("< 5", '"low"'), (">= 5", '"high"')]), name="kind")
    second = decision(
        table(["kind: string"], ["y"], [('"low"', "1"), ('"high"', "2")]), requires=needs("requiredDecision:kind")
    )
    content = model(first, second)
    described = told(ask(desk, "analyse", content, decision="d"))
    assert [field["key"] for field in described["fields"]] == ["n"]
    answer = told(ask(desk, "evaluate", content, decision="d", inputs={"n": "7"}))
    assert answer["output"] == "2"
    assert answer["tables"] == [{"element": "kind", "rules": [2], "inputs": {"n": "7"}, "output": '"high"'}]


@pytest.mark.parametrize("inputs", [None, [], "x", {"金额": 5}, {"金额": None}, {"a.b.c": "1", "a": "2"}])
def test_inputs_of_a_strange_shape_do_no_harm(desk: Studio, inputs: object) -> None:
    assert ask(desk, "evaluate", of([("-", "1")]), inputs=inputs).status_code == 200


# Tests of tables


def test_tests_pass_or_say_what_came_instead(desk: Studio) -> None:
    right, wrong = case({"金额": "5"}, {"y": "1"}), case({"金额": "500"}, {"y": "1"}, name="大额")
    content = of([("&lt; 100".replace("&lt;", "<"), "1"), (">= 100", "2")], tests=extension_of(right, wrong))
    found = told(ask(desk, "table-tests", content))
    assert [each["passed"] for each in found["outcomes"]] == [True, False]
    assert found["outcomes"][1]["actual"] == {"y": "2"}
    assert found["outcomes"][1]["different"] == ["y"]
    assert found["untried"] == []
    (failure,) = failing_tests(content)
    assert (failure.name, failure.sentence[0]) == ("大额", "y 应为 1,实为 2。")


@pytest.mark.parametrize(("outputs", "passed"), [
    ({"y": "1.0"}, True), ({"y": "0.5 + 0.5"}, True), ({"y": '"1"'}, False), ({"y": "null"}, False), ({}, False),
    ({"y": "1 +"}, False), ({"nothing": "1"}, True),
])  # fmt: skip
def test_what_is_expected_is_compared_by_its_value(outputs: dict[str, str], passed: bool) -> None:
    (outcome,) = run_tests(of([("-", "1")], tests=extension_of(case({"金额": "5"}, outputs))))
    assert outcome.passed is passed


def test_outputs_of_several_columns_are_compared_one_by_one_and_unstated_ones_not() -> None:
    tests = extension_of(
        case({"金额": "5"}, {"b": "3"}), case({"金额": "5"}, {"a": "1", "b": "2"}), case({}, {"": "null"})
    )
    content = of([("5", "1", "2")], outputs=("a", "b"), tests=tests)
    first, second, third = run_tests(content)
    assert (first.passed, first.different, first.actual) == (False, ("b",), {"b": "2"})
    assert second.passed
    assert third.passed


def test_a_table_of_many_hits_is_compared_as_a_list() -> None:
    tests = extension_of(case({"金额": "5"}, {"": "[1, 2]"}), case({"金额": "5"}, {"": "[2, 1]"}))
    content = of([("> 1", "1"), ("> 2", "2")], policy="COLLECT", tests=tests)
    assert [each.passed for each in run_tests(content)] == [True, False]


def test_a_test_has_its_own_time() -> None:
    at = "2026-02-03T23:30:00+08:00"
    content = of(
        [("-", "today()")],
        tests=extension_of(case({}, {"y": 'date("2026-02-03")'}, at=at), case({}, {"y": 'date("2026-02-03")'}, at="x")),
    )
    good, bad = run_tests(content)
    assert good.passed
    assert bad.problem is not None
    assert run_tests(content) == run_tests(content)


def test_a_decision_that_cannot_be_evaluated_fails_its_tests_with_a_reason() -> None:
    tests = extension_of(case({"金额": "5"}, {"y": "1"}))
    for rows in ([("< (", "1")], [("> 1", "1"), ("> 2", "1")], [("-", "for")]):
        (outcome,) = run_tests(of(rows, tests=tests))
        assert outcome.problem is not None
        assert not outcome.passed


def test_files_that_cannot_be_read_have_no_failing_tests() -> None:
    assert failing_tests(b"") == ()
    assert failing_tests(b"<!DOCTYPE a><a/>") == ()


def test_beyond_the_most_tests_are_not_run_and_count_as_failing() -> None:
    many = "".join('<k:test><k:output name="y">1</k:output></k:test>' for _ in range(MAX_TESTS + 1))
    content = of([("-", "1")], tests=extension_of(many))
    assert [failure.test for failure in failing_tests(content)] == [f"test_{MAX_TESTS + 1}"]


def test_proposals_try_every_rule_and_boundary_and_skip_what_is_tried(desk: Studio) -> None:
    content = of([("< 100", "1"), (">= 100", "2")])
    found = told(ask(desk, "table-tests", content, propose=True))
    assert {each["rule"] for each in found["proposals"]} >= {1, 2}
    assert any(each["inputs"] == {"金额": "100"} for each in found["proposals"])
    known = "".join(case(each["inputs"], each["outputs"]) for each in found["proposals"])
    again = of([("< 100", "1"), (">= 100", "2")], tests=extension_of(known))
    assert told(ask(desk, "table-tests", again, propose=True))["proposals"] == []
    assert failing_tests(again) == ()


def test_a_calculated_column_is_not_proposed_for_and_says_so(desk: Studio) -> None:
    found = told(ask(desk, "table-tests", of([("< 2", "1")], inputs=("件数: number = count(items)",)), propose=True))
    assert (found["proposals"], found["calculated"]) == ([], True)


# Values


@pytest.mark.parametrize("text", [
    "1.5", '"他说 \\"好\\""', "null", "true", '@"2026-01-01"', '@"PT2H"', '[1, "a"]', '{a: 1, "b c": [null]}', "[1..5[",
    '@"2026-01-01T00:00:00+08:00"',
])  # fmt: skip
def test_a_value_is_written_as_feel_that_gives_it_back(text: str) -> None:
    value = variables_of({"x": text}, None)["x"]
    assert variables_of({"x": written(value)}, None)["x"] == value


def test_paths_become_nested_variables() -> None:
    assert variables_of({"order.total": "5", "order.id": '"A"', "x": ""}, None) == {
        "order": {"total": 5, "id": "A"},
        "x": None,
    }
    with pytest.raises(BadInput):
        variables_of({"x": "1 +"}, None)


# Saving


def test_one_edited_cell_is_one_line_however_the_editor_writes_the_file(desk: Studio) -> None:
    key = desk.open(TABLE)
    before = desk.draft(key, *TABLE).content.decode()
    rewritten = re.sub(r">\s+<", "><", before).replace("&gt;= 59", "&gt;= 69")
    assert desk.save("zhou", key, *TABLE, rewritten).status_code == 200
    after = desk.draft(key, *TABLE).content.decode()
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert len(changed) == 2
    assert desk.save("zhou", key, *TABLE, re.sub(r">\s+<", "><", before)).status_code == 200
    assert desk.draft(key, *TABLE).content.decode() == before


@pytest.mark.parametrize("verb", ["analyse", "evaluate", "table-tests"])
def test_a_body_nested_without_end_is_refused(desk: Studio, verb: str) -> None:
    key = desk.open(("decision", "logistics_status"))
    path = f"/studio/changes/{key}/{verb}/logistics_status"
    answer = desk.browser("zhou").client.post(path, data="[" * 200_000, content_type="application/json")
    assert answer.status_code == 422
