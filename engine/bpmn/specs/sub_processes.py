"""Sub-processes of every sort: embedded, event, transaction, ad hoc."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from engine.bpmn.frame import READY
from engine.bpmn.problem import PROBLEMS, Problem, holds
from engine.bpmn.scopes import lives
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.places import Boundary

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.feel import Expression


class Scope(Node):
    """What holds the tokens of a body: a sub-process, or the process itself."""

    def watch(self, token: Token) -> None:
        """The event sub-processes of the scope begin to watch."""
        for start in self.watchers:
            token.workflow.token(start, token, side=token.side)

    def body_left(self, token: Token) -> None:
        """The last token of the body takes the scope to its end."""
        if token.waits and is_empty(token):
            token.finish()

    def cancel_body(self, token: Token, *spared: Token) -> None:
        """Cancel what lives in the scope, what watches it included; what it remembers and its own events stay.

        Args:
            token: of the scope.
            spared: what is left alone.
        """
        token.workflow.cancel_all(
            [
                held
                for held in token.held
                if held not in spared
                and not held.task_spec.is_record
                and (lives(held) or not isinstance(held.task_spec, Boundary))
            ]
        )


def is_empty(scope: Token) -> bool:
    """Whether nothing that keeps the scope open is left in it."""
    return not any(lives(held) for held in scope.held)


class SubProcess(Scope):
    """An embedded sub-process: its token holds those of its body, and leaves when none is left."""

    first: Node

    def _run_hook(self, token: Token) -> None:
        self.tell_entered(token)
        self.wait(token)
        self.watch(token)
        token.workflow.token(self.first, token)


class Transaction(SubProcess):
    """A sub-process that can be cancelled (BPMN 2.0.2 §10.3.5)."""

    is_transaction: ClassVar = True

    def cancelled(self, token: Token) -> None:
        """Everything is compensated: leave by the cancel boundary event."""
        host = token if self.loop is None else token.holder
        boundary = host.task_spec.cancel_boundary
        if boundary is not None:
            boundary.caught(host, {}, {})


class EventSubProcess(Scope):
    """Begun by its start event, which waits in it until it has been entered (BPMN 2.0.2 §13.5.4)."""

    def _run_hook(self, token: Token) -> None:
        self.tell_entered(token)
        self.watch(token)
        for held in list(token.held):
            if held.state_number == READY:
                held.finish()


class AdHoc(Scope):
    """Begins its activities without their order being drawn (BPMN 2.0.2 §13.3.5).

    Its token remembers ``next``: what a sequential one has still to begin, and ``closing``: nothing new begins.
    """

    is_ad_hoc: ClassVar = True

    #: Its activities without incoming flows, in the document's order.
    starts: tuple[Node, ...] = ()
    #: Names of all of them.
    activities: tuple[str, ...] = ()
    sequential: bool = False
    completion: Expression | None = None
    cancels_rest: bool = True
    #: A list of ids of elements to begin.
    active: Expression | None = None

    def _run_hook(self, token: Token) -> bool | None:
        chosen = self._chosen(token)
        self.tell_entered(token)
        if not chosen:
            return True
        self.wait(token)
        self.watch(token)
        self._begin(token, chosen)
        return None

    def _chosen(self, token: Token) -> list[str]:
        """Names of what is to be begun.

        Raises:
            Problem: the collection is no list of ids of its activities.
        """
        if self.active is None:
            return [node.name for node in self.starts]
        value: Any = self.active(token.look, token.workflow.now)
        specs = self._wf_spec.task_specs
        inside = {specs[name].element: name for name in self.activities}
        if not isinstance(value, list) or any(not isinstance(one, str) or one not in inside for one in value):
            raise Problem("expression", "the active elements are no list of ids of activities of this sub-process")
        return [inside[one] for one in value]

    def _begin(self, token: Token, names: Iterable[str]) -> None:
        names = list(names)
        if self.sequential:
            token.memory = {**(token.memory or {}), "next": names[1:]}
            names = names[:1]
        for name in names:
            token.workflow.token(self._wf_spec.task_specs[name], token, side=token.side)

    def cancel_body(self, token: Token, *spared: Token) -> None:
        """Nothing new begins in what was cancelled."""
        token.memory = {**(token.memory or {}), "closing": True}
        super().cancel_body(token, *spared)

    def body_left(self, token: Token) -> None:
        """A token in it ended."""
        self.inner_left(token, None)

    def resolved(self, token: Token) -> None:
        """What hindered it is mended: look again."""
        self.inner_left(token, None)

    def inner_left(self, token: Token, inner: Node | None) -> None:
        """An activity in it is over: is everything?"""
        if not token.waits:
            return
        try:
            self._look(token, inner)
        except PROBLEMS as problem:
            token.workflow.stop(token, problem)
        else:
            if token.incident is not None:
                token.workflow.close_incident(token, {})

    def _look(self, token: Token, inner: Node | None) -> None:
        closing = bool((token.memory or {}).get("closing"))
        asked = None if closing else self.completion
        done = asked is not None and holds(asked, token.look, token.workflow.now)
        if done and self.cancels_rest:
            self.cancel_body(token)
            token.finish()
        elif done or closing:
            token.memory = {**(token.memory or {}), "closing": True}
            if is_empty(token):
                token.finish()
        elif self.completion is None:
            self._next_or_end(token)
        else:
            self._offer_again(token, inner)

    def _next_or_end(self, token: Token) -> None:
        rest = (token.memory or {}).get("next")
        if rest and _is_idle(token):
            self._begin(token, rest)
        elif not rest and is_empty(token):
            token.finish()

    def _offer_again(self, token: Token, inner: Node | None) -> None:
        """The condition is false: a person's task is offered again at once, all else when nothing runs any more."""
        again = [inner.name] if inner in self.starts and inner is not None and inner.asks_person else []
        if not self.sequential and again:
            self._begin(token, again)
        elif _is_idle(token):
            self._begin(token, (token.memory or {}).get("next") or self._chosen(token))


def _is_idle(scope: Token) -> bool:
    """Whether nothing but event sub-processes runs in a scope."""
    return not any(
        held.task_spec.keeps_scope and not isinstance(held.task_spec, EventSubProcess) for held in scope.held
    )
