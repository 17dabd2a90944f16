"""Recorded cases on changed diagrams: tasks, gateways, loops, parallel ways; answers go to the same questions only."""

from __future__ import annotations

from decimal import Decimal

from tests.engine.rerun.recorder import Recorder, again, record, unchanged
from tests.unit.bpmn.drawing import Drawing, condition, duration, items, mapping, rounds


def line(*tasks: str) -> Drawing:
    """Users one behind the other."""
    d = Drawing().start().end()
    for task in tasks:
        d.user(task)
    return d.flow("start", *tasks, "end")


def answered(*tasks: str) -> Recorder:
    recorder = record(line(*tasks)).start()
    for n, task in enumerate(tasks, start=1):
        recorder.complete(task, n, **{task: Decimal(n)})
    assert recorder.over == "completed end"
    unchanged(recorder)
    return recorder


def test_an_inserted_task_was_never_answered() -> None:
    one = again(answered("a", "b"), line("a", "new", "b"))
    assert one.lack == ("task", "new")
    assert one.found.stopped.name == "new!"  # type: ignore[union-attr]
    assert one.path == ["start", "a", "new"]


def test_the_answer_to_a_removed_task_is_left_over_and_its_variables_are_missing() -> None:
    one = again(answered("a", "b", "c"), line("a", "c"))
    assert (one.verdict, one.played.unused, one.variables) == ("path", 1, {"a": 1, "c": 3})
    assert (one.found.parts.before, one.found.parts.after) == ("b", "c")  # type: ignore[union-attr]
    assert one.found.less == (("p", "b"),)


def test_swapped_tasks_keep_their_own_answers() -> None:
    one = again(answered("a", "b"), line("b", "a"))
    assert (one.verdict, one.path, one.variables) == ("path", ["start", "b", "a", "end"], {"a": 1, "b": 2})
    assert (one.played.reordered, one.played.unused) == (1, 0)


def test_a_task_by_another_id_is_another_question_unless_it_is_said_to_stand_for_it() -> None:
    recorder = answered("a", "b")
    assert again(recorder, line("a", "other")).lack == ("task", "other")
    one = again(recorder, line("a", "other"), renamed={"b": "other"})
    assert (one.verdict, one.path) == ("same", ["start", "a", "other", "end"])


def choice(limit: int) -> Drawing:
    d = Drawing().start().user("ask").gateway("big", default="big_small").user("large").user("small").end()
    d.end("refused").flow("start", "ask", "big").flow("big", "large", when=f"=x > {limit}")
    return d.flow("big", "small", "end").flow("large", "refused")


def test_a_gateway_with_another_limit_sends_a_case_where_nobody_was_asked() -> None:
    recorder = record(choice(10)).start().complete("ask", 1, x=Decimal(7)).complete("small", 2)
    unchanged(recorder)
    assert again(recorder, choice(5)).lack == ("task", "large")
    assert again(recorder, choice(7)).verdict == "same"


def test_a_gateway_that_leads_to_another_end_is_another_end() -> None:
    def drawn(limit: int) -> Drawing:
        d = Drawing().start().user("ask").gateway("big", default="big_end").end().end("much")
        return d.flow("start", "ask", "big", "end").flow("big", "much", when=f"=x > {limit}")

    recorder = record(drawn(10)).start().complete("ask", 1, x=Decimal(7))
    one = again(recorder, drawn(5))
    assert (one.verdict, one.found.end_before, one.end) == ("end", "end", "much")


def loop(most: int) -> Drawing:
    d = Drawing().start().user("try").gateway("again", default="again_end").end()
    d.script("count", "=if n = null then 1 else n + 1", "n")
    return d.flow("start", "try", "count", "again", "end").flow("again", "try", when=f"=n < {most}")


def test_a_loop_with_one_round_more_lacks_the_answer_of_the_last_round() -> None:
    recorder = record(loop(2)).start(n=None).complete("try", 1).complete("try", 2)
    unchanged(recorder)
    one = again(recorder, loop(3))
    assert one.lack == ("task", "try")
    assert one.path.count("try") == 3


def test_a_loop_with_one_round_less_leaves_the_last_answer_over() -> None:
    recorder = record(loop(3)).start(n=None).complete("try", 1).complete("try", 2).complete("try", 3)
    one = again(recorder, loop(2))
    assert (one.verdict, one.played.unused) == ("path", 1)


def test_a_standard_loop_counts_its_rounds_as_well() -> None:
    def drawn(most: str) -> Drawing:
        d = Drawing().start().user("try").having(rounds(maximum=most)).end()
        return d.flow("start", "try", "end")

    recorder = record(drawn("2")).start().complete("try", 1).complete("try", 2)
    unchanged(recorder)
    assert again(recorder, drawn("3")).lack == ("task", "try")
    assert again(recorder, drawn("1")).played.unused == 1


