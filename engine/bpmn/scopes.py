"""Who catches what is thrown: handlers and boundary events, from the inside outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.frame import COMPLETED

if TYPE_CHECKING:
    from engine.bpmn.specs.places import Edge
    from engine.bpmn.token import Token
    from engine.bpmn.trigger import Trigger


def nearest(origin: Token, trigger: Trigger, code: str) -> tuple[Token, Edge] | None:
    """The nearest event that catches an error or escalation thrown at a token, with the token whose event it is.

    At each level the event sub-processes of the scope come before the boundary events of its activity, and what names
    the code before what catches all. A handler does not catch what is thrown within itself, and a scope that an
    interrupting handler has taken over has no other handlers left.

    Source: BPMN 2.0.2 §10.5.6.
    """
    inside, host = None, origin
    while True:
        spec = host.task_spec
        if spec.handlers and not taken_over(host):
            own = None if inside is None else inside.task_spec
            found = _naming(tuple(entry for entry in spec.handlers if entry[2].sub_process is not own), trigger, code)
            if found is not None:
                return host, found
        found = _naming(spec.catchers, trigger, code)
        if found is not None:
            return host, found
        if host is host.holder:
            return None
        inside, host = host, host.holder


def taken_over(scope: Token) -> bool:
    """Whether an interrupting event sub-process runs in a scope."""
    return any(held.task_spec.takes_over for held in scope.held)


def lives(token: Token) -> bool:
    """Whether a token keeps its scope open: what only watches does so from the moment it has fired."""
    return token.task_spec.keeps_scope or token.state_number == COMPLETED


def is_leaving(holder: Token) -> bool:
    """Whether an activity or a scope around it is done, though its token has yet to leave: nothing of it fires."""
    while holder.waits and holder.id:
        holder = holder.holder
    return not holder.waits


def is_process(scope: Token) -> bool:
    """Whether what ends in a scope ends the process: in itself, or in a handler that took it over, or took over one."""
    while scope.task_spec.takes_over:
        scope = scope.holder
    return scope is scope.workflow.root


def _naming(entries: tuple[tuple[Trigger, str | None, Edge], ...], trigger: Trigger, code: str) -> Edge | None:
    fitting = [entry for entry in entries if entry[0] is trigger and entry[1] in (code, None)]
    named = [entry for entry in fitting if entry[1] is not None]
    return (named or fitting)[0][2] if fitting else None
