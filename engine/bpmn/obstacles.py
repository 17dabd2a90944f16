"""What keeps a running instance from going on under another version: a sentence for each token that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn.correspondence import Correspondence
from engine.bpmn.frame import COMPLETED, FUTURE
from engine.bpmn.instance import Instance
from engine.bpmn.specs.activities import CallActivity
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.gateways import EventBased
from engine.bpmn.specs.loops import MultiInstance
from engine.bpmn.specs.places import Edge
from engine.bpmn.token import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a token cannot go on; the element is the source's."""

    element: str
    zh: str
    en: str


def obstacles(old: Instance, pair: Correspondence) -> Iterator[Obstacle]:
    """Everything that keeps an instance of the source from going on in the target."""
    for token in old.tasks.values():
        if token is not old.root and not is_dropped(token, pair):
            yield from _of_token(token, pair)


def is_dropped(token: Token, pair: Correspondence) -> bool:
    """Whether a token, or one that holds it, only watches, and nothing in the target watches in its place."""
    while token.id:
        if _watches(token) and not _finds_its_place(token, pair):
            return True
        token = token.holder
    return False


def _watches(token: Token) -> bool:
    """Whether it waits beside the flow: at the edge of something, or for the first of several events."""
    spec = token.task_spec
    begins = token.waits or token.state_number == FUTURE  # it could not begin: an incident
    return begins and (isinstance(spec, Edge) or isinstance(token.holder.task_spec, EventBased))


def _finds_its_place(token: Token, pair: Correspondence) -> bool:
    """Whether the target has such an event at the same activity, scope or gateway."""
    spec, around = pair.spec_of(token.task_spec), _spec_of(token.holder, pair)
    if spec is None or around is None or type(spec) is not type(token.task_spec):
        return False
    if isinstance(around, EventBased):
        return spec.name in around._outputs
    return spec in around.boundaries or spec in around.watchers


def _spec_of(token: Token, pair: Correspondence) -> Node | None:
    return pair.target.spec.start if not token.id else pair.spec_of(token.task_spec)


def _of_token(token: Token, pair: Correspondence) -> Iterator[Obstacle]:
    spec = token.task_spec
    target = pair.spec_of(spec)
    name = pair.source.name_of(spec.element)
    if target is None:
        yield _obstacle(
            spec, f"“{name}”在新版本里没有对应的步骤。", f"Nothing in the new version stands for {spec.element}."
        )
        return
    if type(target) is not type(spec) or _is_other_loop(spec, target):
        yield _obstacle(
            spec,
            f"“{name}”在新版本里是另一种步骤。",
            f"{spec.element} is another kind of element in the new version.",
        )
        return
    yield from _of_place(token, target, pair, name)
    yield from _of_ways(token, target, pair, name)
    if isinstance(spec, CallActivity) and spec.extensions.process_id != target.extensions.process_id:
        yield _obstacle(
            spec,
            f"“{name}”正在调用的流程在新版本里换了。",
            f"{spec.element} is calling a process that the new version does not call there.",
        )


def _of_place(token: Token, target: Node, pair: Correspondence, name: str) -> Iterator[Obstacle]:
    """It must be in the scope, the loop or at the activity that stands for the one it is in."""
    if _watches(token):
        return  # it has found its place, else it would have been dropped
    source_scope, target_scope = pair.source.spec.scope_of, pair.target.spec.scope_of
    was, now = source_scope.get(token.task_spec.name), target_scope.get(target.name)
    if ("" if was is None else pair.name_of(was)) != (now or ""):
        yield _obstacle(
            token.task_spec,
            f"“{name}”在新版本里移进或移出了子流程。",
            f"{token.task_spec.element} is in another sub-process in the new version.",
        )


def _of_ways(token: Token, target: Node, pair: Correspondence, name: str) -> Iterator[Obstacle]:
    """A token at a join must still have come from somewhere, one that has chosen must still be able to go there."""
    if target.counts_flows and token.via is not None:
        ways = {pair.target.spec.flow_ids.get((source, target.name), source) for source in target._inputs}
        if pair.name_of(token.via) not in ways:
            yield _obstacle(
                token.task_spec,
                f"“{name}”里有一支是从“{token.via}”来的,新版本没有这条连线。",
                f"A token at {token.task_spec.element} came by {token.via}, which the new version does not have.",
            )
    if token.state_number == COMPLETED and token.chosen is not None:
        gone = [one for one in token.chosen if pair.name_of(one) not in target._outputs]
        if gone:
            yield _obstacle(
                token.task_spec,
                f"“{name}”已经选定的去向在新版本里没有。",
                f"{token.task_spec.element} has chosen a way that the new version does not have.",
            )


def _is_other_loop(spec: Node, target: Node) -> bool:
    if not isinstance(spec, MultiInstance) or not isinstance(target, MultiInstance):
        return False
    return (spec.sequential, spec.output_collection) != (target.sequential, target.output_collection)


def _obstacle(spec: Node, zh: str, en: str) -> Obstacle:
    return Obstacle(element=spec.element, zh=zh, en=en)
