"""Executes a recorded stream again and says where it differs: the auditor's proof that the record follows the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine import canonical
from engine.errors import EngineError
from engine.history.commands import Schedules, decode_command
from engine.history.record import RecordedEvent, StreamHead, record_step, values_of
from engine.model import Command, Event, Facts, InstanceState, Outcome

#: What bytes raise that are not what we wrote.
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)
#: Definition bound: (instance, command, facts) → outcome.
Step = Callable[[InstanceState, Command, Facts], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One revision of a stream as it stands in the tables."""

    revision: int
    seed: bytes
    command: bytes
    values: bytes
    core_events: int
    events: tuple[RecordedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first event that is not what the rules give."""

    stream: int
    seq: int
    revision: int
    element: str | None
    #: What stands in the record, and what re-execution gives; None: there is none.
    recorded: Event | None
    executed: Event | None
    reason: str


def reexecute(
    stream: int,
    key: int,
    steps: Iterable[RecordedStep],
    step: Step,
    final: tuple[bytes | None, bytes],
    schedules: Schedules | None = None,
) -> Difference | None:
    """Run every recorded command from nothing and compare events, hashes and the final state.

    Args:
        stream: the stream's number.
        key: the instance's key.
        steps: its revisions in order.
        step: the core, bound to the definition as it is stored now.
        final: state and variables as the instance's row has them.
        schedules: finds the calendars by which due times were counted.

    Returns:
        None when everything is the same, else the first difference.
    """
    instance = InstanceState(key=key)
    head = StreamHead(0, bytes(32))
    for expected, recorded in enumerate(steps, start=1):
        if recorded.revision != expected:
            return _broken(stream, recorded, head, f"revision {expected} is missing")
        try:
            stored, command = values_of(recorded.values), decode_command(recorded.command, schedules)
        except (EngineError, *_UNREADABLE) as problem:
            return _broken(stream, recorded, head, f"the recorded values or command cannot be read: {problem}")
        executed: Sequence[Event] = ()
        if command is not None:
            try:
                outcome = step(instance, *command)
            except EngineError as problem:
                return _broken(stream, recorded, head, f"the command cannot be executed: {problem}")
            executed = outcome.events
            instance = InstanceState(
                key=key,
                state=outcome.state,
                variables=instance.variables if outcome.variables is None else outcome.variables,
            )
        found = _compare(stream, recorded, stored, executed) or _check_chain(stream, recorded, stored, head)
        if found is not None:
            return found
        last = recorded.events[-1]
        head = StreamHead(last.seq, last.hash)
    if (instance.state, instance.variables) != final:
        return Difference(
            stream=stream,
            seq=head.seq,
            revision=0,
            element=None,
            recorded=None,
            executed=None,
            reason="the stored state is not what the commands give",
        )
    return None


def _compare(
    stream: int, recorded: RecordedStep, stored: Sequence[object], executed: Sequence[Event]
) -> Difference | None:
    """Event by event: the core's own, in order; those behind them are the runtime's notes."""
    for n in range(max(recorded.core_events, len(executed))):
        row = recorded.events[n] if n < min(recorded.core_events, len(recorded.events)) else None
        was = _event(row, stored[n]) if row is not None and n < len(stored) else None
        now = executed[n] if n < len(executed) else None
        if was is None or now is None or not _same(was, now):
            place = row or recorded.events[-1]
            return Difference(
                stream=stream,
                seq=place.seq,
                revision=recorded.revision,
                element=place.element,
                recorded=was,
                executed=now,
                reason="the event differs",
            )
    return None


def _event(row: RecordedEvent, value: object) -> Event:
    return Event(kind=row.kind, element=row.element, token=row.token, value=value)


def _same(a: Event, b: Event) -> bool:
    return (a.kind, a.element, a.token) == (b.kind, b.element, b.token) and canonical.encode(
        a.value
    ) == canonical.encode(b.value)


def _check_chain(stream: int, recorded: RecordedStep, stored: Sequence[object], head: StreamHead) -> Difference | None:
    """The rows' hashes and commitments, computed anew from the values as they are stored."""
    if len(stored) != len(recorded.events):
        return _broken(stream, recorded, head, "values and events of the step differ in number")
    events = [_event(row, value) for row, value in zip(recorded.events, stored, strict=True)]
    first = recorded.events[0]
    anew = record_step(
        stream,
        head,
        events,
        revision=recorded.revision,
        at=first.at,
        actor=first.actor,
        seed=recorded.seed,
        command=None if first.command is None else recorded.command,
        core_events=recorded.core_events,
    )
    for event, again, value in zip(recorded.events, anew.events, events, strict=True):
        if event != again:
            return Difference(
                stream=stream,
                seq=event.seq,
                revision=recorded.revision,
                element=event.element,
                recorded=value,
                executed=None,
                reason="the row's hash or commitment does not fit its content",
            )
    return None


def _broken(stream: int, recorded: RecordedStep, head: StreamHead, reason: str) -> Difference:
    return Difference(
        stream=stream,
        seq=head.seq + 1,
        revision=recorded.revision,
        element=recorded.events[0].element if recorded.events else None,
        recorded=None,
        executed=None,
        reason=reason,
    )
