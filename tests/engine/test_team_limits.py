"""P07 and P13 of a supervisor end at the own team: repairs, incidents and registers of others' cases look like none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from engine import accounts, registers
from engine.errors import NotAllowed
from engine.exports.content import read_rows, read_wanted
from engine.model import Actor
from engine.queries import Queries
from engine.registers import read_asked, read_place
from engine.runtime import Repair, repair_many
from engine.store.tables import process_instance, team, team_member
from tests.engine.register_pen import RegisterPen
from tests.engine.support import CANG, LI, WANG, ZHAO, Engine, consistent, failing
from tests.unit.bpmn.drawing import Drawing

BOSS = Actor(id="boss", name="吴刚", groups=frozenset({"dept_manager"}))
SUN = Actor(id="sun", name="孙悦", groups=frozenset({"supervisor"}))
REASON = "客户已改由门店处理"
REGISTER = "refund_register"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Two teams: 赵敏 with 李娜, 孙悦 with 王强; the warehouse's man is in none."""
    with engine.db.begin() as tx:
        for actor in (LI, WANG, ZHAO, SUN, CANG, BOSS):
            accounts.add(tx, actor.id, actor.name, "correct horse", actor.groups)
        tx.connection.execute(insert(team), [{"id": n, "name": f"{n}组", "shop": ""} for n in (1, 2)])
        members = {"zhao": 1, "li": 1, "sun": 2, "wang": 2}
        tx.connection.execute(insert(team_member), [{"user": who, "team": of} for who, of in members.items()])
    engine.connectors["work"] = failing(99)
    engine.deploy(
        Drawing("q").start().service("call").user("after").end().flow("start", "call", "after", "end"),
    )
    return engine


def person(engine: Engine, actor: Actor) -> Actor:
    return accounts.get(engine.db, actor.id).actor


def belongs_to(engine: Engine, key: int, who: str) -> None:
    with engine.db.begin() as tx:
        of_case = update(process_instance).where(process_instance.c.key == key)
        tx.connection.execute(of_case.values(owner=who, first_owner=who, opened_by=who))


def stuck(engine: Engine, actor: Actor) -> tuple[int, int]:
    """A case of a person whose job has no retries left, and its incident."""
    key = engine.start("q")
    belongs_to(engine, key, actor.id)
    for _ in range(8):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    return key, int(str(engine.column("SELECT id FROM incident WHERE instance = :key", key=key)[0]))


REPAIRS: dict[str, Callable[[Engine, int, int, Actor], object]] = {
    "resolve": lambda engine, _, incident, who: engine.runtime.resolve_incident(incident, who, reason=REASON),
    "skip": lambda engine, _, incident, who: engine.runtime.skip(incident, who, reason=REASON),
    "suspend": lambda engine, case, _, who: engine.runtime.suspend(str(case), who, reason=REASON),
    "cancel": lambda engine, case, _, who: engine.runtime.cancel(case, REASON, who),
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_another_teams_case_is_not_repaired_and_the_own_and_nobodys_are(engine: Engine, repair: str) -> None:
    act = REPAIRS[repair]
    own, others, nobodys = (stuck(engine, who) for who in (LI, WANG, CANG))
    zhao = person(engine, ZHAO)
    before = engine.snapshot()
    with pytest.raises(NotAllowed):
        act(engine, *others, zhao)
    assert engine.snapshot() == before
    act(engine, *own, zhao)
    act(engine, *nobodys, zhao)
    act(engine, *others, person(engine, BOSS))
    consistent(engine)


def test_many_repairs_leave_another_teams_incident_as_it_is(engine: Engine) -> None:
    (own, one), (others, other) = stuck(engine, LI), stuck(engine, WANG)
    zhao = person(engine, ZHAO)
    queries = Queries(engine.db, engine.definitions, engine.clock)
    assert [row.case_id for row in queries.incidents(zhao).rows] == [str(own)]
    assert {row.case_id for row in queries.incidents(person(engine, BOSS)).rows} == {str(own), str(others)}
    results = repair_many(engine.runtime, Repair.SKIP, [one, other], zhao, reason=REASON)
    assert [result.ok for result in results] == [True, False]
    assert engine.column("SELECT instance FROM incident") == [others]


def test_registers_show_list_count_and_export_the_teams_rows_only(engine: Engine) -> None:
    pen = RegisterPen(engine.db)
    rows = {"li": 1, "wang": 2, "cang": 3}
    for owner, number in rows.items():
        case = pen.instance()
        belongs_to(engine, case, owner)
        pen.write(REGISTER, number, instance=case, reason=owner)
    asked, _ = read_asked({}, ())

    def shown(actor: Actor) -> tuple[set[object], int, int, int]:
        seen = person(engine, actor)
        with engine.db.read() as connection:
            within = registers.within_team(asked, registers.team_of(seen))
            page = registers.list_rows(connection, REGISTER, within, after=read_place(None))
            counted = registers.count_rows(connection, registers.team_of(seen))[REGISTER]
            found = registers.count_found(connection, REGISTER, within)
            wanted = read_wanted(connection, engine.definitions, seen, REGISTER, {}, "csv", unmasked=False)
            taken = len(read_rows(connection, wanted))
        return {row.values["reason"] for row in page.rows}, counted, found, taken

    assert shown(ZHAO) == ({"li", "cang"}, 2, 2, 2)
    assert shown(SUN) == ({"wang", "cang"}, 2, 2, 2)
    assert shown(BOSS) == (set(rows), 3, 3, 3)
