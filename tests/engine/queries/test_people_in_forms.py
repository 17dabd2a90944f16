"""A form offers the active accounts of a group, takes no other id, and what is kept is shown by its name."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from engine import accounts, formcheck
from engine.connectors import CONNECTORS
from engine.definitions.bundle import read_bundle
from engine.labels import labels_of
from engine.model import SYSTEM
from engine.queries import Queries
from engine.rerun.forms import judge
from tests.conftest import FRIDAY_9AM
from tests.engine.roster.people import hire
from tests.engine.support import LI, Engine
from tests.unit.bpmn.drawing import Drawing

FORM = {
    "id": "p.choose",
    "type": "default",
    "components": [
        {
            "type": "select",
            "id": "f_technician",
            "key": "technician",
            "label": "维修师傅",
            "valuesExpression": "=people.technician",
            "validate": {"required": True},
        },
        {"type": "textfield", "id": "f_note", "key": "note", "label": "备注"},
    ],
}
HIS = (
    '<zeebe:userTask/><zeebe:formDefinition formId="p.mend"/>'
    '<zeebe:assignmentDefinition candidateGroups="technician" assignee="=technician"/>'
)


@pytest.fixture
def bench(engine: Engine) -> Engine:
    """A process in which somebody chooses a technician, whose task the next one is."""
    hire(engine.db)
    with engine.db.begin() as tx:
        names = {"he": "何师傅", "ma": "马师傅", "out": "老赵"}
        accounts.place(tx, [(person, name, "technician") for person, name in names.items()])
        accounts.set_active(tx, "out", active=False)
    engine.connectors.update(CONNECTORS)
    drawing = Drawing("p").start().user("choose").element("userTask", "mend", extension=HIS).end()
    engine.deploy(drawing.flow("start", "choose", "mend", "end"))
    engine.definitions.deploy({"p.choose.form": json.dumps(FORM).encode()}, SYSTEM)
    return engine


def queries(bench: Engine) -> Queries:
    return Queries(bench.db, bench.definitions, bench.clock)


def test_a_task_s_form_offers_the_active_people_of_the_group_by_name(bench: Engine) -> None:
    bench.start()
    view = queries(bench).task(bench.task("choose"), LI)
    assert view.context["people"] == {
        "technician": [{"value": "he", "label": "何师傅"}, {"value": "ma", "label": "马师傅"}]
    }


@pytest.mark.parametrize("posted", ["out", "li", "nobody"])
def test_an_id_that_is_nobody_s_of_the_group_is_refused_in_a_sentence(bench: Engine, posted: str) -> None:
    bench.start()
    view = queries(bench).task(bench.task("choose"), LI)
    found = formcheck.check(view.schema or {}, {"technician": posted}, view.context, now=bench.clock.now())
    assert found.errors == {"technician": "“维修师傅”的选择无效,请从列出的选项中选择"}
    taken = formcheck.check(view.schema or {}, {"technician": "ma"}, view.context, now=bench.clock.now())
    assert taken.variables["technician"] == "ma"


def test_the_task_is_the_chosen_one_s_and_names_him(bench: Engine) -> None:
    key = bench.start()
    bench.complete("choose", LI, technician="he", note=None)
    he = accounts.get(bench.db, "he").actor
    assert [row.assignee for row in queries(bench).inbox(he).rows] == ["he"]
    facts = {fact.name: fact.value for fact in queries(bench).task(bench.task("mend"), he).facts}
    assert facts["technician"] == "何师傅"
    shown = {fact.name: fact.value for fact in queries(bench).case(str(key), LI).variables}
    assert shown["technician"] == "何师傅"


def test_what_no_form_asks_for_is_not_read(bench: Engine) -> None:
    plain = {**FORM, "components": FORM["components"][1:]}
    bench.start()
    bench.definitions.deploy({"p.choose.form": json.dumps(plain).encode()}, SYSTEM)
    assert "people" not in queries(bench).shop_context({}, plain)
    assert queries(bench).shop_context({}, FORM)["people"]["technician"]


def test_a_customer_reads_the_name(bench: Engine) -> None:
    labels = labels_of({"p.choose": FORM})
    with bench.db.read() as connection:
        named = accounts.named(connection, labels, ["technician", "note"])
        assert named.value("technician", "out") == "老赵"
        assert named.value("technician", "gone") == "gone"
        assert accounts.named(connection, labels, ["note"]) is labels


def test_a_form_that_names_a_group_that_nobody_knows_is_refused() -> None:
    content = json.dumps(FORM).replace("people.technician", "people.technicians").encode()
    (finding,) = read_bundle({"forms/p/choose.form": content}, [], timedelta(minutes=1)).findings
    assert (finding.rule, finding.zh) == ("form.people", "表单里 people. 后面的岗位「technicians」不存在。")
    assert not read_bundle({"forms/p/choose.form": json.dumps(FORM).encode()}, [], timedelta(minutes=1)).findings


def test_when_a_case_is_judged_again_who_was_chosen_then_counts() -> None:
    given, problem = judge(FORM, {"technician": "he", "note": "急"}, {}, FRIDAY_9AM)
    assert (given, problem) == ({"technician": "he", "note": "急"}, None)
    _, problem = judge(FORM, {"note": "急"}, {}, FRIDAY_9AM)
    assert problem is not None
    assert problem[0] == "technician"
