"""What a generator may draw at a place, so that the result of a step does not depend on the order of its tokens.

A lane is what one token runs along. It writes variables of its own only, and reads those and what nobody writes while
it runs. Whatever ends or interrupts others is drawn only where a token is alone: nothing else moves in the same step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol


class Chance(Protocol):
    """Where the choices come from: hypothesis, or a random number with a seed."""

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1; smaller ones are simpler."""
        ...


@dataclass
class Lane:
    #: Variables that this lane writes, and reads.
    own: list[str]
    #: Variables that nobody writes while this lane runs.
    frozen: list[str]
    #: Names of the local variables of the scope, where new ones are to be local; None: of the process.
    data: list[str] | None = None
    #: Nothing else moves in the same step.
    alone: bool = True
    #: The token may end here, without deadlocking a join.
    may_die: bool = True
    in_loop: bool = False
    #: A join of a loop waits for the token: it must come, or a new round would begin beside an old one.
    must_leave: bool = False
    #: Several tokens may run along here: no joins.
    shared: bool = False
    #: Several may run along here or in what is inside, with the same variables: nothing that wakes all of them at once.
    twice: bool = False
    #: Codes that somebody around catches.
    errors: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    #: Activities of this scope that can be compensated; None: nothing may be.
    undoable: list[str] | None = field(default_factory=list)
    #: A transaction is around.
    cancellable: bool = False
    depth: int = 0

    @property
    def readable(self) -> list[str]:
        return self.own + self.frozen

    def beside(self, **changes: object) -> Lane:
        """A lane that starts here and runs beside others."""
        changed = {"own": [], "frozen": self.readable, "alone": False, "depth": self.depth + 1, **changes}
        return replace(self, **changed)  # type: ignore[arg-type]


@dataclass
class Supply:
    """Names that are used once, and how much may still be drawn."""

    chance: Chance
    left: int
    count: int = 0
    start: dict[str, int] = field(default_factory=lambda: {"c0": 1, "c1": 3})
    #: Signals that are caught somewhere beside.
    signals: list[str] = field(default_factory=list)
    #: Codes of errors that somebody catches.
    errors: list[str] = field(default_factory=list)

    def id(self, prefix: str) -> str:
        self.count += 1
        self.left -= 1
        return f"{prefix}{self.count}"

    def number(self) -> int:
        return self.chance.below(5)

    def one_in(self, bound: int) -> bool:
        return self.chance.below(bound) == bound - 1

    def pick(self, things: list[str]) -> str:
        return things[self.chance.below(len(things))]

    def variable(self, prefix: str = "v") -> str:
        """A variable of the process that has a number from the start."""
        self.count += 1
        name = f"{prefix}{self.count}"
        self.start[name] = 0 if prefix == "k" else self.number()
        return name
