"""Recorded cases on diagrams with other clocks, messages and signals: what came is kept, what did not is asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.engine.rerun.recorder import Recorder, again, record, unchanged
from tests.unit.bpmn.drawing import Drawing, cycle, duration


def limited(text: str, boundary: str = "late", host: str = "a", *, interrupting: bool = True) -> Drawing:
    """User a with a deadline, then b; what is late ends as given up."""
    d = Drawing().start().user("a").user("b").end().end("given_up")
    return (
        d.flow("start", "a", "b", "end")
        .boundary(boundary, host, duration(text), interrupting)
        .flow(boundary, "given_up")
    )


def in_time(drawing: Drawing | None = None) -> Recorder:
    recorder = record(drawing or limited("PT10H")).start().complete("a", 5).complete("b", 6)
    assert recorder.over == "completed end"
    unchanged(recorder)
    return recorder


def too_late() -> Recorder:
    recorder = record(limited("PT10H")).start().fire("late")
    assert recorder.over == "completed given_up"
    unchanged(recorder)
    return recorder


def test_a_shorter_deadline_rings_before_the_answer_came() -> None:
    one = again(in_time(), limited("PT4H"))
    assert (one.verdict, one.end, one.played.unused) == ("end", "given_up", 2)
    assert again(in_time(), limited("PT6H")).verdict == "same"


@pytest.mark.parametrize(("text", "verdict"), [("PT4H59M59S", "end"), ("PT5H1S", "same")])
def test_a_second_decides(text: str, verdict: str) -> None:
    assert again(in_time(), limited(text)).verdict == verdict


def test_a_longer_deadline_asks_what_would_have_been_said_meanwhile() -> None:
    assert again(too_late(), limited("PT20H")).lack == ("waited", "a")


def test_a_deadline_beyond_today_asks_as_well() -> None:
    assert again(too_late(), limited("PT20H"), until=15).lack == ("waited", "a")


def test_a_deadline_that_is_gone_asks_as_well() -> None:
    plain = Drawing().start().user("a").user("b").end().flow("start", "a", "b", "end")
    assert again(too_late(), plain).lack == ("waited", "a")
    assert again(in_time(), plain).verdict == "same"


def test_the_same_deadline_by_another_id_rings_as_well() -> None:
    one = again(too_late(), limited("PT10H", "deadline"))
    assert (one.verdict, one.end) == ("path", "given_up")
    assert again(too_late(), limited("PT10H", "deadline"), renamed={"late": "deadline"}).verdict == "same"
    assert again(in_time(), limited("PT10H", "deadline")).verdict == "same"


def test_a_deadline_moved_to_another_task_rings_there() -> None:
    recorder = record(limited("PT10H")).start().complete("a", 5).complete("b", 30)
    one = again(recorder, limited("PT10H", host="b"))
    assert (one.verdict, one.end) == ("end", "given_up")
    assert again(recorder, limited("PT26H", host="b")).verdict == "same"


def test_a_new_deadline_rings_for_whoever_took_longer() -> None:
    plain = Drawing().start().user("a").user("b").end().flow("start", "a", "b", "end")
    recorder = record(plain).start().complete("a", 5).complete("b", 30)
    assert again(recorder, limited("PT4H")).end == "given_up"
    assert again(recorder, limited("PT5H30M")).verdict == "same"


def test_an_answer_between_the_ringing_and_the_late_worker_counts_as_it_did() -> None:
    d = limited("PT10H")
    recorder = record(d).start().complete("a", 10.05).complete("b", 11)
    unchanged(recorder)


def test_a_reminder_that_does_not_interrupt_may_come_oftener() -> None:
    def drawn(text: str) -> Drawing:
        d = Drawing().start().user("a").user("remind").end().end("reminded").flow("start", "a", "end")
        return d.boundary("late", "a", cycle(text), interrupting=False).flow("late", "remind", "reminded")

    recorder = record(drawn("R1/PT2H")).start().fire("late").complete("remind", 3).complete("a", 9)
    unchanged(recorder)
    assert again(recorder, drawn("R2/PT2H")).lack == ("task", "remind")
    assert again(recorder, drawn("R1/PT10H")).played.unused == 2


def test_a_new_pause_before_a_task_only_delays_its_answer() -> None:
    d = Drawing().start().user("a").catch("pause", duration("PT2H")).user("b").end()
    d.flow("start", "a", "pause", "b", "end")
    plain = Drawing().start().user("a").user("b").end().flow("start", "a", "b", "end")
    recorder = record(plain).start().complete("a", 1).complete("b", 2)
    one = again(recorder, d)
    assert (one.verdict, one.path, one.played.reordered) == ("path", ["start", "a", "pause", "b", "end"], 1)
    assert again(recorder, d, until=2).end is None


# -- messages and signals -------------------------------------------------------------------------------------------


def awaited(message: str = "paid", pause: str = "PT1H", wait: str = "PT24H") -> Drawing:
    """After a pause a message or a clock, whichever comes first."""
    d = Drawing().start().catch("pause", duration(pause)).gateway("which", "eventBased").end("paid_end")
    d.catch("come", message=message).catch("clock", duration(wait)).end("given_up")
    return d.flow("start", "pause", "which", "come", "paid_end").flow("which", "clock", "given_up")


def came(hours: float = 2) -> Recorder:
    recorder = record(awaited()).start(order_id="SO-1").fire("pause").message("come", hours, payload={"n": 1})
    unchanged(recorder)
    return recorder


def never_came() -> Recorder:
    recorder = record(awaited()).start(order_id="SO-1").fire("pause").fire("clock")
    assert recorder.over == "completed given_up"
    unchanged(recorder)
    return recorder


def test_an_event_gateway_decides_anew_which_came_first() -> None:
    assert again(came(20), awaited(wait="PT12H")).end == "given_up"
    assert again(came(20), awaited(wait="PT48H")).verdict == "same"
    assert again(never_came(), awaited(wait="PT12H")).verdict == "same"


def test_a_longer_wait_for_a_message_asks_whether_it_would_have_come() -> None:
    assert again(never_came(), awaited(wait="PT48H")).lack == ("waited", "come")


def test_a_message_that_came_before_anybody_waits_is_not_said_to_have_never_come() -> None:
    assert again(came(2), awaited(pause="PT3H")).lack == ("waited", "come")


def test_a_message_by_another_name_never_came() -> None:
    one = again(came(2), awaited("other"))
    assert one.verdict == "input"
    assert one.found.stopped.element == "come"  # type: ignore[union-attr]


def test_a_message_that_is_waited_for_in_a_new_place_never_came() -> None:
    plain = Drawing().start().user("a").end().flow("start", "a", "end")
    d = Drawing().start().user("a").catch("told", message="told").end().flow("start", "a", "told", "end")
    recorder = record(plain).start(order_id="SO-1").complete("a", 1)
    assert again(recorder, d).lack == ("message", "told")


def test_a_message_that_interrupts_a_task_meets_a_faster_clock() -> None:
    def drawn(text: str) -> Drawing:
        d = Drawing().start().user("a").end().end("told").end("late_end").flow("start", "a", "end")
        d.boundary("told_b", "a", message="told").flow("told_b", "told")
        return d.boundary("late", "a", duration(text)).flow("late", "late_end")

    recorder = record(drawn("PT10H")).start(order_id="SO-1").message("told_b", 5)
    unchanged(recorder)
    assert again(recorder, drawn("PT4H")).end == "late_end"
    assert again(recorder, drawn("PT8H")).verdict == "same"


def test_a_signal_reaches_who_waits_for_it_by_its_name() -> None:
    def drawn(name: str) -> Drawing:
        d = Drawing().start()
        d.element("intermediateCatchEvent", "heard", d.on_signal(name)).user("a").end()
        return d.flow("start", "heard", "a", "end")

    recorder = record(drawn("sale")).start().signal("sale", 1).complete("a", 2)
    unchanged(recorder)
    assert again(recorder, drawn("other")).lack == ("message", "heard")


# -- jobs -----------------------------------------------------------------------------------------------------------


def working(job_type: str = "work", amount: str = "=x", *, before: str | None = None) -> Drawing:
    from tests.unit.bpmn.drawing import mapping

    d = Drawing().start().user("a").service("w", job_type, mapping({"amount": amount})).user("b").end()
    if before is None:
        return d.flow("start", "a", "w", "b", "end")
    return d.service(before, "notify").flow("start", "a", before, "w", "b", "end")


def worked() -> Recorder:
    recorder = record(working()).start().complete("a", 1, x=Decimal(5)).job("w", 2, result="ok").complete("b", 3)
    unchanged(recorder)
    return recorder


def test_a_system_step_that_was_asked_the_same_answers_the_same() -> None:
    assert again(worked(), working(amount="=x + 0")).verdict == "same"


def test_a_system_step_that_is_asked_something_else_has_no_answer() -> None:
    assert again(worked(), working(amount="=x + 1")).lack == ("job", "w")
    assert again(worked(), working("read_order")).lack == ("job", "w")


def test_a_new_step_passes_where_its_type_says_nothing_and_asks_where_it_does() -> None:
    assert again(worked(), working(before="note"), silent=frozenset({"notify"})).verdict == "path"
    assert again(worked(), working(before="note")).lack == ("job", "note")


def test_a_step_of_a_silent_type_may_be_asked_anything() -> None:
    recorder = worked()
    assert again(recorder, working(amount="=x + 1"), silent=frozenset({"work"})).verdict == "same"


def test_a_step_that_threw_an_error_throws_it_again_wherever_it_stands() -> None:
    def drawn(*tasks: str) -> Drawing:
        d = Drawing().start().user("a").service("w").end().end("failed").flow("start", *tasks, "end")
        return d.boundary("bad", "w", error="E1").flow("bad", "failed")

    recorder = record(drawn("a", "w")).start().complete("a", 1).throw("w", "E1", 2)
    unchanged(recorder)
    # It is asked earlier now, and its answer counts at its time.
    one = again(recorder, drawn("w", "a"))
    assert (one.verdict, one.end, one.played.unused) == ("path", "failed", 1)
    # It is asked later now.
    recorder = record(drawn("w", "a")).start().throw("w", "E1", 1)
    assert again(recorder, drawn("a", "w")).lack == ("task", "a")


def test_an_error_that_comes_before_its_step_counts_when_the_step_is_asked() -> None:
    def drawn(pause: str) -> Drawing:
        d = Drawing().start().catch("pause", duration(pause)).service("w").end().end("failed")
        return d.flow("start", "pause", "w", "end").boundary("bad", "w", error="E1").flow("bad", "failed")

    recorder = record(drawn("PT1H")).start().fire("pause").throw("w", "E1", 1.1)
    unchanged(recorder)
    one = again(recorder, drawn("PT5H"))
    assert (one.verdict, one.end, one.played.reordered) == ("same", "failed", 1)


def test_a_clock_may_be_late_by_minutes_without_being_another_clock() -> None:
    recorder = record(limited("PT10H")).start().fire("late", timedelta(minutes=7))
    unchanged(recorder)
    assert again(recorder, limited("PT9H59M")).end == "given_up"
