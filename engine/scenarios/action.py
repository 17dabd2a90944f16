"""One thing that somebody does in a run, as values that can be kept and done again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from engine.errors import InvalidValue
from engine.model import Value, Variables


class ActionKind(StrEnum):
    """What can be done."""

    #: The case is started; ``key`` is the message that starts it, empty for the start form.
    START = "start"
    #: A user task is completed.
    COMPLETE = "complete"
    #: A timer falls due, or a message or signal comes.
    OCCUR = "occur"
    #: Time passes.
    PASS = "pass"  # noqa: S105  # no password
    #: What the next job of a service task gives instead of its connector.
    ANSWER = "answer"
    #: With what the next call of a call activity ends, instead of the called process.
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that is done."""

    kind: ActionKind
    #: Element id behind the call activities that lead to its process: ``call_x/element``.
    key: str = ""
    #: Which of those that wait at this element, the oldest is the first.
    n: int = 1
    #: What a form is filled in with, a message carries, a job or call gives; of the last two None: it is done for real.
    values: Variables | None = field(default_factory=dict)
    #: Of PASS.
    duration: timedelta = timedelta(0)

    def as_value(self) -> dict[str, Value]:
        """The action as a FEEL context."""
        values = None if self.values is None else [list(entry) for entry in self.values.items()]  # in their order
        return {"kind": self.kind.value, "key": self.key, "n": self.n, "values": values, "duration": self.duration}

    @classmethod
    def of_value(cls, value: Mapping[str, Any]) -> Action:
        """The action of such a context.

        Raises:
            InvalidValue: it is none.
        """
        try:
            return cls(
                kind=ActionKind(value["kind"]),
                key=value["key"],
                n=int(value["n"]),
                values=None if value["values"] is None else dict(value["values"]),
                duration=value["duration"],
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise InvalidValue("this is no action") from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A service task's job, or a call, as it came up in a run."""

    #: ANSWER or CALL.
    kind: ActionKind
    element: str
    #: The call activities that led to its process, outermost first.
    calls: tuple[str, ...]
    #: What took the place of connector or called process; None: nothing, it was done for real.
    given: Variables | None
    #: What the connector gave; None for calls, and where it failed.
    result: Variables | None = None

    @property
    def key(self) -> str:
        """``call_x/element``."""
        return "/".join((*self.calls, self.element))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Where an action happened."""

    element: str = ""
    calls: tuple[str, ...] = ()
    #: Of an event: the event-based gateway before it.
    gateway: str | None = None
    #: Of an event on an activity: that activity.
    host: str | None = None
    #: A timer by itself that was the next to fall due while no user task was open: it would have passed unasked.
    unasked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An action of a run, and what came up behind it until everything waited again."""

    action: Action
    #: The element's name; of a start that of the process.
    name: str
    of: Occasion
    visits: tuple[Visit, ...] = ()

    def actions(self) -> list[Action]:
        """What has to be done to get the same again: first what takes the place of connectors and calls."""
        given = {(visit.kind, visit.key) for visit in self.visits if visit.given is not None}
        before = [
            Action(kind=visit.kind, key=visit.key, values=visit.given)
            for visit in self.visits
            if (visit.kind, visit.key) in given
        ]
        return [*before, self.action]

    def as_value(self) -> dict[str, Value]:
        """The step as a FEEL context."""
        of = self.of
        return {
            "action": self.action.as_value(),
            "name": self.name,
            "of": [of.element, list(of.calls), of.gateway, of.host, of.unasked],
            "visits": [[v.kind.value, v.element, list(v.calls), v.given, v.result] for v in self.visits],
        }

    @classmethod
    def of_value(cls, value: Mapping[str, Any]) -> Step:
        """The step of such a context.

        Raises:
            InvalidValue: it is none.
        """
        try:
            element, calls, gateway, host, is_unasked = value["of"]
            return cls(
                action=Action.of_value(value["action"]),
                name=value["name"],
                of=Occasion(element=element, calls=tuple(calls), gateway=gateway, host=host, unasked=is_unasked),
                visits=tuple(
                    Visit(kind=ActionKind(kind), element=at, calls=tuple(led), given=given, result=result)
                    for kind, at, led, given, result in value["visits"]
                ),
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise InvalidValue("this is no step") from problem


def actions_of(steps: Iterable[Step]) -> list[Action]:
    """What has to be done to get the same steps again."""
    return [action for step in steps for action in step.actions()]