def for_each(collection: str) -> Drawing:
    d = Drawing().start().user("sign").having(items(collection, "one", "=ok", "all")).end()
    return d.flow("start", "sign", "end")


def test_a_larger_collection_asks_somebody_who_was_never_asked() -> None:
    people = ["甲", "乙"]
    recorder = record(for_each("=people")).start(people=people, more=[*people, "丙"], fewer=["甲"])
    recorder.complete("sign", 1, ok=True).complete("sign", 2, ok=False)
    unchanged(recorder)
    assert again(recorder, for_each("=more")).lack == ("task", "sign")
    one = again(recorder, for_each("=fewer"))
    assert (one.verdict, one.variables["all"], one.played.unused) == ("path", [True], 1)


def two_at_once(join: str = "parallel") -> Drawing:
    d = Drawing().start().gateway("both", "parallel").user("a").user("b").gateway("joined", join).end()
    return d.flow("start", "both", "a", "joined", "end").flow("both", "b", "joined")


def test_parallel_tasks_drawn_one_behind_the_other_keep_their_answers_in_whatever_order() -> None:
    recorder = record(two_at_once()).start().complete("b", 1, b=True).complete("a", 2, a=True)
    unchanged(recorder)
    one = again(recorder, line("a", "b"))
    assert (one.verdict, one.variables, one.played.reordered) == ("path", {"a": True, "b": True}, 1)
    assert again(answered("a", "b"), two_at_once()).verdict == "path"


def test_a_token_that_ends_everything_leaves_what_came_later_unused() -> None:
    d = Drawing().start().gateway("both", "parallel").user("a").user("b").terminate("stop").end()
    d.flow("start", "both", "a", "stop").flow("both", "b", "end")
    joined = record(two_at_once()).start().complete("a", 1).complete("b", 2)
    one = again(joined, d)
    assert (one.verdict, one.end, one.played.unused) == ("end", "stop", 1)


def test_a_sub_process_is_compared_within() -> None:
    def drawn(*tasks: str) -> Drawing:
        body = Drawing().start("in").end("out")
        for task in tasks:
            body.user(task)
        body.flow("in", *tasks, "out")
        return Drawing().start().sub("s", body).end().flow("start", "s", "end")

    recorder = record(drawn("a", "b")).start().complete("a", 1).complete("b", 2)
    unchanged(recorder)
    one = again(recorder, drawn("b", "a"))
    assert (one.verdict, one.path) == ("path", ["start", "s", "in", "b", "a", "out", "end"])
    assert again(recorder, drawn("a", "b", "c")).lack == ("task", "c")
    # Out of its sub-process the question is still the same.
    assert again(recorder, line("a", "b")).verdict == "path"


def test_a_conditional_event_that_is_new_interrupts_by_itself() -> None:
    plain = line("a", "b")
    d = line("a", "b").boundary("enough", "b", condition("=a > 0")).end("short").flow("enough", "short")
    recorder = answered("a", "b")
    assert record(plain).start().waiting == ["a"]
    one = again(recorder, d)
    assert (one.verdict, one.end) == ("end", "short")


# -- what cannot be run ---------------------------------------------------------------------------------------------


def test_an_expression_that_fails_now_names_its_element() -> None:
    d = line("a", "b").gateway("check", default="check_b").end("no")
    d.lines = [one for one in d.lines if 'id="a_b"' not in one]
    d.flow("a", "check", "b").flow("check", "no", when="=abs(a + 1) > undefined_function(a)")
    assert again(answered("a", "b"), d).broken == "check"


def test_a_collection_that_is_none_now_names_its_element() -> None:
    d = Drawing().start().user("a").user("b").having(items("=a + 1", "one")).end().flow("start", "a", "b", "end")
    assert again(answered("a", "b"), d).broken == "b"


def test_a_loop_that_never_waits_cannot_be_run() -> None:
    d = Drawing().start().user("a").user("b").script("count", "=1", "n").gateway("g", default="g_count").end()
    d.flow("start", "a", "count", "g", "count").flow("g", "b", when="=n > 1").flow("b", "end")
    one = again(answered("a", "b"), d)
    assert one.verdict == "cannot"
    assert "500" in one.found.stopped.en  # type: ignore[union-attr]


