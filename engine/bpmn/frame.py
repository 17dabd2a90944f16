"""The one place where SpiffWorkflow is imported: the classes of it that this package builds on.

SpiffWorkflow ships no types; each class gets a typed name here, so that the rest of the package is checked strictly.
Of its own code a step runs the life cycle of a task, the exclusive choice and the specs' graph. Prediction of tasks,
task data, joins, event delivery, script engine and serializer are replaced by subclasses, never patched.
"""

from __future__ import annotations

from typing import Final

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

__all__ = ["ValidationException", "WorkflowException"]

#: States of a token: it has yet to enter its element · runs · waits for a command · is leaving · is over.
FUTURE: Final[int] = TaskState.FUTURE
READY: Final[int] = TaskState.READY
STARTED: Final[int] = TaskState.STARTED
COMPLETED: Final[int] = TaskState.COMPLETED
CANCELLED: Final[int] = TaskState.CANCELLED


class SpiffTask(Task):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A task of a running workflow."""


class SpiffWorkflow(BpmnWorkflow):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A running workflow."""


class SpiffProcess(BpmnProcessSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """The graph of a process."""


class SpiffSpec(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow has no types
    """An element of a process."""


class SpiffChoice(ExclusiveGateway, BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow has no types
    """An exclusive gateway."""


class SpiffRoot(BpmnStartTask):  # type: ignore[misc]  # SpiffWorkflow has no types
    """The root of a process's graph."""


class SpiffScripts(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow has no types
    """What evaluates conditions; the stock one runs Python text, ours never does."""


class SpiffEnvironment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Where scripts run; every method of it raises."""


class SpiffParser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Reads a diagram."""


class SpiffProcessParser(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Reads a process of a diagram."""


class SpiffNodeParser(TaskParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Reads an element of a process."""


class SpiffChoiceParser(ConditionalGatewayParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Reads a gateway whose outgoing flows have conditions."""
