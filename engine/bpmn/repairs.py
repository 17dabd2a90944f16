"""What an operator does to tokens: lets one go on without its work, moves others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bpmn.problem import allowed
from engine.bpmn.scopes import lives
from engine.bpmn.specs.base import HIDDEN, Hidden
from engine.bpmn.specs.places import Edge, Part, leave_gateway
from engine.bpmn.specs.sub_processes import EventSubProcess, Scope, is_empty
from engine.errors import StepError

if TYPE_CHECKING:
    from engine.bpmn.instance import Instance
    from engine.bpmn.specs.base import Node
    from engine.bpmn.token import Token
    from engine.model import Modify, Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveToken:
    """A token as an operator sees it."""

    id: int
    element: str
    #: Element id of the sub-process that it is in; None: the process itself.
    scope: str | None
    #: Kind of its incident.
    incident: str | None
    #: Whether ``Skip`` takes it.
    can_skip: bool


def live_tokens(instance: Instance) -> list[LiveToken]:
    """The tokens that an operator can skip or cancel, the oldest first: what watches and what is inserted left out."""
    return [
        LiveToken(
            id=instance.public_id(token),
            element=token.task_spec.element,
            scope=_scope(token).element or None,
            incident=token.incident,
            can_skip=_can_skip(token),
        )
        for token in instance.tasks.values()
        if token is not instance.root and lives(token) and not isinstance(token.task_spec, Hidden)
    ]


def places(instance: Instance) -> list[str]:
    """Ids of the elements before which ``Modify`` can put a token, in the diagram's order."""
    found = []
    for name in instance.spec.task_specs:
        try:
            _place(instance, name)
        except StepError:
            continue
        found.append(name)
    return found


def skip(instance: Instance, command: Skip) -> None:
    """The token goes on as if its element were done; what it waits for is called off.

    Raises:
        StepError: there is no such token, or it stands at a choice, which only ``Modify`` can take.
    """
    token = _find(instance, command.id)
    node = token.task_spec
    if not _can_skip(token):
        raise StepError(
            f"{node.element} chooses its way and cannot be skipped. Please move the token instead.",
            message_zh="这里要选择去向,不能跳过;请改用“移动”。",
        )
    for name, value in allowed(command.variables).items():
        token.assign(name, value, outer=True)
    changes = token.tell_changes()
    if token.incident is not None:
        instance.close_incident(token, {"skipped": True})
    instance.cancel_all(token.held)
    if token.waits:
        node.tell_cancelled(token)
    instance.emit("element.skipped", token, changes or None)
    leave_gateway(token)
    node.go_on(token)


def modify(instance: Instance, command: Modify) -> None:
    """Set variables, put tokens before elements, then cancel others.

    Raises:
        StepError: a token or element is not there, or nothing would be left.
    """
    root = instance.root
    tokens = [_find(instance, public_id) for public_id in command.cancel]
    places = [_place(instance, element) for element in command.activate]
    for name, value in allowed(command.variables).items():
        root.assign(name, value)
    told = {"cancelled": [token.task_spec.element for token in tokens], "activated": list(command.activate)}
    instance.emit("instance.modified", value={**told, **root.tell_changes()})
    for spec, scope in places:
        instance.token(spec, scope)
    for token in tokens:
        if not token.gone:
            _cancel_up(token)
    if is_empty(root):
        raise StepError(
            "After that nothing would be left of the process. If it is to end, cancel the case instead.",
            message_zh="移动之后流程里没有任何步骤;如要结束,请改用“终止”。",
        )


def _scope(token: Token) -> Node:
    """The sub-process or process that a token is in."""
    holder = token.holder
    while not isinstance(holder.task_spec, Scope):
        holder = holder.holder
    return holder.task_spec


def _can_skip(token: Token) -> bool:
    """Whether it is clear where the token goes on."""
    node = token.task_spec
    return not node.chooses_early and not (node.conditions and token.chosen is None)


def _cancel_up(token: Token) -> None:
    """Cancel a token, and the scopes in which nothing is left then; what was being compensated is over."""
    holder = token.holder
    token.cancel()
    if holder.task_spec.is_record:
        holder.task_spec.body_left(holder)
    elif holder.id and is_empty(holder):
        _cancel_up(holder)


def _find(instance: Instance, public_id: int) -> Token:
    token = instance.find(public_id)
    if token is not None and isinstance(token.task_spec, Part):
        token = token.holder
    if token is None or not lives(token):
        raise StepError(
            f"This step is over (there is no token {public_id}). Please reload the page.",
            message_zh="该步骤已结束,请刷新页面。",
        )
    return token


def _place(instance: Instance, element: str) -> tuple[Node, Token]:
    """An element and the token of the scope that it is in.

    Raises:
        StepError: no token can be put there.
    """
    spec = instance.spec.task_specs.get(element)
    if spec is None or element.startswith(HIDDEN) or isinstance(spec, Edge | EventSubProcess) or spec.is_record:
        raise StepError(
            f"No token can be put before {element}. Please choose another step.", message_zh=f"不能移动到 {element}。"
        )
    around = instance.spec.scope_of.get(element)
    if around is None:
        return spec, instance.root
    running = [token for token in instance.tasks.values() if token.task_spec.name == around and token.waits]
    if len(running) != 1:
        raise StepError(
            f"The sub-process around {element} runs {len(running)} times, not once. Please "
            "move to the sub-process itself.",
            message_zh="该步骤所在的子流程没有在进行,或同时在多处进行;请移动到子流程本身。",
        )
    return spec, running[0]
