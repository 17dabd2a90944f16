"""What came of a scenario."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine import canonical
from engine.model import Variables
from engine.scenarios.action import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a scenario did, and the first thing that was not as it says."""

    no: str
    title: str
    #: Id of the end event reached; None: it never got there.
    end: str | None
    path: tuple[str, ...]
    variables: Variables
    #: None: everything held.
    problem: str | None
    #: The same in Chinese, with the elements' names.
    problem_zh: str | None = None
    #: (process id, flow or element id) of what was taken and (decision id, number) of rules, called processes included.
    taken: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    #: What was done, one after the other.
    steps: tuple[Step, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return self.problem is None

    def as_json(self) -> str:
        """One line: no, ok, end, path, variables, problem."""
        fields = {
            "no": self.no,
            "ok": self.ok,
            "end": self.end,
            "path": list(self.path),
            "variables": dict(self.variables),
            "problem": self.problem,
        }
        return canonical.encode(fields).decode()
