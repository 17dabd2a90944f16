"""Bare SpiffWorkflow with SQLite, no inbox, no history: as its documentation shows it, and as well as it can be done.

Both keep one row an instance (WAL, synchronous=FULL). The best one keeps the specs out of the state, the workflow
object alive between steps, an index of unfinished tasks instead of walks over the tree, and writes with a fast
encoder; it could not survive two processes working on one instance, which ours can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, SimpleTaskConverter, WorkflowConverter
from SpiffWorkflow.bpmn.util.task import BpmnTaskFilter
from SpiffWorkflow.task import Task, TaskState
from SpiffWorkflow.util.deep_merge import DeepMerge

from bench.drawing import python_w1

_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.FUTURE
__all__ = ["BestBare", "NaiveBare"]


def _specs(xml: bytes) -> tuple[Any, dict[str, Any]]:
    parser = BpmnParser()
    parser.add_bpmn_str(xml)
    (process,) = parser.process_parsers
    return parser.get_spec(process), parser.get_subprocess_specs(process)


class _Table:
    """One row an instance."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cases = 0
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("CREATE TABLE instance(id INTEGER PRIMARY KEY, state BLOB)")

    def insert(self, state: bytes) -> int:
        self.cases += 1
        return int(self.connection.execute("INSERT INTO instance(state) VALUES (?)", (state,)).lastrowid or 0)

    def save(self, key: int, state: bytes) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("UPDATE instance SET state = ? WHERE id = ?", (state, key))
        self.connection.execute("COMMIT")

    def load(self, key: int) -> bytes:
        return bytes(self.connection.execute("SELECT state FROM instance WHERE id = ?", (key,)).fetchone()[0])

    def bytes_per_case(self) -> int:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.stat().st_size // self.cases

    def close(self) -> None:
        self.connection.close()


def _complete(workflow: BpmnWorkflow, values: dict[str, Any]) -> None:
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.data.update(values)
    task.run()
    workflow.do_engine_steps()


class NaiveBare(_Table):
    """As the documentation shows it: the whole workflow as JSON, loaded and dumped at every step."""

    what = "bare SpiffWorkflow 3.2.0, its serializer, one row a case"

    def __init__(self, path: Path, xml: bytes | None = None) -> None:
        super().__init__(path)
        self._specs = _specs(python_w1() if xml is None else xml)
        self._serializer = BpmnWorkflowSerializer()

    def start(self, number: int) -> int:
        workflow = BpmnWorkflow(*self._specs)
        workflow.data["order_id"] = f"SO-{number}"
        workflow.do_engine_steps()
        return self.insert(self._serializer.serialize_json(workflow).encode())

    def prepare(self, case: int, values: dict[str, Any]) -> Callable[[], None]:
        def step() -> None:
            workflow = self._serializer.deserialize_json(self.load(case).decode())
            _complete(workflow, values)
            self.save(case, self._serializer.serialize_json(workflow).encode())

        return step

    def fire(self, case: int) -> None:
        """Fire what is due in a case, run on, save and commit."""
        workflow = self._serializer.deserialize_json(self.load(case).decode())
        workflow.refresh_waiting_tasks()
        workflow.do_engine_steps()
        if not workflow.is_completed():
            raise AssertionError("the timer did not fire")
        self.save(case, self._serializer.serialize_json(workflow).encode())

    def check(self, case: int) -> None:
        if not self._serializer.deserialize_json(self.load(case).decode()).is_completed():
            raise AssertionError("the case has not ended")


# --- the best -----------------------------------------------------------------------------------


class _Tasks(dict[Any, Task]):
    """Tasks by id, which remembers those that may be unfinished, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[Any, None] = {}

    def __setitem__(self, key: Any, task: Task) -> None:
        super().__setitem__(key, task)
        self.open[key] = None

    def unfinished(self) -> list[Task]:
        found = [task for key in self.open if (task := self.get(key)) is not None and task._state < TaskState.COMPLETED]
        if len(found) < len(self.open):
            self.open = dict.fromkeys(task.id for task in found)
        return found


class _IndexedWorkflow(BpmnWorkflow):
    """Looks unfinished tasks up instead of walking over the tree."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "tasks":
            tasks = _Tasks()
            for key, task in value.items():
                tasks[key] = task
            value = tasks
        super().__setattr__(name, value)

    def get_tasks_iterator(self, first_task: Task | None = None, **given: Any) -> Iterator[Task]:
        task_filter = given.get("task_filter") or BpmnTaskFilter(
            **{name: value for name, value in given.items() if name not in {"skip_subprocesses", "task_filter"}}
        )
        if first_task is not None or task_filter.state & ~_LIVE:
            found: Iterator[Task] = super().get_tasks_iterator(first_task, **given)
            return found
        return iter([task for task in self.tasks.unfinished() if task_filter.matches(task)])

    def update_waiting_tasks(self) -> None:
        for task in self.tasks.unfinished():
            if task._state == TaskState.WAITING:
                task.task_spec._update(task)


class _StateOnly(BpmnWorkflowConverter):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Leaves the specs out: they are the same for all instances of a definition."""

    def to_dict(self, workflow: BpmnWorkflow) -> dict[str, Any]:
        found: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        found["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        return found


class _LeanTask(SimpleTaskConverter):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A task as a list; data only where they differ from the parent's."""

    def to_dict(self, task: Task) -> dict[str, Any]:
        parent = task.parent
        same = parent is not None and parent.data == task.data
        changes = [] if same else [DeepMerge.get_updated_keys(parent.data, task.data)] if parent else [task.data]
        place = [task.id.hex, task._parent.hex if task._parent else "", task.state, task.task_spec.name]
        return {"t": [*place, task.internal_data, *changes]}


class BestBare(_Table):
    """Specs shared, the object alive, unfinished tasks indexed, state only, a fast encoder."""

    what = "the same, specs shared, object kept alive, indexed, state only, msgspec"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._specs = _specs(python_w1())
        config = {**DEFAULT_CONFIG, _IndexedWorkflow: _StateOnly, Task: _LeanTask}
        config.pop(BpmnWorkflow)
        self._registry = BpmnWorkflowSerializer.configure(config)
        self._encode = msgspec.json.Encoder(enc_hook=str).encode
        self._alive: dict[int, BpmnWorkflow] = {}

    def _state(self, workflow: BpmnWorkflow) -> bytes:
        return self._encode(self._registry.convert(workflow))

    def start(self, number: int) -> int:
        workflow = _IndexedWorkflow(*self._specs)
        workflow.data["order_id"] = f"SO-{number}"
        workflow.do_engine_steps()
        key = self.insert(self._state(workflow))
        self._alive[key] = workflow
        return key

    def prepare(self, case: int, values: dict[str, Any]) -> Callable[[], None]:
        def step() -> None:
            workflow = self._alive[case]
            _complete(workflow, values)
            self.save(case, self._state(workflow))

        return step

    def check(self, case: int) -> None:
        if not self._alive.pop(case).is_completed():
            raise AssertionError("the case has not ended")
