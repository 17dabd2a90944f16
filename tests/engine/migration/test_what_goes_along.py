"""What an instance keeps when it goes over to another version: its incidents, its alarms, what is personal in it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, select

from engine.errors import StepError
from engine.migration import CaseStatus
from engine.model import SYSTEM
from engine.runtime.sla import alarm_id
from engine.store.tables import incident, job
from tests.engine.migration.test_migrations import OWNER, gone, line, planned, results, started_on
from tests.engine.support import Engine, consistent
from tests.unit.bpmn.drawing import Drawing


def test_an_alarm_and_its_incident_are_found_at_the_new_step(engine: Engine) -> None:
    case, _, target = started_on(engine, line("a"), line("review"))
    number = alarm_id(engine.task("a"))
    of_case = {"id": number, "instance": case, "case_id": str(case), "element": "a"}
    alarm = {"kind": "alarm", "type": "remind", "due_at": 2**60, "retries_left": 3, "payload": b"{}"}
    trouble = {"kind": "job", "message": "x", "created_at": 1}
    with engine.db.begin() as tx:
        tx.connection.execute(insert(job).values({**of_case, **alarm}))
        tx.connection.execute(insert(incident).values({**of_case, **trouble}))
    engine.runtime.migrate(case, target, OWNER, mapping={"a": "review"}, reason="x")
    with engine.db.read() as connection:
        assert connection.execute(select(job.c.element).where(job.c.id == number)).scalar_one() == "review"
        assert connection.execute(select(incident.c.element).where(incident.c.id == number)).scalar_one() == "review"


def test_an_incident_at_a_gateway_is_found_at_the_new_one(engine: Engine) -> None:
    def gate(name: str) -> Drawing:
        d = Drawing().start().gateway(name).user("b").end().flow("start", name)
        return d.flow(name, "b", when="=x = 1").flow("b", "end")

    case, _, target = started_on(engine, gate("gw"), gate("choice"))
    assert engine.column("SELECT element FROM incident") == ["gw"]
    engine.runtime.migrate(case, target, OWNER, mapping={"gw": "choice", "start_gw": "start_choice"}, reason="x")
    assert engine.column("SELECT element FROM incident") == ["choice"]
    consistent(engine)


@pytest.mark.parametrize("still", [True, False])
def test_what_a_form_called_personal_stays_so_or_the_case_stays(engine: Engine, *, still: bool) -> None:
    def deployed(drawing: Drawing, *, masked: bool) -> int:
        secret = {"type": "textfield", "id": "f", "key": "shoe_size", "label": "鞋码"}
        secret |= {"properties": {"masked": "true"}} if masked else {}
        form = json.dumps({"id": "p.a", "type": "default", "components": [secret]}).encode()
        engine.definitions.deploy({"p.bpmn": drawing.xml(), "p.a.form": form}, SYSTEM)
        return engine.definitions.latest("p").key

    source = deployed(line("a"), masked=True)
    told, untold = engine.start(shoe_size="42"), engine.start()
    target = deployed(line("a", reminder=True), masked=still)
    view = planned(engine, source, target)
    status, why = results(engine, view)[told]
    assert (status == CaseStatus.POSSIBLE) is still
    assert ("鞋码" in why) is not still
    assert "42" not in why
    assert results(engine, view)[untold][0] == CaseStatus.POSSIBLE
    if not still:
        with pytest.raises(StepError):
            engine.runtime.migrate(told, target, OWNER, mapping={}, reason="x")
        gone(engine, view, forced=True)
        assert engine.column("SELECT key FROM process_instance WHERE definition = :key", key=target) == [untold]
