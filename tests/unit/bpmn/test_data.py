"""Data objects, properties and associations are variables and mappings (BPMN 2.0.2 §10.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.unit.bpmn.drawing import Drawing, items, mapping, rounds
from tests.unit.bpmn.running import Running, run

PUT = '<bpmn:ioSpecification><bpmn:dataInput id="{0}_in" name="{1}"/><bpmn:dataOutput id="{0}_out" name="{2}"/>'
PUT += "<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"


def into(source: str | None, target: str, more: str = "") -> str:
    """An association from data to an input of the activity."""
    first = "" if source is None else f"<bpmn:sourceRef>{source}</bpmn:sourceRef>"
    ends = f"{first}<bpmn:targetRef>{target}</bpmn:targetRef>"
    return f'<bpmn:dataInputAssociation id="i_{target}">{ends}{more}</bpmn:dataInputAssociation>'


def out_of(source: str, target: str, more: str = "") -> str:
    """An association from an output of the activity to data."""
    ends = f"<bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
    return f'<bpmn:dataOutputAssociation id="o_{target}">{ends}{more}</bpmn:dataOutputAssociation>'


def transformation(text: str) -> str:
    return f"<bpmn:transformation>{text}</bpmn:transformation>"


def assignment(source: str, target: str) -> str:
    return f"<bpmn:assignment><bpmn:from>{source}</bpmn:from><bpmn:to>{target}</bpmn:to></bpmn:assignment>"


def tasked(inside: str) -> Drawing:
    """A user task with data, in a process with the data objects a and b."""
    d = Drawing().start().data_object("da", "a").data_object("db", "b").user("u").having(inside)
    return d.user("after").end().flow("start", "u", "after", "end")


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_a_data_object_of_the_process_is_an_ordinary_variable() -> None:
    r = run(tasked(""), a=Decimal(1))
    r.complete("u", a=Decimal(2), b=Decimal(3))
    assert r.variables == {"a": 2, "b": 3}
    r.proven()


def scoped(*, declare: str = "object") -> Drawing:
    """A sub-process with its own x, null at first, between users outside."""
    body = Drawing().start("in").user("first").user("second").end("out").flow("in", "first", "second", "out")
    if declare == "object":
        body.data_object("x")
    else:
        body.lines.append('<bpmn:property id="p1" name="x"/>')
    return Drawing().start().sub("s", body, mapping(outputs={"y": "=x"})).user("after").flow("start", "s", "after")


@pytest.mark.parametrize("declare", ["object", "property"])
def test_data_of_a_sub_process_is_local_to_it_and_null_at_first(declare: str) -> None:
    r = run(scoped(declare=declare), x="outer")
    assert r.see("first")["x"] is None
    r.complete("first", x="inner")
    assert (r.see("second")["x"], r.variables["x"]) == ("inner", "outer")
    r.complete("second")
    assert r.variables == {"x": "outer", "y": "inner"}
    r.proven()


def test_every_item_and_every_round_has_its_own() -> None:
    body = Drawing().start("in").user("u").end("out").flow("in", "u", "out").data_object("x")
    d = Drawing().start().sub("s", body).having(items(number="2", output="=x", into="all"))
    r = run(d.user("after").flow("start", "s", "after"))
    r.complete_nth("u", 1, x="second")
    assert r.see("u")["x"] is None
    r.complete("u", x="first")
    assert r.variables == {"all": ["first", "second"]}
    r.proven()
    d = Drawing().start().sub("s", body).having(rounds(maximum="2"))
    r = run(d.user("after").flow("start", "s", "after"))
    r.complete("u", x="one")
    assert r.see("u")["x"] is None
    r.complete("u")
    assert r.variables == {}
    r.proven()


def test_the_innermost_of_two_scopes_is_assigned() -> None:
    inner = Drawing().start("in2").user("u").end("out2").flow("in2", "u", "out2").data_object("y")
    outer = Drawing().start("in").sub("s2", inner).user("v").end("out").flow("in", "s2", "v", "out").data_object("x")
    r = run(Drawing().start().sub("s", outer).user("after").flow("start", "s", "after"), x=0, y=0, z=0)
    r.complete("u", x=1, y=2, z=3)
    assert (r.see("v")["x"], r.see("v")["y"]) == (1, 0)
    r.complete("v")
    assert r.variables == {"x": 0, "y": 0, "z": 3}
    r.proven()


def test_a_property_of_an_activity_is_its_own() -> None:
    r = run(tasked('<bpmn:property id="p" name="note"/>'), note="outer")
    assert r.see("u")["note"] is None
    r.complete("u", note="inner", a=Decimal(1))
    assert r.variables == {"note": "outer", "a": 1}
    r.proven()


def test_a_sub_process_with_inputs_of_the_same_name_as_its_data_begins_with_the_input() -> None:
    body = Drawing().start("in").user("u").end("out").flow("in", "u", "out").data_object("x")
    r = run(Drawing().start().sub("s", body, mapping({"x": "=x + 1"})).flow("start", "s"), x=Decimal(1))
    seen = r.see("u")["x"]
    assert seen in (2, None)  # an input of that name reads the local null or the outer value; it is never the outer 1
    r.proven()


# --- associations -----------------------------------------------------------------------------------------------------


def visible(r: Running, *names: str) -> list[object]:
    seen = r.see("u")
    return [seen.get(name) for name in names]


@pytest.mark.parametrize("source", ["da", "da_ref"])
def test_an_association_with_an_input_copies_into_the_activity(source: str) -> None:
    r = run(tasked(PUT.format("u", "x", "y") + into(source, "u_in")), a=Decimal(5))
    assert visible(r, "x", "a") == [5, 5]
    r.complete("u", x=Decimal(9), y=Decimal(7))
    assert r.variables == {"a": 5, "y": 7}
    r.proven()


@pytest.mark.parametrize("target", ["db", "db_ref"])
def test_an_association_with_an_output_alone_brings_back_that_output(target: str) -> None:
    r = run(tasked(PUT.format("u", "x", "y") + out_of("u_out", target)), a=Decimal(5))
    r.complete("u", y=Decimal(7), a=Decimal(0))
    assert r.variables == {"a": 5, "b": 7}
    r.proven()


def test_names_that_are_no_variables_go_by_their_ids() -> None:
    inside = PUT.format("u", "an input", "the output") + into("da", "u_in") + out_of("u_out", "db")
    r = run(tasked(inside), a=Decimal(5))
    assert visible(r, "u_in") == [5]
    r.complete("u", u_out=Decimal(8))
    assert r.variables == {"a": 5, "b": 8}
    r.proven()


def test_a_transformation_is_feel() -> None:
    inside = PUT.format("u", "x", "y") + into("da", "u_in", transformation("=a * 2"))
    r = run(tasked(inside + out_of("u_out", "db", transformation("=y + x"))), a=Decimal(5))
    assert visible(r, "x") == [10]
    r.complete("u", y=Decimal(1))
    assert r.variables == {"a": 5, "b": 11}
    r.proven()


def test_assignments_are_feel_and_come_instead_of_the_copy() -> None:
    inside = PUT.format("u", "x", "y") + into("da", "u_in", assignment("=a + 1", "x") + assignment("=a + x", "z"))
    r = run(tasked(inside + out_of("u_out", "db", assignment("=y * 10", "=b"))), a=Decimal(5))
    assert visible(r, "x", "z") == [6, 11]
    r.complete("u", y=Decimal(2))
    assert r.variables == {"a": 5, "b": 20}
    r.proven()


def test_associations_and_zeebe_mappings_go_together() -> None:
    extension = mapping({"m": "=x + 1"}, {"result": "=m + y"})
    d = Drawing().start().data_object("da", "a").data_object("db", "b").user("u", extension=extension)
    d.having(PUT.format("u", "x", "y") + into("da", "u_in") + out_of("u_out", "db")).user("after")
    r = run(d.flow("start", "u", "after"), a=Decimal(5))
    assert visible(r, "x", "m") == [5, 6]
    r.complete("u", y=Decimal(1))
    assert r.variables == {"a": 5, "result": 7, "b": 1}
    r.proven()


def test_associations_of_an_activity_for_every_item_belong_to_each_item() -> None:
    inside = PUT.format("u", "x", "y") + into("da", "u_in", transformation("=a + item"))
    d = Drawing().start().data_object("da", "a").service("u").having(inside + items("=list", "item", "=x", "all"))
    r = run(d.user("after").flow("start", "u", "after"), a=Decimal(10), list=[Decimal(1), Decimal(2)])
    assert [r.rows[id_].variables["x"] for id_ in r.ids_of("u")] == [11, 12]
    r.proven()


def test_what_is_only_drawn_changes_nothing() -> None:
    inside = into("da", "Property_1") + out_of("u", "db") + into("store_ref", "Property_1") + out_of("u", "store_ref")
    inside += '<bpmn:property id="Property_1" name="__targetRef_placeholder"/>'
    d = tasked(inside).at_root('<bpmn:dataStore id="store" name="库存"/>')
    d.lines.append('<bpmn:dataStoreReference id="store_ref" name="库存" dataStoreRef="store"/>')
    r = run(d, a=Decimal(1))
    r.complete("u", b=Decimal(2))
    assert r.variables == {"a": 1, "b": 2}
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


def test_a_reference_to_nothing_is_only_drawn_and_reading_it_ends() -> None:
    body = Drawing().start("in").user("u").having(into("nowhere", "u_in") + out_of("u_out", "nowhere")).end("out")
    r = run(Drawing().start().sub("s", body.flow("in", "u", "out")).end().flow("start", "s", "end"))
    r.complete("u", a=1)
    assert (r.over, r.variables) == ("completed end", {"a": 1})
    r.proven()


@pytest.mark.parametrize("inside", [assignment("=a +", "x"), assignment("=a", "case_id"), assignment("=a", "x y")])
def test_an_assignment_that_cannot_be_read_is_refused(inside: str) -> None:
    with pytest.raises(DefinitionRefused, match="u: "):
        compile_definition(tasked(into("da", "u_in", inside)).xml(), decisions={})


def test_a_transformation_that_fails_is_an_incident_and_is_mended() -> None:
    text = transformation("=count(for i in 1..a, j in 1..a return i)")
    r = run(tasked(PUT.format("u", "x", "y") + into("da", "u_in", text)), a=Decimal(5000))
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(a=Decimal(2))
    assert visible(r, "x") == [4]
    r.proven()


def test_collections_by_the_inputs_and_outputs_of_a_task() -> None:
    refs = "<bpmn:loopDataInputRef>s_in</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>s_out</bpmn:loopDataOutputRef>"
    refs += '<bpmn:inputDataItem id="di" name="order"/><bpmn:outputDataItem id="do" name="sum"/>'
    data = PUT.format("s", "all_in", "all_out") + into("da_ref", "s_in") + out_of("s_out", "db_ref")
    d = Drawing().start().data_object("da", "orders").data_object("db", "sums").script("s", "=order + 1", "sum")
    r = run(d.having(data + items(inside=refs)).user("u").flow("start", "s", "u"), orders=[Decimal(1), Decimal(5)])
    assert (r.waiting, r.variables.get("sums")) == (["u"], [2, 6])
    r.proven()


def test_a_property_of_an_event_does_not_leave_with_what_it_throws() -> None:
    d = Drawing().start().message_end("out", "msg_out", {"n": "=1"})
    d.lines[-1] = d.lines[-1].replace("<bpmn:messageEvent", '<bpmn:property id="q" name="q"/><bpmn:messageEvent')
    r = run(d.flow("start", "out"), order_id="1")
    assert [message.payload for message in r.last.messages] == [{"n": 1}]
    r.proven()
