"""Diagrams with everything that is executed, and random walks through them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from engine.bpmn import compile_definition
from engine.model import (
    CallOpened,
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    FailCall,
    FailJob,
    FireTimer,
    InstanceStatus,
    JobOpened,
    Opened,
    ResolveIncident,
    SubscriptionOpened,
    ThrowError,
)
from tests.unit.bpmn.drawing import Drawing, cycle, duration, mapping, properties
from tests.unit.bpmn.running import Running, commands_for


def loop() -> Drawing:
    """A user task and a script in a loop."""
    d = Drawing().start().gateway("m").user("a").script("s", '={n: n + 1, text: "第" + string(n)}', "r", _take("n"))
    d.gateway("g", default="g_end").end()
    return d.flow("start", "m", "a", "s", "g", "end").flow("g", "m", when="=more")


def parallel_loop() -> Drawing:
    """A fork and a join in a loop, with a job on one branch."""
    d = Drawing().start().gateway("m").gateway("fork", "parallel").user("a").service("j").user("b")
    d.gateway("join", "parallel").gateway("g", default="g_end").end()
    d.flow("start", "m", "fork", "a", "join", "g", "end").flow("fork", "j", "join").flow("fork", "b", "join")
    return d.flow("g", "m", when="=more")


def events() -> Drawing:
    """An event-based gateway in a loop, boundary events of each sort."""
    d = Drawing().start().gateway("m").user("a").boundary("often", "a", cycle("R3/PT1H"), interrupting=False)
    d.service("remind").end("reminded").flow("often", "remind", "reminded")
    d.boundary("news", "a", message="msg_news", interrupting=False).end("noted").flow("news", "noted")
    d.gateway("wait", "eventBased").catch("tm", duration('=duration("PT" + string(n) + "H")'))
    d.catch("ev", message="msg_updated").gateway("g", default="g_end").end().message_end(
        "lost", "msg_lost", {"n": "=n"}
    )
    d.boundary("late", "a", duration("P1D")).flow("late", "lost")
    d.flow("start", "m", "a", "wait", "tm", "g", "end").flow("wait", "ev", "g").flow("g", "m", when="=more")
    return d


def nested() -> Drawing:
    """Sub-processes in one another, errors, a timer around them, terminate."""
    inner = (
        Drawing().start("i").service("job").boundary("any", "job", error="").gateway("ig", default="ig_ie").end("ie")
    )
    inner.error_end("bad", "E1").terminate("stop").flow("i", "job", "ig", "ie").flow("ig", "bad", when="=more")
    inner.flow("any", "stop")
    outer = Drawing().start("o").gateway("of", "parallel").sub("inner", inner, mapping({"n": "=n"}, {"seen": "=n"}))
    outer.user("u").end("oe").end("oe2").flow("o", "of", "inner", "oe").flow("of", "u", "oe2")
    d = Drawing().start().gateway("m").sub("outer", outer).boundary("e1", "outer", error="E1").user("mend").end()
    d.boundary("tm", "outer", duration("PT1H"), interrupting=False).script("count", "={n: n + 1}", "r", _take("n"))
    d.end("counted").flow("tm", "count", "counted")
    return d.flow("start", "m", "outer", "end").flow("e1", "mend", "m")


def calls() -> Drawing:
    """Calls with errors and mappings, registers, an output that can fail."""
    d = Drawing(log="={case_id: case_id, n: n}").start().gateway("m").user("a", extension=properties(register="log"))
    d.call("c", "child", mapping({"kind": '="x"'}, {"answer": "=result"})).boundary("e", "c", error="E1").end("failed")
    d.gateway("g", default="g_end").end().flow("start", "m", "a", "c", "g", "end").flow("e", "failed")
    return d.flow("g", "m", when="=answer")


def incidents() -> Drawing:
    """Conditions, timers and keys that are often no such thing."""
    d = Drawing().start().gateway("m").user("a").gateway("g", default="g_wait").catch("tm", duration("=t"))
    d.gateway("wait", "eventBased").catch("ev", message="msg_x", key="=key").catch("soon", duration("=t")).end()
    d.flow("start", "m", "a", "g", "wait", "ev", "end").flow("wait", "soon", "m").flow("g", "tm", when="=odd")
    return d.flow("tm", "m")


SHAPES: Final[Mapping[str, Callable[[], Drawing]]] = {
    "loop": loop,
    "parallel_loop": parallel_loop,
    "events": events,
    "nested": nested,
    "calls": calls,
    "incidents": incidents,
}
#: Variables that random commands set.
_VALUES: Final = {
    "more": (True, False, True),
    "n": (Decimal(1), Decimal("2.50")),
    "odd": (True, False, None),
    "t": ("PT1H", None, "P1M"),
    "key": ("SO1", None, Decimal(7)),
    "text": ("", "缺货", "a"),
}


def _take(*names: str) -> str:
    return mapping(outputs={name: f"=r.{name}" for name in names})


def walk(shape: str, seed: int, commands: int = 25) -> Running:
    """A random run: the same seed gives the same commands."""
    chance = random.Random(seed)
    start = {"more": True, "n": Decimal(1), "order_id": "SO1", "t": "PT1H", "key": "SO1"}
    running = Running(compile_definition(SHAPES[shape]().xml(), decisions={})).start(**start)
    for _ in range(commands):
        if running.last.status is not InstanceStatus.ACTIVE:
            break
        running.do(_next(running, chance))
    return running


def _next(running: Running, chance: random.Random) -> Command:
    values = {name: chance.choice(values) for name, values in _VALUES.items() if chance.random() < 0.5}
    if chance.random() < 0.01:
        return Cancel(reason="x")
    choices = commands_for(running)
    if running.incidents and (not choices or chance.random() < 0.5):
        return ResolveIncident(id=chance.choice(sorted(running.incidents)), variables={**values, "odd": True})
    kind, row = chance.choice(choices)
    return _command(kind, row, values, running, chance)


def _command(kind: str, row: Opened, values: dict[str, object], running: Running, chance: random.Random) -> Command:
    fails = chance.random() < 0.2
    if isinstance(row, SubscriptionOpened):
        return CorrelateMessage(id=row.id, name=row.message_name, payload=values)
    if isinstance(row, CallOpened):
        if fails:
            return FailCall(id=row.id, error_code="E1")
        return CompleteCall(id=row.id, variables={"result": chance.random() < 0.7}, end_state="e")
    if isinstance(row, JobOpened):
        if kind == "timer":
            assert row.due_at is not None
            running.now = max(running.now, row.due_at)
            return FireTimer(id=row.id)
        if fails:
            return chance.choice(
                [
                    FailJob(id=row.id, problem="no answer", retries_left=chance.choice((0, 1))),
                    ThrowError(id=row.id, error_code="E1", variables=values),
                ]
            )
        return CompleteJob(id=row.id, variables=values)
    return CompleteUserTask(id=row.id, variables=values)
