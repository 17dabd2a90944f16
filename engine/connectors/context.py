"""What a connector is given, and what it may do: work inside the step's transaction, so that it is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from engine.labels import Version
from engine.model import Event, Variables
from engine.outbox import Addressing, Wanted
from engine.store.database import Transaction


class Templates(Protocol):
    """Where message templates come from."""

    @property
    def addressing(self) -> Addressing:
        """Who has said how texts address people."""

    def template(self, code: str) -> tuple[str, str]:
        """Hash and text of the template in force.

        Raises:
            NotFound: there is none.
        """


class BpmnError(Exception):
    """A connector's answer that is no technical failure: the BPMN error code that a boundary event may catch."""

    def __init__(self, error_code: str, variables: Variables | None = None) -> None:
        super().__init__(error_code)
        self.error_code = error_code
        self.variables: Variables = variables or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """One job to be done."""

    #: The transaction in which the job is completed.
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
    #: Variables visible at the task, its input mappings over them.
    variables: Variables
    #: What its input mappings give.
    inputs: Variables = field(default_factory=dict)
    #: The version that the instance is pinned to.
    deployed: Version
    definitions: Templates
    #: The platform's facts of the case (model.CASE_FACTS).
    case: Variables
    #: How the case's customer wants to be addressed, where it was read with the job.
    wanted: Wanted | None = None
    #: Events that the connector adds to the step's history.
    notes: list[Event] = field(default_factory=list)
    #: Rows of the job table to be written with the step.
    jobs: list[Mapping[str, Any]] = field(default_factory=list)


#: Does a job inside the step's transaction and gives its result; JobFailed means try again.
Connector: TypeAlias = Callable[[JobContext], Variables]
