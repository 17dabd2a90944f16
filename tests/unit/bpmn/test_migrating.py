"""A running instance goes on under another version: laws over random walks, and what users of other engines miss."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from engine.bpmn import migrate
from engine.errors import StepError
from engine.model import CallOpened, Facts, InstanceStatus, JobOpened, Migrate, UserTaskOpened
from tests.sample import times
from tests.unit.bpmn import event_shapes, shapes
from tests.unit.bpmn.drawing import Drawing, cycle, duration, items
from tests.unit.bpmn.migrating_kit import (
    renamed_command,
    renamed_ids,
    renamed_xml,
    take_over,
    version,
    why_not,
)
from tests.unit.bpmn.running import CASE, Running, follow, of, run

ALL = {**shapes.SHAPES, **event_shapes.SHAPES}


def walked(shape: str, seed: int) -> Running:
    return event_shapes.walk(shape, seed) if shape in event_shapes.SHAPES else shapes.walk(shape, seed)


# --- laws -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ALL)
def test_going_over_to_the_same_version_changes_nothing(shape: str) -> None:
    tried = 0
    for seed in range(times(12, 5)):
        running = walked(shape, seed)
        again = of(ALL[shape]())
        for command, facts in running.log:
            again.now = facts.now
            again.do(command)
            if again.last.status is not InstanceStatus.ACTIVE:
                break
            target = Migrate(target="t")
            outcome = migrate(again.definition, again.definition, again.state, target, Facts(now=again.now, case=CASE))
            assert outcome.state == again.state.state, (shape, seed)
            assert [event.kind for event in outcome.events] == ["instance.migrated"], (shape, seed)
            assert (outcome.opened, outcome.closed, outcome.incidents) == ((), (), ())
            assert {moved.id for moved in outcome.moved} == set(again.rows)
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("shape", [name for name in ALL if name != "ad_hoc"])
def test_with_every_id_renamed_it_goes_on_as_it_would_have(shape: str) -> None:
    source = of(ALL[shape]()).definition
    names = renamed_ids(source)
    target = version(renamed_xml(ALL[shape]().xml(), names))
    gone_over = 0
    for seed in range(times(12, 5)):
        chance = random.Random(seed)
        running = walked(shape, seed)
        moment = chance.randrange(1, len(running.log) + 1)
        other = of(ALL[shape]())
        for command, facts in running.log[:moment]:
            other.now = facts.now
            other.do(command)
        if other.last.status is not InstanceStatus.ACTIVE:
            continue
        take_over(other, target, names)
        gone_over += 1
        for command, facts in running.log[moment:]:
            other.now = facts.now
            other.do(renamed_command(command, names))  # type: ignore[arg-type]  # a command still
        told = [e for e in other.events if e.kind != "instance.migrated"]
        assert [(e.kind, _plain(e.element), e.token) for e in told] == [
            (e.kind, e.element, e.token) for e in running.events
        ], (shape, seed, moment)
        assert (other.last.status, _plain(other.last.end_state)) == (running.last.status, running.last.end_state)
        assert other.state.variables == running.state.variables
    assert gone_over > 3


def _plain(name: str | None) -> str | None:
    return None if name is None else name.removesuffix("_v2")


# --- what it is for ---------------------------------------------------------------------------------


def line(*between: str) -> Drawing:
    d = Drawing().start()
    for name in between:
        d.user(name)
    return d.end().flow("start", *between, "end")


def test_a_step_that_is_new_further_on_is_met() -> None:
    running = run(line("a", "b"))
    row = running.row_of("a")
    outcome = take_over(running, version(line("a", "check", "b")))
    assert [moved.id for moved in outcome.moved] == [row.id]
    running.complete("a")
    assert running.waiting == ["check"]


def test_the_id_of_a_task_stays_and_its_form_is_the_new_one() -> None:
    running = run(line("a"))
    before = running.id_of("a")
    outcome = take_over(running, version(line("review")), {"a": "review"})
    (moved,) = outcome.moved
    assert (moved.id, moved.element, moved.form_id, moved.candidate_groups) == (
        before, "review", "p.review", ("aftersales",),
    )  # fmt: skip
    running.complete("review")
    assert running.over == "completed end"


def test_a_step_that_is_gone_keeps_it_where_it_is() -> None:
    running = run(line("a", "b"))
    state = running.state
    target = version(line("b"))
    assert why_not(running, target) == [("a", "Nothing in the new version stands for a.")]
    with pytest.raises(StepError) as refused:
        take_over(running, target)
    assert "没有对应的步骤" in refused.value.message_zh
    assert running.state is state


def test_a_step_of_another_kind_is_no_stand_in() -> None:
    running = run(line("a"))
    target = version(Drawing().start().service("a").end().flow("start", "a", "end"))
    assert why_not(running, target) == [("a", "a is another kind of element in the new version.")]


def test_ids_that_are_exchanged_go_to_the_right_places() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel").end()
    running = run(d.flow("start", "fork", "a", "join", "end").flow("fork", "b", "join"))
    a, b = running.id_of("a"), running.id_of("b")
    outcome = take_over(running, running.definition, {"a": "b", "b": "a", "a_join": "b_join", "b_join": "a_join"})
    assert {moved.id: moved.element for moved in outcome.moved} == {a: "b", b: "a"}


def joined(*branches: str, more: str = "") -> Drawing:
    d = Drawing().start().gateway("fork", "parallel").gateway("join", "parallel").user("after").end()
    for name in branches:
        d.user(name).flow("fork", name, "join")
    return d.flow("start", "fork").flow("join", "after", "end")


class TestJoins:
    """A token that waits at a join (what other engines refuse, or lose)."""

    def test_it_still_waits_for_the_others(self) -> None:
        running = run(joined("a", "b", "c"))
        running.complete("a")
        running.complete("b")
        take_over(running, version(joined("a", "b", "c")))
        assert running.waiting == ["c"]
        running.complete("c")
        assert running.waiting == ["after"]

    def test_a_branch_less_lets_it_go_on_at_once_when_all_others_are_there(self) -> None:
        running = run(joined("a", "b", "c"))
        running.complete("a")
        running.complete("b")
        assert why_not(running, version(joined("a", "b"))) == [("c", "Nothing in the new version stands for c.")]

    def test_a_branch_more_is_never_filled_and_that_is_said(self) -> None:
        running = run(joined("a", "b"))
        running.complete("a")
        take_over(running, version(joined("a", "b", "c")))
        running.complete("b")
        assert running.waiting == []
        assert list(running.incidents.values()) == ["deadlocked"]

    def test_the_flow_it_came_by_must_be_there(self) -> None:
        d = Drawing().start().gateway("fork", "parallel").gateway("join", "parallel").user("after").end()
        d.user("a").user("x").user("b").flow("fork", "a", "x", "join").flow("fork", "b", "join")
        target = version(d.flow("start", "fork").flow("join", "after", "end"))
        running = run(joined("a", "b"))
        running.complete("a")
        assert why_not(running, target) == [
            ("join", "A token at join came by a_join, which the new version does not have.")
        ]
        take_over(running, target, {"a_join": "x_join"})
        running.complete("b")
        assert running.waiting == ["after"]

    def test_an_inclusive_join_sees_the_new_ways(self) -> None:
        def drawn(*names: str) -> Drawing:
            d = Drawing().start().gateway("fork", "inclusive").gateway("join", "inclusive").user("after").end()
            for name in names:
                d.user(name).flow("fork", name, when="=true").flow(name, "join")
            return d.flow("start", "fork").flow("join", "after", "end")

        running = run(drawn("a", "b"))
        running.complete("a")
        take_over(running, version(drawn("a", "b", "c")))
        running.complete("b")
        assert running.waiting == ["after"]


def with_timer(definition: str | None, host: str = "a", interrupting: bool = True, name: str = "tm") -> Drawing:
    d = Drawing().start().user("a").end().flow("start", "a", "end")
    if definition is not None:
        d.boundary(name, host, definition, interrupting).user("late").end("end_late").flow(name, "late", "end_late")
    return d


class TestBoundaryTimers:
    def test_a_clock_that_runs_keeps_its_instant(self) -> None:
        running = run(with_timer(duration("PT4H")))
        due = running.row_of("tm").due_at  # type: ignore[union-attr]  # a timer
        running.now += timedelta(hours=1)
        outcome = take_over(running, version(with_timer(duration("PT48H"))))
        assert outcome.opened == ()
        assert running.row_of("tm").due_at == due  # type: ignore[union-attr]
        running.fire("tm")
        assert running.waiting == ["late"]

    def test_a_new_one_counts_from_now(self) -> None:
        running = run(with_timer(None))
        running.now += timedelta(hours=5)
        (opened,) = take_over(running, version(with_timer(duration("PT4H")))).opened
        assert isinstance(opened, JobOpened)
        assert opened.due_at == running.now + timedelta(hours=4)
        running.fire("tm")
        assert running.waiting == ["late"]

    def test_one_that_is_gone_is_called_off(self) -> None:
        running = run(with_timer(duration("PT4H")))
        outcome = take_over(running, version(with_timer(None)))
        assert [event.kind for event in outcome.events] == ["instance.migrated", "timer.cancelled"]
        assert running.waiting == ["a"]

    def test_a_reminder_that_has_fired_is_not_armed_again(self) -> None:
        running = run(with_timer(duration("PT4H"), interrupting=False))
        running.fire("tm")
        running.complete("late")
        outcome = take_over(running, version(with_timer(duration("PT4H"), interrupting=False)))
        assert outcome.opened == ()
        assert running.waiting == ["a"]

    def test_a_cycle_goes_on_counting(self) -> None:
        running = run(with_timer(cycle("R3/PT1H"), interrupting=False))
        running.fire("tm")
        take_over(running, version(with_timer(cycle("R3/PT1H"), interrupting=False)))
        running.fire("tm")
        running.fire("tm")
        assert "tm" not in running.waiting

    def test_a_message_that_is_called_otherwise_is_waited_for_anew(self) -> None:
        def drawn(name: str) -> Drawing:
            d = Drawing().start().user("a").end().flow("start", "a", "end")
            return d.boundary("ev", "a", message=name).end("end_ev").flow("ev", "end_ev")

        running = run(drawn("msg_one"), order_id="SO1")
        old = running.id_of("ev")
        take_over(running, version(drawn("msg_two")))
        assert running.id_of("ev") != old
        assert running.row_of("ev").message_name == "msg_two"  # type: ignore[union-attr]
        running.message("ev")
        assert running.over == "completed end_ev"


class TestMultiInstance:
    MARKER = items("=list", "item", "=item + answer", "results")

    def several(self, marker: str, boundary: bool = False) -> Drawing:
        d = Drawing().start().user("x").having(marker).user("after").end().flow("start", "x", "after", "end")
        if boundary:
            d.boundary("tm", "x", duration("PT1H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
        return d

    def test_items_keep_their_places_and_results(self) -> None:
        running = run(self.several(self.MARKER), list=[1, 2, 3])
        running.complete_nth("x", 1, answer=10)
        take_over(running, version(self.several(self.MARKER, boundary=True)))
        assert running.waiting == ["tm", "x", "x"]
        running.complete_nth("x", 0, answer=20)
        running.complete_nth("x", 0, answer=30)
        assert running.waiting == ["after"]
        assert running.variables["results"] == [21, 12, 33]

    def test_one_after_the_other_is_not_all_at_once(self) -> None:
        running = run(self.several(self.MARKER), list=[1, 2])
        target = version(self.several(items("=list", "item", "=item + answer", "results", sequential=True)))
        assert {element for element, _ in why_not(running, target)} == {"x"}

    def test_a_plain_task_is_no_stand_in_for_many(self) -> None:
        running = run(self.several(self.MARKER), list=[1, 2])
        assert why_not(running, version(line("x", "after")))


class TestCallsAndScopes:
    def test_a_call_goes_on_and_takes_its_answer(self) -> None:
        def drawn(name: str, process: str) -> Drawing:
            return Drawing().start().call(name, process).user("after").end().flow("start", name, "after", "end")

        running = run(drawn("call", "q"))
        (call,) = running.rows.values()
        assert isinstance(call, CallOpened)
        assert [element for element, _ in why_not(running, version(drawn("call", "other")))] == ["call"]
        take_over(running, version(drawn("call_q", "q")), {"call": "call_q"})
        from engine.model import CompleteCall

        running.do(CompleteCall(id=call.id, variables={}))
        assert running.waiting == ["after"]

    def test_an_element_that_moved_into_a_sub_process_cannot(self) -> None:
        body = Drawing().start("in").user("a").end("out").flow("in", "a", "out")
        target = version(Drawing().start().sub("s", body).end().flow("start", "s", "end"))
        running = run(line("a"))
        assert why_not(running, target) == [("a", "a is in another sub-process in the new version.")]

    def test_tokens_in_a_sub_process_go_along_with_its_variables(self) -> None:
        def drawn(name: str, *inner: str) -> Drawing:
            body = Drawing().start("in")
            for one in inner:
                body.user(one)
            body.end("out").flow("in", *inner, "out")
            return Drawing().start().sub(name, body).end().flow("start", name, "end")

        running = run(drawn("s", "a"))
        take_over(running, version(drawn("t", "a", "b")), {"s": "t", "start_s": "start_t"})
        running.complete("a")
        running.complete("b")
        assert running.over == "completed end"

    def test_a_new_event_sub_process_begins_to_watch(self) -> None:
        def drawn(watched: bool) -> Drawing:
            d = line("a")
            if watched:
                body = Drawing().start_on("on", d.on_message("msg_stop"), interrupting=True).end("stopped")
                d.event_sub("watch", body.flow("on", "stopped"))
            return d

        running = run(drawn(watched=False), order_id="SO1")
        take_over(running, version(drawn(watched=True)))
        assert running.waiting == ["a", "on"]
        running.message("on")
        assert running.over == "completed stopped"


def waits_for(*events: str) -> Drawing:
    d = Drawing().start().gateway("gw", "eventBased").flow("start", "gw")
    for name in events:
        (d.catch(name, duration("PT2H")) if name.startswith("tm") else d.catch(name, message=f"msg_{name}"))
        d.end(f"end_{name}").flow("gw", name, f"end_{name}")
    return d


class TestEventGateways:
    def test_an_event_more_is_waited_for_and_one_less_is_called_off(self) -> None:
        running = run(waits_for("paid", "tm"), order_id="SO1")
        outcome = take_over(running, version(waits_for("paid", "closed")))
        assert running.waiting == ["closed", "paid"]
        assert "timer.cancelled" in [event.kind for event in outcome.events]
        running.message("closed")
        assert running.over == "completed end_closed"

    def test_the_clock_behind_it_keeps_its_instant(self) -> None:
        running = run(waits_for("paid", "tm"), order_id="SO1")
        due = running.row_of("tm").due_at  # type: ignore[union-attr]
        running.now += timedelta(minutes=30)
        take_over(running, version(waits_for("paid", "tm", "closed")))
        assert running.row_of("tm").due_at == due  # type: ignore[union-attr]


def test_an_incident_goes_along_and_can_be_resolved_there() -> None:
    def gate(name: str) -> Drawing:
        d = Drawing().start().user("a").gateway(name).user("b").end().flow("start", "a", name)
        return d.flow(name, "b", when="=x = 1").flow("b", "end")

    running = run(gate("gw"))
    running.complete("a", x=2)
    assert running.incidents
    take_over(running, version(gate("choice")), {"gw": "choice", "a_gw": "a_choice", "gw_b": "choice_b"})
    running.resolve(x=1)
    assert running.waiting == ["b"]


def test_what_is_over_does_not_migrate() -> None:
    running = run(line("a"))
    running.complete("a")
    with pytest.raises(StepError):
        take_over(running, version(line("a")))


def test_the_state_has_the_names_of_the_new_version() -> None:
    running = run(line("a"))
    take_over(running, version(line("b")), {"a": "b"})
    (token,) = msgspec.json.decode(running.state.state or b"")["tokens"]
    assert token["e"] == "b"
    assert isinstance(running.row_of("b"), UserTaskOpened)
    assert follow(running.state, running.last).state == running.state.state
