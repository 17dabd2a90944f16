"""Tasks and gateways run as BPMN says, and leave a history in which each token enters and leaves once."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.dmn import load
from engine.errors import StepError, StepLimitExceeded, TaskNotOpen
from engine.model import (
    Cancel,
    ClosedKind,
    CompleteCall,
    CompleteUserTask,
    InstanceStatus,
    JobKind,
    Start,
    UserTaskOpened,
)
from tests.unit.bpmn.drawing import Drawing, mapping, properties
from tests.unit.bpmn.running import Running, run
from tests.unit.dmn.dmn_writing import decision, needs, table
from tests.unit.dmn.dmn_writing import model as write_model


def two_ways() -> Drawing:
    d = Drawing().start().user("ask").gateway("big", default="big_small").user("large").user("small").end()
    return (
        d.flow("start", "ask", "big")
        .flow("big", "large", when="=x > 1")
        .flow("big", "small", "end")
        .flow("large", "end")
    )


@dataclass
class Answered:
    output: object
    rules: tuple[int, ...] = (2,)
    inputs: dict[str, object] = field(default_factory=lambda: {"x": Decimal(3)})
    tables: tuple[object, ...] = ()


@dataclass
class FixedDecision:
    """A decision table that always answers the same."""

    output: object
    id: str = "d"
    rules: tuple[object, ...] = ()

    def evaluate(self, lookup: object, now: object) -> Answered:
        return Answered(self.output)


def test_a_user_task_opens_with_form_groups_due_time_and_priority() -> None:
    more = (
        '<zeebe:taskSchedule dueDate="=now() + duration(&quot;PT4H&quot;)"/><zeebe:priorityDefinition priority="70"/>'
    )
    r = run(Drawing().start().user("a", groups="aftersales, warehouse", extension=more).end().flow("start", "a", "end"))

    row = r.row_of("a")

    assert isinstance(row, UserTaskOpened)
    assert (row.form_id, row.candidate_groups, row.priority) == ("p.a", ("aftersales", "warehouse"), 70)
    assert row.due_at is not None
    assert (row.due_at - r.now).total_seconds() == 4 * 3600
    assert r.last.events[-1].value == {
        "form": "p.a", "groups": ["aftersales", "warehouse"], "assignee": None, "due_at": row.due_at,
    }  # fmt: skip


def test_groups_and_assignee_may_be_feel() -> None:
    more = ""
    r = run(Drawing().start().user("a", '=["g1", team]', more).end().flow("start", "a", "end"), team="g2")
    row = r.row_of("a")
    assert isinstance(row, UserTaskOpened)
    assert row.candidate_groups == ("g1", "g2")


@pytest.mark.parametrize(("x", "taken"), [(2, "large"), (1, "small")])
def test_an_exclusive_gateway_takes_the_first_true_flow_else_the_default(x: int, taken: str) -> None:
    r = run(two_ways())
    r.complete("ask", x=Decimal(x))
    assert r.waiting == [taken]
    r.complete(taken)
    assert r.last.status is InstanceStatus.COMPLETED
    assert r.last.end_state == "end"
    assert r.path == ["start", "ask", "big", taken, "end"]


def test_flows_are_tried_in_the_documents_order() -> None:
    d = Drawing().start().gateway("g", default="g_c").user("a").user("b").user("c").end()
    d.flow("start", "g").flow("g", "b", when="=true").flow("g", "a", when="=true").flow("g", "c")
    d.flow("a", "end").flow("b", "end").flow("c", "end")
    assert run(d).waiting == ["b"]


def test_the_history_of_a_completion_says_what_was_submitted_and_what_changed() -> None:
    r = run(two_ways(), x=Decimal(1), note="a")
    r.complete("ask", x=Decimal(5), note="a")
    told = r.told("user_task.completed")[0]
    assert told.value == {
        "variables": {"x": Decimal(5), "note": "a"},
        "before": {"x": Decimal(1)},
        "after": {"x": Decimal(5)},
    }
    flows = [event.element for event in r.last.events if event.kind == "flow.taken"]
    assert flows == ["ask_big", "big_large"]
    assert r.last.closed[0].kind is ClosedKind.USER_TASK


def test_a_closed_user_task_cannot_be_completed_again() -> None:
    r = run(two_ways())
    task = r.id_of("ask")
    r.complete("ask", x=Decimal(1))
    with pytest.raises(TaskNotOpen):
        r.do(CompleteUserTask(id=task, variables={}))
    r.complete("small")
    with pytest.raises(TaskNotOpen):
        r.do(CompleteUserTask(id=task, variables={}))
    with pytest.raises(StepError):
        r.do(Cancel(reason="late"))


def test_an_instance_starts_once_and_at_a_start_event_only() -> None:
    r = run(two_ways())
    with pytest.raises(StepError):
        r.do(Start(variables={}))
    fresh = Running(r.definition)
    with pytest.raises(StepError):
        fresh.start("ask")


def test_a_message_start_leads_into_the_same_flow() -> None:
    d = Drawing().start().start("paid", message="msg_order_paid").user("a").end()
    d.flow("start", "a", "end").flow("paid", "a")
    definition = compile_definition(d.xml(), decisions={})
    begin = definition.message_starts[0]
    assert (begin.element, begin.message_name) == ("paid", "msg_order_paid")
    assert definition.none_start == "start"
    r = Running(definition).start("paid", order_paid={"id": "SO1"})
    assert r.path == ["paid", "a"]
    assert r.variables == {"order_paid": {"id": "SO1"}}


def test_service_and_send_tasks_wait_as_jobs_with_their_inputs_and_headers() -> None:
    extension = '<zeebe:taskHeaders><zeebe:header key="template" value="T10A"/></zeebe:taskHeaders>'
    extension += mapping({"to": "=customer"})
    d = Drawing().start().service("s", "send_message", extension, tag="sendTask").service("w", "=kind").end()
    r = run(d.flow("start", "s", "w", "end"), customer="C9", kind="sync")
    row = r.row_of("s")
    assert (row.kind, row.type, dict(row.headers)) == (JobKind.SEND, "send_message", {"template": "T10A"})
    assert row.variables == {"to": "C9"}
    r.job("s")
    assert (r.row_of("w").kind, r.row_of("w").type) == (JobKind.SERVICE, "sync")
    r.job("w", waybill="YT1")
    assert r.variables["waybill"] == "YT1"
    assert r.told("job.completed")[1].value == {
        "variables": {"waybill": "YT1"}, "before": {"waybill": None}, "after": {"waybill": "YT1"},
    }  # fmt: skip


def test_a_script_gives_a_context_from_which_outputs_take_names() -> None:
    out = mapping(outputs={"total": "=s_result.sum", "twice": "=total * 2"})
    d = Drawing().start().script("s", "={sum: a + 1}", "s_result", out).user("u").end().flow("start", "s", "u", "end")
    r = run(d, a=Decimal(4))
    assert r.variables == {"a": Decimal(4), "total": Decimal(5), "twice": Decimal(10)}
    done = next(event for event in r.events if event.kind == "element.completed" and event.element == "s")
    assert done.value["after"] == {"total": Decimal(5), "twice": Decimal(10)}


def test_a_decision_tells_which_rules_hit() -> None:
    d = Drawing().start().decision("rule", "d", "verdict").user("u").end().flow("start", "rule", "u", "end")
    r = run(d, {"d": FixedDecision("lost")})
    assert r.variables == {"verdict": "lost"}
    assert r.told("decision.evaluated")[0].value == {
        "decision": "d", "inputs": {"x": Decimal(3)}, "rules": [2], "output": "lost",
    }  # fmt: skip


def test_a_decision_tells_the_tables_that_it_required() -> None:
    level = decision(table(["amount"], ["level"], [("> 100", '"gold"'), ("-", '"plain"')], "FIRST"), "level")
    payout = table(["level"], ["payout"], [('"gold"', "30"), ("-", "0")], "FIRST")
    model = load(write_model(level, decision(payout, "d", needs("requiredDecision:level"))))
    d = Drawing().start().decision("rule", "d", "verdict").user("u").end().flow("start", "rule", "u", "end")
    r = run(d, {"d": model.decisions["d"]}, amount=Decimal(300))
    assert r.variables["verdict"] == 30
    assert r.told("decision.evaluated")[0].value == {
        "decision": "d", "inputs": {"level": "gold"}, "rules": [1], "output": 30,
        "tables": [{"element": "level", "table": "t", "inputs": {"amount": 300}, "rules": [1], "output": "gold"}],
    }  # fmt: skip


def test_a_parallel_gateway_waits_for_one_token_of_each_flow() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel").user("c").end()
    d.flow("start", "fork", "a", "join", "c", "end").flow("fork", "b", "join")
    r = run(d)
    assert r.waiting == ["a", "b"]
    r.complete("b", late=False)
    assert r.waiting == ["a"]
    r.complete("a", late=True)
    assert r.waiting == ["c"]
    assert r.variables == {"late": True}
    r.complete("c")
    merged = [event for event in r.told("element.completed") if event.element == "join"]
    assert [event.value for event in merged] == [{"merged_into": merged[1].token}, None]


def test_a_join_in_a_loop_counts_each_round_alone() -> None:
    d = Drawing().start().gateway("merge").gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel")
    d.gateway("again", default="again_end").end().flow("start", "merge", "fork", "a", "join", "again", "end")
    d.flow("fork", "b", "join").flow("again", "merge", when="=more")
    r = run(d, more=True)
    for _ in range(5):
        r.complete("b")
        r.complete("a")
        assert r.waiting == ["a", "b"]
    r.complete("a", more=False)
    r.complete("b")
    assert r.last.status is InstanceStatus.COMPLETED


def test_two_tokens_on_one_flow_do_not_complete_a_join() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").user("c").gateway("merge")
    d.gateway("join", "parallel").user("after").end()
    d.flow("start", "fork", "a", "merge", "join", "after", "end").flow("fork", "b", "merge").flow("fork", "c", "join")
    r = run(d)
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c"]
    r.complete("c")
    assert r.waiting == ["after"]
    r.complete("after")
    assert list(r.incidents.values()) == ["deadlocked"]


def test_several_flows_into_an_activity_merge_without_a_gateway() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").user("c").end()
    d.flow("start", "fork", "a", "c", "end").flow("fork", "b", "c")
    r = run(d)
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c", "c"]


def test_an_element_without_a_way_on_ends_its_token() -> None:
    r = run(Drawing().start().user("a").flow("start", "a"))
    r.complete("a")
    assert r.last.status is InstanceStatus.COMPLETED
    assert r.last.end_state is None


def test_a_sub_process_ends_when_its_last_token_does() -> None:
    body = Drawing().start("s_start").gateway("s_fork", "parallel").user("x").user("y").end("s_x").end("s_y")
    body.flow("s_start", "s_fork", "x", "s_x").flow("s_fork", "y", "s_y")
    r = run(Drawing().start().sub("s", body).user("after").end().flow("start", "s", "after", "end"))
    r.complete("x")
    assert r.waiting == ["y"]
    r.complete("y")
    assert r.waiting == ["after"]
    assert r.last.end_state is None
    r.complete("after")
    assert r.last.end_state == "end"


def test_terminate_ends_its_scope_and_no_more() -> None:
    body = Drawing().start("s_start").gateway("s_fork", "parallel").user("x").user("y").terminate("s_stop").end("s_y")
    body.flow("s_start", "s_fork", "x", "s_stop").flow("s_fork", "y", "s_y")
    r = run(Drawing().start().sub("s", body).user("after").end().flow("start", "s", "after", "end"))
    r.complete("x")
    assert r.waiting == ["after"]
    assert [event.element for event in r.told("user_task.cancelled")] == ["y"]
    assert not r.last.closed[-1].completed


def test_terminate_in_the_process_is_its_end_state() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").terminate("stop").end()
    r = run(d.flow("start", "fork", "a", "stop").flow("fork", "b", "end"))
    r.complete("a")
    assert r.last.status is InstanceStatus.COMPLETED
    assert r.last.end_state == "stop"
    assert r.told("instance.completed")[0].value == {"end_state": "stop", "end_state_name": "stop!"}


def test_a_call_takes_all_variables_and_gives_all_back() -> None:
    d = Drawing().start().call("c", "p07_delivery", mapping({"dispatch_kind": '="reship"'})).user("u").end()
    r = run(d.flow("start", "c", "u", "end"), order="SO1")
    row = r.row_of("c")
    assert row.process_id == "p07_delivery"
    assert row.variables == {"order": "SO1", "dispatch_kind": "reship"}
    assert row.explicit == ("dispatch_kind",)
    r.do(CompleteCall(id=row.id, variables={"order": "SO1", "result": "sent"}, end_state="end_sent"))
    assert r.variables == {"order": "SO1", "result": "sent"}
    assert r.told("call.completed")[0].value == {
        "end_state": "end_sent", "before": {"result": None}, "after": {"result": "sent"},
    }  # fmt: skip


def test_a_call_with_output_mappings_gives_only_these_back() -> None:
    d = Drawing().start().call("c", "q", mapping(outputs={"answer": "=result"})).user("u").end()
    r = run(d.flow("start", "c", "u", "end"), order="SO1")
    r.do(CompleteCall(id=r.id_of("c"), variables={"order": "X", "result": "sent"}))
    assert r.variables == {"order": "SO1", "answer": "sent"}


def test_a_call_may_keep_its_variables_to_itself() -> None:
    flags = {"propagateAllParentVariables": "false", "propagateAllChildVariables": "false"}
    d = Drawing().start().call("c", "q", mapping({"a": "=1"}), **flags).user("u").end().flow("start", "c", "u", "end")
    r = run(d, order="SO1")
    assert r.row_of("c").variables == {"a": Decimal(1)}
    r.do(CompleteCall(id=r.id_of("c"), variables={"result": "sent"}))
    assert r.variables == {"order": "SO1"}


def test_cancel_ends_everything_that_waits() -> None:
    body = Drawing().start("s_start").user("x").end("s_end").flow("s_start", "x", "s_end")
    d = Drawing().start().gateway("f", "parallel").sub("s", body).service("j").end()
    r = run(d.flow("start", "f", "s", "end").flow("f", "j", "end"))
    r.do(Cancel(reason="客户撤销"))
    assert r.last.status is InstanceStatus.CANCELLED
    assert r.told("instance.cancelled")[0].value == {"reason": "客户撤销"}
    assert {closed.completed for closed in r.last.closed} == {False}


def test_a_register_row_is_written_by_each_element_that_names_it() -> None:
    d = Drawing(log="={case_id: case_id, amount: amount, note: note, at: now()}")
    naming = properties(register="log")
    d.start().script("s", "=a * 2", "amount", naming).user("u", extension=naming).end().flow("start", "s", "u", "end")
    r = run(d, a=Decimal(3))
    first = r.last.registers[0]
    assert (first.register, first.element) == ("log", "s")
    assert dict(first.values) == {"case_id": "C1", "amount": Decimal(6), "at": r.now}
    r.complete("u", note="好")
    assert r.last.registers[0].values["note"] == "好"
    assert len(r.told("register.written")) == 2


def test_a_register_may_be_chosen_by_feel() -> None:
    d = Drawing(one="={a: a}", two="={b: a}")
    d.start().script("s", "=1", "x", properties(register="=which")).user("u").end().flow("start", "s", "u", "end")
    assert run(d, which="two", a="z").last.registers[0].register == "two"
    assert list(run(d, which="three", a="z").incidents.values()) == ["expression"]


def test_a_loop_without_a_wait_is_stopped() -> None:
    d = Drawing().start().gateway("m").gateway("g", default="g_end").script("s", "=n", "n").end()
    d.flow("start", "m", "s", "g", "end").flow("g", "m", when="=true")
    with pytest.raises(StepLimitExceeded):
        run(d)
