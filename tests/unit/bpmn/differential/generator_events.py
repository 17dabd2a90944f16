"""Random events in the flow, and what is thrown, compensated and cancelled."""

from __future__ import annotations

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.generator_activities import Activities
from tests.unit.bpmn.differential.generator_triggers import WAITS
from tests.unit.bpmn.differential.lanes import Lane


class Events(Activities):
    # --- events in the flow --------------------------------------------------------------------------------------

    def catch(self, lane: Lane) -> b.Block:
        found = self.kinds_of(lane, WAITS, 1)
        if not found:
            return self.user(lane)
        trigger = self.trigger(found[0], lane)
        lane.alone = found[0] in ("timer", "message")
        self.now_caught([trigger])
        return b.Catch(self.supply.id("w"), trigger)

    def throw(self, lane: Lane) -> b.Block:
        supply = self.supply
        if supply.signals and "signal" in self.events and supply.one_in(2):
            return self.guarded(lane, b.Throw(supply.id("th"), "signal", supply.pick(supply.signals)))
        kind = "message" if supply.one_in(2) else "none"
        return b.Throw(supply.id("th"), kind, "msg_x" if kind == "message" else "")

    def guarded(self, lane: Lane, block: b.Throw | b.End, before: tuple[b.Block, ...] = ()) -> b.Block:
        """A wait before what must be alone."""
        guard: tuple[b.Block, ...] = () if lane.alone else (self.user(lane),)
        lane.alone = False
        return b.Sequence((*before, *guard, block))

    def end(self, lane: Lane) -> b.Block:
        return b.End(self.supply.id("e"), "message" if self.supply.one_in(4) else "none", "msg_x")

    def terminate(self, lane: Lane) -> b.Block:
        return self.guarded(lane, b.End(self.supply.id("e"), "terminate"))

    def error(self, lane: Lane) -> b.Block:
        codes = [*lane.errors, "E9"] if self.supply.one_in(6) else list(lane.errors[-2:])
        if not codes:
            return self.user(lane)
        return self.guarded(lane, b.End(self.supply.id("e"), "error", self.supply.pick(codes)))

    def escalation(self, lane: Lane) -> b.Block:
        name = self.supply.pick([*lane.escalations[-2:], "S9"])
        if lane.may_die and self.supply.one_in(3):
            return self.guarded(lane, b.End(self.supply.id("e"), "escalation", name))
        return self.guarded(lane, b.Throw(self.supply.id("th"), "escalation", name))

    def signal_pair(self, lane: Lane) -> b.Block:
        """A throw and a catch of the same signal, reached in the same step: the catch is in time."""
        name = self.supply.id("sig_")
        throws = b.Sequence((b.Throw(self.supply.id("th"), "signal", name),))
        inner, start = self.beside(lane)
        more: list[b.Block] = [self.plain(inner)] if self.supply.one_in(2) else []
        if self.supply.one_in(3):
            ways = (b.Branch(b.Sequence()), b.Branch(b.Sequence((self.plain(inner),))))
            more.append(b.Inclusive(self.supply.id("o"), ways))
        catches = b.Sequence((*start, *more, b.Catch(self.supply.id("w"), b.Trigger("signal", name))))
        lane.alone = False
        return b.Parallel(self.supply.id("p"), (throws, catches))

    def several(self, lane: Lane) -> b.Block:
        """An event that waits for the first of several things, or for all of them."""
        trigger = self.cycling(self.trigger("multiple", lane), interrupting=True)
        self.now_caught([trigger])
        lane.alone = False
        return self.after_resets([trigger], b.Catch(self.supply.id("w"), trigger))

    # --- compensation --------------------------------------------------------------------------------------------

    def undoable(self, lane: Lane) -> b.Block:
        """An activity with another that undoes it."""
        supply = self.supply
        # What completes in the same step has no order in which it could be undone.
        match supply.chance.below(4):
            case 0 if lane.alone:
                host = self.script(lane)
            case 1:
                host = self.job(lane)
            case 2 if lane.alone:
                found = self.multi_instance(lane)
                host = found if isinstance(found, b.Activity) else self.user(lane)
            case _:
                host = self.user(lane)
        if supply.one_in(2):
            # The variables of a sub-process are those that it had in the end.
            seen = lane.own[0] if lane.data is not None else None
            undo = self.assign(supply.variable(), b.Sum(seen, supply.number()))
        else:
            undo = b.Activity(supply.id("u"), b.User(()))
        if lane.undoable is not None:
            lane.undoable.append(host.id)
        return b.Activity(host.id, host.work, repeat=host.repeat, undo=undo)

    def compensate(self, lane: Lane) -> b.Block:
        supply = self.supply
        before = self._something_to_undo(lane)
        name = supply.pick(lane.undoable) if lane.undoable and supply.one_in(2) else ""
        waits = lane.data is not None or not supply.one_in(4)
        if lane.may_die and supply.one_in(3):
            return self.guarded(lane, b.End(supply.id("e"), "compensate", name, waits), before)
        return self.guarded(lane, b.Throw(supply.id("th"), "compensate", name, waits), before)

    def cancel(self, lane: Lane) -> b.Block:
        """A cancel end event, perhaps in a sub-process, while something is being compensated already."""
        if self.supply.one_in(3) and lane.depth < 5:
            inner = self.catching(lane, [])
            id_, body = self.supply.id("s"), self.cancel(inner)
            lane.alone = False
            return b.Activity(id_, b.Sub(b.Sequence((body,))))
        before = self._something_to_undo(lane)
        if before and lane.data is None and self.supply.one_in(3):
            guard = () if lane.alone else (self.user(lane),)
            before += (*guard, b.Throw(self.supply.id("th"), "compensate", waits=False), self.user(lane))
        return self.guarded(lane, b.End(self.supply.id("e"), "cancel"), before)

    def _something_to_undo(self, lane: Lane) -> tuple[b.Block, ...]:
        """Activities that can be undone, perhaps in a sub-process."""
        if lane.undoable is None:
            return ()
        found = tuple(self.undoable(lane) for _ in range(self.supply.chance.below(3)))
        if found and self.supply.one_in(3):
            inner = self.catching(lane, [])
            id_ = self.supply.id("s")
            start = self.own_data(inner) if lane.data is None else ()
            body = tuple(self.undoable(inner) for _ in range(2))
            lane.alone = False
            lane.undoable.append(id_)
            data = tuple(inner.data or ()) if lane.data is None else ()
            found += (b.Activity(id_, b.Sub(b.Sequence((*start, *body)), data=data)),)
        return found

    def link(self, lane: Lane) -> b.Block:
        return b.Link(self.supply.id("li"))
