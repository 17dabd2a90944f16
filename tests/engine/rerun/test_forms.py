"""What was filled in, held against forms that are others now, or that show something else: followed, or asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.model import SaveProgress
from tests.engine.rerun.recorder import Again, Recorder, again, record, unchanged
from tests.unit.bpmn.drawing import Drawing, duration, properties


def field(key: str, type_: str = "textfield", **more: Any) -> dict[str, Any]:
    return {"type": type_, "id": f"f_{key}", "key": key, "label": key, **more}


def number(key: str, **more: Any) -> dict[str, Any]:
    return field(key, "number", decimalDigits=2, **more)


def form(task: str, *components: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"p.{task}": {"id": f"p.{task}", "type": "default", "components": list(components)}}


def drawn(price: str = "=10") -> Drawing:
    """A price is set, an amount is paid, what was paid decides."""
    d = Drawing().start().script("price", price, "price").user("pay").gateway("much", default="much_end").end()
    d.end("large")
    return d.flow("start", "price", "pay", "much", "end").flow("much", "large", when="=paid > 50")


PAY = form("pay", number("paid"), field("note"))


def paid(forms: dict[str, dict[str, Any]] = PAY, **given: object) -> Recorder:
    recorder = record(drawn(), forms=forms).start().complete("pay", 1, **(given or {"paid": Decimal(10), "note": "好"}))
    assert recorder.over == "completed end"
    unchanged(recorder)
    return recorder


def with_form(recorder: Recorder, *components: dict[str, Any]) -> Again:
    return again(recorder, forms=form("pay", *components), changed_forms=frozenset({"p.pay"}))


REQUIRED = {"validate": {"required": True}}


def test_a_new_field_that_must_be_filled_in_is_named() -> None:
    one = with_form(paid(), number("paid"), field("note"), field("reason", **REQUIRED))
    assert one.lack == ("field", "pay")
    stopped = one.found.stopped
    assert (stopped.field, bool(stopped.zh), bool(stopped.en)) == ("reason", True, True)  # type: ignore[union-attr]


def test_a_new_field_that_may_stay_empty_is_none() -> None:
    assert with_form(paid(), number("paid"), field("note"), field("reason")).verdict == "same"


def test_a_field_that_is_gone_sets_nothing_any_more() -> None:
    one = with_form(paid(), number("paid"))
    assert (one.verdict, "note" in one.variables, one.variables["paid"]) == ("same", False, 10)


def test_a_hidden_new_field_is_not_asked_for() -> None:
    hidden = {"conditional": {"hide": "=paid < 50"}, **REQUIRED}
    assert with_form(paid(), number("paid"), field("note"), field("reason", **hidden)).verdict == "same"


@pytest.mark.parametrize(
    ("more", "lacks"),
    [
        ({"validate": {"max": 9}}, True),
        ({"validate": {"max": 10}}, False),
        ({"properties": {"check": "=paid > price"}}, True),
        ({"properties": {"check": "=paid >= price"}}, False),
    ],
)
def test_a_stricter_check_asks_anew_what_does_not_pass(more: dict[str, Any], lacks: bool) -> None:
    one = with_form(paid(), number("paid", **more), field("note"))
    if not lacks:
        assert one.verdict == "same"
        return
    assert one.lack == ("field", "pay")
    assert one.found.stopped.field == "paid"  # type: ignore[union-attr]


def test_an_option_that_is_gone_cannot_have_been_chosen() -> None:
    def choice(*values: str) -> dict[str, Any]:
        return field("note", "radio", values=[{"label": value, "value": value} for value in values])

    recorder = paid(form("pay", number("paid"), choice("好", "坏")))
    assert with_form(recorder, number("paid"), choice("坏")).lack == ("field", "pay")
    assert with_form(recorder, number("paid"), choice("好", "新")).verdict == "same"


def test_files_that_were_handed_in_stay() -> None:
    files = [{"file": "a" * 64, "name": "凭证.png", "size": 3, "type": "image/png"}]
    asked = field("proof", "filepicker", **REQUIRED)
    recorder = paid(form("pay", number("paid"), asked), paid=Decimal(10), proof=files)
    one = with_form(recorder, number("paid"), field("note"), asked)
    assert (one.verdict, one.variables["proof"]) == ("same", files)
    assert with_form(paid(), number("paid"), field("note"), asked).lack == ("field", "pay")


# -- what the form shows is another value now -----------------------------------------------------------------------

ONLY = {"properties": {"check": "=paid = price"}}


def test_a_check_that_lets_one_value_pass_is_followed() -> None:
    recorder = paid(form("pay", number("paid", **ONLY)), paid=Decimal(10))
    one = again(recorder, drawn("=60"))
    assert (one.verdict, one.end, one.variables["paid"]) == ("end", "large", 60)
    (assumed,) = one.played.assumed
    assert (assumed.name, assumed.before, assumed.after) == ("price", 10, 60)


def test_a_check_that_leaves_a_choice_is_not_followed_but_asked() -> None:
    recorder = paid(form("pay", number("paid", properties={"check": "=paid >= price"})), paid=Decimal(10))
    assert again(recorder, drawn("=60")).lack == ("field", "pay")
    one = again(recorder, drawn("=9"))
    assert (one.verdict, one.variables["paid"], len(one.played.assumed)) == ("same", 10, 1)


def test_a_check_that_reads_itself_says_no_single_value() -> None:
    recorder = paid(form("pay", number("paid", properties={"check": "=paid = paid * (price - 9)"})), paid=Decimal(10))
    assert again(recorder, drawn("=60")).lack == ("field", "pay")


def test_what_a_text_shows_makes_an_answer_an_assumption_and_what_it_does_not_show_does_not() -> None:
    text = {"type": "text", "id": "t", "text": "价格 {{price}} 元"}
    one = again(paid(form("pay", number("paid"), text), paid=Decimal(10)), drawn("=60"))
    assert (one.verdict, len(one.played.assumed)) == ("same", 1)
    assert again(paid(), drawn("=60")).played.assumed == ()


def test_the_same_value_by_another_way_is_no_assumption() -> None:
    recorder = paid(form("pay", number("paid", **ONLY)), paid=Decimal(10))
    assert again(recorder, drawn("=5 + 5.00")).played.assumed == ()


def test_a_changed_start_form_judges_what_was_typed_at_the_start() -> None:
    d = Drawing().start(extension='<zeebe:formDefinition formId="p.start"/>').user("pay").end()
    d.flow("start", "pay", "end")
    recorder = record(d, forms={**form("start", field("order_id")), **PAY})
    recorder.start(order_id="SO-1").complete("pay", 1, paid=Decimal(10))
    unchanged(recorder)
    changed = frozenset({"p.start"})
    new = {**form("start", field("order_id"), field("reason", **REQUIRED)), **PAY}
    one = again(recorder, forms=new, changed_forms=changed)
    assert one.lack == ("field", "start")
    assert one.found.stopped.field == "reason"  # type: ignore[union-attr]
    fine = {**form("start", field("order_id", **REQUIRED)), **PAY}
    assert again(recorder, forms=fine, changed_forms=changed).verdict == "same"


def test_a_task_that_got_another_form_is_judged_by_that() -> None:
    recorder = paid()
    other = form("pay", field("reason", **REQUIRED))
    assert again(recorder, forms=other, changed_forms=frozenset({"p.pay"})).lack == ("field", "pay")


def line(*tasks: str) -> Drawing:
    d = Drawing().start().end()
    for task in tasks:
        d.user(task, extension=properties(progress="so_far"))
    return d.flow("start", *tasks, "end")


def test_progress_that_was_saved_before_the_question_counts_when_it_is_asked() -> None:
    recorder = record(line("a", "b")).start()
    recorder.after(1).do(SaveProgress(id=recorder.id_of("a"), variables={"so_far": Decimal(1)}))
    recorder.complete("a", 2, a=True).complete("b", 3, b=True)
    unchanged(recorder)
    one = again(recorder, line("b", "a"))
    assert (one.verdict, one.variables) == ("path", {"so_far": 1, "a": True, "b": True})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"check_message": "少了"}, "少了"),
        ({"check_message": '="给 " + receiver_name'}, "paid不符合要求,请检查"),
        ({"check_message": "少了", "check_message_en": '="to " + receiver_name'}, "paid不符合要求,请检查"),
    ],
)
def test_a_sentence_that_quotes_the_case_is_not_told(more: dict[str, str], said: str) -> None:
    recorder = record(drawn(), forms=PAY).start(receiver_name="欧阳锋").complete("pay", 1, paid=Decimal(10), note="好")
    unchanged(recorder)
    stopped = with_form(recorder, number("paid", properties={"check": "=paid > price", **more}), field("note"))
    found = stopped.found.stopped
    assert found.zh == said  # type: ignore[union-attr]  # a field
    assert "欧阳" not in repr(found)


@pytest.mark.parametrize("timer", ["=receiver_name", "=[receiver_name]", '="R/" + receiver_name'])
def test_what_cannot_run_quotes_nothing_of_the_case(timer: str) -> None:
    recorder = record(drawn(), forms=PAY).start(receiver_name="欧阳锋").complete("pay", 1, paid=Decimal(10), note="好")
    d = drawn()
    d.boundary("late", "pay", duration(timer)).end("too_late").flow("late", "too_late")
    one = again(recorder, d)
    assert one.verdict == "cannot"
    assert "欧阳" not in repr(one.found.stopped)
    assert "neither a time" in repr(one.found.stopped)
