"""The graph of one process, flat: a sub-process's elements are in it too, its scope is the token that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.frame import SpiffProcess, SpiffRoot
from engine.bpmn.specs.base import Node

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.feel import Expression


class Root(Node, SpiffRoot):
    """What holds the tokens of the process scope; never over, never in the state."""

    def body_left(self, token: Token) -> None:
        """The step sees at its end whether tokens are left."""


class ProcessSpec(SpiffProcess):
    """Specs by element id, flows by (source, target), and the registers' columns."""

    task_specs: dict[str, Node]

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name=name, description=description)
        # The frame's own start and end specs are not used: tokens end where no flow goes on.
        self.task_specs.clear()
        self.start = Root(self, "~root")
        self.flow_ids: dict[tuple[str, str], str] = {}
        self.registers: dict[str, Expression] = {}
