"""Stock SpiffWorkflow on the same random processes, for the constructs that it executes right.

Its joins lose updates of variables, so every task gets the values that a person gives, and no script stands in a
parallel branch; joins within loops make it crash, so there are none.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.draw import draw_process
from tests.unit.bpmn.differential.generator import Generator
from tests.unit.bpmn.differential.interpreter import Happening
from tests.unit.bpmn.differential.lanes import Chance, Lane

KINDS = {"user": 6, "plain": 1, "script": 3, "exclusive": 4, "parallel": 3, "loop": 3, "sub": 4}


class StockGenerator(Generator):
    """Draws what stock SpiffWorkflow executes right."""

    hosts = ("user", "sub")
    watched = False

    def __init__(self, chance: Chance, size: int) -> None:
        # Both together make stock crash: multi-instance after a boundary event.
        more = "bounded" if chance.below(2) else "multi_instance"
        super().__init__(chance, {**KINDS, more: 4}, ("message",), size)

    def _fits(self, kind: str, lane: Lane) -> bool:
        beside = "c9" in lane.frozen  # see parallel
        if (kind == "parallel" and lane.in_loop) or (kind in ("script", "loop") and beside):
            return False
        return super()._fits(kind, lane)

    def parallel(self, lane: Lane) -> b.Block:
        marked = lane.beside(own=lane.own, alone=False, frozen=[*lane.frozen, "c9"])
        self.supply.start["c9"] = 2
        block = super().parallel(marked)
        lane.alone, lane.own = False, marked.own
        return block

    def plain(self, lane: Lane) -> b.Activity:
        return b.Activity(self.supply.id("n"), b.Plain())

    def multi_instance(self, lane: Lane) -> b.Block:
        task = self.user(lane, writes=(lane.own[0],))
        lane.alone = False
        items = (1,) * (1 + self.supply.chance.below(3))
        return b.Activity(task.id, task.work, repeat=b.MultiInstance(items, self.supply.one_in(2), "", "", "", None))

    def _boundary(self, lane: Lane, trigger: b.Trigger) -> b.Boundary:
        found = super()._boundary(lane, trigger)
        return b.Boundary(found.id, b.Trigger("message", f"msg_{found.id}"), True, found.path, found.rejoins)

    def catching(self, lane: Lane, triggers: list[b.Trigger]) -> Lane:
        inner = super().catching(lane, triggers)
        inner.in_loop = lane.in_loop
        return inner


class Stock:
    """One process as stock SpiffWorkflow runs it."""

    def __init__(self, process: b.Process) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(draw_process(process, python=True))
        self.workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.workflow.task_tree.data.update(process.start)
        self._settle()

    def do(self, happening: Happening) -> None:
        for task in self.workflow.get_tasks():
            task.data.update(happening.values)
        if happening.kind == "message":
            self.workflow.catch(BpmnEvent(MessageEventDefinition(happening.name), payload={}))
        else:
            self._ready(happening.element)[happening.place].run()
        self._settle()

    def _ready(self, element: str) -> list[Any]:
        tasks = self.workflow.get_tasks(state=TaskState.READY, manual=True)
        return [task for task in tasks if task.task_spec.bpmn_id == element]

    def _settle(self) -> None:
        """Run on; plain tasks wait for nobody here."""
        self.workflow.do_engine_steps()
        self.workflow.do_engine_steps()
        for task in self.workflow.get_tasks(state=TaskState.READY, manual=True):
            if type(task.task_spec).__name__ == "NoneTask":
                task.run()
                return self._settle()
        return None

    def waiting(self) -> Counter[str]:
        return Counter(t.task_spec.bpmn_id for t in self.workflow.get_tasks(state=TaskState.READY, manual=True))

    def completed(self) -> Counter[str]:
        """Of activities only: gateways and events are counted otherwise there."""
        # Not get_tasks(state=COMPLETED): that one does not look below tasks that are not.
        tasks = [task for task in self.workflow.get_tasks() if task.state == TaskState.COMPLETED]
        names = [task.task_spec.bpmn_id for task in tasks]
        return Counter(name for name in names if name is not None and is_activity(name))


def is_activity(name: str) -> bool:
    """User, plain and script tasks and sub-processes, by their ids."""
    return name[0] in "unts" and name[1:].isdigit()
