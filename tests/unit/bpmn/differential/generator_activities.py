"""Random activities: tasks, sub-processes, what is repeated, and what waits at their edge."""

from __future__ import annotations

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.generator_triggers import WAKE_ALL, Triggers
from tests.unit.bpmn.differential.lanes import Lane


class Activities(Triggers):
    #: Activities that get events at their edge.
    hosts: tuple[str, ...] = ("user", "job", "sub")
    #: Whether scopes have event sub-processes.
    watched = True

    def sequence(self, lane: Lane, *, least: int = 0, most: int = 4) -> b.Sequence:
        raise NotImplementedError

    def way(self, lane: Lane, start: list[b.Block], **limits: int) -> b.Sequence:
        raise NotImplementedError

    # --- tasks ---------------------------------------------------------------------------------------------------

    def user(self, lane: Lane, writes: tuple[str, ...] | None = None) -> b.Activity:
        lane.alone = True
        return b.Activity(self.supply.id("u"), b.User(tuple(lane.own[:2]) if writes is None else writes))

    def job(self, lane: Lane) -> b.Activity:
        lane.alone = True
        tag = "sendTask" if self.supply.one_in(4) else "serviceTask"
        return b.Activity(self.supply.id("j"), b.Job(tuple(lane.own[:1]), tag))

    def plain(self, lane: Lane) -> b.Activity:
        return b.Activity(self.supply.id("n"), b.Plain("manualTask" if self.supply.one_in(2) else "task"))

    def script(self, lane: Lane) -> b.Activity:
        supply = self.supply
        source = None if supply.one_in(3) else supply.pick(lane.readable)
        return self.assign(supply.pick(lane.own), b.Sum(source, supply.number()))

    def receive(self, lane: Lane) -> b.Activity:
        lane.alone = True
        return b.Activity(self.supply.id("r"), b.Receive(f"msg_{self.supply.pick(lane.own)}"))

    # --- scopes --------------------------------------------------------------------------------------------------

    def inside(
        self,
        lane: Lane,
        *,
        most: int = 3,
        first: bool = False,
        start: tuple[b.Block, ...] = (),
        undone: bool = False,
        opened_by_event: bool = False,
    ) -> b.Sub:
        """A scope: event sub-processes and a body that knows what they catch."""
        supply = self.supply
        watched = self.watched and supply.left > 4 and supply.one_in(3)
        # Nothing can set a condition to false before a scope that an event opens, or before each item.
        sure = lane.data is not None or opened_by_event
        possible = tuple(kind for kind in self.events if not sure or kind not in ("condition", "multiple"))
        kinds = self.kinds_of(lane, possible, supply.chance.below(3) if watched else 0)
        triggers = self.triggers(kinds, lane)
        inner = self.catching(lane, triggers)
        inner.undoable = lane.undoable
        begin = [*start, *([self.user(inner)] if first else [])]
        body = self.way(inner, begin, least=0 if begin else most // 2, most=most)
        # What completes in the same step has no order in which it could be undone.
        if undone and inner.alone and supply.left > 4 and self.kinds.get("undoable") and supply.one_in(4):
            triggers.append(b.Trigger("compensate"))
        watchers = tuple(self._watcher(lane, trigger, inner) for trigger in triggers)
        self.now_caught(triggers)
        return b.Sub(body, watchers)

    def _watcher(self, lane: Lane, trigger: b.Trigger, within: Lane) -> b.Watcher:
        """An event sub-process; what it catches itself may be thrown in it as well."""
        supply, kind = self.supply, trigger.kind
        interrupting = kind in ("error", "compensate") or not supply.one_in(2)
        inner, start = self.beside(lane, alone=kind not in (*WAKE_ALL, "escalation", "compensate"))
        inner.may_die, inner.shared, inner.twice = True, False, lane.twice or not interrupting
        inner.must_leave = inner.in_loop = False
        inner.cancellable = False
        inner.errors, inner.escalations = within.errors, within.escalations
        if kind == "compensate":
            inner.errors, inner.escalations = (), ()
        else:
            # It compensates what the scope around it remembers, too.
            inner.undoable = None if lane.undoable is None else [*lane.undoable]
        inside = self.inside(inner, most=2, start=tuple(start), opened_by_event=True)
        return b.Watcher(supply.id("h"), self.cycling(trigger, interrupting), interrupting, inside)

    def catching(self, lane: Lane, triggers: list[b.Trigger]) -> Lane:
        """The lane within what catches these."""
        errors = tuple(trigger.name or "E0" for trigger in triggers if trigger.kind == "error")
        escalations = tuple(trigger.name or "S0" for trigger in triggers if trigger.kind == "escalation")
        return lane.beside(
            own=lane.own,
            alone=lane.alone,
            may_die=True,
            shared=False,
            in_loop=False,
            errors=lane.errors + errors,
            escalations=lane.escalations + escalations,
            undoable=None if lane.undoable is None else [],
            must_leave=False,
        )

    def sub(self, lane: Lane) -> b.Block:
        return self.with_resets(self._sub(lane, []))

    def transaction(self, lane: Lane) -> b.Block:
        """A sub-process that a cancel end event inside leaves by the event at its edge."""
        outer = lane.beside(own=lane.own, alone=False)
        host = self._sub(lane, [], tag="transaction")
        rejoins = not lane.may_die or not self.supply.one_in(2)
        edge = b.Boundary(self.supply.id("b"), b.Trigger("cancel"), True, self.sequence(outer, most=2), rejoins)
        return self.with_resets(b.Activity(host.id, host.work, (edge,)))

    def _sub(self, lane: Lane, triggers: list[b.Trigger], tag: str = "subProcess") -> b.Activity:
        inner = self.catching(lane, triggers)
        inner.cancellable = lane.cancellable or tag == "transaction"
        id_ = self.supply.id("s")
        start = self.own_data(inner) if lane.data is None and self.supply.one_in(4) else ()
        inside = self.inside(inner, start=start, undone=inner.undoable is not None)
        lane.alone = False
        compensated = any(watcher.trigger.kind == "compensate" for watcher in inside.watchers)
        if lane.undoable is not None and (inner.undoable or compensated):
            lane.undoable.append(id_)
        data = tuple(inner.data or ()) if lane.data is None else ()
        return b.Activity(id_, b.Sub(inside.body, inside.watchers, data, tag))

    def own_data(self, lane: Lane) -> tuple[b.Block, ...]:
        """From now on the lane writes variables of its scope: they are gone with it. Gives what sets the first."""
        lane.data, lane.frozen = [], lane.readable
        lane.own = [self.variable(lane)]
        return (self.assign(lane.own[0], b.Sum(None, self.supply.number())),)

    def ad_hoc(self, lane: Lane) -> b.Block:
        supply = self.supply
        id_, bodies, names = supply.id("a"), list[b.Sequence](), list[str]()
        until = supply.one_in(3)
        for _ in range(1 + supply.chance.below(3)):
            inner, start = self.beside(lane, undoable=None)
            if until and lane.data is not None:
                inner.own, start = lane.own, []
            more: list[b.Block] = [self.user(inner)] if supply.one_in(2) else [self.job(inner)]
            more += [self.script(inner)] if supply.one_in(2) and not until else []
            bodies.append(b.Sequence((*start, *more)))
            names += inner.own
        lane.alone = False
        ends = b.When(supply.pick(names), ">=", 2) if until else None
        return b.Activity(id_, b.AdHoc(tuple(bodies), supply.one_in(2), ends, cancel_rest=not supply.one_in(3)))

    # --- repeated ------------------------------------------------------------------------------------------------

    def standard_loop(self, lane: Lane) -> b.Block:
        supply = self.supply
        name = lane.own[0]
        before = supply.one_in(2)
        most = 1 + supply.chance.below(3) if supply.one_in(2) else None
        loop = b.StandardLoop(b.When(name, "<", 1 + supply.chance.below(3)), before, most)
        match supply.chance.below(3):
            case 0:
                task = self.user(lane, writes=(name,))
            case 1:
                task = self.assign(name, b.Sum(name, 1))
            case _:
                inner = lane.beside(own=lane.own, may_die=True, shared=False, in_loop=True, must_leave=False)
                inner.undoable = None
                body = self.way(inner, [self.user(inner, writes=(name,))], most=1)
                task = b.Activity(supply.id("s"), b.Sub(body))
        lane.alone = False
        return b.Activity(task.id, task.work, repeat=loop)

    def multi_instance(self, lane: Lane) -> b.Block:
        supply = self.supply
        items = tuple(supply.number() for _ in range(supply.chance.below(4)))
        sequential = supply.one_in(2)
        element = "" if supply.one_in(3) else f"i{supply.variable('_')[1:]}"
        supply.start.pop(f"_{element[1:]}", None)
        until = None
        name = lane.own[0]
        if supply.one_in(3):
            done = b.When("numberOfCompletedInstances", ">=", 1 + supply.chance.below(3))
            until = done if supply.one_in(2) else b.When(name, ">=", 3)
        output = f"list{supply.variable('_')[1:]}" if supply.one_in(2) else ""
        supply.start.pop(f"_{output[4:]}", None)
        gives = supply.pick([name, "loopCounter", element or "loopCounter"])
        repeat = b.MultiInstance(items, sequential, element, output, gives, until)
        task = self._item(lane, element, first=until is not None and not sequential)
        return b.Activity(task.id, task.work, repeat=repeat)

    def _item(self, lane: Lane, element: str, *, first: bool) -> b.Activity:
        """What is done for each item; the variables of a sub-process are its own."""
        supply, name = self.supply, lane.own[0]
        kind = supply.chance.below(3)
        if kind < 2:
            task = self.user(lane, writes=(name,)) if kind else self.job(lane)
            lane.alone = False
            return task
        data: list[str] = []
        own = self.variable(lane.beside(data=data))
        inner = lane.beside(own=[own], frozen=["c0", "c1"], data=data, may_die=True, shared=False)
        # Items that end in the same step would race for the completion condition.
        inner.in_loop, inner.must_leave, inner.twice = False, False, first
        inner.undoable = None
        start = self.assign(own, b.Sum(element or "loopCounter", 0))
        id_ = supply.id("s")
        inside = self.inside(inner, first=first, start=(start,))
        lane.alone = False
        return b.Activity(id_, b.Sub(inside.body, inside.watchers, tuple(data)))

    # --- events at the edge --------------------------------------------------------------------------------------

    def bounded(self, lane: Lane) -> b.Block:
        """A task or sub-process with one or two events at its edge."""
        supply = self.supply
        kind = supply.pick(list(self.hosts))
        thrown = {"user": (), "job": ("error",), "sub": ("error", "escalation")}[kind]
        possible = ("timer", "cycle", "message", "signal", "condition", "multiple", *thrown)
        triggers = self.triggers(self.kinds_of(lane, possible, 1 + supply.chance.below(2)), lane)
        outer = lane.beside(own=lane.own, alone=lane.alone)
        hosts = {"user": self.user, "job": self.job}
        host = self._sub(lane, triggers) if kind == "sub" else hosts[kind](lane)
        boundaries = tuple(self._boundary(outer, trigger) for trigger in triggers)
        lane.alone = False
        self.now_caught(triggers)
        activity = b.Activity(host.id, host.work, boundaries)
        lonely = kind == "user" and len(boundaries) == 1 and not triggers[0].parts
        return activity if lonely else self.with_resets(activity)

    def _boundary(self, lane: Lane, trigger: b.Trigger) -> b.Boundary:
        supply = self.supply
        interrupting = trigger.kind == "error" or not supply.one_in(2)
        quiet = trigger.kind not in (*WAKE_ALL, "escalation")
        rejoins = interrupting and (not lane.may_die or not supply.one_in(2))
        start: list[b.Block] = []
        if interrupting:
            inner = lane.beside(own=lane.own, alone=quiet)
        else:
            inner, start = self.beside(lane, alone=quiet, may_die=True, shared=True, twice=True, frozen=["c0", "c1"])
            inner.must_leave = inner.in_loop = False
        id_ = supply.id("b")
        return b.Boundary(
            id_, self.cycling(trigger, interrupting), interrupting, self.way(inner, start, most=2), rejoins
        )
