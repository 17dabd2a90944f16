"""Scenarios have a person for every group: forms offer them, tasks and cases are theirs."""

from __future__ import annotations

import json

import pytest

from engine.connectors import CONNECTORS
from engine.model import SYSTEM
from engine.scenarios import people, read_scenarios
from engine.scenarios.play import Play
from tests.engine.queries.test_people_in_forms import FORM, HIS
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing, mapping, properties

TEXT = """
process: p
scenarios:
- no: P-A1
  title: 选了谁,下一步就是谁的
  start: {}
  do:
    choose: {technician: %s, note: 急}
    mend: {}
  expect: {technician: technician}
  end: end
"""


@pytest.fixture
def bench(engine: Engine) -> Engine:
    engine.connectors.update(CONNECTORS)
    passed = mapping({"to": "aftersales", "reason": "换人"})
    drawing = Drawing("p").start().user("choose").element("userTask", "mend", extension=HIS)
    drawing.service("give", "transfer_case", passed).end().flow("start", "choose", "mend", "give", "end")
    drawing.extension = properties(start_permission="P01")
    engine.deploy(drawing)
    engine.definitions.deploy({"p.choose.form": json.dumps(FORM).encode()}, SYSTEM)
    people.hire(engine.db)
    return engine


def play(bench: Engine, who: str) -> Play:
    (scenario,) = read_scenarios({"p.yaml": (TEXT % who).encode()})
    return Play(scenario, bench.db, bench.clock)


def test_the_person_of_a_group_is_chosen_does_the_task_and_gets_the_case(bench: Engine) -> None:
    assert play(bench, "technician").run().problem is None
    assert bench.column("SELECT assignee FROM user_task WHERE element = 'mend'") == ["technician"]
    assert bench.column("SELECT completed_by FROM user_task WHERE element = 'mend'") == ["technician"]


def test_somebody_of_another_group_cannot_be_chosen(bench: Engine) -> None:
    assert "technician" in str(play(bench, "warehouse").run().problem)


def test_every_group_has_its_person() -> None:
    assert {person.id for person in map(people.person, ("operations", "designer"))} == {"operations", "designer"}
    assert [doer.id for doer in people.doers(["presales", "aftersales"], "aftersales")] == ["aftersales"]
    assert [doer.id for doer in people.doers(["presales", "aftersales"])] == ["presales", "aftersales"]
