"""A runner that cannot fail is worthless: the shipped scenarios pass, and every kind of lie in a copy is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from engine.model import Variables
from engine.scenarios import Coverage, Result, Scenario, Stage, prepare
from engine.scenarios.play import Play
from engine.scenarios.scenario import Occurrence, Turn, Visits
from tests.engine.support import Engine
from tests.processes.scenario_files import all_scenarios
from tests.sample import some
from tests.unit.bpmn.drawing import Drawing

ROOT = Path(__file__).parents[3]
SUFFIXES = {".bpmn", ".dmn", ".form", ".txt"}


def process_files() -> dict[str, bytes]:
    found = [p for folder in ("processes", "forms") for p in sorted((ROOT / folder).rglob("*")) if p.suffix in SUFFIXES]
    return {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in found}


SHIPPED = all_scenarios()
PROCESSES = sorted({scenario.process for scenario in SHIPPED.values()})
LOST = SHIPPED["10-S5"]
WATCHED = SHIPPED["10-S4"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with prepare(process_files()) as stage:
        yield stage


def visits(*values: Variables) -> Visits[Variables]:
    return Visits(values, every_time=False)


def problem(stage: Stage, scenario: Scenario) -> str:
    result = stage.run(scenario)
    assert not result.ok
    assert result.problem
    return result.problem


@pytest.fixture(scope="module")
def played(stage: Stage) -> Callable[[str], list[Result]]:
    """The results of all scenarios of a process, each played once."""

    @cache
    def results(process: str) -> list[Result]:
        return [stage.run(scenario) for scenario in SHIPPED.values() if scenario.process == process]

    return results


@pytest.mark.parametrize("process", PROCESSES)
def test_the_shipped_scenarios_of_a_process_pass(played: Callable[[str], list[Result]], process: str) -> None:
    assert len(played(process)) > 1
    assert [(result.no, result.problem) for result in played(process) if not result.ok] == []


@pytest.mark.timeout(900)  # run by itself it plays them all
def test_the_shipped_scenarios_take_every_flow_event_and_rule(
    stage: Stage, played: Callable[[str], list[Result]]
) -> None:
    coverage = Coverage()
    for process in PROCESSES:
        for result in played(process):
            coverage.add(result)
    missing = [line for line in stage.missing(SHIPPED.values(), coverage) if "no scenario" in line]
    assert missing == []


@pytest.mark.parametrize("no", some(["07-S1", "10-S4", "10-S5", "S2-S2"], 2))
def test_a_wrong_end_value_or_path_each_fail(stage: Stage, no: str) -> None:
    scenario = SHIPPED[no]
    assert scenario.path
    assert "not at end_elsewhere" in problem(stage, replace(scenario, end="end_elsewhere"))
    (name, *_) = scenario.expect or {"order_id": None}
    assert f"{name} is " in problem(stage, replace(scenario, expect={name: "something else"}))
    assert "is null at the end" in problem(stage, replace(scenario, expect={"no_such_variable": 1}))
    swapped = (scenario.path[1], scenario.path[0], *scenario.path[2:])
    assert "step 1 of the path" in problem(stage, replace(scenario, path=swapped))
    assert "the path goes on" in problem(stage, replace(scenario, path=scenario.path[:-1]))
    assert "the path stops" in problem(stage, replace(scenario, path=(*scenario.path, "end_elsewhere")))
    without = (*scenario.path[:3], *scenario.path[4:])
    assert "step 4 of the path" in problem(stage, replace(scenario, path=without))


def test_a_failure_names_the_scenario_and_what_differs(stage: Stage) -> None:
    result = stage.run(replace(LOST, expect={"inquiry_result": "refunded"}))
    assert result.no == "10-S5"
    assert result.problem == 'inquiry_result is "reshipped" at the end, not "refunded"'
    assert result.end == "end_reshipped"


def test_the_form_is_checked_as_an_agents_is(stage: Stage) -> None:
    found = problem(stage, replace(LOST, do={**LOST.do, "check_logistics": visits({"customer_urges": True})}))
    assert found.startswith("check_logistics: the form does not accept the values: ")
    found = problem(stage, replace(LOST, do={**LOST.do, "check_logistics": visits({"no_such_field": True})}))
    assert "check_logistics" in found


def test_what_the_form_does_not_ask_for_in_this_case_is_left_out(stage: Stage) -> None:
    """The catalogue says when a field is required, not when it is shown: a scenario may name it all the same."""
    declined = SHIPPED["14-S4"]
    named = {**declined.do, "decide_handling": visits({"handling": "decline", "handling_reason": "特价"})}
    result = stage.run(replace(declined, do=named))
    assert result.problem is None
    assert result.variables.get("handling_reason") is None


def test_the_start_form_is_checked_for_what_the_scenario_gives(stage: Stage) -> None:
    assert "order_amount" in problem(stage, replace(LOST, start={**LOST.start, "order_amount": "a lot"}))


def test_an_element_without_values_is_named(stage: Stage) -> None:
    do = {key: value for key, value in LOST.do.items() if key != "courier_search"}
    assert "waits at user task courier_search" in problem(stage, replace(LOST, do=do))
    assert "wait_recovery" in SHIPPED["10-S6"].events
    assert "event ev_recovered" in problem(stage, replace(SHIPPED["10-S6"], events={}))


def test_fewer_values_than_visits_are_a_failure(stage: Stage) -> None:
    (first, *_) = WATCHED.do["check_logistics"].values
    found = problem(stage, replace(WATCHED, do={**WATCHED.do, "check_logistics": visits(first)}))
    assert "check_logistics is visited more often" in found


def test_a_visit_that_a_timer_ended_may_be_null_and_no_other(stage: Stage) -> None:
    """The first wait for the goods ends with its timer, at the second they come."""
    late = SHIPPED["02-S5"]
    wait, restocked = {"stock_option": "wait"}, {"restocked_at": "2026-01-06T10:00"}
    for given in (Visits((None, restocked), every_time=False), visits(restocked)):
        do = {**late.do, "negotiate_stock_option": visits(wait, wait), "restock_goods": given}
        twice = replace(late, do=do, calls={}, path=None)
        assert stage.run(twice).problem is None
    silent = replace(twice, do={**do, "restock_goods": Visits((None, restocked), every_time=False)}, fire={})
    assert "restock_goods is visited more often" in problem(stage, silent)


def test_values_that_were_never_needed_are_a_failure(stage: Stage) -> None:
    assert "never needed: do.fix_pay_info" in problem(
        stage, replace(LOST, do={**LOST.do, "fix_pay_info": visits({"x": 1})})
    )
    assert "never needed: calls.call_x" in problem(stage, replace(LOST, calls={**LOST.calls, "call_x": visits({})}))


def test_an_event_that_does_not_wait_there_is_a_failure(stage: Stage) -> None:
    other = Visits((Occurrence("ev_elsewhere"),), every_time=True)
    assert "wait_watch: the event ev_elsewhere" in problem(
        stage, replace(WATCHED, events={**WATCHED.events, "wait_watch": other})
    )
    assert "the boundary event tm_elsewhere" in problem(
        stage, replace(WATCHED, fire={"contact_courier": (Occurrence("tm_elsewhere"),)})
    )


def test_the_branch_decides_the_end(stage: Stage) -> None:
    """The same scenario ends elsewhere when the called process gives something else."""
    cancelled = {"call_reship": visits({"dispatch_result": "cancelled"})}
    assert "ended at end_refunded, not at end_reshipped" in problem(stage, replace(LOST, calls=cancelled))


def test_a_call_that_is_not_named_is_run_for_real(stage: Stage) -> None:
    found = problem(stage, replace(LOST, calls={}))
    assert "waits at user task" in found, "the called process waits for its own people"


def test_an_unknown_process_is_named(stage: Stage) -> None:
    assert "p99_nothing" in problem(stage, replace(LOST, process="p99_nothing"))


def test_a_start_message_that_starts_nothing_is_a_failure(stage: Stage) -> None:
    assert "no start event for the message msg_x" in problem(stage, replace(LOST, start_message="msg_x"))


def test_coverage_tells_what_is_not_taken(stage: Stage) -> None:
    coverage = Coverage()
    coverage.add(stage.run(LOST))
    missing = stage.missing([LOST], coverage)
    assert any("tm_watch" in line for line in missing)
    assert any("no scenario lets tm_search" in line for line in missing)
    assert not any("s02_payout" in line for line in missing), "only the process under test is counted"


def test_a_scenario_leaves_nothing_behind_for_the_next(stage: Stage) -> None:
    first, second = stage.run(LOST), stage.run(LOST)
    assert first == second


def test_a_jobs_result_may_take_the_place_of_its_connector(stage: Stage) -> None:
    soothed = SHIPPED["10-S1"]
    given = replace(soothed, svc={"remind_logistics": visits({"reminder_no": "R1"})}, expect={"reminder_no": "R1"})
    assert stage.run(given).problem is None
    assert "reminder_no is null" in problem(stage, replace(given, svc={}))


def test_values_reach_called_processes_and_the_path_does_not(stage: Stage) -> None:
    cancelled = replace(SHIPPED["07-S5"], calls={})
    payment = visits({"pay_ok": True, "payment_no": "P1", "paid_amount": 99})
    for key in ("finance_pay", "call_refund/finance_pay"):
        result = stage.run(replace(cancelled, do={**cancelled.do, key: payment}))
        assert result.problem is None
        assert result.path == cancelled.path
        assert ("s02_payout", "end_paid") in result.taken
    assert "waits at user task finance_pay" in problem(
        stage, replace(cancelled, do={**cancelled.do, "call_x/finance_pay": payment})
    )


def test_a_call_that_a_called_process_has_too_is_meant_in_the_process_under_test(stage: Stage) -> None:
    """Both 01 and the three guarantees that it calls have an approval and a payout."""
    offered = SHIPPED["01-S4"]
    damage = visits({"comp_amount": 25, "comp_reason": "损坏", "pay_method": "original"})
    do = {**offered.do, "choose_guarantee": visits({"guarantee_choice": "compensate"})}
    do |= {"assess_full_compensation": damage}
    do |= {"finance_pay": visits({"pay_ok": True, "payment_no": "P1", "paid_amount": 25})}
    refused = {key: value for key, value in offered.calls.items() if key != "call_three_guarantees"}
    real = replace(offered, do=do, calls=refused, expect={"tg_result": "compensated"})
    result = stage.run(real)
    assert result.problem is None
    assert ("s03_amount_approval", "end_amount_approved") in result.taken
    paid = {"call_three_guarantees/call_payout": visits({"payout_result": "paid"})}
    stubbed = {key: value for key, value in do.items() if key != "finance_pay"}
    assert stage.run(replace(real, do=stubbed, calls={**refused, **paid})).problem is None


def test_a_messages_payload_becomes_one_variable(stage: Stage) -> None:
    news = {"stage": "in_transit", "location": "杭州"}
    events = {**WATCHED.events, "wait_recovery": Visits((Occurrence("ev_recovered", news),), every_time=True)}
    result = stage.run(replace(WATCHED, events=events, expect={"logistics_updated": news}))
    assert result.problem is None


def test_a_message_reaches_who_waits_now_and_nobody_who_comes_later(stage: Stage) -> None:
    """The tracking case opens its wait for the same message after the inquiry that it called got it."""
    result = stage.run(SHIPPED["05-A10"])
    assert result.problem is None
    assert result.path.count("ev_logistics_updated") == 0
    assert result.path.count("tm_poll") == 2


def test_without_its_boundary_timer_the_task_still_waits(stage: Stage) -> None:
    silent = SHIPPED["10-S7"]
    assert silent.fire
    assert "waits at user task courier_search" in problem(stage, replace(silent, fire={}))


@pytest.mark.parametrize("process", some(PROCESSES, 5))
def test_a_scenario_of_every_process_fails_with_another_end_value_or_path(
    stage: Stage, played: Callable[[str], list[Result]], process: str
) -> None:
    *_, scenario = (scenario for scenario in SHIPPED.values() if scenario.process == process)
    path = (scenario.path or played(process)[-1].path)[1:]
    value = {**scenario.expect, next(iter(scenario.expect), "order_id"): "别的值"}
    lies = (replace(scenario, end="end_elsewhere"), replace(scenario, expect=value), replace(scenario, path=path))
    for lie in lies:
        result = stage.run(lie)
        assert not result.ok, scenario.no
        assert result.problem


def test_an_event_that_waits_for_a_signal_gets_it(engine: Engine) -> None:
    drawing = Drawing("p").start()
    drawing.top.append('<bpmn:signal id="s" name="sig_closed"/>')
    drawing.catch("ev", '<bpmn:signalEventDefinition signalRef="s"/>').end().flow("start", "ev", "end")
    engine.deploy(drawing)
    occurs = Visits((Occurrence("ev", {"reason": "台风"}),), every_time=False)
    told = {"closed": {"reason": "台风"}}
    nothing = {"start": {}, "do": {}, "calls": {}, "svc": {}, "fire": {}, "path": None}
    scenario = replace(LOST, process="p", events={"ev": occurs}, expect=told, end="end", **nothing)
    result = Play(scenario, engine.db, engine.clock).run()
    assert (result.problem, result.end) == (None, "end")


def test_an_order_is_kept_and_every_lie_in_it_is_found(stage: Stage) -> None:
    order = [Turn(key=key) for key in ("check_logistics", "contact_courier", "courier_search", "file_claim")]
    said = replace(LOST, order=tuple(order))
    assert stage.run(said).problem is None
    assert "courier_search does not wait" in problem(stage, replace(said, order=(order[0], order[2])))
    assert "the scenario does not say" in problem(stage, replace(said, order=tuple(order[:2])))
    assert "never needed: order.ev_more" in problem(stage, replace(said, order=(*order, Turn(key="ev_more"))))
    assert "does not wait" in problem(stage, replace(said, order=(replace(order[0], n=2), *order[1:])))
    do = {key: value for key, value in LOST.do.items() if key != "file_claim"}
    assert "file_claim has no values" in problem(stage, replace(said, do=do))
    late = (order[0], Turn(duration=timedelta(days=9)), *order[1:])
    assert not stage.run(replace(said, order=late)).ok, "its timers have fired meanwhile"


def test_a_call_or_job_may_be_real_at_one_visit(stage: Stage) -> None:
    given = replace(LOST, calls={"call_reship": Visits((None,), every_time=False)})
    assert "waits at user task" in problem(stage, given)


def test_every_verdict_is_said_in_chinese_with_the_elements_name(stage: Stage) -> None:
    lies = {
        "工单结束在「丢件已重新发货」(end_reshipped),场景要求结束在end_elsewhere": replace(LOST, end="end_elsewhere"),
        '结束时变量 inquiry_result 是 "reshipped",场景要求是 "x"': replace(LOST, expect={"inquiry_result": "x"}),
        "工单停在「查询物流状态」(check_logistics),场景没有写这里发生什么": replace(LOST, do={}),
        "用不到:do.nothing(流程没有走到那里?请改正或删去)": replace(LOST, do={**LOST.do, "nothing": visits({})}),
    }
    for said, lie in lies.items():
        assert stage.run(lie).problem_zh == said
    refused = stage.run(replace(LOST, do={**LOST.do, "check_logistics": visits({"customer_urges": True})}))
    assert str(refused.problem_zh).startswith("「查询物流状态」(check_logistics):表单不接受这些内容:")
    assert stage.run(LOST).problem_zh is None
