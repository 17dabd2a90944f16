"""What was clicked becomes a scenario that the ordinary runner passes: said as simply as that is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from engine.model import InstanceStatus, Value, Variables
from engine.sandbox.problems import NotRecordable
from engine.sandbox.sandbox import Sandbox
from engine.scenarios import (
    Action,
    ActionKind,
    Occurrence,
    Result,
    Scenario,
    Step,
    Turn,
    Visits,
    run_on,
)
from engine.scenarios.forms import COMMON
from engine.scenarios.trace import read_path
from engine.scenarios.writing import plain, sayable

#: So many variables are proposed where the results are fewer.
_PROPOSED: Final = 4


def record(
    sandbox: Sandbox, *, no: str, title: str, file: str, expect: Sequence[str] = (), path: bool = True
) -> tuple[Scenario, Result]:
    """The scenario of a sandbox whose case has ended, and what the runner said of it.

    Args:
        sandbox: whose steps.
        no, title, file: of the scenario.
        expect: names of the variables that are compared at the end.
        path: whether the path is compared, too.

    Raises:
        NotRecordable: the case has not ended, something went wrong, or the runner does not get the same.
    """
    row = sandbox.instance
    if row is None or row.status == InstanceStatus.ACTIVE:
        raise NotRecordable("the case has not ended", message_zh="工单还没有走到结束,不能保存为场景。请先把它走完。")
    if sandbox.trouble() is not None:
        raise NotRecordable("something went wrong", message_zh="运行中出现了异常,不能保存为场景。请撤销后换一种做法。")
    performer = sandbox.performer
    known = sandbox.variables()
    deployed = performer.definitions.get(row.definition)
    start = sandbox.steps[0].action
    base = Scenario(
        process=sandbox.kept.process_id,
        no=no,
        title=title,
        file=file,
        start=_said(start.values),
        start_message=start.key or None,
        do=_done(sandbox.steps),
        calls=_visits(sandbox, ActionKind.CALL),
        svc=_visits(sandbox, ActionKind.ANSWER),
        events={},
        fire={},
        expect={name: plain(known.get(name)) for name in expect if sayable(known.get(name))},
        end=row.end_state,
        path=read_path(performer.db, deployed, row.key) if path else None,
    )
    source = sandbox.source()
    problems = []
    for scenario in _ways(base, sandbox.steps):
        result = run_on(source, scenario)
        if result.ok:
            return scenario, result
        problems.append(result)
    said = problems[-1]
    raise NotRecordable(
        f"the runner does not get the same: {said.problem}", message_zh=f"按录下的内容重放,结果不同:{said.problem_zh}。"
    )


def proposed(sandbox: Sandbox) -> list[str]:
    """Variables worth comparing at the end: the results that end events set, then what the process found out."""
    row = sandbox.instance
    if row is None:
        return []
    definition = sandbox.performer.definitions.get(row.definition).definition
    known = sandbox.variables()
    entered = {name for step in sandbox.steps for name in (step.action.values or {})}
    of_calls = {name for step in sandbox.steps for visit in step.visits for name in (visit.given or {})}
    results = [name for name in definition.outcomes if known.get(name) is not None]
    found = [
        name
        for name, value in sorted(known.items())
        if name not in entered | of_calls | definition.carriers | set(COMMON) | set(results)
        and isinstance(value, str | bool | int | Decimal)
        and value != ""
        and sayable(value)
    ]
    return [*results, *found][: max(_PROPOSED, len(results))]


def _ways(base: Scenario, steps: Sequence[Step]) -> list[Scenario]:
    """The same run said in two ways, the simple one first."""
    ways = []
    simple = _simply(base, steps)
    if simple is not None:
        ways.append(simple)
    turns = tuple(_turn(step.action) for step in steps[1:])
    if turns:
        ways.append(replace(base, order=turns))
    return ways or [base]


def _simply(base: Scenario, steps: Sequence[Step]) -> Scenario | None:
    """With ``events`` and ``fire``; None: they cannot say it."""
    events: dict[tuple[str, str], list[Step]] = {}
    fire: dict[str, list[Occurrence]] = {}
    done: set[str] = set()
    for step in steps[1:]:
        action, of = step.action, step.of
        if action.kind is ActionKind.COMPLETE:
            done.add(of.element)
        elif action.kind is ActionKind.OCCUR and of.host is not None:
            if of.host in done:  # `fire` is of the first visit
                return None
            fire.setdefault(of.host, []).append(_occurrence(step))
        elif action.kind is ActionKind.OCCUR:
            place = of.gateway or of.element
            events.setdefault(("/".join((*of.calls, place)), place), []).append(step)
    elements = [place for _, place in events]
    said = {
        (place if elements.count(place) == 1 else key): _as_visits([_occurrence(step) for step in found])
        for (key, place), found in events.items()
        if not all(step.of.unasked for step in found)
    }
    return replace(base, events=said, fire={host: tuple(found) for host, found in fire.items()})


def _done(steps: Sequence[Step]) -> dict[str, Visits[Variables]]:
    """What user tasks were filled in with, in the order of their first visits."""
    found: dict[tuple[str, str], list[Variables]] = {}
    for step in steps:
        if step.action.kind is ActionKind.COMPLETE:
            found.setdefault((step.action.key, step.of.element), []).append(_said(step.action.values))
    elements = [element for _, element in found]
    return {
        (element if elements.count(element) == 1 else key): _as_visits(values)
        for (key, element), values in found.items()
    }


def _visits(sandbox: Sandbox, kind: ActionKind) -> dict[str, Visits[Variables]]:
    """What took the place of jobs or calls; a visit that was done for real is null among the others."""
    found: dict[tuple[str, str], list[Variables | None]] = {}
    for step in sandbox.steps:
        for visit in step.visits:
            if visit.kind is kind:
                given = None if visit.given is None else _said(visit.given)
                found.setdefault((visit.key, visit.element), []).append(given)
    stood_for = {element for (_, element), given in found.items() if any(one is not None for one in given)}
    elements = [element for _, element in found]
    own = sandbox.performer.deployed.definition.elements
    told: dict[str, Visits[Variables]] = {}
    for (key, element), values in found.items():
        alone = elements.count(element) == 1 and (key == element or element not in own)
        if element in stood_for:
            told[element if alone else key] = _as_visits(values)
    return told


def _as_visits(values: Sequence[Any]) -> Visits[Any]:
    """One thing is said once; several, and what is done for real, as a list."""
    return Visits(tuple(values), every_time=len(values) == 1 and values[0] is not None)


def _occurrence(step: Step) -> Occurrence:
    return Occurrence(step.of.element, _said(step.action.values))


def _turn(action: Action) -> Turn:
    if action.kind is ActionKind.COMPLETE:
        return Turn(key=action.key, n=action.n)
    return Turn(key=action.key, n=action.n, payload=_said(action.values), duration=action.duration)


def _said(values: Variables | None) -> dict[str, Value]:
    found: Mapping[str, Value] = plain(dict(values or {}))
    return dict(found)
