"""Inclusive and complex gateways: joins that go on when nothing more can come.

Source: BPMN 2.0.2 §13.4.3, §13.4.5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.problem import holds
from engine.bpmn.specs.base import Hidden, overlaid
from engine.bpmn.specs.gateways import Join

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.feel import Expression


class Merging(Join):
    """A gateway that knows from where its incoming flows can be reached."""

    rests: ClassVar = True
    chooses_early: ClassVar = True

    #: Incoming flow (as tokens name it) → specs from which a token may still come by it without passing the gateway.
    reach: Mapping[str, frozenset[str]] = {}
    #: The same without ways through events that do not interrupt: those bring a token beside the one that is there.
    own_reach: Mapping[str, frozenset[str]] = {}

    def complete(self, scope: Token, filled: Collection[str | None]) -> bool:
        """Whether no token of a scope can reach an incoming flow that has none.

        One that can reach a filled flow as well does not count, as the standard says.
        """
        places = {token.task_spec.name for token in scope.held if token.task_spec is not self}
        empty = [around for via, around in self.reach.items() if via not in filled]
        full = [around for via, around in self.own_reach.items() if via in filled]
        return all(
            any(place in around for around in full) or not any(place in around for around in empty) for place in places
        )

    def consume(self, first: Mapping[str | None, Token], chosen: list[str], *, survivor: Token) -> None:
        """Make one token of those that are consumed, which takes the chosen flows."""
        for token in first.values():
            if token is not survivor:
                self.merge(token, survivor)
        survivor.chosen = chosen


def first_of_each(tokens: list[Token]) -> dict[str | None, Token]:
    """The earliest token of each flow."""
    first: dict[str | None, Token] = {}
    for token in tokens:
        first.setdefault(token.via, token)
    return first


class Inclusive(Merging):
    """Forks along all true conditions, and joins what was forked."""

    def _run_hook(self, token: Token) -> bool | None:
        if len(self.reach) < 2:
            token.chosen = self.choose(token, token.look)
            self.tell_entered(token)
            return True
        self.tell_entered(token)
        return None

    def awake(self, token: Token) -> bool:
        """Join when the rule of the standard allows it; the earliest of the waiting tokens asks."""
        waiting = self.arrived(token.holder)
        if waiting[0] is not token:
            return False
        first = first_of_each(waiting)
        if not self.complete(token.holder, first):
            return False
        self.consume(first, self.choose(token, token.look), survivor=token)
        token.finish()
        return True


class Complex(Merging):
    """Joins as soon as its activation condition is true, then waits for the rest (``Rest``)."""

    activation: Expression | None = None
    rest: Rest

    def _run_hook(self, token: Token) -> bool | None:
        if len(self.reach) < 2:
            token.chosen = self.choose(token, token.look)
            self.tell_entered(token)
            return True
        waiting = [*self.arrived(token.holder), token]
        chosen = self._chosen(token, waiting)
        self.tell_entered(token)
        if chosen is None:
            return None
        first = first_of_each(waiting)
        survivor = token if first[token.via] is token else next(iter(first.values()))
        self._activate(first, chosen, survivor)
        if survivor is token:
            return True
        survivor.finish()
        return None

    def awake(self, token: Token) -> bool:
        """What the activation condition reads may have changed."""
        waiting = self.arrived(token.holder)
        chosen = self._chosen(token, waiting) if waiting[0] is token else None
        if chosen is None:
            return False
        self._activate(first_of_each(waiting), chosen, token)
        token.finish()
        return True

    def _chosen(self, token: Token, waiting: list[Token]) -> list[str] | None:
        """The flows to take if the gateway is activated, else None."""
        if self.activation is None or any(held.task_spec is self.rest for held in token.holder.held):
            return None
        seen = {"activationCount": Decimal(len(waiting)), "waitingForStart": True}
        look = overlaid(seen, token.look)
        if not holds(self.activation, look, token.workflow.now):
            return None
        return self.choose(token, look)

    def _activate(self, first: Mapping[str | None, Token], chosen: list[str], survivor: Token) -> None:
        rest = survivor.workflow.place(self.rest, survivor.holder)
        rest.memory = {"consumed": sorted(str(via) for via in first)}
        rest.workflow.resting.append(rest)
        self.consume(first, chosen, survivor=survivor)
        rest.side = survivor.side


class Rest(Hidden):
    """A complex gateway that was activated and waits for the tokens that are still to come."""

    rests: ClassVar = True
    gateway: Complex

    def awake(self, token: Token) -> bool:
        """Consume the rest when no more can come; flows whose condition is true now are taken, if any."""
        gateway, scope = self.gateway, token.holder
        consumed = (token.memory or {})["consumed"]
        first = {via: t for via, t in first_of_each(gateway.arrived(scope)).items() if via not in consumed}
        if not gateway.complete(scope, {*consumed, *first}):
            return False
        seen = {"activationCount": Decimal(len(first)), "waitingForStart": False}
        chosen = gateway.choose(token, overlaid(seen, token.look), reset=True)
        for waiting in first.values():
            gateway.merge(waiting, token)
        for name in chosen:
            flow = self._wf_spec.flow_ids.get((gateway.name, name))
            if flow is not None:
                token.workflow.emit("flow.taken", element=flow)
            token.workflow.token(self._wf_spec.task_specs[name], scope, side=token.side, via=flow or gateway.name)
        token.remove()
        scope.task_spec.body_left(scope)
        return True
