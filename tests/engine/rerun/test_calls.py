"""Called processes run again with their callers: changed ones, others in their place, their errors and escalations."""

from __future__ import annotations

from decimal import Decimal

from tests.engine.rerun.recorder import Recorder, again, record, unchanged
from tests.unit.bpmn.drawing import Drawing, items, mapping


def caller(called: str = "q", extension: str = "") -> Drawing:
    d = Drawing().start().user("a").call("c", called, extension).user("b").end()
    return d.flow("start", "a", "c", "b", "end")


def child(process_id: str = "q", *tasks: str) -> Drawing:
    tasks = tasks or ("x",)
    d = Drawing(process_id).start("q_start").end("q_end")
    for task in tasks:
        d.user(task)
    return d.flow("q_start", *tasks, "q_end")


def called(**kwargs: object) -> Recorder:
    recorder = record(caller(), child(), child("r", "y")).start().complete("a", 1, n=Decimal(1))
    recorder.complete("x", 2, said="yes").complete("b", 3)
    assert recorder.over == "completed end"
    unchanged(recorder)
    return recorder


def test_a_child_with_a_new_task_asks_for_it() -> None:
    assert again(called(), child("q", "x", "new")).lack == ("task", "new")


def test_a_child_with_another_path_is_another_path_of_the_case() -> None:
    d = child("q", "x").script("count", "=1", "m")
    d.lines = [one for one in d.lines if 'id="x_q_end"' not in one]
    one = again(called(), d.flow("x", "count", "q_end"))
    assert one.verdict == "path"
    assert (one.found.parts.process_id, one.found.parts.after) == ("q", "count")  # type: ignore[union-attr]
    assert one.variables["m"] == 1


def test_the_ways_part_where_the_child_went_another_way_and_not_where_its_caller_followed() -> None:
    d = caller().gateway("g", default="g_b").end("short")
    d.lines = [one for one in d.lines if 'id="c_b"' not in one]
    d.lines.append('<bpmn:sequenceFlow id="g_b" sourceRef="g" targetRef="b"/>')
    d.flow("c", "g").flow("g", "short", when="=m > 0")
    new = child("q", "x").script("count", "=1", "m")
    new.lines = [one for one in new.lines if 'id="x_q_end"' not in one]
    recorder = record(d, child("q")).start(m=Decimal(0)).complete("a", 1).complete("x", 2).complete("b", 3)
    unchanged(recorder)
    one = again(recorder, new.flow("x", "count", "q_end"))
    assert (one.verdict, one.end) == ("end", "short")
    assert (one.found.parts.process_id, one.found.parts.before) == ("q", "q_end")  # type: ignore[union-attr]
    # A difference of the caller that came first is the first one.
    moved = caller().script("early", "=1", "k")
    moved.lines = [one for one in moved.lines if 'id="a_c"' not in one]
    one = again(recorder, moved.flow("a", "early", "c"), new)
    assert (one.found.parts.process_id, one.found.parts.after) == ("p", "early")  # type: ignore[union-attr]


def test_another_child_was_never_asked_anything() -> None:
    assert again(called(), caller("r")).lack == ("task", "y")
    # Nor does it take the answers of the one in whose place it is called.
    other = child("r", "x")
    assert again(called(), caller("r"), other).lack == ("task", "x")


def test_a_call_that_is_gone_leaves_the_answers_of_its_child() -> None:
    d = Drawing().start().user("a").user("b").end().flow("start", "a", "b", "end")
    one = again(called(), d)
    assert (one.verdict, one.played.unused, "said" in one.variables) == ("path", 1, False)


def test_a_child_gets_what_its_caller_hands_it_now() -> None:
    d = child("q").gateway("g", default="g_end").end("much")
    d.lines = [one for one in d.lines if 'id="x_q_end"' not in one]
    d.lines.append('<bpmn:sequenceFlow id="g_end" sourceRef="g" targetRef="q_end"/>')
    d.flow("x", "g").flow("g", "much", when="=n > 5")
    recorder = record(caller(extension=mapping({"n": "=n"})), d).start()
    recorder.complete("a", 1, n=Decimal(1)).complete("x", 2).complete("b", 3)
    unchanged(recorder)
    one = again(recorder, caller(extension=mapping({"n": "=n * 10"})))
    assert (one.verdict, one.found.parts.process_id) == ("path", "q")  # type: ignore[union-attr]
    assert one.found.more == (("q", "much"),)


