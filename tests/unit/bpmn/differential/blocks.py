"""The language of the random processes: blocks that are put into each other, as plain values.

A block is entered by one token and left by at most one. What a diagram needs besides (merging gateways before a join)
has an id that ends in ``_aux``. Conditions are small values too: written as FEEL for the engine, evaluated in Python
by the reference interpreter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

OPERATORS: Final[dict[str, Callable[[int, int], bool]]] = {"<": operator.lt, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class When:
    """``name operator value``."""

    name: str
    operator: str
    value: int

    def feel(self) -> str:
        return f"={self.name} {self.operator} {self.value}"

    def python(self) -> str:
        return f"{self.name} {'==' if self.operator == '=' else self.operator} {self.value}"

    def holds(self, found: object) -> bool:
        return isinstance(found, int) and OPERATORS[self.operator](found, self.value)


@dataclass(frozen=True, slots=True)
class Sum:
    """A variable plus a number, or the number alone."""

    name: str | None
    plus: int

    def feel(self) -> str:
        return f"={self.plus}" if self.name is None else f"={self.name} + {self.plus}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an event waits for; ``name`` is that of a message or signal, or a code ("" catches every error)."""

    kind: str  # timer, cycle, message, signal, condition, error, escalation, compensate, cancel, multiple
    name: str = ""
    when: When | None = None
    #: How often a cycle fires.
    times: int = 1
    #: Of a multiple event: what it waits for, and whether for all of it.
    parts: tuple[Trigger, ...] = ()
    together: bool = False


#: Events that do not wait: what is thrown looks for them.
CALLED: Final = ("error", "escalation", "compensate", "cancel")


# --- activities --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    writes: tuple[str, ...]
    #: The tag of its element: serviceTask or sendTask.
    tag: str = "serviceTask"


@dataclass(frozen=True, slots=True)
class Plain:
    tag: str = "task"


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    value: Sum


@dataclass(frozen=True, slots=True)
class Receive:
    message: str


@dataclass(frozen=True, slots=True)
class Sub:
    """A sub-process or a transaction: a body, event sub-processes, and variables of its own."""

    body: Sequence
    watchers: tuple[Watcher, ...] = ()
    data: tuple[str, ...] = ()
    tag: str = "subProcess"


@dataclass(frozen=True, slots=True)
class AdHoc:
    """Activities without order between them; ``until`` is its completion condition."""

    bodies: tuple[Sequence, ...]
    ordered: bool
    until: When | None = None
    cancel_rest: bool = True


Work: TypeAlias = User | Job | Plain | Script | Receive | Sub | AdHoc


@dataclass(frozen=True, slots=True)
class StandardLoop:
    again: When
    before: bool
    most: int | None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    items: tuple[int, ...]
    sequential: bool
    #: Name of the variable of each item; "" with a cardinality in place of a list.
    element: str
    output: str
    #: The variable whose value an item gives to the output.
    gives: str
    until: When | None


@dataclass(frozen=True, slots=True)
class Boundary:
    """An event at an activity; its path joins the flow after the activity, or ends by itself."""

    id: str
    trigger: Trigger
    interrupting: bool
    path: Sequence
    rejoins: bool


@dataclass(frozen=True, slots=True)
class Watcher:
    """An event sub-process."""

    id: str
    trigger: Trigger
    interrupting: bool
    inside: Sub


@dataclass(frozen=True, slots=True)
class Activity:
    id: str
    work: Work
    boundaries: tuple[Boundary, ...] = ()
    repeat: StandardLoop | MultiInstance | None = None
    #: What compensates it.
    undo: Activity | None = None


# --- flow --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sequence:
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A way out of a choice; without a condition it is always taken (or the default)."""

    body: Sequence
    when: When | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Exclusive:
    id: str
    branches: tuple[Branch, ...]
    #: Without a gateway that merges, several flows lead into what follows.
    merged: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """The body, again as long as the test holds."""

    id: str
    body: Sequence
    again: When


@dataclass(frozen=True, slots=True)
class Parallel:
    id: str
    bodies: tuple[Sequence, ...]


@dataclass(frozen=True, slots=True)
class Inclusive:
    id: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """An activity with several outgoing flows; joined by an inclusive gateway, or each ends by itself."""

    id: str
    head: Activity
    branches: tuple[Branch, ...]
    joined: bool


@dataclass(frozen=True, slots=True)
class Complex:
    """A fork, and a complex gateway that goes with ``needed`` of the branches; ``late`` runs when the rest is over."""

    id: str
    bodies: tuple[Sequence, ...]
    needed: int
    late: Sequence
    #: Whether the way on has a condition; without one it is not taken again.
    asked: bool


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    trigger: Trigger
    path: Sequence


@dataclass(frozen=True, slots=True)
class EventGateway:
    id: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Catch:
    id: str
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Throw:
    """An intermediate event: none, message, signal, escalation or compensation."""

    id: str
    kind: str
    name: str = ""
    #: Whether a compensation is waited for.
    waits: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """The token ends here: none, message, signal, escalation, compensation, error, terminate or cancel."""

    id: str
    kind: str
    name: str = ""
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A throw and a catch of the same name, and no flow between them."""

    id: str


Block: TypeAlias = (
    Activity
    | Sequence
    | Exclusive
    | Loop
    | Parallel
    | Inclusive
    | Fork
    | Complex
    | EventGateway
    | Catch
    | Throw
    | End
    | Link
)


@dataclass(frozen=True, slots=True)
class Process:
    """A random process and the values of its variables at the start."""

    inside: Sub
    start: dict[str, int]
    #: Codes of errors that jobs may fail with.
    errors: tuple[str, ...] = ()


def leaves(block: Block) -> bool:
    """Whether a token can come out at the end of a block."""
    match block:
        case End():
            return False
        case Sequence(blocks):
            return all(leaves(inner) for inner in blocks)
        case Exclusive(branches=branches) | Inclusive(branches=branches):
            return any(leaves(branch.body) for branch in branches)
        case Fork(branches=branches, joined=joined):
            return joined and any(leaves(branch.body) for branch in branches)
        case EventGateway(options=options):
            return any(leaves(option.path) for option in options)
        case Loop(body=body):
            return leaves(body)
        case Parallel(bodies=bodies):
            return any(leaves(body) for body in bodies)
        case _:
            return True
