"""What is kept of a sandbox beside its database, as canonical bytes in one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import canonical
from engine.errors import InvalidValue
from engine.scenarios import START, Action, Step, actions_of


@dataclass(slots=True, kw_only=True)
class Kept:
    """A sandbox between two clicks."""

    owner: str
    #: Key of the change.
    change: int
    process_id: str
    #: Name of the deployed files' database.
    deployed: str
    #: By the machine's clock.
    made_at: datetime
    #: Number of the database; another one with every replay.
    generation: int = 0
    #: Whether the database is as the steps say: not, where the program ended in the middle of one.
    whole: bool = True
    now: datetime = START
    #: Key of the instance; None: it is not started.
    instance: int | None = None
    steps: list[Step] = field(default_factory=list)
    #: What takes the place of jobs and calls that have not come up yet.
    pending: list[Action] = field(default_factory=list)
    #: Sequence flow that the owner wants to take; empty: none in particular.
    aim: str = ""

    @property
    def actions(self) -> list[Action]:
        """Everything that was done, as it can be done again."""
        return [*actions_of(self.steps), *self.pending]

    def encode(self) -> bytes:
        """Canonical bytes."""
        return canonical.encode(
            {
                "owner": self.owner,
                "change": self.change,
                "process": self.process_id,
                "deployed": self.deployed,
                "made_at": self.made_at,
                "generation": self.generation,
                "whole": self.whole,
                "now": self.now,
                "instance": self.instance,
                "steps": [step.as_value() for step in self.steps],
                "pending": [action.as_value() for action in self.pending],
                "aim": self.aim,
            }
        )

    @classmethod
    def decode(cls, content: bytes) -> Kept:
        """What the bytes hold.

        Raises:
            InvalidValue: they are none of ours.
        """
        value: Any = canonical.decode(content)
        try:
            return cls(
                owner=value["owner"],
                change=int(value["change"]),
                process_id=value["process"],
                deployed=value["deployed"],
                made_at=value["made_at"],
                generation=int(value["generation"]),
                whole=value["whole"],
                now=value["now"],
                instance=None if value["instance"] is None else int(value["instance"]),
                steps=[Step.of_value(one) for one in value["steps"]],
                pending=[Action.of_value(one) for one in value["pending"]],
                aim=value["aim"],
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise InvalidValue("this is no sandbox") from problem
