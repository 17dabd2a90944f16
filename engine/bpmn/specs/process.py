"""The graph of one process, flat: a sub-process's elements are in it too, its scope is the token that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.frame import SpiffProcess, SpiffRoot
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.sub_processes import Scope, is_empty

if TYPE_CHECKING:
    from engine.bpmn.specs.gateways import EventBased
    from engine.bpmn.token import Token
    from engine.feel import Expression


class Root(Scope, SpiffRoot):
    """What holds the tokens of the process scope; never over, never in the state."""

    def body_left(self, token: Token) -> None:
        """Nothing keeps the process open any more: what watches it and what it remembers goes."""
        if is_empty(token):
            token.workflow.cancel_all(token.held)


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
        #: Event behind an event-based gateway that starts instances → that gateway.
        self.instantiating: dict[str, EventBased] = {}
        #: Spec → spec of the sub-process that it is in.
        self.scope_of: dict[str, str] = {}
