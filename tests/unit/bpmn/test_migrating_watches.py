"""What watches beside the flow when an instance goes over to another version: nothing is lost, nothing begins twice."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.bpmn.drawing import Drawing, duration, items
from tests.unit.bpmn.event_drawing import correlate, rows_of
from tests.unit.bpmn.migrating_kit import take_over, version, why_not
from tests.unit.bpmn.running import run

TWO_HOURS = timedelta(hours=2)


def two(host: str, definition: str) -> Drawing:
    """Two tasks at once; the event ``ev`` stands at one of them."""
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").end().flow("start", "fork", "a", "end")
    d.flow("fork", "b", "end")
    d.boundary("ev", host, duration("PT4H")) if definition == "timer" else d.boundary("ev", host, message="msg_stop")
    return d.user("late").end("end_late").flow("ev", "late", "end_late")


def test_an_event_that_waits_for_something_else_now_begins_to_wait() -> None:
    running = run(two("a", "timer"), order_id="SO1")
    outcome = take_over(running, version(two("a", "message")))
    assert "timer.cancelled" in [event.kind for event in outcome.events]
    assert running.waiting == ["a", "b", "ev"]
    running.message("ev")
    assert running.waiting == ["b", "late"]


def test_an_event_that_stands_at_another_activity_now_watches_there() -> None:
    running = run(two("a", "timer"))
    running.now += TWO_HOURS
    take_over(running, version(two("b", "timer")))
    assert running.waiting == ["a", "b", "ev"]
    assert running.row_of("ev").due_at == running.now + 2 * TWO_HOURS  # type: ignore[union-attr]  # a timer
    running.fire("ev")
    assert running.waiting == ["a", "late"]


def test_events_at_one_activity_that_exchange_their_ids_stay_as_they_are() -> None:
    def drawn(first: str, second: str) -> Drawing:
        d = Drawing().start().user("a").end().flow("start", "a", "end")
        d.boundary(first, "a", duration("PT1H"), False).end(f"end_{first}").flow(first, f"end_{first}")
        d.boundary(second, "a", duration("PT9H"), False).end(f"end_{second}").flow(second, f"end_{second}")
        return d

    running = run(drawn("one", "two"))
    running.fire("one")
    assert take_over(running, version(drawn("two", "one")), {"one": "two", "two": "one"}).opened == ()
    assert running.waiting == ["a", "one"]


def test_one_that_is_called_off_is_told_under_the_name_that_it_had() -> None:
    running = run(two("a", "timer"), order_id="SO1")
    d = two("a", "message")
    d.boundary("other", "b", message="msg_other").end("end_other").flow("other", "end_other")
    outcome = take_over(running, version(d), {"ev": "other"})
    told, called_off = outcome.events[:2]
    assert (called_off.kind, called_off.element) == ("timer.cancelled", "ev")
    assert told.value["tokens"] == []
    assert running.waiting == ["a", "b", "ev", "other"]


class TestMultipleEvents:
    def drawn(self, *names: str, parallel: bool = False) -> Drawing:
        d = Drawing().start().user("a").end().flow("start", "a", "end")
        inside = "".join(d.on_message(name) for name in names)
        d.element("boundaryEvent", "ev", inside, attachedToRef="a", parallelMultiple=str(parallel).lower())
        return d.end("late").flow("ev", "late")

    def test_a_part_more_is_waited_for(self) -> None:
        running = run(self.drawn("msg_one", "msg_two"), order_id="SO1")
        take_over(running, version(self.drawn("msg_one", "msg_two", "msg_three")))
        assert running.waiting == ["a", "ev", "ev", "ev"]
        correlate(running, rows_of(running, "ev")[2])
        assert running.over == "completed late"

    def test_a_part_that_has_come_is_not_waited_for_again(self) -> None:
        running = run(self.drawn("msg_one", "msg_two", parallel=True), order_id="SO1")
        correlate(running, rows_of(running, "ev")[0])
        take_over(running, version(self.drawn("msg_one", "msg_two", "msg_three", parallel=True)))
        assert running.waiting == ["a", "ev", "ev"]
        correlate(running, rows_of(running, "ev")[0])
        correlate(running, rows_of(running, "ev")[0])
        assert running.over == "completed late"


def watched(*handlers: str) -> Drawing:
    d = Drawing().start().user("a").end().flow("start", "a", "end")
    for name in handlers:
        body = Drawing().start_on(f"on_{name}", d.on_message(f"msg_{name}")).user(f"work_{name}").end(f"end_{name}")
        d.event_sub(name, body.flow(f"on_{name}", f"work_{name}", f"end_{name}"))
    return d


def test_a_scope_that_was_taken_over_gets_no_new_watcher() -> None:
    running = run(watched("stop"), order_id="SO1")
    running.message("on_stop")
    take_over(running, version(watched("stop", "other")))
    assert running.waiting == ["work_stop"]


class TestReceiveTasks:
    def drawn(self, name: str, marker: str = "") -> Drawing:
        d = Drawing().start().receive("r", name)
        if marker:
            d.having(marker)
        d.end().flow("start", "r", "end")
        d.boundary("tm", "r", duration("PT4H"), False).end("end_tm").flow("tm", "end_tm")
        return d

    def test_the_clock_at_one_whose_message_is_another_keeps_its_instant(self) -> None:
        running = run(self.drawn("msg_one"), order_id="SO1")
        due = running.row_of("tm").due_at  # type: ignore[union-attr]  # a timer
        running.now += TWO_HOURS
        take_over(running, version(self.drawn("msg_two")))
        assert running.row_of("r").message_name == "msg_two"  # type: ignore[union-attr]  # a subscription
        assert running.row_of("tm").due_at == due  # type: ignore[union-attr]
        running.fire("tm")
        running.message("r")
        assert running.over == "completed end"

    def test_one_of_many_keeps_its_item(self) -> None:
        marker = items("=list", "item", "=item", "results")
        running = run(self.drawn("msg_one", marker), order_id="SO1", list=["x", "y"])
        take_over(running, version(self.drawn("msg_two", marker)))
        for _ in range(2):
            correlate(running, rows_of(running, "r")[-1])
        assert running.over == "completed end"
        assert running.variables["results"] == ["x", "y"]


def test_ids_with_dots_go_along_with_what_nobody_drew() -> None:
    def drawn(name: str) -> Drawing:
        d = Drawing().start().user(name).having(items("=list", "item", "=item", "results")).end()
        return d.flow("start", name, "end")

    running = run(drawn("Task.1"), list=[1, 2])
    assert why_not(running, version(drawn("Task.2")), {"Task.1": "Task.2"}) == []
    take_over(running, version(drawn("Task.2")), {"Task.1": "Task.2"})
    running.complete_nth("Task.2", 0)
    running.complete_nth("Task.2", 0)
    assert running.over == "completed end"


def test_an_incident_without_a_row_of_its_own_is_found_at_its_new_element() -> None:
    def gate(name: str) -> Drawing:
        d = Drawing().start().gateway(name).user("b").end().flow("start", name)
        return d.flow(name, "b", when="=x = 1").flow("b", "end")

    running = run(gate("gw"))
    (incident,) = running.incidents
    outcome = take_over(running, version(gate("choice")), {"gw": "choice", "start_gw": "start_choice"})
    assert [(moved.id, moved.element) for moved in outcome.moved if moved.id == incident] == [(incident, "choice")]
