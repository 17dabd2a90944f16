"""Names, values and conditions of random processes, and what their events wait for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.lanes import Lane, Supply

WAITS: Final = ("timer", "message", "signal", "condition")
#: Events that happen to all who wait for them.
WAKE_ALL: Final = ("signal", "condition", "multiple")


class Triggers:
    supply: Supply
    kinds: dict[str, int]
    events: tuple[str, ...]

    # --- names and values ----------------------------------------------------------------------------------------

    def variable(self, lane: Lane) -> str:
        """A new variable for a lane; a local one is null until it is assigned."""
        if lane.data is None:
            return self.supply.variable()
        name = f"d{self.supply.variable('_')[1:]}"
        self.supply.start.pop(f"_{name[1:]}", None)
        lane.data.append(name)
        return name

    def beside(self, lane: Lane, **changes: object) -> tuple[Lane, list[b.Block]]:
        """A lane beside others with a variable of its own, and what it begins with."""
        name = self.variable(lane)
        start: list[b.Block] = [self.assign(name, b.Sum(None, self.supply.number()))] if lane.data is not None else []
        return lane.beside(own=[name], **changes), start

    def assign(self, name: str, value: b.Sum) -> b.Activity:
        return b.Activity(self.supply.id("t"), b.Script(name, value))

    def when(self, lane: Lane) -> b.When:
        supply = self.supply
        return b.When(supply.pick(lane.readable), supply.pick(["<", ">=", "="]), supply.number())

    def kinds_of(self, lane: Lane, kinds: tuple[str, ...], count: int) -> list[str]:
        allowed = [kind for kind in kinds if kind in self.events and not (lane.twice and kind in WAKE_ALL)]
        return [self.supply.pick(allowed) for _ in range(count)] if allowed else []

    def trigger(self, kind: str, lane: Lane) -> b.Trigger:
        supply = self.supply
        match kind:
            case "message":
                return b.Trigger(kind, f"msg_{supply.pick(lane.own)}")
            case "condition":
                return b.Trigger(kind, when=b.When(supply.variable("k"), ">=", 3))
            case "cycle":
                return b.Trigger(kind, times=1 + supply.chance.below(3))
            case "signal":
                return b.Trigger(kind, supply.id("sig_"))
            case "error" | "escalation":
                name = "" if supply.one_in(4) else supply.id("E" if kind == "error" else "S")
                supply.errors += [name or "E0"] if kind == "error" else []
                return b.Trigger(kind, name)
            case "multiple":
                return self._several(lane)
            case _:
                return b.Trigger(kind)

    def triggers(self, kinds: list[str], lane: Lane) -> list[b.Trigger]:
        """Different triggers of these kinds; beside one with a code perhaps another that catches every code."""
        found = [self.trigger(kind, lane) for kind in kinds]
        named = [trigger for trigger in found if trigger.kind in ("error", "escalation") and trigger.name]
        found = [b.Trigger(trigger.kind) for trigger in named if self.supply.one_in(2)] + found
        return list({(trigger.kind, trigger.name): trigger for trigger in found}.values())

    def now_caught(self, triggers: Iterable[b.Trigger]) -> None:
        """What follows may throw the signals that these wait for."""
        parts = [part for trigger in triggers for part in (trigger.parts or (trigger,))]
        self.supply.signals += [part.name for part in parts if part.kind == "signal"]

    def _several(self, lane: Lane) -> b.Trigger:
        kinds = self.kinds_of(lane, (*WAITS, "cycle"), 2 + self.supply.chance.below(2))
        parts = list({(part.kind, part.name): part for part in (self.trigger(kind, lane) for kind in kinds)}.values())
        return b.Trigger("multiple", parts=tuple(parts), together=len(parts) > 1 and self.supply.one_in(2))

    def cycling(self, trigger: b.Trigger, interrupting: bool) -> b.Trigger:
        if trigger.kind == "multiple":
            return replace(trigger, parts=tuple(self.cycling(part, interrupting) for part in trigger.parts))
        return b.Trigger("timer") if interrupting and trigger.kind == "cycle" else trigger

    def with_resets(self, activity: b.Activity) -> b.Block:
        """Scripts before an activity, so that no condition at its edge or in it is true when it begins."""
        events: list[b.Boundary | b.Watcher] = [*activity.boundaries]
        events += activity.work.watchers if isinstance(activity.work, b.Sub) else ()
        return self.after_resets([event.trigger for event in events], activity)

    def after_resets(self, triggers: Iterable[b.Trigger], block: b.Block) -> b.Block:
        tests = [part.when for trigger in triggers for part in (trigger.parts or (trigger,))]
        resets = [self.assign(test.name, b.Sum(None, 0)) for test in tests if test is not None]
        return b.Sequence((*resets, block)) if resets else block