def test_an_error_that_nobody_catches_any_more_cannot_be_run() -> None:
    def drawn(caught: bool) -> Drawing:
        body = Drawing().start("in").user("a").error_end("bad", "E1").flow("in", "a", "bad")
        d = Drawing().start().sub("s", body).user("mend").end().flow("start", "s", "end").flow("mend", "end")
        if caught:
            d.boundary("b", "s", error="E1").flow("b", "mend")
        else:
            d.lines = [one for one in d.lines if "mend" not in one]
        return d

    recorder = record(drawn(caught=True)).start().complete("a", 1).complete("mend", 2)
    unchanged(recorder)
    one = again(recorder, drawn(caught=False))
    assert one.verdict == "cannot"
    assert "E1" in one.found.stopped.zh  # type: ignore[union-attr]


def test_a_process_that_has_lost_its_start_cannot_be_run() -> None:
    d = Drawing().start("begin", message="msg_new").user("a").user("b").end().flow("begin", "a", "b", "end")
    assert again(answered("a", "b"), d).verdict == "cannot"


# -- cases that still run -------------------------------------------------------------------------------------------


def test_a_running_case_is_the_same_where_it_still_waits_at_the_same_place() -> None:
    recorder = record(line("a", "b")).start().complete("a", 1)
    unchanged(recorder)
    assert again(recorder, line("a", "b", "c")).verdict == "same"
    assert again(recorder, line("a", "c", "b")).lack == ("task", "c")


def test_a_running_case_that_would_be_over_has_another_end() -> None:
    recorder = record(line("a", "b")).start().complete("a", 1)
    one = again(recorder, line("a"))
    assert (one.verdict, one.found.end_before, one.end) == ("end", None, "end")


def test_a_running_cases_clock_rings_up_to_today_and_not_beyond() -> None:
    d = line("a", "b").boundary("late", "b", duration("PT48H")).end("given_up").flow("late", "given_up")
    recorder = record(line("a", "b")).start().complete("a", 1)
    assert again(recorder, d, until=40).verdict == "same"
    # b is open still: nobody knows of an answer before the clock rings, and none was given.
    one = again(recorder, d, until=60)
    assert (one.verdict, one.end) == ("end", "given_up")


def test_a_cancelled_case_is_cancelled_again_unless_it_was_over_before() -> None:
    recorder = record(line("a", "b")).start().complete("a", 1).cancel(2)
    unchanged(recorder)
    assert again(recorder, line("a", "b", "c")).verdict == "same"
    one = again(recorder, line("a"))
    assert (one.verdict, one.end, one.played.unused) == ("end", "end", 1)


# -- operators' repairs ---------------------------------------------------------------------------------------------


def failing(expression: str = "=if x = null then abs(date(1)) else 1") -> Drawing:
    d = Drawing().start().user("a").gateway("check", default="check_b").user("b").end().end("no")
    return d.flow("start", "a", "check", "b", "end").flow("check", "no", when="=x > 1")


def test_an_incident_that_was_resolved_is_resolved_again() -> None:
    recorder = record(failing()).start().complete("a", 1)
    assert [kind for life in recorder.lives.values() for kind in life.run.incidents.values()]
    recorder.resolve(2, x=Decimal(1)).complete("b", 3)
    unchanged(recorder)
    one = again(recorder, line("a", "b"))
    # It is not needed any more, and what it set is missing with it.
    assert (one.verdict, one.played.unused, "x" in one.variables) == ("path", 1, False)


def test_a_skip_is_repeated_where_there_is_something_to_skip() -> None:
    recorder = record(line("a", "b", "c")).start().complete("a", 1).skip("b", 2, x=True).complete("c", 3)
    unchanged(recorder)
    assert again(recorder, line("a", "b", "c", "d")).lack == ("task", "d")
    one = again(recorder, line("a", "c"))
    assert (one.verdict, one.played.unused) == ("path", 1)


def test_a_skip_that_comes_before_its_question_counts_when_it_is_asked() -> None:
    recorder = record(line("a", "b")).start().skip("a", 1, x=True).complete("b", 2)
    one = again(recorder, line("b", "a"))
    assert (one.verdict, one.variables, one.played.reordered) == ("path", {"x": True}, 1)


def test_a_move_is_repeated_as_far_as_its_places_are_there() -> None:
    recorder = record(line("a", "b", "c")).start().complete("a", 1).move("b", "c", hours=2).complete("c", 3)
    unchanged(recorder)
    assert again(recorder, line("a", "b", "x", "c")).verdict == "same"
    one = again(recorder, line("a", "b", "d"))
    assert one.lack == ("waited", "b")


def test_what_an_inner_task_reads_comes_from_its_own_scope() -> None:
    d = line("a", "b")
    renamed_input = Drawing().start().user("a").user("b", extension=mapping({"seen": "=a + 1"})).end()
    renamed_input.flow("start", "a", "b", "end")
    recorder = answered("a", "b")
    assert again(recorder, d).verdict == "same"
    assert again(recorder, renamed_input).verdict == "same"
