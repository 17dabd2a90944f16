"""Multiple instances (WCP-12 to 15, 26, 27, 34 to 36)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.processes.patterns.pattern import draw, over, play
from tests.unit.bpmn.drawing import Drawing, condition, items, mapping
from tests.unit.bpmn.event_drawing import Events, escalation, message, rows_of, signal
from tests.unit.bpmn.running import Running


def several(marker: str, extension: str = "") -> Events:
    """A user task that several do, and one behind it."""
    d = draw().line("start start").user("a", extension=extension)
    d.having(marker)
    return d.line("start", "a", "user after", "end end")


def complete_first(r: Running, **variables: object) -> None:
    """Somebody completes the oldest of several."""
    r.complete_nth("a", 0, **variables)


def test_wcp_12_instances_without_synchronization_are_begun_one_by_one_and_end_by_themselves() -> None:
    d = draw().line("start start", "exclusive m", "user ask", "parallel fork", "user a", "end done")
    d.line("fork", "exclusive g_end g", "end end").flow("g", "m", when="=more")
    r = play(d)
    r.complete("ask", more=True)
    r.complete("ask", more=True)
    assert r.waiting == ["a", "a", "ask"]
    complete_first(r)
    r.complete("ask", more=False)
    complete_first(r)
    complete_first(r)
    over(r, "done")


def test_wcp_12_each_item_may_go_on_by_itself_through_an_event_of_the_whole() -> None:
    d = several(items("=parcels", "parcel", behavior="None", noneBehaviorEventRef="d_done"))
    d.at_root('<bpmn:escalationEventDefinition id="d_done" escalationRef="x_done"/>')
    d.edge("each", "a", escalation("done"), interrupting=False).line("each", "user then", "end noted")
    r = play(d, parcels=["x", "y"])
    complete_first(r)
    assert r.waiting == ["a", "then"]
    complete_first(r)
    assert r.waiting == ["after", "then", "then"]
    r.complete_nth("then", 0)
    r.complete_nth("then", 0)
    r.complete("after")
    over(r)


@pytest.mark.parametrize("sequential", [True, False])
def test_wcp_13_the_number_of_instances_is_known_when_it_is_drawn(sequential: bool) -> None:
    r = play(several(items(number="3", sequential=sequential)))
    for left in (3, 2, 1):
        assert r.waiting == ["a"] * (1 if sequential else left)
        complete_first(r)
    r.complete("after")
    over(r)


@pytest.mark.parametrize(
    "marker", [items(number="=n"), items("=for i in 1..n return i", "item"), items("=parcels", "item")]
)
def test_wcp_14_the_number_of_instances_is_known_when_they_begin(marker: str) -> None:
    r = play(several(marker), n=Decimal(2), parcels=["x", "y"])
    assert r.waiting == ["a", "a"]
    complete_first(r)
    complete_first(r)
    r.complete("after")
    over(r)


def test_wcp_14_none_at_all_may_be_needed() -> None:
    r = play(several(items(number="=n")), n=Decimal(0))
    r.complete("after")
    over(r)


def growing(inside: Drawing) -> Events:
    """A sub-process in which a message begins one more instance as long as it is open."""
    more = Events().starts("more", message("more"), interrupting=False).line("more", "user more_a", "end more_e")
    inside.watch("growing", more)  # type: ignore[attr-defined]
    return draw().line("start start").nest("all", inside).line("start", "all", "user after", "end end")


def test_wcp_15_further_instances_may_begin_while_others_run_and_all_are_awaited() -> None:
    r = play(growing(Events().line("start s", "user a", "end e")), order_id="7")
    r.message("more")
    r.message("more")
    complete_first(r)
    assert "after" not in r.waiting
    r.message("more")
    for n in (2, 0, 0):
        r.complete_nth("more_a", n)
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)


def test_wcp_15_an_ad_hoc_sub_process_offers_one_more_until_it_is_enough() -> None:
    d = draw().line("start start").ad_hoc("all", Drawing().user("a"), "=enough")
    r = play(d.flow("start", "all").line("all", "user after", "end end"), enough=False)  # type: ignore[attr-defined]
    for _ in range(3):
        complete_first(r, enough=False)
    complete_first(r, enough=True)
    r.complete("after")
    over(r)


def test_wcp_26_cancelling_a_multiple_instance_activity_takes_back_what_still_runs() -> None:
    d = several(items(number="3"))
    d.edge("stop", "a", message("stop")).line("stop", "end stopped")
    r = play(d, order_id="7")
    complete_first(r)
    r.message("stop")
    over(r, "stopped")


def test_wcp_27_completing_a_multiple_instance_activity_takes_back_what_runs_and_goes_on() -> None:
    d = draw().line("start start").user("a").having(items(number="3"))
    d.line("start", "a", "exclusive m", "user after", "end end").edge("enough", "a", message("enough"))
    r = play(d.line("enough", "m"), order_id="7")
    complete_first(r)
    r.message("enough")
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)


def test_wcp_34_a_static_partial_join_goes_on_after_n_and_the_others_are_completed_without_effect() -> None:
    when = "<bpmn:condition>=numberOfCompletedInstances = 2</bpmn:condition>"
    thrown = f'<bpmn:event id="b_e">{escalation("two")}</bpmn:event>'
    inside = f'<bpmn:complexBehaviorDefinition id="b">{when}{thrown}</bpmn:complexBehaviorDefinition>'
    d = draw().line("start start").user("a").having(items(number="4", behavior="Complex", inside=inside))
    d.line("start", "a", "end all").edge("two", "a", escalation("two"), interrupting=False)
    r = play(d.line("two", "user after", "end end"))
    complete_first(r)
    assert r.waiting == ["a"] * 3
    complete_first(r)
    assert r.waiting == ["a", "a", "after"]
    complete_first(r)
    complete_first(r)
    r.complete("after")
    assert r.entered("after") == 1
    over(r, "all")


@pytest.mark.parametrize("sequential", [True, False])
def test_wcp_35_a_cancelling_partial_join_goes_on_after_n_and_takes_back_the_others(sequential: bool) -> None:
    marker = items(number="4", completion="=numberOfCompletedInstances >= 2", sequential=sequential)
    r = play(several(marker))
    complete_first(r)
    complete_first(r)
    assert r.waiting == ["after"]
    r.complete("after")
    over(r)


def test_wcp_36_a_dynamic_partial_join_goes_on_when_enough_of_those_begun_so_far_are_done() -> None:
    count = mapping(outputs={"done": "=done + 1"})
    more = Events().starts("more", message("more"), interrupting=False)
    more.user("more_a", extension=count).line("more", "more_a", "end more_e")
    inside = Events().line("start s").user("a", extension=count).line("s", "a", "end e")
    d = draw().line("start start").nest("all", inside.watch("growing", more)).line("start", "all", "end end")
    d.edge("enough", "all", condition("=done >= needed"), interrupting=False).line("enough", "user after", "end noted")
    r = play(d, order_id="7", done=Decimal(0), needed=Decimal(2))
    r.message("more")
    r.message("more")
    complete_first(r)
    assert "after" not in r.waiting
    r.complete_nth("more_a", 0)
    assert r.waiting == ["after", "more", "more_a"]
    r.complete("more_a")
    r.complete("after")
    assert r.entered("after") == 1
    r.proven()


def test_wcp_36_a_signal_may_end_the_wait_of_a_dynamic_join() -> None:
    d = draw().line("start start").user("a").having(items("=parcels", "parcel"))
    d.line("start", "a", "exclusive m", "user after", "end end").edge("enough", "a", signal("enough")).line(
        "enough", "m"
    )
    r = play(d, parcels=["x", "y", "z"])
    assert len(rows_of(r, "a")) == 3
    r.signal("enough")
    r.complete("after")
    over(r)
