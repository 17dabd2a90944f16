"""What completing a user task would lead to, found by trying: the step is pure, and what it gives is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from engine import bpmn
from engine.errors import EngineError
from engine.labels import Labels
from engine.model import (
    Actor,
    CallOpened,
    CompleteUserTask,
    Event,
    Facts,
    InstanceStatus,
    JobKind,
    JobOpened,
    Outcome,
    SubscriptionOpened,
    UserTaskOpened,
    Value,
    Variables,
)
from engine.queries.outlook import NextStep, look_ahead

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed
    from engine.store.instances import InstanceRow


def rehearse(
    definitions: Definitions,
    deployed: Deployed,
    instance: InstanceRow,
    task_id: int,
    variables: Variables,
    actor: Actor,
    now: datetime,
    labels: Labels,
) -> tuple[NextStep, ...]:
    """The steps that follow when the task is completed with these variables; none where that cannot be said.

    System steps come before what they lead to, as far as the diagram leaves no choice behind them. Nothing is written.

    Args:
        definitions: for the names of called processes.
        deployed: the instance's version.
        instance: as it stands.
        task_id: the open user task.
        variables: of its checked form.
        actor: who would complete it.
        now: aware.
        labels: words of the version.
    """
    facts = Facts(now=now, case={**instance.case_facts(), "actor": actor.id})
    try:
        command = CompleteUserTask(id=task_id, variables=variables)
        outcome = bpmn.step(deployed.definition, instance.state_value, command, facts)
    except EngineError:  # said when it is sent, in a sentence for it
        return ()
    called = instance.parent is not None
    steps = [*_rules(outcome.events, deployed, labels), *_opened(outcome, deployed, definitions, called=called)]
    for stuck in outcome.incidents:
        name = deployed.element_name(stuck.element)
        steps.append(NextStep(kind="stuck", element=stuck.element, name=name, words=stuck.message))
    if outcome.status is not InstanceStatus.ACTIVE:
        end = outcome.end_state or ""
        words = "called" if called else ""
        steps.append(NextStep(kind="end", element=end, name=deployed.element_name(end), words=words))
    elif all(step.kind in {"rule", "stuck"} for step in steps):
        steps.append(NextStep(kind="others", element="", name=""))
    return tuple(steps)


def _rules(events: tuple[Event, ...], deployed: Deployed, labels: Labels) -> Iterator[NextStep]:
    """The decisions on the way, each with what it came to."""
    for event in events:
        if event.kind == "decision.evaluated" and event.element and isinstance(event.value, dict):
            said = _conclusion(event.value.get("output"), str(event.value.get("decision", "")), labels)
            yield NextStep(kind="rule", element=event.element, name=deployed.element_name(event.element), words=said)


def _conclusion(output: Value, decision: str, labels: Labels) -> str:
    """Only texts that a form or a diagram has words for: the rest is for who reads the table."""
    known = labels.value(decision, output)
    return known if isinstance(known, str) and known != output else ""


def _opened(outcome: Outcome, deployed: Deployed, definitions: Definitions, *, called: bool) -> Iterator[NextStep]:
    for opened in outcome.opened:
        element = deployed.definition.elements.get(opened.element)
        if element is None or "boundary" in element.kind.lower():
            continue
        name = element.name or element.id
        match opened:
            case UserTaskOpened():
                yield NextStep(kind="task", element=element.id, name=name, groups=opened.candidate_groups)
            case CallOpened():
                process = _process_name(definitions, opened.process_id)
                yield NextStep(kind="call", element=element.id, name=name, process_name=process)
            case JobOpened() if opened.kind in (JobKind.SERVICE, JobKind.SEND):
                yield NextStep(kind="system", element=element.id, name=name)
                yield from _behind(deployed, element.id, called=called)
            case JobOpened() | SubscriptionOpened():
                yield NextStep(kind="wait", element=element.id, name=name)


def _behind(deployed: Deployed, element: str, *, called: bool) -> Iterator[NextStep]:
    """What follows a system step, where it is certain."""
    outlook = look_ahead(deployed, element, called=called)
    if len(outlook.ways) == 1 and not outlook.more and not outlook.ways[0].conditions:
        yield from outlook.ways[0].steps


def _process_name(definitions: Definitions, process_id: str) -> str:
    return next((each.name for each in definitions.all_latest() if each.process_id == process_id), process_id)
