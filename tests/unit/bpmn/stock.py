"""Bare SpiffWorkflow 3.2.0, for tests that compare it with our layer; no other test module imports it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.exceptions import TaskNotFoundException, WorkflowException
from SpiffWorkflow.util.task import TaskState

from tests.unit.bpmn.drawing import Drawing

__all__ = ["TaskNotFoundException", "ValidationException", "WorkflowException", "WorkflowTaskException"]

_FEEL: Final = re.compile("(<bpmn:(?:conditionExpression|condition|loopCardinality)>)=")
_TIMES: Final = re.compile("<bpmn:timeDuration>([^<]*)<")


@contextmanager
def no_endless_run() -> Iterator[None]:
    """The frame may go round for ever: ten seconds a test."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Stock:
    """An instance on bare SpiffWorkflow."""

    def __init__(self, drawing: Drawing, *others: Drawing) -> None:
        parser = BpmnParser()
        for one in (drawing, *others):
            parser.add_bpmn_str(_python(one.xml()))
        self.specs = (parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.begin()

    def begin(self) -> Stock:
        """A new instance of the same specs."""
        self.workflow = BpmnWorkflow(*self.specs)
        self.workflow.do_engine_steps()
        return self

    @property
    def live(self) -> list[str]:
        states = TaskState.READY | TaskState.WAITING | TaskState.STARTED
        return sorted(task.task_spec.bpmn_id or task.task_spec.name for task in self.workflow.get_tasks(state=states))

    def do(self, element: str, **data: object) -> Stock:
        tasks: list[Any] = list(self.workflow.get_tasks(state=TaskState.READY))
        task = next(task for task in tasks if task.task_spec.bpmn_id == element)
        task.data.update(data)
        task.run()
        self.workflow.do_engine_steps()
        return self

    def refresh(self) -> Stock:
        """Look at the timers, then go on."""
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()
        return self

    def message(self, name: str) -> Stock:
        """Deliver a message; WorkflowException where nobody waits for it."""
        return self._tell(self.workflow.send_event, MessageEventDefinition(name))

    def watched_message(self, name: str) -> Stock:
        """Deliver a message without asking whether somebody waits for it."""
        return self._tell(self.workflow.catch, MessageEventDefinition(name))

    def signal(self, name: str) -> Stock:
        return self._tell(self.workflow.catch, SignalEventDefinition(name))

    def _tell(self, deliver: Any, definition: Any) -> Stock:
        deliver(BpmnEvent(definition, {}))
        self.workflow.do_engine_steps()
        return self


def _python(xml: bytes) -> bytes:
    text = _FEEL.sub(r"\1", xml.decode())
    return _TIMES.sub(r'<bpmn:timeDuration>"\1"<', text).encode()
