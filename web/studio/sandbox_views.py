"""What the page of a sandbox shows: everything that waits with its form, what was done, what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.clock import SHANGHAI, from_microseconds
from engine.definitions import Deployed
from engine.labels import Labels, labels_for
from engine.model import SYSTEM
from engine.permissions import GROUPS
from engine.sandbox import Sandbox
from engine.scenarios import Action, ActionKind, OpenTask, Step, Visit, WaitingEvent
from engine.scenarios.writing import flow_text, plain
from web.forms import FormView
from web.i18n import gettext
from web.studio.sandbox_forms import Typed, prefix, view_of

#: Kinds of elements whose work a connector does.
_BY_CONNECTOR: Final = ("serviceTask", "sendTask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits: a user task, a timer, a message or a signal."""

    #: task, timer, message or signal.
    kind: str
    #: Of the action that goes on with it.
    key: str
    n: int
    element: str
    name: str
    #: Names of the call activities that led to it.
    within: tuple[str, ...]
    form: FormView | None = None
    groups: str = ""
    due_at: datetime | None = None
    message: str = ""
    #: Name of the activity on which it sits.
    host: str = ""

    @property
    def id(self) -> str:
        """Tells it apart on the page."""
        return f"{self.kind}-{self.key.replace('/', '-')}-{self.n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step, in words."""

    number: int
    #: start, complete, occur or pass.
    kind: str
    name: str
    within: tuple[str, ...]
    element: str
    said: str
    duration: str
    visits: tuple[Stood, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A job or a call of a step."""

    number: int
    #: answer or call.
    kind: str
    name: str
    element: str
    given: str | None
    result: str | None
    #: What a called process may end with: (text of the values, words).
    outcomes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A service task or call activity of the process, whose next result can be said beforehand."""

    kind: str
    element: str
    name: str
    outcomes: tuple[tuple[str, str], ...] = ()


def waiting(sandbox: Sandbox, typed: Typed | None = None) -> list[Waiting]:
    """All that waits, user tasks first."""
    tasks, events = sandbox.tasks(), sandbox.events()
    found = [_task(sandbox, task, _rank(task, tasks), typed) for task in tasks]
    return found + [_event(sandbox, event, _rank(event, events), typed) for event in events]


def done(sandbox: Sandbox) -> list[Done]:
    """The steps so far, the newest first."""
    return [_done(sandbox, number, step) for number, step in enumerate(sandbox.steps)][::-1]


def ahead(sandbox: Sandbox) -> list[Ahead]:
    """Service tasks and call activities of the process."""
    deployed = sandbox.performer.deployed
    return [
        Ahead(
            kind=(ActionKind.ANSWER if element.kind in _BY_CONNECTOR else ActionKind.CALL).value,
            element=element.id,
            name=element.name or element.id,
            outcomes=_outcomes(sandbox, element.called_process),
        )
        for element in deployed.definition.elements.values()
        if element.kind in _BY_CONNECTOR or element.called_process
    ]


def pending(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What was said beforehand and has not come up: (name, values)."""
    return [(_place_name(sandbox, action), flow_text(action.values)) for action in sandbox.kept.pending]


def facts(sandbox: Sandbox, labels: Labels) -> list[tuple[str, str, str]]:
    """What the case knows: (name, label, value as a scenario says it)."""
    found = sandbox.variables()
    carriers = sandbox.performer.deployed.definition.carriers
    return [
        (name, labels.names.get(name, ""), flow_text(plain(value)))
        for name, value in sorted(found.items())
        if value is not None and name not in carriers
    ]


def words_of_duration(seconds: float) -> str:
    """A duration in days, hours, minutes."""
    whole = int(seconds)
    if whole % 86400 == 0:
        return gettext("%(n)s 天", n=whole // 86400)
    return gettext("%(n)s 小时", n=whole // 3600) if whole % 3600 == 0 else gettext("%(n)s 分钟", n=whole // 60)


# --- inside --------------------------------------------------------------------------------------


def _task(sandbox: Sandbox, task: OpenTask, n: int, typed: Typed | None) -> Waiting:
    view = sandbox.performer.view(task)
    form = None
    if view.schema is not None:
        again = typed.submission if typed is not None and (typed.key, typed.n) == (task.key, n) else None
        form = view_of(
            view.schema, view.context, sandbox.performer.clock.now(), labels_for(view.deployed),
            prefix=prefix(task.key, n), submission=again,
        )  # fmt: skip
    return Waiting(
        kind="task",
        key=task.key,
        n=n,
        element=task.element,
        name=view.row.name,
        within=_within(sandbox, task.calls),
        form=form,
        groups="、".join(GROUPS.get(group, group) for group in task.candidate_groups),
        due_at=view.row.due_at,
    )


def _event(sandbox: Sandbox, event: WaitingEvent, n: int, typed: Typed | None) -> Waiting:
    performer = sandbox.performer
    form = None
    if event.due_at is None and not event.signal and performer.definitions.message_form(event.message_name) is not None:
        asked = performer.queries.event_form(event.case_id, event.id, SYSTEM)
        again = typed.submission if typed is not None and (typed.key, typed.n) == (event.key, n) else None
        form = view_of(
            asked.schema, asked.context, performer.clock.now(), labels_for(asked.deployed),
            prefix=prefix(event.key, n), submission=again,
        )  # fmt: skip
    return Waiting(
        kind="timer" if event.due_at is not None else "signal" if event.signal else "message",
        key=event.key,
        n=n,
        element=event.element,
        name=_name(sandbox, event.calls, event.element),
        within=_within(sandbox, event.calls),
        form=form,
        due_at=None if event.due_at is None else from_microseconds(event.due_at).astimezone(SHANGHAI),
        message=event.message_name,
        host=_name(sandbox, event.calls, event.host) if event.host else "",
    )


def _done(sandbox: Sandbox, number: int, step: Step) -> Done:
    action = step.action
    return Done(
        number=number,
        kind=action.kind.value,
        name=step.name,
        within=_within(sandbox, step.of.calls),
        element=step.of.element,
        said=flow_text(action.values) if action.values else "",
        duration=words_of_duration(action.duration.total_seconds()) if action.kind is ActionKind.PASS else "",
        visits=tuple(_stood(sandbox, n, visit) for n, visit in enumerate(step.visits)),
    )


def _stood(sandbox: Sandbox, number: int, visit: Visit) -> Stood:
    process = _process(sandbox, visit.calls)
    element = None if process is None else process.definition.elements.get(visit.element)
    return Stood(
        number=number,
        kind=visit.kind.value,
        name=_name(sandbox, visit.calls, visit.element),
        element=visit.element,
        given=None if visit.given is None else flow_text(plain(visit.given)),
        result=None if visit.result is None else flow_text(plain(visit.result)),
        outcomes=_outcomes(sandbox, element.called_process if element else None),
    )


def _outcomes(sandbox: Sandbox, process_id: str | None) -> tuple[tuple[str, str], ...]:
    found = None if process_id is None else sandbox.performer.definitions.find_latest(process_id)
    if found is None:
        return ()
    return tuple(
        (flow_text({name: value}), words)
        for name, ends in found.definition.outcomes.items()
        for value, words in ends.items()
    )


def _place_name(sandbox: Sandbox, action: Action) -> str:
    *calls, element = action.key.split("/")
    return _name(sandbox, tuple(calls), element)


def _process(sandbox: Sandbox, calls: Iterable[str]) -> Deployed | None:
    definitions = sandbox.performer.definitions
    process: Deployed | None = sandbox.performer.deployed
    for call in calls:
        element = None if process is None else process.definition.elements.get(call)
        called = None if element is None else element.called_process
        process = None if called is None else definitions.find_latest(called)
    return process


def _name(sandbox: Sandbox, calls: tuple[str, ...], element: str) -> str:
    process = _process(sandbox, calls)
    return element if process is None else process.element_name(element)


def _within(sandbox: Sandbox, calls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_name(sandbox, calls[:n], call) for n, call in enumerate(calls))


def _rank(one: Any, alike: Iterable[Any]) -> int:
    return [other.id for other in alike if other.key == one.key].index(one.id) + 1
