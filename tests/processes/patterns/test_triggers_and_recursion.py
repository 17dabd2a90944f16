"""What several instances take part in: triggers and recursion, with the database and the worker (WCP-22 to 24)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.store.database import Database
from tests.engine.support import Engine, consistent
from tests.processes.patterns.pattern import ALL, draw
from tests.unit.bpmn.drawing import Drawing, mapping
from tests.unit.bpmn.event_drawing import Events, message, signal
from tests.unit.bpmn.outsider import errors


@pytest.fixture
def engine(db: Database, clock: VirtualClock) -> Engine:
    return Engine(db, clock)


def deploy(engine: Engine, drawing: Drawing) -> None:
    """As an outsider would: what the lint refuses does not run."""
    refused = errors(drawing.xml())
    assert not refused, refused
    engine.deploy(drawing)


def catching(definition: str) -> Events:
    d = draw().line("start start", "user a").catches("wait", definition)
    return d.line("a", "wait", "user after", "end end")


def test_wcp_22_recursion_a_process_calls_itself_until_it_is_enough(engine: Engine) -> None:
    d = draw().line("start start", "user a", "exclusive g_end g", "end end")
    d.call("deeper", "p", mapping({"n": "=n - 1"}, {"sum": "=n + sum"})).flow("g", "deeper", when="=n > 1")
    deploy(engine, d.line("deeper", "end back"))
    engine.start(n=Decimal(3), sum=Decimal(1))
    for _ in range(3):
        (task,) = engine.tasks(element="a")
        engine.runtime.complete(task, {}, SYSTEM)
        engine.worker.drain()
    assert engine.tasks() == []
    assert engine.column("SELECT status FROM process_instance") == ["completed"] * 3
    assert sorted(engine.column("SELECT end_state FROM process_instance")) == ["back", "back", "end"]  # type: ignore[type-var]
    consistent(engine)


def test_wcp_23_a_transient_trigger_is_lost_when_nobody_waits(engine: Engine) -> None:
    deploy(engine, catching(signal("go")))
    engine.start()
    assert engine.runtime.broadcast("go", {}, actor=SYSTEM) == 0
    engine.worker.drain()
    engine.complete("a")
    assert engine.tasks(element="after") == []
    engine.runtime.broadcast("go", {}, actor=SYSTEM)
    engine.worker.drain()
    engine.complete("after")
    consistent(engine)


@pytest.mark.parametrize("early", [True, False])
def test_wcp_24_a_persistent_trigger_is_kept_for_who_comes_later(engine: Engine, early: bool) -> None:
    deploy(engine, catching(message("go")))
    engine.start(order_id="7")
    if not early:
        engine.complete("a")
    engine.runtime.publish("go", "7", None, actor=SYSTEM, ttl=timedelta(hours=1))
    engine.worker.drain()
    if early:
        assert engine.tasks(element="after") == []
        engine.complete("a")
        engine.worker.drain()
    engine.complete("after")
    consistent(engine)


def test_every_pattern_has_a_test_that_bears_its_number() -> None:
    modules = [f"tests.processes.patterns.{file.stem}" for file in Path(__file__).parent.glob("test_*.py")]
    tests = [name for module in modules for name in vars(import_module(module)) if name.startswith("test_wcp")]
    missing = [n for n in range(1, ALL + 1) if not any(f"wcp_{n:02}" in name for name in tests)]
    assert missing == []
