"""Where FEEL is needed, a text without "=" is refused with a sentence; it never runs as a constant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, condition, cycle, date, duration, items, mapping, rounds
from tests.unit.bpmn.event_drawing import Events, escalation
from tests.unit.bpmn.outsider import errors, findings
from tests.unit.bpmn.test_data import PUT, assignment, into, transformation


def tasked(marker: str = "", extension: str = "") -> Drawing:
    return Drawing().start().user("x", extension=extension).having(marker).end().flow("start", "x", "end")


def choice(text: str) -> Drawing:
    d = Drawing().start().gateway("g", default="g_end").user("a").end().end("other")
    return d.flow("start", "g", "end").flow("g", "a", when=text, id_="x").flow("a", "other")


def after_task(text: str) -> Drawing:
    d = Drawing().start().user("a").having(default="a_end").end().end("other").flow("start", "a", "end")
    return d.flow("a", "other", when=text, id_="x")


def caught(text: str) -> Drawing:
    d = Drawing().start().catch("x", condition(text)).end()
    return d.flow("start", "x", "end")


def at_edge(text: str) -> Drawing:
    return Events().line("start start", "user a", "end end").edge("x", "a", condition(text)).line("x", "end late")


def watched(text: str) -> Drawing:
    watch = Events().starts("x", condition(text)).line("x", "end done")
    return Events().line("start start", "user a", "end end").watch("w", watch)


def behaviour(text: str) -> Drawing:
    part = f"<bpmn:condition>{text}</bpmn:condition><bpmn:event>{escalation('e')}</bpmn:event>"
    inside = f'<bpmn:complexBehaviorDefinition id="b">{part}</bpmn:complexBehaviorDefinition>'
    d = Events().line("start start").user("x").having(items(number="2", behavior="Complex", inside=inside))
    return d.flow("start", "x").line("x", "end end")  # type: ignore[attr-defined, no-any-return]


def joined(text: str) -> Drawing:
    d = Drawing().start().gateway("f", "parallel").user("a").user("b").complex("x", text).end()
    return d.flow("start", "f", "a", "x", "end").flow("f", "b", "x")


def ad_hoc(completion: str | None = None, active: str | None = None) -> Drawing:
    return Drawing().start().ad_hoc("x", Drawing().user("a"), completion, active).end().flow("start", "x", "end")


def scripted(text: str) -> Drawing:
    return Drawing().start().script("x", text, "y").end().flow("start", "x", "end")


def correlated(text: str) -> Drawing:
    return Drawing().start().catch("w", message="x", key=text).end().flow("start", "w", "end")


def registered(text: str) -> Drawing:
    extension = '<zeebe:properties><zeebe:property name="register" value="r"/></zeebe:properties>'
    d = Drawing(r=text).start().user("a", extension=extension).end()
    return d.flow("start", "a", "end")


def transformed(text: str) -> Drawing:
    inside = PUT.format("x", "i", "o") + into("da", "x_in", transformation(text))
    return Drawing().start().data_object("da", "n").user("x").having(inside).end().flow("start", "x", "end")


#: Place → a diagram with the text there; it is right with "=" and refused without.
PLACES: dict[str, tuple[Callable[[str], Drawing], str]] = {
    "condition of a gateway": (choice, "n > 1"),
    "condition behind an activity": (after_task, "n > 1"),
    "conditional event": (caught, "ready"),
    "conditional boundary event": (at_edge, "ready"),
    "conditional event sub-process": (watched, "ready"),
    "condition of a behaviour": (behaviour, "numberOfCompletedInstances = 1"),
    "loop condition": (lambda text: tasked(rounds(text)), "more"),
    "completion condition of items": (lambda text: tasked(items(number="2", completion=text)), "enough"),
    "completion condition of an ad-hoc sub-process": (ad_hoc, "enough"),
    "active elements": (lambda text: ad_hoc(active=text), '["a"]'),
    "activation condition": (joined, "activationCount = 1"),
    "script": (scripted, "n + 1"),
    "input collection": (lambda text: tasked(items(text, "i")), "list"),
    "output element": (lambda text: tasked(items("=list", "i", text, "all")), "i"),
    "correlation key": (correlated, "order_id"),
    "columns of a register": (registered, "{n: n}"),
    "transformation": (transformed, "n + 1"),
    "loop cardinality": (lambda text: tasked(items(number=text)), "count(list)"),
    "duration": (lambda text: Drawing().start().catch("x", duration(text)).end().flow("start", "x", "end"), "wait"),
    "date": (lambda text: Drawing().start().catch("x", date(text)).end().flow("start", "x", "end"), "due"),
    "cycle": (
        lambda text: tasked().boundary("b", "x", cycle(text), interrupting=False).end("e2").flow("b", "e2"),
        "often",
    ),
}
#: Texts that tasks keep: only the lint says what is wrong with them, since the compiler takes any constant.
OF_TASKS = {
    "due date": ('<zeebe:taskSchedule dueDate="{}"/>', "opened_at"),
    "follow-up date": ('<zeebe:taskSchedule followUpDate="{}"/>', "opened_at"),
    "priority": ('<zeebe:priorityDefinition priority="{}"/>', "n"),
}


@each("place", PLACES)
def test_a_text_without_an_equals_sign_is_refused_where_feel_is_needed(place: str) -> None:
    drawn, text = PLACES[place]
    right, wrong = drawn(f"= {text}").xml(), drawn(text).xml()
    assert errors(right) == []
    compile_definition(right, decisions={})
    found = errors(wrong)
    assert len(found) == 1, found
    (finding,) = [f for f in findings(wrong) if f.rule == found[0].partition(" at ")[0]]
    assert "=" in finding.zh
    assert "=" in finding.en
    with pytest.raises(DefinitionRefused, match=r"begin with =|neither a time nor|is no cycle"):
        compile_definition(wrong, decisions={})


@pytest.mark.parametrize("place", OF_TASKS)
def test_a_text_of_a_task_that_is_no_constant_of_its_kind_is_refused_by_the_lint(place: str) -> None:
    extension, text = OF_TASKS[place]
    assert errors(tasked(extension=extension.format(f"={text}")).xml()) == []
    (found,) = errors(tasked(extension=extension.format(text)).xml())
    (finding,) = [f for f in findings(tasked(extension=extension.format(text)).xml()) if found.startswith(f.rule)]
    assert "=" in finding.zh


@pytest.mark.parametrize("text", ["P1D", "2026-01-31", "2026-01-31T09:00:00+08:00"])
def test_a_date_or_duration_that_is_written_out_is_a_due_date(text: str) -> None:
    assert errors(tasked(extension=f'<zeebe:taskSchedule dueDate="{text}"/>').xml()) == []


@each("place", PLACES)
@each("text", ["=", "= n +"])
def test_an_expression_that_is_empty_or_does_not_parse_is_refused(place: str, text: str) -> None:
    xml = PLACES[place][0](text).xml()
    assert any(found.startswith(("feel.", "timer.", "loop.")) for found in errors(xml))
    with pytest.raises(DefinitionRefused):
        compile_definition(xml, decisions={})


@pytest.mark.parametrize(
    "extension",
    [mapping({"y": "n"}), mapping(outputs={"y": "n"})],
)
def test_a_mapping_may_be_a_text_and_the_lint_asks_whether_it_was_meant(extension: str) -> None:
    xml = tasked(extension=extension).xml()
    assert errors(xml) == []
    assert "mapping.constant_text" in {finding.rule for finding in findings(xml)}


def test_an_assignment_may_be_a_text_and_the_lint_asks_whether_it_was_meant() -> None:
    inside = PUT.format("x", "i", "o") + into("da", "x_in", assignment("n", "y"))
    d = Drawing().start().data_object("da", "n").user("x").having(inside).end().flow("start", "x", "end")
    assert errors(d.xml()) == []
    assert "mapping.constant_text" in {finding.rule for finding in findings(d.xml())}
