"""The bytes of a state: live tokens and inner scopes, specs by name; canonical, and no longer for a long history.

Specs go by name, not by position: a later release may compile the same diagram differently, and old states must load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from engine import canonical
from engine.bpmn.frame import COMPLETED, FUTURE, STARTED
from engine.bpmn.instance import Instance
from engine.bpmn.specs.process import ProcessSpec
from engine.bpmn.timing import from_microseconds, to_microseconds
from engine.bpmn.token import Token
from engine.errors import StepError
from engine.model import Facts, InstanceState

VERSION: Final = 1


class _Token(msgspec.Struct, omit_defaults=True, frozen=True):
    """One live token."""

    number: int = msgspec.field(name="n")
    element: str = msgspec.field(name="e")
    #: Number of the token that holds it; 0: the process scope.
    holder: int = msgspec.field(name="h", default=0)
    state: int = msgspec.field(name="s", default=STARTED)
    via: str | None = msgspec.field(name="v", default=None)
    side: bool = msgspec.field(name="b", default=False)
    due: int | None = msgspec.field(name="d", default=None)
    left: int | None = msgspec.field(name="l", default=None)
    incident: str | None = msgspec.field(name="i", default=None)
    told: bool = msgspec.field(name="t", default=False)
    #: Names of specs: the way that was chosen by a token that could not leave yet.
    chosen: list[str] | None = msgspec.field(name="c", default=None)


class _State(msgspec.Struct, omit_defaults=True, frozen=True):
    """An instance between two steps."""

    version: int
    counter: int
    end_state: str | None = None
    tokens: list[_Token] = []
    #: Local variables by the number of the token, canonical bytes each.
    scopes: dict[str, msgspec.Raw] = {}
    #: What elements remember, by the number of the token, canonical bytes each.
    memories: dict[str, msgspec.Raw] = {}


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(_State)


def dump(instance: Instance, renamed: Callable[[str], str] | None = None) -> bytes:
    """Canonical bytes of a state: the same state gives the same bytes.

    Args:
        instance: between two steps.
        renamed: gives specs and flows the names that they have in another version; None: they keep theirs.
    """
    name_of = renamed or _same
    rows, scopes, memories = [], {}, {}
    for number in sorted(instance.tasks):
        token: Token = instance.tasks[number]
        if token is instance.root:
            continue
        rows.append(
            _Token(
                number=number,
                element=name_of(token.task_spec.name),
                holder=token.holder.id,
                state=token.state_number,
                via=None if token.via is None else name_of(token.via),
                side=token.side,
                due=None if token.due is None else to_microseconds(token.due),
                left=token.left,
                incident=token.incident,
                told=token.told,
                chosen=_chosen(token, name_of),
            )
        )
        if token.local is not None:
            scopes[str(number)] = msgspec.Raw(canonical.encode(token.local))
        if token.memory is not None:
            memories[str(number)] = msgspec.Raw(canonical.encode(token.memory))
    return _ENCODER.encode(
        _State(
            version=VERSION,
            counter=instance.counter,
            end_state=instance.end_state,
            tokens=rows,
            scopes=scopes,
            memories=memories,
        )
    )


def _same(name: str) -> str:
    return name


def _chosen(token: Token, name_of: Callable[[str], str]) -> list[str] | None:
    if token.state_number != COMPLETED or token.chosen is None:
        return None
    return [name_of(name) for name in token.chosen]


def load(spec: ProcessSpec, state: InstanceState, facts: Facts) -> Instance:
    """The instance of a state.

    Raises:
        StepError: the state is of another version, or of another definition.
    """
    instance = Instance(spec, state.key, state.variables, facts)
    if state.state is None:
        return instance
    stored = _DECODER.decode(state.state)
    if stored.version != VERSION:
        raise StepError(f"the state has version {stored.version}")
    instance.counter, instance.end_state = stored.counter, stored.end_state
    specs = spec.task_specs
    for row in stored.tokens:
        if row.element not in specs:
            raise StepError(f"the definition has no element {row.element}")
        token = Token(instance, specs[row.element], None, number=row.number, state=row.state)
        token.via, token.side, token.left = row.via, row.side, row.left
        token.incident, token.told, token.chosen = row.incident, row.told, row.chosen
        token.due = None if row.due is None else from_microseconds(row.due)
        if token.task_spec.rests:
            instance.resting.append(token)
    for row in stored.tokens:
        instance.tasks[row.number].hold_by(instance.tasks[row.holder])
    for number, scope in stored.scopes.items():
        token = instance.tasks[int(number)]
        token.local = canonical.decode(bytes(scope))
        if token.state_number == FUTURE:
            token.given = token.local
    for number, memory in stored.memories.items():
        instance.tasks[int(number)].memory = canonical.decode(bytes(memory))
    return instance
