"""What a case's page makes of its history: kinds of lines, changes of variables, messages that came in, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.definitions import Deployed
from engine.model import SYSTEM
from engine.queries import InstanceView
from engine.queries.element_times import ElementTimes, started_of
from web import format as words
from web.history import Line
from web.i18n import gettext, lazy_gettext
from web.wiring import parts

#: Filters of a timeline, in the order of its buttons.
KINDS: Final = {
    "all": lazy_gettext("全部"),
    "people": lazy_gettext("人做的"),
    "steps": lazy_gettext("步骤"),
    "messages": lazy_gettext("消息"),
    "system": lazy_gettext("系统"),
}
_STEPS: Final = frozenset({"instance", "element", "user_task", "decision", "register", "call", "order", "evidence"})
_MESSAGES: Final = frozenset({"outbox", "message", "signal", "subscription", "event"})
#: What the system did in no time is not told; gateways, starts and ends are no work at all.
_LEAST: Final = timedelta(seconds=1)
_WORK: Final = ("Task", "callActivity", "CatchEvent", "boundaryEvent", "ubProcess")
_BY_OTHERS: Final = frozenset({"userTask", "callActivity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableChange:
    """One change of a variable, personal data masked."""

    at: datetime
    who: str
    #: The step that changed it; "" where none did.
    where: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message that came in, or an event that somebody registered."""

    name: str
    #: The step that waited for it.
    where: str
    who: str
    at: datetime
    #: What it brought, as label and text.
    brought: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """When a step was worked on."""

    element: str
    name: str
    rounds: int
    first_at: datetime
    #: None: it is still running.
    last_at: datetime | None
    spent: timedelta


def names_within(value: object) -> frozenset[str]:
    """The names of all entries at any depth: where events name a variable."""
    match value:
        case Mapping():
            return frozenset(map(str, value)).union(*map(names_within, value.values()))
        case list() | tuple():
            return frozenset().union(*map(names_within, value))
        case _:
            return frozenset()


def of_kind(lines: Sequence[Line], kind: str) -> list[Line]:
    """The lines of one of ``KINDS``."""
    return [line for line in lines if _is_kind(line, kind)]


def _is_kind(line: Line, kind: str) -> bool:
    subject = line.event.kind.partition(".")[0]
    match kind:
        case "people":
            return line.event.actor != SYSTEM.id
        case "steps":
            return subject in _STEPS
        case "messages":
            return subject in _MESSAGES
        case "system":
            return subject not in _STEPS | _MESSAGES and line.event.actor == SYSTEM.id
    return True


def changes_of(lines: Sequence[Line]) -> dict[str, list[VariableChange]]:
    """Variable → its changes, the newest first."""
    found: dict[str, list[VariableChange]] = {}
    for line in lines:
        if line.event.kind == "register.written":  # columns of a register, which are no variables
            continue
        for change in line.changes:
            if change.before == change.after:
                continue
            made = VariableChange(
                at=line.event.at,
                who=line.event.actor_name,
                where=line.event.element_name or "",
                before=change.before,
                after=change.after,
            )
            found.setdefault(change.name, []).insert(0, made)
    return found


def incoming_of(lines: Sequence[Line]) -> list[Incoming]:
    """The messages that the case took, the newest first."""
    registered = {line.event.element: line for line in lines if line.event.kind == "event.registered"}
    found = []
    for line in lines:
        if line.event.kind != "subscription.correlated" or "signal" in _value(line):
            continue
        told = registered.get(line.event.element, line)
        found.append(
            Incoming(
                name=line.event.element_name or str(_value(line).get("message", "")),
                where=line.event.process_name,
                who=told.event.actor_name,
                at=line.event.at,
                brought=tuple((change.label, change.after) for change in line.changes),
            )
        )
    return found[::-1]


def step_times(instance: InstanceView, deployed: Deployed, times: Mapping[str, ElementTimes]) -> list[StepTime]:
    """The steps of an instance that took time or are running, in the order in which they began."""
    found = []
    for element in started_of(times):
        of, known = times[element], deployed.definition.elements.get(element)
        if known is None or not known.kind.endswith(_WORK):
            continue
        if known.kind not in _BY_OTHERS and of.spent < _LEAST and of.last_at is not None:
            continue
        found.append(
            StepTime(
                element=element,
                name=deployed.element_name(element),
                rounds=of.rounds,
                first_at=of.first_at,
                last_at=of.last_at,
                spent=of.spent,
            )
        )
    return found


def time_words(steps: Sequence[StepTime]) -> dict[str, str]:
    """Element → what is said of it beside the diagram."""
    now, found = parts().clock.now(), {}
    for step in steps:
        began = words.moment(step.first_at, now)
        if step.last_at is None:
            said = gettext(
                "%(name)s:%(at)s 开始,已 %(span)s", name=step.name, at=began, span=words.duration(step.spent)
            )
        else:
            said = gettext(
                "%(name)s:%(at)s 开始,用时 %(span)s", name=step.name, at=began, span=words.duration(step.spent)
            )
        if step.rounds > 1:
            said = gettext("%(said)s,共 %(n)s 次", said=said, n=step.rounds)
        found[step.element] = said
    return found


def _value(line: Line) -> Mapping[str, object]:
    return line.event.value if isinstance(line.event.value, Mapping) else {}
