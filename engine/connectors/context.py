"""What a connector is given, and what it may do: work inside the step's transaction, so that it is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.labels import Version
from engine.model import Variables
from engine.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """One job to be done."""

    #: The transaction in which the job is completed.
    tx: Transaction
    #: Aware UTC.
    clock_now: datetime
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
    definition: Version
    #: The platform's facts of the case (model.CASE_FACTS).
    case: Variables
    #: Template code → (hash, text); raises NotFound.
    template: Callable[[str], tuple[str, str]]


#: Does a job inside the step's transaction and gives its result; JobFailed means try again.
Connector: TypeAlias = Callable[[JobContext], Variables]