def test_an_error_of_a_child_is_caught_or_is_not() -> None:
    def drawn(code: str) -> Drawing:
        d = caller().end("mended")
        return d.boundary("bad", "c", error=code).flow("bad", "mended")

    q = Drawing("q").start("q_start").user("x").error_end("q_bad", "E1").flow("q_start", "x", "q_bad")
    recorder = record(drawn("E1"), q).start().complete("a", 1).complete("x", 2)
    assert recorder.over == "completed mended"
    unchanged(recorder)
    assert again(recorder, drawn("E2")).verdict == "cannot"
    assert again(recorder, child("q")).lack == ("task", "b")


def test_an_escalation_of_a_child_reaches_its_caller_again() -> None:
    q = Drawing("q").start("q_start").user("x").end("q_end")
    q.throw("shout", q.on_escalation("late")).flow("q_start", "shout", "x", "q_end")
    d = caller().user("look").end("looked")
    d.boundary("heard", "c", d.on_escalation("late"), interrupting=False).flow("heard", "look", "looked")
    recorder = record(d, q).start().complete("a", 1).complete("look", 2).complete("x", 3).complete("b", 4)
    unchanged(recorder)
    one = again(recorder, child("q"))
    assert (one.verdict, one.played.unused) == ("path", 1)


def test_a_call_for_every_item_has_a_child_for_every_item() -> None:
    def drawn(collection: str) -> Drawing:
        marker = items(collection, "one", "=said", "all")
        d = Drawing().start().user("a").call("c", "q").having(marker).end()
        return d.flow("start", "a", "c", "end")

    recorder = record(drawn("=list"), child("q")).start(list=["甲", "乙"], more=["甲", "乙", "丙"])
    recorder.complete("a", 1).complete("x", 2, said=Decimal(1)).complete("x", 3, said=Decimal(2))
    assert recorder.over == "completed end"
    unchanged(recorder)
    assert again(recorder, drawn("=more")).lack == ("task", "x")


def test_a_cancelled_call_cancels_its_child_again() -> None:
    d = caller().end("told").boundary("told_b", "c", message="told").flow("told_b", "told")
    recorder = record(d, child("q")).start(order_id="SO-1").complete("a", 1).message("told_b", 2)
    unchanged(recorder)
    one = again(recorder, child("q", "x2", "x"))
    assert one.lack == ("task", "x2")


def mocked() -> Recorder:
    recorder = record(caller(extension=mapping({"n": "=n"})), child("q"), child("r"))
    recorder.mocks = {"q": {"said": "yes"}}
    recorder.start().complete("a", 1, n=Decimal(1)).complete("b", 2)
    unchanged(recorder)
    return recorder


def test_a_call_that_somebody_answered_is_answered_again() -> None:
    assert again(mocked(), caller(extension=mapping({"n": "=n + 0"}))).verdict == "same"


def test_the_answer_to_one_call_is_none_to_another_process_nor_to_another_question() -> None:
    assert again(mocked(), caller("r", mapping({"n": "=n"}))).verdict == "input"
    assert again(mocked(), caller(extension=mapping({"n": "=n + 1"}))).verdict == "input"


def test_a_process_that_is_not_there_is_said_to_be_missing() -> None:
    from engine.errors import NotFound
    from engine.rerun import compare, play, remember
    from tests.engine.rerun.recorder import at, compiled

    recorder = called()
    rules = recorder.rules()
    new = compiled(caller("nobody"))["p"]

    def rules_for(process_id: str, _: object) -> object:
        if process_id == "nobody":
            raise NotFound("no process nobody", message_zh="没有流程 nobody。")
        from engine.rerun import Rules

        return Rules(definition=new, forms={}) if process_id == "p" else rules[process_id]

    memories = remember(recorder.case, lambda instance: rules[instance.process_id])
    played = play(recorder.case, memories, rules_for, horizon=at(100))  # type: ignore[arg-type]
    found = compare(memories, played)
    assert found.verdict == "cannot"
    assert found.stopped.element == "c"  # type: ignore[union-attr]
