"""Diagrams that mix the events of BPMN, loops included, and random walks through them by whatever can come."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from engine.errors import StepError
from engine.model import (
    CallOpened,
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    EscalateCall,
    FailCall,
    FailJob,
    FireTimer,
    InstanceStatus,
    JobKind,
    JobOpened,
    Modify,
    Opened,
    ResolveIncident,
    Skip,
    SubscriptionKind,
    SubscriptionOpened,
    ThrowError,
)
from tests.unit.bpmn.drawing import cycle, duration, mapping
from tests.unit.bpmn.event_drawing import (
    CANCEL,
    ONE_BY_ONE,
    TERMINATE,
    Events,
    compensate,
    condition,
    error,
    escalation,
    message,
    rounds,
    several,
    signal,
)
from tests.unit.bpmn.running import Running, of


def looped(d: Events, *steps: str) -> Events:
    """The steps again and again while ``more`` is true."""
    d.line("start start", "exclusive again", *steps, "exclusive more_end more", "end end")
    return d.flow("more", "again", when="=more = true")


def handler(name: str, *definitions: str, interrupting: bool = True, **flags: bool) -> Events:
    d = Events().starts(f"on_{name}", *definitions, interrupting=interrupting, **flags)
    return d.line(f"on_{name}", f"user {name}", f"end {name}_end")


def scoped() -> Events:
    """Errors and escalations through nested scopes with handlers that may fail themselves."""
    inner = Events().line("start i", "parallel fi", "service job", "exclusive gi_ei gi", "end ei")
    inner.ends("bad", error("E1")).flow("gi", "bad", when="=x = 1").line("fi", "user ui").throws(
        "up", escalation("C1"), escalation("C2")
    )
    inner.line("ui", "up", "end ei2").watch("w1", handler("near", escalation("C1"), interrupting=False))
    redo = Events().starts("on_redo", error("E1")).line("on_redo", "service redo", "end redo_end")
    outer = Events().line("start o").nest("inner", inner).line("o", "inner", "user uo", "end eo").watch("w2", redo)
    d = Events().nest("outer", outer).throws("further", escalation("C2"))
    d = looped(d, "outer", "service rest", "further", "user done")
    d.edge("e1", "outer", error()).line("e1", "user mend").flow("mend", "again")
    d.edge("c2", "outer", escalation(), interrupting=False).line("c2", "user told", "end told_end")
    return d.watch("w3", handler("last", error(), escalation("C2")))


def undoing() -> Events:
    """What completes is undone in a loop, by throws that wait and that do not, and from an error handler."""
    body = Events().line("start b", "user a", "user c", "service job", "end e").handler("undo_a", "a")
    body.handler("undo_c", "c").edge("tm", "undo_c", duration("PT1H"), interrupting=False).line("tm", "user remind")
    fix = Events().starts("on", error()).throws("undo_in", compensate()).line("on", "undo_in", "user fixed", "end e2")
    body.watch("w1", fix)
    own = (
        Events().starts("called", compensate()).throws("undo_own", compensate("z")).line("called", "undo_own", "end e4")
    )
    other = Events().line("start b3", "user z", "end e3").handler("undo_z", "z").watch("w2", own)
    d = Events().nest("s", body, extension=mapping({"n": "=n"})).nest("t", other, marker=rounds(2))
    d.throws("undo_s", compensate("s", wait=False)).throws("undo_all", compensate())
    d = looped(d, "s", "t", "exclusive g_more2 g", "exclusive more2", "user rest")
    return d.line("undo_s", "undo_all").flow("g", "undo_s", when="=x = 1").flow("undo_all", "more2")


def transactions() -> Events:
    """Transactions one by one for items, with nested scopes that may cancel or fail."""
    deep = (
        Events().line("start d0", "user a", "exclusive gd_ed gd", "end ed").ends("stop", CANCEL).handler("undo_a", "a")
    )
    deep.flow("gd", "stop", when="=x = 1")
    body = (
        Events().line("start b", "parallel f").nest("deep", deep).line("f", "deep", "parallel j", "user last", "end e")
    )
    body.line("f", "user c", "service job", "j").handler("undo_c", "c")
    body.watch("w", handler("aside", message("msg_m"), interrupting=False))
    d = Events().nest("t", body, "transaction", several("=[1, 2]", attributes=ONE_BY_ONE))
    d.edge("off", "t", CANCEL).line("off", "user sorry", "end cancelled")
    d.edge("hazard", "t", error()).line("hazard", "user mend").throws("undo", compensate())
    return looped(d, "t", "user rest", "undo").flow("mend", "again")


def conditions() -> Events:
    """Conditions in the flow, at edges, behind gateways, before joins, in event sub-processes."""
    d = Events().catches("c1", condition("=x = 1")).catches("c2", condition("=n > 1")).catches("tm", duration("PT1H"))
    d = looped(d, "parallel f", "c1", "inclusive j", "user rest")
    d.line("f", "user a", "j").line("f", "eventBased gw", "c2", "j").line("gw", "tm", "j")
    d.edge("at", "a", condition("=x = 2"), interrupting=False).line("at", "user got", "end e1")
    d.edge("cut", "rest", condition("=x = 0 and n = 1")).line("cut", "user after_cut", "end e2")
    d.line("f", "user setter", "set x=2 sx", "set n=2 sn", "end e3")
    return d.watch("w", handler("seen", condition("=x = 2 and n > 1"), interrupting=False))


def signals() -> Events:
    """Signals between branches, out of scopes that they interrupt, to items and event sub-processes."""
    body = Events().line("start b", "parallel fb", "user x1").throws("cry", signal("sig_b")).line("x1", "cry", "end e")
    body.catches("hear", signal("sig_a")).line("fb", "hear", "user heard", "end e2")
    body.watch("w1", handler("aside", signal("sig_a"), interrupting=False))
    d = Events().nest("s", body, marker=several()).throws("call_all", signal("sig_a")).catches("c", signal("sig_b"))
    d = looped(d, "parallel f", "s", "parallel j", "user rest")
    d.line("f", "user a", "call_all", "j").line("f", "eventBased gw", "c", "j").receive("r", "msg_m").line(
        "gw", "r", "j"
    )
    d.edge("at", "s", signal("sig_b"), interrupting=False).line("at", "user noted", "exclusive go_e3 go", "end e3")
    d.ends("out", signal("sig_c")).flow("go", "out", when="=x = 1")
    return d.watch("w2", handler("taken", signal("sig_c")))


def multiples() -> Events:
    """Events of several definitions in every place."""
    three = (message("msg_m"), signal("sig_a"), duration("PT1H"))
    d = (
        Events()
        .catches("c", *three, condition("=x = 1"))
        .catches("all", message("msg_n"), signal("sig_b"), parallel=True)
    )
    d.throws("out", message("msg_o"), signal("sig_a"), escalation("C1")).catches("late", duration("P1D"))
    d = looped(d, "parallel f", "c", "parallel j", "out", "user rest")
    d.line("f", "eventBased gw", "all", "j").line("gw", "late", "j").line("f", "user h", "j")
    d.edge("at", "h", message("msg_m"), cycle("R/PT2H"), condition("=x = 2"), interrupting=False)
    d.line("at", "user got", "end e1").edge("cut", "h", message("msg_n"), signal("sig_b"), parallel=True)
    d.line("cut", "user cut_off", "j").watch(
        "w", handler("told", escalation("C1"), signal("sig_c"), interrupting=False)
    )
    return d.watch("w2", handler("ended", message("msg_end"), error()))


def items() -> Events:
    """Items with handlers of their own, some of which end all."""
    body = Events().line("start b", "parallel f", "user x1", "exclusive g_e g", "end e").ends("stop", TERMINATE)
    body.flow("g", "stop", when="=x = 1").line("f", "service job", "end e2").throws("up", escalation("C1"))
    body.edge("tm", "x1", cycle("R2/PT1H"), interrupting=False).line("tm", "up", "end e3")
    body.watch("w1", handler("mend", error("E1"))).watch("w2", handler("aside", message("msg_m"), interrupting=False))
    d = Events().nest(
        "s", body, marker=several("=[1, 2, 3]", inside="<bpmn:completionCondition>=x = 2</bpmn:completionCondition>")
    )
    d.edge("told", "s", escalation(), interrupting=False).line("told", "user noted", "end e4")
    d.edge("bad", "s", error()).line("bad", "user again_please").edge("late", "s", duration("PT9H")).line(
        "late", "end e5"
    )
    d.handler("undo_s", "s").throws("undo", compensate())
    return looped(d, "s", "user rest", "undo").flow("again_please", "again")


def ad_hoc() -> Events:
    """Activities without an order, that handlers interrupt and conditions end."""
    body = Events().line("user a").line("service job", "user c").edge("tm", "a", duration("PT1H"), interrupting=False)
    body.line("tm", "user remind").handler("undo_a", "a").watch("w1", handler("mend", error(), signal("sig_a")))
    body.watch("w2", handler("aside", message("msg_m"), interrupting=False))
    body.lines.append("<bpmn:completionCondition>=x = 1</bpmn:completionCondition>")
    one = Events().line("user p").line("user q").watch("w3", handler("cut", message("msg_n")))
    d = Events().nest("h", body, "adHocSubProcess").nest("k", one, "adHocSubProcess", ordering="Sequential")
    d.edge("out", "h", condition("=n > 1")).line("out", "user left", "end e1").throws("undo", compensate())
    return looped(d, "h", "k", "user rest", "undo")


def calls() -> Events:
    """Children that fail and escalate, and are undone."""
    body = Events().line("start b", "call child c1", "end e").watch("w1", handler("mend", error("E1")))
    body.watch("w2", handler("told", escalation("C1"), interrupting=False)).handler("undo_c1", "c1")
    d = Events().nest("s", body).element("callActivity", "c2", several(), '<zeebe:calledElement processId="q"/>')
    d.edge("bad", "c2", error()).line("bad", "user again_please").edge("up", "c2", escalation("C2"), interrupting=False)
    d.line("up", "user noted", "end e2").throws("undo", compensate())
    d = looped(d, "s", "c2", "user rest", "undo").flow("again_please", "again")
    return d.watch("w3", handler("last", escalation(), interrupting=False))


def takeovers() -> Events:
    """Handlers in handlers that take the process over, one after the other."""
    deep = handler("deep", message("msg_deep"), error("E2")).watch("w3", handler("deepest", signal("sig_a")))
    first = Events().starts("on", message("msg_m"), duration("P1D")).line("on", "parallel f2", "user m1", "end e1")
    first.line("f2", "service job", "exclusive g_e2 g", "end e2").ends("bad", error("E2")).flow(
        "g", "bad", when="=x = 1"
    )
    first.watch("w2", deep).ends("stop", TERMINATE).line("f2", "user m2", "stop")
    d = looped(Events(), "user a", "user rest").watch("w1", first)
    d.edge("at", "a", message("msg_n"), interrupting=False).line("at", "user got", "end e3")
    tick = Events().starts("tick", cycle("R3/PT1H"), interrupting=False).line("tick", "user ticked", "end e4")
    return d.watch("w4", tick)


SHAPES: Final[Mapping[str, Callable[[], Events]]] = {
    shape.__name__: shape
    for shape in (
        scoped, undoing, transactions, conditions, signals, multiples, items, ad_hoc, calls, takeovers,
    )
}  # fmt: skip
#: Variables that random commands set.
_VALUES: Final = {"more": (True, False), "x": (0, 1, 2, None), "n": (Decimal(1), Decimal(2))}


def walk(shape: str, seed: int, commands: int = 60) -> Running:
    """A random run: the same seed gives the same commands; those that do not fit are refused and change nothing."""
    chance = random.Random(seed)
    running = of(SHAPES[shape]()).start(more=True, x=0, n=Decimal(1), order_id="SO1")
    for _ in range(commands):
        if running.last.status is not InstanceStatus.ACTIVE:
            break
        before = (len(running.log), running.state)
        try:
            running.do(_next(running, chance))
        except StepError:
            assert (len(running.log), running.state) == before
    return running


def _next(running: Running, chance: random.Random) -> Command:
    values = {name: chance.choice(given) for name, given in _VALUES.items() if chance.random() < 0.4}
    rows = sorted(running.rows.values(), key=lambda row: row.id)
    dice = chance.random()
    if dice < 0.005:
        return Cancel(reason="x")
    if running.incidents and (not rows or dice < 0.3):
        return ResolveIncident(
            id=chance.choice(sorted(running.incidents)), variables={"x": 1, "n": Decimal(1), **values}
        )
    one = chance.choice(rows)
    if dice > 0.98:
        return Skip(id=one.id, variables=values)
    if dice > 0.96:
        target = chance.choice(sorted(running.definition.elements))
        return Modify(cancel=(one.id,) if chance.random() < 0.5 else (), activate=(target,), variables=values)
    return _command(one, values, running, chance)


def _command(row: Opened, values: dict[str, object], running: Running, chance: random.Random) -> Command:
    dice = chance.random()
    if isinstance(row, SubscriptionOpened):
        if row.kind is SubscriptionKind.SIGNAL:
            return CorrelateSignal(name=row.message_name, payload=values)
        return CorrelateMessage(id=row.id, name=row.message_name, payload=values)
    if isinstance(row, CallOpened):
        if dice < 0.2:
            return FailCall(id=row.id, error_code=chance.choice(("E1", "E9")))
        if dice < 0.5:
            return EscalateCall(id=row.id, escalation_code=chance.choice(("C1", "C2")), variables=values)
        return CompleteCall(id=row.id, variables=values, end_state="e")
    if isinstance(row, JobOpened) and row.kind is JobKind.TIMER:
        running.now = max(running.now, row.due_at or running.now)
        return FireTimer(id=row.id)
    if isinstance(row, JobOpened):
        if dice < 0.25:
            return ThrowError(id=row.id, error_code=chance.choice(("E1", "E2")), variables=values)
        if dice < 0.35:
            return FailJob(id=row.id, problem="no answer", retries_left=chance.choice((0, 1)))
        return CompleteJob(id=row.id, variables=values)
    return CompleteUserTask(id=row.id, variables=values)
