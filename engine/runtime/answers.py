"""What a called process tells its caller: escalations while it runs, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from engine import canonical
from engine.errors import UncaughtError
from engine.model import Command, CompleteCall, EscalateCall, FailCall, Outcome
from engine.store.instances import InstanceRow


def answers(row: InstanceRow, outcome: Outcome, *, cancelled: bool) -> Iterator[Command]:
    """Commands for the caller after a step of a called process, in their order; a case's root has none to tell.

    Args:
        row: the instance after the step.
        outcome: of the step.
        cancelled: its caller or an operator ended it, so that it has nothing to say.

    Raises:
        UncaughtError: a BPMN error left a root.
    """
    call = row.parent_call
    if call is None:
        if row.over and not cancelled and outcome.uncaught_error is not None:
            raise UncaughtError(row.process_id, outcome.uncaught_error)
        return
    for thrown in outcome.escalations:
        yield EscalateCall(id=call, escalation_code=thrown.code, variables=thrown.variables)
    if not row.over or cancelled:
        return
    if outcome.uncaught_error is not None:
        yield FailCall(id=call, error_code=outcome.uncaught_error)
    else:
        yield CompleteCall(id=call, variables=canonical.decode(row.variables), end_state=row.end_state)
