"""The step: one command to one instance, and all that follows from it until every token waits."""

from __future__ import annotations

from typing import Final

from engine.bpmn import codec, commands, migrating, repairs
from engine.bpmn.definition import Definition
from engine.bpmn.frame import CANCELLED
from engine.bpmn.instance import Instance
from engine.bpmn.repairs import LiveToken
from engine.errors import StepError, VariablesTooLarge
from engine.model import (
    CASE_FACTS,
    Command,
    CompleteUserTask,
    Facts,
    InstanceState,
    InstanceStatus,
    Migrate,
    Outcome,
    SaveProgress,
    Start,
    Value,
)

#: Canonical bytes of the variables of an instance, and once more of those that are local to its tokens.
MAX_VARIABLES: Final = 262_144
#: What 2 000 tokens take in the state beside their variables.
_MAX_TOKEN_BYTES: Final = 200_000


def step(definition: Definition, instance: InstanceState, command: Command, facts: Facts) -> Outcome:
    """Apply one command and run on until every token waits.

    Args:
        definition: compiled process, shared between instances, never changed.
        instance: state as an earlier outcome gave it; not changed.
        command: what came in; a user task's variables go over its scope (shallow; the command wins).
        facts: aware UTC ``now``, from which timers of this step count, and the platform's facts of the case.

    Raises:
        TaskNotOpen: the user task is not waiting for a person. Don't retry.
        StepError: the command does not fit the instance. Don't retry.
        LimitExceeded: more than 500 elements ran without a wait, more than 2 000 tokens are alive, or the variables
            have become larger than 256 KiB. Don't retry.
        InvalidValue: a variable that came with the command cannot be kept.

    Source: BPMN 2.0.2 §13.
    """
    if isinstance(command, Migrate):
        raise StepError("a migration needs both versions")
    if isinstance(command, Start):
        running = _begin(definition, instance, command, facts)
    else:
        running = codec.load(definition.spec, instance, facts)
        if not running.root.held and not isinstance(command, CompleteUserTask | SaveProgress):
            raise StepError("the instance is not running")
        commands.apply(running, command)
    running.drain()
    outcome = _outcome(definition, running)
    _check_size(instance, outcome)
    return outcome


def migrate(source: Definition, target: Definition, instance: InstanceState, command: Migrate, facts: Facts) -> Outcome:
    """Take an instance over to another version and run on until every token waits.

    Args:
        source: the version that it runs on.
        target: the version on which it goes on.
        instance: state as an earlier outcome gave it; not changed.
        command: which elements stand for which.
        facts: as of a step.

    Raises:
        StepError: the instance cannot go on there, or is over.
        LimitExceeded: as of a step.
    """
    running = migrating.migrate(source, target, instance, command, facts)
    running.drain()
    outcome = _outcome(target, running)
    _check_size(instance, outcome)
    return outcome


def variables_of(
    definition: Definition, instance: InstanceState, facts: Facts, token_id: int | None = None
) -> dict[str, Value]:
    """The variables visible from a token, over the platform's facts; without a token, those of the process scope.

    Args:
        definition: of the instance.
        instance: state as an outcome gave it.
        facts: of the case.
        token_id: id of a user task, job, subscription or call that is open.

    Raises:
        StepError: there is no such token.
    """
    running = codec.load(definition.spec, instance, facts)
    values = {name: facts.case.get(name) for name in CASE_FACTS}
    values["case"] = dict(facts.case)
    if token_id is None:
        return {**values, **running.variables}
    token = running.find(token_id)
    if token is None:
        raise StepError(f"there is no token {token_id}")
    return {**values, **token.visible()}


def movable(definition: Definition, instance: InstanceState, facts: Facts) -> tuple[list[LiveToken], list[str]]:
    """What an operator can move: the live tokens, and the ids of the elements at which one can be put.

    Args:
        definition: of the instance.
        instance: state as an outcome gave it.
        facts: of the case.
    """
    running = codec.load(definition.spec, instance, facts)
    return repairs.live_tokens(running), repairs.places(running)


def _begin(definition: Definition, state: InstanceState, command: Start, facts: Facts) -> Instance:
    if state.state is not None:
        raise StepError("the instance has started already")
    element = command.element or definition.none_start
    if element is None:
        raise StepError("the process has no plain start event")
    begun = {begin.element for begin in definition.message_starts}
    begun |= {begin.element for begin in definition.signal_starts}
    begun |= {begin.element for begin in definition.timer_starts}
    if element != definition.none_start and element not in begun:
        raise StepError(f"{element} is no start event")
    instance = Instance(definition.spec, state.key, state.variables, facts)
    commands.start(instance, element, command.variables)
    return instance


def _check_size(before: InstanceState, outcome: Outcome) -> None:
    """Refuse variables that have become too large; an instance that was so before may shrink or stay."""
    grown = (
        (outcome.variables or b"", before.variables, MAX_VARIABLES),
        (outcome.state, before.state or b"", MAX_VARIABLES + _MAX_TOKEN_BYTES),
    )
    if any(len(after) > most and len(after) > len(earlier) for after, earlier, most in grown):
        raise VariablesTooLarge


def _outcome(definition: Definition, instance: Instance) -> Outcome:
    status = InstanceStatus.ACTIVE
    if instance.uncaught is not None or instance.root.state_number == CANCELLED:
        status = InstanceStatus.CANCELLED
    elif not instance.root.held:
        status = InstanceStatus.COMPLETED
        end = instance.end_state
        named = None if end is None else definition.name_of(end)
        instance.emit("instance.completed", value={"end_state": end, "end_state_name": named})
    return Outcome(
        state=codec.dump(instance),
        variables=instance.stored_variables(),
        status=status,
        end_state=instance.end_state,
        events=tuple(instance.events),
        opened=tuple(instance.opened.values()),
        closed=tuple(instance.closed),
        rescheduled=tuple(instance.rescheduled),
        incidents=tuple(instance.incidents),
        incidents_closed=tuple(instance.incidents_closed),
        messages=tuple(instance.messages),
        signals=tuple(instance.signals),
        escalations=tuple(instance.escalations),
        registers=tuple(instance.registers),
        uncaught_error=instance.uncaught,
        moved=tuple(instance.moved),
        scheduled=instance.scheduled,
    )
