"""Where a process goes on behind an element, as its diagram draws it: each way with its conditions, to where it stops.

Ways end at what somebody or something else has to do: a user task, a call, a wait, an end. What the system does on the
way is named. Nothing is computed here; ``rehearsal`` says which way the answers of a form lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.bpmn import Definition, Element, Way
    from engine.definitions import Deployed
    from engine.feel import Expression

#: Ways that are told, elements of one way, and elements looked at in all.
MAX_WAYS: Final = 8
MAX_STEPS: Final = 12
_MAX_LOOKED_AT: Final = 400
_GATEWAYS: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway"})
_CHOOSING: Final = _GATEWAYS - {"parallelGateway"}
#: What the system does by itself, or does not do at all.
_PASSED: Final = frozenset({"task", "manualTask", "intermediateThrowEvent", "startEvent"})
_SYSTEM: Final = frozenset({"serviceTask", "sendTask", "scriptTask", "businessRuleTask"})
_SCOPES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Something that comes behind an element."""

    #: task, call, system, rule, wait, end, stuck or others.
    kind: str
    element: str
    name: str
    #: Candidate groups of a user task, where they are known.
    groups: tuple[str, ...] = ()
    #: Name of the called process.
    process_name: str = ""
    #: Why it cannot go on, of what is stuck; the conclusion of a rule.
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a way asks for at one gateway."""

    #: Name of the gateway, "" where it has none.
    gateway: str
    #: The author's name of the flow, "" where it has none.
    flow: str
    #: None: the way is taken when no other is.
    expression: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One way from an element to where it stops."""

    conditions: tuple[Condition, ...]
    #: In order; the last is where it stops.
    steps: tuple[NextStep, ...]
    #: More happens at the same time.
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All ways from an element."""

    ways: tuple[Ahead, ...]
    #: There are more than are told.
    more: bool
    #: The element is done once for each of several things; the ways begin when all are done.
    repeated: bool


def look_ahead(deployed: Deployed, element: str, *, called: bool = False) -> Outlook:
    """The ways from an element of a version.

    Args:
        deployed: the version.
        element: id of the element.
        called: the instance was called by another, to which it goes back when it ends.
    """
    walk = _Walk(deployed.definition, called=called)
    ways = walk.ways_from(element, Ahead(conditions=(), steps=()), frozenset({element}))
    found: list[Ahead] = []
    for way in ways:
        if way not in found:
            found.append(way)
        if len(found) > MAX_WAYS:
            break
    return Outlook(
        ways=tuple(found[:MAX_WAYS]),
        more=len(found) > MAX_WAYS or walk.cut,
        repeated=is_repeated(deployed.definition, element),
    )


def is_repeated(definition: Definition, element: str) -> bool:
    """Whether an element is done several times over: a multi-instance or loop marker."""
    return getattr(definition.spec.task_specs[element], "inner", None) is not None


class _Walk:
    """Goes along the flows of one definition, in the document's order."""

    def __init__(self, definition: Definition, *, called: bool) -> None:
        self._definition = definition
        self._called = called
        self._left = _MAX_LOOKED_AT
        #: Some way was too long to be told.
        self.cut = False

    def ways_from(self, element: str, so_far: Ahead, seen: frozenset[str]) -> Iterator[Ahead]:
        """The ways behind an element that is done."""
        leaving = self._definition.ways.get(element, ())
        if not leaving:
            yield from self._left_scope(element, so_far, seen)
            return
        kind = self._element(element).kind
        chooses = len(leaving) > 1 and (kind in _CHOOSING or any(way.condition for way in leaving))
        beside = len(leaving) > 1 and (not chooses or kind != "exclusiveGateway")
        for way in leaving:
            then = replace(so_far, beside=so_far.beside or beside)
            if chooses and (way.condition is not None or way.is_default):
                asked = self._condition(way)
                then = replace(then, conditions=(*then.conditions, asked))
            yield from self._arrive(way.target, then, seen)

    def _arrive(self, element: str, so_far: Ahead, seen: frozenset[str]) -> Iterator[Ahead]:
        self._left -= 1
        if self._left < 0 or len(so_far.steps) >= MAX_STEPS:
            self.cut = True
            return
        found = self._element(element)
        step = self._step(found)
        if step is not None:
            so_far = replace(so_far, steps=(*so_far.steps, step))
        if found.kind == "endEvent" and found.scope is not None:
            yield from self._left_scope(element, so_far, seen)
        elif self._stops(found):
            yield so_far
        elif element in seen:  # round and round without anybody's doing
            self.cut = True
        elif found.kind in _SCOPES:
            for start in self._starts(element):
                yield from self.ways_from(start, so_far, seen | {element})
        else:
            yield from self.ways_from(element, so_far, seen | {element})

    def _left_scope(self, element: str, so_far: Ahead, seen: frozenset[str]) -> Iterator[Ahead]:
        """Nothing leaves the element: its sub-process goes on, or the process ends there."""
        scope = self._element(element).scope
        if scope is None:
            yield so_far
        else:
            yield from self.ways_from(scope, so_far, seen)

    def _step(self, element: Element) -> NextStep | None:
        name = element.name or element.id
        match element.kind:
            case "userTask":
                groups = self._definition.groups_of(element.id)
                return NextStep(kind="task", element=element.id, name=name, groups=groups)
            case "callActivity":
                return NextStep(kind="call", element=element.id, name=name, process_name=element.called_process or "")
            case "businessRuleTask":
                return NextStep(kind="rule", element=element.id, name=name)
            case "serviceTask" | "sendTask" | "scriptTask":
                return NextStep(kind="system", element=element.id, name=name)
            case "endEvent":
                back = "called" if self._called else ""
                inner = element.scope is not None
                return None if inner else NextStep(kind="end", element=element.id, name=name, words=back)
            case kind if kind in _GATEWAYS or kind in _PASSED or kind in _SCOPES:
                return None
            case _:
                return NextStep(kind="wait", element=element.id, name=name)

    @staticmethod
    def _stops(element: Element) -> bool:
        passed = _GATEWAYS | _PASSED | _SYSTEM | _SCOPES
        return element.kind not in passed

    def _condition(self, way: Way) -> Condition:
        gateway = self._element(way.source)
        return Condition(gateway=gateway.name, flow=way.name, expression=way.condition)

    def _starts(self, scope: str) -> list[str]:
        inside = [each for each in self._definition.elements.values() if each.scope == scope]
        starts = [each.id for each in inside if each.kind == "startEvent"]
        reached = {way.target for leaving in self._definition.ways.values() for way in leaving}
        return starts or [each.id for each in inside if each.id not in reached and "boundary" not in each.kind.lower()]

    def _element(self, element: str) -> Element:
        return self._definition.elements[element]
