"""What a connector gets to see of the job it works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from engine.errors import EngineError
from engine.model import Event, Variables
from engine.store.database import Transaction

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed


@dataclass(slots=True, kw_only=True)
class JobContext:
    """A service or send task's job, within the transaction that will complete it.

    What the connector writes through ``tx`` is undone when it raises, or when the step behind it fails.
    """

    tx: Transaction
    #: Aware UTC.
    now: datetime
    job_id: int
    instance_key: int
    case_id: str
    element: str
    #: Job type.
    type: str
    #: zeebe:taskHeaders.
    headers: Mapping[str, str]
    #: What is visible at the task: scopes over the platform's facts.
    variables: Variables
    #: The version of the process that runs.
    deployed: Deployed
    definitions: Definitions
    #: Case facts (keys: model.CASE_FACTS).
    case: Variables
    #: Rows of the job table that the connector adds (deliveries); written with those of the step.
    jobs: list[Mapping[str, object]] = field(default_factory=list)
    #: Events that stand in the history behind those of the step.
    notes: list[Event] = field(default_factory=list)


#: Does the work of a job type and gives its result variables; raises JobFailed to be tried again.
Connector: TypeAlias = Callable[[JobContext], Variables]


class BpmnError(EngineError):
    """The work came to a result that the diagram handles: a boundary error event with this code catches it."""

    code = "bpmn_error"

    def __init__(self, error_code: str, variables: Variables | None = None) -> None:
        super().__init__(f"error {error_code}")
        self.error_code = error_code
        self.variables = variables or {}
