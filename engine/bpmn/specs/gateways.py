"""Gateways: the exclusive choice is SpiffWorkflow's, joins and event-based gateways are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.frame import SpiffChoice, WorkflowException
from engine.bpmn.problem import Problem
from engine.bpmn.specs.base import Node

if TYPE_CHECKING:
    from engine.bpmn.token import Token


class Exclusive(Node, SpiffChoice):
    """Takes the first flow, in the document's order, whose condition is true; else the default."""

    chooses_early: ClassVar = True

    def _run_hook(self, token: Token) -> bool:
        try:
            SpiffChoice._run_hook(self, token)
        except WorkflowException as problem:
            raise Problem("expression", "no condition is true and there is no default flow") from problem
        self.tell_entered(token)
        return True


class Join(Node):
    """A gateway that counts the tokens of each incoming flow."""

    counts_flows: ClassVar = True

    def arrived(self, scope: Token) -> list[Token]:
        """The tokens that wait at it in a scope, the earliest first."""
        return [token for token in scope.held if token.task_spec is self and token.waits]

    def merge(self, token: Token, survivor: Token) -> None:
        """A token goes into the one that completes the join; a main token makes the survivor a main one."""
        survivor.side = survivor.side and token.side
        token.report = {"merged_into": survivor.id}
        self.tell_completed(token)
        if token.incident is not None:
            token.workflow.close_incident(token, {})
        token.remove()


class Parallel(Join):
    """Forks, and joins one token of each incoming flow.

    Source: BPMN 2.0.2 §13.4.1. Tokens are counted a flow, so that a join in a loop takes part in each round alone.
    """

    def _run_hook(self, token: Token) -> bool | None:
        self.tell_entered(token)
        if len(self._inputs) < 2:
            return True
        first: dict[str | None, Token] = {}
        for other in self.arrived(token.holder):
            first.setdefault(other.via, other)
        first.setdefault(token.via, token)
        if len(first) < len(self._inputs) or first[token.via] is not token:
            return None
        for other in first.values():
            if other is not token:
                self.merge(other, token)
        return True


class EventBased(Node):
    """Waits for the first of several events; its token holds theirs (BPMN 2.0.2 §13.4.4)."""

    chooses_early: ClassVar = True

    #: Of one that starts instances: whether all its messages must come.
    all_of_them: bool = False

    def _run_hook(self, token: Token) -> None:
        self.tell_entered(token)
        for name in self._outputs:
            token.workflow.token(self._wf_spec.task_specs[name], token, side=token.side)

    def chosen_by(self, token: Token, event: Token) -> None:
        """An event came first: the others are called off."""
        event.move(token.holder)
        flow = self._wf_spec.flow_ids.get((self.name, event.task_spec.name))
        self.tell_completed(token)
        if flow is not None:
            token.workflow.emit("flow.taken", element=flow)
        token.workflow.cancel_all(token.held)
        token.remove()
