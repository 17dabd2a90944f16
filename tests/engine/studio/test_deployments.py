"""What is kept of a deployment, scenarios in force, and one that something stops on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.errors import DefinitionRefused, NotFound
from engine.model import SYSTEM
from engine.store.database import Database, Transaction
from engine.studio import list_deployments
from engine.studio.versions import at_deployment
from tests.unit.bpmn.drawing import Drawing


@dataclass
class Shop:
    """A database with definitions that are checked as the pages check them."""

    db: Database
    clock: VirtualClock

    def __post_init__(self) -> None:
        self.definitions = Definitions(self.db, self.clock)


@pytest.fixture
def shop(db: Database, clock: VirtualClock) -> Shop:
    return Shop(db, clock)


SCENARIOS = b"process: p\nscenarios:\n- no: 1\n"


def drawn(name: str) -> bytes:
    return Drawing("p").start().end(name).flow("start", name).xml()


def rows(db: Database, query: str) -> list[tuple[object, ...]]:
    with db.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_deployment_says_who_why_and_what_came_in_the_place_of_what(shop: Shop) -> None:
    definitions = shop.definitions
    first = definitions.deploy({"p.bpmn": drawn("one"), "p.yaml": SCENARIOS}, SYSTEM, reason="开业")
    second = definitions.deploy({"p.bpmn": drawn("two"), "p.yaml": SCENARIOS}, SYSTEM, reason="改", change=7)
    third = definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM, restores=1)
    assert (first.number, second.number, third.number) == (1, 2, 3)
    found = rows(shop.db, "SELECT number, actor, reason, change, restores FROM deployment")
    assert found == [(1, "system", "开业", None, None), (2, "system", "改", 7, None), (3, "system", "", None, 1)]
    parts = rows(shop.db, "SELECT deployment, kind, id, before IS NULL FROM deployment_resource ORDER BY 1, 2")
    assert parts == [(1, "bpmn", "p", 1), (1, "scenario", "p", 1), (2, "bpmn", "p", 0), (3, "bpmn", "p", 0)]
    with shop.db.read() as connection:
        assert [line.number for line in list_deployments(connection)] == [3, 2, 1]
        back = at_deployment(connection, 1)
        assert back == {("bpmn", "p"): definitions.latest("p").manifest["bpmn"]}
        with pytest.raises(NotFound):
            at_deployment(connection, 9)


def test_what_is_in_force_already_is_no_deployment(shop: Shop) -> None:
    shop.definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM)
    again = shop.definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM, reason="又来")
    assert again.number is None
    assert rows(shop.db, "SELECT count(*) FROM deployment") == [(1,)]


def test_scenarios_are_in_force_and_make_no_version(shop: Shop) -> None:
    shop.definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM)
    made = shop.definitions.deploy({"processes/scenarios/p.yaml": SCENARIOS}, SYSTEM)
    assert made.versions == ()
    assert shop.definitions.latest("p").version == 1
    assert rows(shop.db, "SELECT kind, id FROM current_resource ORDER BY 1") == [("bpmn", "p"), ("scenario", "p")]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 2_000_001])
def test_scenarios_that_are_no_text_or_too_large_are_refused(shop: Shop, content: bytes) -> None:
    with pytest.raises(DefinitionRefused):
        shop.definitions.deploy({"p.yaml": content}, SYSTEM)


def test_what_is_raised_at_first_leaves_nothing_behind(shop: Shop) -> None:
    told: list[int] = []

    def stop(tx: Transaction, number: int) -> None:
        told.append(number)
        tx.connection.exec_driver_sql("INSERT INTO installation (name, value) VALUES ('mark', 'x')")
        raise LookupError

    with pytest.raises(LookupError):
        shop.definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM, first=stop)
    assert told == [1]
    for table in ("deployment", "deployment_resource", "current_resource", "resource", "definition"):
        assert rows(shop.db, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert rows(shop.db, "SELECT count(*) FROM installation WHERE name = 'mark'") == [(0,)]


def test_the_shipped_scenarios_are_deployed_with_their_processes(shop: Shop) -> None:
    root = Path(__file__).parents[3]
    names = [*root.glob("processes/scenarios/*.yaml")]
    shop.definitions.deploy({path.name: path.read_bytes() for path in names}, SYSTEM)
    found = rows(shop.db, "SELECT id FROM current_resource WHERE kind = 'scenario'")
    assert sorted(one for (one,) in found) == sorted(path.stem for path in names)
    assert names


def test_another_process_sees_the_deployment(shop: Shop) -> None:
    other = Definitions(shop.db, shop.clock)
    shop.definitions.deploy({"p.bpmn": drawn("one")}, SYSTEM)
    other.refresh()
    assert other.latest("p").version == 1
    shop.definitions.deploy({"p.bpmn": drawn("two")}, SYSTEM)
    other.refresh()
    assert other.latest("p").version == 2
