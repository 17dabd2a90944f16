"""The rule beside a task: the newest decision before it, the caller's where the process itself decided nothing."""

from decimal import Decimal

import pytest

from engine.connectors import CONNECTORS
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.runtime import Runtime
from tests.unit.bpmn.drawing import Drawing
from tests.web.list_case import TABLE, TestDefinitions

CHEN = Actor(id="chen", name="陈静", groups=frozenset({"supervisor", "aftersales"}))


@pytest.fixture
def desk(db, clock):
    definitions = TestDefinitions(db, clock)
    return definitions, Runtime(db, clock, definitions, CONNECTORS), Queries(db, definitions, clock)


def deploy(definitions, *drawings):
    files = {f"{drawing.process_id}.bpmn": drawing.xml() for drawing in drawings}
    forms = {f"{d.process_id}.{e}": b"{}" for d in drawings for e in ("first", "ask", "second")}
    written = {f"{name}.form": b'{"id": "%s", "components": []}' % name.encode() for name in forms}
    definitions.deploy({**files, **written, "level.dmn": TABLE.encode()}, SYSTEM)


def grounds(desk, case_id, element):
    queries = desk[2]
    (task,) = [task for task in queries.case(case_id, CHEN).tasks if task.element == element]
    return queries.grounds(queries.task(task.id, CHEN).row)


AMOUNTS = {"comp_amount": Decimal(45), "comp_ratio": Decimal("0.15")}


def test_a_task_before_every_decision_has_no_rule(desk):
    definitions, runtime, queries = desk
    drawing = Drawing("t03").start().user("first").decision("rule", "level", "approval_level").user("second").end()
    deploy(definitions, drawing.flow("start", "first", "rule", "second", "end"))
    case = runtime.start("t03", AMOUNTS, SYSTEM).case_id
    assert grounds(desk, case, "first").rule is None
    (task,) = [task for task in queries.case(case, CHEN).tasks if task.status == "open"]
    runtime.complete(task.id, {}, CHEN)
    assert grounds(desk, case, "first").rule is None
    rule = grounds(desk, case, "second").rule
    assert (rule.decision_id, rule.name, rule.element_name) == ("level", "补偿额度审批", "rule!")
    assert [(row.number, row.note) for row in rule.rows] == [(2, "客服主管批")]
    assert [(each.label, each.value) for each in rule.rows[0].conditions] == [
        ("补偿金额", "> 30"),
        ("占订单金额比例", "<= 0.30"),
    ]
    assert [(each.label, each.name, each.value) for each in rule.inputs] == [
        ("补偿金额", "comp_amount", Decimal(45)),
        ("占订单金额比例", "comp_ratio", Decimal("0.15")),
    ]
    assert [(each.label, each.name, each.value) for each in rule.outputs] == [("审批级别", "approval_level", "主管")]


def test_a_called_process_shows_its_callers_rule(desk):
    definitions, runtime, _ = desk
    child = Drawing("t04_child").start().user("ask").end().flow("start", "ask", "end")
    parent = Drawing("t04").start().decision("rule", "level", "approval_level").call("call", "t04_child").end()
    deploy(definitions, child, parent.flow("start", "rule", "call", "end"))
    case = runtime.start("t04", AMOUNTS, SYSTEM).case_id
    rule = grounds(desk, case, "ask").rule
    assert rule is not None
    assert [row.number for row in rule.rows] == [2]


def test_a_process_without_rules_has_none(desk):
    definitions, runtime, _ = desk
    deploy(definitions, Drawing("t05").start().user("ask").end().flow("start", "ask", "end"))
    found = grounds(desk, runtime.start("t05", {}, SYSTEM).case_id, "ask")
    assert found.rule is None
    assert found.payments == ()
    assert found.paid == 0


def test_no_row_that_hit_is_said_too(desk):
    definitions, runtime, _ = desk
    drawing = Drawing("t06").start().decision("rule", "level", "approval_level").user("ask").end()
    deploy(definitions, drawing.flow("start", "rule", "ask", "end"))
    amounts = {"comp_amount": Decimal(45), "comp_ratio": Decimal("0.9")}
    rule = grounds(desk, runtime.start("t06", amounts, SYSTEM).case_id, "ask").rule
    assert rule.rows == ()
    assert rule.outputs == ()
