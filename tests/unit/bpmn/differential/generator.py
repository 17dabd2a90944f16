"""Random processes: the flow between activities; generator_activities.py draws the activities and their events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.generator_events import Events
from tests.unit.bpmn.differential.generator_triggers import WAITS, WAKE_ALL
from tests.unit.bpmn.differential.lanes import Chance, Lane, Supply

#: Everything that can be drawn, with its weight.
KINDS: Final[dict[str, int]] = {
    "user": 6, "job": 3, "plain": 1, "script": 3, "receive": 1,
    "exclusive": 4, "parallel": 3, "inclusive": 3, "fork": 2, "loop": 3, "complex": 1, "event_gateway": 2,
    "sub": 4, "ad_hoc": 1, "standard_loop": 2, "multi_instance": 3, "bounded": 3, "transaction": 1,
    "catch": 2, "throw": 2, "end": 2, "terminate": 1, "error": 2, "escalation": 2, "signal_pair": 1, "link": 1,
    "several": 1, "undoable": 3, "compensate": 2, "cancel": 3,
}  # fmt: skip
#: What every process may have.
_ALWAYS: Final = ("user", "job", "script")
EVENTS: Final = ("timer", "cycle", "message", "signal", "condition", "multiple", "error", "escalation")


def some_kinds(chance: Chance) -> dict[str, int]:
    """About half of everything, and much of some of it: rare things meet more often than in a mixture of all."""
    return {kind: weight * (1 if kind in _ALWAYS else (0, 1, 1, 4)[chance.below(4)]) for kind, weight in KINDS.items()}


class Generator(Events):
    """One random process; ``kinds`` and ``events`` are what may be drawn."""

    def __init__(self, chance: Chance, kinds: dict[str, int], events: tuple[str, ...], size: int) -> None:
        self.supply = Supply(chance, left=size)
        self.events = events
        self.kinds = kinds
        self.ways: dict[str, Callable[[Lane], b.Block]] = {
            "user": self.user, "job": self.job, "plain": self.plain, "script": self.script, "receive": self.receive,
            "exclusive": self.exclusive, "parallel": self.parallel, "inclusive": self.inclusive, "fork": self.fork,
            "loop": self.loop, "complex": self.complex, "event_gateway": self.event_gateway, "sub": self.sub,
            "ad_hoc": self.ad_hoc, "standard_loop": self.standard_loop, "multi_instance": self.multi_instance,
            "bounded": self.bounded, "transaction": self.transaction, "catch": self.catch, "throw": self.throw,
            "end": self.end, "terminate": self.terminate, "error": self.error, "escalation": self.escalation,
            "signal_pair": self.signal_pair, "link": self.link,
            "several": self.several, "undoable": self.undoable, "compensate": self.compensate, "cancel": self.cancel,
        }  # fmt: skip

    def process(self) -> b.Process:
        lane = Lane(own=[self.supply.variable()], frozen=["c0", "c1"])
        return b.Process(self.inside(lane, most=6), self.supply.start, tuple(self.supply.errors))

    # --- sequences -----------------------------------------------------------------------------------------------

    def sequence(self, lane: Lane, *, least: int = 0, most: int = 4) -> b.Sequence:
        """Blocks one after the other, until one out of which no token comes."""
        found: list[b.Block] = []
        for _ in range(max(least, self.supply.chance.below(most + 1))):
            if self.supply.left <= 0 and len(found) >= least:
                break
            block = self.block(lane)
            found.append(block)
            if not b.leaves(block):
                break
        return b.Sequence(tuple(found))

    def block(self, lane: Lane) -> b.Block:
        usable = {
            kind: self._weight(kind, lane) for kind, weight in self.kinds.items() if weight and self._fits(kind, lane)
        }
        place = self.supply.chance.below(sum(usable.values()))
        for kind, weight in usable.items():
            place -= weight
            if place < 0:
                return self.ways[kind](lane)
        raise AssertionError

    def _weight(self, kind: str, lane: Lane) -> int:
        """More of what somebody around catches or remembers."""
        wanted = {
            "error": bool(lane.errors),
            "escalation": bool(lane.escalations),
            "cancel": lane.cancellable,
            "compensate": bool(lane.undoable),
        }
        return self.kinds[kind] * (6 if wanted.get(kind) else 1)

    def _fits(self, kind: str, lane: Lane) -> bool:
        leaf = kind in ("user", "job", "plain", "script")
        if self.supply.left <= 0 or lane.depth > 5:
            return leaf
        if lane.shared and kind in ("parallel", "inclusive", "fork", "complex", "signal_pair"):
            return False
        if lane.twice and kind == "signal_pair":
            return False
        if kind in ("end", "fork") and not lane.may_die:
            return False
        if kind in ("end", "fork", "terminate", "error", "cancel") and lane.must_leave:
            return False
        waits = [event for event in WAITS if event in self.events and not (lane.twice and event in WAKE_ALL)]
        return {
            "complex": not lane.in_loop,
            "escalation": bool(lane.escalations),
            "event_gateway": bool(waits),
            "catch": bool(waits),
            "several": bool(waits),
            "undoable": lane.undoable is not None,
            "compensate": lane.undoable is not None,
            "cancel": lane.cancellable,
        }.get(kind, True)

    def way(self, lane: Lane, start: list[b.Block], **limits: int) -> b.Sequence:
        """A sequence in a lane of its own, which begins with these blocks."""
        return b.Sequence((*start, *self.sequence(lane, **limits).blocks))

    # --- gateways ------------------------------------------------------------------------------------------------

    def exclusive(self, lane: Lane) -> b.Block:
        return b.Exclusive(self.supply.id("x"), self._choices(lane, beside=False), merged=not self.supply.one_in(2))

    def _choices(self, lane: Lane, *, beside: bool) -> tuple[b.Branch, ...]:
        """Two or three ways with conditions and a default; beside each other, some have no condition."""
        count = 2 + self.supply.chance.below(2)
        default = self.supply.chance.below(count)
        tests = [self.when(lane) for _ in range(count)]
        found, alone, more = [], True, list[str]()
        for place in range(count):
            if beside:
                inner, start = self.before_join(lane)
            else:
                inner, start = lane.beside(own=lane.own, alone=lane.alone), []
            body = self.way(inner, start, most=2)
            always = beside and place != default and self.supply.one_in(4)
            test = None if always or place == default else tests[place]
            found.append(b.Branch(body, test, place == default))
            alone = alone and inner.alone
            # Local variables of a way that is not taken stay null.
            more += inner.own if beside and lane.data is None and b.leaves(body) else []
        lane.alone = alone and not beside
        lane.own = lane.own if lane.shared else lane.own + [name for name in more if name not in lane.own]
        return tuple(found)

    def before_join(self, lane: Lane) -> tuple[Lane, list[b.Block]]:
        """A way to a join.

        Where tokens may end on it, the join may go while one still runs, which must not see what is written then.
        """
        must_leave = lane.must_leave or lane.in_loop or self.supply.one_in(2)
        inner, start = self.beside(lane, must_leave=must_leave)
        if must_leave:
            inner.may_die = False
        else:
            inner.frozen = [name for name in lane.frozen if name.startswith("c")]
        return inner, start

    def parallel(self, lane: Lane) -> b.Block:
        id_, bodies, names = self.supply.id("p"), [], list[str]()
        for _ in range(2 + self.supply.chance.below(2)):
            inner, start = self.before_join(lane)
            inner.may_die = False
            bodies.append(self.way(inner, start, most=3))
            names += inner.own if b.leaves(bodies[-1]) else []
        lane.alone = False
        lane.own = lane.own + names
        return b.Parallel(id_, tuple(bodies))

    def inclusive(self, lane: Lane) -> b.Block:
        return b.Inclusive(self.supply.id("o"), self._choices(lane, beside=True))

    def fork(self, lane: Lane) -> b.Block:
        head = self.user(lane) if self.supply.one_in(2) else self.script(lane)
        assert isinstance(head, b.Activity)
        joined = self.supply.one_in(2)
        branches = self._choices(lane, beside=True)
        if not joined:
            ended = [(*way.body.blocks, b.End(self.supply.id("e"), "none")) for way in branches]
            branches = tuple(
                b.Branch(way.body if not b.leaves(way.body) else b.Sequence(blocks), way.when, way.default)
                for way, blocks in zip(branches, ended, strict=True)
            )
        return b.Fork(self.supply.id("f"), head, branches, joined)

    def loop(self, lane: Lane) -> b.Block:
        """Again until a counter is there, or until a person says so."""
        inner = lane.beside(own=lane.own, alone=lane.alone, in_loop=True)
        if self.supply.one_in(2):
            name = lane.own[0]
            body = [*self.sequence(inner, most=2).blocks]
            body += [self.user(inner, writes=(name,))] if b.leaves(b.Sequence(tuple(body))) else []
            return b.Loop(self.supply.id("l"), b.Sequence(tuple(body)), b.When(name, "<", 2))
        counter = self.variable(lane)
        reset = self.assign(counter, b.Sum(None, 0))
        body = [self.assign(counter, b.Sum(counter, 1)), *self.sequence(inner, least=1, most=3).blocks]
        lane.alone = inner.alone
        again = b.When(counter, "<", 2 + self.supply.chance.below(2))
        return b.Sequence((reset, b.Loop(self.supply.id("l"), b.Sequence(tuple(body)), again)))

    def complex(self, lane: Lane) -> b.Block:
        """In a sub-process of its own, so that what comes late meets no join of the flow."""
        inner = lane.beside(own=lane.own)
        id_, bodies = self.supply.id("c"), []
        for _ in range(3):
            way, start = self.beside(inner, may_die=False)
            user = self.user(way) if self.supply.one_in(2) else self.job(way)
            bodies.append(self.way(way, [*start, user], most=1))
        bodies = [body for body in bodies if b.leaves(body)]
        lane.alone = False
        if len(bodies) < 2:
            return b.Parallel(id_, tuple(bodies)) if bodies else self.user(lane)
        late = self.beside(inner)
        needed = 1 + self.supply.chance.below(len(bodies))
        last = self.way(late[0], late[1], most=1)
        block = b.Complex(id_, tuple(bodies), needed, last, asked=self.supply.one_in(2))
        return b.Activity(self.supply.id("s"), b.Sub(b.Sequence((block,))))

    def event_gateway(self, lane: Lane) -> b.Block:
        id_, options = self.supply.id("g"), []
        for kind in self.kinds_of(lane, WAITS, 2 + self.supply.chance.below(2)):
            inner = lane.beside(own=lane.own, alone=kind not in WAKE_ALL)
            trigger = self.trigger(kind, inner)
            self.now_caught([trigger])
            options.append(b.Option(self.supply.id("ev"), trigger, self.sequence(inner, most=2)))
        lane.alone = False
        return self.after_resets([option.trigger for option in options], b.EventGateway(id_, tuple(options)))
