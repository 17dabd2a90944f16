"""Versions: who gets a new one, what runs on, and what threads and processes see of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.definitions import registry
from engine.definitions import versions as versions_module
from engine.errors import DefinitionRefused
from engine.model import SYSTEM, Actor
from tests.engine.shop_desk import FEW, ShopDesk, shipped_files
from tests.engine.support import LI, Engine
from tests.unit.bpmn.drawing import Drawing

MINUTE = timedelta(minutes=1)
TABLE = "processes/decisions/logistics_status.dmn"


def asks(name: str = "ask") -> Drawing:
    return Drawing("p").start().user(name).end().flow("start", name, "end")


def changed(files: dict[str, bytes]) -> dict[str, bytes]:
    table = files[TABLE].replace(b"24..48]", b"24..36]").replace(b"]48..", b"]36..")
    assert table != files[TABLE]
    return {TABLE: table}


def versions(desk: ShopDesk) -> list[object]:
    return desk.column("SELECT process_id || ' ' || version FROM definition ORDER BY key")


def test_a_changed_table_makes_a_version_of_its_users_only(desk: ShopDesk) -> None:
    before = versions(desk)
    made = desk.definitions.deploy(changed(shipped_files(*FEW)), SYSTEM)
    assert [(v.process_id, v.version) for v in made.versions] == [("p10_courier_query", 2)]
    assert versions(desk) == [*before, "p10_courier_query 2"]


def test_the_same_files_twice_change_nothing(desk: ShopDesk) -> None:
    events = desk.column("SELECT count(*) FROM history_event WHERE stream = 0")
    assert desk.definitions.deploy(shipped_files(*FEW), SYSTEM).versions == ()
    assert desk.column("SELECT count(*) FROM history_event WHERE stream = 0") == events


def test_only_what_a_deployment_changes_is_compiled_while_others_wait(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[bytes] = []
    compile_version = versions_module.compile_version

    def counted(xml: bytes, decisions: Any) -> Any:
        compiled.append(xml)
        return compile_version(xml, decisions)

    monkeypatch.setattr(versions_module, "compile_version", counted)
    made = desk.definitions.deploy(changed(shipped_files(*FEW)), SYSTEM)
    assert [version.process_id for version in made.versions] == ["p10_courier_query"]
    assert len(compiled) == 1
    form = "forms/p10_courier_query/check_logistics.form"
    text = shipped_files(*FEW)[form].replace("物流".encode(), "快递物流".encode(), 1)
    assert text != shipped_files(*FEW)[form]
    made = desk.definitions.deploy({form: text}, SYSTEM)
    assert [version.process_id for version in made.versions] == ["p10_courier_query"]
    assert len(compiled) == 2


def test_what_is_in_force_as_it_is_is_not_checked_again() -> None:
    wrong = {"f.form": b"{}", "p.bpmn": Drawing("p").start().xml(), "d.dmn": b"<none/>", "g.form": b"{}"}
    found = registry.read_bundle(wrong, (), MINUTE)
    assert {finding.file for finding in found.findings} == set(wrong)
    left = registry.read_bundle(wrong, (), MINUTE, passed=frozenset({"f.form", "p.bpmn", "d.dmn"}))
    assert {finding.file for finding in left.findings} == {"g.form"}
    assert left.parts == found.parts


def test_going_back_to_older_files_is_a_new_version(desk: ShopDesk) -> None:
    desk.definitions.deploy(changed(shipped_files(*FEW)), SYSTEM)
    (back,) = desk.definitions.deploy({TABLE: shipped_files(*FEW)[TABLE]}, SYSTEM).versions
    assert (back.process_id, back.version) == ("p10_courier_query", 3)
    hashes = desk.column("SELECT hash FROM definition WHERE process_id = 'p10_courier_query' ORDER BY version")
    assert hashes[0] == hashes[2] != hashes[1]


def test_two_deployments_at_once_make_two_versions_one_after_the_other(engine: Engine) -> None:
    barrier = threading.Barrier(4)

    def deploy(number: int) -> None:
        barrier.wait()
        Engine(engine.db, engine.clock).deploy(asks(f"ask_{number}"))

    threads = [threading.Thread(target=deploy, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.column("SELECT version FROM definition ORDER BY key") == [1, 2, 3, 4]
    engine.definitions.refresh()
    assert engine.definitions.latest("p").version == 4
    assert engine.column("SELECT value FROM installation WHERE name = 'deployments'") == ["4"]


def test_what_another_process_deployed_is_started_next(engine: Engine) -> None:
    engine.deploy(asks("old"))
    Engine(engine.db, engine.clock).deploy(asks("new"))
    engine.start()
    assert len(engine.tasks(element="new")) == 1


def test_a_slow_reader_does_not_bring_an_older_version_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.deploy(asks("old"))
    slow = Engine(engine.db, engine.clock).definitions
    read_on = registry.current

    def overtaken(kind: str) -> object:
        """The slow one has read half when another thread deploys and reads all."""
        monkeypatch.setattr(registry, "current", read_on)
        in_a_thread(lambda: engine.deploy(asks("new")))
        in_a_thread(slow.refresh)
        return read_on(kind)

    monkeypatch.setattr(registry, "current", overtaken)
    slow.refresh()
    assert slow.latest("p").version == 2


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_many_threads_compile_a_version_once_for_all(engine: Engine) -> None:
    engine.deploy(asks())
    key = engine.definitions.latest("p").key
    fresh = Engine(engine.db, engine.clock).definitions
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(fresh.get(key))) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 30
    assert len({id(deployed) for deployed in found}) == 1


def test_who_deployed_what_is_in_the_systems_stream(engine: Engine) -> None:
    owner = Actor(id="owner")
    engine.definitions.deploy({"p.bpmn": asks().xml(), "p.ask.form": b'{"id": "p.ask", "components": []}'}, owner)
    assert engine.column("SELECT actor FROM history_event WHERE stream = 0 AND kind = 'definition.deployed'") == [
        "owner"
    ]
    assert LI.id != "owner"


def test_files_are_checked_without_keeping_anybody_from_writing(desk: ShopDesk) -> None:
    """With the lint inside its transaction this one would be refused as the second of its thread."""
    with desk.db.begin(), pytest.raises(DefinitionRefused):
        desk.definitions.deploy({"x.bpmn": b"<not a diagram/>"}, SYSTEM)


def test_files_are_checked_again_when_somebody_deployed_meanwhile(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[object] = []
    read = registry.read_bundle

    def overtaken(*given: Any) -> object:
        checked.append(given[1])
        if len(checked) == 1:
            in_a_thread(lambda: desk.definitions.deploy(changed(shipped_files(*FEW)), SYSTEM))
        return read(*given)

    monkeypatch.setattr(registry, "read_bundle", overtaken)
    text = shipped_files(*FEW)["processes/templates/T10A.txt"] + "\n谢谢您。".encode()
    desk.definitions.deploy({"processes/templates/T10A.txt": text}, SYSTEM)
    assert len(checked) == 3
    assert desk.definitions.template("T10A")[1].endswith("谢谢您。")
    assert versions(desk)[-1] == "p10_courier_query 2"
